//! What a check came to: findings by requirement, files, a grade; as text and as JSON.

use std::collections::BTreeMap;

use openslots_fhir::conformance::{Finding, Grade, Requirement, Severity, Tally};
use openslots_model::{Issue, UnixSeconds};
use serde::Serialize;

use crate::output::{bytes, grouped, table};

/// Places that are told of one requirement; the others are counted.
const MAX_SAMPLES: usize = 25;

/// A place where a requirement is not met.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    /// URL or path of the file.
    pub(crate) file: String,
    /// Line, from 1; 0 when it concerns the whole file or the answer.
    pub(crate) line: u64,
    /// The element, where one is concerned.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) element: String,
    pub(crate) detail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) excerpt: String,
}

/// Counts what is found, and keeps some places of each requirement.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    found: BTreeMap<Requirement, (u64, Vec<Sample>)>,
}

impl Collector {
    /// Records a breach; `excerpt` is made only where it is kept.
    pub(crate) fn add(
        &mut self,
        requirement: Requirement,
        file: &str,
        line: u64,
        element: &str,
        detail: &str,
        excerpt: impl FnOnce() -> String,
    ) {
        let (n_found, samples) = self.found.entry(requirement).or_default();
        *n_found += 1;
        if samples.len() < MAX_SAMPLES {
            let (file, element, detail) = (file.to_owned(), element.to_owned(), detail.to_owned());
            samples.push(Sample { file, line, element, detail, excerpt: excerpt() });
        }
    }

    /// Records what was found in a line.
    pub(crate) fn add_all(&mut self, file: &str, line: u64, found: &[Finding], bytes: &[u8]) {
        for finding in found {
            let excerpt = || Issue::excerpt_of(bytes);
            self.add(finding.requirement, file, line, &finding.element, &finding.detail, excerpt);
        }
    }
}

/// A file that was looked at.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileReport {
    /// URL or path.
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) n_lines: u64,
    /// Lines with errors.
    pub(crate) n_faulty: u64,
    /// Unpacked.
    pub(crate) n_bytes: u64,
    /// Whether lines beyond the limit were not looked at.
    #[serde(rename = "cut")]
    pub(crate) is_cut: bool,
}

impl FileReport {
    pub(crate) fn new(name: String, kind: String) -> Self {
        Self { name, kind, n_lines: 0, n_faulty: 0, n_bytes: 0, is_cut: false }
    }
}

/// A requirement that is not met.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Breach {
    pub(crate) requirement: Requirement,
    pub(crate) severity: Severity,
    pub(crate) count: u64,
    pub(crate) source: &'static str,
    pub(crate) remedy: &'static str,
    pub(crate) samples: Vec<Sample>,
}

/// What a check came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) target: String,
    pub(crate) checked_at: String,
    #[serde(rename = "conformant")]
    pub(crate) is_conformant: bool,
    pub(crate) grade: Grade,
    pub(crate) n_errors: u64,
    pub(crate) n_warnings: u64,
    pub(crate) n_information: u64,
    pub(crate) findings: Vec<Breach>,
    pub(crate) files: Vec<FileReport>,
}

impl Report {
    pub(crate) fn new(target: String, now: UnixSeconds, collector: Collector, files: Vec<FileReport>) -> Self {
        let breach = |(requirement, (count, samples)): (Requirement, (u64, Vec<Sample>))| Breach {
            requirement,
            severity: requirement.severity(),
            count,
            source: requirement.source(),
            remedy: requirement.remedy(),
            samples,
        };
        let mut findings: Vec<_> = collector.found.into_iter().map(breach).collect();
        findings.sort_by_key(|breach| (breach.severity, std::cmp::Reverse(breach.count), breach.requirement));
        let n_of = |severity| findings.iter().filter(|found| found.severity == severity).map(|found| found.count).sum();
        let (n_errors, n_warnings, n_information) =
            (n_of(Severity::Error), n_of(Severity::Warning), n_of(Severity::Information));
        let grade = grade(&findings, &files, n_errors, n_warnings);
        let checked_at = now.timestamp().to_string();
        let is_conformant = n_errors == 0;
        Self { target, checked_at, is_conformant, grade, n_errors, n_warnings, n_information, findings, files }
    }

    /// For people, on a terminal or in a log.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{}\n\n", self.target);
        for breach in &self.findings {
            text.push_str(&format!(
                "{} {} ({}), {}\n  {}\n",
                breach.severity,
                breach.requirement,
                breach.source,
                times(breach.count),
                breach.remedy
            ));
            for sample in &breach.samples {
                let element = if sample.element.is_empty() { String::new() } else { format!("{}: ", sample.element) };
                text.push_str(&format!("    {}:{}: {element}{}\n", sample.file, sample.line, sample.detail));
            }
            let n_more = breach.count - breach.samples.len() as u64;
            if n_more > 0 {
                text.push_str(&format!("    and {} more\n", grouped(n_more)));
            }
            text.push('\n');
        }
        let columns = ["file", "type", "lines", "with errors", "bytes"];
        let rows = self.files.iter().map(|file| {
            let cut = if file.is_cut { " (cut)" } else { "" };
            let lines = format!("{}{cut}", grouped(file.n_lines));
            vec![file.name.clone(), file.kind.clone(), lines, grouped(file.n_faulty), bytes(file.n_bytes)]
        });
        text.push_str(&table(&columns, &["lines", "with errors", "bytes"], rows));
        let (errors, warnings, information) =
            (grouped(self.n_errors), grouped(self.n_warnings), grouped(self.n_information));
        let verdict = if self.is_conformant { "conformant" } else { "not conformant" };
        text.push_str(&format!(
            "\n{verdict}, grade {}: errors {errors}, warnings {warnings}, information {information}\n",
            self.grade.as_str()
        ));
        text
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", grouped(count)) }
}

fn grade(findings: &[Breach], files: &[FileReport], n_errors: u64, n_warnings: u64) -> Grade {
    if findings.iter().any(|found| found.requirement == Requirement::ManifestUnreadable) {
        return Grade::F;
    }
    let n_lines = files.iter().map(|file| file.n_lines).sum();
    let n_faulty = files.iter().map(|file| file.n_faulty).sum();
    Grade::of(Tally { n_lines, n_faulty, n_errors, n_warnings })
}
