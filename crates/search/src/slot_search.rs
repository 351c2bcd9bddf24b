//! Search for slots.

use openslots_model::{
    AvailabilityQuery, PageStart, ProviderLocationNumber, ResourceNumber, SlotRow, SlotSort, SortKey, UnixSeconds,
};

use crate::candidates::{Candidate, CandidateFinder};
use crate::columns::{ColumnWindow, Columns, Slots};
use crate::matching::{N_CASES, SlotMatcher};
use crate::rank::{Measure, millimetres, rank};
use crate::snapshot::Snapshot;
use crate::top::Top;
use crate::{Error, SlotHit, SlotPage};

pub(crate) fn search(
    snapshot: &Snapshot,
    query: &AvailabilityQuery,
    sort: SlotSort,
    page: PageStart,
    limit: usize,
) -> Result<SlotPage, Error> {
    let mut matcher = SlotMatcher::new(&snapshot.state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let measure = match sort {
        SlotSort::Start | SlotSort::StartDescending => None,
        SlotSort::Distance => Some(Measure::Distance),
        SlotSort::Relevance => Some(Measure::Relevance),
    };
    Measure::check(measure, query, &finder)?;
    let mut walk = SlotWalk {
        columns: &snapshot.state.columns,
        window: matcher.window(query.window),
        is_descending: sort == SlotSort::StartDescending,
        top: Top::new(page, limit),
        total: 0,
    };
    // Schedules of several provider locations wait until all that match are known: each slot counts once.
    let mut shared: Vec<(ResourceNumber, usize, Via)> = Vec::new();
    finder.for_each(|candidate| {
        for link in &candidate.entry.schedules {
            let Some(case) = matcher.case_with_slots(link.codes) else { continue };
            let via = Via::new(&candidate, measure);
            if snapshot.state.owners(link.schedule).len() > 1 {
                shared.push((link.schedule, case, via));
            } else {
                walk.schedule_of_one(link.schedule, case, &via, &matcher);
            }
        }
    })?;
    shared.sort_unstable_by(|(a, _, via_a), (b, _, via_b)| a.cmp(b).then_with(|| via_a.order().cmp(&via_b.order())));
    for same_schedule in shared.chunk_by(|(a, ..), (b, ..)| a == b) {
        let schedule = same_schedule[0].0;
        let vias = ViaByMask::new(same_schedule.iter().map(|(_, case, via)| (*case, *via)));
        walk.schedule_of_several(schedule, &vias, &matcher);
    }
    let hits = walk.top.into_page().into_iter().map(|(key, found)| found.hit(key, sort)).collect();
    Ok(SlotPage { hits, total: walk.total })
}

/// The provider location through which slots are found.
#[derive(Debug, Clone, Copy)]
struct Via {
    number: ProviderLocationNumber,
    rank: i64,
    distance_miles: Option<f64>,
    score: u32,
}

impl Via {
    fn new(candidate: &Candidate<'_>, measure: Option<Measure>) -> Self {
        let Candidate { number, distance_miles, score, .. } = *candidate;
        Self { number, rank: rank(measure, candidate), distance_miles, score }
    }

    /// Of several the least is taken: best by the sort, then the nearest, the best match of the text, the first.
    fn order(&self) -> (i64, i64, u32, ProviderLocationNumber) {
        (self.rank, self.distance_miles.map_or(0, millimetres), u32::MAX - self.score, self.number)
    }
}

/// For each mask of a slot the provider location to show, where several have its schedule.
struct ViaByMask([Option<Via>; 1 << N_CASES]);

impl ViaByMask {
    /// Of some provider locations with their cases, the best first.
    fn new(vias: impl Iterator<Item = (usize, Via)>) -> Self {
        let mut best_by_case: [Option<(usize, Via)>; N_CASES] = [None; N_CASES];
        for (place, (case, via)) in vias.enumerate() {
            best_by_case[case].get_or_insert((place, via));
        }
        let best = |mask: usize| {
            let of_mask = best_by_case.iter().enumerate().filter(|(case, _)| mask & 1 << case != 0);
            of_mask.filter_map(|(_, best)| *best).min_by_key(|(place, _)| *place).map(|(_, via)| via)
        };
        Self(std::array::from_fn(best))
    }
}

/// What is kept of a slot until the page is known; its row and start are in its key.
struct Found {
    schedule: ResourceNumber,
    provider_location: ProviderLocationNumber,
    distance_miles: Option<f64>,
}

impl Found {
    fn hit(self, key: SortKey, sort: SlotSort) -> SlotHit {
        let start = if sort == SlotSort::StartDescending { -key.start } else { key.start };
        SlotHit {
            row: SlotRow(key.tie),
            start: UnixSeconds(start),
            schedule: self.schedule,
            provider_location: self.provider_location,
            distance_miles: self.distance_miles,
            key,
        }
    }
}

/// Walks slots schedule by schedule, counts those that match and keeps those of the page.
struct SlotWalk<'a> {
    columns: &'a Columns,
    window: ColumnWindow,
    is_descending: bool,
    top: Top<Found>,
    total: u64,
}

impl SlotWalk<'_> {
    /// Walks a schedule that one provider location has.
    fn schedule_of_one(&mut self, schedule: ResourceNumber, case: usize, via: &Via, matcher: &SlotMatcher<'_>) {
        if matcher.is_bookable_case(case) && self.is_settled_by_summary(schedule, via) {
            return;
        }
        let all = self.columns.slots(schedule.0);
        // Few, so they need no order; the sort's own order is that of their keys.
        let running = all.before(self.window);
        for place in 0..running.len() {
            if self.mask_of_running(running, place, matcher) >> case & 1 != 0 {
                self.take(schedule, running, place, via);
            }
        }
        let slots = all.within(self.window);
        for n_walked in 0..slots.len() {
            let place = self.place(n_walked, slots);
            if self.top.is_past(via.rank, self.key_start(slots.starts[place])) {
                // The slots left are behind this one: they only count.
                let left = if self.is_descending { &slots.traits[..=place] } else { &slots.traits[place..] };
                self.total += left.iter().map(|traits| u64::from(matcher.mask_of(*traits) >> case & 1)).sum::<u64>();
                return;
            }
            if matcher.mask_of(slots.traits[place]) >> case & 1 != 0 {
                self.take(schedule, slots, place, via);
            }
        }
    }

    /// Walks a schedule that several provider locations have.
    fn schedule_of_several(&mut self, schedule: ResourceNumber, vias: &ViaByMask, matcher: &SlotMatcher<'_>) {
        let all = self.columns.slots(schedule.0);
        let running = all.before(self.window);
        for place in 0..running.len() {
            let mask = self.mask_of_running(running, place, matcher);
            if let Some(via) = &vias.0[usize::from(mask)] {
                self.take(schedule, running, place, via);
            }
        }
        let slots = all.within(self.window);
        for place in 0..slots.len() {
            let mask = matcher.mask_of(slots.traits[place]);
            if let Some(via) = &vias.0[usize::from(mask)] {
                self.take(schedule, slots, place, via);
            }
        }
    }

    fn mask_of_running(&self, slots: Slots<'_>, place: usize, matcher: &SlotMatcher<'_>) -> u8 {
        matcher.mask_of_running(slots.starts[place], slots.traits[place], self.window.from)
    }

    /// The place of the n-th slot in the order of the sort.
    const fn place(&self, n_walked: usize, slots: Slots<'_>) -> usize {
        if self.is_descending { slots.len() - 1 - n_walked } else { n_walked }
    }

    fn key_start(&self, start: u32) -> i64 {
        if self.is_descending { -i64::from(start) } else { i64::from(start) }
    }

    /// Counts a slot that matches, and keeps it if it may be on the page.
    fn take(&mut self, schedule: ResourceNumber, slots: Slots<'_>, place: usize, via: &Via) {
        self.total += 1;
        let key = SortKey { rank: via.rank, start: self.key_start(slots.starts[place]), tie: slots.rows[place] };
        if self.top.wants(key) {
            let (provider_location, distance_miles) = (via.number, via.distance_miles);
            self.top.push(key, Found { schedule, provider_location, distance_miles });
        }
    }

    /// Settles a schedule whose matching slots are those that can be booked, if its summary is enough.
    fn is_settled_by_summary(&mut self, schedule: ResourceNumber, via: &Via) -> bool {
        let summary = self.columns.summary(schedule.0);
        if summary.n_bookable == 0 || self.window.before.is_some_and(|before| before <= summary.first_bookable) {
            return true;
        }
        let only_counts = !self.is_descending
            && self.window.before.is_none()
            && self.window.from <= summary.first_bookable
            && self.top.is_past(via.rank, i64::from(summary.first_bookable));
        if only_counts {
            self.total += u64::from(summary.n_bookable);
        }
        only_counts
    }
}
