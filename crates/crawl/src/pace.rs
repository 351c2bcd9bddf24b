//! When a publisher is due: between its own wish, the operator's schedule and what failed.

use std::hash::Hasher;
use std::time::Duration;

use openslots_model::{PublisherSlug, PublisherStatus, UnixSeconds};
use rustc_hash::FxHasher;

/// How a process paces its crawls. [`Default`] is meant for production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Wait after the first failed run (1 min); it doubles with each further one.
    pub first_backoff: Duration,
    /// Longest wait after failed runs (6 h): a publisher that is gone is asked that often whether it is back.
    pub max_backoff: Duration,
    /// Failed runs in a row after which the breaker opens (5). Until then the publisher's own cadence bounds the wait.
    pub breaker_after: u32,
    /// A wish to be left alone is believed up to this (24 h), whether it is a cadence or a `Retry-After`.
    pub max_wish: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_backoff: Duration::from_secs(60),
            max_backoff: Duration::from_secs(6 * 3_600),
            breaker_after: 5,
            max_wish: Duration::from_secs(24 * 3_600),
        }
    }
}

/// Why a publisher is due when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueReason {
    /// It was never asked.
    New,
    /// The operator's schedule.
    Schedule,
    /// The publisher wishes to be asked less often than the schedule says.
    Wish,
    /// The publisher asked to be left alone until then.
    LeftAlone,
    /// Runs have failed.
    Backoff,
    /// So many runs have failed that only now and then it is asked whether it is back.
    BreakerOpen,
}

impl DueReason {
    /// The name in tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Schedule => "schedule",
            Self::Wish => "publisher-cadence",
            Self::LeftAlone => "retry-after",
            Self::Backoff => "back-off",
            Self::BreakerOpen => "breaker-open",
        }
    }
}

/// When a publisher is due, and why then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Not before this.
    pub at: UnixSeconds,
    /// What decided.
    pub reason: DueReason,
}

impl Pace {
    /// When the publisher is due by what is remembered of it; `scheduled` is the schedule's first time after its last
    /// attempt (or after now, whichever is earlier). `None`: never again.
    ///
    /// The schedule is the earliest: the publisher's wish, its `Retry-After` and failures only put it off.
    pub fn due(&self, status: &PublisherStatus, scheduled: Option<UnixSeconds>, now: UnixSeconds) -> Option<Due> {
        let Some(last) = status.last_attempt_at else { return Some(Due { at: now, reason: DueReason::New }) };
        // An attempt in the future is a clock that was put back.
        let last = last.min(now);
        let mut due = Due { at: scheduled?, reason: DueReason::Schedule };
        let mut put_off = |at: UnixSeconds, reason| {
            if at > due.at {
                due = Due { at, reason };
            }
        };
        if let Some(wish) = self.wished_interval(status) {
            put_off(last.plus_seconds(seconds(wish)), DueReason::Wish);
        }
        if status.n_failures > 0 {
            let reason = if self.is_breaker_open(status) { DueReason::BreakerOpen } else { DueReason::Backoff };
            put_off(last.plus_seconds(seconds(self.backoff(status, last))), reason);
        }
        if let Some(until) = self.left_alone_until(status, now) {
            put_off(until, DueReason::LeftAlone);
        }
        Some(due)
    }

    /// Whether so many runs have failed in a row that the publisher counts as gone.
    pub fn is_breaker_open(&self, status: &PublisherStatus) -> bool {
        status.n_failures >= self.breaker_after
    }

    /// Until when the publisher has asked to be left alone, as far as that is believed.
    pub fn left_alone_until(&self, status: &PublisherStatus, now: UnixSeconds) -> Option<UnixSeconds> {
        let last = status.last_attempt_at.unwrap_or(now).min(now);
        Some(status.hints.left_alone_until?.min(last.plus_seconds(seconds(self.max_wish))))
    }

    /// How long the publisher wishes to be left alone between two crawls, as far as that is believed.
    pub fn wished_interval(&self, status: &PublisherStatus) -> Option<Duration> {
        let wish = status.hints.wished_interval_seconds?;
        Some(Duration::from_secs(u64::from(wish)).min(self.max_wish))
    }

    /// The wait after the last of `n_failures` failed runs: doubling, bounded, and different for each publisher so
    /// that those who failed together do not come back together.
    fn backoff(&self, status: &PublisherStatus, last: UnixSeconds) -> Duration {
        let n_doublings = status.n_failures.saturating_sub(1).min(20);
        let doubled = self.first_backoff.saturating_mul(1 << n_doublings);
        // What the publisher will have ready by its next cadence is not worth more than waiting for that.
        let bound = match self.wished_interval(status) {
            Some(cadence) if !self.is_breaker_open(status) => cadence.max(self.first_backoff).min(self.max_backoff),
            _ => self.max_backoff,
        };
        doubled.min(bound).mul_f64(jitter(&status.publisher.slug, last))
    }
}

/// A factor from 0.8 to 1.2, the same for the same publisher and moment.
fn jitter(slug: &PublisherSlug, moment: UnixSeconds) -> f64 {
    let mut hasher = FxHasher::default();
    hasher.write(slug.as_str().as_bytes());
    hasher.write_i64(moment.0);
    0.8 + 0.4 * (hasher.finish() >> 40) as f64 / f64::from(1 << 24)
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use openslots_model::{FreshnessPolicy, Publisher, PublisherHints, PublisherNumber};

    use super::*;

    fn status(n_failures: u32, hints: PublisherHints) -> PublisherStatus {
        let publisher = Publisher {
            number: PublisherNumber(1),
            slug: "clinic".parse().expect("a slug"),
            display_name: "Clinic".to_owned(),
            manifest_url: "https://clinic.example/$bulk-publish".to_owned(),
            enabled: true,
            is_configured: false,
            policy: FreshnessPolicy::default(),
            access_expires_at: None,
            is_public_only: false,
        };
        let last_attempt_at = Some(UnixSeconds(1_000));
        PublisherStatus { last_attempt_at, n_failures, hints, ..PublisherStatus::new(publisher) }
    }

    #[test]
    fn the_latest_of_all_that_put_it_off_decides() {
        let hints = |wish: Option<u32>, until: Option<i64>| PublisherHints {
            wished_interval_seconds: wish,
            left_alone_until: until.map(UnixSeconds),
            clock_skew_seconds: None,
        };
        for (scheduled, hints, at, reason) in [
            (1_300, hints(None, None), 1_300, DueReason::Schedule),
            (1_300, hints(Some(60), None), 1_300, DueReason::Schedule),
            (1_300, hints(Some(3_600), None), 4_600, DueReason::Wish),
            (1_300, hints(Some(3_600), Some(9_000)), 9_000, DueReason::LeftAlone),
            (1_300, hints(None, Some(900)), 1_300, DueReason::Schedule),
            // A year is believed for a day.
            (1_300, hints(Some(31_536_000), None), 1_000 + 86_400, DueReason::Wish),
            (1_300, hints(None, Some(31_536_000)), 1_000 + 86_400, DueReason::LeftAlone),
        ] {
            let due = Pace::default().due(&status(0, hints), Some(UnixSeconds(scheduled)), UnixSeconds(1_010));
            assert_eq!(due, Some(Due { at: UnixSeconds(at), reason }), "{hints:?}");
        }
        let never_asked = PublisherStatus { last_attempt_at: None, ..status(0, hints(Some(3_600), None)) };
        let due = Pace::default().due(&never_asked, None, UnixSeconds(7));
        assert_eq!(due, Some(Due { at: UnixSeconds(7), reason: DueReason::New }));
        assert_eq!(Pace::default().due(&status(0, hints(None, None)), None, UnixSeconds(7)), None);
        // A clock that was put back does not put a publisher off for years.
        let ahead = PublisherStatus {
            last_attempt_at: Some(UnixSeconds(1_000_000_000)),
            ..status(1, hints(Some(3_600), Some(1_000_090_000)))
        };
        let due = Pace::default().due(&ahead, Some(UnixSeconds(1_300)), UnixSeconds(1_000));
        assert!(due.is_some_and(|due| due.at.0 <= 1_000 + 86_400), "{due:?}");
    }

    #[test]
    fn waits_double_to_their_bound() {
        let wait = |n_failures, wish| {
            let hints = PublisherHints { wished_interval_seconds: wish, ..PublisherHints::default() };
            let status = status(n_failures, hints);
            let due = Pace::default().due(&status, Some(UnixSeconds(1_001)), UnixSeconds(1_001)).expect("due");
            ((due.at.0 - 1_000) as f64, due.reason)
        };
        for (n_failures, wish, want, reason) in [
            (1, None, 60.0, DueReason::Backoff),
            (2, None, 120.0, DueReason::Backoff),
            (4, None, 480.0, DueReason::Backoff),
            (5, None, 960.0, DueReason::BreakerOpen),
            (30, None, 21_600.0, DueReason::BreakerOpen),
            (4, Some(300), 300.0, DueReason::Backoff),
            (u32::MAX, Some(300), 21_600.0, DueReason::BreakerOpen),
        ] {
            let (waited, got) = wait(n_failures, wish);
            assert!((want * 0.79..=want * 1.21).contains(&waited), "{n_failures} {wish:?}: {waited}");
            assert!(got == reason || (got == DueReason::Wish && waited <= want), "{n_failures} {wish:?}: {got:?}");
        }
    }

    #[test]
    fn those_who_failed_together_come_back_apart() {
        let factors: Vec<f64> =
            (0..50).map(|n| jitter(&format!("clinic-{n}").parse().expect("a slug"), UnixSeconds(1_000))).collect();
        let (low, high) = factors.iter().fold((2.0f64, 0.0f64), |(low, high), f| (low.min(*f), high.max(*f)));
        assert!((0.8..0.9).contains(&low) && (1.1..=1.2).contains(&high), "{low} {high}");
    }
}
