//! One provider at one place, with what can be booked next.

use maud::{Markup, html};
use openslots_api::calls::{FoundProviderLocation, StoredSlot};
use openslots_model::{Freshness, UnixSeconds};

use crate::times::{ago, local_days, local_start};

pub(super) fn entry(found: &FoundProviderLocation, now: UnixSeconds) -> Markup {
    let at = &*found.provider_location;
    let place = at.place.as_ref();
    let provider_name = at.provider.as_ref().and_then(|provider| provider.name.as_deref());
    let place_name = place.and_then(|place| place.name.as_deref());
    let mut what: Vec<String> = Vec::new();
    for name in
        at.specialties().into_iter().chain(at.service_types()).filter_map(|coding| coding.display.or(coding.code))
    {
        // The same thing in two code systems is one thing to a reader.
        if !what.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            what.push(name);
        }
    }
    let city: Vec<_> = place
        .map(|place| [place.city.as_deref(), place.state.as_deref(), place.postal_code.as_deref()])
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    html! {
        h2 { (provider_name.or(place_name).unwrap_or("Name not published")) }
        p {
            @if provider_name.is_some() { @if let Some(name) = place_name { (name) ", " } }
            @match place.map(|place| (place.is_virtual, place.is_in_person())) {
                Some((true, false)) => { "virtual care" }
                Some((true, true)) => { (city.join(" ")) ", virtual care too" }
                _ => { (city.join(" ")) }
            }
            @if let Some(miles) = found.distance_miles { " (" (format!("{miles:.1}")) " miles)" }
        }
        p.quiet { (what.join(", ")) }
        p.quiet { (freshness(found, now)) }
        @if !found.also_published_by.is_empty() {
            p.quiet {
                "Also published by "
                @for (n, other) in found.also_published_by.iter().enumerate() {
                    @if n > 0 { ", " }
                    (other.publisher.publisher.display_name)
                }
            }
        }
        div.next { (next_slots(found)) }
    }
}

fn freshness(found: &FoundProviderLocation, now: UnixSeconds) -> Markup {
    let name = &found.publisher.publisher.display_name;
    let read = found
        .publisher
        .last_success_at
        .map_or_else(|| "never read in full".to_owned(), |at| format!("read {}", ago(at, now)));
    html! {
        "Published by " (name) ", " (read)
        @if found.freshness != Freshness::Fresh { span.stale { " (" (found.freshness.as_str()) ")" } }
    }
}

fn next_slots(found: &FoundProviderLocation) -> Markup {
    let time_zone = found.provider_location.place.as_ref().and_then(|place| place.time_zone.as_deref());
    if found.next_start.is_none() {
        return html! { p.quiet { "No free slots published" } };
    }
    html! {
        ul.slots { @for stored in &found.next_slots { li { (slot(stored, time_zone)) } } }
        p.quiet { (found.n_slots) @if found.n_slots == 1 { " free slot" } @else { " free slots" } }
    }
}

fn slot(stored: &StoredSlot, time_zone: Option<&str>) -> Markup {
    let (slot, start) = (&stored.slot, stored.slot.start.instant);
    let when = match slot.traits.offered_seconds() {
        0 => local_start(start, time_zone),
        seconds => local_days(start, seconds, time_zone),
    };
    html! {
        span { (when) }
        @if slot.booking_deep_link.is_some() {
            a.book href={ "/v1/scheduling/slots/" (stored.id) "/book" } rel="nofollow" aria-label={ "Book " (when) } { "Book" }
        } @else if let Some(phone) = &slot.booking_phone {
            a.book href={ "tel:" (phone) } { "Call " (phone) }
        }
    }
}
