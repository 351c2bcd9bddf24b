//! What an operator should hear of a publisher before its users do.

use serde::Serialize;

use crate::{Freshness, PublisherStatus, UnixSeconds};

/// An end of access is told this long before.
const EXPIRES_SOON_SECONDS: i64 = 30 * 86_400;
const DAY_SECONDS: i64 = 86_400;
/// Differences of clocks from this on are told.
const MAX_SKEW_SECONDS: i64 = 300;
/// Failed runs in a row from this on are told; one or two happen.
const MIN_FAILURES: u32 = 3;

/// What kind of thing an operator should hear. Codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningCode {
    /// The signature of the manifest's URL ends within 30 days.
    AccessExpiresSoon,
    /// The signature of the manifest's URL has ended.
    AccessExpired,
    /// Something is no longer listed and stands until a second run agrees.
    RemovalHeld,
    /// The publisher's clock is off.
    ClockSkew,
    /// Crawls have failed again and again.
    Failing,
    /// The data are overdue by the publisher's own cadence.
    Stale,
    /// The data are too old to offer.
    Expired,
}

impl WarningCode {
    /// Every code.
    pub const ALL: [Self; 7] = [
        Self::AccessExpiresSoon,
        Self::AccessExpired,
        Self::RemovalHeld,
        Self::ClockSkew,
        Self::Failing,
        Self::Stale,
        Self::Expired,
    ];

    /// The code as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessExpiresSoon => "access-expires-soon",
            Self::AccessExpired => "access-expired",
            Self::RemovalHeld => "removal-held",
            Self::ClockSkew => "clock-skew",
            Self::Failing => "failing",
            Self::Stale => "stale",
            Self::Expired => "expired",
        }
    }
}

/// One thing that an operator should hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What kind of thing.
    pub code: WarningCode,
    /// What exactly, and what to do.
    pub detail: String,
}

impl PublisherStatus {
    /// What an operator should hear of the publisher now.
    pub fn warnings(&self, now: UnixSeconds) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |code, detail: String| warnings.push(Warning { code, detail });
        if let Some(expires_at) = self.publisher.access_expires_at {
            let advice = "get a new one from the publisher and configure it";
            match expires_at.0.saturating_sub(now.0) {
                left if left <= 0 => {
                    let detail = format!("the signature of its URL expired at {expires_at}; {advice}");
                    warn(WarningCode::AccessExpired, detail);
                }
                left if left <= EXPIRES_SOON_SECONDS => {
                    let n_days = left / DAY_SECONDS;
                    let detail = format!("the signature of its URL expires in {n_days} d, at {expires_at}; {advice}");
                    warn(WarningCode::AccessExpiresSoon, detail);
                }
                _ => {}
            }
        }
        if let Some(held) = self.held_removal {
            warn(WarningCode::RemovalHeld, format!("since {}: {held}", held.since));
        }
        if let Some(skew) = self.hints.clock_skew_seconds.filter(|skew| skew.abs() > MAX_SKEW_SECONDS) {
            let direction = if skew > 0 { "ahead of" } else { "behind" };
            warn(WarningCode::ClockSkew, format!("its clock is {} s {direction} ours; tell the publisher", skew.abs()));
        }
        if self.n_failures >= MIN_FAILURES {
            let reason = self.reason.as_deref().unwrap_or("reason unknown");
            warn(WarningCode::Failing, format!("{} crawls in a row have failed: {reason}", self.n_failures));
        }
        let read = self.last_success_at.map_or_else(
            || "no crawl has read all of its data yet".to_owned(),
            |at| format!("all of its data were last read at {at}"),
        );
        match self.freshness(now) {
            Freshness::Stale => warn(WarningCode::Stale, read),
            Freshness::Expired => warn(WarningCode::Expired, format!("its slots are not offered: {read}")),
            Freshness::Fresh | Freshness::Unknown => {}
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FreshnessPolicy, HeldRemoval, Publisher, PublisherHints, PublisherNumber};

    fn healthy() -> PublisherStatus {
        let publisher = Publisher {
            number: PublisherNumber(1),
            slug: "clinic".parse().expect("a slug"),
            display_name: "Clinic".to_owned(),
            manifest_url: "https://clinic.example/$bulk-publish".to_owned(),
            enabled: true,
            is_configured: false,
            policy: FreshnessPolicy { fresh_for_seconds: 3_600, max_staleness_seconds: 86_400 },
            access_expires_at: None,
            is_public_only: false,
        };
        let read_at = Some(UnixSeconds(1_000_000));
        PublisherStatus { last_success_at: read_at, last_read_at: read_at, ..PublisherStatus::new(publisher) }
    }

    #[test]
    fn each_thing_is_told_when_its_time_has_come() {
        let now = UnixSeconds(1_000_600);
        let signed = |left: i64| PublisherStatus {
            publisher: Publisher { access_expires_at: Some(now.plus_seconds(left)), ..healthy().publisher },
            ..healthy()
        };
        let skewed = |skew| PublisherStatus {
            hints: PublisherHints { clock_skew_seconds: Some(skew), ..PublisherHints::default() },
            ..healthy()
        };
        let failing = |n_failures| PublisherStatus { n_failures, ..healthy() };
        let read = |at| PublisherStatus { last_success_at: Some(at), last_read_at: Some(at), ..healthy() };
        let held = HeldRemoval { n_slots: 6, n_free_slots: 5, n_resources: 0, since: UnixSeconds(999_000) };
        for (status, want) in [
            (healthy(), vec![]),
            (signed(31 * 86_400), vec![]),
            (signed(30 * 86_400), vec![(WarningCode::AccessExpiresSoon, "expires in 30 d, at 1970-02-11T13:56:40Z")]),
            (signed(0), vec![(WarningCode::AccessExpired, "expired at")]),
            (
                PublisherStatus { held_removal: Some(held), ..healthy() },
                vec![(WarningCode::RemovalHeld, "6 slots (5 free)")],
            ),
            (skewed(-300), vec![]),
            (skewed(-301), vec![(WarningCode::ClockSkew, "301 s behind ours")]),
            (failing(2), vec![]),
            (failing(3), vec![(WarningCode::Failing, "3 crawls in a row")]),
            (read(UnixSeconds(990_000)), vec![(WarningCode::Stale, "last read at 1970-01-12")]),
            (read(UnixSeconds(0)), vec![(WarningCode::Expired, "not offered: all of its data were last read")]),
            (
                PublisherStatus { last_success_at: None, last_read_at: Some(UnixSeconds(990_000)), ..healthy() },
                vec![(WarningCode::Stale, "no crawl has read all")],
            ),
        ] {
            let warnings = status.warnings(now);
            assert_eq!(warnings.len(), want.len(), "{warnings:?}");
            for (warning, (code, detail)) in warnings.iter().zip(want) {
                assert_eq!(warning.code, code);
                assert!(warning.detail.contains(detail), "{}", warning.detail);
            }
        }
    }
}
