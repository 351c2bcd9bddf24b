//! Free slots a day, on the clock of each place.

use openslots_model::{AvailabilityQuery, LocalDate, ResourceNumber};

use crate::Error;
use crate::candidates::CandidateFinder;
use crate::clocks::{ClockId, ClockTable};
use crate::matching::SlotMatcher;
use crate::snapshot::Snapshot;
use crate::walk::{Owner, Reads, for_each_schedule, for_each_slot};

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

/// Counts slots by day.
struct DayCounts<'a> {
    clocks: &'a ClockTable,
    /// By place of the day.
    counts: Vec<SlotCounts>,
    /// The clock that was looked at last, how far it was from UTC in seconds, and until when.
    last: Option<(ClockId, i64, u32)>,
}

impl DayCounts<'_> {
    /// To be called before each schedule, since its slots may begin earlier than those of the one before.
    fn begin_schedule(&mut self) {
        self.last = None;
    }

    /// Counts a slot at an instant; those of a schedule come in order.
    // What is rare is a call of its own, so that this is none.
    #[inline]
    fn add(&mut self, clock: ClockId, instant: u32, is_free: bool) {
        let offset = match self.last {
            Some((last, offset, until)) if last == clock && instant < until => offset,
            _ => self.offset(clock, instant),
        };
        let place = place_of_day(i64::from(instant) + offset);
        match self.counts.get_mut(place) {
            Some(counts) => counts.add(is_free),
            None => self.add_day(place, is_free),
        }
    }

    #[cold]
    fn add_day(&mut self, place: usize, is_free: bool) {
        self.counts.resize(place + 1, SlotCounts::default());
        self.counts[place].add(is_free);
    }

    #[cold]
    fn offset(&mut self, clock: ClockId, instant: u32) -> i64 {
        let (offset, until) = self.clocks.clock(clock).offset_until(instant);
        self.last = Some((clock, offset, until));
        offset
    }
}

pub(crate) fn days(snapshot: &Snapshot, query: &AvailabilityQuery) -> Result<Calendar, Error> {
    let state = &snapshot.state;
    let mut matcher = SlotMatcher::new(state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let window = matcher.window(query.window);
    let mut by_day = DayCounts { clocks: &state.profiles.clocks, counts: Vec::new(), last: None };
    let mut without_day = SlotCounts::default();
    let mut visit = |matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owners: &[Owner<'_>]| {
        by_day.begin_schedule();
        for_each_slot(&state.columns, window, matcher, (schedule, owners), |owner, slot| match owner.clock {
            // A window that is running is there today, not on the day when it began.
            Some(clock) => by_day.add(clock, slot.start.max(window.from), slot.is_bookable()),
            None => without_day.add(slot.is_bookable()),
        });
    };
    for_each_schedule(snapshot, &finder, &mut matcher, None, Reads::Verdicts, &mut visit)?;
    let with_slots = by_day.counts.into_iter().enumerate().filter(|(_, counts)| counts.n_slots > 0);
    let days = with_slots.map(|(place, counts)| (LocalDate(place as i32 - 1), counts)).collect();
    Ok(Calendar { days, without_day })
}
