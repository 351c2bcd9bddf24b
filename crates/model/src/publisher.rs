//! Publishers and what we know of their state.

use serde::{Deserialize, Serialize};

use crate::{
    Availability, CrawlOutcome, Freshness, FreshnessPolicy, HeldRemoval, PublisherHints, PublisherNumber,
    PublisherSlug, UnixSeconds,
};

/// A publisher as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Its number in this store.
    pub number: PublisherNumber,
    /// Its short name.
    pub slug: PublisherSlug,
    /// What people call it.
    pub display_name: String,
    /// The manifest's URL as configured, secrets removed.
    pub manifest_url: String,
    /// Whether it is crawled on schedule.
    pub enabled: bool,
    /// Whether a configuration file names it: a process without that file does not crawl it.
    pub is_configured: bool,
    /// How its data age.
    pub policy: FreshnessPolicy,
    /// When the signature or token in its configured address ends, as far as that can be told.
    pub access_expires_at: Option<UnixSeconds>,
    /// Whether its manifest may be on the public Internet only: a list that somebody else keeps named it, not the
    /// operator.
    pub is_public_only: bool,
}

/// What we know of a publisher's state: the truth about freshness is what we and the publisher did, never
/// `meta.lastUpdated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherStatus {
    /// The publisher.
    pub publisher: Publisher,
    /// When the last crawl run began, if there was one.
    pub last_attempt_at: Option<UnixSeconds>,
    /// When the data were last known true: the beginning of the last run that read the whole manifest.
    pub last_success_at: Option<UnixSeconds>,
    /// When data were last read, in whole or in part: the beginning of the last run that was committed.
    pub last_read_at: Option<UnixSeconds>,
    /// How the last run ended.
    pub last_outcome: Option<CrawlOutcome>,
    /// Why the last run did not succeed.
    pub reason: Option<String>,
    /// The publisher's own claim of how recent its data are.
    pub transaction_time: Option<String>,
    /// When the next crawl is due, while a service crawls on schedule.
    pub next_due_at: Option<UnixSeconds>,
    /// Slots held.
    pub n_slots: u64,
    /// Free slots held.
    pub n_free_slots: u64,
    /// Issues recorded of the data held.
    pub n_issues: u64,
    /// Failed runs since the last one that read something.
    pub n_failures: u32,
    /// What its answers said of itself.
    pub hints: PublisherHints,
    /// What is no longer listed and stands until a second run agrees.
    pub held_removal: Option<HeldRemoval>,
    /// When all that it publishes was last read, rather than what had changed.
    pub last_snapshot_at: Option<UnixSeconds>,
}

impl PublisherStatus {
    /// The status of a publisher of which nothing is known yet.
    pub fn new(publisher: Publisher) -> Self {
        Self {
            publisher,
            last_attempt_at: None,
            last_success_at: None,
            last_read_at: None,
            last_outcome: None,
            reason: None,
            transaction_time: None,
            next_due_at: None,
            n_slots: 0,
            n_free_slots: 0,
            n_issues: 0,
            n_failures: 0,
            hints: PublisherHints::default(),
            held_removal: None,
            last_snapshot_at: None,
        }
    }

    /// How trustworthy its data are now.
    ///
    /// Fresh needs a recent run that read everything. Where some file fails again and again the rest is stale, and
    /// expires only when nothing at all is read any more.
    pub fn freshness(&self, now: UnixSeconds) -> Freshness {
        let policy = self.publisher.policy;
        match (policy.judge(self.last_success_at, now), policy.judge(self.last_read_at, now)) {
            (Freshness::Fresh, _) => Freshness::Fresh,
            (_, Freshness::Fresh | Freshness::Stale) => Freshness::Stale,
            (_, expired_or_unknown) => expired_or_unknown,
        }
    }
}

impl PublisherStatus {
    /// What is known of the availability of schedules with so many free slots ahead, of which the source itself says
    /// what is given.
    ///
    /// Many publishers list only what is free, so no slots mean that nothing is left only where all of a publisher was
    /// read just now, and no schedule says otherwise of itself. Of data that are too old to offer nothing is known.
    pub fn availability(
        &self,
        n_free_slots: u64,
        said: impl IntoIterator<Item = Option<Availability>>,
        now: UnixSeconds,
    ) -> Availability {
        let freshness = self.freshness(now);
        let was_read_whole = self.last_outcome.is_some_and(CrawlOutcome::is_success);
        let is_doubted = |said| matches!(said, Some(Availability::Some | Availability::Unknown));
        match freshness {
            Freshness::Expired | Freshness::Unknown => Availability::Unknown,
            _ if n_free_slots > 0 => Availability::Some,
            Freshness::Fresh if was_read_whole && !said.into_iter().any(is_doubted) => Availability::None,
            Freshness::Fresh | Freshness::Stale => Availability::Unknown,
        }
    }
}

/// What a server gave us to ask "has it changed?" with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publisher(policy: FreshnessPolicy) -> Publisher {
        Publisher {
            number: PublisherNumber(1),
            slug: "a".parse().expect("a slug"),
            display_name: "A".to_owned(),
            manifest_url: "https://a.example.org/$bulk-publish".to_owned(),
            enabled: true,
            is_configured: false,
            policy,
            access_expires_at: None,
            is_public_only: false,
        }
    }

    #[test]
    fn what_is_read_in_part_is_stale_and_expires_when_nothing_is_read() {
        let policy = FreshnessPolicy { fresh_for_seconds: 60, max_staleness_seconds: 600 };
        let status = |success: Option<i64>, read: Option<i64>| PublisherStatus {
            last_success_at: success.map(UnixSeconds),
            last_read_at: read.map(UnixSeconds),
            ..PublisherStatus::new(publisher(policy))
        };
        for (success, read, want) in [
            (Some(1_000), Some(1_000), Freshness::Fresh),
            (Some(900), Some(900), Freshness::Stale),
            (Some(0), Some(990), Freshness::Stale),
            (None, Some(990), Freshness::Stale),
            (None, Some(300), Freshness::Expired),
            (Some(300), Some(300), Freshness::Expired),
            (None, None, Freshness::Unknown),
        ] {
            assert_eq!(status(success, read).freshness(UnixSeconds(1_000)), want, "{success:?} {read:?}");
        }
    }

    #[test]
    fn nothing_is_known_of_the_availability_of_old_data() {
        let policy = FreshnessPolicy { fresh_for_seconds: 60, max_staleness_seconds: 600 };
        let status = |read_at: Option<i64>, outcome| PublisherStatus {
            last_success_at: read_at.map(UnixSeconds),
            last_read_at: read_at.map(UnixSeconds),
            last_outcome: Some(outcome),
            ..PublisherStatus::new(publisher(policy))
        };
        use Availability::{None as Nothing, Some as Something, Unknown};
        let whole = CrawlOutcome::Updated;
        for (read_at, outcome, n_free, said, want) in [
            (Some(1_000), whole, 3, None, Something),
            (Some(1_000), whole, 0, None, Nothing),
            (Some(1_000), whole, 0, Some(Nothing), Nothing),
            (Some(1_000), whole, 0, Some(Something), Unknown),
            (Some(1_000), CrawlOutcome::Partial, 0, None, Unknown),
            (Some(900), whole, 0, None, Unknown),
            (Some(900), whole, 3, None, Something),
            (Some(0), whole, 3, None, Unknown),
            (None, CrawlOutcome::Failed, 3, None, Unknown),
        ] {
            let judged = status(read_at, outcome).availability(n_free, [said], UnixSeconds(1_000));
            assert_eq!(judged, want, "{read_at:?} {outcome} {n_free} {said:?}");
        }
    }
}
