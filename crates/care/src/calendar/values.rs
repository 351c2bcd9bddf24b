//! Values of properties: dates and times, durations, periods, offsets.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::SkipReason;
use super::property::Property;
use super::wall::{DAY_SECONDS, instant_at, wall_at, wall_of};
use super::zones::ZoneScope;

/// A duration longer than this is no duration: 1000 years.
const MAX_SECONDS: i64 = 366_000 * DAY_SECONDS;

/// What is written of a time, before its zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// What the clock shows.
    pub(super) wall: i64,
    pub(super) form: Form,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `19970714`
    Date,
    /// `19970714T133000`
    Local,
    /// `19970714T133000Z`
    Utc,
}

impl Written {
    /// Reads a `DATE` or a `DATE-TIME`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, is_utc) = match text.strip_suffix(['Z', 'z']) {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(date, 8) || time.is_some_and(|time| !digits(time, 6)) {
            return None;
        }
        let day = Date::new(date[..4].parse().ok()?, date[4..6].parse().ok()?, date[6..].parse().ok()?).ok()?;
        let midnight = wall_of(day.at(0, 0, 0, 0))?;
        let Some(time) = time else { return (!is_utc).then_some(Self { wall: midnight, form: Form::Date }) };
        let [hour, minute, second]: [i64; 3] =
            [time[..2].parse().ok()?, time[2..4].parse().ok()?, time[4..].parse().ok()?];
        // A leap second (`60`) is the second after it.
        let is_real = hour <= 23 && minute <= 59 && second <= 60;
        let form = if is_utc { Form::Utc } else { Form::Local };
        is_real.then_some(Self { wall: midnight + hour * 3_600 + minute * 60 + second, form })
    }

    /// The time, in a zone where none is written.
    pub(super) fn on(self, zone: &TimeZone) -> Moment {
        let zone = if self.form == Form::Utc { TimeZone::UTC } else { zone.clone() };
        Moment { wall: self.wall, is_date: self.form == Form::Date, zone }
    }
}

/// A time on a clock.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// What the clock shows.
    pub(super) wall: i64,
    /// Whether a whole day is meant.
    pub(super) is_date: bool,
    /// Whose clock.
    pub(super) zone: TimeZone,
}

impl Moment {
    pub(super) fn instant(&self) -> Option<i64> {
        instant_at(self.wall, &self.zone)
    }

    /// What another clock shows then; a whole day is the same day on every clock.
    pub(super) fn wall_on(&self, zone: &TimeZone) -> Option<i64> {
        if self.is_date { Some(self.wall) } else { self.instant().map(|instant| wall_at(instant, zone)) }
    }
}

/// The times of a property (`DTSTART` has one, `EXDATE` any number), with `clock` for those without a zone.
pub(super) fn moments<'p>(
    property: &'p Property<'_>,
    clock: &'p TimeZone,
    zones: &'p ZoneScope<'_>,
) -> impl Iterator<Item = Result<(Moment, Option<Span>), SkipReason>> + 'p {
    let zone = property.parameter("TZID").and_then(|name| match name {
        Some(name) => zones.find(name).map(Some).ok_or(SkipReason::Zone),
        None => Ok(None),
    });
    property.value().unwrap_or_default().split(',').map(move |value| {
        let (value, span) = match value.split_once('/') {
            Some((start, end)) => (start, Some(end)),
            None => (value, None),
        };
        let written = Written::parse(value.trim_ascii()).ok_or(SkipReason::Time)?;
        // Neither a day nor a time in UTC has a use for a zone.
        let zone = match (written.form, &zone) {
            (Form::Local, Ok(Some(zone))) => zone,
            (Form::Local, Err(reason)) => return Err(*reason),
            (Form::Date, _) => zones.home(),
            (Form::Local, Ok(None)) | (Form::Utc, _) => clock,
        };
        let moment = written.on(zone);
        let span = span.map(|end| Span::to_end(&moment, end.trim_ascii(), zone)).transpose()?;
        Ok((moment, span))
    })
}

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Days on the clock.
    pub(super) days: i64,
    /// Seconds after them.
    pub(super) seconds: i64,
}

impl Span {
    /// No time at all.
    pub(super) const NONE: Self = Self { days: 0, seconds: 0 };
    /// A whole day.
    pub(super) const DAY: Self = Self { days: 1, seconds: 0 };

    /// Reads a `DURATION` (`P1DT2H`, `-PT15M`, `P2W`).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, text) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        let mut span = Self::NONE;
        let (mut is_time, mut has_part, mut number) = (false, false, None::<i64>);
        for letter in text.strip_prefix(['P', 'p'])?.chars() {
            if let Some(digit) = letter.to_digit(10) {
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
                continue;
            }
            if letter.eq_ignore_ascii_case(&'T') && !is_time && number.is_none() {
                is_time = true;
                continue;
            }
            let (n, letter) = (number.take()?, letter.to_ascii_uppercase());
            match letter {
                'W' if !is_time => span.days = span.days.checked_add(n.checked_mul(7)?)?,
                'D' if !is_time => span.days = span.days.checked_add(n)?,
                'H' if is_time => span.seconds = span.seconds.checked_add(n.checked_mul(3_600)?)?,
                'M' if is_time => span.seconds = span.seconds.checked_add(n.checked_mul(60)?)?,
                'S' if is_time => span.seconds = span.seconds.checked_add(n)?,
                _ => return None,
            }
            has_part = true;
        }
        let is_bounded = span.days <= MAX_SECONDS / DAY_SECONDS && span.seconds <= MAX_SECONDS;
        (has_part && number.is_none() && is_bounded)
            .then_some(Self { days: sign * span.days, seconds: sign * span.seconds })
    }

    /// From a start to the end of a period, which is a time or a duration.
    fn to_end(start: &Moment, end: &str, zone: &TimeZone) -> Result<Self, SkipReason> {
        let span = match Self::parse(end) {
            Some(span) => span,
            None => Self::between(start, &Written::parse(end).ok_or(SkipReason::Time)?.on(zone))?,
        };
        if span.days < 0 || span.seconds < 0 { Err(SkipReason::Length) } else { Ok(span) }
    }

    /// From a start to an end: whole days between days, else seconds.
    pub(super) fn between(start: &Moment, end: &Moment) -> Result<Self, SkipReason> {
        let span = if start.is_date && end.is_date {
            Self { days: (end.wall - start.wall).div_euclid(DAY_SECONDS), seconds: 0 }
        } else {
            let (from, to) = start.instant().zip(end.instant()).ok_or(SkipReason::Time)?;
            Self { days: 0, seconds: to - from }
        };
        if span.days < 0 || span.seconds < 0 { Err(SkipReason::Length) } else { Ok(span) }
    }

    /// No less than it can take, in seconds.
    pub(super) fn at_most_seconds(self) -> i64 {
        // A clock is put back by a day at most.
        (self.days + i64::from(self.days > 0)) * DAY_SECONDS + self.seconds
    }

    /// When it is over that begins when a clock shows `wall`, at the instant `start`.
    pub(super) fn end(self, wall: i64, start: i64, zone: &TimeZone) -> Option<i64> {
        let after_days = if self.days == 0 { start } else { instant_at(wall + self.days * DAY_SECONDS, zone)? };
        Some(after_days + self.seconds)
    }
}

/// Reads a `UTC-OFFSET` (`-0500`, `+053012`) into seconds east of UTC.
pub(super) fn utc_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => return None,
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..4].parse().ok()?);
    let seconds: i32 = digits.get(4..).filter(|rest| !rest.is_empty()).map_or(Ok(0), str::parse).ok()?;
    (hours <= 23 && minutes <= 59 && seconds <= 59).then_some(sign * (hours * 3_600 + minutes * 60 + seconds))
}
