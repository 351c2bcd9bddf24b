//! Free slots a day, on the clock of each place.

use openslots_model::{AvailabilityQuery, LocalDate, ResourceNumber};

use crate::Error;
use crate::candidates::CandidateFinder;
use crate::clocks::{ClockId, ClockTable, PlaceClock};
use crate::matching::SlotMatcher;
use crate::snapshot::Snapshot;
use crate::walk::{Owner, Reads, for_each_schedule, for_each_slot};

const SECONDS_PER_DAY: i64 = 86_400;

/// How many slots there are on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SlotCounts {
    /// Those that can be booked.
    pub n_free: u64,
    /// All that match.
    pub n_slots: u64,
}

impl SlotCounts {
    fn add(&mut self, is_free: bool) {
        self.n_free += u64::from(is_free);
        self.n_slots += 1;
    }

    fn add_all(&mut self, other: Self) {
        self.n_free += other.n_free;
        self.n_slots += other.n_slots;
    }
}

/// The slots that match, by day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Days with slots, ascending.
    pub days: Vec<(LocalDate, SlotCounts)>,
    /// Those of places whose clock is not known, so that nobody can tell the day.
    pub without_day: SlotCounts,
}

/// The places that days have in a list that begins a day before the first which columns tell apart: no clock is further
/// behind.
fn place_of_day(local: i64) -> usize {
    let LocalDate(day) = LocalDate::of_local_seconds(local);
    usize::try_from(day + 1).unwrap_or(0)
}

/// When the days of a clock end, from the beginning of a window on.
struct DayEnds(Vec<(u32, usize)>);

impl DayEnds {
    /// More days are looked at one by one.
    const MOST: usize = 400;

    fn of(clock: &PlaceClock, from: u32) -> Self {
        let mut ends = Vec::new();
        let mut begin = from;
        while ends.len() < Self::MOST && begin < u32::MAX {
            let (local, until) = clock.local_until(begin);
            let left = (SECONDS_PER_DAY - local.rem_euclid(SECONDS_PER_DAY)) as u32;
            begin = until.min(begin.saturating_add(left));
            ends.push((begin, place_of_day(local)));
        }
        Self(ends)
    }
}

/// Tells the days of slots that come in order, schedule by schedule.
struct Days<'a> {
    clocks: &'a ClockTable,
    from: u32,
    /// By number of the clock, made when it is first asked.
    ends: Vec<Option<DayEnds>>,
    /// The clock and the day that were told last.
    last: (ClockId, usize),
}

/// A day on one clock, or what is left of it.
#[derive(Clone, Copy)]
struct Day {
    clock: ClockId,
    /// Where it ends.
    until: u32,
    place: usize,
}

impl Days<'_> {
    /// The day of an instant, which is not before the window.
    fn day(&mut self, id: ClockId, instant: u32) -> Day {
        let number = usize::from(id);
        if number >= self.ends.len() {
            self.ends.resize_with(number + 1, || None);
        }
        let DayEnds(ends) = self.ends[number].get_or_insert_with(|| DayEnds::of(self.clocks.clock(id), self.from));
        let (last_id, mut day) = self.last;
        let is_later = day.checked_sub(1).is_none_or(|before| ends.get(before).is_some_and(|(end, _)| *end <= instant));
        if last_id != id || !is_later {
            day = ends.partition_point(|(end, _)| *end <= instant);
        }
        while ends.get(day).is_some_and(|(end, _)| *end <= instant) {
            day += 1;
        }
        self.last = (id, day);
        // Behind the days that are listed each instant is looked at by itself.
        let alone = || (instant.saturating_add(1), place_of_day(self.clocks.clock(id).local(instant)));
        let (until, place) = ends.get(day).copied().unwrap_or_else(alone);
        Day { clock: id, until, place }
    }
}

/// Counts slots by day.
struct DayCounts<'a> {
    days: Days<'a>,
    /// By place of the day.
    counts: Vec<SlotCounts>,
    /// The day of the last slots, and how many there were: those of a day follow each other.
    run: Option<(Day, SlotCounts)>,
}

impl DayCounts<'_> {
    /// Counts a slot at an instant; those of a schedule come in order.
    #[inline]
    fn add(&mut self, clock: ClockId, instant: u32, is_free: bool) {
        if let Some((day, counts)) = &mut self.run
            && day.clock == clock
            && instant < day.until
        {
            counts.add(is_free);
            return;
        }
        self.end_run();
        let mut counts = SlotCounts::default();
        counts.add(is_free);
        self.run = Some((self.days.day(clock, instant), counts));
    }

    /// To be called after each schedule: that of the next may begin earlier.
    fn end_run(&mut self) {
        let Some((day, counts)) = self.run.take() else { return };
        if day.place >= self.counts.len() {
            self.counts.resize(day.place + 1, SlotCounts::default());
        }
        self.counts[day.place].add_all(counts);
    }
}

pub(crate) fn days(snapshot: &Snapshot, query: &AvailabilityQuery) -> Result<Calendar, Error> {
    let state = &snapshot.state;
    let mut matcher = SlotMatcher::new(state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let window = matcher.window(query.window);
    let days = Days { clocks: &state.profiles.clocks, from: window.from, ends: Vec::new(), last: (0, 0) };
    let mut by_day = DayCounts { days, counts: Vec::new(), run: None };
    let mut without_day = SlotCounts::default();
    let mut visit = |matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owners: &[Owner<'_>]| {
        for_each_slot(&state.columns, window, matcher, (schedule, owners), |owner, slot| match owner.clock {
            // A window that is running is there today, not on the day when it began.
            Some(clock) => by_day.add(clock, slot.start.max(window.from), slot.is_bookable()),
            None => without_day.add(slot.is_bookable()),
        });
        by_day.end_run();
    };
    for_each_schedule(snapshot, &finder, &mut matcher, None, Reads::Verdicts, &mut visit)?;
    let with_slots = by_day.counts.into_iter().enumerate().filter(|(_, counts)| counts.n_slots > 0);
    let days = with_slots.map(|(place, counts)| (LocalDate(place as i32 - 1), counts)).collect();
    Ok(Calendar { days, without_day })
}
