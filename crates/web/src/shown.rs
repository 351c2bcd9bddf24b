//! What is shown of a provider location wherever it is shown: its name, where it is, how its slots are booked.

use std::sync::Arc;

use maud::{Markup, html};
use openslots_api::calls::{FoundProviderLocation, StoredSlot};
use openslots_model::{Coding, Freshness, Place, ProviderLocation, ProviderLocationKey, PublicId, UnixSeconds};

use crate::clock::PlaceClock;
use crate::language::{Language, Reader};
use crate::messages::Say;
use crate::terms;

/// How many digits a telephone number has at least; what is shorter is shown, but is no link.
const MIN_PHONE_DIGITS: usize = 7;

/// The address of a provider location's page.
pub(crate) fn address_of(key: ProviderLocationKey, reader: Reader) -> String {
    reader.link(&format!("/places/{key}"))
}

/// The address that leads to where a slot is booked.
pub(crate) fn booking_address(id: PublicId, reader: Reader) -> String {
    reader.link(&format!("/slots/{id}/book"))
}

/// What people call it: the provider, else the place.
pub(crate) fn name_of(at: &ProviderLocation) -> Option<&str> {
    let provider_name = at.provider.as_ref().and_then(|provider| provider.name.as_deref());
    provider_name.or_else(|| at.place.as_ref().and_then(|place| place.name.as_deref()))
}

/// The name of the place, where that is not what it is called by already.
pub(crate) fn place_beside(at: &ProviderLocation) -> Option<&str> {
    let name = at.place.as_ref().and_then(|place| place.name.as_deref());
    name.filter(|name| Some(*name) != name_of(at))
}

/// What people read of codings, each text once: the same thing in two code systems is one thing to a reader.
pub(crate) fn texts_of(codings: impl IntoIterator<Item = Coding>, language: Language) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for text in codings.into_iter().filter_map(|coding| terms::coding(coding, language)) {
        if !texts.iter().any(|known| known.eq_ignore_ascii_case(&text)) {
            texts.push(text);
        }
    }
    texts
}

/// City, state and postal code in one line.
pub(crate) fn city_line(place: &Place) -> String {
    let parts = [place.city.as_deref(), place.state.as_deref(), place.postal_code.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Street and city in one line.
pub(crate) fn address_line(place: &Place) -> String {
    let parts = place.address_lines.iter().cloned().chain([city_line(place)]);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Spoken languages by their names.
pub(crate) fn languages_of(published: &[String], language: Language) -> String {
    let mut names: Vec<&str> = published.iter().map(|text| terms::spoken(text, language)).collect();
    // Two tags of one language.
    names.dedup();
    names.join(", ")
}

/// A telephone number that can be called where it is shown.
pub(crate) fn phone(text: &str, words: &str) -> Markup {
    // What comes behind a letter is an extension, which is dialled by hand.
    let number = text.split(|c: char| c.is_alphabetic()).next().unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let plus = if number.trim_start().starts_with('+') { "+" } else { "" };
    html! {
        @if digits.len() >= MIN_PHONE_DIGITS { a href={ "tel:" (plus) (digits) } { (words) } } @else { (words) }
    }
}

/// A page of the publisher on the web, if it is one.
pub(crate) fn website(text: &str) -> Markup {
    let url = url::Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    html! {
        @match url {
            Some(url) => { a.url href=(url) rel="nofollow noopener external" { (text) } }
            None => { span.url { (text) } }
        }
    }
}

/// Whose it is and how old.
pub(crate) fn published_by(found: &FoundProviderLocation, language: Language, now: UnixSeconds) -> Markup {
    let publisher = &found.publisher.publisher;
    html! {
        (language.say(Say::PublishedBy)) " "
        a href={ "/publishers/" (publisher.slug) } { (publisher.display_name) } ", "
        (read(found, language, now))
    }
}

/// When it was last read, and whether that is too long ago for its publisher.
pub(crate) fn read(found: &FoundProviderLocation, language: Language, now: UnixSeconds) -> Markup {
    html! {
        @match found.publisher.last_success_at {
            Some(at) => { (language.fill(Say::Read, &[&language.ago(at, now)])) }
            None => (language.say(Say::NeverRead))
        }
        @if found.freshness != Freshness::Fresh { " " strong.stale { "(" (language.say(Say::OutOfDate)) ")" } }
    }
}

/// Other publishers of the same place, and where they show it.
pub(crate) fn also_published_by(found: &FoundProviderLocation, reader: Reader) -> Markup {
    html! {
        @if !found.also_published_by.is_empty() {
            p.quiet {
                (reader.language.say(Say::AlsoPublishedBy)) " "
                @for (n, other) in found.also_published_by.iter().enumerate() {
                    @if n > 0 { ", " }
                    @match other.key {
                        Some(key) => { a href=(address_of(key, reader)) { (other.publisher.publisher.display_name) } }
                        None => (other.publisher.publisher.display_name)
                    }
                }
            }
        }
    }
}

/// How much is said of when a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Day and time.
    Whole,
    /// The time, below the day.
    Time,
}

/// Slots as what one does to book them: buttons that lead to the booking page, numbers to call, times to ask for.
pub(crate) fn slots(slots: &[Arc<StoredSlot>], clock: &PlaceClock, reader: Reader, detail: Detail) -> Markup {
    let language = reader.language;
    let is_online = |stored: &&StoredSlot| stored.slot.booking_deep_link.is_some();
    let (online, other): (Vec<&StoredSlot>, Vec<&StoredSlot>) = slots.iter().map(Arc::as_ref).partition(is_online);
    let mut by_phone: Vec<(&str, Vec<&StoredSlot>)> = Vec::new();
    let mut to_ask: Vec<&StoredSlot> = Vec::new();
    for stored in other {
        match stored.slot.booking_phone.as_deref() {
            None => to_ask.push(stored),
            Some(number) => match by_phone.iter_mut().find(|(known, _)| *known == number) {
                Some((_, slots)) => slots.push(stored),
                None => by_phone.push((number, vec![stored])),
            },
        }
    }
    let times = |slots: &[&StoredSlot]| {
        html! { ul.slots { @for stored in slots { li { (plain(stored, clock, language, detail)) } } } }
    };
    html! {
        @if !online.is_empty() { ul.slots { @for stored in online { li { (button(stored, clock, reader, detail)) } } } }
        @for (number, slots) in &by_phone {
            p { (language.say(Say::ByPhone)) " " (phone(number, number)) }
            (times(slots))
        }
        @if !to_ask.is_empty() { p { (language.say(Say::AtPlace)) } (times(&to_ask)) }
    }
}

/// When a slot is; of a window of hours or days the days that it touches.
pub(crate) fn when(stored: &StoredSlot, clock: &PlaceClock, detail: Detail) -> String {
    let start = stored.slot.start.instant;
    match (stored.slot.traits.offered_seconds(), detail) {
        (0, Detail::Whole) => clock.start(start),
        (0, Detail::Time) => clock.time_of_day(start),
        (seconds, _) => clock.days(start, seconds),
    }
}

fn button(stored: &StoredSlot, clock: &PlaceClock, reader: Reader, detail: Detail) -> Markup {
    let language = reader.language;
    // Who hears the link alone hears its day as well.
    let spoken = language.fill(Say::Book, &[&when(stored, clock, Detail::Whole)]);
    html! {
        a.book href=(booking_address(stored.id, reader)) rel="nofollow" aria-label=(spoken) {
            (when(stored, clock, detail))
        }
        (note(stored, language))
    }
}

fn plain(stored: &StoredSlot, clock: &PlaceClock, language: Language, detail: Detail) -> Markup {
    html! { span.time { (when(stored, clock, detail)) } (note(stored, language)) }
}

/// For whom a slot is, where it says so.
fn note(stored: &StoredSlot, language: Language) -> Markup {
    use openslots_model::AcceptingPatients::{ExistingAndFamily, ExistingOnly, New, None as Nobody};
    let who = match stored.slot.accepting_patients() {
        Some(New) => Say::NewPatients,
        Some(ExistingOnly) => Say::ExistingPatients,
        Some(ExistingAndFamily) => Say::ExistingAndFamily,
        Some(Nobody) | None => return html! {},
    };
    html! { " " span.quiet.note { (language.say(who)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_can_be_called_and_nothing_else_can() {
        for (text, want) in [
            ("617-555-0101", r#"<a href="tel:6175550101">617-555-0101</a>"#),
            ("+1 (617) 555-0101", r#"<a href="tel:+16175550101">+1 (617) 555-0101</a>"#),
            ("617-555-0101 ext. 22", r#"<a href="tel:6175550101">617-555-0101 ext. 22</a>"#),
            ("911", "911"),
            ("javascript:1234567890", "javascript:1234567890"),
            ("\"><b>", "&quot;&gt;&lt;b&gt;"),
        ] {
            assert_eq!(phone(text, text).into_string(), want);
        }
    }

    #[test]
    fn only_pages_of_the_web_are_links() {
        for (text, is_link) in [
            ("https://clinic.example/a?b=c&d", true),
            ("http://clinic.example", true),
            ("javascript:alert(1)", false),
            (" JavaScript:alert(1)", false),
            ("data:text/html,<b>", false),
            ("clinic.example", false),
            ("", false),
        ] {
            assert_eq!(website(text).into_string().contains("<a "), is_link, "{text}");
        }
    }

    #[test]
    fn one_text_in_two_code_systems_is_read_once() {
        let coding = |code: &str, display: Option<&str>| Coding {
            system: None,
            code: Some(code.to_owned()),
            display: display.map(str::to_owned),
        };
        let codings = [coding("1", Some("Dermatology")), coding("2", Some("dermatology")), coding("57", None)];
        assert_eq!(texts_of(codings, Language::English), ["Dermatology", "57"]);
    }
}
