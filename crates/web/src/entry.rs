//! One provider at one place, with what can be booked next.

use maud::{Markup, html};
use openslots_api::calls::FoundProviderLocation;
use openslots_model::UnixSeconds;

use crate::clock::PlaceClock;
use crate::language::Reader;
use crate::messages::Say;
use crate::shown::{
    Detail, address_line, address_of, also_published_by, languages_of, name_of, phone, place_beside, published_by,
    slots, texts_of,
};

/// `number` is its place in the list, by which the finder's map names it.
pub(crate) fn entry(found: &FoundProviderLocation, number: usize, reader: Reader, now: UnixSeconds) -> Markup {
    let language = reader.language;
    let at = &*found.provider_location;
    let place = at.place.as_ref();
    let kinds = texts_of(at.specialties().into_iter().chain(at.service_types()), language);
    let spoken = at.provider.as_ref().map(|provider| provider.languages.as_slice()).unwrap_or_default();
    let name = name_of(at).unwrap_or(language.say(Say::NoName));
    let address = address_of(at.key, reader);
    html! {
        div.who {
            h2 { span.pin aria-hidden="true" { (number) } " " a href=(address) { (name) } }
            @if let Some(name) = place_beside(at) { p { (name) } }
            @if let Some(place) = place {
                p {
                    @if place.is_in_person() { (address_line(place)) }
                    @match (place.is_virtual, place.is_in_person()) {
                        (true, false) => (language.say(Say::VirtualCare)),
                        (true, true) => { ", " (language.say(Say::VirtualCareToo)) }
                        _ => {}
                    }
                    @if let Some(miles) = found.distance_miles {
                        " · " span.nowrap { (language.fill(Say::Miles, &[&format_args!("{miles:.1}")])) }
                    }
                }
                @if let Some(number) = place.phones.first() { p { (phone(number, number)) } }
            }
            @if !kinds.is_empty() { p.quiet { (kinds.join(", ")) } }
            @if !spoken.is_empty() { p.quiet { (language.fill(Say::Speaks, &[&languages_of(spoken, language)])) } }
            p.quiet { (published_by(found, language, now)) }
            (also_published_by(found, reader))
        }
        div.next {
            @if found.next_start.is_none() {
                p.quiet { (language.say(Say::NoFreeSlots)) }
            } @else {
                @let clock = PlaceClock::new(place.and_then(|place| place.time_zone.as_deref()), language);
                (slots(&found.next_slots, &clock, reader, Detail::Whole))
                p.quiet { (language.count(found.n_slots, Say::OneFreeSlot, Say::FreeSlots)) }
            }
            p { a href=(address) aria-label=(language.fill(Say::AllTimesOf, &[&name])) { (language.say(Say::AllTimes)) } }
        }
    }
}
