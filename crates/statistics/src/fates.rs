//! What became of slots by the time that they started.

use openslots_model::UnixSeconds;

use crate::{Histogram, MAX_LEAD_HOURS};

/// How a publisher has a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Not at all.
    Absent,
    /// Listed, but it cannot be booked.
    Taken,
    /// It can be booked.
    Free,
}

/// What had become of a slot by its start, if it could ever be booked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was still listed, as taken.
    Taken,
    /// It was no longer listed.
    Withdrawn,
    /// It could still be booked.
    Unfilled,
    /// It could still be booked by what was last heard, but that was too long ago.
    Unknown,
}

/// The life of a slot with one start, told turn by turn in the order of time. A slot that is given another start begins
/// another life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    start: UnixSeconds,
    presence: Presence,
    /// Since when it could be booked for the first time; `None` while it never could.
    offered_since: Option<Since>,
    /// When it last stopped being bookable.
    went_at: Option<UnixSeconds>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    At(UnixSeconds),
    /// Since before anything is known of it.
    Before,
}

impl Life {
    /// A slot of which it is known how it was before the first turn that is told: what came before that is not.
    pub fn known_as(start: UnixSeconds, before: Presence) -> Self {
        let offered_since = (before == Presence::Free).then_some(Since::Before);
        Self { start, presence: before, offered_since, went_at: None }
    }

    /// From an instant on the publisher has it like this. What comes behind its start changes nothing.
    pub fn turn(&mut self, at: UnixSeconds, after: Presence) {
        if at > self.start {
            return;
        }
        match (self.presence, after) {
            (Presence::Free, Presence::Taken | Presence::Absent) => self.went_at = Some(at),
            (_, Presence::Free) if self.offered_since.is_none() => self.offered_since = Some(Since::At(at)),
            _ => {}
        }
        self.presence = after;
    }

    /// What had become of it by its start, and for how many seconds it was on offer if it went before; `None`: it could
    /// never be booked. `is_heard`: whether the publisher's data were fresh at the start.
    pub fn fate(&self, is_heard: bool) -> Option<(Fate, Option<i64>)> {
        let since = self.offered_since?;
        let fate = match self.presence {
            Presence::Taken => Fate::Taken,
            Presence::Absent => Fate::Withdrawn,
            Presence::Free if is_heard => Fate::Unfilled,
            Presence::Free => Fate::Unknown,
        };
        let seconds = match (since, self.went_at, self.presence) {
            (Since::At(since), Some(went_at), Presence::Taken | Presence::Absent) => Some(went_at.0 - since.0),
            _ => None,
        };
        Some((fate, seconds))
    }
}

/// What became of the slots of an offer that started on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fates {
    /// Listed as taken.
    pub n_taken: u32,
    /// No longer listed.
    pub n_withdrawn: u32,
    /// Still to be booked.
    pub n_unfilled: u32,
    /// Nobody knows.
    pub n_unknown: u32,
    /// Windows of hours or days, of which none of this is counted.
    pub n_coarse: u32,
    /// For how many whole hours those that went were on offer, at most [`MAX_LEAD_HOURS`]; those that were there before
    /// anything is known are not in it.
    pub lifetimes: Histogram,
}

impl Fates {
    /// Counts an appointment.
    pub fn add(&mut self, fate: Fate, lifetime_seconds: Option<i64>) {
        match fate {
            Fate::Taken => self.n_taken += 1,
            Fate::Withdrawn => self.n_withdrawn += 1,
            Fate::Unfilled => self.n_unfilled += 1,
            Fate::Unknown => self.n_unknown += 1,
        }
        if let Some(seconds) = lifetime_seconds {
            let hours = u32::try_from(seconds.max(0) / 3_600).unwrap_or(u32::MAX);
            self.lifetimes.add(hours.min(MAX_LEAD_HOURS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_end_at_their_start() {
        use Presence::{Absent, Free, Taken};
        let start = UnixSeconds(100);
        for (before, turns, is_heard, want) in [
            (Absent, &[(10, Free), (40, Taken)][..], true, Some((Fate::Taken, Some(30)))),
            (Absent, &[(10, Free), (40, Absent)], true, Some((Fate::Withdrawn, Some(30)))),
            (Absent, &[(10, Free)], true, Some((Fate::Unfilled, None))),
            (Absent, &[(10, Free)], false, Some((Fate::Unknown, None))),
            (Absent, &[(10, Free), (40, Taken)], false, Some((Fate::Taken, Some(30)))),
            (Absent, &[(10, Taken), (40, Absent)], true, None),
            (Absent, &[(10, Taken), (20, Free), (30, Taken), (40, Absent)], true, Some((Fate::Withdrawn, Some(10)))),
            (Absent, &[(10, Free), (20, Taken), (30, Free), (60, Taken)], true, Some((Fate::Taken, Some(50)))),
            (Absent, &[(10, Free), (20, Taken), (30, Free)], true, Some((Fate::Unfilled, None))),
            (Free, &[(40, Taken)], true, Some((Fate::Taken, None))),
            (Taken, &[(10, Free), (40, Absent)], true, Some((Fate::Withdrawn, Some(30)))),
            (Free, &[], true, Some((Fate::Unfilled, None))),
            (Free, &[(100, Taken)], true, Some((Fate::Taken, None))),
            (Free, &[(101, Absent)], true, Some((Fate::Unfilled, None))),
            (Absent, &[(101, Free)], true, None),
        ] {
            let mut life = Life::known_as(start, before);
            turns.iter().for_each(|(at, after)| life.turn(UnixSeconds(*at), *after));
            assert_eq!(life.fate(is_heard), want, "{before:?} {turns:?}");
        }
    }
}
