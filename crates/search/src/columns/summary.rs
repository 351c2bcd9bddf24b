//! What of a schedule's slots answers most questions without a look at them.
//!
//! Most ask from now on. So schedules are summed up as of a moment that goes on with the time: what can be booked then, and
//! since and until when that is so. Whoever asks from a moment in between on has the same answer.

use super::{ColumnWindow, TraitsKinds};

/// The slots of a schedule that can be booked as of a moment: appointments that have not begun, windows that are not over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Summary {
    n_bookable: u32,
    /// When the first of them starts; a window may have begun.
    first: u32,
    /// The first moment as of which they are the same.
    since: u32,
    /// The last one.
    until: u32,
}

/// What a summary tells of the slots that can be booked in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// There are none.
    Nothing,
    /// There are some.
    Some {
        /// When the first of them starts.
        first: u32,
        /// How many there are, if the window has no end.
        n: Option<u32>,
    },
    /// Nothing of use: their slots have to be looked at.
    Unknown,
}

impl Summary {
    /// Of the starts and traits of slots, in order.
    pub(super) fn of(slots: impl Iterator<Item = (u32, u32)>, kinds: &TraitsKinds, as_of: u32) -> Self {
        let mut summary = Self { n_bookable: 0, first: 0, since: 0, until: u32::MAX };
        for (start, traits) in slots {
            let kind = kinds.of(traits);
            if !kind.is_bookable {
                continue;
            }
            // The last moment when it is offered.
            let last = start.saturating_add(kind.offered_seconds.saturating_sub(1));
            if last < as_of {
                summary.since = summary.since.max(last + 1);
                continue;
            }
            if summary.n_bookable == 0 {
                summary.first = start;
            }
            summary.n_bookable += 1;
            summary.until = summary.until.min(last);
        }
        summary
    }

    /// Whether it holds as of a later moment.
    pub(super) const fn holds(&self, as_of: u32) -> bool {
        self.n_bookable == 0 || as_of <= self.until
    }

    /// What it tells of a window, which looks back as far as any slot that can be booked is offered, or not at all.
    pub(super) fn tell(&self, window: ColumnWindow) -> Told {
        if window.from < self.since {
            return Told::Unknown;
        }
        if self.n_bookable == 0 || window.before.is_some_and(|before| before <= self.first) {
            return Told::Nothing;
        }
        // Those that have begun and are not over count where they are asked for.
        let until = if window.look_back > 0 { self.until } else { self.first };
        if window.from <= until {
            Told::Some { first: self.first, n: window.before.is_none().then_some(self.n_bookable) }
        } else {
            Told::Unknown
        }
    }
}
