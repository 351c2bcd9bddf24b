//! What the exchanges of a run have met so far: failures in a row, and what the publisher's answers said of itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use openslots_model::{PublisherHints, UnixSeconds};

/// A wish to be left alone is believed up to this, in seconds.
const MAX_LEFT_ALONE_SECONDS: i64 = 24 * 3_600;

/// What the exchanges of a run share.
#[derive(Debug, Default)]
pub(crate) struct RunHealth {
    n_failures_in_row: AtomicU32,
    hints: Mutex<PublisherHints>,
}

impl RunHealth {
    /// An exchange brought an answer of the publisher (whatever it says), or its server failed.
    pub(crate) fn note(&self, is_answered: bool) {
        if is_answered {
            self.n_failures_in_row.store(0, Ordering::Relaxed);
        } else {
            self.n_failures_in_row.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Failures since the last answer.
    pub(crate) fn n_failures_in_row(&self) -> u32 {
        self.n_failures_in_row.load(Ordering::Relaxed)
    }

    /// The publisher asks to be left alone; until when that is believed.
    pub(crate) fn leave_alone(&self, until: UnixSeconds, now: UnixSeconds) -> UnixSeconds {
        let until = until.min(now.plus_seconds(MAX_LEFT_ALONE_SECONDS));
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        hints.left_alone_until = hints.left_alone_until.max(Some(until));
        until
    }

    /// What a page of the manifest says; the longest wish counts.
    pub(crate) fn hint(&self, wished_interval_seconds: Option<u32>, clock_skew_seconds: Option<i64>) {
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        hints.wished_interval_seconds = hints.wished_interval_seconds.max(wished_interval_seconds);
        hints.clock_skew_seconds = hints.clock_skew_seconds.or(clock_skew_seconds);
    }

    /// All that was said.
    pub(crate) fn hints(&self) -> PublisherHints {
        *self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
