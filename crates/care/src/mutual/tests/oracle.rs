//! Everything is worked out anew, minute by minute.

use jiff::tz::TimeZone;
use openslots_model::{LocalTimes, TimeOfDay, UnixSeconds, Weekday, Weekdays};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{ALL, instant, zone};
use crate::calendar::{BusyKind, BusyWindow, TimeRange};
use crate::mutual::{Candidate, Margins, Participant, Preferences, Reason, mutual_slots};

/// Minutes that are looked at.
const N_MINUTES: usize = 9 * 1_440;
/// Minutes from which on there may be slots, so that margins stay within.
const FIRST: i64 = 1_440;

/// Somebody by minutes.
#[derive(Debug, Clone)]
struct Minutes {
    windows: Vec<(i64, i64, BusyKind)>,
    before: u32,
    after: u32,
    counts_tentative: bool,
}

impl Minutes {
    fn is_busy(&self) -> Vec<bool> {
        let mut is_busy = vec![false; N_MINUTES];
        for (from, to, kind) in &self.windows {
            if *kind != BusyKind::Tentative || self.counts_tentative {
                is_busy[*from as usize..*to as usize].fill(true);
            }
        }
        is_busy
    }
}

/// A candidate by minutes.
#[derive(Debug, Clone)]
struct Slot {
    start: i64,
    minutes: i64,
    coarse: bool,
    zone: &'static str,
    miles: Option<f64>,
}

/// Preferences by minutes.
#[derive(Debug, Clone)]
struct Wishes {
    weekdays: Vec<Weekday>,
    hours: Vec<(u16, u16)>,
    earliest: Option<i64>,
    latest: Option<i64>,
    now: i64,
    notice: u32,
    visit: u32,
    max_miles: Option<f64>,
}

/// The world of a case: minutes from `base`.
struct World<'a> {
    base: UnixSeconds,
    busy: Vec<Vec<bool>>,
    people: &'a [Minutes],
    wishes: &'a Wishes,
}

impl World<'_> {
    fn at(&self, minute: i64) -> UnixSeconds {
        self.base.plus_seconds(minute * 60)
    }

    /// The first busy minute in a stretch, and all the busy time that it belongs to.
    fn busy_time(&self, person: usize, mut minutes: impl Iterator<Item = i64>) -> Option<TimeRange> {
        let is_busy = |minute: i64| self.busy[person][minute as usize];
        let first = minutes.find(|minute| is_busy(*minute))?;
        let from = (0..=first).rev().take_while(|minute| is_busy(*minute)).last()?;
        let to = (first..).take_while(|minute| is_busy(*minute)).last()? + 1;
        Some(TimeRange { start: self.at(from), end: self.at(to) })
    }

    fn objection(&self, participant: usize, start: i64, end: i64) -> Option<Reason> {
        let (before, after) = (i64::from(self.people[participant].before), i64::from(self.people[participant].after));
        if let Some(during) = self.busy_time(participant, start..end.max(start + 1).min(end + i64::from(start == end)))
        {
            return Some(Reason::Busy { participant, during });
        }
        let around = (start - before..start).chain(end..end + after);
        self.busy_time(participant, around).map(|during| Reason::Margin { participant, during })
    }

    fn objections(&self, start: i64, end: i64) -> Vec<Reason> {
        (0..self.people.len()).filter_map(|person| self.objection(person, start, end)).collect()
    }

    fn has_day(&self, minute: i64, zone: &TimeZone) -> bool {
        let weekday = self.at(minute).timestamp().to_zoned(zone.clone()).weekday();
        let weekday = Weekday::ALL[weekday.to_monday_zero_offset() as usize];
        self.wishes.weekdays.contains(&weekday)
    }

    fn has_hour(&self, minute: i64, zone: &TimeZone) -> bool {
        let shown = self.at(minute).timestamp().to_zoned(zone.clone());
        let of_day = shown.hour() as u16 * 60 + shown.minute() as u16;
        self.wishes.hours.is_empty() || self.wishes.hours.iter().any(|(from, to)| (*from..*to).contains(&of_day))
    }

    fn judge(&self, slot: &Slot) -> Result<(i64, i64), Vec<Reason>> {
        let zone = zone(slot.zone);
        let mut reasons = Vec::new();
        if self.wishes.max_miles.is_some_and(|most| slot.miles.unwrap_or(f64::MAX) > most) {
            reasons.push(Reason::TooFar);
        }
        let (start, end) = (slot.start, slot.start + slot.minutes);
        let noticed = self.wishes.now + i64::from(self.wishes.notice);
        let is_early = |minute: i64| minute < noticed || self.wishes.earliest.is_some_and(|earliest| minute < earliest);
        let is_late = |minute: i64| self.wishes.latest.is_some_and(|latest| minute >= latest);
        if !slot.coarse {
            reasons.extend(is_early(start).then_some(Reason::TooEarly));
            reasons.extend(is_late(start).then_some(Reason::TooLate));
            reasons.extend((!self.has_day(start, &zone)).then_some(Reason::Day));
            reasons.extend((!self.has_hour(start, &zone)).then_some(Reason::Hours));
            reasons.extend(self.objections(start, end));
            return if reasons.is_empty() { Ok((start, end)) } else { Err(reasons) };
        }
        let visit = i64::from(self.wishes.visit);
        let starts = || start..=end - visit;
        let in_time = || starts().filter(|minute| !is_early(*minute) && !is_late(*minute));
        let wanted: Vec<i64> =
            in_time().filter(|minute| self.has_day(*minute, &zone) && self.has_hour(*minute, &zone)).collect();
        let free = wanted.iter().copied().find(|minute| self.objections(*minute, minute + visit).is_empty());
        if let (Some(from), true) = (free, reasons.is_empty()) {
            let to = (from + visit..=end).take_while(|to| self.objections(from, *to).is_empty()).last();
            return Ok((from, to.expect("a visit fits")));
        }
        if starts().next().is_none() {
            reasons.push(Reason::TooShort);
        } else if starts().all(is_early) {
            reasons.push(Reason::TooEarly);
        } else if in_time().next().is_none() {
            reasons.push(Reason::TooLate);
        } else if wanted.is_empty() {
            let has_day = in_time().any(|minute| self.has_day(minute, &zone));
            reasons.push(if has_day { Reason::Hours } else { Reason::Day });
        } else if free.is_none() {
            reasons.extend(self.objections(wanted[0], wanted[0] + visit));
        }
        Err(reasons)
    }
}

const ZONES: [&str; 6] =
    ["America/New_York", "America/Denver", "America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "UTC"];

fn person() -> impl Strategy<Value = Minutes> {
    let kind = select(vec![BusyKind::Busy, BusyKind::Unavailable, BusyKind::Tentative]);
    let window = (FIRST - 300..FIRST + 5 * 1_440, prop_oneof![1..90_i64, 60..900_i64], kind)
        .prop_map(|(from, minutes, kind)| (from, from + minutes, kind));
    let margin = || prop_oneof![Just(0_u32), 1..60_u32];
    (proptest::collection::vec(window, 0..12), margin(), margin(), any::<bool>())
        .prop_map(|(windows, before, after, counts_tentative)| Minutes { windows, before, after, counts_tentative })
}

fn slot() -> impl Strategy<Value = Slot> {
    let length = prop_oneof![
        1 => Just((0, false)),
        4 => (1..120_i64).prop_map(|minutes| (minutes, false)),
        3 => (10..1_600_i64).prop_map(|minutes| (minutes, true)),
    ];
    let miles = proptest::option::of(select(vec![1.0, 5.0, 20.0]));
    (FIRST..FIRST + 4 * 1_440, length, select(ZONES.to_vec()), miles)
        .prop_map(|(start, (minutes, coarse), zone, miles)| Slot { start, minutes, coarse, zone, miles })
}

fn wishes() -> impl Strategy<Value = Wishes> {
    let minute = || 0..1_440_u16;
    let hours = prop_oneof![
        Just(Vec::new()),
        proptest::collection::vec((minute(), minute()).prop_map(|(a, b)| (a.min(b), a.max(b) + 1)), 1..3),
    ];
    let weekdays = prop_oneof![Just(Weekday::ALL.to_vec()), subsequence(Weekday::ALL.to_vec(), 1..7)];
    let bound = || proptest::option::of(FIRST..FIRST + 5 * 1_440);
    let rest = (FIRST - 200..FIRST + 600, 0..300_u32, 1..90_u32, proptest::option::of(Just(10.0)));
    (weekdays, hours, bound(), bound(), rest).prop_map(|(weekdays, hours, earliest, latest, rest)| {
        let (now, notice, visit, max_miles) = rest;
        Wishes { weekdays, hours, earliest, latest, now, notice, visit, max_miles }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn agrees_with_every_minute(
        base in select(vec!["2026-03-05T00:00Z", "2026-10-29T00:00Z", "2026-06-01T00:00Z"]),
        people in proptest::collection::vec(person(), 0..4),
        slots in proptest::collection::vec(slot(), 1..12),
        wishes in wishes(),
    ) {
        let base = instant(base);
        let busy = people.iter().map(Minutes::is_busy).collect();
        let world = World { base, busy, people: &people, wishes: &wishes };
        let participants: Vec<_> = people
            .iter()
            .map(|person| {
                let windows: Vec<_> = person
                    .windows
                    .iter()
                    .map(|(from, to, kind)| BusyWindow { start: world.at(*from), end: world.at(*to), kind: *kind })
                    .collect();
                let margins = Margins { before_minutes: person.before, after_minutes: person.after };
                Participant::new(&windows, margins, person.counts_tentative)
            })
            .collect();
        let candidates = slots.iter().enumerate().map(|(key, slot)| Candidate {
            key,
            start: world.at(slot.start),
            end: world.at(slot.start + slot.minutes),
            zone: zone(slot.zone),
            distance_miles: slot.miles,
            coarse: slot.coarse,
        });
        let preferences = Preferences {
            times: LocalTimes {
                weekdays: wishes.weekdays.iter().copied().collect::<Weekdays>(),
                times_of_day: wishes
                    .hours
                    .iter()
                    .map(|(from_minute, to_minute)| TimeOfDay { from_minute: *from_minute, to_minute: *to_minute })
                    .collect(),
                ..LocalTimes::ANY
            },
            max_distance_miles: wishes.max_miles,
            earliest: wishes.earliest.map(|minute| world.at(minute)),
            latest: wishes.latest.map(|minute| world.at(minute)),
            now: world.at(wishes.now),
            min_notice_minutes: wishes.notice,
            min_visit_minutes: wishes.visit,
        };
        let found = mutual_slots(candidates, &participants, &preferences, &ALL);

        let mut mutual = Vec::new();
        let mut misses = Vec::new();
        for (key, slot) in slots.iter().enumerate() {
            match world.judge(slot) {
                Ok((from, to)) => mutual.push((world.at(from), key, world.at(to))),
                Err(reasons) => misses.push((reasons.len(), slot.start, key, reasons)),
            }
        }
        mutual.sort_unstable_by_key(|(from, key, _)| (*from, *key));
        misses.sort_by_key(|(n_reasons, start, key, _)| (*n_reasons, *start, *key));
        prop_assert_eq!(found.n_mutual, mutual.len());
        prop_assert_eq!(found.earliest.map(|slot| slot.candidate.key), mutual.first().map(|(_, key, _)| *key));
        let got: Vec<_> =
            found.alternatives.iter().map(|slot| (slot.free.start, slot.candidate.key, slot.free.end)).collect();
        prop_assert_eq!(got, mutual);
        let got: Vec<_> = found.misses.iter().map(|miss| (miss.candidate.key, miss.reasons.clone())).collect();
        let want: Vec<_> = misses.into_iter().map(|(_, _, key, reasons)| (key, reasons)).collect();
        prop_assert_eq!(got, want);
    }
}
