//! How old data may be before it is called stale, and before it is no longer offered.

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;

/// Clocks of processes on one machine may differ by this much, in seconds.
const MAX_AHEAD_SECONDS: i64 = 300;

/// How trustworthy a publisher's data are by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// Read within the publisher's cadence.
    Fresh,
    /// Overdue; served and labelled.
    Stale,
    /// Too old to offer.
    Expired,
    /// Never read.
    Unknown,
}

impl Freshness {
    /// Every freshness.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::Stale, Self::Expired, Self::Unknown];

    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }
}

/// The ages at which a publisher's data change their [`Freshness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshnessPolicy {
    /// Up to this age data are fresh, in seconds.
    pub fresh_for_seconds: u32,
    /// Beyond this age data are expired, in seconds.
    pub max_staleness_seconds: u32,
}

impl Default for FreshnessPolicy {
    /// Fresh for an hour, expired after three days.
    fn default() -> Self {
        Self { fresh_for_seconds: 3_600, max_staleness_seconds: 3 * 86_400 }
    }
}

impl FreshnessPolicy {
    /// The freshness of data that were last known true at `synced_at`.
    pub fn judge(self, synced_at: Option<UnixSeconds>, now: UnixSeconds) -> Freshness {
        let Some(synced_at) = synced_at else { return Freshness::Unknown };
        let age_seconds = now.0 - synced_at.0;
        // Read in what is still to come: the clock was put back, and nobody knows how old the data are.
        if age_seconds < -MAX_AHEAD_SECONDS {
            return Freshness::Stale;
        }
        if age_seconds <= i64::from(self.fresh_for_seconds) {
            Freshness::Fresh
        } else if age_seconds <= i64::from(self.max_staleness_seconds) {
            Freshness::Stale
        } else {
            Freshness::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_age_from_fresh_over_stale_to_expired() {
        let policy = FreshnessPolicy { fresh_for_seconds: 60, max_staleness_seconds: 600 };
        let judge = |age: i64| policy.judge(Some(UnixSeconds(10_000 - age)), UnixSeconds(10_000));
        for (age, want) in [
            (0, Freshness::Fresh),
            (60, Freshness::Fresh),
            (61, Freshness::Stale),
            (600, Freshness::Stale),
            (601, Freshness::Expired),
            (-5, Freshness::Fresh),
            (-301, Freshness::Stale),
        ] {
            assert_eq!(judge(age), want, "{age}");
        }
        assert_eq!(policy.judge(None, UnixSeconds(0)), Freshness::Unknown);
    }
}
