//! What was understood, and what to try where nothing was found.

use maud::{Markup, html};
use openslots_api::calls::{Explanation, Match};
use openslots_api::parameters::Understood;
use openslots_model::UnixSeconds;

use super::form::{Form, name_of_days};
use crate::clock::PlaceClock;
use crate::language::{Language, Reader};
use crate::messages::Say;
use crate::shown::{address_of, name_of};
use crate::terms;

/// What the words were taken for.
pub(super) fn understood(understood: &[Understood], language: Language) -> Markup {
    // What is written in a field of its own needs no explanation.
    let told = |it: &&Understood| it.label.as_ref().is_none_or(|label| !label.eq_ignore_ascii_case(&it.words));
    let one = |it: &Understood| language.fill(Say::UnderstoodAs, &[&it.words, &meaning(it, language)]);
    let understood: Vec<String> = understood.iter().filter(told).map(one).collect();
    html! {
        @if !understood.is_empty() { p.quiet { (language.say(Say::Understood)) " " (understood.join("; ")) "." } }
    }
}

/// What words were taken for, as a reader says it.
fn meaning(understood: &Understood, language: Language) -> String {
    let Understood { value, label, .. } = understood;
    // All parts of a list, or none: half a translation is worse than none.
    let named: Option<Vec<&str>> = match (understood.parameter, language) {
        ("near", _) if value.is_empty() => Some(vec![language.say(Say::NearYou)]),
        (_, Language::English) => None,
        ("specialty", _) => value.split(',').map(|key| terms::specialty(key, language)).collect(),
        ("weekday", _) => value.split(',').map(|day| name_of_days(day).map(|name| language.say(name))).collect(),
        ("language", _) => Some(vec![terms::spoken(value, language)]),
        ("acceptingPatients", _) if value == "newpt" => Some(vec![language.say(Say::NewPatients)]),
        ("isVirtual", _) => Some(vec![language.say(if value == "true" { Say::Virtual } else { Say::InPerson })]),
        _ => None,
    };
    named.map_or_else(|| label.as_ref().unwrap_or(value).clone(), |names| names.join(", "))
}

/// Why nothing was found, and questions that find something.
pub(super) fn explanation(form: &Form, explanation: Option<&Explanation>, reader: Reader, now: UnixSeconds) -> Markup {
    let language = reader.language;
    html! {
        p role="status" { (language.say(Say::NothingFound)) }
        @if let Some(explanation) = explanation {
            ul.hints {
                @if let Some(nearest) = &explanation.nearest { li { (sentence(Say::NearestMatch, nearest, reader, now)) } }
                @if let Some(next) = &explanation.next { li { (sentence(Say::NextMatch, next, reader, now)) } }
                @for (parameter, total) in &explanation.without {
                    @if let Some(wider) = form.without(parameter) {
                        li {
                            a href=(wider.address(reader)) { (language.fill(Say::Without, &[&name_of_filter(parameter, language)])) }
                            " (" (language.count(*total, Say::OnePlace, Say::Places)) ")"
                        }
                    }
                }
            }
        } @else {
            p { (language.say(Say::NoSingleReason)) }
        }
    }
}

/// A message whose gap is what was found, as a link to its page.
fn sentence(message: Say, found: &Match, reader: Reader, now: UnixSeconds) -> Markup {
    let (before, behind) = reader.language.say(message).split_once("{}").unwrap_or_default();
    let address = address_of(found.provider_location.key, reader);
    html! { (before) a href=(address) { (where_it_is(found, reader.language, now)) } (behind) }
}

fn where_it_is(found: &Match, language: Language, now: UnixSeconds) -> String {
    let at = &found.provider_location;
    let place = at.place.as_ref();
    let name = name_of(at).unwrap_or(language.say(Say::NamelessPlace));
    let mut parts = vec![match place.and_then(|place| place.city.as_deref()) {
        Some(city) => language.fill(Say::InCity, &[&name, &city]),
        None => name.to_owned(),
    }];
    if let Some(miles) = found.distance_miles {
        parts.push(language.fill(Say::MilesAway, &[&format_args!("{miles:.0}")]));
    }
    if let Some(start) = found.start {
        let zone = place.and_then(|place| place.time_zone.as_deref());
        // It may be a window of hours or days, whose first minute is no appointment: only the day is told.
        let day = PlaceClock::new(zone, language).date(start.max(now));
        parts.push(language.short_date(day));
    }
    parts.join(", ")
}

/// What people call a parameter of the API.
fn name_of_filter(parameter: &'static str, language: Language) -> &'static str {
    language.say(match parameter {
        "q" => Say::TheWords,
        "radius" => Say::ThePlace,
        "date" => Say::TheDay,
        "weekday" => Say::TheDaysOfTheWeek,
        "timeOfDay" => Say::TheTimeOfDay,
        "isVirtual" => Say::TheKindOfCare,
        "language" => Say::TheLanguage,
        "acceptingPatients" => Say::NewPatientsOnly,
        other => return other,
    })
}
