//! Which days a rule admits.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::calendar::rule::{ByDay, Frequency, Rule};
use crate::calendar::wall::date_of;

/// Days of a week.
const WEEK_DAYS: i64 = 7;

/// The parts of a rule that are about days, with what they take from the start where nothing is written.
pub(super) struct DayRule<'a> {
    months: Cow<'a, [i64]>,
    weeks: &'a [i64],
    year_days: &'a [i64],
    month_days: Cow<'a, [i64]>,
    days: Cow<'a, [ByDay]>,
    /// What the first, the last ... of a weekday is counted in.
    counted_in: CountedIn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CountedIn {
    /// Numbers before weekdays have no meaning in a rule of this frequency; such a rule means each.
    Nothing,
    Month,
    Year,
}

impl<'a> DayRule<'a> {
    pub(super) fn new(rule: &'a Rule, start: Date) -> Self {
        let mut months = Cow::Borrowed(&rule.months[..]);
        let mut month_days = Cow::Borrowed(&rule.month_days[..]);
        let mut days = Cow::Borrowed(&rule.days[..]);
        let on_weekday =
            || Cow::Owned(vec![ByDay { nth: None, weekday: i64::from(start.weekday().to_monday_zero_offset()) }]);
        let says_no_day = rule.year_days.is_empty() && rule.month_days.is_empty() && rule.days.is_empty();
        match rule.frequency {
            Frequency::Yearly if says_no_day && !rule.weeks.is_empty() => days = on_weekday(),
            Frequency::Yearly if says_no_day => {
                if months.is_empty() {
                    months = Cow::Owned(vec![i64::from(start.month())]);
                }
                month_days = Cow::Owned(vec![i64::from(start.day())]);
            }
            Frequency::Monthly if says_no_day => month_days = Cow::Owned(vec![i64::from(start.day())]),
            Frequency::Weekly if says_no_day => days = on_weekday(),
            _ => {}
        }
        let counted_in = match rule.frequency {
            Frequency::Monthly => CountedIn::Month,
            Frequency::Yearly if !rule.months.is_empty() => CountedIn::Month,
            Frequency::Yearly => CountedIn::Year,
            _ => CountedIn::Nothing,
        };
        Self { months, weeks: &rule.weeks, year_days: &rule.year_days, month_days, days, counted_in }
    }

    /// The day behind the month of a day that lies in none of the months, to pass over it in one step.
    pub(super) fn next_month(&self, day: i64) -> Option<i64> {
        if self.months.is_empty() {
            return None;
        }
        let date = date_of(day)?;
        let is_out = !self.months.contains(&i64::from(date.month()));
        is_out.then(|| day + i64::from(date.days_in_month() - date.day()) + 1)
    }

    /// Whether all parts admit a day. `weeks` are the first day and the day behind the last of the year's weeks, for
    /// a rule that numbers them.
    pub(super) fn admits(&self, day: i64, weeks: Option<(i64, i64)>) -> bool {
        let Some(date) = date_of(day) else { return false };
        let in_month = Counted::new(date.day().into(), date.days_in_month().into());
        let in_year = Counted::new(date.day_of_year().into(), date.days_in_year().into());
        let in_weeks = |(begin, end): (i64, i64)| {
            Counted::new((day - begin) / WEEK_DAYS + 1, (end - begin) / WEEK_DAYS).is_in(self.weeks)
        };
        (self.months.is_empty() || self.months.contains(&i64::from(date.month())))
            && weeks.is_none_or(in_weeks)
            && (self.year_days.is_empty() || in_year.is_in(self.year_days))
            && (self.month_days.is_empty() || in_month.is_in(&self.month_days))
            && (self.days.is_empty() || self.admits_weekday(date, in_month, in_year))
    }

    fn admits_weekday(&self, date: Date, in_month: Counted, in_year: Counted) -> bool {
        let weekday = i64::from(date.weekday().to_monday_zero_offset());
        let counted = match self.counted_in {
            CountedIn::Nothing => None,
            CountedIn::Month => Some(in_month.by_weeks()),
            CountedIn::Year => Some(in_year.by_weeks()),
        };
        self.days.iter().filter(|day| day.weekday == weekday).any(|day| match (day.nth, counted) {
            (Some(nth), Some(counted)) => counted.is(nth),
            _ => true,
        })
    }
}

/// A place in a row: the how manieth from its begin (from 1), and from its end (from -1).
#[derive(Clone, Copy)]
struct Counted {
    from_begin: i64,
    from_end: i64,
}

impl Counted {
    const fn new(from_begin: i64, n_all: i64) -> Self {
        Self { from_begin, from_end: from_begin - n_all - 1 }
    }

    /// The how manieth of its weekday a day is.
    const fn by_weeks(self) -> Self {
        Self { from_begin: (self.from_begin - 1) / WEEK_DAYS + 1, from_end: (self.from_end + 1) / WEEK_DAYS - 1 }
    }

    const fn is(self, nth: i64) -> bool {
        nth == self.from_begin || nth == self.from_end
    }

    fn is_in(self, list: &[i64]) -> bool {
        list.iter().any(|nth| self.is(*nth))
    }
}

/// The day on which the week of a day begins.
pub(super) fn week_begin(day: i64, week_start: i64) -> i64 {
    // 1970-01-01 was a Thursday, 3 days after a Monday.
    day - (day + 3 - week_start).rem_euclid(WEEK_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::wall::day_number;

    #[test]
    fn weeks_begin_on_their_first_day() {
        for (date, week_start, want) in [
            ((1997, 8, 5), 0, (1997, 8, 4)),
            ((1997, 8, 4), 0, (1997, 8, 4)),
            ((1997, 8, 5), 6, (1997, 8, 3)),
            ((1969, 12, 31), 0, (1969, 12, 29)),
        ] {
            let number = |(year, month, day)| day_number(jiff::civil::date(year, month, day)).expect("a day");
            assert_eq!(week_begin(number(date), week_start), number(want), "{date:?} from {week_start}");
        }
    }
}
