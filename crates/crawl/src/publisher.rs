//! One crawl run: one publisher, one pass.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use futures_util::{StreamExt, stream};
use openslots_model::{
    CrawlOutcome, CrawlRun, FileContent, FileIndex, FileOutcome, FinishedFile, FinishedRun, UnixSeconds,
};
use tokio::task::spawn_blocking;

use crate::context::RunContext;
use crate::crawler::{CrawlOptions, Crawler};
use crate::error::with_causes;
use crate::file::{FileContext, FileEnd};
use crate::manifest::{ManifestRead, read_manifest};
use crate::politeness::{Admission, RunNumber};
use crate::progress::CrawlProgress;
use crate::sink::SinkError;
use crate::target::{CrawlTarget, Credentials};

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
        let run = CrawlRun {
            publisher: target.slug.clone(),
            started_at: UnixSeconds::now(),
            duration_ms: 0,
            outcome: CrawlOutcome::Failed,
            reason: None,
            transaction_time: None,
            files: Vec::new(),
            skipped_types: Vec::new(),
            n_bytes: 0,
            n_free_slots: 0,
        };
        let number = crawler.fetcher.politeness.begin_run();
        Self { crawler, target, options, progress, number, began: Instant::now(), run }
    }

    /// Takes the run to its end.
    pub(crate) async fn run(mut self) -> CrawlRun {
        let credentials = match Credentials::of(self.target) {
            Ok(credentials) => credentials,
            Err(reason) => return self.ended(CrawlOutcome::Failed, reason),
        };
        if let Some(reason) = self.too_soon(&credentials) {
            return self.ended(CrawlOutcome::TooSoon, reason);
        }
        let (crawler, target, progress) = (self.crawler, self.target, self.progress);
        let context = RunContext {
            publisher: &target.slug,
            limits: &crawler.limits,
            fetcher: &crawler.fetcher,
            hosts: &crawler.hosts,
            credentials: &credentials,
            access: crawler.access_tokens.of(target),
            progress,
            number: self.number,
            force: self.options.force,
            began: self.began,
        };
        let mut n_bytes = 0;
        let manifest = read_manifest(&context, &target.manifest_url, &mut n_bytes).await;
        self.run.n_bytes = n_bytes;
        let mut manifest = match manifest {
            Ok(manifest) => manifest,
            Err(reason) => return self.ended(CrawlOutcome::Failed, reason),
        };
        self.run.transaction_time = manifest.transaction_time.take();
        self.run.skipped_types = std::mem::take(&mut manifest.skipped_types);
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
                let reason = format!("what was read cannot be kept: {}", with_causes(error.as_ref()));
                self.ended(CrawlOutcome::Failed, reason)
            }
        }
    }

    /// Why the publisher must be left alone; if it need not, the request for its manifest is put on record.
    fn too_soon(&self, credentials: &Credentials) -> Option<String> {
        let politeness = &self.crawler.fetcher.politeness;
        let remembered = politeness.wait_since(self.target.last_attempt_at, UnixSeconds::now());
        let wait = match remembered.filter(|_| !self.options.force) {
            Some(wait) => wait,
            None => {
                let url = credentials.request_url(&self.target.manifest_url);
                match politeness.admit(&url, self.number, self.options.force, Instant::now()) {
                    Admission::After(wait) => wait,
                    Admission::Now | Admission::AskedInThisRun => return None,
                }
            }
        };
        let interval = self.crawler.limits.min_interval.as_secs();
        let wait = wait.as_millis().div_ceil(1_000);
        Some(format!("was asked for less than {interval} s ago; left alone for {wait} s more"))
    }

    /// Reads the output files and commits them; `None` if all of them failed.
    async fn read_and_commit(
        &mut self,
        context: &RunContext<'_>,
        manifest: ManifestRead,
    ) -> Result<Option<CrawlRun>, SinkError> {
        let (sink, slug) = (Arc::clone(&self.crawler.sink), self.target.slug.clone());
        let sink = blocking(move || sink.begin_run(&slug)).await?;
        let files = &FileContext {
            run: context,
            sink: &sink,
            reach: manifest.reach,
            deletions: Arc::new(manifest.deletions),
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
        let files: Vec<FinishedFile> = ends.into_iter().map(|end| end.file).collect();
        self.run.files = files.iter().map(|file| file.report.clone()).collect();
        self.run.n_bytes += self.run.files.iter().map(|file| file.n_bytes).sum::<u64>();
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
        let finished = FinishedRun {
            run: self.run.clone(),
            files,
            is_complete: manifest.incomplete.is_none(),
            manifest_validators: manifest.validators,
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
