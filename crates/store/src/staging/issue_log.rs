//! The issues of one output file: every one is counted, most are kept. Of those that are looked for in a sample there is
//! a bound, which the newest come first within.

use std::collections::BTreeMap;

use openslots_model::{Issue, IssueCode};

use crate::file_lines::Repairs;

/// Issues kept of one code in one file; beyond that they are only counted.
pub(crate) const MAX_KEPT_PER_CODE: u64 = 1_000;
/// Issues of one file that are looked for in a sample: each crawl looks at other lines, and they would pile up.
const MAX_SAMPLED: u64 = 100;
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
        if self.is_full_of(issue.code) {
            return;
        }
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
        if self.is_full_of(code) {
            return;
        }
        self.repairs.push(code, line - 1);
        match issue {
            Some(issue) => self.count(LineIssue { line, ..issue }),
            None => *self.counts.entry(code).or_default() += 1,
        }
    }

    /// Whether no more of a code are counted.
    fn is_full_of(&self, code: IssueCode) -> bool {
        code.is_sampled() && self.counts.get(&code).is_some_and(|n| *n >= MAX_SAMPLED)
    }

    /// Counts by code, kept issues in order of line, and which lines were repaired.
    pub(crate) fn finish(mut self) -> (BTreeMap<IssueCode, u64>, Vec<LineIssue>, Repairs) {
        self.kept.sort();
        self.repairs.sort();
        (self.counts, self.kept, self.repairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_in_a_sample_does_not_pile_up() {
        for (code, want) in [(IssueCode::NonConformant, 100), (IssueCode::OddCapacity, 160)] {
            let mut log = IssueLog::default();
            let issue = |line| LineIssue { line, code, detail: String::new(), excerpt: String::new() };
            for line in 1..=80 {
                let LineIssue { line, code, detail, excerpt } = issue(line);
                log.add(Issue { file: String::new(), line, code, detail, excerpt });
            }
            for line in 81..=160 {
                log.carry_over(code, line, Some(issue(line)));
            }
            let (counts, kept, repairs) = log.finish();
            assert_eq!((counts.get(&code), kept.len() as u64), (Some(&want), want));
            let lines: Vec<u64> = repairs.iter().flat_map(|(_, lines)| lines.to_vec()).collect();
            assert_eq!(lines, (0..want).collect::<Vec<_>>(), "what is not counted is not carried on");
        }
    }
}
