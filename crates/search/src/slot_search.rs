//! Search for slots.

use std::mem;

use openslots_model::{
    AvailabilityQuery, PageStart, ProviderLocationNumber, ResourceNumber, SlotRow, SlotSort, SortKey, UnixSeconds,
};

use crate::candidates::{CandidateFinder, N_AHEAD};
use crate::columns::{ColumnWindow, Columns, FoundSlot, Slots, Told};
use crate::matching::SlotMatcher;
use crate::postponed::{Later, Postponed};
use crate::rank::Measure;
use crate::snapshot::Snapshot;
use crate::top::Top;
use crate::walk::{Owner, Reads, ScheduleVisitor, for_each_schedule, for_each_slot};
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
    let columns = &snapshot.state.columns;
    let window = matcher.window(query.window);
    let is_descending = sort == SlotSort::StartDescending;
    let (top, postponed) = (Top::new(page, limit), Postponed::default());
    let mut walk = SlotWalk { columns, window, is_descending, top, postponed, total: 0 };
    for_each_schedule(snapshot, &finder, &mut matcher, measure, Reads::Verdicts, &mut walk)?;
    walk.look_at_postponed(&matcher);
    let hits = walk.top.into_page().into_iter().map(|(key, found)| found.hit(key, sort)).collect();
    Ok(SlotPage { hits, total: walk.total })
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
struct SlotWalk<'s> {
    columns: &'s Columns,
    window: ColumnWindow,
    is_descending: bool,
    top: Top<Found>,
    postponed: Postponed<(ResourceNumber, Owner<'s>)>,
    total: u64,
}

impl<'s> ScheduleVisitor<'s> for SlotWalk<'s> {
    #[inline]
    fn settles(&mut self, matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owner: &Owner<'s>) -> bool {
        matcher.is_bookable_case(owner.case) && self.is_settled_by_summary(schedule, owner)
    }

    fn visit(&mut self, matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owners: &[Owner<'s>]) {
        match owners {
            [owner] if matcher.local.is_none() => self.schedule_of_one(schedule, owner, matcher),
            _ => for_each_slot(self.columns, self.window, matcher, (schedule, owners), |owner, slot| {
                self.take(schedule, owner, slot);
            }),
        }
    }
}

impl<'s> SlotWalk<'s> {
    /// Walks a schedule that one provider location has, if no clock is asked: most need but a look.
    fn schedule_of_one(&mut self, schedule: ResourceNumber, owner: &Owner<'_>, matcher: &SlotMatcher<'_>) {
        let Some(all) = self.columns.slots(schedule.0) else { return };
        let (before, slots) = (all.before(self.window), all.within(self.window));
        if matcher.is_bookable_case(owner.case) {
            self.running(schedule, owner, before.bookable(), matcher);
            self.in_window(schedule, owner, slots, |slot| slot.is_bookable(), |slots| slots.n_bookable());
            return;
        }
        let table = matcher.table(owner.case);
        let matches = |traits: u32| table.get(traits as usize).copied().unwrap_or(false);
        self.running(schedule, owner, before.found().filter(|slot| matches(slot.traits())), matcher);
        self.in_window(schedule, owner, slots, |slot| matches(slot.traits()), |slots| slots.count(matches));
    }

    /// Takes those of slots that match and began before the window that are running then: few, so they need no order; the
    /// sort's own order is that of their keys.
    fn running<'c>(
        &mut self,
        schedule: ResourceNumber,
        owner: &Owner<'_>,
        began: impl Iterator<Item = FoundSlot<'c>>,
        matcher: &SlotMatcher<'_>,
    ) {
        let from = self.window.from;
        for slot in began.filter(|slot| matcher.is_running(slot, from)) {
            // Rows lie elsewhere: those of slots that come too late anyway are not waited for.
            if self.top.is_past(owner.rank, self.key_start(slot.start)) {
                self.total += 1;
            } else {
                self.take(schedule, owner, slot);
            }
        }
    }

    /// Walks the slots of a schedule that start in the window, as long as they may be on the page.
    fn in_window(
        &mut self,
        schedule: ResourceNumber,
        owner: &Owner<'_>,
        slots: Slots<'_>,
        matches: impl Fn(&FoundSlot<'_>) -> bool,
        count: impl Fn(Slots<'_>) -> usize,
    ) {
        for n_walked in 0..slots.len() {
            let place = self.place(n_walked, slots);
            let slot = slots.get(place);
            if self.top.is_past(owner.rank, self.key_start(slot.start)) {
                // The slots left are behind this one: they only count.
                let left = slots.range(if self.is_descending { 0..place + 1 } else { place..slots.len() });
                self.total += count(left) as u64;
                return;
            }
            if matches(&slot) {
                self.take(schedule, owner, slot);
            }
        }
    }

    /// The place of the n-th slot in the order of the sort.
    const fn place(&self, n_walked: usize, slots: Slots<'_>) -> usize {
        if self.is_descending { slots.len() - 1 - n_walked } else { n_walked }
    }

    fn key_start(&self, start: u32) -> i64 {
        if self.is_descending { -i64::from(start) } else { i64::from(start) }
    }

    /// Counts a slot that matches, and keeps it if it may be on the page.
    fn take(&mut self, schedule: ResourceNumber, owner: &Owner<'_>, slot: FoundSlot<'_>) {
        self.total += 1;
        let key = SortKey { rank: owner.rank, start: self.key_start(slot.start), tie: slot.row() };
        if self.top.wants(key) {
            let (provider_location, distance_miles) = (owner.number, owner.distance_miles);
            self.top.push(key, Found { schedule, provider_location, distance_miles });
        }
    }

    /// Settles a schedule whose matching slots are those that can be booked, or lets it wait, if its summary is enough.
    #[inline]
    fn is_settled_by_summary(&mut self, schedule: ResourceNumber, owner: &Owner<'s>) -> bool {
        match self.columns.tell(schedule.0, self.window) {
            Told::Nothing => true,
            Told::Some { first, n: Some(n_slots) } if !self.is_descending => {
                let start = i64::from(first);
                // All of them are behind the page.
                if self.top.is_past(owner.rank, start) {
                    self.total += u64::from(n_slots);
                    return true;
                }
                !self.top.may_precede(owner.rank, start) && self.is_postponed(schedule, *owner, start, n_slots)
            }
            Told::Some { .. } | Told::Unknown => false,
        }
    }

    /// Lets a schedule wait, if there is room. Few of many come here.
    #[cold]
    fn is_postponed(&mut self, schedule: ResourceNumber, owner: Owner<'s>, start: i64, n_slots: u32) -> bool {
        let later = Later { rank: owner.rank, start, n_slots, item: (schedule, owner) };
        let n_behind = self.postponed.push(later, &mut self.top);
        self.total += n_behind.unwrap_or(0);
        n_behind.is_some()
    }

    /// Looks at those schedules that were postponed and have slots on the page.
    fn look_at_postponed(&mut self, matcher: &SlotMatcher<'_>) {
        let (later, n_slots) = mem::take(&mut self.postponed).finish(&mut self.top);
        self.total += n_slots;
        for later in later.chunks(N_AHEAD) {
            if !later.first().is_some_and(|first| self.top.is_past(first.rank, first.start)) {
                self.columns.look_ahead(later.iter().map(|later| (later.item.0.0, false)));
            }
            for Later { rank, start, n_slots, item: (schedule, owner) } in later {
                if self.top.is_past(*rank, *start) {
                    self.total += u64::from(*n_slots);
                } else {
                    self.schedule_of_one(*schedule, owner, matcher);
                }
            }
        }
    }
}
