//! What was understood, and what to try where nothing was found.

use maud::{Markup, html};
use openslots_api::calls::{Explanation, Match};
use openslots_api::parameters::Understood;

use super::form::Form;
use crate::times::local_start;

/// What the words were taken for.
pub(super) fn understood(understood: &[Understood]) -> Markup {
    // What is written in a field of its own needs no explanation.
    let told = |it: &&Understood| it.label.as_ref().is_none_or(|label| !label.eq_ignore_ascii_case(&it.words));
    let understood: Vec<&Understood> = understood.iter().filter(told).collect();
    html! {
        @if !understood.is_empty() {
            p.quiet {
                "Understood: "
                @for (n, words) in understood.iter().enumerate() {
                    @if n > 0 { "; " }
                    "“" (words.words) "” as " (words.label.as_deref().unwrap_or(&words.value))
                }
                "."
            }
        }
    }
}

/// Why nothing was found, and questions that find something.
pub(super) fn explanation(form: &Form, explanation: Option<&Explanation>) -> Markup {
    html! {
        p role="status" { "Nothing was found." }
        @if let Some(explanation) = explanation {
            ul.hints {
                @if let Some(nearest) = &explanation.nearest {
                    li { "The nearest match is " (where_it_is(nearest)) "." }
                }
                @if let Some(next) = &explanation.next {
                    li { "The next one is at " (where_it_is(next)) "." }
                }
                @for (parameter, total) in &explanation.without {
                    @if let Some(wider) = form.without(parameter) {
                        li {
                            a href=(wider.address(None)) { "Search without " (name_of(parameter)) }
                            " (" (total) @if *total == 1 { " place)" } @else { " places)" }
                        }
                    }
                }
            }
        } @else {
            p { "No single choice is the reason: try leaving out several of them." }
        }
    }
}

fn where_it_is(found: &Match) -> Markup {
    let at = &found.provider_location;
    let place = at.place.as_ref();
    let provider_name = at.provider.as_ref().and_then(|provider| provider.name.as_deref());
    let name = provider_name.or_else(|| place.and_then(|place| place.name.as_deref()));
    let time_zone = place.and_then(|place| place.time_zone.as_deref());
    html! {
        (name.unwrap_or("a place without a name"))
        @if let Some(city) = place.and_then(|place| place.city.as_deref()) { " in " (city) }
        @if let Some(miles) = found.distance_miles { ", " (format!("{miles:.0}")) " miles away" }
        @if let Some(start) = found.start { ", " (local_start(start, time_zone)) }
    }
}

/// What people call a parameter of the API.
fn name_of(parameter: &str) -> &str {
    match parameter {
        "q" => "the words",
        "radius" => "the place",
        "date" => "the day",
        "weekday" => "the days of the week",
        "timeOfDay" => "the time of day",
        "isVirtual" => "the kind of care",
        "language" => "the language",
        "acceptingPatients" => "new patients only",
        other => other,
    }
}
