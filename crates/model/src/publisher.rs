//! Publishers and what we know of their state.

use serde::{Deserialize, Serialize};

use crate::{CrawlOutcome, Freshness, FreshnessPolicy, PublisherNumber, PublisherSlug, UnixSeconds};

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
    /// How its data age.
    pub policy: FreshnessPolicy,
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
}

impl PublisherStatus {
    /// How trustworthy its data are now.
    pub fn freshness(&self, now: UnixSeconds) -> Freshness {
        self.publisher.policy.judge(self.last_success_at, now)
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
