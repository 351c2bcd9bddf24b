//! What can be asked of a data directory, by its own process or by another one over the control socket.

use openslots_model::{CrawlRun, Freshness, PublisherStatus};
use serde::{Deserialize, Serialize};
use url::Url;

/// A crawl, now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrawlRequest {
    /// Only these publishers; none and no manifests: all that are enabled.
    pub(crate) publishers: Vec<String>,
    /// Publishers to add on the fly.
    pub(crate) manifests: Vec<Url>,
    /// Ask even for what was asked for less than a minute ago.
    pub(crate) force: bool,
}

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Crawl, now.
    Crawl(CrawlRequest),
    /// The state of every publisher.
    Status,
    /// Add a publisher by its manifest URL.
    AddPublisher {
        /// The URL.
        url: Url,
    },
    /// Build the search index anew.
    RebuildIndex,
}

/// What is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    /// After a crawl.
    Crawl(CrawlReport),
    /// The state of every publisher.
    Status(StatusReport),
    /// After a publisher was added.
    PublisherAdded {
        /// Under this slug.
        slug: String,
        /// Whether it was known before.
        was_known: bool,
    },
    /// After the index was rebuilt.
    IndexRebuilt(IndexReport),
}

/// What a crawl did.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CrawlReport {
    /// A run for each publisher, in the order of their slugs.
    pub(crate) runs: Vec<CrawlRun>,
    /// From the first request to the index caught up, in milliseconds.
    pub(crate) duration_ms: u64,
}

/// The state of every publisher.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusReport {
    /// Whether a `serve` holds the data directory and answered.
    pub(crate) serving: bool,
    /// Each with its freshness now.
    pub(crate) publishers: Vec<JudgedStatus>,
}

/// The state of a publisher and what it means now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct JudgedStatus {
    /// What is known.
    #[serde(flatten)]
    pub(crate) status: PublisherStatus,
    /// How trustworthy its data are now.
    pub(crate) freshness: Freshness,
    /// Seconds since the data were last known true.
    pub(crate) age_seconds: Option<i64>,
    /// Why it is due next when it is.
    #[serde(default)]
    pub(crate) due_reason: Option<String>,
    /// What an operator should hear of it.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// What an index holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IndexReport {
    /// Provider locations.
    pub(crate) n_provider_locations: u64,
    /// Slots.
    pub(crate) n_slots: u64,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: u64,
}
