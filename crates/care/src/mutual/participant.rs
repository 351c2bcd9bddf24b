//! Somebody who has to be there, and when they cannot.

use openslots_model::UnixSeconds;

use super::Reason;
use crate::calendar::{BusyKind, BusyWindow, TimeRange};

const MINUTE_SECONDS: i64 = 60;

/// Time that a participant needs around an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Margins {
    /// To get there.
    pub before_minutes: u32,
    /// To get back.
    pub after_minutes: u32,
}

/// Somebody who has to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// When they cannot, in seconds, ascending; no two overlap or touch.
    busy: Vec<(i64, i64)>,
    before: i64,
    after: i64,
}

impl Participant {
    /// Somebody with these busy times, in any order; tentative ones count where it is said.
    pub fn new(windows: &[BusyWindow], margins: Margins, counts_tentative: bool) -> Self {
        let counts = |window: &&BusyWindow| {
            window.start < window.end && (counts_tentative || window.kind != BusyKind::Tentative)
        };
        let mut busy: Vec<_> = windows.iter().filter(counts).map(|window| (window.start.0, window.end.0)).collect();
        busy.sort_unstable();
        busy.dedup_by(|next, before| {
            let is_joined = next.0 <= before.1;
            if is_joined {
                before.1 = before.1.max(next.1);
            }
            is_joined
        });
        let seconds = |minutes: u32| i64::from(minutes) * MINUTE_SECONDS;
        Self { busy, before: seconds(margins.before_minutes), after: seconds(margins.after_minutes) }
    }

    /// The first busy time that is not over at an instant.
    fn not_over_at(&self, instant: i64) -> Option<(i64, i64)> {
        self.busy.get(self.busy.partition_point(|(_, to)| *to <= instant)).copied()
    }

    /// The first busy time in `[from, to)` with the margins around it.
    fn in_reach(&self, from: i64, to: i64) -> Option<(i64, i64)> {
        self.not_over_at(from - self.before).filter(|(begin, _)| *begin < to + self.after)
    }

    /// Why this participant, who has this number, cannot take an appointment.
    pub(super) fn objection(&self, participant: usize, from: i64, to: i64) -> Option<Reason> {
        let during = |(begin, end)| TimeRange { start: UnixSeconds(begin), end: UnixSeconds(end) };
        // One without a length lies in a busy time that begins with it, too.
        let in_it = self.not_over_at(from).filter(|(begin, _)| *begin < to || *begin == from);
        match in_it {
            Some(busy) => Some(Reason::Busy { participant, during: during(busy) }),
            None => self.in_reach(from, to).map(|busy| Reason::Margin { participant, during: during(busy) }),
        }
    }

    /// The first instant at which a visit could start after the busy time that is in its way; `None` if none is.
    pub(super) fn blocked_until(&self, from: i64, to: i64) -> Option<i64> {
        self.in_reach(from, to).map(|(_, end)| end + self.before)
    }

    /// When a visit that starts then, and that nothing is in the way of, must be over.
    pub(super) fn free_until(&self, from: i64) -> Option<i64> {
        self.not_over_at(from - self.before).map(|(begin, _)| begin - self.after)
    }
}
