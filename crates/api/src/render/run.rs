//! Crawl runs: what one pass over a publisher brought.

use openslots_model::{CrawlRun, FileOutcome, FileReport};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use super::{Text, Utc};

/// Output files that are told of one run; those that failed come first.
const MAX_FILES: usize = 1_000;

/// One run.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the model's run")]
pub struct Run<'a> {
    pub started_at: Utc,
    pub duration_ms: u64,
    #[schema(value_type = shapes::CrawlOutcome)]
    pub outcome: &'static str,
    /// `snapshot`: all that there is; `increment`: what had changed.
    #[schema(value_type = shapes::RunScope)]
    pub scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    pub bytes: u64,
    pub lines: Lines,
    /// Output files of types that are not kept, by type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped_types: Vec<SkippedType<'a>>,
    /// Output files that were left out because they are of other states.
    #[serde(skip_serializing_if = "is_zero")]
    pub files_of_other_states: u64,
    pub files_total: usize,
    /// At most a thousand of them.
    pub files: Vec<File<'a>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How many lines became what; together they are all lines.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = LineCounts)]
pub struct Lines {
    /// New or different, and taken.
    pub accepted: u64,
    /// As before.
    pub unchanged: u64,
    /// Each a recorded issue.
    pub rejected: u64,
}

/// Output files of a type that is not kept.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct SkippedType<'a> {
    /// The type.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// How many files there are of it.
    pub files: u64,
}

/// One output file of a run.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the fields of the model's file report")]
#[schema(as = RunFile)]
pub struct File<'a> {
    pub url: &'a str,
    #[serde(rename = "type")]
    #[schema(value_type = shapes::ResourceType)]
    pub kind: &'static str,
    #[schema(value_type = shapes::FileOutcome)]
    pub outcome: FileOutcome,
    pub bytes: u64,
    pub lines: Lines,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
}

impl<'a> From<&'a FileReport> for File<'a> {
    fn from(report: &'a FileReport) -> Self {
        let FileReport { url, kind, outcome, n_bytes, n_accepted, n_unchanged, n_rejected, error } = report;
        Self {
            url,
            kind: kind.as_str(),
            outcome: *outcome,
            bytes: *n_bytes,
            lines: Lines { accepted: *n_accepted, unchanged: *n_unchanged, rejected: *n_rejected },
            error: error.as_deref(),
        }
    }
}

impl<'a> From<&'a CrawlRun> for Run<'a> {
    fn from(run: &'a CrawlRun) -> Self {
        let (accepted, unchanged, rejected) = run.n_lines();
        let (failed, other): (Vec<_>, Vec<_>) = run.files.iter().partition(|file| file.outcome == FileOutcome::Failed);
        Self {
            started_at: Text(run.started_at),
            duration_ms: run.duration_ms,
            outcome: run.outcome.as_str(),
            scope: run.scope.as_str(),
            reason: run.reason.as_deref(),
            bytes: run.n_bytes,
            lines: Lines { accepted, unchanged, rejected },
            skipped_types: run.skipped_types.iter().map(|(kind, files)| SkippedType { kind, files: *files }).collect(),
            files_of_other_states: run.n_files_of_other_states,
            files_total: run.files.len(),
            files: failed.into_iter().chain(other).take(MAX_FILES).map(File::from).collect(),
        }
    }
}
