//! Provider locations: searched for, and one by its key.

use std::sync::Arc;

use openslots_model::{
    Availability, AvailabilityQuery, BookingMethod, ChangeSeq, Freshness, PageStart, ProviderLocation,
    ProviderLocationKey, ProviderLocationSort, PublisherStatus, SlotRow, SlotStatus, UnixSeconds,
};
use openslots_search::ProviderLocationHit;
use openslots_store::StoredSlot;

use super::page::fill_page;
use super::provider_location_cache::read_provider_locations;
use super::{Lookup, publisher_of};
use crate::blocking::run_blocking;
use crate::parameters::{NearPoint, Search};
use crate::{ApiState, Error};

/// A provider location with all that is shown beside it.
#[derive(Debug, Clone)]
pub struct FoundProviderLocation {
    /// The provider location.
    pub provider_location: Arc<ProviderLocation>,
    /// Whose it is.
    pub publisher: Arc<PublisherStatus>,
    /// How trustworthy the publisher's data are now.
    pub freshness: Freshness,
    /// Start of its first matching slot.
    pub next_start: Option<UnixSeconds>,
    /// Its first matching slot; unknown if it went while the answer was made.
    pub next_slot: Option<StoredSlot>,
    /// How many of its slots match.
    pub n_slots: u64,
    /// Whether free slots match; `None` where others were asked for.
    pub availability: Option<Availability>,
    /// The best way to book any of its matching slots.
    pub booking: BookingMethod,
    /// From the asked position, in miles.
    pub distance_miles: Option<f64>,
}

/// A page of provider locations.
#[derive(Debug, Clone)]
pub struct ProviderLocationsAnswer {
    /// The provider locations, in the order asked for.
    pub provider_locations: Vec<FoundProviderLocation>,
    /// How many match in all.
    pub total: u64,
    /// The cursor of the next page, if more follow.
    pub next: Option<String>,
    /// Where distances are measured from.
    pub near: Option<NearPoint>,
}

/// Provider locations that match.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn search_provider_locations(state: &ApiState, search: Search) -> Result<ProviderLocationsAnswer, Error> {
    run_blocking(state, move |state| read_page(state, &search)).await
}

fn read_page(state: &ApiState, search: &Search) -> Result<ProviderLocationsAnswer, Error> {
    let snapshot = state.search().snapshot();
    let page = fill_page(
        search,
        |start, n_hits| {
            let order = search.order.of_provider_locations();
            let page = snapshot.provider_locations(&search.query, order, start, n_hits)?;
            Ok((page.hits, page.total))
        },
        |hit| hit.key,
        |hits| read_hits(state, snapshot.seq(), hits, search.query.status),
    )?;
    Ok(ProviderLocationsAnswer {
        provider_locations: page.found,
        total: page.total,
        next: page.next,
        near: search.near,
    })
}

/// What is shown of some hits, without those that are gone meanwhile.
fn read_hits(
    state: &ApiState,
    seq: ChangeSeq,
    hits: &[ProviderLocationHit],
    status: SlotStatus,
) -> Result<Vec<FoundProviderLocation>, Error> {
    let now = state.now();
    let read = read_provider_locations(state, seq, hits.iter().map(|hit| hit.number))?;
    let rows: Vec<SlotRow> = hits.iter().filter_map(|hit| hit.next_row).collect();
    let mut slots = state.store().slots(&rows)?.into_iter();
    let mut found = Vec::with_capacity(hits.len());
    for hit in hits {
        let next_slot = hit.next_row.and_then(|_| slots.next()).flatten();
        let Some(provider_location) = read.get(&hit.number) else { continue };
        let publisher = publisher_of(state, provider_location.publisher_number)?;
        let said = provider_location.schedules.iter().map(|schedule| schedule.has_availability);
        let availability = || publisher.availability(hit.n_slots, said, now);
        found.push(FoundProviderLocation {
            provider_location: Arc::clone(provider_location),
            availability: (status == SlotStatus::Free).then(availability),
            freshness: publisher.freshness(now),
            publisher,
            next_start: hit.next_start,
            next_slot,
            n_slots: hit.n_slots,
            booking: hit.booking,
            distance_miles: hit.distance_miles,
        });
    }
    Ok(found)
}

/// One provider location with its free slots from now on.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn find_provider_location(
    state: &ApiState,
    key: ProviderLocationKey,
) -> Result<Lookup<FoundProviderLocation>, Error> {
    run_blocking(state, move |state| {
        let snapshot = state.search().snapshot();
        let mut query = AvailabilityQuery::free_from(state.now());
        query.provider_location = Some(key);
        let page = snapshot.provider_locations(&query, ProviderLocationSort::Start, PageStart::Offset(0), 1)?;
        let Some(found) = read_hits(state, snapshot.seq(), &page.hits, SlotStatus::Free)?.pop() else {
            return Ok(Lookup::Unknown);
        };
        match found.freshness {
            Freshness::Expired => Ok(Lookup::Expired(found.publisher)),
            _ => Ok(Lookup::Found(found)),
        }
    })
    .await
}
