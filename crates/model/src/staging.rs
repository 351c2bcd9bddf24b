//! What passes between reading an output file and keeping it: known lines, batches of read lines, finished runs.
//!
//! The crawl compares before it parses. What is kept of an output file is, for each of its lines in order, a hash of
//! the line and an opaque token of the store; a line that is as before is handed over by its token alone.

use serde::{Deserialize, Serialize};

use crate::{CrawlRun, FileReport, Issue, PublicId, PublisherSlug, ResourceKind, SlotTraits, UnixSeconds, Validators};

/// The store's handle of an accepted line. Opaque to everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineToken(pub u64);

impl LineToken {
    /// The line was rejected, or its id came again later: it is read anew whenever its file is.
    pub const NONE: Self = Self(0);
}

/// One line of an output file as it was last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLine {
    /// xxh3-64 of the line's bytes, without its line end.
    pub hash: u64,
    /// What the store knows it by, or [`LineToken::NONE`].
    pub token: LineToken,
}

/// What is kept of an output file, apart from its lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownFile {
    /// What to ask "has it changed?" with.
    pub validators: Validators,
    /// xxh3-64 of the body as it came over the wire (compressed or not).
    pub wire_hash: Option<u64>,
    /// xxh3-64 of the decompressed body.
    pub body_hash: Option<u64>,
    /// Lines that are held.
    pub n_held: u64,
    /// Lines that were rejected.
    pub n_rejected: u64,
    /// Some of its lines are held by other files, or were taken back: they must be read anew even if the file is as
    /// before, since who holds them may have changed.
    pub reads_anew: bool,
}

/// The place of an output file in the manifest, from 0; later files win over earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileIndex(pub u32);

/// A reference to another resource of the same publisher.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceRef {
    /// Its type.
    pub kind: ResourceKind,
    /// Its id at the source.
    pub source_id: String,
}

impl ResourceRef {
    /// The published id of the target.
    pub fn public_id(&self, publisher: &PublisherSlug) -> PublicId {
        PublicId::of(publisher, self.kind, &self.source_id)
    }
}

/// Some consecutive lines of one output file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineBatch {
    /// The bytes of the accepted lines, one after the other, without line ends.
    pub raw: Vec<u8>,
    /// The combinations of traits that the accepted slots refer to.
    pub traits: Vec<SlotTraits>,
    /// One entry for each line that is not blank, in order.
    pub entries: Vec<LineEntry>,
    /// Faults and repairs of these lines.
    pub issues: Vec<Issue>,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum LineEntry {
    /// As before.
    Kept(KnownLine),
    /// New or different.
    Accepted {
        /// Hash of the line as it came.
        hash: u64,
        /// Length of its bytes in [`LineBatch::raw`]; they follow those of the accepted line before it.
        n_bytes: u32,
        /// What it says.
        content: StagedContent,
    },
    /// Rejected, with an issue.
    Rejected {
        /// Hash of the line as it came.
        hash: u64,
    },
}

/// What an accepted line says.
#[derive(Debug, Clone, PartialEq)]
pub enum StagedContent {
    /// A slot.
    Slot {
        /// Published id.
        id: PublicId,
        /// Published id of its schedule.
        schedule: PublicId,
        /// The same, as the source names it (kept for a schedule that has not come).
        schedule_source_id: Box<str>,
        /// Start.
        start: UnixSeconds,
        /// Index into [`LineBatch::traits`].
        traits: u32,
    },
    /// Any other resource.
    Resource {
        /// Its type and id.
        resource: ResourceRef,
        /// What it refers to, each once.
        references: Vec<ResourceRef>,
    },
}

/// How an output file of a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// The server or a hash says that it is as before; nothing was staged.
    Unchanged,
    /// Read to its end; its lines were staged.
    Read,
    /// Not read to its end; what was staged of it is void, what was kept of it stands.
    Failed,
}

/// An output file of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedFile {
    /// Its place in the manifest.
    pub index: FileIndex,
    /// The page of the manifest that lists it, from 0.
    pub page: u32,
    /// What was counted (the URL is the key under which the file is known).
    pub report: FileReport,
    /// How it ended.
    pub content: FileContent,
    /// What to ask with next time.
    pub validators: Validators,
    /// Hash of the body over the wire, where it was read to its end.
    pub wire_hash: Option<u64>,
    /// Hash of the decompressed body, where it was read to its end.
    pub body_hash: Option<u64>,
}

/// How much of what a publisher holds the files of a run are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of it: what no file holds any more has vanished (the store still keeps what failed files may hold).
    Complete,
    /// Some of it: the manifest could not be read to its end.
    Partial,
    /// What has changed: nothing vanishes but what is withdrawn.
    Increment,
}

/// A resource that the publisher has taken back (a `deleted` entry).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Withdrawal {
    /// What it has taken back.
    pub resource: ResourceRef,
    /// The page of the manifest that says so; files of later pages may bring it back.
    pub page: u32,
}

/// Where a crawl is in a publisher's chain of increments: the page that will say what comes next.
///
/// Source: HL7 Bulk Data Access, "Bulk Publish", incremental chains (`link` to `#pending`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainPosition {
    /// What the chain belongs to (the manifest, without secrets, and what is wanted of it): another one begins another.
    pub root: String,
    /// The page to ask again, without secrets.
    pub page: String,
    /// What to ask it with.
    pub validators: Validators,
    /// Files that this page listed and that are committed, without secrets.
    pub applied: Vec<String>,
    /// Whether what the chain names may lead to addresses of the public Internet only.
    pub reaches_public_only: bool,
    /// Pages read since the root, the root included.
    pub n_pages: u32,
    /// The beginning of the run that read the chain from its root.
    pub snapshot_at: UnixSeconds,
}

/// Where the next run begins if it need not begin with the whole manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResumePoint {
    /// At a page of a chain of increments.
    Chain(ChainPosition),
    /// At the manifest, asking what has changed since (`_since`).
    Since {
        /// What it belongs to, as in [`ChainPosition::root`].
        root: String,
        /// The publisher's `transactionTime` of the last run that took all that it listed.
        transaction_time: String,
        /// The beginning of the run that read all that there is.
        snapshot_at: UnixSeconds,
    },
}

/// A run that is ready to be committed.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedRun {
    /// What was counted; the store completes it.
    pub run: CrawlRun,
    /// All output files that were listed, in the order of the manifest.
    pub files: Vec<FinishedFile>,
    /// How much they cover.
    pub coverage: Coverage,
    /// What the publisher has taken back.
    pub withdrawals: Vec<Withdrawal>,
    /// Where the next run begins; `None`: with the whole manifest.
    pub resume: Option<ResumePoint>,
    /// Of a publisher's free slots (and of the lines of a file) a run removes at most this share at once, in percent;
    /// more waits for a second run that agrees. 100: nothing waits.
    pub max_removed_percent: u8,
    /// Whether schedules at places that are tests belong to no provider location, so that nobody finds them.
    pub leaves_out_test_places: bool,
    /// Faults of the manifest and of whole files.
    pub issues: Vec<Issue>,
}
