//! The form: what a person may ask, and the same in the parameters of the JSON API.

use maud::{Markup, html};
use openslots_model::LocalDate;
use url::form_urlencoded::{self, Serializer};

use super::fault::{Fault, Field};
use super::suggestions;
use crate::language::{Language, Reader};
use crate::messages::Say;
use crate::terms::tag_of_spanish;

/// Hours of the day that people name, with the hours that they mean.
const HOURS: [(&str, Say, &str); 4] = [
    ("", Say::AnyTime, ""),
    ("morning", Say::Mornings, "06:00-12:00"),
    ("afternoon", Say::Afternoons, "12:00-17:00"),
    ("evening", Say::Evenings, "17:00-22:00"),
];
/// Days of the week: the values of `weekday`.
const DAYS: [(&str, Say); 10] = [
    ("", Say::AnyDay),
    ("weekdays", Say::MondayToFriday),
    ("weekend", Say::Weekends),
    ("mon", Say::Monday),
    ("tue", Say::Tuesday),
    ("wed", Say::Wednesday),
    ("thu", Say::Thursday),
    ("fri", Say::Friday),
    ("sat", Say::Saturday),
    ("sun", Say::Sunday),
];
/// Ways of care: the values of `isVirtual`.
const CARE: [(&str, Say); 3] = [("", Say::AnyCare), ("false", Say::InPerson), ("true", Say::Virtual)];
/// What comes first: the values of `sort`.
const ORDERS: [(&str, Say); 2] = [("", Say::UsualOrder), ("start", Say::Soonest)];
/// How far, in miles.
const MILES: [&str; 5] = ["5", "10", "25", "50", "100"];
/// The radius when nothing is said.
const USUAL_MILES: &str = "25";

/// What the form holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// Words for what is looked for.
    pub(super) what: String,
    /// ZIP, city or point.
    pub(super) place: String,
    /// How far from there, in miles.
    pub(super) miles: String,
    /// A day of the calendar.
    pub(super) day: String,
    pub(super) days: String,
    pub(super) hours: String,
    pub(super) care: String,
    /// A language by tag or name.
    pub(super) language: String,
    /// Only slots for new patients.
    pub(super) is_new: bool,
    /// What comes first.
    pub(super) order: String,
    /// Where the page before this one ended.
    pub(super) cursor: Option<String>,
}

impl Form {
    /// Reads a query string as a person may have changed it: of a field given twice the last counts, and what is no
    /// field is passed over. The API's names for what and where are taken too, or a link made of an API call would show
    /// everything. Whatever is wrong with the values is told on the page.
    pub(super) fn read(raw_query: Option<&str>) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes()) {
            let value = value.into_owned();
            match name.as_ref() {
                "what" | "q" => form.what = value,
                "where" | "near" | "zip" => form.place = value,
                "miles" | "radius" => form.miles = value,
                "day" => form.day = value,
                "days" => form.days = value,
                "hours" => form.hours = value,
                "care" => form.care = value,
                "language" => form.language = value,
                "order" => form.order = value,
                "new" => form.is_new = !value.is_empty(),
                "cursor" => form.cursor = Some(value).filter(|cursor| !cursor.is_empty()),
                _ => {}
            }
        }
        form
    }

    /// The same question in the parameters of the JSON API, without what says which part of the answer is wanted.
    fn filters(&self) -> Serializer<'static, String> {
        let mut query = Serializer::new(String::new());
        let place = self.place.trim();
        let is_zip = place.len() == 5 && place.bytes().all(|byte| byte.is_ascii_digit());
        let hours =
            HOURS.iter().find(|(name, ..)| *name == self.hours).map_or(self.hours.as_str(), |(.., hours)| hours);
        let radius = if place.is_empty() || self.miles == USUAL_MILES { "" } else { &self.miles };
        for (name, value) in [
            ("q", self.what.as_str()),
            (if is_zip { "zip" } else { "near" }, place),
            ("radius", radius),
            ("date", &self.day),
            ("weekday", &self.days),
            ("timeOfDay", hours),
            ("isVirtual", &self.care),
            ("language", tag_of_spanish(&self.language).unwrap_or(&self.language)),
            ("acceptingPatients", if self.is_new { "newpt" } else { "" }),
        ] {
            if !value.trim().is_empty() {
                query.append_pair(name, value.trim());
            }
        }
        query
    }

    /// What asks the JSON API for a page of provider locations.
    pub(super) fn as_api_query(&self) -> String {
        let mut query = self.filters();
        for (name, value) in [("sort", self.order.trim()), ("cursor", self.cursor.as_deref().unwrap_or_default())] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("slots", "3").append_pair("limit", "20").finish()
    }

    /// What asks the JSON API for the days with free slots, whichever is chosen.
    pub(super) fn as_days_query(&self) -> String {
        Self { day: String::new(), ..self.clone() }.filters().finish()
    }

    /// What is asked of a watch: all that the question is about.
    pub(super) fn as_watch_query(&self) -> String {
        self.filters().finish()
    }

    /// Where a feed of this question is made.
    pub(super) fn watch_address(&self, reader: Reader) -> String {
        let first = Self { cursor: None, ..self.clone() };
        format!("/watch{}", first.address(reader).trim_start_matches('/'))
    }

    /// What kind of field takes the day: one for dates would not show words such as `tomorrow`, or what is no day.
    fn day_input(&self) -> &'static str {
        if self.day.is_empty() || LocalDate::parse(&self.day).is_some() { "date" } else { "text" }
    }

    /// The address of this question's page.
    pub(super) fn address(&self, reader: Reader) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in [
            ("lang", reader.lang()),
            ("what", &self.what),
            ("where", &self.place),
            ("miles", &self.miles),
            ("day", &self.day),
            ("days", &self.days),
            ("hours", &self.hours),
            ("care", &self.care),
            ("language", &self.language),
            ("new", if self.is_new { "1" } else { "" }),
            ("order", &self.order),
            ("cursor", self.cursor.as_deref().unwrap_or_default()),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => "/".to_owned(),
            query => format!("/?{query}"),
        }
    }

    /// The same question for one day, or for any (`""`), from its first page.
    pub(super) fn on_day(&self, day: &str) -> Self {
        Self { day: day.to_owned(), cursor: None, ..self.clone() }
    }

    /// The same question without what stands for a parameter of the API; `None` if no field of the form does.
    pub(super) fn without(&self, parameter: &str) -> Option<Self> {
        let mut form = Self { cursor: None, ..self.clone() };
        match parameter {
            "q" => form.what.clear(),
            "radius" => form.place.clear(),
            "date" => form.day.clear(),
            "weekday" => form.days.clear(),
            "timeOfDay" => form.hours.clear(),
            "isVirtual" => form.care.clear(),
            "language" => form.language.clear(),
            "acceptingPatients" => form.is_new = false,
            _ => {}
        }
        (form != Self { cursor: None, ..self.clone() }).then_some(form)
    }

    /// Whether any of the fields is used that are shown neither at once nor, as the day is, in the calendar.
    fn uses_more(&self) -> bool {
        let texts = [&self.miles, &self.days, &self.hours, &self.care, &self.language, &self.order];
        self.is_new || texts.iter().any(|text| !text.is_empty() && *text != USUAL_MILES)
    }

    /// The form; a field that something is wrong with says so.
    pub(super) fn show(&self, reader: Reader, faults: &[Fault]) -> Markup {
        let language = reader.language;
        let say = |message| language.say(message);
        let miles = if self.miles.is_empty() { USUAL_MILES } else { &self.miles };
        let is_bad = |field: Field| faults.iter().any(|fault| fault.field == field);
        let described = |field: Field| is_bad(field).then(|| field.fault_id());
        let invalid = |field: Field| is_bad(field).then_some("true");
        html! {
            form method="get" action="/" role="search" {
                @if reader.is_asked { input type="hidden" name="lang" value=(language.tag()); }
                label.field { (say(Say::What))
                    input name="what" value=(self.what) placeholder=(say(Say::WhatExample)) list="whats" maxlength="200"
                        autocomplete="off" aria-invalid=[invalid(Field::What)] aria-describedby=[described(Field::What)]; }
                div.field {
                    label { (say(Say::Where))
                        input name="where" value=(self.place) placeholder=(say(Say::WhereExample)) maxlength="200"
                            autocomplete="postal-code" aria-invalid=[invalid(Field::Where)]
                            aria-describedby=[described(Field::Where)]; }
                    button.plain #locate type="button" hidden data-busy=(say(Say::Locating))
                        data-failed=(say(Say::NoLocation)) { (say(Say::UseLocation)) }
                    span.quiet #located role="status" {}
                }
                button type="submit" { (say(Say::Search)) }
                details open[self.uses_more() || faults.iter().any(|fault| fault.field.is_folded())] {
                    summary { (say(Say::MoreChoices)) }
                    div.choices {
                        label { (say(Say::Within))
                            select name="miles" aria-invalid=[invalid(Field::Miles)] aria-describedby=[described(Field::Miles)] {
                                @if !MILES.contains(&miles) { option value=(miles) selected { (language.fill(Say::Miles, &[&miles])) } }
                                @for choice in MILES {
                                    option value=(choice) selected[choice == miles] { (language.fill(Say::Miles, &[&choice])) }
                                }
                            }
                        }
                        label { (say(Say::Day))
                            input type=(self.day_input()) name="day" value=(self.day) aria-invalid=[invalid(Field::Day)]
                                aria-describedby=[described(Field::Day)]; }
                        (choices(language, Say::Days, "days", &self.days, DAYS))
                        (choices(language, Say::Time, "hours", &self.hours, HOURS.map(|(value, name, _)| (value, name))))
                        (choices(language, Say::Care, "care", &self.care, CARE))
                        label { (say(Say::SpokenLanguage))
                            input name="language" value=(self.language) placeholder=(say(Say::LanguageExample)) maxlength="200"
                                list="languages" autocomplete="off" aria-invalid=[invalid(Field::Language)]
                                aria-describedby=[described(Field::Language)]; }
                        (choices(language, Say::Order, "order", &self.order, ORDERS))
                        label.check { input type="checkbox" name="new" value="1" checked[self.is_new]; (say(Say::TakesNewPatients)) }
                    }
                }
                (suggestions::lists(language))
            }
        }
    }
}

/// What people call a value of `weekday`.
pub(super) fn name_of_days(value: &str) -> Option<Say> {
    DAYS.iter().find(|(known, _)| *known == value).map(|(_, name)| *name)
}

fn choices<const N: usize>(language: Language, label: Say, name: &str, chosen: &str, all: [(&str, Say); N]) -> Markup {
    html! {
        label { (language.say(label)) select name=(name) {
            @for (value, text) in all { option value=(value) selected[value == chosen] { (language.say(text)) } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_query_string_is_read() {
        let form = |what: &str, place: &str, cursor: Option<&str>| Form {
            what: what.to_owned(),
            place: place.to_owned(),
            cursor: cursor.map(str::to_owned),
            ..Form::default()
        };
        for (query, want) in [
            (None, form("", "", None)),
            (Some("what=skin+doctor&where=02139"), form("skin doctor", "02139", None)),
            (Some("what=a&utm_source=x&what=b"), form("b", "", None)),
            (Some("cursor="), form("", "", None)),
            (Some("cursor=01&where"), form("", "", Some("01"))),
            (Some("what=%FF%&&=&where=%2C"), form("\u{fffd}%", ",", None)),
            (Some("new=1&days=weekend"), Form { is_new: true, days: "weekend".to_owned(), ..Form::default() }),
        ] {
            assert_eq!(Form::read(query), want, "{query:?}");
        }
    }

    #[test]
    fn the_form_asks_what_the_api_understands() {
        for (form, want) in [
            ("", ""),
            ("what=skin+doctor&where=02139&miles=25", "q=skin+doctor&zip=02139&"),
            ("q=skin+doctor&zip=02139&radius=10", "q=skin+doctor&zip=02139&radius=10&"),
            ("what=+&where=Boston,+MA&miles=10", "near=Boston%2C+MA&radius=10&"),
            ("what=a%26b%3Dc&miles=10", "q=a%26b%3Dc&"),
            (
                "day=2026-12-01&days=weekdays&hours=morning",
                "date=2026-12-01&weekday=weekdays&timeOfDay=06%3A00-12%3A00&",
            ),
            ("care=true&language=Spanish&new=1", "isVirtual=true&language=Spanish&acceptingPatients=newpt&"),
            ("hours=tea", "timeOfDay=tea&"),
            ("language=franc%C3%A9s", "language=fr&"),
            ("order=start&where=02139", "zip=02139&sort=start&"),
        ] {
            assert_eq!(Form::read(Some(form)).as_api_query(), format!("{want}slots=3&limit=20"), "{form}");
        }
    }

    #[test]
    fn what_is_no_day_is_shown_to_be_mended() {
        for (day, want) in [("", "date"), ("2026-12-01", "date"), ("tomorrow", "text"), ("2026-13-41", "text")] {
            assert_eq!(Form { day: day.to_owned(), ..Form::default() }.day_input(), want, "{day}");
        }
    }

    #[test]
    fn a_page_leads_to_the_next_and_to_a_wider_question() {
        let form = Form::read(Some("what=skin+doctor&where=02139&hours=evening&cursor=ab"));
        let next = Form { cursor: Some("cd".to_owned()), ..form.clone() };
        assert_eq!(next.address(Reader::ENGLISH), "/?what=skin+doctor&where=02139&hours=evening&cursor=cd");
        let spanish = Reader { language: Language::Spanish, is_asked: true };
        let on_day = form.on_day("2026-12-01");
        let want = "/?lang=es&what=skin+doctor&where=02139&day=2026-12-01&hours=evening";
        assert_eq!(on_day.address(spanish), want);
        assert_eq!(on_day.as_days_query(), "q=skin+doctor&zip=02139&timeOfDay=17%3A00-22%3A00");
        assert_eq!(Form::default().address(Reader::ENGLISH), "/");
        let wider = form.without("timeOfDay").expect("a wider question");
        assert_eq!(wider.address(Reader::ENGLISH), "/?what=skin+doctor&where=02139");
        assert_eq!(form.without("gender"), None);
    }
}
