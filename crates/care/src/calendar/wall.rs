//! What a clock on the wall shows, in seconds since it showed 1970-01-01T00:00, and the instants at which it does.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// Seconds in a day of a clock that is not put forward or back.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// What the clock of a zone shows at an instant, in seconds.
pub(crate) fn wall_at(instant: i64, zone: &TimeZone) -> i64 {
    let timestamp =
        Timestamp::from_second(instant).unwrap_or(if instant < 0 { Timestamp::MIN } else { Timestamp::MAX });
    instant.saturating_add(i64::from(zone.to_offset(timestamp).seconds()))
}

/// The instant at which the clock of a zone shows this; `None` at the ends of time.
///
/// Skipped by the clock: with the offset before the gap. Shown twice: the first.
pub(super) fn instant_at(wall: i64, zone: &TimeZone) -> Option<i64> {
    let shown = civil(wall)?;
    zone.to_ambiguous_timestamp(shown).compatible().ok().map(Timestamp::as_second)
}

/// Date and time of what a clock shows.
pub(super) fn civil(wall: i64) -> Option<DateTime> {
    Timestamp::from_second(wall).ok().map(|timestamp| Offset::UTC.to_datetime(timestamp))
}

/// What a clock shows at a date and time.
pub(super) fn wall_of(shown: DateTime) -> Option<i64> {
    Offset::UTC.to_timestamp(shown).ok().map(Timestamp::as_second)
}

/// Number of a day since 1970-01-01.
pub(super) fn day_number(date: Date) -> Option<i64> {
    wall_of(date.at(0, 0, 0, 0)).map(|wall| wall.div_euclid(DAY_SECONDS))
}

/// The day of a number since 1970-01-01.
pub(super) fn date_of(day_number: i64) -> Option<Date> {
    civil(day_number.checked_mul(DAY_SECONDS)?).map(DateTime::date)
}
