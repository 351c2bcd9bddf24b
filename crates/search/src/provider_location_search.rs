//! Search for provider locations.

use openslots_model::{
    AvailabilityQuery, BookingMethod, PageStart, ProviderLocationSort, SlotRow, SortKey, UnixSeconds,
};

use crate::candidates::CandidateFinder;
use crate::columns::ColumnWindow;
use crate::matching::SlotMatcher;
use crate::rank::{Measure, rank};
use crate::snapshot::Snapshot;
use crate::state::{ProviderLocationEntry, ScheduleLink, State};
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
    let window = matcher.window(query.window);
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
            next_start: slots.first.map(|(start, _)| UnixSeconds(i64::from(start))),
            next_row: slots.first.map(|(_, row)| SlotRow(row)),
            n_slots: slots.n_slots,
            distance_miles: candidate.distance_miles,
            booking: slots.booking,
            key,
        });
    }
    Ok(ProviderLocationPage { hits, total })
}

fn next_start(
    state: &State,
    entry: &ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
) -> Option<u32> {
    let next_of_schedule = |link: &ScheduleLink| {
        let case = matcher.case_with_slots(link.codes)?;
        if matcher.is_bookable_case(case) {
            let summary = state.columns.summary(link.schedule.0);
            if summary.n_bookable == 0 {
                return None;
            }
            if window.from <= summary.first_bookable {
                let is_before = window.before.is_none_or(|before| summary.first_bookable < before);
                return is_before.then_some(summary.first_bookable);
            }
        }
        let all = state.columns.slots(link.schedule.0);
        let running = all.before(window);
        let mut starts = running.starts.iter().zip(running.traits);
        let is_running =
            |(start, traits): &(&u32, &u32)| matcher.mask_of_running(**start, **traits, window.from) & 1 << case != 0;
        if let Some((start, _)) = starts.find(is_running) {
            return Some(*start);
        }
        let slots = all.within(window);
        let first = slots.traits.iter().position(|traits| matcher.mask_of(*traits) & 1 << case != 0)?;
        Some(slots.starts[first])
    };
    entry.schedules.iter().filter_map(next_of_schedule).min()
}

/// What the page says of a provider location's matching slots.
struct SlotSummary {
    /// Start and row of the first.
    first: Option<(u32, u64)>,
    n_slots: u64,
    booking: BookingMethod,
}

impl SlotSummary {
    fn add(&mut self, state: &State, start: u32, row: u64, traits: u32) {
        self.n_slots += 1;
        self.first = self.first.into_iter().chain([(start, row)]).min();
        if let Some(traits) = state.traits.get(traits) {
            self.booking = self.booking.max(traits.booking);
        }
    }
}

fn summarise(
    state: &State,
    entry: &ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
) -> SlotSummary {
    let mut summary = SlotSummary { first: None, n_slots: 0, booking: BookingMethod::Contact };
    for link in &entry.schedules {
        let Some(case) = matcher.case_with_slots(link.codes) else { continue };
        let all = state.columns.slots(link.schedule.0);
        let running = all.before(window);
        for ((start, row), traits) in running.starts.iter().zip(running.rows).zip(running.traits) {
            if matcher.mask_of_running(*start, *traits, window.from) & 1 << case != 0 {
                summary.add(state, *start, *row, *traits);
            }
        }
        let slots = all.within(window);
        for ((start, row), traits) in slots.starts.iter().zip(slots.rows).zip(slots.traits) {
            if matcher.mask_of(*traits) & 1 << case != 0 {
                summary.add(state, *start, *row, *traits);
            }
        }
    }
    summary
}
