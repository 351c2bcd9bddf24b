//! Recorded faults of published data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much of a bad line is kept with its issue, in characters.
pub const EXCERPT_LIMIT_CHARS: usize = 200;

macro_rules! issue_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, rejects: $rejects:literal, remedy: $remedy:literal;)*) => {
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

            /// What the publisher should do about it, in one sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

issue_codes! {
    /// The line is not JSON.
    InvalidJson = "invalid-json", rejects: true, remedy:
        "Write each line as one complete JSON object, without line breaks inside it.";
    /// The line is JSON but not an object, or an element has the wrong shape.
    InvalidShape = "invalid-shape", rejects: true, remedy:
        "Give each element the JSON type that FHIR R4 has for it, and one object a line.";
    /// The line is not UTF-8.
    InvalidEncoding = "invalid-encoding", rejects: true, remedy:
        "Write the file as UTF-8.";
    /// The line is longer than allowed.
    LineTooLong = "line-too-long", rejects: true, remedy:
        "Keep each line below the limit; leave out texts and attachments that nobody books by.";
    /// The file ends in the middle of a line.
    TruncatedLine = "truncated-line", rejects: true, remedy:
        "Publish a file only once it is written to its end, and end its last line with a line feed.";
    /// `resourceType` is missing.
    MissingType = "missing-type", rejects: true, remedy:
        "Give each resource its `resourceType`.";
    /// `resourceType` is not the type that the manifest names for the file.
    UnexpectedType = "unexpected-type", rejects: true, remedy:
        "Keep one resource type a file, the one that the manifest names for it.";
    /// `id` is missing or empty.
    MissingId = "missing-id", rejects: true, remedy:
        "Give each resource an `id` that stays the same from one publication to the next.";
    /// A slot without a schedule.
    MissingSchedule = "missing-schedule", rejects: true, remedy:
        "Refer each slot to its schedule: `schedule.reference` is `Schedule/` and the schedule's id.";
    /// A slot without a status, or with one that is not in the value set.
    InvalidStatus = "invalid-status", rejects: true, remedy:
        "Give each slot a `status` of FHIR's value set, such as `free` or `busy`.";
    /// A start or end that is not an instant.
    InvalidTime = "invalid-time", rejects: true, remedy:
        "Write `start` and `end` as instants with seconds and an offset, as in `2026-03-01T09:30:00-05:00`.";
    /// A slot that ends before it starts.
    EndBeforeStart = "end-before-start", rejects: true, remedy:
        "Let each slot end after it starts.";
    /// The id breaks FHIR's rule for ids; accepted, published under an id of ours.
    IllegalId = "illegal-id", rejects: false, remedy:
        "Make ids of 1 to 64 letters, digits, hyphens and full stops.";
    /// The id is a JSON number; accepted as its text.
    NumericId = "numeric-id", rejects: false, remedy:
        "Write ids as JSON strings: `\"id\": \"12\"`, not `\"id\": 12`.";
    /// The same id came twice; the last one counts.
    DuplicateId = "duplicate-id", rejects: false, remedy:
        "Publish each id of a type once, in one file.";
    /// A timestamp had to be repaired.
    RepairedTime = "repaired-time", rejects: false, remedy:
        "Write instants in full, with seconds and an offset with minutes, as in `2026-03-01T09:30:00-05:00`.";
    /// An unescaped tab inside a string was repaired.
    RepairedTab = "repaired-tab", rejects: false, remedy:
        "Escape control characters inside JSON strings: a tab is `\\t`.";
    /// An element that we use has a shape we cannot read; the resource is kept without it.
    IgnoredElement = "ignored-element", rejects: false, remedy:
        "Give the element the shape that FHIR R4 and the profile have for it.";
    /// A byte order mark, a trailing comma or array brackets around lines were skipped.
    StrayCharacters = "stray-characters", rejects: false, remedy:
        "Write nothing but one JSON object a line: no byte order mark, no brackets, no commas between lines.";
    /// A booking link that is not an http or https URL; the slot is kept without it.
    UnusableLink = "unusable-link", rejects: false, remedy:
        "Make booking links absolute URLs that begin with `https://`.";
    /// A position that cannot be a place's.
    UnusablePosition = "unusable-position", rejects: false, remedy:
        "Write latitude (-90 to 90) and longitude (-180 to 180) as numbers in decimal degrees.";
    /// A capacity that is no whole number from 0; it is kept, and read as the count that comes nearest.
    OddCapacity = "odd-capacity", rejects: false, remedy:
        "Write a slot's capacity as a whole number from 0.";
    /// A store number of nines or a telephone of zeros, as tests and placeholders have; kept and counted.
    TestData = "test-data", rejects: false, remedy:
        "Leave test places and placeholders out of what is published.";
    /// The manifest says elsewhere than in `transactionTime` how recent its data are; that is taken.
    DataTimeElsewhere = "data-time-elsewhere", rejects: false, remedy:
        "Say in the manifest's `transactionTime` how recent the data are.";
    /// `extension.state` is a text instead of a list.
    StateNotAList = "state-not-a-list", rejects: false, remedy:
        "Write `extension.state` in the manifest as a list: `[\"MA\"]`, not `\"MA\"`.";
    /// The manifest lists a type that openslots does not keep.
    SkippedType = "skipped-type", rejects: false, remedy:
        "Nothing has to be done: files of other types are left aside.";
    /// The publisher's clock, or its `transactionTime`, differs from the present by more than five minutes.
    ClockSkew = "clock-skew", rejects: false, remedy:
        "Set the server's clock by NTP, and write `transactionTime` with its offset.";
    /// The publisher lists the resource among its deletions, so it is left out.
    Withdrawn = "withdrawn", rejects: true, remedy:
        "Leave a resource out of the output files once it is listed as deleted.";
    /// The resource is our own, come back by way of an aggregator.
    LoopedBack = "looped-back", rejects: true, remedy:
        "Leave out what an aggregator republishes to the aggregator itself, or stop crawling it.";
    /// A whole file could not be fetched or read.
    FileFailed = "file-failed", rejects: true, remedy:
        "See that each URL of the manifest answers 200 with the whole file, to everyone whom the manifest is for.";
    /// The manifest could not be fetched or read.
    ManifestFailed = "manifest-failed", rejects: true, remedy:
        "See that the manifest's URL answers 200 with a JSON manifest that names its `output` files.";
    /// A requirement of FHIR R4 or the guides is not met, which each detail names. Looked for in a sample of lines only,
    /// so its count is not that of all that there are.
    NonConformant = "non-conformant", rejects: false, remedy:
        "Do what each of these says; `openslots check` looks at every line and tells all.";
}

impl IssueCode {
    /// Whether it is looked for in a sample: how often it was found says nothing of how often it is there.
    pub const fn is_sampled(self) -> bool {
        matches!(self, Self::NonConformant)
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_code_has_a_remedy_of_its_own_in_one_sentence() {
        let mut remedies = BTreeSet::new();
        for code in IssueCode::ALL {
            let remedy = code.remedy();
            assert!(remedy.ends_with('.') && !remedy.contains(". "), "{code}: {remedy}");
            assert!(remedies.insert(remedy), "{code}: {remedy}");
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
    }
}
