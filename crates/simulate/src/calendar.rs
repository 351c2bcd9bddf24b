//! The days of a plan, and how instants on them are written.

use jiff::civil::{Date, Weekday, date};

use crate::Error;

/// The time zones of the fifty states, by the rules in force since 2007.
///
/// Written here instead of taken from a time zone database, so that a newer database changes no byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Eastern,
    Central,
    Mountain,
    Arizona,
    Pacific,
    Alaska,
    Hawaii,
}

impl Zone {
    /// The zone of a place. States with two zones are cut along a meridian or parallel near the border, so places
    /// within some miles of it may keep their neighbours' time.
    pub(crate) fn of(state: &str, latitude: f64, longitude: f64) -> Self {
        let cut = |is_west: bool, west: Self, east: Self| if is_west { west } else { east };
        match state {
            "CT" | "DC" | "DE" | "GA" | "MA" | "MD" | "ME" | "MI" | "NC" | "NH" | "NJ" | "NY" | "OH" | "PA" | "RI"
            | "SC" | "VA" | "VT" | "WV" => Self::Eastern,
            "FL" => cut(longitude < -85.1, Self::Central, Self::Eastern),
            "IN" => cut(longitude < -86.8 && !(38.5..41.0).contains(&latitude), Self::Central, Self::Eastern),
            "KY" => cut(longitude < -86.0, Self::Central, Self::Eastern),
            "TN" => cut(longitude < -85.2, Self::Central, Self::Eastern),
            "TX" => cut(longitude < -104.9, Self::Mountain, Self::Central),
            "KS" => cut(longitude < -101.5, Self::Mountain, Self::Central),
            "NE" => cut(longitude < -101.0, Self::Mountain, Self::Central),
            "ND" => cut(longitude < -101.3 && latitude < 47.6, Self::Mountain, Self::Central),
            "SD" => cut(longitude < -100.4, Self::Mountain, Self::Central),
            "CO" | "MT" | "NM" | "UT" | "WY" => Self::Mountain,
            "ID" => cut(latitude > 45.5, Self::Pacific, Self::Mountain),
            "OR" => cut(longitude > -118.2 && latitude < 44.4, Self::Mountain, Self::Pacific),
            "CA" | "NV" | "WA" => Self::Pacific,
            "AZ" => Self::Arizona,
            "AK" => Self::Alaska,
            "HI" => Self::Hawaii,
            _ => Self::Central,
        }
    }

    /// Hours behind UTC.
    const fn hours_behind(self, is_summer: bool) -> u32 {
        let (standard, has_summer_time) = match self {
            Self::Eastern => (5, true),
            Self::Central => (6, true),
            Self::Mountain => (7, true),
            Self::Arizona => (7, false),
            Self::Pacific => (8, true),
            Self::Alaska => (9, true),
            Self::Hawaii => (10, false),
        };
        standard - (is_summer && has_summer_time) as u32
    }
}

/// How a publisher writes instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    /// `2026-10-05T09:00:00-04:00`, on the place's own clock.
    Offset,
    /// `2026-10-05T13:00:00.000Z`.
    UtcMillis,
    /// `2026-10-05T13:00:00Z`.
    Utc,
}

/// One day.
#[derive(Debug, Clone)]
struct Day {
    /// `YYYY-MM-DD`.
    text: [u8; 10],
    /// Whether summer time is in force at its midnight and from 02:00 on.
    is_summer_at_midnight: bool,
    is_summer_from_two: bool,
}

/// The days of a plan.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// The days of the plan and two more, which instants late in the day reach into.
    days: Vec<Day>,
    n_days: u32,
    every_day: Vec<u32>,
    weekdays: Vec<u32>,
}

const MINUTES_A_DAY: u32 = 24 * 60;

impl Calendar {
    pub(crate) fn new(start_date: Date, n_days: u32) -> Result<Self, Error> {
        let ends = |_| Error::Dates { start_date, n_days };
        let mut days = Vec::with_capacity(n_days as usize + 2);
        let mut weekdays = Vec::new();
        let mut day = start_date;
        for number in 0..n_days + 2 {
            if number < n_days && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                weekdays.push(number);
            }
            days.push(Day::new(day)?);
            day = day.tomorrow().map_err(ends)?;
        }
        let every_day: Vec<u32> = (0..n_days).collect();
        // A plan of one weekend would leave clinics without a single day.
        let weekdays = if weekdays.is_empty() { every_day.clone() } else { weekdays };
        Ok(Self { days, n_days, every_day, weekdays })
    }

    pub(crate) fn n_weeks(&self) -> u32 {
        self.n_days.div_ceil(7)
    }

    pub(crate) fn every_day(&self) -> &[u32] {
        &self.every_day
    }

    pub(crate) fn weekdays(&self) -> &[u32] {
        &self.weekdays
    }

    /// `YYYY-MM-DD` of a day of the plan.
    pub(crate) fn day_text(&self, day: u32) -> &str {
        std::str::from_utf8(&self.days[day as usize].text).unwrap_or_default()
    }

    /// Minutes from the plan's first midnight UTC to a minute of a day on a zone's clock; `minute` up to 1440.
    pub(crate) fn utc_minutes(&self, day: u32, minute: u32, zone: Zone) -> u32 {
        let (day, minute) = (day + minute / MINUTES_A_DAY, minute % MINUTES_A_DAY);
        day * MINUTES_A_DAY + minute + 60 * self.hours_behind(day, minute, zone)
    }

    fn hours_behind(&self, day: u32, minute: u32, zone: Zone) -> u32 {
        let day = &self.days[day as usize];
        zone.hours_behind(if minute < 120 { day.is_summer_at_midnight } else { day.is_summer_from_two })
    }

    /// Writes a minute of a day on a zone's clock; `minute` up to 1440.
    #[inline]
    pub(crate) fn write_instant(&self, out: &mut Vec<u8>, style: TimeStyle, day: u32, minute: u32, zone: Zone) {
        if style == TimeStyle::Offset {
            let (day, minute) = (day + minute / MINUTES_A_DAY, minute % MINUTES_A_DAY);
            self.write_civil(out, day, minute);
            let hours = two_digits(self.hours_behind(day, minute, zone));
            out.extend_from_slice(&[b'-', hours[0], hours[1], b':', b'0', b'0']);
        } else {
            let utc = self.utc_minutes(day, minute, zone);
            self.write_civil(out, utc / MINUTES_A_DAY, utc % MINUTES_A_DAY);
            out.extend_from_slice(if style == TimeStyle::Utc { b"Z" } else { b".000Z" });
        }
    }

    #[inline]
    fn write_civil(&self, out: &mut Vec<u8>, day: u32, minute: u32) {
        let mut text = *b"YYYY-MM-DDThh:mm:00";
        text[..10].copy_from_slice(&self.days[day as usize].text);
        text[11..13].copy_from_slice(&two_digits(minute / 60));
        text[14..16].copy_from_slice(&two_digits(minute % 60));
        out.extend_from_slice(&text);
    }
}

impl Day {
    fn new(day: Date) -> Result<Self, Error> {
        let mut text = [0; 10];
        let written = day.to_string();
        let years_of_four_digits = || Error::Dates { start_date: day, n_days: 1 };
        text.copy_from_slice(
            written.as_bytes().get(..10).filter(|t| t.len() == written.len()).ok_or_else(years_of_four_digits)?,
        );
        let march = first_sunday(day.year(), 3, 8);
        let november = first_sunday(day.year(), 11, 1);
        Ok(Self {
            text,
            is_summer_at_midnight: day > march && day <= november,
            is_summer_from_two: day >= march && day < november,
        })
    }
}

/// The first Sunday of a month on or after its `from`-th day.
fn first_sunday(year: i16, month: i8, from: i8) -> Date {
    let day = date(year, month, from);
    let days_to_sunday = (7 - day.weekday().to_sunday_zero_offset()) % 7;
    date(year, month, from + days_to_sunday)
}

const fn two_digits(value: u32) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(calendar: &Calendar, style: TimeStyle, day: u32, minute: u32, zone: Zone) -> String {
        let mut out = Vec::new();
        calendar.write_instant(&mut out, style, day, minute, zone);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn instants_are_written_in_three_styles() {
        let calendar = Calendar::new(date(2026, 10, 31), 3).unwrap();
        for (style, day, minute, zone, want) in [
            (TimeStyle::Offset, 0, 540, Zone::Eastern, "2026-10-31T09:00:00-04:00"),
            (TimeStyle::UtcMillis, 0, 545, Zone::Eastern, "2026-10-31T13:05:00.000Z"),
            (TimeStyle::Utc, 0, 1_430, Zone::Hawaii, "2026-11-01T09:50:00Z"),
            (TimeStyle::Offset, 0, 1_440, Zone::Pacific, "2026-11-01T00:00:00-07:00"),
            (TimeStyle::Offset, 1, 540, Zone::Pacific, "2026-11-01T09:00:00-08:00"),
            (TimeStyle::Offset, 2, 1_440, Zone::Arizona, "2026-11-03T00:00:00-07:00"),
        ] {
            assert_eq!(written(&calendar, style, day, minute, zone), want);
        }
    }

    #[test]
    fn summer_time_agrees_with_the_time_zone_database() {
        let zones = [
            (Zone::Eastern, "America/New_York"),
            (Zone::Central, "America/Chicago"),
            (Zone::Mountain, "America/Denver"),
            (Zone::Arizona, "America/Phoenix"),
            (Zone::Pacific, "America/Los_Angeles"),
            (Zone::Alaska, "America/Anchorage"),
            (Zone::Hawaii, "Pacific/Honolulu"),
        ];
        let start = date(2024, 1, 1);
        let calendar = Calendar::new(start, 1_100).unwrap();
        for day in 0..1_100 {
            for (zone, name) in zones {
                for minute in [0, 540, 1_200] {
                    let text = written(&calendar, TimeStyle::Offset, day, minute, zone);
                    let instant: jiff::Timestamp = text.parse().unwrap();
                    let there = instant.to_zoned(jiff::tz::TimeZone::get(name).unwrap());
                    assert_eq!(there.datetime().to_string(), text[..19], "{text} in {name}");
                    let utc: jiff::Timestamp = written(&calendar, TimeStyle::Utc, day, minute, zone).parse().unwrap();
                    assert_eq!(utc, instant);
                }
            }
        }
    }

    #[test]
    fn clinics_have_weekdays_even_in_a_plan_of_one_weekend() {
        let weekend = Calendar::new(date(2026, 10, 3), 2).unwrap();
        assert_eq!(weekend.weekdays(), [0, 1]);
        let week = Calendar::new(date(2026, 10, 3), 8).unwrap();
        assert_eq!(week.weekdays(), [2, 3, 4, 5, 6]);
        assert_eq!(week.n_weeks(), 2);
        assert!(Calendar::new(date(9999, 12, 30), 5).is_err());
    }
}
