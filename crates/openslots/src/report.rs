//! Reports as people and programs read them.

use openslots_api::conformance::Conformance;
use openslots_api::render::HeldRemoval;
use openslots_model::{CrawlOutcome, CrawlRun, FileOutcome, PublisherStatus, RunScope, UnixSeconds};
use serde::Serialize;

use crate::operations::{CrawlReport, JudgedStatus, StatusReport};
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
    /// The report as a table, with what an operator should hear below it.
    ///
    /// On a terminal that is too narrow for all columns, what concerns crawls stands below the table as well.
    pub(crate) fn to_table(&self, now: UnixSeconds, terminal_width: Option<u16>) -> String {
        if self.publishers.is_empty() {
            return "no publishers yet; add one with `openslots publishers add URL` or a file in config/publishers\n"
                .to_owned();
        }
        let wide = self.table(now, &["last crawl", "next due", "why"]);
        let fits = |width| wide.lines().all(|line| line.chars().count() <= usize::from(width));
        let is_wide = terminal_width.is_none_or(fits);
        let mut text = if is_wide { wide } else { self.table(now, &[]) };
        for judged in &self.publishers {
            let status = &judged.status;
            let mut tell = |line: &str| text.push_str(&format!("{}: {line}\n", status.publisher.slug));
            if !is_wide {
                let [last_crawl, next_due, why] = cells_of_crawls(judged, now);
                tell(&format!("crawled: {last_crawl}; next: {next_due} ({why})"));
            }
            // The warning of crawls that fail again and again repeats the reason of the last.
            let is_told = |reason: &&String| judged.warnings.iter().any(|warning| warning.contains(reason.as_str()));
            let reason = status.reason.iter().filter(|reason| !is_told(reason));
            reason.chain(&judged.warnings).for_each(|line| tell(line));
            judged.conformance.as_ref().and_then(Conformance::errors).iter().for_each(|line| tell(line));
        }
        text
    }

    fn table(&self, now: UnixSeconds, columns_of_crawls: &[&str]) -> String {
        let rows = self.publishers.iter().map(|judged| {
            let status = &judged.status;
            let slug = status.publisher.slug.to_string();
            let mut row = vec![
                if status.publisher.enabled { slug } else { format!("{slug} (disabled)") },
                judged.freshness.as_str().to_owned(),
                judged.age_seconds.map_or_else(|| "-".to_owned(), age),
            ];
            row.extend(cells_of_crawls(judged, now).into_iter().take(columns_of_crawls.len()));
            row.extend([status.n_slots, status.n_free_slots, status.n_issues].map(grouped));
            row.push(judged.conformance.as_ref().map_or("-", |found| found.grade.as_str()).to_owned());
            row
        });
        let columns =
            [&["publisher", "freshness", "age"], columns_of_crawls, &["slots", "free", "issues", "grade"]].concat();
        table(&columns, &["age", "slots", "free", "issues"], rows)
    }
}

/// How the last crawl went, when the next one is due, and why then.
fn cells_of_crawls(judged: &JudgedStatus, now: UnixSeconds) -> [String; 3] {
    [
        last_crawl(&judged.status, now),
        judged.status.next_due_at.map_or_else(|| "-".to_owned(), |at| due_in(at.0 - now.0)),
        judged.due_reason.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

/// How the last crawl ended and when it was, and how many have failed since one that did not: `failed 3 min ago (2 in
/// a row)`.
fn last_crawl(status: &PublisherStatus, now: UnixSeconds) -> String {
    let Some(at) = status.last_attempt_at else { return "never".to_owned() };
    let outcome = status.last_outcome.map(|outcome| format!("{outcome} ")).unwrap_or_default();
    let in_row = Some(status.n_failures).filter(|n| *n > 0).map(|n| format!(" ({n} in a row)")).unwrap_or_default();
    format!("{outcome}{} ago{in_row}", age(now.0 - at.0))
}

/// How far ahead something is: `in 48 min`; what is past is to be done now.
fn due_in(seconds: i64) -> String {
    if seconds <= 0 { "now".to_owned() } else { format!("in {}", age(seconds)) }
}

#[cfg(test)]
pub(crate) mod tests {
    use openslots_api::conformance::Breach;
    use openslots_fhir::conformance::Grade;
    use openslots_model::{FreshnessPolicy, Publisher, PublisherHints, PublisherNumber};

    use super::*;

    pub(crate) const NOW: UnixSeconds = UnixSeconds(1_000_000);

    /// A publisher that is well: read three minutes before [`NOW`].
    pub(crate) fn judged(slug: &str) -> JudgedStatus {
        let status = PublisherStatus {
            publisher: Publisher {
                number: PublisherNumber(1),
                slug: slug.parse().expect("a slug"),
                display_name: slug.to_owned(),
                manifest_url: format!("https://{slug}.example/$bulk-publish"),
                enabled: true,
                is_configured: false,
                policy: FreshnessPolicy::default(),
                access_expires_at: None,
                is_public_only: false,
            },
            last_attempt_at: Some(NOW.plus_seconds(-180)),
            last_success_at: Some(NOW.plus_seconds(-180)),
            last_read_at: Some(NOW.plus_seconds(-180)),
            last_outcome: Some(CrawlOutcome::Unchanged),
            reason: None,
            transaction_time: None,
            next_due_at: Some(NOW.plus_seconds(2_820)),
            n_slots: 12_345,
            n_free_slots: 1_234,
            n_issues: 7,
            n_failures: 0,
            hints: PublisherHints::default(),
            held_removal: None,
            last_snapshot_at: None,
        };
        JudgedStatus {
            freshness: status.freshness(NOW),
            age_seconds: Some(180),
            due_reason: Some("publisher-cadence".to_owned()),
            warnings: Vec::new(),
            conformance: None,
            status,
        }
    }

    fn failing() -> JudgedStatus {
        let mut failing = judged("hill-clinic");
        failing.status.last_outcome = Some(CrawlOutcome::Failed);
        failing.status.n_failures = 4;
        failing.status.reason = Some("the manifest answers 500".to_owned());
        failing.status.next_due_at = Some(NOW);
        failing.due_reason = Some("back-off".to_owned());
        failing.warnings = failing.status.warnings(NOW).into_iter().map(|warning| warning.detail).collect();
        failing.warnings.push("its clock is off".to_owned());
        let breach = |requirement: &str, severity: &str, n| Breach {
            requirement: requirement.to_owned(),
            severity: severity.to_owned(),
            n,
            remedy: String::new(),
        };
        failing.conformance = Some(Conformance {
            grade: Grade::D,
            n_checked: 200,
            n_faulty: 3,
            n_rejected: 0,
            n_errors: 3,
            n_warnings: 9,
            findings: vec![breach("location-state", "error", 3), breach("slot-booking", "warning", 9)],
        });
        failing
    }

    #[test]
    fn the_table_says_when_and_why_and_what_is_wrong() {
        let report = StatusReport { serving: true, publishers: vec![failing(), judged("bay-health")] };
        let want = "\
publisher    freshness    age  last crawl                     next due   why                 slots   free  issues  grade
hill-clinic  fresh      3 min  failed 3 min ago (4 in a row)  now        back-off           12,345  1,234       7  D
bay-health   fresh      3 min  unchanged 3 min ago            in 47 min  publisher-cadence  12,345  1,234       7  -
hill-clinic: 4 crawls in a row have failed: the manifest answers 500
hill-clinic: its clock is off
hill-clinic: errors in 3 of 200 lines looked at: location-state (3); `openslots check` names each
";
        assert_eq!(report.to_table(NOW, None), want);
    }

    #[test]
    fn on_a_narrow_terminal_crawls_are_told_below() {
        let report = StatusReport { serving: true, publishers: vec![failing(), judged("bay-health")] };
        assert_eq!(report.to_table(NOW, Some(120)), report.to_table(NOW, None));
        let want = "\
publisher    freshness    age   slots   free  issues  grade
hill-clinic  fresh      3 min  12,345  1,234       7  D
bay-health   fresh      3 min  12,345  1,234       7  -
hill-clinic: crawled: failed 3 min ago (4 in a row); next: now (back-off)
hill-clinic: 4 crawls in a row have failed: the manifest answers 500
hill-clinic: its clock is off
hill-clinic: errors in 3 of 200 lines looked at: location-state (3); `openslots check` names each
bay-health: crawled: unchanged 3 min ago; next: in 47 min (publisher-cadence)
";
        assert_eq!(report.to_table(NOW, Some(119)), want);
    }
}
