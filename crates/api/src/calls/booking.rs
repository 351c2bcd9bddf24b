//! The hand-off to a slot's booking portal.

use std::sync::Arc;

use openslots_care::booking_url;
use openslots_model::{
    AvailabilityQuery, CodeFilter, Near, PageStart, ProviderLocation, PublicId, PublisherStatus, SlotRow, SlotSort,
    TimeWindow, UnixSeconds,
};
use url::Url;

use super::slots::read_held_slot;
use super::{FoundSlot, Lookup};
use crate::blocking::run_blocking;
use crate::{ApiState, Error};

/// How many other slots are named beside one that cannot be booked.
const MAX_ALTERNATIVES: usize = 5;
/// Up to which distance other places are named, in miles.
const NEARBY_MILES: f64 = 25.0;

/// Who refers, as the specification lets a client tell the portal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referral {
    /// Who refers (`source`).
    pub source: Option<String>,
    /// The handle of this referral (`booking-referral`).
    pub referral: Option<String>,
}

/// How a slot can be booked.
#[derive(Debug, Clone)]
pub enum Booking {
    /// At the portal, here.
    Online(Url),
    /// The slot is free, but no usable link is published.
    NotOnline {
        /// The number to call, if there is one.
        phone: Option<String>,
        /// Other free slots, the nearest in time of the same provider at the same place first, then the earliest of the
        /// same service elsewhere nearby.
        alternatives: Vec<PublicId>,
    },
    /// The slot is taken, withdrawn or over, or leads to no provider location (no others are named then).
    NotFree {
        /// Other free slots, in the same order.
        alternatives: Vec<PublicId>,
    },
    /// The data of the publisher are too old to offer.
    Expired(Arc<PublisherStatus>),
    /// There is no such slot.
    Unknown,
}

/// Where a slot is booked.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn book_slot(state: &ApiState, id: PublicId, referral: Referral) -> Result<Booking, Error> {
    run_blocking(state, move |state| {
        let found = match read_held_slot(state, id)? {
            Lookup::Found(found) => found,
            Lookup::Expired(publisher) => return Ok(Booking::Expired(publisher)),
            Lookup::Unknown => return Ok(Booking::Unknown),
        };
        let slot = &found.stored.slot;
        if !is_offered(&found, state.now()) {
            return Ok(Booking::NotFree { alternatives: alternatives(state, &found)? });
        }
        let url = slot.booking_deep_link.as_deref().and_then(|link| {
            booking_url(link, referral.source.as_deref(), referral.referral.as_deref())
                .inspect_err(|error| tracing::warn!(%error, slot = %id, "booking link cannot be used"))
                .ok()
        });
        match url {
            Some(url) => Ok(Booking::Online(url)),
            None => {
                let phone = slot.booking_phone.clone();
                Ok(Booking::NotOnline { phone, alternatives: alternatives(state, &found)? })
            }
        }
    })
    .await
}

/// Free slots instead of one that somebody did not get, in the order of [`Booking::NotFree`]; none where it is not known.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn alternatives_to(state: &ApiState, id: PublicId) -> Result<Vec<PublicId>, Error> {
    run_blocking(state, move |state| match read_held_slot(state, id)? {
        Lookup::Found(found) => alternatives(state, &found),
        Lookup::Expired(_) | Lookup::Unknown => Ok(Vec::new()),
    })
    .await
}

/// Whether a slot can be booked at present; `None`: its publisher's data are too old to tell. Blocks.
pub(crate) fn is_bookable(state: &ApiState, id: PublicId) -> Result<Option<bool>, Error> {
    Ok(match read_held_slot(state, id)? {
        Lookup::Found(found) => Some(is_offered(&found, state.now())),
        Lookup::Expired(_) => None,
        Lookup::Unknown => Some(false),
    })
}

/// Whether a slot is free, and somebody offers it: without a provider location nobody does any longer, though its link may
/// still be there.
fn is_offered(found: &FoundSlot, now: UnixSeconds) -> bool {
    found.provider_location.is_some() && found.stored.slot.traits.is_bookable() && !is_over(found, now)
}

/// Whether nothing is left of the slot's time.
fn is_over(found: &FoundSlot, now: UnixSeconds) -> bool {
    let slot = &found.stored.slot;
    slot.traits.is_over(slot.start.instant, now)
}

fn alternatives(state: &ApiState, found: &FoundSlot) -> Result<Vec<PublicId>, Error> {
    let Some(provider_location) = found.provider_location.as_deref() else { return Ok(Vec::new()) };
    let start = found.stored.slot.start.instant;
    let mut query = AvailabilityQuery::free_from(state.now());
    query.provider_location = Some(provider_location.key);
    let mut others = Vec::new();
    if start > state.now() {
        // The nearest in time lie on both sides of it.
        let before = TimeWindow { before: Some(start), ..query.window };
        let query_before = AvailabilityQuery { window: before, ..query.clone() };
        others.extend(slots_of(state, &query_before, SlotSort::StartDescending, found.stored.id)?);
        query.window.from = start;
    }
    others.extend(first_slots(state, &query, found.stored.id)?);
    others.sort_unstable_by_key(|(at, id)| (at.0.abs_diff(start.0), *at, *id));
    others.dedup();
    others.truncate(MAX_ALTERNATIVES);
    if others.len() < MAX_ALTERNATIVES
        && let Some(query) = query_nearby(state, found, provider_location)
    {
        let is_new = |other: &(UnixSeconds, PublicId)| !others.contains(other);
        let elsewhere: Vec<_> = first_slots(state, &query, found.stored.id)?.into_iter().filter(is_new).collect();
        others.extend(elsewhere);
        others.truncate(MAX_ALTERNATIVES);
    }
    Ok(others.into_iter().map(|(_, id)| id).collect())
}

/// What asks for the same service elsewhere nearby; `None` where it is not known what the slot is for or where.
fn query_nearby(
    state: &ApiState,
    found: &FoundSlot,
    provider_location: &ProviderLocation,
) -> Option<AvailabilityQuery> {
    let position = provider_location.place.as_ref()?.position?;
    let schedule = provider_location.schedules.iter().find(|schedule| schedule.number == found.stored.schedule)?;
    let own = &found.stored.slot.traits.service_types;
    let service_types = if own.is_empty() { &schedule.service_types } else { own };
    let codes: Vec<CodeFilter> =
        service_types.iter().filter_map(|coding| coding.code.clone()).map(CodeFilter::Code).collect();
    if codes.is_empty() {
        return None;
    }
    let now = state.now();
    let mut query = AvailabilityQuery::free_from(now);
    query.excluded_publishers = state.publishers().expired(now);
    query.service_types = codes;
    query.near = Some(Near { position, radius_miles: NEARBY_MILES });
    Some(query)
}

/// The earliest slots that a query finds, without the one itself.
fn first_slots(
    state: &ApiState,
    query: &AvailabilityQuery,
    without: PublicId,
) -> Result<Vec<(UnixSeconds, PublicId)>, Error> {
    slots_of(state, query, SlotSort::Start, without)
}

fn slots_of(
    state: &ApiState,
    query: &AvailabilityQuery,
    order: SlotSort,
    without: PublicId,
) -> Result<Vec<(UnixSeconds, PublicId)>, Error> {
    let snapshot = state.search().snapshot();
    let page = snapshot.slots(query, order, PageStart::Offset(0), MAX_ALTERNATIVES + 1)?;
    let rows: Vec<SlotRow> = page.hits.iter().map(|hit| hit.row).collect();
    let stored = state.store().slots(&rows)?.into_iter().flatten().filter(|other| other.id != without);
    Ok(stored.map(|other| (other.slot.start.instant, other.id)).collect())
}
