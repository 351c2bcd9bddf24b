//! What can be asked of a data directory, by its own process or by another one over the control socket.

use clap::ValueEnum;
use openslots_api::conformance::Conformance;
use openslots_crawl::{ProbeFailure, ProbeReport};
use openslots_model::{CrawlRun, Freshness, PublisherSlug, PublisherStatus};
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

/// A publisher to add.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddRequest {
    /// Its manifest.
    pub(crate) url: Url,
    /// What people call it.
    pub(crate) name: Option<String>,
    /// Its slug; else one is made of name or URL.
    pub(crate) slug: Option<PublisherSlug>,
    /// Add it without asking for its manifest.
    pub(crate) unchecked: bool,
}

/// A list of publishers to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    /// Where it is.
    pub(crate) source: ImportSource,
    /// Only these.
    pub(crate) category: Option<Category>,
    /// Tell what would be done, and do nothing.
    pub(crate) dry_run: bool,
}

/// Where a list of publishers is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportSource {
    /// In a file, read by who asks.
    Text {
        /// The file.
        name: String,
        /// What is in it.
        text: String,
    },
    /// On the web.
    Url(Url),
}

/// What the publishers of a list are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Category {
    /// Real appointments.
    Production,
    /// Data that somebody made up.
    Testing,
}

impl Category {
    /// The name in lists.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Testing => "testing",
        }
    }
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
    AddPublisher(AddRequest),
    /// Add the publishers of a list that somebody else keeps.
    ImportPublishers(ImportRequest),
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
    /// After a publisher was added, or not.
    PublisherAdded(Box<AddReport>),
    /// After a list of publishers was read.
    PublishersImported(ImportReport),
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
    /// How what it publishes stands to what is asked of it; `None` where nothing is held.
    #[serde(default)]
    pub(crate) conformance: Option<Conformance>,
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

/// What became of a publisher that was to be added.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddReport {
    /// Its manifest, without secrets.
    pub(crate) manifest_url: String,
    pub(crate) outcome: AddOutcome,
    /// Under this slug, unless it was refused.
    pub(crate) slug: Option<PublisherSlug>,
    /// Whether a running service will crawl it by itself.
    pub(crate) serving: bool,
    /// Whether its URL carries a credential, which is not kept.
    pub(crate) has_credential: bool,
    /// What its manifest says, if it was asked for.
    pub(crate) found: Option<ProbeReport>,
    /// Why it could not be had.
    pub(crate) failure: Option<ProbeFailure>,
}

/// Whether a publisher was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AddOutcome {
    /// It is new.
    Added,
    /// One with that manifest is known.
    Known,
    /// Its manifest could not be had.
    Refused,
}

/// What became of a list of publishers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportReport {
    /// Where the list was found.
    pub(crate) source: String,
    pub(crate) dry_run: bool,
    /// Whether a running service will crawl what is new by itself.
    pub(crate) serving: bool,
    /// In the order of the list.
    pub(crate) publishers: Vec<ImportedPublisher>,
    /// What was passed over, and why: the first thousand.
    pub(crate) passed_over: Vec<String>,
    /// How many more were passed over.
    pub(crate) n_more_passed_over: usize,
}

/// What became of a publisher of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedPublisher {
    pub(crate) outcome: ImportOutcome,
    /// Its slug here, if it has or would have one.
    pub(crate) slug: Option<PublisherSlug>,
    pub(crate) name: Option<String>,
    /// Without secrets.
    pub(crate) manifest_url: String,
    pub(crate) category: Option<String>,
    pub(crate) provider: Option<String>,
    /// What it needs beside its URL.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) needs: Vec<String>,
    /// Variables of the environment that `publisher_file` names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) variables: Vec<String>,
    /// What a file in `config/publishers` may begin with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) publisher_file: Option<serde_json::Value>,
}

/// What became of a publisher of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportOutcome {
    /// It is new (in a dry run: would be).
    Added,
    /// One with that manifest is known.
    Known,
    /// It needs secrets, which only a file in `config/publishers` gives.
    NeedsFile,
    /// It is of another category than was asked for.
    OtherCategory,
    /// A list on the public Internet names a manifest on a private address.
    NotPublic,
}
