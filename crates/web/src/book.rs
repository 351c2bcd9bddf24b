//! The way to a booking page, and what a person reads where a slot cannot be booked there any longer.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use openslots_api::calls::{Booking, FoundSlot, Lookup, Referral, book_slot, find_slot};
use openslots_api::{ApiState, Error};
use openslots_model::PublicId;

use crate::clock::PlaceClock;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed};
use crate::messages::Say;
use crate::shown::{Detail, address_of, booking_address, city_line, name_of, phone, place_beside, when};

/// `GET /slots/{id}/book`: as that of the API, for people.
pub(crate) async fn show(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let reader = Reader::of(query.as_deref(), &headers);
    let Some(id) = id.ok().and_then(|Path(text)| text.parse::<PublicId>().ok()) else {
        let other = Reader { language: reader.language.other(), is_asked: true };
        return told(reader, StatusCode::NOT_FOUND, Say::NoSuchTime, &other.link("/"), &html! {});
    };
    match answer(&state, id, reader).await {
        Ok(response) => response,
        Err(error) => failure_for(reader, &error, "the way to a booking page"),
    }
}

async fn answer(state: &ApiState, id: PublicId, reader: Reader) -> Result<Response, Error> {
    let (status, title, number, alternatives) = match book_slot(state, id, Referral::default()).await? {
        Booking::Online(url) => match HeaderValue::try_from(url.as_str()) {
            Ok(location) => {
                let kept = HeaderValue::from_static("no-store");
                let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, kept)];
                return Ok((StatusCode::SEE_OTHER, headers).into_response());
            }
            Err(_) => (StatusCode::CONFLICT, Say::NotOnline, None, vec![]),
        },
        Booking::NotFree { alternatives } => (StatusCode::CONFLICT, Say::NoLongerFree, None, alternatives),
        Booking::NotOnline { phone, alternatives } => (StatusCode::CONFLICT, Say::NotOnline, phone, alternatives),
        Booking::Expired(_) => (StatusCode::NOT_FOUND, Say::TooOld, None, vec![]),
        Booking::Unknown => (StatusCode::NOT_FOUND, Say::NoSuchTime, None, vec![]),
    };
    let own = found(state, id).await?;
    let mut others = Vec::with_capacity(alternatives.len());
    for id in alternatives {
        others.extend(found(state, id).await?);
    }
    let content = html! {
        @if let Some(own) = &own { p { (where_and_when(own, reader)) } }
        @if let Some(number) = &number { p { (reader.language.say(Say::ByPhone)) " " (phone(number, number)) } }
        @if !others.is_empty() {
            h2 #others { (reader.language.say(Say::OtherTimes)) }
            ul.hints { @for other in &others { li { (alternative(other, reader)) } } }
        }
    };
    let other = Reader { language: reader.language.other(), is_asked: true };
    Ok(told(reader, status, title, &booking_address(id, other), &content))
}

async fn found(state: &ApiState, id: PublicId) -> Result<Option<FoundSlot>, Error> {
    Ok(match find_slot(state, id).await? {
        Lookup::Found(found) => Some(found),
        Lookup::Expired(_) | Lookup::Unknown => None,
    })
}

fn told(reader: Reader, status: StatusCode, title: Say, translation: &str, content: &Markup) -> Response {
    let title = reader.language.say(title);
    let whole = html! {
        h1 { (title) }
        (content)
        p { a href=(reader.link("/")) { (reader.language.say(Say::SearchAgain)) } }
    };
    let title = format!("openslots: {title}");
    framed(status, &Frame { title: &title, reader, translation: Some(translation), has_script: false }, &whole)
}

fn start_of(found: &FoundSlot, reader: Reader) -> String {
    let place = found.provider_location.as_ref().and_then(|at| at.place.as_ref());
    let clock = PlaceClock::new(place.and_then(|place| place.time_zone.as_deref()), reader.language);
    when(&found.stored, &clock, Detail::Whole)
}

/// Who and where, as a link to the page of the place.
fn place_link(found: &FoundSlot, reader: Reader) -> Markup {
    html! {
        @if let Some(at) = &found.provider_location {
            a href=(address_of(at.key, reader)) { (name_of(at).unwrap_or(reader.language.say(Say::NoName))) }
            @if let Some(name) = place_beside(at) { ", " (name) }
            @if let Some(place) = at.place.as_ref().filter(|place| place.is_in_person()) { ", " (city_line(place)) }
        }
    }
}

fn where_and_when(found: &FoundSlot, reader: Reader) -> Markup {
    html! { span.time { (start_of(found, reader)) } ": " (place_link(found, reader)) }
}

/// Another slot: what can be booked online as a link there.
fn alternative(found: &FoundSlot, reader: Reader) -> Markup {
    if found.stored.slot.booking_deep_link.is_none() {
        return where_and_when(found, reader);
    }
    html! {
        a href=(booking_address(found.stored.id, reader)) rel="nofollow" { (start_of(found, reader)) }
        ": " (place_link(found, reader))
    }
}
