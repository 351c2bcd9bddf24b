//! Cases by hand, and an oracle that goes through every minute.

mod oracle;

use jiff::tz::TimeZone;
use openslots_model::{LocalTimes, OffsetInstant, TimeOfDay, UnixSeconds, Weekday, Weekdays};

use super::{Candidate, Margins, Participant, Preferences, Ranking, Reason, Wanted, mutual_slots};
use crate::calendar::{BusyKind, BusyWindow, TimeRange};

/// An instant: `2026-03-08T09:00-05:00`.
fn instant(text: &str) -> UnixSeconds {
    OffsetInstant::parse_lenient(text).expect(text).0.instant
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect(name)
}

/// A time on 10 March 2026 in New York (`09:30`), or on a later day of that month (`12T09:30`).
fn at(text: &str) -> UnixSeconds {
    let (day, time) = text.split_once('T').unwrap_or(("10", text));
    instant(&format!("2026-03-{day}T{time}-04:00"))
}

fn range(start: &str, end: &str) -> TimeRange {
    TimeRange { start: at(start), end: at(end) }
}

/// An appointment in New York.
fn appointment(start: &str, end: &str) -> Candidate<String> {
    Candidate {
        key: start.to_owned(),
        start: at(start),
        end: at(end),
        zone: zone("America/New_York"),
        distance_miles: None,
        coarse: false,
    }
}

fn window(start: &str, end: &str) -> Candidate<String> {
    Candidate { coarse: true, ..appointment(start, end) }
}

/// Somebody who is busy at these times.
fn busy(times: &[(&str, &str)], before_minutes: u32, after_minutes: u32) -> Participant {
    let window = |(start, end): &(&str, &str)| BusyWindow { start: at(start), end: at(end), kind: BusyKind::Busy };
    let windows: Vec<_> = times.iter().map(window).collect();
    Participant::new(&windows, Margins { before_minutes, after_minutes }, false)
}

const ALL: Wanted = Wanted { n_alternatives: 100, per_day: 100, ranking: Ranking::Earliest, n_misses: 100 };

/// Why a candidate is not mutual; nothing when it is.
fn reasons(candidate: Candidate<String>, participants: &[Participant], preferences: &Preferences) -> Vec<Reason> {
    let found = mutual_slots([candidate], participants, preferences, &ALL);
    assert_eq!(found.n_mutual + found.misses.len(), 1);
    found.misses.into_iter().flat_map(|miss| miss.reasons).collect()
}

#[test]
fn appointments_are_held_against_busy_times() {
    let any = Preferences::any(at("00:00"));
    let one = [("09:00", "10:00")];
    let ten_to_eleven = |before, after| busy(&[("10:00", "11:00")], before, after);
    let busy_then = Reason::Busy { participant: 0, during: range("10:00", "11:00") };
    let on_the_way = Reason::Margin { participant: 0, during: range("10:00", "11:00") };
    for (start, end, participant, want) in [
        ("09:00", "10:00", ten_to_eleven(0, 0), None),
        ("11:00", "12:00", ten_to_eleven(0, 0), None),
        ("09:00", "10:01", ten_to_eleven(0, 0), Some(busy_then)),
        ("10:59", "12:00", ten_to_eleven(0, 0), Some(busy_then)),
        ("10:20", "10:40", ten_to_eleven(0, 0), Some(busy_then)),
        ("09:00", "12:00", ten_to_eleven(0, 0), Some(busy_then)),
        // Without a length.
        ("10:00", "10:00", ten_to_eleven(0, 0), Some(busy_then)),
        ("10:59", "10:59", ten_to_eleven(0, 0), Some(busy_then)),
        ("11:00", "11:00", ten_to_eleven(0, 0), None),
        ("09:59", "09:59", ten_to_eleven(0, 0), None),
        ("09:59", "09:59", ten_to_eleven(0, 1), None),
        ("09:59", "09:59", ten_to_eleven(0, 2), Some(on_the_way)),
        // An end before the start is no length.
        ("09:30", "09:00", ten_to_eleven(0, 0), None),
        // The way there and back.
        ("09:00", "09:40", ten_to_eleven(0, 20), None),
        ("09:00", "09:41", ten_to_eleven(0, 20), Some(on_the_way)),
        ("11:15", "12:00", ten_to_eleven(15, 0), None),
        ("11:14", "12:00", ten_to_eleven(15, 0), Some(on_the_way)),
        ("10:30", "12:00", ten_to_eleven(15, 0), Some(busy_then)),
        // Busy in it goes before busy on the way to it.
        ("09:00", "10:30", busy(&[("08:00", "08:50"), ("10:00", "11:00")], 15, 0), Some(busy_then)),
        ("11:00", "12:00", busy(&one, 0, 0), None),
    ] {
        let got = reasons(appointment(start, end), &[participant], &any);
        assert_eq!(got, want.as_slice(), "{start} to {end}");
    }
    let two = [busy(&[("09:00", "09:30"), ("09:30", "10:00")], 0, 0), busy(&[("09:30", "11:00")], 0, 0)];
    let want = [
        Reason::Busy { participant: 0, during: range("09:00", "10:00") },
        Reason::Busy { participant: 1, during: range("09:30", "11:00") },
    ];
    assert_eq!(reasons(appointment("09:15", "09:45"), &two, &any), want);
    assert_eq!(reasons(appointment("09:15", "09:45"), &[], &any), []);
}

#[test]
fn kinds_of_busy_times_count_as_it_is_said() {
    for (kind, counts_tentative, is_free) in [
        (BusyKind::Busy, false, false),
        (BusyKind::Unavailable, false, false),
        (BusyKind::Tentative, false, true),
        (BusyKind::Tentative, true, false),
    ] {
        let windows = [BusyWindow { start: at("09:00"), end: at("10:00"), kind }];
        let participant = Participant::new(&windows, Margins::default(), counts_tentative);
        let got = reasons(appointment("09:00", "10:00"), &[participant], &Preferences::any(at("00:00")));
        assert_eq!(got.is_empty(), is_free, "{kind:?}");
    }
}

#[test]
fn preferences_hold_on_the_clock_of_the_place() {
    let any = Preferences::any(at("00:00"));
    let mornings = LocalTimes { times_of_day: vec![TimeOfDay { from_minute: 480, to_minute: 720 }], ..LocalTimes::ANY };
    let tuesdays = LocalTimes { weekdays: Weekdays::NONE.with(Weekday::Tuesday), ..LocalTimes::ANY };
    let in_honolulu = |start, end| Candidate { zone: zone("Pacific/Honolulu"), ..appointment(start, end) };
    let far = |miles| Candidate { distance_miles: miles, ..appointment("09:00", "10:00") };
    let with = |times: &LocalTimes| Preferences { times: times.clone(), ..any.clone() };
    let within = Preferences { max_distance_miles: Some(10.0), ..any.clone() };
    let noticed = Preferences { min_notice_minutes: 60, now: at("08:30"), ..any.clone() };
    let between = Preferences { earliest: Some(at("09:00")), latest: Some(at("10:00")), ..any.clone() };
    for (candidate, preferences, want) in [
        (appointment("08:00", "09:00"), with(&mornings), &[][..]),
        (appointment("11:59", "13:00"), with(&mornings), &[]),
        (appointment("12:00", "13:00"), with(&mornings), &[Reason::Hours]),
        (in_honolulu("12:00", "13:00"), with(&mornings), &[Reason::Hours]),
        (in_honolulu("14:00", "15:00"), with(&mornings), &[]),
        (appointment("09:00", "10:00"), with(&tuesdays), &[]),
        (appointment("11T01:00", "11T02:00"), with(&tuesdays), &[Reason::Day]),
        (in_honolulu("11T01:00", "11T02:00"), with(&tuesdays), &[]),
        (far(Some(10.0)), within.clone(), &[]),
        (far(Some(10.1)), within.clone(), &[Reason::TooFar]),
        (far(None), within, &[Reason::TooFar]),
        (far(None), any.clone(), &[]),
        (appointment("09:30", "10:00"), noticed.clone(), &[]),
        (appointment("09:29", "10:00"), noticed, &[Reason::TooEarly]),
        (appointment("09:00", "11:00"), between.clone(), &[]),
        (appointment("08:59", "11:00"), between.clone(), &[Reason::TooEarly]),
        (appointment("10:00", "11:00"), between, &[Reason::TooLate]),
    ] {
        assert_eq!(reasons(candidate.clone(), &[], &preferences), want, "{} {preferences:?}", candidate.key);
    }
}

#[test]
fn a_visit_must_fit_into_what_is_free_of_a_window() {
    let any = Preferences::any(at("00:00"));
    let afternoons =
        LocalTimes { times_of_day: vec![TimeOfDay { from_minute: 780, to_minute: 1_020 }], ..LocalTimes::ANY };
    let in_the_afternoon = Preferences { times: afternoons, ..any.clone() };
    for (participants, preferences, want) in [
        (vec![], &any, Ok(range("09:00", "17:00"))),
        (vec![busy(&[("08:00", "10:00")], 0, 0)], &any, Ok(range("10:00", "17:00"))),
        (vec![busy(&[("09:29", "10:00"), ("12:00", "13:00")], 0, 0)], &any, Ok(range("10:00", "12:00"))),
        (vec![busy(&[("09:30", "10:00")], 0, 0)], &any, Ok(range("09:00", "09:30"))),
        (vec![busy(&[("09:30", "10:00")], 0, 10)], &any, Ok(range("10:00", "17:00"))),
        (vec![busy(&[("08:00", "09:30"), ("10:30", "11:00")], 15, 10)], &any, Ok(range("09:45", "10:20"))),
        (vec![busy(&[("09:00", "12:00")], 0, 0), busy(&[("12:15", "16:00")], 0, 0)], &any, Ok(range("16:00", "17:00"))),
        (
            vec![busy(&[("09:00", "12:00")], 0, 0), busy(&[("12:15", "16:31")], 0, 0)],
            &any,
            // As the earliest visit of all, at nine, has it.
            Err(vec![Reason::Busy { participant: 0, during: range("09:00", "12:00") }]),
        ),
        (vec![busy(&[("12:00", "13:30")], 0, 0)], &in_the_afternoon, Ok(range("13:30", "17:00"))),
        (vec![], &in_the_afternoon, Ok(range("13:00", "17:00"))),
        (
            vec![busy(&[("12:00", "18:00")], 0, 0)],
            &in_the_afternoon,
            Err(vec![Reason::Busy { participant: 0, during: range("12:00", "18:00") }]),
        ),
    ] {
        let found = mutual_slots([window("09:00", "17:00")], &participants, preferences, &ALL);
        let got = match found.earliest {
            Some(slot) => Ok(slot.free),
            None => Err(found.misses.into_iter().flat_map(|miss| miss.reasons).collect()),
        };
        assert_eq!(got, want, "{participants:?}");
    }
    let late = Preferences { earliest: Some(at("16:45")), ..any.clone() };
    let long = Preferences { min_visit_minutes: 481, ..any.clone() };
    let before = Preferences { latest: Some(at("09:00")), ..any.clone() };
    let mondays = Preferences {
        times: LocalTimes { weekdays: Weekdays::NONE.with(Weekday::Monday), ..LocalTimes::ANY },
        ..any.clone()
    };
    let at_night = Preferences {
        times: LocalTimes { times_of_day: vec![TimeOfDay { from_minute: 0, to_minute: 60 }], ..LocalTimes::ANY },
        ..any
    };
    for (preferences, want) in [
        (late, Reason::TooEarly),
        (long, Reason::TooShort),
        (before, Reason::TooLate),
        (mondays, Reason::Day),
        (at_night, Reason::Hours),
    ] {
        assert_eq!(reasons(window("09:00", "17:00"), &[], &preferences), [want]);
    }
}

#[test]
fn windows_go_through_changes_of_the_clock() {
    let with = |from_minute, to_minute| Preferences {
        times: LocalTimes { times_of_day: vec![TimeOfDay { from_minute, to_minute }], ..LocalTimes::ANY },
        ..Preferences::any(instant("2026-01-01T00:00Z"))
    };
    for (start, end, preferences, want) in [
        // From two to three there is nothing on the morning on which the clock is put forward ...
        ("2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", with(120, 180), Err(Reason::Hours)),
        ("2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", with(120, 181), Ok("2026-03-08T03:00-04:00")),
        ("2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", with(185, 200), Ok("2026-03-08T03:05-04:00")),
        // ... and half past one is there twice when it is put back.
        ("2026-11-01T01:00-04:00", "2026-11-01T12:00-05:00", with(90, 100), Ok("2026-11-01T01:30-04:00")),
        ("2026-11-01T01:45-04:00", "2026-11-01T12:00-05:00", with(90, 100), Ok("2026-11-01T01:30-05:00")),
        ("2026-11-01T01:45-04:00", "2026-11-01T12:00-05:00", with(60, 70), Ok("2026-11-01T01:00-05:00")),
        ("2026-11-01T00:45-04:00", "2026-11-03T12:00-05:00", with(30, 40), Ok("2026-11-02T00:30-05:00")),
    ] {
        let candidate = Candidate { start: instant(start), end: instant(end), ..window("00:00", "00:00") };
        let found = mutual_slots([candidate], &[], &preferences, &ALL);
        let got = match found.earliest {
            Some(slot) => Ok(slot.free.start),
            None => Err(found.misses[0].reasons[0]),
        };
        assert_eq!(got, want.map(instant), "{start} {:?}", preferences.times);
    }
}

#[test]
fn alternatives_are_spread_over_days_and_ranked() {
    let near = |start: &str, miles: f64| Candidate { distance_miles: Some(miles), ..appointment(start, start) };
    let candidates = [
        near("11T10:00", 3.0),
        near("09:00", 9.0),
        near("10:00", 1.0),
        near("10:00", 1.0),
        near("15:00", 2.0),
        near("12T08:00", 5.0),
        near("12T16:00", 4.0),
    ];
    for (n_alternatives, per_day, ranking, want) in [
        (0, 1, Ranking::Earliest, vec![]),
        (1, 1, Ranking::Distance, vec![1]),
        (2, 3, Ranking::Earliest, vec![1, 0]),
        (9, 1, Ranking::Earliest, vec![1, 0, 5]),
        (9, 0, Ranking::Earliest, vec![1, 0, 5]),
        (5, 2, Ranking::Earliest, vec![1, 2, 0, 5, 6]),
        (4, 2, Ranking::Earliest, vec![1, 2, 0, 5]),
        (9, 1, Ranking::Distance, vec![0, 6, 1]),
        (9, 3, Ranking::Distance, vec![2, 3, 0, 6, 5, 1]),
        (9, usize::MAX, Ranking::TimeOfDay(600), vec![2, 3, 0, 1, 5, 4, 6]),
        (9, 1, Ranking::TimeOfDay(1_020), vec![6, 0, 1]),
    ] {
        let numbered = candidates.iter().enumerate().map(|(number, candidate)| Candidate {
            key: number,
            start: candidate.start,
            end: candidate.end,
            zone: candidate.zone.clone(),
            distance_miles: candidate.distance_miles,
            coarse: false,
        });
        let wanted = Wanted { n_alternatives, per_day, ranking, n_misses: 3 };
        let found = mutual_slots(numbered, &[], &Preferences::any(at("00:00")), &wanted);
        let got: Vec<_> = found.alternatives.iter().map(|slot| slot.candidate.key).collect();
        assert_eq!(got, want, "{wanted:?}");
        assert_eq!(found.earliest.map(|slot| slot.candidate.key), Some(1));
        assert_eq!((found.n_candidates, found.n_mutual, found.misses.len()), (7, 7, 0));
    }
}

#[test]
fn the_nearest_misses_are_told() {
    let preferences = Preferences { max_distance_miles: Some(5.0), ..Preferences::any(at("09:00")) };
    let participant = busy(&[("09:00", "12:00")], 0, 0);
    let far = Candidate { distance_miles: Some(6.0), ..appointment("10:00", "11:00") };
    let near = |start, end| Candidate { distance_miles: Some(4.0), ..appointment(start, end) };
    let candidates =
        [far, near("11:00", "12:00"), near("08:00", "08:30"), near("09:00", "10:00"), near("12:00", "13:00")];
    for (n_misses, want) in [(0, &[][..]), (2, &["08:00", "09:00"]), (9, &["08:00", "09:00", "11:00", "10:00"])] {
        let wanted = Wanted { n_misses, ..ALL };
        let found = mutual_slots(candidates.clone(), std::slice::from_ref(&participant), &preferences, &wanted);
        let got: Vec<_> = found.misses.iter().map(|miss| miss.candidate.key.as_str()).collect();
        assert_eq!(got, want);
        assert_eq!((found.n_candidates, found.n_mutual), (5, 1));
    }
}
