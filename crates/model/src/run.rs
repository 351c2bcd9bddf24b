//! Crawl runs: one publisher, one pass.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PublisherSlug, ResourceKind, UnixSeconds};

/// How a crawl run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrawlOutcome {
    /// Everything was read, something had changed.
    Updated,
    /// Everything was read or known to be the same; nothing had changed.
    Unchanged,
    /// Some files failed; the files that came are committed.
    Partial,
    /// Nothing could be read; the last good data stand.
    Failed,
    /// Asked for again within the minute that publishers are left alone; not fetched.
    TooSoon,
}

impl CrawlOutcome {
    /// The name in tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::TooSoon => "too-soon",
        }
    }

    /// Whether the publisher's data are known true as of this run.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Updated | Self::Unchanged)
    }
}

impl fmt::Display for CrawlOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one output file fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileOutcome {
    /// Fetched and read; some lines differ from what is kept.
    Fetched,
    /// A 304, or a body or lines equal to what is kept.
    Unchanged,
    /// Not read to its end; what is kept of it stands.
    Failed,
}

impl FileOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Fetched, Self::Unchanged, Self::Failed];

    /// The name in tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

/// The counts of one output file: `accepted + unchanged + rejected` is its number of lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// URL without secrets.
    pub url: String,
    /// Type that the manifest names.
    pub kind: ResourceKind,
    /// How it fared.
    pub outcome: FileOutcome,
    /// Bytes over the wire.
    pub n_bytes: u64,
    /// Lines that are new or differ, and were taken.
    pub n_accepted: u64,
    /// Lines that are as before.
    pub n_unchanged: u64,
    /// Lines that could not be taken, each a recorded issue.
    pub n_rejected: u64,
    /// Why it failed.
    pub error: Option<String>,
}

/// What a run set out to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunScope {
    /// All that the publisher publishes.
    #[default]
    Snapshot,
    /// What has changed since the last run: the next pages of a chain, or the answer to `_since`.
    Increment,
}

impl RunScope {
    /// The name in tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Increment => "increment",
        }
    }
}

/// What a publisher's answers said of itself, beside its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PublisherHints {
    /// How long the publisher wishes to be left alone between two crawls, in seconds: the longer of the manifest's
    /// `Cache-Control: max-age` and its `updateCadence`.
    pub wished_interval_seconds: Option<u32>,
    /// Until when it asked to be left alone (`Retry-After`).
    pub left_alone_until: Option<UnixSeconds>,
    /// How far its clock is ahead of ours by the `Date` of its manifest, in seconds; small differences count as none.
    pub clock_skew_seconds: Option<i64>,
}

/// What a run would have removed, and did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRemoval {
    /// Slots that are no longer listed and stand.
    pub n_slots: u64,
    /// Those of them that are free.
    pub n_free_slots: u64,
    /// Other resources that are no longer listed and stand.
    pub n_resources: u64,
    /// The beginning of the run that first missed them.
    pub since: UnixSeconds,
}

impl fmt::Display for HeldRemoval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n_slots, n_free_slots, n_resources, .. } = self;
        write!(f, "{n_slots} slots ({n_free_slots} free)")?;
        if *n_resources > 0 {
            write!(f, " and {n_resources} other resources")?;
        }
        write!(f, " are no longer listed; they are kept until a second crawl agrees")
    }
}

/// One publisher, one pass: what was read and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrawlRun {
    /// The publisher.
    pub publisher: PublisherSlug,
    /// When it began.
    pub started_at: UnixSeconds,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How it ended.
    pub outcome: CrawlOutcome,
    /// Why it did not succeed.
    pub reason: Option<String>,
    /// The publisher's own claim of how recent its data are.
    pub transaction_time: Option<String>,
    /// Output files of kept types, in manifest order.
    pub files: Vec<FileReport>,
    /// Output files of other types, by type.
    pub skipped_types: Vec<(String, u64)>,
    /// Bytes over the wire, the manifest included.
    pub n_bytes: u64,
    /// Free slots that are held of the publisher after the run.
    pub n_free_slots: u64,
    /// What it set out to read.
    #[serde(default)]
    pub scope: RunScope,
    /// Output files that were left out because they are of other states than the operator wants.
    #[serde(default)]
    pub n_files_of_other_states: u64,
    /// What the publisher's answers said of itself.
    #[serde(default)]
    pub hints: PublisherHints,
    /// What it would have removed, and did not.
    #[serde(default)]
    pub held_removal: Option<HeldRemoval>,
    /// Whether it failed through no fault of the publisher: what it said could not be kept.
    #[serde(default)]
    pub is_own_fault: bool,
}

impl CrawlRun {
    /// A run that has read nothing yet.
    pub const fn begun(publisher: PublisherSlug, started_at: UnixSeconds) -> Self {
        Self {
            publisher,
            started_at,
            duration_ms: 0,
            outcome: CrawlOutcome::Failed,
            reason: None,
            transaction_time: None,
            files: Vec::new(),
            skipped_types: Vec::new(),
            n_bytes: 0,
            n_free_slots: 0,
            scope: RunScope::Snapshot,
            n_files_of_other_states: 0,
            hints: PublisherHints { wished_interval_seconds: None, left_alone_until: None, clock_skew_seconds: None },
            held_removal: None,
            is_own_fault: false,
        }
    }

    /// Number of files with the outcome.
    pub fn n_files(&self, outcome: FileOutcome) -> u64 {
        self.files.iter().filter(|file| file.outcome == outcome).count() as u64
    }

    /// Lines taken, unchanged and rejected over all files.
    pub fn n_lines(&self) -> (u64, u64, u64) {
        self.files.iter().fold((0, 0, 0), |(accepted, unchanged, rejected), file| {
            (accepted + file.n_accepted, unchanged + file.n_unchanged, rejected + file.n_rejected)
        })
    }
}
