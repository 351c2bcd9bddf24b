//! One provider at one place: all its free times by day, how to reach it, and where all of this comes from.

mod facts;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use maud::{Markup, html};
use openslots_api::calls::{
    FoundProviderLocation, Lookup, SlotsAnswer, StoredSlot, count_days, find_provider_location,
    search_provider_locations, search_slots,
};
use openslots_api::parameters::{Search, SearchKind};
use openslots_api::problem::ParameterIssue;
use openslots_api::{ApiState, Error};
use openslots_model::{ProviderLocationKey, UnixSeconds};
use url::form_urlencoded::Serializer;

use crate::clock::PlaceClock;
use crate::day_page::DayPage;
use crate::days::FreeDays;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed, missing};
use crate::messages::Say;
use crate::provider::address_of as provider_address;
use crate::shown::{
    Detail, address_line, address_of, also_published_by, city_line, name_of, phone, place_beside, published_by, slots,
};

/// What the page is made of.
struct Parts {
    found: FoundProviderLocation,
    slots: SlotsAnswer,
    days: FreeDays,
    /// The same provider at other places of the same publisher or of others.
    elsewhere: Vec<FoundProviderLocation>,
    asked: DayPage,
    now: UnixSeconds,
}

/// The address of a page of a place.
fn page_address(asked: &DayPage, key: ProviderLocationKey, reader: Reader) -> String {
    asked.address(&address_of(key, Reader { is_asked: false, ..reader }), reader)
}

/// `GET /places/{key}`
pub(crate) async fn show(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    key: Result<Path<String>, PathRejection>,
) -> Response {
    let reader = Reader::of(query.as_deref(), &headers);
    let other = Reader { language: reader.language.other(), is_asked: true };
    let asked = DayPage::read(query.as_deref());
    let Some(key) = key.ok().and_then(|Path(text)| text.parse::<ProviderLocationKey>().ok()) else {
        return missing(reader, Say::NoSuchPlace, reader.language.say(Say::NoSuchPlaceText), &other.link("/"));
    };
    let found = match find_provider_location(&state, key).await {
        Ok(Lookup::Found(found)) => found,
        Ok(Lookup::Expired(publisher)) => {
            let text = reader.language.fill(Say::TooOldText, &[&publisher.publisher.display_name]);
            return missing(reader, Say::TooOld, &text, &address_of(key, other));
        }
        Ok(Lookup::Unknown) => {
            let text = reader.language.say(Say::NoSuchPlaceText);
            return missing(reader, Say::NoSuchPlace, text, &address_of(key, other));
        }
        Err(error) => return failure_for(reader, &error, "the page of a place"),
    };
    let now_at = found.provider_location.key;
    if now_at != key {
        // Asked for under a key that it had before a change.
        return Redirect::permanent(&page_address(&asked, now_at, reader)).into_response();
    }
    let searches = match read_searches(&state, &asked, key) {
        Ok(searches) => searches,
        // A cursor that has expired, or a day of no calendar: begin anew.
        Err(_) if asked != DayPage::default() => {
            return Redirect::to(&page_address(&DayPage::default(), key, reader)).into_response();
        }
        Err(_) => {
            return missing(reader, Say::NoSuchPlace, reader.language.say(Say::NoSuchPlaceText), &other.link("/"));
        }
    };
    match ask(&state, found, asked, searches).await {
        Ok(parts) => {
            let name = name_of(&parts.found.provider_location).unwrap_or(reader.language.say(Say::NoName));
            let translation = page_address(&parts.asked, key, other);
            let title = format!("openslots: {name}");
            let frame = Frame { title: &title, reader, translation: Some(&translation), has_script: false };
            framed(StatusCode::OK, &frame, &whole(&parts, reader))
        }
        Err(error) => failure_for(reader, &error, "the page of a place"),
    }
}

/// The searches for the slots of the page, and for all days of the place.
fn read_searches(
    state: &ApiState,
    asked: &DayPage,
    key: ProviderLocationKey,
) -> Result<(Search, Search), Vec<ParameterIssue>> {
    let query = asked.as_api_query(&[("providerLocationKey", &key.to_string()), ("limit", "100")]);
    let slots = Search::of_request(state, SearchKind::Slots, Some(&query))?;
    let days = Search::of_request(state, SearchKind::Days, Some(&format!("providerLocationKey={key}")))?;
    Ok((slots, days))
}

async fn ask(
    state: &ApiState,
    found: FoundProviderLocation,
    asked: DayPage,
    (slots, days): (Search, Search),
) -> Result<Parts, Error> {
    let slots = search_slots(state, slots).await?;
    let days = FreeDays::from(&count_days(state, days).await?);
    let elsewhere = elsewhere(state, &found).await?;
    Ok(Parts { found, slots, days, elsewhere, asked, now: state.now() })
}

/// The first National Provider Identifier, if any is published.
fn npi_of(found: &FoundProviderLocation) -> Option<&str> {
    found.provider_location.provider.as_ref().and_then(|provider| provider.npis().next())
}

/// Where else the same person gives care, by the National Provider Identifier; none where it is not published.
async fn elsewhere(state: &ApiState, found: &FoundProviderLocation) -> Result<Vec<FoundProviderLocation>, Error> {
    let at = &found.provider_location;
    let Some(npi) = npi_of(found) else { return Ok(Vec::new()) };
    let query = Serializer::new(String::new()).append_pair("npi", npi).append_pair("limit", "10").finish();
    let Ok(search) = Search::of_request(state, SearchKind::ProviderLocations, Some(&query)) else {
        return Ok(Vec::new());
    };
    let mut others = search_provider_locations(state, search).await?.provider_locations;
    others.retain(|other| other.provider_location.key != at.key);
    Ok(others)
}

fn whole(parts: &Parts, reader: Reader) -> Markup {
    let language = reader.language;
    let Parts { found, slots, days, elsewhere, asked, now } = parts;
    let at = &found.provider_location;
    let place = at.place.as_ref();
    let clock = PlaceClock::new(place.and_then(|place| place.time_zone.as_deref()), language);
    html! {
        h1 { (name_of(at).unwrap_or(language.say(Say::NoName))) }
        @if let Some(name) = place_beside(at) { p { (name) } }
        @if let Some(place) = place {
            @if place.is_in_person() { p { (address_line(place)) } }
            @if place.is_virtual { p { (language.say(Say::VirtualCare)) } }
            @if let Some(number) = place.phones.first() { p { (phone(number, number)) } }
        }
        p.quiet { (published_by(found, language, *now)) }
        (also_published_by(found, reader))
        h2 #times { (language.say(Say::FreeTimes)) }
        (days.show(asked.day, language, |day| {
            page_address(&DayPage::of_day(day), at.key, reader)
        }))
        @if slots.slots.is_empty() {
            p { (language.say(if asked.day.is_some() { Say::NoTimesThen } else { Say::NoFreeSlots })) }
        }
        @for (day, of_day) in by_day(slots, &clock, *now) {
            section.times {
                h3 { (language.long_date(day)) }
                (self::slots(&of_day, &clock, reader, Detail::Time))
            }
        }
        @if let Some(cursor) = &slots.next {
            @let next = asked.behind(cursor);
            p.more { a href=(page_address(&next, at.key, reader)) rel="next" { (language.say(Say::MoreTimes)) } }
        }
        (facts::contact(found, language))
        (facts::provider(found, language))
        @if !elsewhere.is_empty() {
            h2 #elsewhere { (language.say(Say::Elsewhere)) }
            ul.hints {
                @for other in elsewhere {
                    @let there = &other.provider_location;
                    li {
                        a href=(address_of(there.key, reader)) { (name_of(there).unwrap_or(language.say(Say::NoName))) }
                        @if let Some(place) = &there.place {
                            @if let Some(name) = place_beside(there) { ", " (name) }
                            ", " (city_line(place))
                        }
                    }
                }
            }
            @if let Some(npi) = npi_of(found) {
                p { a href=(provider_address(npi, reader)) { (language.say(Say::AllOfProvider)) } }
            }
        }
        (facts::source(found, language, *now))
    }
}

/// Slots under the day on which they begin where the place is; windows that are running are there today.
fn by_day(answer: &SlotsAnswer, clock: &PlaceClock, now: UnixSeconds) -> Vec<(Date, Vec<Arc<StoredSlot>>)> {
    let mut days: Vec<(Date, Vec<Arc<StoredSlot>>)> = Vec::new();
    for found in &answer.slots {
        let start = found.stored.slot.start.instant;
        let day = clock.date(start.max(now));
        match days.iter_mut().find(|(known, _)| *known == day) {
            Some((_, slots)) => slots.push(Arc::clone(&found.stored)),
            None => days.push((day, vec![Arc::clone(&found.stored)])),
        }
    }
    days.sort_by_key(|(day, _)| *day);
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn addresses_name_what_is_shown() {
        let key: ProviderLocationKey = "0123456789abcdef".parse().expect("a key");
        let spanish = Reader { language: Language::Spanish, is_asked: true };
        for (query, english, with_language) in [
            ("", "", "?lang=es"),
            ("day=2026-12-01&cursor=a%26b", "?day=2026-12-01&cursor=a%26b", "?lang=es&day=2026-12-01&cursor=a%26b"),
            ("day=tomorrow&x=1&cursor=", "", "?lang=es"),
        ] {
            let asked = DayPage::read(Some(query));
            assert_eq!(page_address(&asked, key, Reader::ENGLISH), format!("/places/{key}{english}"), "{query}");
            assert_eq!(page_address(&asked, key, spanish), format!("/places/{key}{with_language}"), "{query}");
        }
    }
}
