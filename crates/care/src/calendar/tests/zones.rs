//! Zones: by name, by Windows' name, and as a calendar describes them.

use super::{calendar, check, event, range, read, words, zone};
use crate::calendar::wall::{instant_at, wall_at};
use crate::calendar::{BusyCalendar, Limits, SkipReason, busy_times};

#[test]
fn zones_are_known_by_many_names() {
    for (name, want) in [
        ("America/Denver", "03-10 11:00"),
        ("america/denver", "03-10 11:00"),
        ("Mountain Standard Time", "03-10 11:00"),
        ("US Mountain Standard Time", "03-10 12:00"),
        ("\"W. Europe Standard Time\"", "03-10 04:00"),
        ("/freeassociation.sourceforge.net/America/Denver", "03-10 11:00"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "03-10 08:00"),
        ("UTC", "03-10 05:00"),
        ("Etc/GMT+7", "03-10 12:00"),
    ] {
        let text = event(&[&format!("DTSTART;TZID={name}:20260310T090000"), "DURATION:PT1H"]);
        assert!(words(&read(&text))[0].contains(want), "{name}: {:?}", words(&read(&text)));
    }
}

#[test]
fn all_windows_names_lead_to_a_zone() {
    let names: Vec<_> = crate::calendar::zones::WINDOWS_ZONES.lines().collect();
    assert!(names.len() > 130);
    for line in names {
        let (_, iana_name) = line.split_once('\t').expect(line);
        zone(iana_name);
    }
}

/// Lord Howe Island as Outlook would write it, under a name of its own.
const LORD_HOWE: [&str; 16] = [
    "BEGIN:VTIMEZONE",
    "TZID:Somewhere else",
    "BEGIN:STANDARD",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+1100",
    "TZOFFSETTO:+1030",
    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+1030",
    "TZOFFSETTO:+1100",
    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10",
    "TZNAME:Secret summer",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
];

#[test]
fn described_zones_agree_with_the_database() {
    let lord_howe = zone("Australia/Lord_Howe");
    let window = range("2026-01-01T00:00Z", "2027-01-01T00:00Z");
    let mut lines = LORD_HOWE.to_vec();
    lines.extend(["BEGIN:VEVENT", "DTSTART;TZID=Somewhere else:20260101T013000", "DURATION:PT10M"]);
    lines.extend(["RRULE:FREQ=MINUTELY;INTERVAL=15;COUNT=34000", "END:VEVENT"]);
    let text = calendar(&lines);
    let got = busy_times(text.as_bytes(), window, &zone("America/New_York"), &Limits::default()).expect("a calendar");
    assert_eq!(got.skipped, []);
    let start = instant_at(wall_at(window.start.0, &zone("UTC")) + 5_400, &lord_howe).expect("an instant");
    let first = wall_at(start, &lord_howe);
    let mut want: Vec<i64> = (0..34_000).filter_map(|n| instant_at(first + n * 900, &lord_howe)).collect();
    want.retain(|start| (window.start.0 - 599..window.end.0).contains(start));
    want.sort_unstable();
    want.dedup();
    let starts: Vec<i64> = got.windows.iter().map(|window| window.start.0).collect();
    assert_eq!(starts, want);
}

#[test]
fn descriptions_hold_in_their_calendar_only() {
    let uses = ["BEGIN:VEVENT", "DTSTART;TZID=Somewhere else:20260310T090000", "DURATION:PT1H", "END:VEVENT"];
    let own = calendar(&[&LORD_HOWE[..], &uses].concat());
    check(&own, &["busy 03-09 18:00 to 03-09 19:00"]);
    // After what uses it, and in another calendar.
    check(&calendar(&[&uses, &LORD_HOWE[..]].concat()), &["busy 03-09 18:00 to 03-09 19:00"]);
    let other = read(&(own + &calendar(&uses)));
    assert_eq!(other.skipped.iter().map(|skipped| skipped.reason).collect::<Vec<_>>(), [SkipReason::Zone]);
}

#[test]
fn descriptions_of_every_sort_are_read() {
    let with_event = |zone: &[&str]| {
        let uses = ["BEGIN:VEVENT", "DTSTART;TZID=Custom:20260310T090000", "DURATION:PT1H", "END:VEVENT"];
        calendar(&[&["BEGIN:VTIMEZONE", "TZID:Custom"], zone, &["END:VTIMEZONE"], &uses].concat())
    };
    let fixed = ["BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:-0700", "TZOFFSETTO:-0700", "END:STANDARD"];
    check(&with_event(&fixed), &["busy 03-10 12:00 to 03-10 13:00"]);
    // With the day of the change alone, on the clock before it.
    let by_dates = [
        "BEGIN:STANDARD",
        "DTSTART:20251102T020000",
        "TZOFFSETFROM:-0600",
        "TZOFFSETTO:-0700",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:20250309T020000",
        "RDATE:20260308T020000",
        "TZOFFSETFROM:-0700",
        "TZOFFSETTO:-0600",
        "END:DAYLIGHT",
    ];
    check(&with_event(&by_dates), &["busy 03-10 11:00 to 03-10 12:00"]);
    // Until a year in which the rule ended.
    let ended = [
        "BEGIN:DAYLIGHT",
        "DTSTART:20000402T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T090000Z",
        "TZOFFSETFROM:-0700",
        "TZOFFSETTO:-0600",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20001029T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T080000Z",
        "TZOFFSETFROM:-0600",
        "TZOFFSETTO:-0700",
        "END:STANDARD",
    ];
    check(&with_event(&ended), &["busy 03-10 12:00 to 03-10 13:00"]);
    check(&with_event(&["X-LIC-LOCATION:America/Denver"]), &["busy 03-10 11:00 to 03-10 12:00"]);
    for broken in [
        &[][..],
        &["BEGIN:STANDARD", "TZOFFSETFROM:-0700", "TZOFFSETTO:-0700", "END:STANDARD"],
        &["BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:-0700", "TZOFFSETTO:7", "END:STANDARD"],
        &[
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "RRULE:FREQ=YEARLY;BYMONTH=14",
            "TZOFFSETFROM:-0700",
            "TZOFFSETTO:-0700",
            "END:STANDARD",
        ],
    ] {
        let BusyCalendar { windows, skipped, .. } = read(&with_event(broken));
        assert_eq!(windows, []);
        assert_eq!(skipped.iter().map(|skipped| skipped.reason).collect::<Vec<_>>(), [SkipReason::Zone]);
    }
}
