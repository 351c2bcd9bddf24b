//! One crawl run: one publisher, one pass.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use futures_util::{StreamExt, stream};
use openslots_model::{
    Coverage, CrawlOutcome, CrawlRun, FileContent, FileIndex, FileOutcome, FinishedFile, FinishedRun, Issue, IssueCode,
    OffsetInstant, RunScope,
};
use tokio::task::spawn_blocking;
use url::Url;

use crate::context::RunContext;
use crate::crawler::{CrawlOptions, Crawler};
use crate::error::with_causes;
use crate::file::{FileContext, FileEnd};
use crate::health::RunHealth;
use crate::manifest::{Beginning, ManifestRead, manifest_issue, read_manifest};
use crate::politeness::{Admission, RunNumber};
use crate::progress::CrawlProgress;
use crate::secrets::{Credentials, without_query};
use crate::sink::SinkError;
use crate::target::CrawlTarget;

/// A publisher's clock may differ from ours by this much before it is said, in seconds.
const MAX_SKEW_SECONDS: i64 = 300;

/// A run under way.
pub(crate) struct PublisherCrawl<'a> {
    crawler: &'a Crawler,
    target: &'a CrawlTarget,
    options: CrawlOptions,
    progress: &'a dyn CrawlProgress,
    number: RunNumber,
    began: Instant,
    run: CrawlRun,
}

impl<'a> PublisherCrawl<'a> {
    pub(crate) fn new(
        crawler: &'a Crawler,
        target: &'a CrawlTarget,
        options: CrawlOptions,
        progress: &'a dyn CrawlProgress,
    ) -> Self {
        let run = CrawlRun::begun(target.slug.clone(), crawler.clock.now());
        let number = crawler.fetcher.politeness.begin_run();
        Self { crawler, target, options, progress, number, began: Instant::now(), run }
    }

    /// Takes the run to its end.
    pub(crate) async fn run(mut self) -> CrawlRun {
        let credentials = match Credentials::of(self.target) {
            Ok(credentials) => credentials,
            Err(reason) => return self.ended(CrawlOutcome::Failed, reason),
        };
        let (crawler, target, progress) = (self.crawler, self.target, self.progress);
        let resnapshot_after = i64::try_from(crawler.limits.resnapshot_after.as_secs()).unwrap_or(i64::MAX);
        let beginning = Beginning::of(target, &credentials, resnapshot_after, self.run.started_at);
        if let Some(reason) = self.too_soon(beginning.url()) {
            return self.ended(CrawlOutcome::TooSoon, reason);
        }
        let context = RunContext {
            publisher: &target.slug,
            limits: &crawler.limits,
            fetcher: &crawler.fetcher,
            hosts: &crawler.hosts,
            credentials: &credentials,
            access: crawler.access_tokens.of(target),
            progress,
            clock: crawler.clock.as_ref(),
            health: RunHealth::default(),
            number: self.number,
            force: self.options.force,
            started_at: self.run.started_at,
            began: self.began,
        };
        let mut n_bytes = 0;
        let manifest = read_manifest(&context, target, beginning, &mut n_bytes).await;
        self.run.n_bytes = n_bytes;
        self.run.hints = context.health.hints();
        let mut manifest = match manifest {
            Ok(manifest) => manifest,
            Err(reason) => return self.ended(CrawlOutcome::Failed, reason),
        };
        self.run.scope = manifest.scope;
        self.run.transaction_time = manifest.transaction_time.take();
        self.run.skipped_types = std::mem::take(&mut manifest.skipped_types);
        self.run.n_files_of_other_states = manifest.n_files_of_other_states;
        manifest.issues.extend(self.clock_issues());
        progress.manifest(&target.slug, manifest.outputs.len());
        match self.read_and_commit(&context, manifest).await {
            Ok(Some(mut run)) => {
                run.duration_ms = self.elapsed_ms();
                run
            }
            Ok(None) => {
                let reason = format!("no output file could be read; {}", self.first_failure());
                self.ended(CrawlOutcome::Failed, reason)
            }
            Err(error) => {
                self.run.is_own_fault = true;
                let reason = format!("what was read cannot be kept: {}", with_causes(error.as_ref()));
                self.ended(CrawlOutcome::Failed, reason)
            }
        }
    }

    /// Why the publisher must be left alone; if it need not, the request for its first URL is put on record.
    fn too_soon(&self, url: &Url) -> Option<String> {
        let politeness = &self.crawler.fetcher.politeness;
        let (memory, now) = (&self.target.memory, self.run.started_at);
        let force = self.options.force;
        if let Some(until) = memory.left_alone_until.filter(|until| *until > now && !force) {
            return Some(format!("has asked to be left alone until {until}"));
        }
        let remembered = politeness.wait_since(memory.last_attempt_at, now);
        let wait = match remembered.filter(|_| !force) {
            Some(wait) => wait,
            None => match politeness.admit(url, self.number, force, self.crawler.clock.elapsed()) {
                Admission::After(wait) => wait,
                Admission::Now | Admission::AskedInThisRun => return None,
            },
        };
        let interval = self.crawler.limits.min_interval.as_secs();
        let wait = wait.as_millis().div_ceil(1_000);
        Some(format!("was asked for less than {interval} s ago; left alone for {wait} s more"))
    }

    /// What is wrong with the publisher's clock, which its times hang on.
    fn clock_issues(&self) -> Vec<Issue> {
        let mut details = Vec::new();
        let skew = self.run.hints.clock_skew_seconds.unwrap_or(0);
        if skew.abs() > MAX_SKEW_SECONDS {
            let direction = if skew > 0 { "ahead of" } else { "behind" };
            // How far is in the status: here it would be another issue with every crawl.
            details.push(format!("the publisher's clock is more than five minutes {direction} ours"));
        }
        let claimed = self.run.transaction_time.as_deref().and_then(|text| OffsetInstant::parse_lenient(text).ok());
        if let Some((claimed, _)) = claimed.filter(|(claimed, _)| {
            // A clock that is ahead is said already.
            claimed.instant.0 - self.run.started_at.0 > MAX_SKEW_SECONDS + skew.max(0)
        }) {
            // How far hangs on the hour: with it, this would be another issue with every crawl.
            details.push(format!("`transactionTime` {} lies more than five minutes ahead", claimed.instant));
        }
        let file = without_query(&self.target.manifest_url);
        details
            .into_iter()
            .map(|detail| Issue { code: IssueCode::ClockSkew, ..manifest_issue(&file, detail) })
            .collect()
    }

    /// Reads the output files and commits them; `None` if all of them failed.
    async fn read_and_commit(
        &mut self,
        context: &RunContext<'_>,
        manifest: ManifestRead,
    ) -> Result<Option<CrawlRun>, SinkError> {
        let (sink, slug) = (Arc::clone(&self.crawler.sink), self.target.slug.clone());
        let sink = blocking(move || sink.begin_run(&slug)).await?;
        let deletions = Arc::new(manifest.deletions);
        let files = &FileContext {
            run: context,
            sink: &sink,
            reach: manifest.reach,
            scope: manifest.scope,
            deletions: Arc::clone(&deletions),
            is_over: Arc::new(AtomicBool::new(false)),
        };
        // A file that waits for its turn with a busy host does not hold a connection, so a few more may wait.
        let n_at_once = self.crawler.limits.connections_total.max(1);
        let mut ends: Vec<Result<FileEnd, SinkError>> = stream::iter((0..).zip(manifest.outputs))
            .map(|(index, listed)| files.read(FileIndex(index), listed))
            .buffer_unordered(n_at_once)
            .collect()
            .await;
        if let Some(failed) = ends.iter().position(Result::is_err) {
            ends.swap_remove(failed)?;
        }
        let mut ends: Vec<FileEnd> = ends.into_iter().flatten().collect();
        ends.sort_by_key(|end| end.file.index);
        let mut issues = manifest.issues;
        issues.extend(ends.iter_mut().filter_map(|end| end.issue.take()));
        // The last, so that none of the others gives way where only so many are kept.
        issues.extend(manifest.findings.into_issues());
        let files: Vec<FinishedFile> = ends.into_iter().map(|end| end.file).collect();
        self.run.files = files.iter().map(|file| file.report.clone()).collect();
        self.run.n_bytes += self.run.files.iter().map(|file| file.n_bytes).sum::<u64>();
        self.run.hints = context.health.hints();
        let n_failed = self.run.n_files(FileOutcome::Failed);
        if n_failed > 0 && n_failed == files.len() as u64 {
            return Ok(None);
        }
        (self.run.outcome, self.run.reason) = if n_failed > 0 {
            let reason = format!("{n_failed} of {} output files failed; {}", files.len(), self.first_failure());
            (CrawlOutcome::Partial, Some(reason))
        } else if let Some(reason) = &manifest.incomplete {
            (CrawlOutcome::Partial, Some(format!("not all of the manifest could be read: {reason}")))
        } else if files.iter().all(|file| file.content == FileContent::Unchanged) {
            (CrawlOutcome::Unchanged, None)
        } else {
            (CrawlOutcome::Updated, None)
        };
        self.run.duration_ms = self.elapsed_ms();
        let is_taken = n_failed == 0 && manifest.incomplete.is_none();
        let finished = FinishedRun {
            run: self.run.clone(),
            files,
            coverage: match (manifest.incomplete, manifest.scope) {
                (Some(_), _) => Coverage::Partial,
                (None, RunScope::Snapshot) => Coverage::Complete,
                (None, RunScope::Increment) => Coverage::Increment,
            },
            withdrawals: deletions.withdrawals(),
            resume: if is_taken { manifest.resume } else { manifest.fallback },
            max_removed_percent: self.crawler.limits.max_removed_percent,
            leaves_out_test_places: self.crawler.limits.leaves_out_test_places,
            issues,
        };
        blocking(move || sink.commit(finished)).await.map(Some)
    }

    fn first_failure(&self) -> String {
        let failed = self.run.files.iter().find_map(|file| Some((&file.url, file.error.as_ref()?)));
        failed.map(|(url, error)| format!("{url} {error}")).unwrap_or_default()
    }

    fn ended(mut self, outcome: CrawlOutcome, reason: String) -> CrawlRun {
        self.run.outcome = outcome;
        self.run.reason = Some(reason);
        self.run.duration_ms = self.elapsed_ms();
        self.run
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Calls the sink on a blocking thread; a panic is an error of the sink.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, SinkError> + Send + 'static,
) -> Result<T, SinkError> {
    spawn_blocking(call).await.unwrap_or_else(|panic| Err(panic.into()))
}
