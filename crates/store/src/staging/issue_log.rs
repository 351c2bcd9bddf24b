//! The issues of one output file: every one is counted, most are kept.

use std::collections::BTreeMap;

use openslots_model::{Issue, IssueCode};

use crate::file_lines::Repairs;

/// Issues kept of one code in one file; beyond that they are only counted.
pub(crate) const MAX_KEPT_PER_CODE: u64 = 1_000;
const MAX_DETAIL_CHARS: usize = 500;

/// An issue of a line, apart from its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineIssue {
    pub(crate) line: u64,
    pub(crate) code: IssueCode,
    pub(crate) detail: String,
    pub(crate) excerpt: String,
}

/// The issues found while a file was read.
#[derive(Debug, Default)]
pub(crate) struct IssueLog {
    counts: BTreeMap<IssueCode, u64>,
    kept: Vec<LineIssue>,
    repairs: Repairs,
}

impl IssueLog {
    pub(crate) fn add(&mut self, issue: Issue) {
        if !issue.code.is_rejection() && issue.line > 0 {
            self.repairs.push(issue.code, issue.line - 1);
        }
        let detail = issue.detail.chars().take(MAX_DETAIL_CHARS).collect();
        self.count(LineIssue { line: issue.line, code: issue.code, detail, excerpt: issue.excerpt });
    }

    /// An issue that does not outlive the line: found again whenever the file is read.
    pub(crate) fn count(&mut self, issue: LineIssue) {
        let n = self.counts.entry(issue.code).or_default();
        *n += 1;
        if *n <= MAX_KEPT_PER_CODE {
            self.kept.push(issue);
        }
    }

    /// Whether one more issue of an id that came twice would be kept, not only counted.
    pub(crate) fn keeps_duplicates(&self) -> bool {
        self.counts.get(&IssueCode::DuplicateId).is_none_or(|n| *n < MAX_KEPT_PER_CODE)
    }

    /// Takes over an issue of a line that is kept as it was, where the issue itself was kept.
    pub(crate) fn carry_over(&mut self, code: IssueCode, line: u64, issue: Option<LineIssue>) {
        self.repairs.push(code, line - 1);
        match issue {
            Some(issue) => self.count(LineIssue { line, ..issue }),
            None => *self.counts.entry(code).or_default() += 1,
        }
    }

    /// Counts by code, kept issues in order of line, and which lines were repaired.
    pub(crate) fn finish(mut self) -> (BTreeMap<IssueCode, u64>, Vec<LineIssue>, Repairs) {
        self.kept.sort();
        self.repairs.sort();
        (self.counts, self.kept, self.repairs)
    }
}
