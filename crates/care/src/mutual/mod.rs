//! Times that suit everybody: of the slots that are offered, those at which all participants are free.
//!
//! **An appointment is mutual** when all of this holds, its time being `[start, end)`:
//!
//! 1. It starts at or after `earliest` and `now` plus the notice that is needed, and before `latest`.
//! 2. It starts on a day and in an hour that are wanted, on the clock of the place.
//! 3. It is within the greatest distance, where there is one. What is not known to be near is not; virtual care is
//!    0 miles away.
//! 4. No participant is busy in it: no busy time `[from, to)` has an instant in common with it. Of an appointment
//!    without a length, its start must not lie in one.
//! 5. Nor in the margins around it, which a participant needs to get there (`[start - before, start)`) and back
//!    (`[end, end + after)`).
//!
//! **A window** (a coarse candidate: "between 9 and 5") is mutual when a visit of the least length that makes sense fits
//! into it that is an appointment as above.
//! The answer says which: the time from the earliest such visit's start for as long as all are free, and within the
//! window. Several participants' margins are taken off.
//!
//! **Busy** is what is busy or unavailable, and what is tentative for participants who count it.
//!
//! **Alternatives** are spread over the days on the places' clocks: the earliest of all first; then, day by day from the first,
//! the best of each day that has none yet; then the second best of each, and so on, to so many a day at most and so
//! many in all. Best is what the ranking says. They are listed by the ranking; among equals the earlier goes
//! first, then the one that was offered first.
//!
//! **Misses**: of the candidates that are not mutual, those with the fewest reasons, the earlier first, each with all its
//! reasons. Of a window the reasons are those of the earliest visit that days and hours would allow. Of a participant
//! one busy time is told, and nothing of what it is.

mod judge;
mod participant;
mod spread;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use openslots_model::{LocalTimes, UnixSeconds};

pub use participant::{Margins, Participant};

use crate::calendar::TimeRange;

/// A slot that could be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<K> {
    /// What the caller knows it by.
    pub key: K,
    /// The first instant.
    pub start: UnixSeconds,
    /// Behind the last instant.
    pub end: UnixSeconds,
    /// The clock of the place.
    pub zone: TimeZone,
    /// How far away the place is, where that is known; of virtual care 0.
    pub distance_miles: Option<f64>,
    /// Whether it is a window in which an appointment may lie, not an appointment's time.
    pub coarse: bool,
}

/// What suits.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    /// Days and hours for it to start, on the clock of the place.
    pub times: LocalTimes,
    /// No farther than this.
    pub max_distance_miles: Option<f64>,
    /// Starts no sooner.
    pub earliest: Option<UnixSeconds>,
    /// Starts before.
    pub latest: Option<UnixSeconds>,
    /// The present.
    pub now: UnixSeconds,
    /// Starts no sooner than so long from now.
    pub min_notice_minutes: u32,
    /// The shortest visit that makes sense in a window; at least a minute.
    pub min_visit_minutes: u32,
}

impl Preferences {
    /// Anything from now on.
    pub const fn any(now: UnixSeconds) -> Self {
        Self {
            times: LocalTimes::ANY,
            max_distance_miles: None,
            earliest: None,
            latest: None,
            now,
            min_notice_minutes: 0,
            min_visit_minutes: 30,
        }
    }
}

/// Which of several mutual slots is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranking {
    /// The earlier.
    Earliest,
    /// The one whose start is nearer to this minute of the day, on the clock of the place.
    TimeOfDay(u16),
    /// The nearer place; an unknown distance comes last.
    Distance,
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Alternatives in all.
    pub n_alternatives: usize,
    /// Alternatives a day at most; at least one.
    pub per_day: usize,
    /// Which are better.
    pub ranking: Ranking,
    /// Misses to explain.
    pub n_misses: usize,
}

/// A slot at which all are free.
#[derive(Debug, Clone, PartialEq)]
pub struct MutualSlot<K> {
    /// The slot.
    pub candidate: Candidate<K>,
    /// Its time; of a window the part that is free.
    pub free: TimeRange,
}

/// Why a candidate is not mutual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It starts before the earliest time, or without the notice that is needed.
    TooEarly,
    /// It starts at or after the latest time.
    TooLate,
    /// It is a window shorter than a visit.
    TooShort,
    /// It is on another day than is wanted.
    Day,
    /// It is at another hour than is wanted.
    Hours,
    /// It is farther away than is wanted, or nobody knows how far.
    TooFar,
    /// A participant, by number, is busy then.
    Busy {
        /// Which, from 0.
        participant: usize,
        /// When.
        during: TimeRange,
    },
    /// A participant, by number, is busy so shortly before or after that there is no time for the way.
    Margin {
        /// Which, from 0.
        participant: usize,
        /// When.
        during: TimeRange,
    },
}

/// A candidate that is not mutual.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss<K> {
    /// The slot.
    pub candidate: Candidate<K>,
    /// Everything that speaks against it.
    pub reasons: Vec<Reason>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct MutualSlots<K> {
    /// The mutual slot that starts first.
    pub earliest: Option<MutualSlot<K>>,
    /// The earliest and others, best first.
    pub alternatives: Vec<MutualSlot<K>>,
    /// How many candidates there were.
    pub n_candidates: usize,
    /// How many of them are mutual.
    pub n_mutual: usize,
    /// Those that came nearest to being mutual.
    pub misses: Vec<Miss<K>>,
}

/// Finds the slots at which all participants are free; see the [module](self) for what that means.
pub fn mutual_slots<K: Clone>(
    candidates: impl IntoIterator<Item = Candidate<K>>,
    participants: &[Participant],
    preferences: &Preferences,
    wanted: &Wanted,
) -> MutualSlots<K> {
    let judge = judge::Judge::new(participants, preferences);
    let mut mutual = Vec::new();
    let mut misses = BTreeMap::new();
    let mut n_candidates = 0;
    let mut reasons = Vec::new();
    for (number, candidate) in candidates.into_iter().enumerate() {
        n_candidates += 1;
        reasons.clear();
        if let Some(free) = judge.judge(&candidate, &mut reasons) {
            mutual.push(MutualSlot { candidate, free });
            continue;
        }
        let nearness = (reasons.len(), candidate.start, number);
        let is_near = || misses.last_key_value().is_some_and(|(farthest, _)| nearness < *farthest);
        if misses.len() < wanted.n_misses || is_near() {
            misses.insert(nearness, Miss { candidate, reasons: reasons.clone() });
            if misses.len() > wanted.n_misses {
                misses.pop_last();
            }
        }
    }
    let n_mutual = mutual.len();
    let (earliest, alternatives) = spread::choose(mutual, wanted);
    MutualSlots { earliest, alternatives, n_candidates, n_mutual, misses: misses.into_values().collect() }
}
