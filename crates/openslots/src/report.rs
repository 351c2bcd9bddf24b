//! Reports as people and programs read them.

use openslots_model::{CrawlOutcome, CrawlRun, FileOutcome, RunScope, UnixSeconds};
use serde::Serialize;

use crate::operations::{CrawlReport, StatusReport};
use crate::output::{age, bytes, grouped, table};

/// All went well.
pub(crate) const EXIT_WELL: u8 = 0;
/// Nothing could be done.
pub(crate) const EXIT_NOTHING_DONE: u8 = 1;
/// Some publisher or file failed.
pub(crate) const EXIT_SOME_FAILED: u8 = 2;

/// One publisher of `crawl --json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RunSummary<'a> {
    publisher: &'a str,
    outcome: CrawlOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    scope: RunScope,
    files: FileCounts,
    bytes: u64,
    lines: LineCounts,
    slots_free: u64,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped_types: Vec<SkippedType<'a>>,
    files_of_other_states: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_removal: Option<HeldRemoval>,
    file_reports: &'a [openslots_model::FileReport],
}

#[derive(Debug, Serialize)]
struct FileCounts {
    fetched: u64,
    unchanged: u64,
    failed: u64,
}

#[derive(Debug, Serialize)]
struct LineCounts {
    accepted: u64,
    unchanged: u64,
    rejected: u64,
}

#[derive(Debug, Serialize)]
struct SkippedType<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    files: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CrawlSummary<'a> {
    publishers: Vec<RunSummary<'a>>,
    duration_ms: u64,
}

/// What a run would have removed, and did not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HeldRemoval {
    slots: u64,
    free_slots: u64,
    resources: u64,
    since: String,
}

impl From<openslots_model::HeldRemoval> for HeldRemoval {
    fn from(held: openslots_model::HeldRemoval) -> Self {
        Self {
            slots: held.n_slots,
            free_slots: held.n_free_slots,
            resources: held.n_resources,
            since: held.since.to_string(),
        }
    }
}

fn summary(run: &CrawlRun) -> RunSummary<'_> {
    let (accepted, unchanged, rejected) = run.n_lines();
    RunSummary {
        publisher: run.publisher.as_str(),
        outcome: run.outcome,
        reason: run.reason.as_deref(),
        scope: run.scope,
        files: FileCounts {
            fetched: run.n_files(FileOutcome::Fetched),
            unchanged: run.n_files(FileOutcome::Unchanged),
            failed: run.n_files(FileOutcome::Failed),
        },
        bytes: run.n_bytes,
        lines: LineCounts { accepted, unchanged, rejected },
        slots_free: run.n_free_slots,
        duration_ms: run.duration_ms,
        skipped_types: run.skipped_types.iter().map(|(kind, files)| SkippedType { kind, files: *files }).collect(),
        files_of_other_states: run.n_files_of_other_states,
        held_removal: run.held_removal.map(HeldRemoval::from),
        file_reports: &run.files,
    }
}

impl CrawlReport {
    /// The report as JSON.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        let publishers = self.runs.iter().map(summary).collect();
        serde_json::to_string_pretty(&CrawlSummary { publishers, duration_ms: self.duration_ms })
    }

    /// The report as a table, with the reasons of what went wrong below it.
    pub(crate) fn to_table(&self) -> String {
        let columns = [
            "publisher",
            "outcome",
            "fetched",
            "unchanged",
            "failed",
            "bytes",
            "accepted",
            "same",
            "rejected",
            "free slots",
            "time",
        ];
        let rows = self.runs.iter().map(|run| {
            let row = summary(run);
            vec![
                row.publisher.to_owned(),
                row.outcome.to_string(),
                grouped(row.files.fetched),
                grouped(row.files.unchanged),
                grouped(row.files.failed),
                bytes(row.bytes),
                grouped(row.lines.accepted),
                grouped(row.lines.unchanged),
                grouped(row.lines.rejected),
                grouped(row.slots_free),
                format!("{:.1} s", row.duration_ms as f64 / 1_000.0),
            ]
        });
        let mut text = table(&columns, &columns[2..], rows);
        for run in &self.runs {
            if let Some(reason) = &run.reason {
                text.push_str(&format!("\n{}: {reason}", run.publisher));
            }
            for file in run.files.iter().filter(|file| file.outcome == FileOutcome::Failed) {
                text.push_str(&format!(
                    "\n{}: {} failed: {}",
                    run.publisher,
                    file.url,
                    file.error.as_deref().unwrap_or("reason unknown")
                ));
            }
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// The exit code of the contract.
    pub(crate) fn exit_code(&self) -> u8 {
        let failed = |run: &CrawlRun| matches!(run.outcome, CrawlOutcome::Failed | CrawlOutcome::Partial);
        if self.runs.iter().any(failed) { EXIT_SOME_FAILED } else { EXIT_WELL }
    }
}

impl StatusReport {
    /// The report as a table.
    pub(crate) fn to_table(&self, now: UnixSeconds) -> String {
        if self.publishers.is_empty() {
            return "no publishers yet; add one with `openslots publishers add URL` or a file in config/publishers\n"
                .to_owned();
        }
        let columns = ["publisher", "freshness", "data age", "last outcome", "last attempt", "slots", "free", "issues"];
        let rows = self.publishers.iter().map(|judged| {
            let status = &judged.status;
            let ago = |instant: Option<UnixSeconds>| {
                instant.map_or_else(|| "never".to_owned(), |instant| format!("{} ago", age(now.0 - instant.0)))
            };
            let slug = status.publisher.slug.to_string();
            vec![
                if status.publisher.enabled { slug } else { format!("{slug} (disabled)") },
                judged.freshness.as_str().to_owned(),
                judged.age_seconds.map_or_else(|| "-".to_owned(), age),
                status.last_outcome.map_or_else(|| "-".to_owned(), |outcome| outcome.to_string()),
                ago(status.last_attempt_at),
                grouped(status.n_slots),
                grouped(status.n_free_slots),
                grouped(status.n_issues),
            ]
        });
        let mut text = table(&columns, &["data age", "slots", "free", "issues"], rows);
        for judged in &self.publishers {
            if let Some(reason) = &judged.status.reason {
                text.push_str(&format!("{}: {reason}\n", judged.status.publisher.slug));
            }
        }
        text
    }
}
