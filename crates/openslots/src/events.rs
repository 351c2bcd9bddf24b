//! What happens to publishers, told once: each event writes its line in the log and its metrics together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use metrics::{counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use openslots_api::events as http;
use openslots_model::{CrawlRun, FileOutcome, PublisherSlug, PublisherStatus, UnixSeconds, WarningCode};
use tracing::Span;

const RUNS: &str = "openslots_crawl_runs_total";
const BYTES: &str = "openslots_crawl_bytes_total";
const LINES: &str = "openslots_crawl_lines_total";
const FILES: &str = "openslots_crawl_files_total";
const DURATION: &str = "openslots_crawl_duration_seconds";

/// From a run that found nothing changed to one that read millions of slots from a slow publisher.
const DURATION_BUCKETS: [f64; 10] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0];

/// Starts counting the events of this process.
pub(crate) fn start_counting() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &DURATION_BUCKETS)
        .and_then(|builder| {
            let of_requests = Matcher::Full(http::REQUEST_DURATION.to_owned());
            builder.set_buckets_for_metric(of_requests, &http::REQUEST_DURATION_BUCKETS)
        })
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics cannot be counted")?;
    http::describe();
    describe_counter!(RUNS, "Crawl runs concluded by this process, by how they ended.");
    describe_counter!(BYTES, "Bytes that crawl runs read over the wire.");
    describe_counter!(LINES, "Lines of output files that crawl runs accepted, found unchanged, or rejected.");
    describe_counter!(FILES, "Output files of crawl runs, by how they fared.");
    describe_histogram!(DURATION, "How long crawl runs took, by how they ended.");
    Ok(handle)
}

/// A crawl run has ended and what it brought is recorded.
pub(crate) struct RunConcluded<'a> {
    /// The run.
    pub(crate) run: &'a CrawlRun,
    /// What is known of its publisher since.
    pub(crate) status: Option<&'a PublisherStatus>,
    /// When it is to be crawled next.
    pub(crate) next_due_at: Option<UnixSeconds>,
}

impl RunConcluded<'_> {
    pub(crate) fn emit(self) {
        let Self { run, status, next_due_at } = self;
        let (accepted, unchanged, rejected) = run.n_lines();
        let publisher = || run.publisher.to_string();
        counter!(RUNS, "publisher" => publisher(), "outcome" => run.outcome.as_str()).increment(1);
        counter!(BYTES, "publisher" => publisher()).increment(run.n_bytes);
        for (result, n_lines) in [("accepted", accepted), ("unchanged", unchanged), ("rejected", rejected)] {
            counter!(LINES, "publisher" => publisher(), "result" => result).increment(n_lines);
        }
        for outcome in FileOutcome::ALL {
            let n_files = run.n_files(outcome);
            counter!(FILES, "publisher" => publisher(), "outcome" => outcome.as_str()).increment(n_files);
        }
        histogram!(DURATION, "outcome" => run.outcome.as_str()).record(run.duration_ms as f64 / 1_000.0);
        tracing::info!(
            publisher.slug = %run.publisher,
            outcome = run.outcome.as_str(),
            scope = run.scope.as_str(),
            reason = run.reason,
            files.fetched = run.n_files(FileOutcome::Fetched),
            files.unchanged = run.n_files(FileOutcome::Unchanged),
            files.failed = run.n_files(FileOutcome::Failed),
            lines.accepted = accepted,
            lines.unchanged = unchanged,
            lines.rejected = rejected,
            bytes = run.n_bytes,
            slots.free = run.n_free_slots,
            slots.held_removal = run.held_removal.map(|held| held.n_slots),
            issues = status.map(|status| status.n_issues),
            failures_in_row = status.map(|status| status.n_failures),
            clock_skew_seconds = run.hints.clock_skew_seconds.filter(|skew| *skew != 0),
            last_success_at = status.and_then(|status| status.last_success_at).map(tracing::field::display),
            next_due_at = next_due_at.map(tracing::field::display),
            duration_ms = run.duration_ms,
            "publisher {} crawled: {}",
            run.publisher,
            run.outcome
        );
    }
}

/// The span of a crawl: each line of it names the publisher and the run, which is told from others of this process.
pub(crate) fn crawl_span(slug: &PublisherSlug) -> Span {
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    let run_id = format!("{}-{}", UnixSeconds::now().0, COUNTER.fetch_add(1, Ordering::Relaxed));
    // At the highest level, so that a log of warnings alone has it too.
    tracing::error_span!("crawl_run", publisher.slug = %slug, run.id = run_id)
}

/// A crawl run could not be begun or recorded, for reasons that lie with us.
pub(crate) struct RunNotRecorded<'a> {
    /// The publisher.
    pub(crate) slug: &'a PublisherSlug,
    /// Why.
    pub(crate) error: &'a anyhow::Error,
}

impl RunNotRecorded<'_> {
    pub(crate) fn emit(self) {
        let Self { slug, error } = self;
        tracing::error!(publisher.slug = %slug, error = format!("{error:#}"), "crawl run not recorded");
    }
}

/// What was told of each publisher, so that a warning is logged when it appears and not again while it stands.
#[derive(Debug, Default)]
pub(crate) struct StandingWarnings(Mutex<BTreeMap<PublisherSlug, BTreeSet<WarningCode>>>);

impl StandingWarnings {
    /// Logs what is new of a publisher, and what has passed.
    pub(crate) fn notice(&self, status: &PublisherStatus, now: UnixSeconds) {
        let slug = &status.publisher.slug;
        let warnings = status.warnings(now);
        let codes: BTreeSet<_> = warnings.iter().map(|warning| warning.code).collect();
        let before = self.replace(slug, codes.clone());
        for warning in warnings.iter().filter(|warning| !before.contains(&warning.code)) {
            let code = warning.code.as_str();
            tracing::warn!(publisher.slug = %slug, warning = code, "publisher {slug}: {}", warning.detail);
        }
        for passed in before.difference(&codes).map(|code| code.as_str()) {
            tracing::info!(publisher.slug = %slug, warning = passed, "publisher {slug}: warning `{passed}` has passed");
        }
    }

    /// Keeps what stands now; what stood before.
    fn replace(&self, slug: &PublisherSlug, codes: BTreeSet<WarningCode>) -> BTreeSet<WarningCode> {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if codes.is_empty() { standing.remove(slug) } else { standing.insert(slug.clone(), codes) };
        before.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{CrawlOutcome, FileReport, ResourceKind};

    use super::*;

    /// What is logged while `work` is done.
    fn logged(work: impl FnOnce()) -> String {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let writer = Mutex::new(log.reopen().expect("the same file"));
        let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, work);
        std::fs::read_to_string(log.path()).expect("text")
    }

    #[test]
    fn a_run_is_logged_and_counted() {
        let mut run = CrawlRun::begun("bay-health".parse().expect("a slug"), UnixSeconds(0));
        run.outcome = CrawlOutcome::Partial;
        run.n_bytes = 700;
        run.duration_ms = 2_500;
        for (outcome, n_accepted, n_rejected) in [(FileOutcome::Fetched, 10, 2), (FileOutcome::Failed, 0, 0)] {
            run.files.push(FileReport {
                url: "https://bay.example/slots".to_owned(),
                kind: ResourceKind::Slot,
                outcome,
                n_bytes: 350,
                n_accepted,
                n_unchanged: 3,
                n_rejected,
                error: None,
            });
        }
        let recorder = PrometheusBuilder::new().set_buckets(&DURATION_BUCKETS).expect("buckets").build_recorder();
        let log = logged(|| {
            metrics::with_local_recorder(&recorder, || {
                for _ in 0..2 {
                    RunConcluded { run: &run, status: None, next_due_at: Some(UnixSeconds(60)) }.emit();
                }
            });
        });
        assert_eq!(log.lines().count(), 2, "{log}");
        for part in ["INFO", "publisher bay-health crawled: partial", "files.failed=1", "lines.rejected=2"] {
            assert!(log.contains(part), "{part}: {log}");
        }
        assert!(log.contains("next_due_at=1970-01-01T00:01:00Z"), "{log}");
        let text = recorder.handle().render();
        for line in [
            "openslots_crawl_runs_total{publisher=\"bay-health\",outcome=\"partial\"} 2",
            "openslots_crawl_bytes_total{publisher=\"bay-health\"} 1400",
            "openslots_crawl_lines_total{publisher=\"bay-health\",result=\"accepted\"} 20",
            "openslots_crawl_lines_total{publisher=\"bay-health\",result=\"unchanged\"} 12",
            "openslots_crawl_lines_total{publisher=\"bay-health\",result=\"rejected\"} 4",
            "openslots_crawl_files_total{publisher=\"bay-health\",outcome=\"failed\"} 2",
            "openslots_crawl_files_total{publisher=\"bay-health\",outcome=\"unchanged\"} 0",
            "openslots_crawl_duration_seconds_bucket{outcome=\"partial\",le=\"1\"} 0",
            "openslots_crawl_duration_seconds_bucket{outcome=\"partial\",le=\"5\"} 2",
            "openslots_crawl_duration_seconds_sum{outcome=\"partial\"} 5",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_warning_is_logged_when_it_appears_and_when_it_passes() {
        let standing = StandingWarnings::default();
        let mut status = crate::report::tests::judged("bay-health").status;
        let read_at = status.last_success_at.expect("a time");
        let expiry = read_at.plus_seconds(90_000);
        for (later, want) in [
            (0, vec![]),
            (10_000, vec![("WARN", "warning=\"stale\"")]),
            (20_000, vec![]),
            (300_000, vec![("WARN", "warning=\"expired\""), ("INFO", "`stale` has passed")]),
            (300_001, vec![]),
        ] {
            let log = logged(|| standing.notice(&status, read_at.plus_seconds(later)));
            assert_eq!(log.lines().count(), want.len(), "{later}: {log}");
            for (level, part) in want {
                assert!(log.lines().any(|line| line.contains(level) && line.contains(part)), "{later}: {log}");
            }
        }
        status.last_success_at = Some(read_at.plus_seconds(300_000));
        status.last_read_at = status.last_success_at;
        status.publisher.access_expires_at = Some(expiry.plus_seconds(400_000));
        let log = logged(|| standing.notice(&status, read_at.plus_seconds(300_010)));
        assert!(log.contains("access-expires-soon") && log.contains("`expired` has passed"), "{log}");
    }
}
