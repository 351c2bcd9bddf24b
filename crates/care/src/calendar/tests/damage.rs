//! What cannot be read is told, what is too much is refused, and nothing private comes out.

use proptest::prelude::*;

use super::{calendar, event, range, read, words, zone};
use crate::calendar::{BusyCalendar, CalendarError, Limits, SkipReason, Skipped, busy_times};

const NINE: [&str; 2] = ["DTSTART:20260310T090000", "DTEND:20260310T100000"];

#[test]
fn what_cannot_be_read_is_told() {
    use SkipReason::*;
    for (lines, reasons, n_windows) in [
        (&["SUMMARY:x"][..], &[NoStart][..], 0),
        (&["DTSTART:tomorrow"], &[Time], 0),
        (&["DTSTART"], &[Time], 0),
        (&["DTSTART;TZID=\"America/New_York:20260310T090000"], &[Time], 0),
        (&["DTSTART:20260230T090000", "DURATION:PT1H"], &[Time], 0),
        (&["DTSTART:20260310T250000", "DURATION:PT1H"], &[Time], 0),
        (&["DTSTART;TZID=Nowhere:20260310T090000", "DURATION:PT1H"], &[Zone], 0),
        (&["DTSTART:20260310T090000", "DTEND;TZID=Nowhere:20260310T100000"], &[Zone], 0),
        (&["DTSTART:20260310T090000", "DTEND:20260310T080000"], &[Length], 0),
        (&["DTSTART:20260310T090000", "DTEND:later"], &[Length], 0),
        (&["DTSTART:20260310T090000", "DURATION:1H"], &[Length], 0),
        (&["DTSTART:20260310T090000", "DURATION:PT"], &[Length], 0),
        (&["DTSTART:20260310T090000", "DURATION:-PT1H"], &[Length], 0),
        (&["DTSTART:20260310T090000", "DURATION:P999999999999999999W"], &[Length], 0),
        (&["DTSTART:20260310T090000", "DTSTART:20260311T090000", "DURATION:PT1H"], &[Repeated], 0),
        // What can be read counts.
        (&["DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=SOMETIMES"], &[Rule], 1),
        (&["DTSTART;VALUE=DATE:20260310", "RRULE:FREQ=HOURLY"], &[Rule], 1),
        (&["DTSTART:20260310T090000", "DURATION:PT1H", "RDATE:20260311T090000,later"], &[Time], 2),
        (&["DTSTART:20260310T090000", "DURATION:PT1H", "RDATE;TZID=Nowhere:20260311T090000"], &[Zone], 1),
        (&["DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:never"], &[Time], 2),
        (
            &["DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", "EXRULE:FREQ=DAILY"],
            &[Unsupported],
            2,
        ),
        (&["UID:a", "RECURRENCE-ID:never", "DTSTART:20260310T090000", "DURATION:PT1H"], &[Time], 1),
        (
            &["UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260310T090000", "DTSTART:20260310T090000", "DURATION:PT1H"],
            &[Unsupported],
            1,
        ),
        (
            &["UID:a", "RECURRENCE-ID:20260310T090000", "DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY"],
            &[Unsupported],
            1,
        ),
        // What takes up no time hides none.
        (&["DTSTART:tomorrow", "STATUS:CANCELLED"], &[], 0),
        (&["TRANSP:TRANSPARENT"], &[], 0),
    ] {
        let calendar = read(&event(lines));
        let want: Vec<_> = reasons.iter().map(|reason| Skipped { component: 1, reason: *reason }).collect();
        assert_eq!((calendar.skipped, calendar.windows.len()), (want, n_windows), "{lines:?}");
    }
}

#[test]
fn components_are_numbered_and_damage_stays_where_it_is() {
    let good = ["BEGIN:VEVENT", NINE[0], NINE[1], "END:VEVENT"];
    let text = calendar(
        &[
            &["BEGIN:VTODO", "DTSTART:nonsense", "END:VTODO"][..],
            &good,
            &["BEGIN:VEVENT", "DTSTART:nonsense", "END:VEVENT"],
            &["BEGIN:VFREEBUSY", "FREEBUSY:20260311T090000Z,20260311T090000Z/x", "END:VFREEBUSY"],
            &["BEGIN:VAVAILABILITY", "DTSTART:20260310T090000", "END:VAVAILABILITY"],
            // An alarm's own duration, an alarm without an end, a line without a colon, an end of nothing.
            &["BEGIN:VEVENT", NINE[0], "BEGIN:VALARM", "DURATION:PT5H", "BEGIN:X", "END:VALARM", "and so on", "END:X"],
            &[NINE[1], "END:VEVENT"],
            // An event in an event: the outer one has no end.
            &["BEGIN:VEVENT", "DTSTART:20260312T090000", "DTEND:20260312T100000"],
            &good,
        ]
        .concat(),
    );
    let calendar = read(&text);
    assert_eq!(words(&calendar), ["busy 03-10 09:00 to 03-10 10:00"]);
    let skip = |component, reason| Skipped { component, reason };
    let want = [
        skip(2, SkipReason::Time),
        skip(3, SkipReason::Time),
        skip(3, SkipReason::Length),
        skip(4, SkipReason::Unsupported),
        skip(6, SkipReason::NotEnded),
    ];
    assert_eq!(calendar.skipped, want);
}

#[test]
fn events_that_have_lost_their_ends_hide_no_other() {
    let lost = ["BEGIN:VEVENT", NINE[0], NINE[1]];
    let mut lines = lost.repeat(50);
    lines.push("END:VEVENT");
    let calendar = read(&calendar(&lines));
    assert_eq!(words(&calendar), ["busy 03-10 09:00 to 03-10 10:00"]);
    let not_ended = |component| Skipped { component, reason: SkipReason::NotEnded };
    assert_eq!(calendar.skipped, (1..50).map(not_ended).collect::<Vec<_>>());
}

#[test]
fn many_versions_of_one_series_are_bounded() {
    let version = "BEGIN:VEVENT\nUID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nEND:VEVENT\n".repeat(500);
    let moved = "BEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20260310T090000\nDTSTART:20260310T090000\nEND:VEVENT\n".repeat(500);
    let text = format!("BEGIN:VCALENDAR\n{version}{moved}END:VCALENDAR\n");
    let window = range("2026-03-01T00:00-05:00", "2026-06-01T00:00-04:00");
    let limits = Limits { max_steps: 100_000, ..Limits::default() };
    let got = busy_times(text.as_bytes(), window, &zone("America/New_York"), &limits);
    assert_eq!(got, Err(CalendarError::TooManyOccurrences { limit: 100_000 }));
}

#[test]
fn a_text_that_is_cut_off_says_so() {
    let whole = calendar(&["BEGIN:VEVENT", NINE[0], NINE[1], "END:VEVENT", "BEGIN:VEVENT", NINE[0], "END:VEVENT"]);
    assert_eq!(read(&whole).skipped, []);
    let begins = whole.match_indices("\r\n").map(|(line_end, _)| line_end);
    for cut in begins.filter(|cut| (20..whole.len() - 3).contains(cut)) {
        let reasons: Vec<_> = read(&whole[..cut]).skipped.iter().map(|skipped| skipped.reason).collect();
        assert!(reasons.contains(&SkipReason::NotEnded), "{}", &whole[..cut]);
    }
}

#[test]
fn lines_of_every_form_are_read() {
    let plain = event(&[NINE[0], NINE[1], "DESCRIPTION:über alles\\n"]);
    let want = read(&plain);
    assert_eq!(want.windows.len(), 1);
    let folded: String = plain.replace("DTSTART:2026", "DTST\r\n ART:20\r\n\t26");
    let blank_lines = plain.replace("\r\n", "\r\n\r\n");
    for text in
        [plain.replace("\r\n", "\n"), folded.replace("\r\n", "\n"), folded, blank_lines, format!("\u{feff}{plain}")]
    {
        assert_eq!(read(&text), want, "{text:?}");
    }
    assert_eq!(read(plain.to_lowercase().replace("t090000", "T090000").as_str()), want);
    // A fold in the middle of a letter, and bytes that are no letters.
    let mut bytes = plain.clone().into_bytes();
    let at = plain.find("ber alles").expect("there");
    bytes.splice(at - 1..at - 1, *b"\r\n ");
    bytes.splice(at + 8..at + 9, [0xff, 0xfe]);
    let window = range("2026-03-01T00:00Z", "2026-04-01T00:00Z");
    let got = busy_times(&bytes, window, &zone("America/New_York"), &Limits::default());
    assert_eq!(got, Ok(want));
}

#[test]
fn what_is_too_much_is_refused() {
    let window = range("2026-03-01T00:00-05:00", "2026-06-01T00:00-04:00");
    let read = |text: &[u8], limits: &Limits| busy_times(text, window, &zone("America/New_York"), limits);
    let limits = Limits { max_bytes: 1_000, max_components: 3, max_steps: 1_000 };
    for text in ["", "<html></html>", "BEGIN:VEVENT\nDTSTART:20260310T090000\nEND:VEVENT\n"] {
        assert_eq!(read(text.as_bytes(), &limits), Err(CalendarError::NotACalendar), "{text}");
    }
    assert_eq!(read(b"\xff\xfeB\0E\0", &limits), Err(CalendarError::Utf16));
    let long = event(&[&format!("SUMMARY:{}", "x".repeat(1_000))]);
    assert_eq!(read(long.as_bytes(), &limits), Err(CalendarError::TooLarge { n_bytes: long.len(), limit: 1_000 }));
    let many = calendar(&["BEGIN:VEVENT", "BEGIN:VALARM", "END:VALARM", "BEGIN:VALARM", "END:VALARM", "END:VEVENT"]);
    assert_eq!(read(many.as_bytes(), &limits), Err(CalendarError::TooManyComponents { limit: 3 }));
    let deep = calendar(&["BEGIN:X"; 40]);
    assert_eq!(read(deep.as_bytes(), &Limits::default()), Err(CalendarError::TooDeep));
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=1,2,3,4,5",
        "FREQ=SECONDLY;COUNT=2000",
        "FREQ=MINUTELY;BYMONTH=1;BYSECOND=1,2,3,4,5,6,7,8,9;COUNT=4000",
    ] {
        let text = event(&["DTSTART:20260101T090000", "DURATION:PT1S", &format!("RRULE:{rule}")]);
        assert_eq!(read(text.as_bytes(), &limits), Err(CalendarError::TooManyOccurrences { limit: 1_000 }), "{rule}");
        assert!(CalendarError::TooManyOccurrences { limit: 1_000 }.to_string().contains("shorter time"));
    }
    // What repeats every second without a pause is one time.
    let text = event(&["DTSTART:20260301T090000", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"]);
    let day = range("2026-03-10T00:00-04:00", "2026-03-11T00:00-04:00");
    let calendar = busy_times(text.as_bytes(), day, &zone("America/New_York"), &Limits::default()).expect("enough");
    assert_eq!(calendar.windows.len(), 1);
    assert!(calendar.windows[0].range().overlaps(day));
}

#[test]
fn nothing_private_comes_out() {
    const SECRETS: [&str; 8] =
        ["Oncology", "Dr Pst", "ward 5", "alice@", "bob@", "uid-4711", "Feeling low", "Hidden zone"];
    let private = [
        "UID:uid-4711",
        "SUMMARY:Oncology",
        "LOCATION:ward 5",
        "DESCRIPTION:Feeling low",
        "ORGANIZER;CN=Dr Pst:mailto:alice@example.org",
        "ATTENDEE:mailto:bob@example.org",
    ];
    for lines in [
        &NINE[..],
        &["DTSTART;TZID=Hidden zone:20260310T090000"],
        &["DTSTART:Oncology", "DTEND:Feeling low"],
        &["DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=Oncology", "RDATE:Feeling low"],
        &["DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=SECONDLY;COUNT=900000000"],
        &["RECURRENCE-ID:uid-4711", "DTSTART:20260310T090000", "DURATION:PT1H"],
    ] {
        let text = event(&[&private[..], lines].concat());
        let window = range("2026-03-01T00:00-05:00", "2026-06-01T00:00-04:00");
        let got = busy_times(text.as_bytes(), window, &zone("America/New_York"), &Limits::default());
        let mut told = format!("{got:?}");
        match got {
            Ok(BusyCalendar { skipped, .. }) => told.extend(skipped.iter().map(|skipped| skipped.reason.to_string())),
            Err(error) => told += &error.to_string(),
        }
        for secret in SECRETS {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

/// Pieces that calendars are made of, and that break them.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "BEGIN:VCALENDAR\n",
        "BEGIN:VEVENT\n",
        "END:VEVENT\n",
        "END:VCALENDAR\n",
        "BEGIN:VTIMEZONE\n",
        "TZID:X\n",
        "BEGIN:STANDARD\n",
        "TZOFFSETFROM:-0500\n",
        "TZOFFSETTO:+2359\n",
        "END:STANDARD\n",
        "END:VTIMEZONE\n",
        "DTSTART;TZID=X:20260310T090000\n",
        "DTSTART;VALUE=DATE:99991231\n",
        "DTSTART:00010101T000000Z\n",
        "DTSTART:20260310T090000\n",
        "DTEND:99991231T235959Z\n",
        "DURATION:P365000D\n",
        "RRULE:FREQ=YEARLY;BYWEEKNO=-53,1,53;INTERVAL=1000000000\n",
        "RRULE:FREQ=MINUTELY;INTERVAL=999999999;BYMONTHDAY=31\n",
        "RRULE:FREQ=MONTHLY;BYDAY=-5SU;BYSETPOS=-366;COUNT=9\n",
        "RRULE:FREQ=DAILY;UNTIL=00010101\n",
        "RDATE;VALUE=PERIOD:20260310T090000Z/P1W,99991231T000000/PT1S\n",
        "EXDATE:20260310\n",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:00010101T000000Z\n",
        "UID:u\n",
        "FREEBUSY;FBTYPE=\":\n",
        "SEQUENCE:-9223372036854775808\n",
    ];
    prop_oneof![9 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}\n?"]
}

proptest! {
    #[test]
    fn no_text_panics(pieces in proptest::collection::vec(piece(), 0..60)) {
        let text = format!("BEGIN:VCALENDAR\n{}", pieces.concat());
        let window = range("2026-03-01T00:00-05:00", "2026-06-01T00:00-04:00");
        if let Ok(calendar) = busy_times(text.as_bytes(), window, &zone("America/New_York"), &Limits::default()) {
            for windows in calendar.windows.windows(2) {
                prop_assert!(windows[0].start <= windows[1].start);
            }
            for busy in &calendar.windows {
                prop_assert!(busy.start < busy.end && busy.range().overlaps(window));
                let touches = |other: &&crate::calendar::BusyWindow| {
                    other.kind == busy.kind && other.start <= busy.end && busy.start <= other.end
                };
                prop_assert_eq!(calendar.windows.iter().filter(touches).count(), 1);
            }
        }
    }
}
