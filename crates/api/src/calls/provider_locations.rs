//! Provider locations: searched for, and one by its key.

use std::sync::Arc;

use openslots_model::{
    Availability, AvailabilityQuery, BookingMethod, Freshness, PageStart, ProviderLocation, ProviderLocationKey,
    ProviderLocationNumber, ProviderLocationSort, PublicId, PublisherStatus, SlotRow, SlotStatus, UnixSeconds,
};
use openslots_search::{ProviderLocationHit, Snapshot};
use openslots_store::StoredSlot;

use super::explain::explain;
use super::page::fill_page;
use super::stored::{follow_old_key, read_provider_locations};
use super::{CountedFacet, Explanation, Lookup, facets, publisher_of};
use crate::blocking::run_blocking;
use crate::parameters::{NearPoint, Search, Understood};
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
    /// Its first matching slots, as many as were asked for and the first in any case; one that went while the answer
    /// was made is left out.
    pub next_slots: Vec<Arc<StoredSlot>>,
    /// How many of its slots match.
    pub n_slots: u64,
    /// Whether free slots match; `None` where others were asked for.
    pub availability: Option<Availability>,
    /// The best way to book any of its matching slots.
    pub booking: BookingMethod,
    /// From the asked position, in miles.
    pub distance_miles: Option<f64>,
    /// Other publishers that have the same place.
    pub also_published_by: Vec<AlsoPublished>,
}

/// Another publisher's word on the same place. The two are never merged: each has its own slots and links.
#[derive(Debug, Clone)]
pub struct AlsoPublished {
    /// Whose it is.
    pub publisher: Arc<PublisherStatus>,
    /// Published id of its Location.
    pub place: PublicId,
    /// The same provider there, if it is published too.
    pub key: Option<ProviderLocationKey>,
    /// What agrees between the two.
    pub signals: Vec<&'static str>,
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
    /// How many of the next slots of each come along.
    pub n_next: usize,
    /// What was asked to be counted.
    pub facets: Vec<CountedFacet>,
    /// What plain words were understood as.
    pub understood: Vec<Understood>,
    /// Why nothing was found, if so.
    pub explanation: Option<Explanation>,
}

/// Provider locations that match.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn search_provider_locations(state: &ApiState, mut search: Search) -> Result<ProviderLocationsAnswer, Error> {
    run_blocking(state, move |state| {
        follow_old_key(state, &mut search.query)?;
        read_page(state, &search)
    })
    .await
}

fn read_page(state: &ApiState, search: &Search) -> Result<ProviderLocationsAnswer, Error> {
    let snapshot = state.search().snapshot();
    let page = fill_page(
        search,
        |start, n_hits| {
            let order = search.order.of_provider_locations();
            let page = snapshot.provider_locations(&search.query, order, start, n_hits, search.n_next)?;
            Ok((page.hits, page.total))
        },
        |hit| hit.key,
        |hits| read_hits(state, &snapshot, hits, search.query.status),
    )?;
    let counts = snapshot.provider_location_facets(&search.query, &search.facets)?;
    let explanation = if page.total == 0 { explain(state, &snapshot, search)? } else { None };
    Ok(ProviderLocationsAnswer {
        provider_locations: page.found,
        total: page.total,
        next: page.next,
        near: search.near,
        n_next: search.n_next,
        facets: facets::named(state, counts)?,
        understood: search.understood.clone(),
        explanation,
    })
}

/// What is shown of some hits, without those that are gone meanwhile.
fn read_hits(
    state: &ApiState,
    snapshot: &Snapshot,
    hits: &[ProviderLocationHit],
    status: Option<SlotStatus>,
) -> Result<Vec<FoundProviderLocation>, Error> {
    let now = state.now();
    let read = read_provider_locations(state, hits.iter().map(|hit| hit.number))?;
    let rows: Vec<SlotRow> = hits.iter().flat_map(|hit| hit.next_rows.iter().copied()).collect();
    let mut slots = state.store().slots(&rows)?.into_iter();
    let mut found = Vec::with_capacity(hits.len());
    for hit in hits {
        let next_slots = slots.by_ref().take(hit.next_rows.len()).flatten().collect();
        let Some(provider_location) = read.get(&hit.number) else { continue };
        let publisher = publisher_of(state, provider_location.publisher_number)?;
        let said = provider_location.schedules.iter().map(|schedule| schedule.has_availability);
        let availability = || publisher.availability(hit.n_slots, said, now);
        found.push(FoundProviderLocation {
            provider_location: Arc::clone(provider_location),
            availability: (status == Some(SlotStatus::Free)).then(availability),
            freshness: publisher.freshness(now),
            publisher,
            next_start: hit.next_start,
            next_slots,
            n_slots: hit.n_slots,
            booking: hit.booking,
            distance_miles: hit.distance_miles,
            also_published_by: also_published_by(state, snapshot, hit.number)?,
        });
    }
    Ok(found)
}

/// Who else publishes the same place; not those whose data are too old to offer.
fn also_published_by(
    state: &ApiState,
    snapshot: &Snapshot,
    number: ProviderLocationNumber,
) -> Result<Vec<AlsoPublished>, Error> {
    let mut others = Vec::new();
    for same in snapshot.same_places(number) {
        let publisher = publisher_of(state, same.publisher)?;
        if publisher.freshness(state.now()) == Freshness::Expired {
            continue;
        }
        let there = same.provider_locations.first().copied();
        let read = read_provider_locations(state, there.into_iter())?;
        let key = there.and_then(|number| read.get(&number)).map(|other| other.key);
        let signals = same.signals.iter().map(|signal| signal.as_str()).collect();
        others.push(AlsoPublished { publisher, place: same.place, key, signals });
    }
    Ok(others)
}

/// One provider location with its free slots from now on. Under a key that it had before a change it is found as well.
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
        follow_old_key(state, &mut query)?;
        let page = snapshot.provider_locations(&query, ProviderLocationSort::Start, PageStart::Offset(0), 1, 1)?;
        let Some(found) = read_hits(state, &snapshot, &page.hits, Some(SlotStatus::Free))?.pop() else {
            return Ok(Lookup::Unknown);
        };
        match found.freshness {
            Freshness::Expired => Ok(Lookup::Expired(found.publisher)),
            _ => Ok(Lookup::Found(found)),
        }
    })
    .await
}
