//! Times as people read them: on the place's own clock, with the zone named.

use jiff::Zoned;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use openslots_model::UnixSeconds;

use crate::figures::span;

/// The start of a slot on the clock of its place: `Mon Nov 23, 9:30 AM EST`. Without a known zone, in UTC and so named.
pub(crate) fn local_start(start: UnixSeconds, time_zone: Option<&str>) -> String {
    start.timestamp().to_zoned(zone_of(time_zone)).strftime("%a %b %-d, %-I:%M %p %Z").to_string()
}

/// The days that a window of hours or days touches where its place is: `some time on Mon Nov 23`. Its first minute is no
/// appointment, so no time is shown.
pub(crate) fn local_days(start: UnixSeconds, seconds: u32, time_zone: Option<&str>) -> String {
    let zone = zone_of(time_zone);
    let last = start.plus_seconds(i64::from(seconds.saturating_sub(1)));
    let [first, last] = [start, last].map(|instant| instant.timestamp().to_zoned(zone.clone()));
    let day = |time: &Zoned| time.strftime("%a %b %-d").to_string();
    if first.date() == last.date() {
        format!("some time on {}", day(&first))
    } else {
        format!("some time from {} to {}", day(&first), day(&last))
    }
}

fn zone_of(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// How long ago something was: `3 minutes ago`.
pub(crate) fn ago(instant: UnixSeconds, now: UnixSeconds) -> String {
    let seconds = (now.0 - instant.0).max(0);
    let (count, unit) = match seconds {
        0..60 => return "less than a minute ago".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// How far ahead something is: `in 4 minutes`; what is past is to be done now.
pub(crate) fn ahead(instant: UnixSeconds, now: UnixSeconds) -> String {
    match u64::try_from(instant.0 - now.0) {
        Ok(seconds @ 1..) => format!("in {}", span(seconds)),
        _ => "now".to_owned(),
    }
}

/// A time in words, with the instant for programs and for whoever points at it.
pub(crate) fn time(instant: UnixSeconds, words: &str) -> Markup {
    let instant = instant.to_string();
    html! { time datetime=(instant) title=(instant) { (words) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_on_the_clock_of_the_place() {
        for (zone, want) in [
            (Some("America/New_York"), "Mon Nov 23, 9:30 AM EST"),
            (Some("Pacific/Honolulu"), "Mon Nov 23, 4:30 AM HST"),
            (None, "Mon Nov 23, 2:30 PM UTC"),
        ] {
            assert_eq!(local_start(UnixSeconds(1_795_444_200), zone), want);
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
            assert_eq!(local_days(UnixSeconds(start), seconds, zone), want);
        }
    }

    #[test]
    fn ages_are_in_words() {
        for (seconds, want) in
            [(5, "less than a minute ago"), (60, "1 minute ago"), (7_200, "2 hours ago"), (90_000, "1 day ago")]
        {
            assert_eq!(ago(UnixSeconds(0), UnixSeconds(seconds)), want);
        }
    }

    #[test]
    fn what_lies_ahead_is_in_words() {
        for (seconds, want) in
            [(-5, "now"), (0, "now"), (1, "in 1 second"), (240, "in 4 minutes"), (10_800, "in 3 hours")]
        {
            assert_eq!(ahead(UnixSeconds(1_000 + seconds), UnixSeconds(1_000)), want);
        }
        let shown = time(UnixSeconds(60), "a minute").into_string();
        assert_eq!(shown, r#"<time datetime="1970-01-01T00:01:00Z" title="1970-01-01T00:01:00Z">a minute</time>"#);
    }
}
