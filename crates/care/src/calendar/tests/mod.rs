//! Calendars as programs write them, the examples of RFC 5545, and an oracle that goes through every day and minute.

mod damage;
mod events;
mod oracle;
mod rfc_examples;
mod zones;

use jiff::tz::TimeZone;
use openslots_model::{OffsetInstant, UnixSeconds};

use super::{BusyCalendar, BusyKind, Limits, TimeRange, busy_times};

/// An instant: `2026-03-08T09:00-05:00`.
fn instant(text: &str) -> UnixSeconds {
    OffsetInstant::parse_lenient(text).expect(text).0.instant
}

fn range(start: &str, end: &str) -> TimeRange {
    TimeRange { start: instant(start), end: instant(end) }
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect(name)
}

/// A calendar with these lines in it.
fn calendar(lines: &[&str]) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// A calendar with one event of these lines.
fn event(lines: &[&str]) -> String {
    let mut all = vec!["BEGIN:VEVENT"];
    all.extend(lines);
    all.push("END:VEVENT");
    calendar(&all)
}

/// What a calendar says of March to December 2026, for somebody at home in New York.
fn read(text: &str) -> BusyCalendar {
    let window = range("2026-03-01T00:00-05:00", "2027-01-01T00:00-05:00");
    busy_times(text.as_bytes(), window, &zone("America/New_York"), &Limits::default()).expect(text)
}

/// Busy windows in words: kind, start and end, on the clock of New York.
fn words(calendar: &BusyCalendar) -> Vec<String> {
    let zone = zone("America/New_York");
    let shown = |instant: UnixSeconds| instant.timestamp().to_zoned(zone.clone()).strftime("%m-%d %H:%M").to_string();
    let kind = |kind| match kind {
        BusyKind::Busy => "busy",
        BusyKind::Unavailable => "unavailable",
        BusyKind::Tentative => "tentative",
    };
    calendar.windows.iter().map(|w| format!("{} {} to {}", kind(w.kind), shown(w.start), shown(w.end))).collect()
}

/// Checks what a calendar that can be read wholly says.
fn check(text: &str, want: &[&str]) {
    let calendar = read(text);
    assert_eq!(words(&calendar), want, "{text}");
    assert_eq!(calendar.skipped, [], "{text}");
}
