//! Search for slots.

use openslots_model::{
    AvailabilityQuery, PageStart, ProviderLocationNumber, ResourceNumber, SlotRow, SlotSort, SortKey, UnixSeconds,
};

use crate::candidates::{Candidate, CandidateFinder};
use crate::columns::{ColumnWindow, Columns};
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
        window: query.window.into(),
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
                walk.schedule(link.schedule, &ViaByMask::single(case, via), &matcher);
            }
        }
    })?;
    shared.sort_unstable_by(|(a, _, via_a), (b, _, via_b)| a.cmp(b).then_with(|| via_a.order().cmp(&via_b.order())));
    for same_schedule in shared.chunk_by(|(a, ..), (b, ..)| a == b) {
        let schedule = same_schedule[0].0;
        let vias = ViaByMask::several(same_schedule.iter().map(|(_, case, via)| (*case, *via)));
        walk.schedule(schedule, &vias, &matcher);
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

/// For each mask of a slot the provider location to show.
struct ViaByMask {
    vias: [Option<Via>; 1 << N_CASES],
    /// The cases that any of the provider locations has.
    cases: u8,
    /// Where there is but one case, that and its provider location.
    single: Option<(usize, Via)>,
}

impl ViaByMask {
    fn single(case: usize, via: Via) -> Self {
        Self { vias: [Some(via); 1 << N_CASES], cases: 1 << case, single: Some((case, via)) }
    }

    /// Of several provider locations, the best first.
    fn several(vias: impl Iterator<Item = (usize, Via)>) -> Self {
        let mut best_by_case: [Option<(usize, Via)>; N_CASES] = [None; N_CASES];
        let mut cases = 0;
        for (place, (case, via)) in vias.enumerate() {
            cases |= 1 << case;
            best_by_case[case].get_or_insert((place, via));
        }
        let best = |mask: usize| {
            let of_mask = best_by_case.iter().enumerate().filter(|(case, _)| mask & 1 << case != 0);
            of_mask.filter_map(|(_, best)| *best).min_by_key(|(place, _)| *place).map(|(_, via)| via)
        };
        let mut found = best_by_case.iter().enumerate().filter_map(|(case, best)| Some((case, (*best)?.1)));
        let single = found.next().filter(|_| found.next().is_none());
        Self { vias: std::array::from_fn(best), cases, single }
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
    fn schedule(&mut self, schedule: ResourceNumber, vias: &ViaByMask, matcher: &SlotMatcher<'_>) {
        if let Some((case, via)) = vias.single
            && matcher.is_bookable_case(case)
            && self.is_settled_by_summary(schedule, via)
        {
            return;
        }
        let slots = self.columns.slots(schedule.0).within(self.window);
        let n_slots = slots.rows.len();
        for n_walked in 0..n_slots {
            let place = if self.is_descending { n_slots - 1 - n_walked } else { n_walked };
            let start = i64::from(slots.starts[place]);
            let start = if self.is_descending { -start } else { start };
            if vias.single.is_some_and(|(_, via)| self.top.is_past(via.rank, start)) {
                // The slots left are behind this one: they only count.
                let left = if self.is_descending { &slots.traits[..=place] } else { &slots.traits[place..] };
                self.total += count(left, vias.cases, matcher);
                return;
            }
            let mask = matcher.mask_of(slots.traits[place]) & vias.cases;
            let Some(via) = vias.vias[usize::from(mask)].filter(|_| mask != 0) else { continue };
            self.total += 1;
            let key = SortKey { rank: via.rank, start, tie: slots.rows[place] };
            if self.top.wants(key) {
                let (provider_location, distance_miles) = (via.number, via.distance_miles);
                self.top.push(key, Found { schedule, provider_location, distance_miles });
            }
        }
    }

    /// Settles a schedule whose matching slots are those that can be booked, if its summary is enough.
    fn is_settled_by_summary(&mut self, schedule: ResourceNumber, via: Via) -> bool {
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

fn count(traits: &[u32], cases: u8, matcher: &SlotMatcher<'_>) -> u64 {
    traits.iter().map(|traits| u64::from(matcher.mask_of(*traits) & cases != 0)).sum()
}
