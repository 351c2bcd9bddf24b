//! The hand-off to a slot's booking portal.

use std::sync::Arc;

use openslots_care::booking_url;
use openslots_model::{AvailabilityQuery, PageStart, PublicId, PublisherStatus, SlotRow, SlotSort, UnixSeconds};
use url::Url;

use super::slots::read_held_slot;
use super::{FoundSlot, Lookup};
use crate::blocking::run_blocking;
use crate::{ApiState, Error};

/// How many other slots are named beside one that cannot be booked.
const MAX_ALTERNATIVES: usize = 5;

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
        /// Other free slots of the same provider at the same place, earliest first.
        alternatives: Vec<PublicId>,
    },
    /// The slot is taken, withdrawn or over, or leads to no provider location (no others are named then).
    NotFree {
        /// Other free slots of the same provider at the same place, earliest first.
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
        // Without a provider location nobody offers it any longer, though its link may still be there.
        let is_offered = found.provider_location.is_some();
        if !is_offered || !slot.traits.is_bookable() || is_over(&found, state.now()) {
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

/// Whether nothing is left of the slot's time.
fn is_over(found: &FoundSlot, now: UnixSeconds) -> bool {
    let slot = &found.stored.slot;
    slot.traits.is_over(slot.start.instant, now)
}

fn alternatives(state: &ApiState, found: &FoundSlot) -> Result<Vec<PublicId>, Error> {
    let Some(provider_location) = &found.provider_location else { return Ok(Vec::new()) };
    let mut query = AvailabilityQuery::free_from(state.now());
    query.provider_location = Some(provider_location.key);
    let snapshot = state.search().snapshot();
    let page = snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), MAX_ALTERNATIVES + 1)?;
    let rows: Vec<SlotRow> = page.hits.iter().map(|hit| hit.row).collect();
    let stored = state.store().slots(&rows)?;
    let others = stored.into_iter().flatten().map(|slot| slot.id).filter(|id| *id != found.stored.id);
    Ok(others.take(MAX_ALTERNATIVES).collect())
}
