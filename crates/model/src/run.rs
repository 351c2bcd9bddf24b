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
}

impl CrawlRun {
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
