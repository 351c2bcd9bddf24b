//! Events: how long they are, whether they take up time, what repeats, what is moved and what is called off.

use super::{calendar, check, event, instant, range, read, words, zone};
use crate::calendar::{BusyKind, BusyWindow, Limits, busy_times};

#[test]
fn events_last_as_long_as_they_say() {
    for (lines, want) in [
        (&["DTSTART:20260310T090000", "DTEND:20260310T100000"][..], Some("busy 03-10 09:00 to 03-10 10:00")),
        (&["DTSTART:20260310T130000Z", "DTEND:20260310T140000Z"], Some("busy 03-10 09:00 to 03-10 10:00")),
        (&["DTSTART;TZID=America/Denver:20260310T090000", "DURATION:PT90M"], Some("busy 03-10 11:00 to 03-10 12:30")),
        (
            &["DTSTART;TZID=America/Denver:20260310T090000", "DTEND;TZID=America/New_York:20260310T120000"],
            Some("busy 03-10 11:00 to 03-10 12:00"),
        ),
        // An end without a zone is on the clock of the start.
        (
            &["DTSTART;TZID=America/Denver:20260310T090000", "DTEND:20260310T100000"],
            Some("busy 03-10 11:00 to 03-10 12:00"),
        ),
        (
            &["DTSTART;TZID=\"America/Denver\":20260310T090000Z", "DURATION:PT1H"],
            Some("busy 03-10 05:00 to 03-10 06:00"),
        ),
        (&["DTSTART:20260310T090000", "DURATION:P1DT1H30S"], Some("busy 03-10 09:00 to 03-11 10:00")),
        (&["DTSTART:20260310T090000", "DURATION:+P1W"], Some("busy 03-10 09:00 to 03-17 09:00")),
        // Days of a duration are days on the clock, hours of it are hours.
        (&["DTSTART:20260307T120000", "DURATION:P1D"], Some("busy 03-07 12:00 to 03-08 12:00")),
        (&["DTSTART:20260307T120000", "DURATION:PT24H"], Some("busy 03-07 12:00 to 03-08 13:00")),
        (&["DTSTART;VALUE=DATE:20260310"], Some("busy 03-10 00:00 to 03-11 00:00")),
        (&["DTSTART:20260310"], Some("busy 03-10 00:00 to 03-11 00:00")),
        (&["DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260312"], Some("busy 03-10 00:00 to 03-12 00:00")),
        (&["DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260310"], Some("busy 03-10 00:00 to 03-11 00:00")),
        (&["DTSTART;VALUE=DATE:20260307", "DURATION:P2D"], Some("busy 03-07 00:00 to 03-09 00:00")),
        // Takes up no time.
        (&["DTSTART:20260310T090000"], None),
        (&["DTSTART:20260310T090000", "DTEND:20260310T090000"], None),
        // Outside the window, and reaching into it.
        (&["DTSTART:20260101T090000", "DTEND:20260101T100000"], None),
        (&["DTSTART:20260228T230000", "DTEND:20260301T000000"], None),
        (&["DTSTART:20260228T230000", "DTEND:20260301T000001"], Some("busy 02-28 23:00 to 03-01 00:00")),
        (&["DTSTART;VALUE=DATE:20250101", "DTEND;VALUE=DATE:20260302"], Some("busy 01-01 00:00 to 03-02 00:00")),
        // Skipped by the clock: with the offset before the gap. Shown twice: the first.
        (&["DTSTART:20260308T023000", "DURATION:PT1H"], Some("busy 03-08 03:30 to 03-08 04:30")),
        (&["DTSTART:20261101T013000", "DURATION:PT1H"], Some("busy 11-01 01:30 to 11-01 01:30")),
    ] {
        check(&event(lines), want.as_slice());
    }
    let long_hour = read(&event(&["DTSTART:20261101T013000", "DURATION:PT1H"]));
    assert_eq!(long_hour.windows[0].range(), range("2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00"));
}

#[test]
fn events_take_up_time_by_what_marks_them() {
    for (lines, want) in [
        (&[][..], Some("busy")),
        (&["STATUS:CONFIRMED", "TRANSP:OPAQUE"], Some("busy")),
        (&["STATUS:TENTATIVE"], Some("tentative")),
        (&["STATUS:CANCELLED"], None),
        (&["status:Cancelled"], None),
        (&["TRANSP:TRANSPARENT"], None),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:FREE"], None),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:FREE", "TRANSP:OPAQUE"], None),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"], Some("tentative")),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "STATUS:TENTATIVE"], Some("busy")),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:OOF"], Some("unavailable")),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:OOF", "STATUS:CANCELLED"], None),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"], Some("busy")),
        (&["X-MICROSOFT-CDO-BUSYSTATUS:UNHEARD-OF", "STATUS:TENTATIVE"], Some("tentative")),
    ] {
        let mut all = vec!["DTSTART:20260310T090000", "DTEND:20260310T100000"];
        all.extend(lines);
        let want = want.map(|kind| format!("{kind} 03-10 09:00 to 03-10 10:00"));
        check(&event(&all), want.as_deref().as_slice());
    }
}

#[test]
fn what_repeats_keeps_its_hour_on_the_clock() {
    check(
        &event(&["DTSTART:20260306T090000", "DTEND:20260306T100000", "RRULE:FREQ=WEEKLY;COUNT=2"]),
        &["busy 03-06 09:00 to 03-06 10:00", "busy 03-13 09:00 to 03-13 10:00"],
    );
    // In UTC it keeps its hour in UTC.
    check(
        &event(&["DTSTART:20260306T140000Z", "DTEND:20260306T150000Z", "RRULE:FREQ=WEEKLY;COUNT=2"]),
        &["busy 03-06 09:00 to 03-06 10:00", "busy 03-13 10:00 to 03-13 11:00"],
    );
    // Phoenix has no summer time.
    check(
        &event(&["DTSTART;TZID=America/Phoenix:20260306T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"]),
        &["busy 03-06 11:00 to 03-06 12:00", "busy 03-13 12:00 to 03-13 13:00"],
    );
    // A night shift that ends by DTEND has eight hours in every night, one by days of a DURATION ends at the same hour.
    check(
        &event(&["DTSTART:20260306T220000", "DTEND:20260307T060000", "RRULE:FREQ=DAILY;COUNT=3"]),
        &["busy 03-06 22:00 to 03-07 06:00", "busy 03-07 22:00 to 03-08 07:00", "busy 03-08 22:00 to 03-09 06:00"],
    );
    check(
        &event(&["DTSTART;VALUE=DATE:20260307", "RRULE:FREQ=WEEKLY;COUNT=2", "DTEND;VALUE=DATE:20260309"]),
        &["busy 03-07 00:00 to 03-09 00:00", "busy 03-14 00:00 to 03-16 00:00"],
    );
    // Skipped by the clock once.
    check(
        &event(&["DTSTART:20260307T023000", "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=3"]),
        &["busy 03-07 02:30 to 03-07 03:00", "busy 03-08 03:30 to 03-08 04:00", "busy 03-09 02:30 to 03-09 03:00"],
    );
}

#[test]
fn rules_end_when_they_say() {
    for (rule, want) in [
        ("FREQ=DAILY;UNTIL=20260311T130000Z", 2),
        ("FREQ=DAILY;UNTIL=20260311T125959Z", 1),
        ("FREQ=DAILY;UNTIL=20260311T090000", 2),
        ("FREQ=DAILY;UNTIL=20260311", 2),
        ("FREQ=DAILY;UNTIL=20260309", 1),
        ("FREQ=DAILY;COUNT=1", 1),
        ("FREQ=DAILY;COUNT=5;INTERVAL=2", 5),
        // The start counts though it is no Friday.
        ("FREQ=WEEKLY;BYDAY=FR;COUNT=3", 3),
    ] {
        let text = event(&["DTSTART:20260310T090000", "DURATION:PT1H", &format!("RRULE:{rule}")]);
        assert_eq!(read(&text).windows.len(), want, "{rule}");
    }
    let two_rules =
        ["DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"];
    assert_eq!(read(&event(&two_rules)).windows.len(), 3);
}

#[test]
fn occurrences_are_added_and_left_out() {
    let start = ["DTSTART;TZID=America/Denver:20260310T090000", "DURATION:PT1H"];
    for (lines, want) in [
        (
            &["RDATE;TZID=America/Denver:20260311T090000,20260312T090000"][..],
            &["03-10 11:00 to 03-10 12:00", "03-11 11:00 to 03-11 12:00", "03-12 11:00 to 03-12 12:00"][..],
        ),
        (
            &["RDATE;VALUE=PERIOD:20260311T150000Z/PT2H,20260312T150000Z/20260312T153000Z"],
            &["03-10 11:00 to 03-10 12:00", "03-11 11:00 to 03-11 13:00", "03-12 11:00 to 03-12 11:30"],
        ),
        (&["RDATE;VALUE=DATE:20260311"], &["03-10 11:00 to 03-10 12:00", "03-11 11:00 to 03-11 12:00"]),
        // The same occurrence twice.
        (&["RDATE;TZID=America/New_York:20260310T110000"], &["03-10 11:00 to 03-10 12:00"]),
        (
            &["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=America/Denver:20260311T090000", "EXDATE:20260312T150000Z"],
            &["03-10 11:00 to 03-10 12:00", "03-13 11:00 to 03-13 12:00"],
        ),
        // Without a zone, on the clock of the start; a day leaves out what begins on it.
        (&["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260311T090000"], &["03-10 11:00 to 03-10 12:00"]),
        (&["RRULE:FREQ=DAILY;COUNT=2", "EXDATE;VALUE=DATE:20260311"], &["03-10 11:00 to 03-10 12:00"]),
        (&["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260310T090000"], &["03-11 11:00 to 03-11 12:00"]),
        (&["EXDATE:20260310T090000"], &[]),
        (
            &["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260311T100000"],
            &["03-10 11:00 to 03-10 12:00", "03-11 11:00 to 03-11 12:00"],
        ),
    ] {
        let all = [&start[..], lines].concat();
        let want: Vec<String> = want.iter().map(|window| format!("busy {window}")).collect();
        check(&event(&all), &want.iter().map(String::as_str).collect::<Vec<_>>());
    }
    for exdate in ["EXDATE;VALUE=DATE:20260311", "EXDATE:20260311T000000", "EXDATE:20260311T040000Z"] {
        let text = event(&["DTSTART;VALUE=DATE:20260310", "RRULE:FREQ=DAILY;COUNT=3", exdate]);
        check(&text, &["busy 03-10 00:00 to 03-11 00:00", "busy 03-12 00:00 to 03-13 00:00"]);
    }
}

/// A meeting at nine on four days, and events that replace some of it.
fn series(replacements: &[&[&str]]) -> String {
    let mut lines = vec!["BEGIN:VEVENT", "UID:a", "DTSTART:20260310T090000", "DTEND:20260310T100000"];
    lines.extend(["RRULE:FREQ=DAILY;COUNT=4", "END:VEVENT"]);
    for replacement in replacements {
        lines.extend(["BEGIN:VEVENT", "UID:a"]);
        lines.extend(*replacement);
        lines.push("END:VEVENT");
    }
    calendar(&lines)
}

#[test]
fn occurrences_are_moved_and_called_off() {
    let days = |days: &[&str]| days.iter().map(|window| format!("busy {window}")).collect::<Vec<_>>();
    for (replacements, want) in [
        (
            &[&["RECURRENCE-ID:20260311T090000", "DTSTART:20260311T140000", "DTEND:20260311T150000"][..]][..],
            &[
                "03-10 09:00 to 03-10 10:00",
                "03-11 14:00 to 03-11 15:00",
                "03-12 09:00 to 03-12 10:00",
                "03-13 09:00 to 03-13 10:00",
            ][..],
        ),
        // Out of the series' days, named in UTC.
        (
            &[&["RECURRENCE-ID:20260311T130000Z", "DTSTART:20260420T090000", "DURATION:PT1H"]],
            &[
                "03-10 09:00 to 03-10 10:00",
                "03-12 09:00 to 03-12 10:00",
                "03-13 09:00 to 03-13 10:00",
                "04-20 09:00 to 04-20 10:00",
            ],
        ),
        (
            &[
                &["RECURRENCE-ID:20260311T090000", "STATUS:CANCELLED"],
                &[
                    "RECURRENCE-ID:20260310T090000",
                    "DTSTART:20260310T090000",
                    "DTEND:20260310T100000",
                    "TRANSP:TRANSPARENT",
                ],
            ],
            &["03-12 09:00 to 03-12 10:00", "03-13 09:00 to 03-13 10:00"],
        ),
        // Of two versions the newer.
        (
            &[
                &["RECURRENCE-ID:20260311T090000", "SEQUENCE:2", "STATUS:CANCELLED"],
                &["RECURRENCE-ID:20260311T090000", "SEQUENCE:1", "DTSTART:20260311T140000", "DTEND:20260311T150000"],
            ],
            &["03-10 09:00 to 03-10 10:00", "03-12 09:00 to 03-12 10:00", "03-13 09:00 to 03-13 10:00"],
        ),
        // This one and all after it.
        (
            &[&["RECURRENCE-ID;RANGE=THISANDFUTURE:20260312T090000", "DTSTART:20260312T110000", "DURATION:PT30M"]],
            &[
                "03-10 09:00 to 03-10 10:00",
                "03-11 09:00 to 03-11 10:00",
                "03-12 11:00 to 03-12 11:30",
                "03-13 11:00 to 03-13 11:30",
            ],
        ),
        (
            &[&["RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T090000", "STATUS:CANCELLED"]],
            &["03-10 09:00 to 03-10 10:00"],
        ),
        (
            &[
                &["RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T090000", "DTSTART:20260311T110000", "DURATION:PT30M"],
                &["RECURRENCE-ID;RANGE=THISANDFUTURE:20260313T090000", "DTSTART:20260314T100000", "DURATION:PT30M"],
            ],
            &[
                "03-10 09:00 to 03-10 10:00",
                "03-11 11:00 to 03-11 11:30",
                "03-12 11:00 to 03-12 11:30",
                "03-14 10:00 to 03-14 10:30",
            ],
        ),
    ] {
        check(&series(replacements), &days(want).iter().map(String::as_str).collect::<Vec<_>>());
    }
    // Nobody knows what this one replaces: it is there, and so is all that it could replace.
    let unknown = series(&[&["SEQUENCE:3", "RECURRENCE-ID:x", "DTSTART:20260311T140000", "DTEND:20260311T150000"]]);
    assert_eq!(read(&unknown).windows.len(), 5);
    // A newer version of the whole series.
    let newer = series(&[&["SEQUENCE:3", "DTSTART:20260310T150000", "DTEND:20260310T160000"]]);
    check(&newer, &["busy 03-10 15:00 to 03-10 16:00"]);
    // A replacement whose series is elsewhere is an event of its own.
    check(
        &event(&["UID:b", "RECURRENCE-ID:20260311T090000", "DTSTART:20260311T140000", "DURATION:PT1H"]),
        &["busy 03-11 14:00 to 03-11 15:00"],
    );
}

#[test]
fn windows_are_joined_by_kind() {
    let event = |start: &str, end: &str, mark: &str| {
        format!("BEGIN:VEVENT\nDTSTART:20260310T{start}00\nDTEND:20260310T{end}00\n{mark}\nEND:VEVENT\n")
    };
    let events = [
        event("0900", "1000", ""),
        event("0930", "1030", "STATUS:TENTATIVE"),
        event("1000", "1100", ""),
        event("1015", "1045", ""),
        event("1200", "1300", ""),
        event("1030", "1130", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"),
    ];
    check(
        &format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat()),
        &[
            "busy 03-10 09:00 to 03-10 11:00",
            "tentative 03-10 09:30 to 03-10 10:30",
            "unavailable 03-10 10:30 to 03-10 11:30",
            "busy 03-10 12:00 to 03-10 13:00",
        ],
    );
}

#[test]
fn free_busy_lists_are_read() {
    check(
        &calendar(&[
            "BEGIN:VFREEBUSY",
            "DTSTART:20260301T000000Z",
            "DTEND:20260401T000000Z",
            "FREEBUSY:20260310T130000Z/PT1H,20260310T140000Z/20260310T150000Z",
            "FREEBUSY;FBTYPE=FREE:20260310T160000Z/PT8H",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260311T130000Z/PT1H",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260312T130000Z/PT1H",
            "FREEBUSY;FBTYPE=X-FOCUS:20260313T130000Z/PT1H",
            "END:VFREEBUSY",
        ]),
        &[
            "busy 03-10 09:00 to 03-10 11:00",
            "unavailable 03-11 09:00 to 03-11 10:00",
            "tentative 03-12 09:00 to 03-12 10:00",
            "busy 03-13 09:00 to 03-13 10:00",
        ],
    );
}

#[test]
fn free_busy_lists_say_what_they_are_about() {
    let list = |start: &str, end: &str| format!("BEGIN:VFREEBUSY\nDTSTART:{start}\nDTEND:{end}\nEND:VFREEBUSY\n");
    let (april, june) = (list("20260401T040000Z", "20260501T040000Z"), list("20260601T040000Z", "20260701T040000Z"));
    let unbounded = "BEGIN:VFREEBUSY\nDTSTART:20260401T040000Z\nEND:VFREEBUSY\n";
    let event = "BEGIN:VEVENT\nDTSTART:20260401T040000Z\nEND:VEVENT\n";
    for (parts, want) in [
        (april.clone(), Some(range("2026-04-01T00:00-04:00", "2026-05-01T00:00-04:00"))),
        (june + &april, Some(range("2026-04-01T00:00-04:00", "2026-07-01T00:00-04:00"))),
        (april + event, None),
        (unbounded.to_owned(), None),
        (event.to_owned(), None),
    ] {
        assert_eq!(read(&format!("BEGIN:VCALENDAR\n{parts}END:VCALENDAR\n")).covers, want, "{parts}");
    }
}

#[test]
fn what_repeats_for_decades_is_entered_at_the_window() {
    let day = range("2026-03-10T00:00-04:00", "2026-03-11T00:00-04:00");
    let limits = Limits { max_steps: 200, ..Limits::default() };
    for rule in ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU", "FREQ=DAILY;INTERVAL=3", "FREQ=HOURLY;BYHOUR=9", "FREQ=MONTHLY"]
    {
        let text = event(&["DTSTART:19900110T090000", "DURATION:PT1H", &format!("RRULE:{rule}")]);
        let calendar = busy_times(text.as_bytes(), day, &zone("America/New_York"), &limits).expect(rule);
        let nine = BusyWindow {
            start: instant("2026-03-10T09:00-04:00"),
            end: instant("2026-03-10T10:00-04:00"),
            kind: BusyKind::Busy,
        };
        // From 1990-01-10 it is 13,208 days, not a multiple of 3.
        let want = if rule.contains("INTERVAL") { vec![] } else { vec![nine] };
        assert_eq!(calendar.windows, want, "{rule}");
    }
}

#[test]
fn several_calendars_are_one() {
    let two =
        event(&["DTSTART:20260310T090000", "DURATION:PT1H"]) + &event(&["DTSTART:20260311T090000", "DURATION:PT1H"]);
    assert_eq!(words(&read(&two)).len(), 2);
    let withdrawn =
        calendar(&["METHOD:CANCEL", "BEGIN:VEVENT", "DTSTART:20260310T090000", "DURATION:PT1H", "END:VEVENT"]);
    check(&(withdrawn + &event(&["DTSTART:20260311T090000", "DURATION:PT1H"])), &["busy 03-11 09:00 to 03-11 10:00"]);
}
