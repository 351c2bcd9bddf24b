//! Which slots a schedule has, and when they are.
//!
//! Slots are numbered through a publisher; a schedule has a run of numbers, a day of it a part of that run. All of
//! this is arithmetic on numbers, so a file can be counted without being made.

use std::ops::Range;

use crate::blueprint::{Blueprint, SCHEDULES_A_LOCATION};
use crate::offer::Special;
use crate::random::{Key, Purpose};
use crate::style::Business;

const DAYS_A_WEEK: u32 = 7;

/// When a schedule can be booked on an open day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hours {
    /// Nine hours of appointments from a minute of the day on, each so many minutes long.
    Appointments { opens: u32, minutes: u32 },
    /// "Between 9 and 5"; two halves if there are several on a day.
    Window,
    /// The whole day.
    WholeDay,
}

/// Appointments lie within this time of opening; all lengths in use divide it.
const OPEN_MINUTES: u32 = 9 * 60;

impl Hours {
    /// First minute, length in minutes, and number of times of a day with `n` slots.
    const fn times(self, n: u64) -> (u32, u32, u64) {
        match self {
            Self::Appointments { opens, minutes } => (opens, minutes, (OPEN_MINUTES / minutes) as u64),
            Self::Window if n > 1 => (9 * 60, 4 * 60, 2),
            Self::Window => (9 * 60, 8 * 60, 1),
            Self::WholeDay => (0, 24 * 60, 1),
        }
    }
}

/// One slot, in its place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlacedSlot {
    /// Its number at its publisher.
    pub(crate) number: u64,
    /// Day of the plan.
    pub(crate) day: u32,
    /// Minute of the day, on the place's clock.
    pub(crate) start: u32,
    /// Length in minutes.
    pub(crate) minutes: u32,
}

/// The slots of one schedule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScheduleSlots<'a> {
    first: u64,
    n: u64,
    open_days: &'a [u32],
    /// Below the number of open days: shifts what is spread thinly, so that not all schedules begin on the first day.
    phase: u64,
    hours: Hours,
    day_key: Key,
}

impl<'a> ScheduleSlots<'a> {
    /// Open days of a week, as a range of `open_days`.
    fn open_days_of(&self, week: u32) -> Range<usize> {
        let at = |day: u32| self.open_days.partition_point(|open| *open < day);
        at(week * DAYS_A_WEEK)..at((week + 1) * DAYS_A_WEEK)
    }

    /// How many slots lie before an open day. Slot `j` lies on open day `(j * days + phase) / n`.
    fn n_before(&self, open_day: usize) -> u64 {
        let days = self.open_days.len() as u64;
        (open_day as u64 * self.n).saturating_sub(self.phase).div_ceil(days).min(self.n)
    }

    /// How many slots lie in a week.
    pub(crate) fn n_in_week(&self, week: u32) -> u64 {
        let days = self.open_days_of(week);
        self.n_before(days.end) - self.n_before(days.start)
    }

    /// The slots of a week, by start.
    pub(crate) fn in_week(self, week: u32) -> impl Iterator<Item = PlacedSlot> + 'a {
        self.open_days_of(week).flat_map(move |open_day| self.on_day(open_day))
    }

    fn on_day(self, open_day: usize) -> impl Iterator<Item = PlacedSlot> {
        let (begin, end) = (self.n_before(open_day), self.n_before(open_day + 1));
        let day = self.open_days[open_day];
        let n_today = end - begin;
        let (opens, minutes, n_times) = self.hours.times(n_today);
        let phase = self.day_key.of(u64::from(day)).below(n_times);
        // Spread evenly over the day; more slots than times lie in parallel.
        (0..n_today).map(move |index| PlacedSlot {
            number: self.first + begin + index,
            day,
            start: opens + ((index * n_times + phase) / n_today) as u32 * minutes,
            minutes,
        })
    }
}

impl Blueprint {
    /// The slots of a schedule.
    pub(crate) fn slots_of(&self, schedule: u32) -> ScheduleSlots<'_> {
        let (n_schedules, number) = (u64::from(self.n_schedules()), u64::from(schedule));
        let first = number * self.n_slots / n_schedules;
        let open_days = match self.style.business {
            Business::Clinic => self.calendar.weekdays(),
            Business::Store => self.calendar.every_day(),
        };
        let phase_key = self.key.for_purpose(Purpose::Phase).of(number);
        ScheduleSlots {
            first,
            n: (number + 1) * self.n_slots / n_schedules - first,
            open_days,
            phase: phase_key.below(open_days.len() as u64),
            hours: self.hours_of(schedule),
            day_key: self.key.for_purpose(Purpose::Day).of(number),
        }
    }

    /// When a schedule can be booked.
    fn hours_of(&self, schedule: u32) -> Hours {
        let (location, turn) = (self.location_of(schedule), schedule % SCHEDULES_A_LOCATION);
        let key = self.key.for_purpose(Purpose::Hours).of(u64::from(schedule));
        let opens = key.pick(&[8 * 60, 8 * 60, 9 * 60, 12 * 60]);
        let appointments = |lengths: &[u32]| Hours::Appointments { opens, minutes: key.of(1).pick(lengths) };
        match self.style.business {
            Business::Store => match turn {
                0 if self.number.is_multiple_of(2) => Hours::WholeDay,
                0 => Hours::Window,
                3 if location.is_multiple_of(2) => Hours::Window,
                _ => appointments(&[15, 20]),
            },
            Business::Clinic if turn == 3 && self.special(location) == Special::WalkIn => Hours::Window,
            Business::Clinic => appointments(&[15, 15, 20, 30, 30, 45, 60]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(n: u64, open_days: &[u32], phase: u64, hours: Hours) -> ScheduleSlots<'_> {
        ScheduleSlots { first: 100, n, open_days, phase, hours, day_key: Key::new(1) }
    }

    #[test]
    fn weeks_hold_every_slot_once_in_order_of_time() {
        let open_days: Vec<u32> = (0..28).filter(|day| day % 7 < 5).collect();
        let hours = Hours::Appointments { opens: 480, minutes: 20 };
        for n in [0, 1, 3, 19, 20, 21, 50, 5_000] {
            for phase in [0, 7, 19] {
                let schedule = schedule(n, &open_days, phase, hours);
                let slots: Vec<PlacedSlot> = (0..4).flat_map(|week| schedule.in_week(week)).collect();
                assert_eq!(slots.len() as u64, n);
                assert!(slots.iter().enumerate().all(|(at, slot)| slot.number == 100 + at as u64));
                assert!(slots.is_sorted_by_key(|slot| (slot.day, slot.start)));
                assert!(slots.iter().all(|slot| slot.start >= 480 && slot.start + slot.minutes <= 1_020));
                for week in 0..4 {
                    assert_eq!(schedule.n_in_week(week), schedule.in_week(week).count() as u64);
                }
            }
        }
    }

    #[test]
    fn a_day_of_few_appointments_has_no_two_at_once() {
        let hours = Hours::Appointments { opens: 480, minutes: 60 };
        let day: Vec<PlacedSlot> = schedule(9, &[0], 0, hours).in_week(0).collect();
        assert!(day.windows(2).all(|pair| pair[0].start + 60 == pair[1].start), "{day:?}");
    }

    #[test]
    fn windows_are_halved_where_there_are_several() {
        let starts = |n, hours| {
            schedule(n, &[0], 0, hours).in_week(0).map(|slot| (slot.start, slot.minutes)).collect::<Vec<_>>()
        };
        assert_eq!(starts(1, Hours::Window), [(540, 480)]);
        assert_eq!(starts(2, Hours::Window), [(540, 240), (780, 240)]);
        assert_eq!(starts(1, Hours::WholeDay), [(0, 1_440)]);
    }
}
