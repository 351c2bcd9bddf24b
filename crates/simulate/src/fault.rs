//! What a publisher can do wrong.

use std::fmt;
use std::str::FromStr;

use openslots_model::IssueCode;

use crate::Error;

pub(crate) mod lines;
pub(crate) mod placement;

/// Which part of a publisher a fault sits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Some lines of one Slot file; the rest of the file is sound.
    SlotLines,
    /// Some lines of the Location file.
    LocationLines,
    /// Some lines of the Schedule file.
    ScheduleLines,
    /// The bytes of one Slot file as a whole.
    SlotFile,
    /// The HTTP answer for one Slot file. Has no effect on a folder, but for `not-found-file`.
    Answer,
    /// The manifest.
    Manifest,
}

/// What becomes of the lines that a fault touches (see [`Fault::effect`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A lenient reader sees nothing worth recording.
    Harmless,
    /// The lines are accepted, each with an issue.
    Repaired(IssueCode),
    /// The lines are rejected, each with an issue.
    Rejected(IssueCode),
    /// The file (or the manifest) cannot be read to its end.
    Unreadable(IssueCode),
    /// The file (or the manifest) is read, with one issue for the whole of it.
    FileRemark(IssueCode),
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $target:ident, $effect:expr;)*) => {
        /// One thing that a publisher does wrong. Names are stable: scripts and tests hold on to them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name, in kebab case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is, in a sentence, for `--help`.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)* }
            }

            pub(crate) const fn target(self) -> Target {
                match self { $(Self::$name => Target::$target,)* }
            }

            /// What a lenient reader makes of it.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$name => $effect,)* }
            }
        }
    };
}

use Effect::{FileRemark, Harmless, Rejected, Repaired, Unreadable};

faults! {
    /// Some lines are not JSON.
    BadLine = "bad-line", SlotLines, Rejected(IssueCode::InvalidJson);
    /// Some lines are JSON, but no objects.
    NotAnObject = "not-an-object", SlotLines, Rejected(IssueCode::InvalidShape);
    /// Some lines hold bytes that are not UTF-8.
    InvalidEncoding = "invalid-encoding", SlotLines, Rejected(IssueCode::InvalidEncoding);
    /// One line is valid JSON of 4 MiB.
    HugeLine = "huge-line", SlotLines, Rejected(IssueCode::LineTooLong);
    /// The file ends in the middle of its last line, so nobody knows what else is missing.
    TruncatedLine = "truncated-line", SlotLines, Unreadable(IssueCode::TruncatedLine);
    /// Some lines have no `resourceType`.
    MissingType = "missing-type", SlotLines, Rejected(IssueCode::MissingType);
    /// Some lines of a Slot file are Appointments.
    WrongType = "wrong-type", SlotLines, Rejected(IssueCode::UnexpectedType);
    /// Some slots have no id.
    MissingId = "missing-id", SlotLines, Rejected(IssueCode::MissingId);
    /// Some slots name no schedule.
    MissingSchedule = "missing-schedule", SlotLines, Rejected(IssueCode::MissingSchedule);
    /// Some slots have a status that is not in the value set.
    InvalidStatus = "invalid-status", SlotLines, Rejected(IssueCode::InvalidStatus);
    /// Some slots start at something that is no instant.
    InvalidTimes = "invalid-times", SlotLines, Rejected(IssueCode::InvalidTime);
    /// Some slots end before they start.
    EndBeforeStart = "end-before-start", SlotLines, Rejected(IssueCode::EndBeforeStart);
    /// Some slots start at a time whose offset has no minutes, such as `-05`.
    ShortOffset = "short-offset", SlotLines, Repaired(IssueCode::RepairedTime);
    /// Some slots have an unescaped tab inside a string.
    TabInString = "tab-in-string", SlotLines, Repaired(IssueCode::RepairedTab);
    /// Some slots have a number for an id.
    NumericIds = "numeric-ids", SlotLines, Repaired(IssueCode::NumericId);
    /// Some slots have ids with underscores and spaces.
    IllegalIds = "illegal-ids", SlotLines, Repaired(IssueCode::IllegalId);
    /// Some slots have the id of the slot in the line before; the later one counts.
    DuplicateIds = "duplicate-ids", SlotLines, Repaired(IssueCode::DuplicateId);
    /// Some slots have a `javascript:` booking link.
    UnusableLink = "unusable-link", SlotLines, Repaired(IssueCode::UnusableLink);
    /// Some slots have elements that are null.
    Nulls = "nulls", SlotLines, Harmless;
    /// Some slots name a schedule that is never published.
    DanglingReferences = "dangling-references", SlotLines, Harmless;
    /// Some lines are followed by blank lines.
    BlankLines = "blank-lines", SlotLines, Harmless;
    /// Some locations lie at 0, 0.
    NullIsland = "null-island", LocationLines, Repaired(IssueCode::UnusablePosition);
    /// Some locations have positions cut to whole degrees.
    WholeDegrees = "whole-degrees", LocationLines, Repaired(IssueCode::UnusablePosition);
    /// Some schedules name a role that is never published.
    DanglingActors = "dangling-actors", ScheduleLines, Harmless;
    /// The last line has no line end.
    NoFinalNewline = "no-final-newline", SlotFile, Harmless;
    /// Lines end with CR LF.
    Crlf = "crlf", SlotFile, Harmless;
    /// The file begins with a byte order mark.
    Bom = "bom", SlotFile, FileRemark(IssueCode::StrayCharacters);
    /// The file is a gzip file, and no header says so.
    GzipWithoutHeader = "gzip-without-header", SlotFile, Harmless;
    /// The file is an HTML page, answered with status 200.
    HtmlPage = "html-page", SlotFile, Unreadable(IssueCode::FileFailed);
    /// The file is empty, although the manifest lists it.
    EmptyFile = "empty-file", SlotFile, Harmless;
    /// The file answers 404.
    NotFoundFile = "not-found-file", Answer, Unreadable(IssueCode::FileFailed);
    /// The file answers 500, always.
    ServerError = "server-error", Answer, Unreadable(IssueCode::FileFailed);
    /// The connection is closed when half of the announced bytes are sent.
    CutOffBody = "cut-off-body", Answer, Unreadable(IssueCode::FileFailed);
    /// The file redirects to itself.
    RedirectLoop = "redirect-loop", Answer, Unreadable(IssueCode::FileFailed);
    /// The file has moved: one redirect, then its content.
    Redirect = "redirect", Answer, Harmless;
    /// The file drips: 64 pieces with a pause between them.
    Slow = "slow", Answer, Harmless;
    /// The header says gzip, the body is plain.
    HeaderWithoutGzip = "header-without-gzip", Answer, Harmless;
    /// The file is announced as `text/html`, although it is NDJSON.
    WrongContentType = "wrong-content-type", Answer, Harmless;
    /// `extension.state` of the outputs is a text instead of a list.
    StateAsString = "state-as-string", Manifest, FileRemark(IssueCode::StateNotAList);
    /// `extension` of the outputs is null.
    NullExtension = "null-extension", Manifest, Harmless;
    /// The manifest names its files by relative URLs.
    RelativeUrls = "relative-urls", Manifest, Harmless;
    /// `transactionTime` lies 200 days before the first slot.
    StaleTransactionTime = "stale-transaction-time", Manifest, Harmless;
    /// From generation 1 on the manifest lists no Slot files any more.
    VanishingSlots = "vanishing-slots", Manifest, Harmless;
    /// The manifest is an HTML page, answered with status 200.
    ManifestHtml = "manifest-html", Manifest, Unreadable(IssueCode::ManifestFailed);
    /// The manifest answers 503.
    ManifestUnavailable = "manifest-unavailable", Manifest, Unreadable(IssueCode::ManifestFailed);
}

impl Fault {
    /// All names, separated by commas.
    pub fn names() -> String {
        Self::ALL.iter().map(|fault| fault.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.as_str() == text)
            .ok_or_else(|| Error::UnknownFault(text.to_owned()))
    }
}
