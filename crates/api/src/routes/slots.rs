//! `/slots`, `/slots/{id}`, `/slots/{id}/book`.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_model::PublicId;

use super::{PathPart, expired, no_such, only_fields, path_text};
use crate::calls::{self, Booking, Lookup, Referral};
use crate::openapi::parameters::{BookingParameters, SlotParameters, SlotReadParameters};
use crate::openapi::responses::{BookingProblems, ReadProblems, SearchProblems};
use crate::openapi::shapes;
use crate::parameters::{BOOKING_PARAMETERS, Given, MAX_TEXT_CHARS, Search, SearchKind};
use crate::problem::{Problem, ProblemKind};
use crate::{ApiState, answer, render};

/// Search slots
///
/// Slots that match every filter, earliest first, each with its place, its provider and where it comes from. Page through them with `next` as `cursor`, which neither repeats nor skips while publishers are crawled.
#[utoipa::path(
    get,
    path = "/slots",
    operation_id = "searchSlots",
    tag = "scheduling",
    params(SlotParameters),
    responses((status = 200, description = "A page of slots, and how many there are.", body = render::Slots, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn search(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let search = Search::of_request(&state, SearchKind::Slots, query.as_deref())?;
    let fields = search.fields.clone();
    let found = calls::search_slots(&state, search).await?;
    answer::json_page(&headers, &render::Slots::from(&found), "slots", fields.as_ref())
}

/// Read a slot
#[utoipa::path(
    get,
    path = "/slots/{id}",
    operation_id = "readSlot",
    tag = "scheduling",
    params(("id" = shapes::PublicId, Path, description = "The slot's id."), SlotReadParameters),
    responses((status = 200, description = "The slot.", body = render::Slot, headers(("ETag"))), ReadProblems)
)]
pub(super) async fn read(
    State(state): State<ApiState>,
    id: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    let fields = only_fields(&query, SearchKind::Slots)?;
    let (text, id) = parse_id(id)?;
    match calls::find_slot(&state, id).await? {
        Lookup::Found(found) => answer::json_item(&headers, &render::Slot::from(&found), fields.as_ref()),
        Lookup::Expired(publisher) => Err(expired("slot", &publisher)),
        Lookup::Unknown => Err(no_such("slot", &text)),
    }
}

/// Go to where a slot is booked
///
/// Leads to the publisher's booking page for the slot, with the referral told in the link.
#[utoipa::path(
    get,
    path = "/slots/{id}/book",
    operation_id = "bookSlot",
    tag = "scheduling",
    params(("id" = shapes::PublicId, Path, description = "The slot's id."), BookingParameters),
    responses((status = 303, description = "The booking page.", headers(("Location"))), BookingProblems)
)]
pub(super) async fn book(
    State(state): State<ApiState>,
    id: PathPart,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let referral = parse_referral(query.as_deref())?;
    let (text, id) = parse_id(id)?;
    match calls::book_slot(&state, id, referral).await? {
        Booking::Online(url) => {
            let location = HeaderValue::try_from(url.as_str()).map_err(|_| Problem::internal())?;
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            Ok((StatusCode::SEE_OTHER, headers).into_response())
        }
        Booking::NotFree { alternatives } => Err(Problem {
            alternatives: Some(alternatives),
            ..Problem::new(ProblemKind::NotBookable, "the slot is no longer free")
        }),
        Booking::NotOnline { phone, alternatives } => {
            let detail = match &phone {
                Some(phone) => format!("the slot is booked by telephone: {phone}"),
                None => "the publisher gives no booking link; contact the place".to_owned(),
            };
            let problem = Problem::new(ProblemKind::NotBookable, detail);
            Err(Problem { alternatives: Some(alternatives), booking_phone: phone, ..problem })
        }
        Booking::Expired(publisher) => Err(expired("slot", &publisher)),
        Booking::Unknown => Err(no_such("slot", &text)),
    }
}

fn parse_id(part: PathPart) -> Result<(String, PublicId), Problem> {
    let text = path_text(part)?;
    match text.parse() {
        Ok(id) => Ok((text, id)),
        Err(_) => Err(no_such("slot", &text)),
    }
}

fn parse_referral(query: Option<&str>) -> Result<Referral, Problem> {
    let mut given = Given::read(query, BOOKING_PARAMETERS);
    let mut read = |name| {
        given.parse(name, |text| match text.chars().count() {
            0..=MAX_TEXT_CHARS => Ok(text.to_owned()),
            _ => Err(format!("is longer than {MAX_TEXT_CHARS} characters")),
        })
    };
    let referral = Referral { source: read("source"), referral: read("booking-referral") };
    given.finish()?;
    Ok(referral)
}
