//! The form: what a person may ask, and the same in the parameters of the JSON API.

use maud::{Markup, html};
use url::form_urlencoded::{self, Serializer};

/// Hours of the day that people name, with the hours that they mean.
const HOURS: [(&str, &str, &str); 4] = [
    ("", "Any time of day", ""),
    ("morning", "Mornings", "06:00-12:00"),
    ("afternoon", "Afternoons", "12:00-17:00"),
    ("evening", "Evenings", "17:00-22:00"),
];
/// Days of the week that people name.
const DAYS: [(&str, &str); 3] = [("", "Any day"), ("weekdays", "Monday to Friday"), ("weekend", "Weekends")];
/// Ways of care: the value of `isVirtual`.
const CARE: [(&str, &str); 3] = [("", "Any kind"), ("false", "In person"), ("true", "Virtual")];
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
    /// Where the page before this one ended.
    pub(super) cursor: Option<String>,
}

impl Form {
    /// Reads a query string as a person may have changed it: of a field given twice the last counts, and what is no
    /// field is passed over. Whatever is wrong with the values is told on the page.
    pub(super) fn read(raw_query: Option<&str>) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes()) {
            let value = value.into_owned();
            match name.as_ref() {
                "what" => form.what = value,
                "where" => form.place = value,
                "miles" => form.miles = value,
                "day" => form.day = value,
                "days" => form.days = value,
                "hours" => form.hours = value,
                "care" => form.care = value,
                "language" => form.language = value,
                "new" => form.is_new = !value.is_empty(),
                "cursor" => form.cursor = Some(value).filter(|cursor| !cursor.is_empty()),
                _ => {}
            }
        }
        form
    }

    /// The same question in the parameters of the JSON API.
    pub(super) fn as_api_query(&self) -> String {
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
            ("language", &self.language),
            ("acceptingPatients", if self.is_new { "newpt" } else { "" }),
            ("cursor", self.cursor.as_deref().unwrap_or_default()),
        ] {
            if !value.trim().is_empty() {
                query.append_pair(name, value.trim());
            }
        }
        query.append_pair("slots", "3").append_pair("limit", "20").finish()
    }

    /// The address of this question's page, or of the one behind a cursor.
    pub(super) fn address(&self, cursor: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in [
            ("what", self.what.as_str()),
            ("where", &self.place),
            ("miles", &self.miles),
            ("day", &self.day),
            ("days", &self.days),
            ("hours", &self.hours),
            ("care", &self.care),
            ("language", &self.language),
            ("new", if self.is_new { "1" } else { "" }),
            ("cursor", cursor.unwrap_or_default()),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/?{}", query.finish())
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

    /// Whether any of the fields is used that are not shown at once.
    fn uses_more(&self) -> bool {
        let texts = [&self.miles, &self.day, &self.days, &self.hours, &self.care, &self.language];
        self.is_new || texts.iter().any(|text| !text.is_empty() && *text != USUAL_MILES)
    }

    pub(super) fn show(&self) -> Markup {
        let miles = if self.miles.is_empty() { USUAL_MILES } else { &self.miles };
        html! {
            form method="get" action="/" role="search" {
                label.field { "What"
                    input name="what" value=(self.what) placeholder="skin doctor, vaccine, a name" autocomplete="off"; }
                label.field { "Where" input name="where" value=(self.place) placeholder="ZIP, or City, ST" autocomplete="postal-code"; }
                button type="submit" { "Search" }
                details open[self.uses_more()] {
                    summary { "More choices" }
                    div.choices {
                        label { "Within" select name="miles" {
                            @for choice in MILES { option value=(choice) selected[choice == miles] { (choice) " miles" } }
                        } }
                        label { "Day" input type="date" name="day" value=(self.day); }
                        (choices("Days", "days", &self.days, DAYS))
                        (choices("Time", "hours", &self.hours, HOURS.map(|(value, name, _)| (value, name))))
                        (choices("Care", "care", &self.care, CARE))
                        label { "Language" input name="language" value=(self.language) placeholder="Spanish" autocomplete="off"; }
                        label.check { input type="checkbox" name="new" value="1" checked[self.is_new]; "Takes new patients" }
                    }
                }
            }
        }
    }
}

fn choices<const N: usize>(label: &str, name: &str, chosen: &str, all: [(&str, &str); N]) -> Markup {
    html! {
        label { (label) select name=(name) {
            @for (value, text) in all { option value=(value) selected[value == chosen] { (text) } }
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
            ("what=+&where=Boston,+MA&miles=10", "near=Boston%2C+MA&radius=10&"),
            ("what=a%26b%3Dc&miles=10", "q=a%26b%3Dc&"),
            (
                "day=2026-12-01&days=weekdays&hours=morning",
                "date=2026-12-01&weekday=weekdays&timeOfDay=06%3A00-12%3A00&",
            ),
            ("care=true&language=Spanish&new=1", "isVirtual=true&language=Spanish&acceptingPatients=newpt&"),
            ("hours=tea", "timeOfDay=tea&"),
        ] {
            assert_eq!(Form::read(Some(form)).as_api_query(), format!("{want}slots=3&limit=20"), "{form}");
        }
    }

    #[test]
    fn a_page_leads_to_the_next_and_to_a_wider_question() {
        let form = Form::read(Some("what=skin+doctor&where=02139&hours=evening&cursor=ab"));
        assert_eq!(form.address(Some("cd")), "/?what=skin+doctor&where=02139&hours=evening&cursor=cd");
        let wider = form.without("timeOfDay").expect("a wider question");
        assert_eq!(wider.address(None), "/?what=skin+doctor&where=02139");
        assert_eq!(form.without("gender"), None);
    }
}
