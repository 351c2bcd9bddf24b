//! Slots: searched for, and one by its id.

use std::sync::Arc;

use openslots_model::{Freshness, ProviderLocation, PublicId, PublisherStatus, SlotRow, UnixSeconds};
use openslots_search::SlotHit;
use openslots_store::StoredSlot;

use super::explain::explain;
use super::page::fill_page;
use super::stored::{follow_old_key, read_provider_locations};
use super::{CountedFacet, Explanation, Lookup, facets, publisher_of};
use crate::blocking::run_blocking;
use crate::data_time::DataTime;
use crate::parameters::{NearPoint, Search, Understood};
use crate::{ApiState, Error};

/// A slot with all that is shown beside it.
#[derive(Debug, Clone)]
pub struct FoundSlot {
    /// The slot.
    pub stored: Arc<StoredSlot>,
    /// Who and where; always known of what is searched for or read.
    pub provider_location: Option<Arc<ProviderLocation>>,
    /// Whose it is.
    pub publisher: Arc<PublisherStatus>,
    /// How trustworthy the publisher's data are now.
    pub freshness: Freshness,
    /// From the asked position, in miles.
    pub distance_miles: Option<f64>,
}

/// A page of slots.
#[derive(Debug, Clone)]
pub struct SlotsAnswer {
    /// The slots, in the order asked for.
    pub slots: Vec<FoundSlot>,
    /// How many match in all.
    pub total: u64,
    /// The cursor of the next page, if more follow.
    pub next: Option<String>,
    /// Where distances are measured from.
    pub near: Option<NearPoint>,
    /// What was asked to be counted.
    pub facets: Vec<CountedFacet>,
    /// What plain words were understood as.
    pub understood: Vec<Understood>,
    /// Why nothing was found, if so.
    pub explanation: Option<Explanation>,
}

/// Slots that match.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn search_slots(state: &ApiState, mut search: Search) -> Result<SlotsAnswer, Error> {
    run_blocking(state, move |state| {
        follow_old_key(state, &mut search.query)?;
        read_slots(state, &search)
    })
    .await
}

fn read_slots(state: &ApiState, search: &Search) -> Result<SlotsAnswer, Error> {
    let snapshot = state.search().snapshot();
    let now = state.now();
    let page = fill_page(
        search,
        |start, n_hits| {
            let page = snapshot.slots(&search.query, search.order.of_slots(), start, n_hits)?;
            Ok((page.hits, page.total))
        },
        |hit| hit.key,
        |hits| {
            let mut found = read_hits(state, hits, now)?;
            found.retain(|slot| !is_older(slot, search.max_age_seconds, now));
            Ok(found)
        },
    )?;
    let counts = snapshot.slot_facets(&search.query, &search.facets)?;
    let explanation = if page.total == 0 { explain(state, &snapshot, search)? } else { None };
    Ok(SlotsAnswer {
        slots: page.found,
        total: page.total,
        next: page.next,
        near: search.near,
        facets: facets::named(state, counts)?,
        understood: search.understood.clone(),
        explanation,
    })
}

/// Whether an aggregator before us knew a slot to be true longer ago than is asked for. The index knows the age of a
/// publisher's data as a whole; of single slots the source JSON tells it.
pub(super) fn is_older(slot: &FoundSlot, max_age_seconds: Option<i64>, now: UnixSeconds) -> bool {
    let Some(seconds) = max_age_seconds else { return false };
    let data_time = DataTime::of(&slot.publisher, slot.stored.slot.last_source_sync);
    data_time.is_none_or(|time| time.is_older_than(seconds, now))
}

/// What is shown of some hits, without those that are gone meanwhile.
pub(super) fn read_hits(state: &ApiState, hits: &[SlotHit], now: UnixSeconds) -> Result<Vec<FoundSlot>, Error> {
    let rows: Vec<SlotRow> = hits.iter().map(|hit| hit.row).collect();
    let stored = state.store().slots(&rows)?;
    let provider_locations = read_provider_locations(state, hits.iter().map(|hit| hit.provider_location))?;
    let mut found = Vec::with_capacity(hits.len());
    for (hit, stored) in hits.iter().zip(stored) {
        let provider_location = provider_locations.get(&hit.provider_location);
        let (Some(stored), Some(provider_location)) = (stored, provider_location) else { continue };
        let slot = found_slot(state, stored, Some(Arc::clone(provider_location)), now)?;
        found.push(FoundSlot { distance_miles: hit.distance_miles, ..slot });
    }
    Ok(found)
}

/// A slot with its publisher, no distance known.
pub(super) fn found_slot(
    state: &ApiState,
    stored: Arc<StoredSlot>,
    provider_location: Option<Arc<ProviderLocation>>,
    now: UnixSeconds,
) -> Result<FoundSlot, Error> {
    let publisher = publisher_of(state, stored.publisher)?;
    let freshness = publisher.freshness(now);
    Ok(FoundSlot { stored, provider_location, publisher, freshness, distance_miles: None })
}

/// One slot, whatever its status and time. One that leads to no provider location (its schedule is inactive or has
/// not come) is served to nobody.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn find_slot(state: &ApiState, id: PublicId) -> Result<Lookup<FoundSlot>, Error> {
    run_blocking(state, move |state| read_slot(state, id)).await
}

fn read_slot(state: &ApiState, id: PublicId) -> Result<Lookup<FoundSlot>, Error> {
    Ok(match read_held_slot(state, id)? {
        Lookup::Found(FoundSlot { provider_location: None, .. }) => Lookup::Unknown,
        found => found,
    })
}

/// A slot as the store holds it, also where it leads to no provider location, and under an id that it had before.
pub(super) fn read_held_slot(state: &ApiState, id: PublicId) -> Result<Lookup<FoundSlot>, Error> {
    let stored = match state.store().slot_by_id(id)? {
        // It may have been given another id.
        None => state.store().successor_of_slot(id)?.map(|id| state.store().slot_by_id(id)).transpose()?.flatten(),
        stored => stored,
    };
    let Some(stored) = stored else { return Ok(Lookup::Unknown) };
    if !stored.slot.traits.is_servable() {
        return Ok(Lookup::Unknown);
    }
    let numbers = state.store().provider_locations_of_schedule(stored.schedule)?;
    let provider_location = state.store().provider_locations(&numbers)?.into_iter().flatten().next();
    let found = found_slot(state, stored, provider_location, state.now())?;
    match found.freshness {
        Freshness::Expired => Ok(Lookup::Expired(found.publisher)),
        _ => Ok(Lookup::Found(found)),
    }
}
