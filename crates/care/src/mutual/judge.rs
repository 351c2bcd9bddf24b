//! Whether one candidate is mutual, and if not, why.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openslots_model::{LocalDate, LocalTimes, UnixSeconds, Weekday};

use super::{Candidate, Participant, Preferences, Reason};
use crate::calendar::{TimeRange, wall_at};

const MINUTE_SECONDS: i64 = 60;
const DAY_SECONDS: i64 = 86_400;

/// Judges candidates for some participants with some preferences.
pub(super) struct Judge<'a> {
    participants: &'a [Participant],
    preferences: &'a Preferences,
    not_before: i64,
    /// A visit in a window, in seconds.
    visit: i64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(participants: &'a [Participant], preferences: &'a Preferences) -> Self {
        let noticed = preferences.now.plus_seconds(i64::from(preferences.min_notice_minutes) * MINUTE_SECONDS);
        Self {
            participants,
            preferences,
            not_before: preferences.earliest.map_or(noticed, |earliest| earliest.max(noticed)).0,
            visit: i64::from(preferences.min_visit_minutes.max(1)) * MINUTE_SECONDS,
        }
    }

    /// The time of a mutual candidate; else `None`, and all reasons.
    pub(super) fn judge<K>(&self, candidate: &Candidate<K>, reasons: &mut Vec<Reason>) -> Option<TimeRange> {
        let farthest = self.preferences.max_distance_miles;
        let is_within = |farthest| candidate.distance_miles.is_some_and(|distance| distance <= farthest);
        if !farthest.is_none_or(is_within) {
            reasons.push(Reason::TooFar);
        }
        let (start, end) = (candidate.start.0, candidate.end.max(candidate.start).0);
        let times = self.times(&candidate.zone);
        let free = if candidate.coarse {
            self.judge_window(start, end, &candidate.zone, &times, reasons)
        } else {
            self.judge_appointment(start, end, &candidate.zone, &times, reasons);
            Some((start, end))
        };
        let free = free.filter(|_| reasons.is_empty());
        free.map(|(start, end)| TimeRange { start: UnixSeconds(start), end: UnixSeconds(end) })
    }

    /// The days and hours that are wanted, those seen from an instant as they are seen on this clock.
    fn times(&self, zone: &TimeZone) -> Cow<'a, LocalTimes> {
        match self.preferences.times.relative {
            None => Cow::Borrowed(&self.preferences.times),
            Some((_, seen)) => Cow::Owned(self.preferences.times.seen_from(wall_at(seen.0, zone))),
        }
    }

    fn judge_appointment(&self, start: i64, end: i64, zone: &TimeZone, times: &LocalTimes, reasons: &mut Vec<Reason>) {
        if start < self.not_before {
            reasons.push(Reason::TooEarly);
        }
        if self.preferences.latest.is_some_and(|latest| latest.0 <= start) {
            reasons.push(Reason::TooLate);
        }
        let wall = wall_at(start, zone);
        if !has_day(times, wall) {
            reasons.push(Reason::Day);
        }
        if !has_hour(times, wall) {
            reasons.push(Reason::Hours);
        }
        self.object(start, end, reasons);
    }

    fn object(&self, start: i64, end: i64, reasons: &mut Vec<Reason>) {
        let numbered = self.participants.iter().enumerate();
        reasons.extend(numbered.filter_map(|(number, participant)| participant.objection(number, start, end)));
    }

    /// The part of a window that is free from the earliest visit on.
    fn judge_window(
        &self,
        start: i64,
        end: i64,
        zone: &TimeZone,
        times: &LocalTimes,
        reasons: &mut Vec<Reason>,
    ) -> Option<(i64, i64)> {
        // The first and the last instant at which a visit can start.
        let (first, last) = (start.max(self.not_before), end - self.visit);
        let last_wanted = self.preferences.latest.map_or(last, |latest| last.min(latest.0 - 1));
        let out_of_bounds = if last < start {
            Some(Reason::TooShort)
        } else if last < self.not_before {
            Some(Reason::TooEarly)
        } else {
            (last_wanted < first).then_some(Reason::TooLate)
        };
        if let Some(reason) = out_of_bounds {
            reasons.push(reason);
            return None;
        }
        let Some(wanted) = first_wanted(times, zone, first, last_wanted) else {
            let at_any_hour = LocalTimes { times_of_day: Vec::new(), ..times.clone() };
            let has_day = first_wanted(&at_any_hour, zone, first, last_wanted).is_some();
            reasons.push(if has_day { Reason::Hours } else { Reason::Day });
            return None;
        };
        let mut visit = wanted;
        loop {
            let all_blocked = self.participants.iter().filter_map(|one| one.blocked_until(visit, visit + self.visit));
            let Some(blocked_until) = all_blocked.max() else { break };
            let next = Some(blocked_until).filter(|next| *next <= last_wanted);
            let Some(next) = next.and_then(|next| first_wanted(times, zone, next, last_wanted)) else {
                self.object(wanted, wanted + self.visit, reasons);
                return None;
            };
            visit = next;
        }
        let free_until = self.participants.iter().filter_map(|participant| participant.free_until(visit)).min();
        Some((visit, free_until.map_or(end, |until| until.min(end))))
    }
}

fn has_day(times: &LocalTimes, wall: i64) -> bool {
    let date = LocalDate::of_local_seconds(wall);
    times.dates.is_none_or(|(first, last)| (first..=last).contains(&date)) && times.weekdays.contains(Weekday::of(date))
}

fn has_hour(times: &LocalTimes, wall: i64) -> bool {
    let minute = wall.rem_euclid(DAY_SECONDS) / MINUTE_SECONDS;
    times.times_of_day.is_empty()
        || times.times_of_day.iter().any(|hours| (hours.from_minute.into()..hours.to_minute.into()).contains(&minute))
}

/// The first instant from one to another, both included, at which the clock of a zone shows a wanted time.
fn first_wanted(times: &LocalTimes, zone: &TimeZone, first: i64, last: i64) -> Option<i64> {
    if times.contains(wall_at(first, zone)) {
        return Some(first);
    }
    let mut transitions = zone.following(Timestamp::from_second(first).ok()?);
    let mut from = first;
    // In parts in which the clock is neither put forward nor back.
    loop {
        let next = transitions.next().map(|transition| transition.timestamp().as_second()).filter(|next| *next <= last);
        let offset = wall_at(from, zone) - from;
        let to = next.map_or(last, |next| next - 1);
        if let Some(wall) = first_shown(times, from + offset, to + offset) {
            return Some(wall - offset);
        }
        from = next?;
    }
}

/// The first wanted time that a clock shows, going from one to another, both included.
fn first_shown(times: &LocalTimes, first: i64, last: i64) -> Option<i64> {
    if times.contains(first) {
        return Some(first);
    }
    let day = |wall| i64::from(LocalDate::of_local_seconds(wall).0);
    let (mut from, mut to) = (day(first), day(last));
    if let Some((first_date, last_date)) = times.dates {
        from = from.max(first_date.0.into());
        to = to.min(last_date.0.into());
    }
    // Else a wanted time begins with a day or with its hours.
    let openings = |day: i64| {
        let hours = times.times_of_day.iter().map(|hours| i64::from(hours.from_minute) * MINUTE_SECONDS);
        let midnight = times.times_of_day.is_empty().then_some(0);
        let walls = hours.chain(midnight).map(move |second| day * DAY_SECONDS + second);
        walls.filter(|wall| (first..=last).contains(wall) && times.contains(*wall)).min()
    };
    (from..=to).find_map(openings)
}
