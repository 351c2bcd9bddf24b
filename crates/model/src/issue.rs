//! Recorded faults of published data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much of a bad line is kept with its issue, in characters.
pub const EXCERPT_LIMIT_CHARS: usize = 200;

macro_rules! issue_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, rejects: $rejects:literal;)*) => {
        /// What is wrong. Codes are stable: scripts and dashboards hold on to them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum IssueCode {
            $($(#[doc = $doc])* #[serde(rename = $text)] $name,)*
        }

        impl IssueCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether the line (or file) is rejected; otherwise it was accepted, if need be after a repair.
            pub const fn is_rejection(self) -> bool {
                match self { $(Self::$name => $rejects,)* }
            }
        }
    };
}

issue_codes! {
    /// The line is not JSON.
    InvalidJson = "invalid-json", rejects: true;
    /// The line is JSON but not an object, or an element has the wrong shape.
    InvalidShape = "invalid-shape", rejects: true;
    /// The line is not UTF-8.
    InvalidEncoding = "invalid-encoding", rejects: true;
    /// The line is longer than allowed.
    LineTooLong = "line-too-long", rejects: true;
    /// The file ends in the middle of a line.
    TruncatedLine = "truncated-line", rejects: true;
    /// `resourceType` is missing.
    MissingType = "missing-type", rejects: true;
    /// `resourceType` is not the type that the manifest names for the file.
    UnexpectedType = "unexpected-type", rejects: true;
    /// `id` is missing or empty.
    MissingId = "missing-id", rejects: true;
    /// A slot without a schedule.
    MissingSchedule = "missing-schedule", rejects: true;
    /// A slot without a status, or with one that is not in the value set.
    InvalidStatus = "invalid-status", rejects: true;
    /// A start or end that is not an instant.
    InvalidTime = "invalid-time", rejects: true;
    /// A slot that ends before it starts.
    EndBeforeStart = "end-before-start", rejects: true;
    /// The id breaks FHIR's rule for ids; accepted, published under an id of ours.
    IllegalId = "illegal-id", rejects: false;
    /// The id is a JSON number; accepted as its text.
    NumericId = "numeric-id", rejects: false;
    /// The same id came twice; the last one counts.
    DuplicateId = "duplicate-id", rejects: false;
    /// A timestamp had to be repaired.
    RepairedTime = "repaired-time", rejects: false;
    /// An unescaped tab inside a string was repaired.
    RepairedTab = "repaired-tab", rejects: false;
    /// An element that we use has a shape we cannot read; the resource is kept without it.
    IgnoredElement = "ignored-element", rejects: false;
    /// A byte order mark, a trailing comma or array brackets around lines were skipped.
    StrayCharacters = "stray-characters", rejects: false;
    /// A booking link that is not an http or https URL; the slot is kept without it.
    UnusableLink = "unusable-link", rejects: false;
    /// A position that cannot be a place's.
    UnusablePosition = "unusable-position", rejects: false;
    /// A capacity that is no whole number from 0; it is kept, and read as the count that comes nearest.
    OddCapacity = "odd-capacity", rejects: false;
    /// A store number of nines or a telephone of zeros, as tests and placeholders have; kept and counted.
    TestData = "test-data", rejects: false;
    /// The manifest says elsewhere than in `transactionTime` how recent its data are; that is taken.
    DataTimeElsewhere = "data-time-elsewhere", rejects: false;
    /// `extension.state` is a text instead of a list.
    StateNotAList = "state-not-a-list", rejects: false;
    /// The manifest lists a type that openslots does not keep.
    SkippedType = "skipped-type", rejects: false;
    /// The publisher's clock, or its `transactionTime`, differs from the present by more than five minutes.
    ClockSkew = "clock-skew", rejects: false;
    /// The publisher lists the resource among its deletions, so it is left out.
    Withdrawn = "withdrawn", rejects: true;
    /// A whole file could not be fetched or read.
    FileFailed = "file-failed", rejects: true;
    /// The manifest could not be fetched or read.
    ManifestFailed = "manifest-failed", rejects: true;
}

impl fmt::Display for IssueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IssueCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(())
    }
}

/// One fault, where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// URL of the output file (or the manifest), without secrets.
    pub file: String,
    /// Line in the file, from 1; 0 when it concerns the whole file.
    pub line: u64,
    /// What is wrong.
    pub code: IssueCode,
    /// What exactly, for people.
    pub detail: String,
    /// The beginning of the line, at most [`EXCERPT_LIMIT_CHARS`] characters.
    #[serde(default)]
    pub excerpt: String,
}

impl Issue {
    /// The beginning of a line as it is kept with an issue; bytes that are no text show as replacement characters.
    pub fn excerpt_of(line: &[u8]) -> String {
        let head = &line[..line.len().min(EXCERPT_LIMIT_CHARS * 4)];
        String::from_utf8_lossy(head).chars().take(EXCERPT_LIMIT_CHARS).collect()
    }
}
