//! Free slots a day, on the clock of each place.

use openslots_model::{AvailabilityQuery, LocalDate};

use crate::Error;
use crate::candidates::CandidateFinder;
use crate::matching::SlotMatcher;
use crate::snapshot::Snapshot;
use crate::walk::{for_each_schedule, for_each_slot};

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

pub(crate) fn days(snapshot: &Snapshot, query: &AvailabilityQuery) -> Result<Calendar, Error> {
    let state = &snapshot.state;
    let mut matcher = SlotMatcher::new(state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let window = matcher.window(query.window);
    let mut is_free = vec![false; state.traits.number_limit()];
    state.traits.iter().for_each(|(number, traits)| is_free[number as usize] = traits.is_bookable());
    let is_free = |traits: u32| is_free.get(traits as usize).copied().unwrap_or(false);
    // No clock is a day behind the first that columns tell apart, so a day is never less than -1.
    let mut by_day: Vec<SlotCounts> = Vec::new();
    let mut without_day = SlotCounts::default();
    for_each_schedule(snapshot, &finder, &mut matcher, None, |matcher, schedule, owners| {
        for_each_slot(&state.columns, window, matcher, (schedule, owners), |owner, slot| {
            let Some(clock) = owner.clock.map(|clock| state.profiles.clocks.clock(clock)) else {
                return without_day.add(is_free(slot.traits));
            };
            // A window that is running is there today, not on the day when it began.
            let LocalDate(day) = LocalDate::of_local_seconds(clock.local(slot.start.max(window.from)));
            let place = usize::try_from(day + 1).unwrap_or(0);
            if place >= by_day.len() {
                by_day.resize(place + 1, SlotCounts::default());
            }
            by_day[place].add(is_free(slot.traits));
        });
    })?;
    let with_slots = by_day.into_iter().enumerate().filter(|(_, counts)| counts.n_slots > 0);
    let days = with_slots.map(|(place, counts)| (LocalDate(place as i32 - 1), counts)).collect();
    Ok(Calendar { days, without_day })
}
