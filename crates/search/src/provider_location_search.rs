//! Search for provider locations.

use openslots_model::{AvailabilityQuery, BookingMethod, PageStart, ProviderLocationSort, SortKey, UnixSeconds};

use crate::candidates::CandidateFinder;
use crate::columns::{ColumnWindow, Slots};
use crate::matching::SlotMatcher;
use crate::rank::{Measure, rank};
use crate::snapshot::Snapshot;
use crate::state::{ProviderLocationEntry, State};
use crate::top::Top;
use crate::{Error, ProviderLocationHit, ProviderLocationPage};

/// The start of a provider location without slots in its sort key: behind all others.
const NO_START: i64 = i64::MAX;

pub(crate) fn search(
    snapshot: &Snapshot,
    query: &AvailabilityQuery,
    sort: ProviderLocationSort,
    page: PageStart,
    limit: usize,
) -> Result<ProviderLocationPage, Error> {
    let mut matcher = SlotMatcher::new(&snapshot.state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let measure = match sort {
        ProviderLocationSort::Start | ProviderLocationSort::StartDescending => None,
        ProviderLocationSort::Distance => Some(Measure::Distance),
        ProviderLocationSort::Relevance => Some(Measure::Relevance),
    };
    Measure::check(measure, query, &finder)?;
    let needs_slots =
        !query.appointment_types.is_empty() || query.accepting_patients.is_some() || query.window.before.is_some();
    let window = query.window.into();
    let mut top = Top::new(page, limit);
    let mut total = 0;
    finder.for_each(|candidate| {
        let next_start = next_start(&snapshot.state, candidate.entry, window, &mut matcher);
        let is_found = next_start.is_some()
            || !needs_slots && matcher.codes_match(candidate.entry.schedules.iter().map(|link| link.codes));
        if !is_found {
            return;
        }
        total += 1;
        let start = match next_start {
            None => NO_START,
            Some(start) if sort == ProviderLocationSort::StartDescending => -i64::from(start),
            Some(start) => i64::from(start),
        };
        let key = SortKey { rank: rank(measure, &candidate), start, tie: u64::from(candidate.number.0) };
        if top.wants(key) {
            top.push(key, candidate);
        }
    })?;
    let mut hits = Vec::new();
    for (key, candidate) in top.into_page() {
        let slots = summarise(&snapshot.state, candidate.entry, window, &mut matcher);
        hits.push(ProviderLocationHit {
            number: candidate.number,
            next_start: slots.next_start.map(|start| UnixSeconds(i64::from(start))),
            n_slots: slots.n_slots,
            distance_miles: candidate.distance_miles,
            booking: slots.booking,
            key,
        });
    }
    Ok(ProviderLocationPage { hits, total })
}

/// The slots of the schedules of a provider location that start in the window, with the case of each schedule.
fn slots_by_schedule<'a>(
    state: &'a State,
    entry: &'a ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
    mut take: impl FnMut(Slots<'a>, u8, &SlotMatcher<'_>),
) {
    for link in &entry.schedules {
        if let Some(case) = matcher.case_with_slots(link.codes) {
            take(state.columns.slots(link.schedule.0).within(window), 1 << case, matcher);
        }
    }
}

fn next_start(
    state: &State,
    entry: &ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
) -> Option<u32> {
    let mut next = None;
    slots_by_schedule(state, entry, window, matcher, |slots, case, matcher| {
        let first = slots.traits.iter().position(|traits| matcher.mask_of(*traits) & case != 0);
        let start = first.map(|place| slots.starts[place]);
        next = next.into_iter().chain(start).min();
    });
    next
}

/// What the page says of a provider location's matching slots.
struct SlotSummary {
    next_start: Option<u32>,
    n_slots: u64,
    booking: BookingMethod,
}

fn summarise(
    state: &State,
    entry: &ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
) -> SlotSummary {
    let mut summary = SlotSummary { next_start: None, n_slots: 0, booking: BookingMethod::Contact };
    slots_by_schedule(state, entry, window, matcher, |slots, case, matcher| {
        for (start, traits) in slots.starts.iter().zip(slots.traits) {
            if matcher.mask_of(*traits) & case != 0 {
                summary.n_slots += 1;
                summary.next_start = summary.next_start.into_iter().chain([*start]).min();
                if let Some(traits) = state.traits.get(*traits) {
                    summary.booking = summary.booking.max(traits.booking);
                }
            }
        }
    });
    summary
}
