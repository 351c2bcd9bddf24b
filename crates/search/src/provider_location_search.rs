//! Search for provider locations.

use openslots_model::{
    AvailabilityQuery, BookingMethod, PageStart, ProviderLocationNumber, ProviderLocationSort, SlotRow, SortKey,
    UnixSeconds,
};

use crate::candidates::{Candidate, CandidateFinder};
use crate::columns::{ColumnWindow, FoundSlot, Told};
use crate::matching::SlotMatcher;
use crate::rank::{Measure, rank};
use crate::snapshot::Snapshot;
use crate::state::{ProviderLocationEntry, ScheduleLink, State};
use crate::top::Top;
use crate::walk::{Owner, for_each_slot};
use crate::{Error, ProviderLocationHit, ProviderLocationPage};

/// The start of a provider location without slots in its sort key: behind all others.
const NO_START: i64 = i64::MAX;

pub(crate) fn search(
    snapshot: &Snapshot,
    query: &AvailabilityQuery,
    sort: ProviderLocationSort,
    page: PageStart,
    limit: usize,
    n_next: usize,
) -> Result<ProviderLocationPage, Error> {
    let mut matcher = SlotMatcher::new(&snapshot.state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let measure = match sort {
        ProviderLocationSort::Start | ProviderLocationSort::StartDescending => None,
        ProviderLocationSort::Distance => Some(Measure::Distance),
        ProviderLocationSort::Relevance => Some(Measure::Relevance),
    };
    Measure::check(measure, query, &finder)?;
    let window = matcher.window(query.window);
    let mut top = Top::new(page, limit);
    let mut total = 0;
    each_found(snapshot, query, &finder, &mut matcher, |candidate, next_start| {
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
        let slots = summarise(&snapshot.state, candidate.number, candidate.entry, window, &mut matcher, n_next);
        hits.push(ProviderLocationHit {
            number: candidate.number,
            next_start: slots.next.first().map(|(start, _)| UnixSeconds(i64::from(*start))),
            next_rows: slots.next.iter().map(|(_, row)| SlotRow(*row)).collect(),
            n_slots: slots.n_slots,
            distance_miles: candidate.distance_miles,
            booking: slots.booking,
            key,
        });
    }
    Ok(ProviderLocationPage { hits, total })
}

/// Hands each provider location over that matches, with the start of its first matching slot.
pub(crate) fn for_each_found<'s>(
    snapshot: &'s Snapshot,
    query: &AvailabilityQuery,
    take: impl FnMut(Candidate<'s>, Option<u32>),
) -> Result<(), Error> {
    let mut matcher = SlotMatcher::new(&snapshot.state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    each_found(snapshot, query, &finder, &mut matcher, take)
}

fn each_found<'s>(
    snapshot: &'s Snapshot,
    query: &AvailabilityQuery,
    finder: &CandidateFinder<'s>,
    matcher: &mut SlotMatcher<'_>,
    mut take: impl FnMut(Candidate<'s>, Option<u32>),
) -> Result<(), Error> {
    let needs_slots = query.needs_slots();
    let window = matcher.window(query.window);
    finder.for_each(matcher, needs_slots, |matcher, unmeasured| {
        let entry = unmeasured.entry;
        let next_start = next_start(&snapshot.state, entry, window, matcher);
        let has_codes =
            |matcher: &mut SlotMatcher<'_>| matcher.codes_match(entry.schedules.iter().map(|link| link.codes));
        if (next_start.is_some() || !needs_slots && has_codes(matcher))
            && let Some(candidate) = finder.measured(unmeasured)
        {
            take(candidate, next_start);
        }
    })
}

/// The start of a provider location's first matching slot.
fn next_start(
    state: &State,
    entry: &ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
) -> Option<u32> {
    let next_of_schedule = |link: &ScheduleLink| {
        let case = matcher.case_with_slots(link)?;
        if matcher.is_bookable_case(case) {
            match state.columns.tell(link.schedule.0, window) {
                Told::Nothing => return None,
                Told::Some { first, .. } => return Some(first),
                Told::Unknown => {}
            }
        }
        let all = state.columns.slots(link.schedule.0)?;
        let is_wanted = |slot: &FoundSlot<'_>| matcher.wants(case, entry.clock, slot);
        let is_running = |slot: &FoundSlot<'_>| matcher.is_running(slot, window.from);
        let running = all.before(window).found().find(|slot| is_running(slot) && is_wanted(slot));
        let first = || {
            let slots = all.within(window);
            if matcher.is_bookable_case(case) { slots.bookable().next() } else { slots.found().find(is_wanted) }
        };
        running.or_else(first).map(|slot| slot.start)
    };
    entry.schedules.iter().filter_map(next_of_schedule).min()
}

/// What the page says of a provider location's matching slots.
struct SlotSummary {
    /// Start and row of the first ones, in order.
    next: Vec<(u32, u64)>,
    /// How many of them are kept.
    n_next: usize,
    n_slots: u64,
    booking: BookingMethod,
}

impl SlotSummary {
    fn add(&mut self, state: &State, slot: FoundSlot<'_>) {
        self.n_slots += 1;
        let key = (slot.start, slot.row());
        if self.next.len() < self.n_next || self.next.last().is_some_and(|last| key < *last) {
            let place = self.next.partition_point(|earlier| *earlier < key);
            self.next.insert(place, key);
            self.next.truncate(self.n_next);
        }
        self.booking = self.booking.max(state.traits.offer(slot.traits()).booking);
    }
}

fn summarise(
    state: &State,
    number: ProviderLocationNumber,
    entry: &ProviderLocationEntry,
    window: ColumnWindow,
    matcher: &mut SlotMatcher<'_>,
    n_next: usize,
) -> SlotSummary {
    let n_next = n_next.max(1);
    let mut summary = SlotSummary { next: Vec::new(), n_next, n_slots: 0, booking: BookingMethod::Contact };
    for link in entry.schedules.iter() {
        let Some(owner) = Owner::of_link(number, entry, link, matcher) else { continue };
        for_each_slot(&state.columns, window, matcher, (link.schedule, &[owner]), |_, slot| summary.add(state, slot));
    }
    summary
}
