//! From a rule and a start to what the clock shows at each occurrence.
//!
//! Written by hand: `rrule`, and the copy of it in `calcard`, walk from the start of a rule however long ago that was
//! and know `chrono` alone.
//!
//! A rule is taken in periods (the years, months ... of its frequency, `INTERVAL` apart), each of which is worked out
//! for itself: the days of it that all `BY...` parts for days admit, times the times of day, of which `BYSETPOS`
//! chooses. So the table of what expands and what limits (3.3.10) needs no telling apart, and without `COUNT` the
//! first period can be any.

use super::rule::{Frequency, Rule};
use super::wall::{DAY_SECONDS, civil, date_of, day_number};

mod day;

use day::{DayRule, week_begin};

/// Seconds in an hour and in a minute of a clock.
const HOUR_SECONDS: i64 = 3_600;
const MINUTE_SECONDS: i64 = 60;

/// More steps than were allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OverBudget;

/// How many days and times may still be looked at.
#[derive(Debug)]
pub(super) struct Budget {
    n_left: u64,
}

impl Budget {
    pub(super) const fn new(n_steps: u64) -> Self {
        Self { n_left: n_steps }
    }

    pub(super) fn spend(&mut self, n_steps: usize) -> Result<(), OverBudget> {
        self.n_left = self.n_left.checked_sub(n_steps as u64).ok_or(OverBudget)?;
        Ok(())
    }
}

/// What the clock shows from and to, both included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) last: i64,
}

/// Hands over what the clock shows at each occurrence after the start in a stretch, ascending.
///
/// The start is the first occurrence whether or not it fits the rule; it counts, and is not handed over.
/// `UNTIL` is the caller's, who knows the zone. Of whole days (`is_date`), parts for times mean nothing.
pub(super) fn occurrences(
    rule: &Rule,
    start: i64,
    is_date: bool,
    stretch: Stretch,
    budget: &mut Budget,
    found: &mut impl FnMut(i64),
) -> Result<(), OverBudget> {
    let Some(expansion) = Expansion::new(rule, start, is_date) else { return Ok(()) };
    let mut n_left = rule.count.map_or(u64::MAX, |count| count - 1);
    // What is counted must be counted from the start.
    let mut number = if rule.count.is_some() { 0 } else { expansion.period_before(stretch.from) };
    let mut walls = Vec::new();
    while n_left > 0 {
        let Some(period) = expansion.period(number) else { break };
        if period.begin > stretch.last {
            break;
        }
        walls.clear();
        budget.spend(1)?;
        expansion.fill(&period, &mut walls, budget)?;
        for wall in
            walls.iter().copied().filter(|wall| *wall > start).take(usize::try_from(n_left).unwrap_or(usize::MAX))
        {
            if wall > stretch.last {
                return Ok(());
            }
            n_left -= 1;
            if wall >= stretch.from {
                found(wall);
            }
        }
        number = expansion.next(number, &period);
    }
    Ok(())
}

/// One of the periods of a rule.
struct Period {
    /// What the clock shows at its begin, and behind its end.
    begin: i64,
    end: i64,
    /// Of an hour and less: the next time at which anything can occur, where nothing can in this period.
    nothing_before: Option<i64>,
}

/// A rule with what it takes from the start.
struct Expansion<'a> {
    rule: &'a Rule,
    days: DayRule<'a>,
    start: i64,
    /// The periods' number of the first one: the year, the month since the year 0, the day its week begins with ...
    first: i64,
    /// From one period to the next.
    step: i64,
    /// When in the smallest unit (a day, an hour, a minute) something occurs, in seconds.
    times: Vec<i64>,
}

impl<'a> Expansion<'a> {
    fn new(rule: &'a Rule, start: i64, is_date: bool) -> Option<Self> {
        let shown = civil(start)?;
        let frequency = rule.frequency;
        if is_date && frequency < Frequency::Daily {
            return None;
        }
        let day = start.div_euclid(DAY_SECONDS);
        let first = match frequency {
            Frequency::Yearly => (-1..=1)
                .map(|years| i64::from(shown.year()) + years)
                .find(|year| year_begin(year + 1, rule).is_some_and(|next| day < next))?,
            Frequency::Monthly => i64::from(shown.year()) * 12 + i64::from(shown.month()) - 1,
            Frequency::Weekly => week_begin(day, rule.week_start),
            Frequency::Daily => day,
            Frequency::Hourly => start.div_euclid(HOUR_SECONDS),
            Frequency::Minutely => start.div_euclid(MINUTE_SECONDS),
            Frequency::Secondly => start,
        };
        let step = rule.interval * if frequency == Frequency::Weekly { 7 } else { 1 };
        // What is written of the times, else what the start has; nothing of what the frequency itself goes through.
        let part = |written: &[i64], goes_through: bool, at_start: i8| match written {
            _ if goes_through => vec![0],
            [] => vec![i64::from(at_start)],
            _ if is_date => vec![0],
            written => written.to_vec(),
        };
        let hours = part(&rule.hours, frequency <= Frequency::Hourly, shown.hour());
        let minutes = part(&rule.minutes, frequency <= Frequency::Minutely, shown.minute());
        let seconds = part(&rule.seconds, frequency == Frequency::Secondly, shown.second());
        let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
        for hour in &hours {
            for minute in &minutes {
                times.extend(seconds.iter().map(|second| hour * HOUR_SECONDS + minute * MINUTE_SECONDS + second));
            }
        }
        // A leap second is the second after it.
        times.sort_unstable();
        times.dedup();
        Some(Self { rule, days: DayRule::new(rule, shown.date()), start, first, step, times })
    }

    /// A period of the rule, from 0; `None` behind the end of time.
    fn period(&self, number: i64) -> Option<Period> {
        let unit = self.first.checked_add(self.step.checked_mul(number)?)?;
        let of_seconds = |seconds: i64| Some((unit.checked_mul(seconds)?, unit.checked_add(1)?.checked_mul(seconds)?));
        let of_days = |begin: i64, end: i64| Some((begin.checked_mul(DAY_SECONDS)?, end.checked_mul(DAY_SECONDS)?));
        let (begin, end) = match self.rule.frequency {
            Frequency::Yearly => of_days(year_begin(unit, self.rule)?, year_begin(unit + 1, self.rule)?)?,
            Frequency::Monthly => of_days(month_begin(unit)?, month_begin(unit + 1)?)?,
            Frequency::Weekly => of_days(unit, unit + 7)?,
            Frequency::Daily => of_days(unit, unit + 1)?,
            Frequency::Hourly => of_seconds(HOUR_SECONDS)?,
            Frequency::Minutely => of_seconds(MINUTE_SECONDS)?,
            Frequency::Secondly => of_seconds(1)?,
        };
        let nothing_before = if self.rule.frequency < Frequency::Daily { self.nothing_before(begin) } else { None };
        Some(Period { begin, end, nothing_before })
    }

    /// The number of a period that ends before a time, or the first.
    fn period_before(&self, wall: i64) -> i64 {
        let day = wall.div_euclid(DAY_SECONDS);
        let Some(date) = date_of(day) else { return 0 };
        let unit = match self.rule.frequency {
            Frequency::Yearly => i64::from(date.year()),
            Frequency::Monthly => i64::from(date.year()) * 12 + i64::from(date.month()) - 1,
            Frequency::Weekly | Frequency::Daily => day,
            Frequency::Hourly => wall.div_euclid(HOUR_SECONDS),
            Frequency::Minutely => wall.div_euclid(MINUTE_SECONDS),
            Frequency::Secondly => wall,
        };
        // One more: the first days of a year may belong to the weeks of the year before, and seconds go to 60.
        ((unit - self.first).div_euclid(self.step) - 1).max(0)
    }

    /// The number of the next period in which anything can occur.
    fn next(&self, number: i64, period: &Period) -> i64 {
        let length = period.end - period.begin;
        let n_skipped = period.nothing_before.map_or(0, |wall| (wall - period.begin) / (length * self.step));
        number + n_skipped.max(1)
    }

    /// Of a period of an hour and less: when the day, hour or minute ends in which nothing can occur.
    fn nothing_before(&self, begin: i64) -> Option<i64> {
        let Rule { frequency, hours, minutes, seconds, .. } = self.rule;
        let behind = |unit: i64| begin - begin.rem_euclid(unit) + unit;
        let is_out = |list: &[i64], n: i64| !list.is_empty() && !list.contains(&n);
        if !self.days.admits(begin.div_euclid(DAY_SECONDS), None) {
            return Some(behind(DAY_SECONDS));
        }
        if is_out(hours, begin.rem_euclid(DAY_SECONDS) / HOUR_SECONDS) {
            return Some(behind(HOUR_SECONDS));
        }
        if *frequency <= Frequency::Minutely && is_out(minutes, begin.rem_euclid(HOUR_SECONDS) / MINUTE_SECONDS) {
            return Some(behind(MINUTE_SECONDS));
        }
        let is_second_out = *frequency == Frequency::Secondly && is_out(seconds, begin.rem_euclid(MINUTE_SECONDS));
        is_second_out.then_some(behind(1))
    }

    /// Adds what the clock shows at each occurrence in a period, ascending.
    fn fill(&self, period: &Period, walls: &mut Vec<i64>, budget: &mut Budget) -> Result<(), OverBudget> {
        if self.rule.frequency < Frequency::Daily {
            if period.nothing_before.is_none() {
                budget.spend(self.times.len())?;
                walls.extend(self.times.iter().map(|time| period.begin + time));
            }
        } else {
            let (begin, end) = (period.begin / DAY_SECONDS, period.end / DAY_SECONDS);
            let weeks = (!self.rule.weeks.is_empty()).then_some((begin, end));
            let mut day = begin;
            while day < end {
                budget.spend(1)?;
                if let Some(next) = self.days.next_month(day) {
                    day = next;
                    continue;
                }
                if self.days.admits(day, weeks) {
                    budget.spend(self.times.len())?;
                    walls.extend(self.times.iter().map(|time| day * DAY_SECONDS + time));
                }
                day += 1;
            }
        }
        if !self.rule.positions.is_empty() {
            self.choose_positions(walls);
        }
        debug_assert!(walls.is_sorted(), "{:?} from {}", self.rule, self.start);
        Ok(())
    }

    /// Keeps those that `BYSETPOS` names, from the first (1) or from the last (-1).
    fn choose_positions(&self, walls: &mut Vec<i64>) {
        let n_walls = walls.len() as i64;
        let positions = &self.rule.positions;
        let mut place = 0;
        walls.retain(|_| {
            place += 1;
            positions.contains(&place) || positions.contains(&(place - n_walls - 1))
        });
    }
}

/// The day a year begins with; of a rule of weeks, its first week does (3.3.10: the one with four days of the year).
fn year_begin(year: i64, rule: &Rule) -> Option<i64> {
    let year = i16::try_from(year).ok()?;
    let january = |day| jiff::civil::Date::new(year, 1, day).ok().and_then(day_number);
    if rule.weeks.is_empty() { january(1) } else { Some(week_begin(january(4)?, rule.week_start)) }
}

/// The day a month begins with, the month counted from the year 0.
fn month_begin(month: i64) -> Option<i64> {
    let (year, month) = (i16::try_from(month.div_euclid(12)).ok()?, i8::try_from(month.rem_euclid(12) + 1).ok()?);
    jiff::civil::Date::new(year, month, 1).ok().and_then(day_number)
}
