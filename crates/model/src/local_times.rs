//! Days and hours on the clock of a place.

use crate::UnixSeconds;

/// Seconds in a day of a clock that is not put forward or back.
const DAY_SECONDS: i64 = 86_400;
/// Days of a week.
const WEEK_DAYS: i64 = 7;

/// A day of the calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalDate(pub i32);

impl LocalDate {
    /// The day of an instant on a clock, given as [`crate::UnixSeconds`] plus the clock's offset.
    pub const fn of_local_seconds(local_seconds: i64) -> Self {
        Self(local_seconds.div_euclid(DAY_SECONDS) as i32)
    }

    /// Reads `YYYY-MM-DD`; `None` for anything else, and for a day that does not exist.
    pub fn parse(text: &str) -> Option<Self> {
        let is_of_form = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        let date = text.parse::<jiff::civil::Date>().ok().filter(|_| is_of_form)?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self::of_local_seconds(midnight.timestamp().as_second()))
    }
}

impl std::fmt::Display for LocalDate {
    /// `YYYY-MM-DD`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let midnight = UnixSeconds(i64::from(self.0) * DAY_SECONDS).timestamp();
        write!(f, "{}", midnight.to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Three letters: `mon`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "mon",
            Self::Tuesday => "tue",
            Self::Wednesday => "wed",
            Self::Thursday => "thu",
            Self::Friday => "fri",
            Self::Saturday => "sat",
            Self::Sunday => "sun",
        }
    }

    /// The weekday of a date.
    pub const fn of(date: LocalDate) -> Self {
        // 1970-01-01 was a Thursday.
        Self::ALL[(date.0 as i64 + 3).rem_euclid(WEEK_DAYS) as usize]
    }
}

/// A set of days of the week; by default no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(0x7f);
    /// No day.
    pub const NONE: Self = Self(0);
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0x1f);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0x60);

    /// This set and one more day.
    #[must_use]
    pub const fn with(self, day: Weekday) -> Self {
        Self(self.0 | 1 << day as u8)
    }

    /// These days and those.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The days that both have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether no day is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a day is among them.
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day as u8 != 0
    }

    /// The days, Monday first.
    pub fn days(self) -> impl DoubleEndedIterator<Item = Weekday> {
        Weekday::ALL.into_iter().filter(move |day| self.contains(*day))
    }

    /// A day in short or in full, or a sort of days (`weekend`), in lower case and in the singular or plural.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mon" | "monday" | "mondays" => Self::NONE.with(Weekday::Monday),
            "tue" | "tues" | "tuesday" | "tuesdays" => Self::NONE.with(Weekday::Tuesday),
            "wed" | "weds" | "wednesday" | "wednesdays" => Self::NONE.with(Weekday::Wednesday),
            "thu" | "thur" | "thurs" | "thursday" | "thursdays" => Self::NONE.with(Weekday::Thursday),
            "fri" | "friday" | "fridays" => Self::NONE.with(Weekday::Friday),
            "sat" | "saturday" | "saturdays" => Self::NONE.with(Weekday::Saturday),
            "sun" | "sunday" | "sundays" => Self::NONE.with(Weekday::Sunday),
            "weekday" | "weekdays" => Self::WORKDAYS,
            "weekend" | "weekends" => Self::WEEKEND,
            _ => return None,
        })
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        days.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Display for Weekdays {
    /// `mon,wed`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, day) in self.days().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{}", day.as_str())?;
        }
        Ok(())
    }
}

/// Hours of the day: from inclusive, to exclusive, in minutes after midnight (to at most 1440).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeOfDay {
    /// First minute.
    pub from_minute: u16,
    /// Behind the last minute.
    pub to_minute: u16,
}

/// Days as people name them, on the clock of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DaySpan {
    /// From so many days after today to so many: `Ahead(0, 0)` is today.
    Ahead(i32, i32),
    /// From today to the next Sunday.
    ThisWeek,
    /// From the next Monday to the Sunday after.
    NextWeek,
}

impl DaySpan {
    /// First and last day, seen from a day.
    pub const fn seen_from(self, today: LocalDate) -> (LocalDate, LocalDate) {
        // Days until the next Monday: 1 on a Sunday, 7 on a Monday.
        let to_monday = 7 - Weekday::of(today) as i32;
        let (first, last) = match self {
            Self::Ahead(first, last) => (first, last),
            Self::ThisWeek => (0, to_monday - 1),
            Self::NextWeek => (to_monday, to_monday + 6),
        };
        (LocalDate(today.0 + first), LocalDate(today.0 + last))
    }
}

/// When on the clock of a place a slot is wanted. All parts must hold.
///
/// An appointment must start then. A window of hours or days must overlap it: an appointment in it may lie then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTimes {
    /// First and last day.
    pub dates: Option<(LocalDate, LocalDate)>,
    /// Days as seen from an instant: another day on each clock. They are settled by [`LocalTimes::seen_from`].
    pub relative: Option<(DaySpan, UnixSeconds)>,
    /// On these days of the week.
    pub weekdays: Weekdays,
    /// In any of these hours; empty: at any hour.
    pub times_of_day: Vec<TimeOfDay>,
}

impl LocalTimes {
    /// Any time.
    pub const ANY: Self = Self { dates: None, relative: None, weekdays: Weekdays::ALL, times_of_day: Vec::new() };

    /// The same on a clock that shows these seconds at the instant that relative days are seen from.
    #[must_use]
    pub fn seen_from(&self, local_now: i64) -> Self {
        let Some((span, _)) = self.relative else { return self.clone() };
        let dates = span.seen_from(LocalDate::of_local_seconds(local_now));
        Self { dates: Some(dates), relative: None, ..self.clone() }
    }

    /// Whether an appointment that starts then, in seconds on the place's clock, is wanted.
    pub fn contains(&self, local_start: i64) -> bool {
        let second_of_day = local_start.rem_euclid(DAY_SECONDS);
        self.has_day(LocalDate::of_local_seconds(local_start))
            && (self.times_of_day.is_empty()
                || self.times_of_day.iter().any(|hours| hours.seconds().contains(&second_of_day)))
    }

    /// The largest part of an hour, in seconds, that all its hours begin and end with.
    pub fn step_seconds(&self) -> u32 {
        let edges = self.times_of_day.iter().flat_map(|hours| [hours.from_minute, hours.to_minute]);
        edges.fold(3_600, |step, minute| gcd(step, u32::from(minute) * 60))
    }

    /// Whether any part of a window (its end exclusive) is wanted.
    pub fn overlaps(&self, local_start: i64, local_end: i64) -> bool {
        let first = LocalDate::of_local_seconds(local_start).0;
        let last = LocalDate::of_local_seconds(local_end.max(local_start + 1) - 1).0;
        // Days before the first that is asked for need no look.
        let (from, to) = self.dates.map_or((first, last), |(from, to)| (first.max(from.0), last.min(to.0)));
        // Behind seven whole days nothing new comes: weekdays and hours repeat.
        let mut days = (from..=to).take(WEEK_DAYS as usize + 1).filter(|day| self.has_day(LocalDate(*day)));
        days.any(|day| {
            let midnight = i64::from(day) * DAY_SECONDS;
            let is_touched = |from: i64, to: i64| local_start < midnight + to && midnight + from < local_end;
            self.times_of_day.is_empty() && is_touched(0, DAY_SECONDS)
                || self.times_of_day.iter().any(|hours| is_touched(hours.seconds().start, hours.seconds().end))
        })
    }

    fn has_day(&self, date: LocalDate) -> bool {
        self.dates.is_none_or(|(from, to)| (from..=to).contains(&date)) && self.weekdays.contains(Weekday::of(date))
    }
}

/// The greatest common divisor; of a number and 0 the number.
const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl TimeOfDay {
    fn seconds(self) -> std::ops::Range<i64> {
        i64::from(self.from_minute) * 60..i64::from(self.to_minute) * 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> LocalDate {
        LocalDate::parse(text).expect(text)
    }

    /// Seconds on some clock: a day and hours and minutes after its midnight.
    fn at(day: &str, hour: i64, minute: i64) -> i64 {
        i64::from(date(day).0) * DAY_SECONDS + hour * 3_600 + minute * 60
    }

    #[test]
    fn days_of_the_week_are_read_and_written() {
        for (names, want) in [
            (&["mon", "tues"][..], Some("mon,tue")),
            (&["sunday", "fri"], Some("fri,sun")),
            (&["weekday"], Some("mon,tue,wed,thu,fri")),
            (&["weekends", "mondays"], Some("mon,sat,sun")),
            (&["mon", ""], None),
            (&["moon"], None),
        ] {
            let days = names.iter().try_fold(Weekdays::NONE, |days, name| Some(days.union(Weekdays::named(name)?)));
            assert_eq!(days.map(|days| days.to_string()).as_deref(), want, "{names:?}");
        }
        assert!(Weekdays::WORKDAYS.intersection(Weekdays::WEEKEND).is_empty());
        assert_eq!(Weekdays::WORKDAYS.union(Weekdays::WEEKEND), Weekdays::ALL);
    }

    #[test]
    fn dates_are_read_written_and_named() {
        for (text, day, weekday) in [
            ("1970-01-01", 0, "thu"),
            ("1969-12-31", -1, "wed"),
            ("2026-11-25", 20_782, "wed"),
            ("2028-02-29", 21_243, "tue"),
        ] {
            assert_eq!(date(text), LocalDate(day), "{text}");
            assert_eq!(LocalDate(day).to_string(), text);
            assert_eq!(Weekday::of(LocalDate(day)).as_str(), weekday, "{text}");
        }
        for bad in ["2026-02-29", "2026-1-1", "20261125", "2026-11-25T00:00:00Z", "", "tomorrow", "２026-11-25"] {
            assert_eq!(LocalDate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn appointments_must_start_when_they_are_wanted() {
        let hours = |from: u16, to: u16| TimeOfDay { from_minute: from * 60, to_minute: to * 60 };
        let mornings = LocalTimes { times_of_day: vec![hours(8, 12)], ..LocalTimes::ANY };
        let weekday = [Weekday::Monday, Weekday::Wednesday].into_iter().collect();
        let two_days =
            LocalTimes { weekdays: weekday, times_of_day: vec![hours(22, 24), hours(0, 2)], ..LocalTimes::ANY };
        let one_day = LocalTimes { dates: Some((date("2026-11-25"), date("2026-11-25"))), ..LocalTimes::ANY };
        for (times, local, want) in [
            (&LocalTimes::ANY, at("2026-11-25", 3, 0), true),
            (&mornings, at("2026-11-25", 8, 0), true),
            (&mornings, at("2026-11-25", 11, 59), true),
            (&mornings, at("2026-11-25", 12, 0), false),
            (&mornings, at("2026-11-25", 7, 59), false),
            (&two_days, at("2026-11-25", 23, 0), true),
            (&two_days, at("2026-11-25", 1, 0), true),
            (&two_days, at("2026-11-26", 1, 0), false),
            (&two_days, at("2026-11-25", 3, 0), false),
            (&one_day, at("2026-11-25", 0, 0), true),
            (&one_day, at("2026-11-26", 0, 0), false),
            (&one_day, at("2026-11-24", 23, 59), false),
        ] {
            assert_eq!(times.contains(local), want, "{times:?} {local}");
            let step = i64::from(times.step_seconds());
            assert_eq!(times.contains(local.div_euclid(step) * step), want, "{times:?} {local}: the same in a step");
        }
    }

    #[test]
    fn days_are_seen_from_the_day_that_it_is_there() {
        for (today, span, first, last) in [
            ("2026-11-25", DaySpan::Ahead(0, 0), "2026-11-25", "2026-11-25"),
            ("2026-12-31", DaySpan::Ahead(1, 1), "2027-01-01", "2027-01-01"),
            ("2026-11-25", DaySpan::ThisWeek, "2026-11-25", "2026-11-29"),
            ("2026-11-29", DaySpan::ThisWeek, "2026-11-29", "2026-11-29"),
            ("2026-11-30", DaySpan::ThisWeek, "2026-11-30", "2026-12-06"),
            ("2026-11-25", DaySpan::NextWeek, "2026-11-30", "2026-12-06"),
            ("2026-11-29", DaySpan::NextWeek, "2026-11-30", "2026-12-06"),
            ("2026-11-30", DaySpan::NextWeek, "2026-12-07", "2026-12-13"),
        ] {
            assert_eq!(span.seen_from(date(today)), (date(first), date(last)), "{span:?} on {today}");
            let times = LocalTimes { relative: Some((span, UnixSeconds(0))), ..LocalTimes::ANY };
            assert_eq!(times.seen_from(at(today, 23, 59)).dates, Some((date(first), date(last))));
        }
    }

    #[test]
    fn windows_must_overlap_what_is_wanted() {
        let at_ten =
            LocalTimes { times_of_day: vec![TimeOfDay { from_minute: 600, to_minute: 660 }], ..LocalTimes::ANY };
        let sundays_at_ten = LocalTimes { weekdays: Weekdays::NONE.with(Weekday::Sunday), ..at_ten.clone() };
        let later = LocalTimes { dates: Some((date("2026-12-30"), date("2026-12-31"))), ..at_ten.clone() };
        for (times, from, to, want) in [
            (&at_ten, at("2026-11-25", 9, 0), at("2026-11-25", 17, 0), true),
            (&at_ten, at("2026-11-25", 11, 0), at("2026-11-25", 17, 0), false),
            (&at_ten, at("2026-11-25", 6, 0), at("2026-11-25", 10, 0), false),
            (&at_ten, at("2026-11-25", 11, 0), at("2026-11-26", 10, 1), true),
            (&sundays_at_ten, at("2026-11-25", 0, 0), at("2026-11-29", 10, 0), false),
            (&sundays_at_ten, at("2026-11-25", 0, 0), at("2026-11-29", 10, 1), true),
            (&sundays_at_ten, at("2026-11-25", 11, 0), at("2027-11-25", 0, 0), true),
            (&later, at("2026-11-01", 0, 0), at("2026-12-30", 10, 0), false),
            (&later, at("2026-11-01", 0, 0), at("2026-12-31", 10, 1), true),
            (&LocalTimes::ANY, at("2026-11-01", 0, 0), at("2026-11-01", 0, 0) + 1, true),
        ] {
            assert_eq!(times.overlaps(from, to), want, "{times:?} {from} {to}");
        }
    }
}
