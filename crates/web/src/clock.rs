//! Times of slots as people read them: in their language, on the place's own clock, with the zone named.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use openslots_model::{LocalDate, UnixSeconds};

use crate::language::Language;
use crate::messages::Say;

/// Days of the week in full, Monday first.
const SPANISH_DAYS: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
/// Days of the week in short.
const SPANISH_SHORT_DAYS: [&str; 7] = ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"];
/// Months in full; in short they are their first three letters.
const SPANISH_MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

impl Language {
    /// A day of the week in short: `Mon`, `lun`.
    pub(crate) fn short_weekday(self, date: Date) -> String {
        match self {
            Self::English => date.strftime("%a").to_string(),
            Self::Spanish => SPANISH_SHORT_DAYS[date.weekday().to_monday_zero_offset() as usize].to_owned(),
        }
    }

    /// A day of the month in short: `Nov 23`, `23 nov`.
    pub(crate) fn short_day(self, date: Date) -> String {
        match self {
            Self::English => date.strftime("%b %-d").to_string(),
            Self::Spanish => format!("{} {}", date.day(), &SPANISH_MONTHS[date.month() as usize - 1][..3]),
        }
    }

    /// A day in short: `Mon Nov 23`, `lun 23 nov`.
    pub(crate) fn short_date(self, date: Date) -> String {
        format!("{} {}", self.short_weekday(date), self.short_day(date))
    }

    /// A month in short, with its year: `Nov 2026`, `nov 2026`.
    pub(crate) fn month(self, date: Date) -> String {
        match self {
            Self::English => date.strftime("%b %Y").to_string(),
            Self::Spanish => format!("{} {}", &SPANISH_MONTHS[date.month() as usize - 1][..3], date.year()),
        }
    }

    /// A day in full: `Monday, November 23`, `lunes 23 de noviembre`.
    pub(crate) fn long_date(self, date: Date) -> String {
        match self {
            Self::English => date.strftime("%A, %B %-d").to_string(),
            Self::Spanish => {
                let weekday = SPANISH_DAYS[date.weekday().to_monday_zero_offset() as usize];
                format!("{weekday} {} de {}", date.day(), SPANISH_MONTHS[date.month() as usize - 1])
            }
        }
    }

    /// A time of day with its zone: `9:30 AM EST`, `9:30 a. m. EST`.
    fn time_of_day(self, time: &Zoned) -> String {
        match self {
            Self::English => time.strftime("%-I:%M %p %Z").to_string(),
            Self::Spanish => {
                let half = if time.hour() < 12 { "a.\u{a0}m." } else { "p.\u{a0}m." };
                format!("{} {half} {}", time.strftime("%-I:%M"), time.strftime("%Z"))
            }
        }
    }

    /// How long ago something was: `3 minutes ago`.
    pub(crate) fn ago(self, instant: UnixSeconds, now: UnixSeconds) -> String {
        match (now.0 - instant.0).max(0).unsigned_abs() {
            0..60 => self.say(Say::JustNow).to_owned(),
            seconds @ 60..3_600 => self.count(seconds / 60, Say::MinuteAgo, Say::MinutesAgo),
            seconds @ 3_600..86_400 => self.count(seconds / 3_600, Say::HourAgo, Say::HoursAgo),
            seconds => self.count(seconds / 86_400, Say::DayAgo, Say::DaysAgo),
        }
    }
}

/// The clock of a place; where its zone is not known, that of UTC, which is named like any other.
#[derive(Debug, Clone)]
pub(crate) struct PlaceClock {
    zone: TimeZone,
    language: Language,
}

impl PlaceClock {
    pub(crate) fn new(zone: Option<&str>, language: Language) -> Self {
        let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        Self { zone, language }
    }

    fn at(&self, instant: UnixSeconds) -> Zoned {
        instant.timestamp().to_zoned(self.zone.clone())
    }

    /// The day of an instant.
    pub(crate) fn date(&self, instant: UnixSeconds) -> Date {
        self.at(instant).date()
    }

    /// The start of a slot: `Mon Nov 23, 9:30 AM EST`.
    pub(crate) fn start(&self, start: UnixSeconds) -> String {
        let start = self.at(start);
        format!("{}, {}", self.language.short_date(start.date()), self.language.time_of_day(&start))
    }

    /// The start of a slot whose day is told beside it: `9:30 AM EST`.
    pub(crate) fn time_of_day(&self, start: UnixSeconds) -> String {
        self.language.time_of_day(&self.at(start))
    }

    /// The days that a window of hours or days touches: `some time on Mon Nov 23`. Its first minute is no appointment,
    /// so no time is shown.
    pub(crate) fn days(&self, start: UnixSeconds, seconds: u32) -> String {
        let last = self.date(start.plus_seconds(i64::from(seconds.saturating_sub(1))));
        let first = self.date(start);
        let (first_day, last_day) = (self.language.short_date(first), self.language.short_date(last));
        if first == last {
            self.language.fill(Say::SomeTimeOn, &[&first_day])
        } else {
            self.language.fill(Say::SomeTimeFrom, &[&first_day, &last_day])
        }
    }
}

/// An instant in UTC, for tables that name the zone: `2026-11-23 14:30`.
pub(crate) fn utc(instant: UnixSeconds) -> String {
    instant.timestamp().strftime("%F %H:%M").to_string()
}

/// A day of the model as one of the calendar.
pub(crate) fn civil(day: LocalDate) -> Date {
    UnixSeconds(i64::from(day.0) * 86_400).timestamp().to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_on_the_clock_of_the_place() {
        for (zone, english, spanish) in [
            (Some("America/New_York"), "Mon Nov 23, 9:30 AM EST", "lun 23 nov, 9:30 a.\u{a0}m. EST"),
            (Some("Pacific/Honolulu"), "Mon Nov 23, 4:30 AM HST", "lun 23 nov, 4:30 a.\u{a0}m. HST"),
            (None, "Mon Nov 23, 2:30 PM UTC", "lun 23 nov, 2:30 p.\u{a0}m. UTC"),
            (Some("No/Zone"), "Mon Nov 23, 2:30 PM UTC", "lun 23 nov, 2:30 p.\u{a0}m. UTC"),
        ] {
            let start = UnixSeconds(1_795_444_200);
            assert_eq!(PlaceClock::new(zone, Language::English).start(start), english);
            assert_eq!(PlaceClock::new(zone, Language::Spanish).start(start), spanish);
        }
    }

    #[test]
    fn noon_and_midnight_are_in_the_right_half_of_the_day() {
        let clock = PlaceClock::new(None, Language::Spanish);
        for (seconds, want) in [
            (0, "12:00 a.\u{a0}m. UTC"),
            (43_199, "11:59 a.\u{a0}m. UTC"),
            (43_200, "12:00 p.\u{a0}m. UTC"),
            (86_399, "11:59 p.\u{a0}m. UTC"),
        ] {
            assert_eq!(clock.time_of_day(UnixSeconds(seconds)), want);
        }
    }

    #[test]
    fn windows_are_days_where_the_place_is() {
        const DAY: u32 = 86_400;
        // 2026-11-23T00:00:00Z is the afternoon of the 22nd in Alaska.
        let midnight = 1_795_392_000;
        for (start, seconds, zone, want) in [
            (midnight + 14 * 3_600, 9 * 3_600, Some("America/New_York"), "some time on Mon Nov 23"),
            (midnight + 9 * 3_600, DAY, Some("America/Anchorage"), "some time on Mon Nov 23"),
            (midnight, DAY, Some("America/Anchorage"), "some time from Sun Nov 22 to Mon Nov 23"),
            (midnight, 5 * DAY, None, "some time from Mon Nov 23 to Fri Nov 27"),
            (midnight, 0, None, "some time on Mon Nov 23"),
        ] {
            let clock = PlaceClock::new(zone, Language::English);
            assert_eq!(clock.days(UnixSeconds(start), seconds), want);
        }
        let clock = PlaceClock::new(None, Language::Spanish);
        assert_eq!(clock.days(UnixSeconds(midnight), 2 * DAY), "en algún momento del lun 23 nov al mar 24 nov");
    }

    #[test]
    fn days_have_names_in_both_languages() {
        for (text, english, spanish) in [
            ("2026-11-23", "Monday, November 23", "lunes 23 de noviembre"),
            ("2027-01-02", "Saturday, January 2", "sábado 2 de enero"),
            ("1969-12-31", "Wednesday, December 31", "miércoles 31 de diciembre"),
        ] {
            let date = civil(LocalDate::parse(text).expect("a day"));
            assert_eq!(date.to_string(), text);
            assert_eq!(Language::English.long_date(date), english);
            assert_eq!(Language::Spanish.long_date(date), spanish);
        }
        let date = civil(LocalDate::parse("2026-04-02").expect("a day"));
        assert_eq!([Language::English.month(date), Language::Spanish.month(date)], ["Apr 2026", "abr 2026"]);
        assert_eq!(utc(UnixSeconds(1_795_444_200)), "2026-11-23 14:30");
        assert_eq!(civil(LocalDate(i32::MAX)).year(), 9999);
    }

    #[test]
    fn ages_are_in_words() {
        for (seconds, english, spanish) in [
            (-5, "less than a minute ago", "hace menos de un minuto"),
            (60, "1 minute ago", "hace 1 minuto"),
            (7_200, "2 hours ago", "hace 2 horas"),
            (90_000, "1 day ago", "hace 1 día"),
        ] {
            assert_eq!(Language::English.ago(UnixSeconds(0), UnixSeconds(seconds)), english);
            assert_eq!(Language::Spanish.ago(UnixSeconds(0), UnixSeconds(seconds)), spanish);
        }
    }
}
