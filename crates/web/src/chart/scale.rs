//! Where ticks stand: round numbers, round times.

use openslots_model::{LocalDate, UnixSeconds};

use crate::clock::{civil, utc};
use crate::language::Language;

/// The most ticks of an axis of time: as many labels lie beside each other on a phone.
const MAX_TIMES: i64 = 5;
/// The most steps of an axis of figures.
const MAX_STEPS: f64 = 4.0;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Distances between ticks.
const TIME_STEPS: [i64; 18] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    56 * DAY,
    91 * DAY,
    182 * DAY,
    364 * DAY,
    5 * 364 * DAY,
];

/// An axis of figures, from zero up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FigureAxis {
    step: f64,
    n_steps: u32,
}

impl FigureAxis {
    /// One that holds figures up to `most`; `is_whole` where there is nothing between two whole numbers.
    pub(super) fn new(most: f64, is_whole: bool) -> Self {
        if most <= 0.0 {
            return Self { step: 1.0, n_steps: 1 };
        }
        let magnitude = 10_f64.powi((most / MAX_STEPS).log10().floor() as i32);
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0, 20.0].map(|factor| factor * magnitude);
        let suits = |step: &f64| (!is_whole || step.fract() == 0.0) && (most / step).ceil() <= MAX_STEPS;
        // A step below one is no step between things that are counted.
        let step = steps.into_iter().find(suits).unwrap_or(1.0);
        Self { step, n_steps: (most / step).ceil() as u32 }
    }

    /// What its end stands for.
    pub(super) fn end(self) -> f64 {
        self.step * f64::from(self.n_steps)
    }

    /// The figures of its ticks, zero first.
    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        (0..=self.n_steps).map(move |n| f64::from(n) * self.step)
    }
}

/// What the numbers of an axis of time mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// Days of a calendar, each as its first second.
    Days,
    /// Instants, shown in UTC.
    Utc,
}

/// An axis of time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeAxis {
    pub(super) clock: Clock,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl TimeAxis {
    /// Where a time lies, from 0 to 1; in the middle where there is only one.
    pub(super) fn part(self, at: i64) -> f64 {
        if self.to <= self.from {
            return 0.5;
        }
        ((at - self.from) as f64 / (self.to - self.from) as f64).clamp(0.0, 1.0)
    }

    fn step(self) -> i64 {
        let span = self.to - self.from;
        let least = if self.clock == Clock::Days || span > 2 * DAY { DAY } else { MINUTE };
        let suits = |step: &i64| *step >= least && span / step < MAX_TIMES;
        TIME_STEPS.into_iter().find(suits).unwrap_or_else(|| (span / MAX_TIMES / DAY + 1) * DAY)
    }

    /// Times and what is written at them.
    pub(super) fn ticks(self, language: Language) -> Vec<(i64, String)> {
        let step = self.step();
        // Steps of days begin with the first day, others with a full hour or a full five minutes.
        let first = match self.clock {
            Clock::Days => self.from,
            Clock::Utc => self.from + (-self.from).rem_euclid(step.min(DAY)),
        };
        let times = (0..=MAX_TIMES).map(|n| first + n * step).take_while(|at| *at <= self.to);
        times.map(|at| (at, self.label(at, step, language))).collect()
    }

    fn label(self, at: i64, step: i64, language: Language) -> String {
        let date = civil(LocalDate(i32::try_from(at.div_euclid(DAY)).unwrap_or(i32::MAX)));
        match at.rem_euclid(DAY) {
            0 if step >= 91 * DAY => language.month(date),
            0 => language.short_day(date),
            seconds => format!("{:02}:{:02}", seconds / HOUR, seconds % HOUR / MINUTE),
        }
    }

    /// A time in full.
    pub(super) fn text(self, at: i64) -> String {
        match self.clock {
            Clock::Days => LocalDate(i32::try_from(at.div_euclid(DAY)).unwrap_or(i32::MAX)).to_string(),
            Clock::Utc => utc(UnixSeconds(at)),
        }
    }
}

/// The first second of a day.
pub(super) fn day_start(LocalDate(day): LocalDate) -> i64 {
    i64::from(day) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_round_ticks_that_hold_the_largest() {
        for (most, is_whole, step, n_steps) in [
            (0.0, true, 1.0, 1),
            (1.0, true, 1.0, 1),
            (3.0, true, 1.0, 3),
            (4.0, true, 1.0, 4),
            (5.0, true, 2.0, 3),
            (9.0, true, 5.0, 2),
            (17.0, true, 5.0, 4),
            (1_234.0, true, 500.0, 3),
            (10_000_000.0, true, 2_500_000.0, 4),
            (0.3, false, 0.1, 3),
            (1.0, false, 0.25, 4),
            (0.04, false, 0.01, 4),
        ] {
            let axis = FigureAxis::new(most, is_whole);
            assert!((axis.step - step).abs() < 1e-9 && axis.n_steps == n_steps, "{most}: {axis:?}");
        }
    }

    #[test]
    fn times_are_round_and_few() {
        let day = |text: &str| day_start(LocalDate::parse(text).expect("a day"));
        let labels = |clock, from, to| {
            let axis = TimeAxis { clock, from, to };
            axis.ticks(Language::English).into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        let from = day("2026-11-23");
        for (clock, from, to, want) in [
            (Clock::Days, from, from, vec!["Nov 23"]),
            (Clock::Days, from, from + 2 * DAY, vec!["Nov 23", "Nov 24", "Nov 25"]),
            (Clock::Days, from, day("2026-12-21"), vec!["Nov 23", "Nov 30", "Dec 7", "Dec 14", "Dec 21"]),
            (
                Clock::Days,
                day("2026-01-01"),
                day("2026-12-31"),
                vec!["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026", "Dec 2026"],
            ),
            (Clock::Utc, from + 70, from + 190, vec!["00:02", "00:03"]),
            (Clock::Utc, from + 20 * HOUR, from + 26 * HOUR, vec!["21:00", "Nov 24"]),
            (Clock::Utc, from + HOUR, from + 3 * DAY + 1, vec!["Nov 24", "Nov 25", "Nov 26"]),
        ] {
            assert_eq!(labels(clock, from, to), want);
        }
        for span in [1, HOUR, 40 * HOUR, 3 * DAY, 90 * DAY, 4_000 * DAY, 400_000 * DAY] {
            assert!(labels(Clock::Days, 0, span).len() <= 6, "{span}");
            assert!(labels(Clock::Utc, 0, span).len() <= 6, "{span}");
        }
    }
}
