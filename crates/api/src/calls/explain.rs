//! Why nothing was found, and what is nearest to what was asked for.

use std::sync::Arc;

use openslots_model::{
    AvailabilityQuery, LocalDate, LocalTimes, Near, PageStart, ProviderLocation, ProviderLocationNumber,
    ProviderLocationSort, SlotSort, SlotStatus, UnixSeconds, Weekdays,
};
use openslots_search::Snapshot;

use super::stored::read_provider_locations;
use crate::parameters::{BEGINNING, Search, SearchKind};
use crate::{ApiState, Error};

/// Farther than any two points of the earth are apart, in miles.
const ANY_DISTANCE_MILES: f64 = 12_500.0;

/// What would have been found, were something else asked for.
#[derive(Debug, Clone, Default)]
pub struct Explanation {
    /// The nearest match beyond the radius.
    pub nearest: Option<Match>,
    /// The first match behind the end of the time asked for.
    pub next: Option<Match>,
    /// Filters without which something is found, and how much; the one that excludes most comes first.
    pub without: Vec<(&'static str, u64)>,
}

/// A match of a question near to the one that was asked.
#[derive(Debug, Clone)]
pub struct Match {
    /// Who and where.
    pub provider_location: Arc<ProviderLocation>,
    /// From the asked position, in miles.
    pub distance_miles: Option<f64>,
    /// When its slot starts.
    pub start: Option<UnixSeconds>,
}

/// A filter: its parameter, whether a query has it, and how it is taken away.
type Relaxation = (&'static str, fn(&AvailabilityQuery) -> bool, fn(&mut AvailabilityQuery));

const RELAXATIONS: [Relaxation; 28] = [
    (
        "q",
        |query| query.text.is_some(),
        |query| {
            query.text = None;
            query.meant_specialties.clear();
        },
    ),
    ("publisher", |query| query.publishers.is_some(), |query| query.publishers = None),
    ("serviceTypeCode", |query| !query.service_types.is_empty(), |query| query.service_types.clear()),
    ("npi", |query| !query.npis.is_empty(), |query| query.npis.clear()),
    ("specialty", |query| !query.specialties.is_empty(), |query| query.specialties.clear()),
    ("appointmentType", |query| !query.appointment_types.is_empty(), |query| query.appointment_types.clear()),
    ("acceptingPatients", |query| query.accepting_patients.is_some(), |query| query.accepting_patients = None),
    ("isVirtual", |query| query.is_virtual.is_some(), |query| query.is_virtual = None),
    ("city", |query| query.city.is_some(), |query| query.city = None),
    ("state", |query| query.state.is_some(), |query| query.state = None),
    ("radius", |query| query.near.is_some(), |query| query.near = None),
    ("bbox", |query| query.bounding_box.is_some(), |query| query.bounding_box = None),
    ("organization", |query| query.organization.is_some(), |query| query.organization = None),
    ("language", |query| !query.languages.is_empty(), |query| query.languages.clear()),
    ("gender", |query| query.gender.is_some(), |query| query.gender = None),
    ("network", |query| !query.networks.is_empty(), |query| query.networks.clear()),
    ("vaccine", |query| !query.vaccines.is_empty(), |query| query.vaccines.clear()),
    ("vaccineDose", |query| !query.vaccine_doses.is_empty(), |query| query.vaccine_doses.clear()),
    ("walkIn", |query| query.is_walk_in.is_some(), |query| query.is_walk_in = None),
    ("coarse", |query| query.is_coarse.is_some(), |query| query.is_coarse = None),
    ("minDuration", |query| query.min_duration_seconds.is_some(), |query| query.min_duration_seconds = None),
    ("startBefore", |query| query.window.before.is_some(), |query| query.window.before = None),
    ("includePast", |query| query.window.from > BEGINNING, |query| query.window.from = BEGINNING),
    ("providerLocationKey", |query| query.provider_location.is_some(), |query| query.provider_location = None),
    ("status", |query| query.status.is_some_and(|status| status != SlotStatus::Free), |query| query.status = None),
    (
        "date",
        |query| query.local_times.as_ref().is_some_and(has_days),
        |query| {
            query.local_times.iter_mut().for_each(|times| (times.dates, times.relative) = (None, None));
        },
    ),
    (
        "weekday",
        |query| query.local_times.as_ref().is_some_and(|times| times.weekdays != Weekdays::ALL),
        |query| {
            query.local_times.iter_mut().for_each(|times| times.weekdays = Weekdays::ALL);
        },
    ),
    (
        "timeOfDay",
        |query| query.local_times.as_ref().is_some_and(|times| !times.times_of_day.is_empty()),
        |query| {
            query.local_times.iter_mut().for_each(|times| times.times_of_day.clear());
        },
    ),
];

/// Looks for what is near to a search that found nothing; `None` if there is nothing to tell. Blocks.
pub(super) fn explain(state: &ApiState, snapshot: &Snapshot, search: &Search) -> Result<Option<Explanation>, Error> {
    let mut explanation = Explanation::default();
    if let Some(near) = search.query.near {
        let mut query = search.query.clone();
        query.near = Some(Near { radius_miles: ANY_DISTANCE_MILES, ..near });
        explanation.nearest = first(state, snapshot, search.kind, &query, true)?;
    }
    let has_last_day = search.query.local_times.as_ref().is_some_and(has_days);
    if search.query.window.before.is_some() || has_last_day {
        let mut query = search.query.clone();
        query.window.before = None;
        if let Some(times) = &mut query.local_times {
            // Days before the first that was asked for are none behind the last.
            times.dates = times.dates.map(|(first, _)| (first, LocalDate(i32::MAX)));
            times.relative = None;
        }
        explanation.next = first(state, snapshot, SearchKind::Slots, &query, false)?;
    }
    for (parameter, is_given, take_away) in RELAXATIONS {
        if !is_given(&search.query) {
            continue;
        }
        let mut query = search.query.clone();
        take_away(&mut query);
        let total = count(snapshot, search.kind, &query)?;
        if total > 0 {
            explanation.without.push((parameter, total));
        }
    }
    if search.max_age_seconds.is_some() {
        let mut query = search.query.clone();
        query.excluded_publishers = state.publishers().expired(state.now());
        let total = count(snapshot, search.kind, &query)?;
        if total > 0 {
            explanation.without.push(("maxAge", total));
        }
    }
    explanation.without.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
    let tells = explanation.nearest.is_some() || explanation.next.is_some() || !explanation.without.is_empty();
    Ok(tells.then_some(explanation))
}

fn has_days(times: &LocalTimes) -> bool {
    times.dates.is_some() || times.relative.is_some()
}

fn count(snapshot: &Snapshot, kind: SearchKind, query: &AvailabilityQuery) -> Result<u64, Error> {
    let start = PageStart::Offset(0);
    Ok(match kind {
        SearchKind::ProviderLocations | SearchKind::Codes => {
            snapshot.provider_locations(query, ProviderLocationSort::Start, start, 0, 0)?.total
        }
        SearchKind::Slots | SearchKind::Days | SearchKind::Watch => {
            snapshot.slots(query, SlotSort::Start, start, 0)?.total
        }
    })
}

/// The nearest or the earliest match.
fn first(
    state: &ApiState,
    snapshot: &Snapshot,
    kind: SearchKind,
    query: &AvailabilityQuery,
    by_distance: bool,
) -> Result<Option<Match>, Error> {
    let start = PageStart::Offset(0);
    type Found = (ProviderLocationNumber, Option<f64>, Option<UnixSeconds>);
    let found: Option<Found> = match kind {
        SearchKind::ProviderLocations | SearchKind::Codes => {
            let sort = if by_distance { ProviderLocationSort::Distance } else { ProviderLocationSort::Start };
            let page = snapshot.provider_locations(query, sort, start, 1, 1)?;
            page.hits.first().map(|hit| (hit.number, hit.distance_miles, hit.next_start))
        }
        SearchKind::Slots | SearchKind::Days | SearchKind::Watch => {
            let sort = if by_distance { SlotSort::Distance } else { SlotSort::Start };
            let page = snapshot.slots(query, sort, start, 1)?;
            page.hits.first().map(|hit| (hit.provider_location, hit.distance_miles, Some(hit.start)))
        }
    };
    let Some((number, distance_miles, start)) = found else { return Ok(None) };
    let read = read_provider_locations(state, std::iter::once(number))?;
    let of_number = read.get(&number).cloned();
    Ok(of_number.map(|provider_location| Match { provider_location, distance_miles, start }))
}
