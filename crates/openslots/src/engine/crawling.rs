//! Crawls of publishers: who is meant, what earlier runs have left, and what becomes of a run that has ended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use openslots_crawl::{CrawlMemory, CrawlOptions, CrawlProgress, CrawlTarget};
use openslots_model::{CrawlOutcome, CrawlRun, PublisherSlug, UnixSeconds};
use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

use super::{Engine, elapsed_ms, lock};
use crate::events::{RunConcluded, RunNotRecorded, crawl_span};
use crate::operations::{CrawlReport, CrawlRequest};

/// How often it is noted that a publisher is being asked; within the minute that it is then left alone.
const NOTE_ATTEMPT_EVERY: Duration = Duration::from_secs(20);

impl Engine {
    pub(super) async fn crawl(
        self: &Arc<Self>,
        request: CrawlRequest,
        progress: Arc<dyn CrawlProgress>,
    ) -> Result<CrawlReport> {
        let began = Instant::now();
        let engine = Arc::clone(self);
        let force = request.force;
        let slugs = tokio::task::spawn_blocking(move || engine.select(&request)).await??;
        let mut tasks = tokio::task::JoinSet::new();
        for slug in slugs {
            let (engine, progress) = (Arc::clone(self), Arc::clone(&progress));
            let span = crawl_span(&slug);
            let crawled = async move {
                // What went wrong here is this publisher's alone: the others go on.
                let run = engine.crawl_publisher(&slug, force, progress).await;
                run.unwrap_or_else(|error| {
                    RunNotRecorded { slug: &slug, error: &error }.emit();
                    not_run(&slug, CrawlOutcome::Failed, format!("{error:#}"))
                })
            };
            tasks.spawn(crawled.instrument(span));
        }
        let mut runs = Vec::new();
        while let Some(run) = tasks.join_next().await {
            runs.push(run?);
        }
        runs.sort_by(|a, b| a.publisher.cmp(&b.publisher));
        Ok(CrawlReport { runs, duration_ms: elapsed_ms(began) })
    }

    /// The publishers that a request means.
    fn select(&self, request: &CrawlRequest) -> Result<BTreeSet<PublisherSlug>> {
        let mut slugs = BTreeSet::new();
        for url in &request.manifests {
            slugs.insert(self.add_manifest(url)?.0);
        }
        let plans = self.plans();
        for text in &request.publishers {
            let slug: PublisherSlug = text.parse()?;
            if !plans.contains_key(&slug) {
                let known: Vec<_> = plans.keys().map(PublisherSlug::as_str).collect();
                bail!("publisher `{slug}` is not known; known are: {}", known.join(", "));
            }
            slugs.insert(slug);
        }
        if request.manifests.is_empty() && request.publishers.is_empty() {
            slugs.extend(plans.into_iter().filter(|(_, plan)| plan.enabled).map(|(slug, _)| slug));
            if slugs.is_empty() {
                bail!(
                    "there are no publishers to crawl; name one with --manifest URL or add a file to config/publishers"
                );
            }
        }
        Ok(slugs)
    }

    /// Crawls one publisher and lets the index catch up. A publisher that is being crawled already is too soon.
    pub(crate) async fn crawl_publisher(
        self: &Arc<Self>,
        slug: &PublisherSlug,
        force: bool,
        progress: Arc<dyn CrawlProgress>,
    ) -> Result<CrawlRun> {
        let permit = self.crawl_permits.acquire().await?;
        let plan = lock(&self.plans).get(slug).cloned().with_context(|| format!("publisher `{slug}` is not known"))?;
        if !lock(&self.running).insert(slug.clone()) {
            return Ok(not_run(slug, CrawlOutcome::TooSoon, "is being crawled at this moment".to_owned()));
        }
        let _running = Running { engine: self, slug };
        if let Some(until) = self.crawler.host_left_alone_until(&plan.target).filter(|_| !force) {
            // Neither an attempt nor a failure of this publisher.
            let reason = format!("its host has asked to be left alone until {until}");
            return Ok(not_run(slug, CrawlOutcome::TooSoon, reason));
        }
        let engine = Arc::clone(self);
        let of = slug.clone();
        let Attempt { memory, to_note } = run_in_span(move || engine.begin_attempt(&of, force)).await??;
        // While another run is committed the note waits, but not the crawl.
        let note = to_note.map(|at| {
            let (engine, slug) = (Arc::clone(self), slug.clone());
            run_in_span(move || engine.store.record_attempt(&slug, at))
        });
        let target = CrawlTarget { memory, ..plan.target };
        let run = self.crawl_noted(&target, force, progress.as_ref()).await;
        if let Some(note) = note {
            // Never after a later one.
            note.await??;
        }
        // The next publisher need not wait until the index has caught up with this one.
        drop(permit);
        let engine = Arc::clone(self);
        run_in_span(move || engine.conclude(run)).await?
    }

    /// Crawls, and notes from time to time that the publisher is being asked: a process after this one leaves alone
    /// what was asked for just before this one ended.
    async fn crawl_noted(
        self: &Arc<Self>,
        target: &CrawlTarget,
        force: bool,
        progress: &dyn CrawlProgress,
    ) -> CrawlRun {
        let mut crawl = std::pin::pin!(self.crawler.crawl(target, CrawlOptions { force }, progress));
        loop {
            tokio::select! {
                run = &mut crawl => return run,
                () = tokio::time::sleep(NOTE_ATTEMPT_EVERY) => {}
            }
            let (engine, slug) = (Arc::clone(self), target.slug.clone());
            run_in_span(move || {
                if let Err(error) = engine.store.record_attempt(&slug, engine.clock.now()) {
                    tracing::warn!(publisher.slug = %slug, %error, "attempt not noted");
                }
            });
        }
    }

    /// What earlier runs have left; notes that the publisher is asked now, unless that would be too soon.
    fn begin_attempt(&self, slug: &PublisherSlug, force: bool) -> Result<Attempt> {
        let status = self.status(slug)?;
        let is_failing = status.as_ref().is_some_and(|status| self.pace.is_breaker_open(status));
        let memory = CrawlMemory {
            last_attempt_at: status.as_ref().and_then(|status| status.last_attempt_at),
            left_alone_until: status.as_ref().and_then(|status| self.pace.left_alone_until(status, self.clock.now())),
            // A chain that cannot be followed again and again is begun anew.
            resume: self.store.resume_point(slug)?.filter(|_| !is_failing),
        };
        let now = self.clock.now();
        let is_free = memory.last_attempt_at.is_none_or(|last| now.0 - last.0 >= self.min_interval_seconds)
            && memory.left_alone_until.is_none_or(|until| until <= now);
        let is_noted = !(force || is_free) || self.store.try_record_attempt(slug, now)?;
        Ok(Attempt { memory, to_note: (!is_noted).then_some(now) })
    }

    /// Records what the store does not know yet and carries the changes to the index.
    fn conclude(&self, mut run: CrawlRun) -> Result<CrawlRun> {
        // First what people search; all that is noted below waits for the store's writer, which others may have.
        let caught_up = self.catch_up();
        if run.outcome == CrawlOutcome::Failed {
            self.store.record_failed_run(&run)?;
        }
        if run.outcome != CrawlOutcome::TooSoon {
            // The last files were asked for just now.
            self.store.record_attempt(&run.publisher, self.clock.now())?;
            self.follow_cadence(&run.publisher)?;
        }
        let status = self.status(&run.publisher)?;
        if matches!(run.outcome, CrawlOutcome::Failed | CrawlOutcome::TooSoon) {
            // Nothing was read, and what is held stands.
            run.n_free_slots = status.as_ref().map_or(0, |status| status.n_free_slots);
        }
        let plan = lock(&self.plans).get(&run.publisher).cloned();
        let due = plan.zip(status.as_ref()).and_then(|(plan, status)| self.due_of(&plan, status));
        RunConcluded { run: &run, status: status.as_ref(), next_due_at: due.map(|due| due.at) }.emit();
        caught_up?;
        self.run_after_commit();
        Ok(run)
    }

    /// Lets the publisher's data age by the cadence that it now wishes.
    fn follow_cadence(&self, slug: &PublisherSlug) -> Result<()> {
        let (Some(status), Some(plan)) = (self.status(slug)?, lock(&self.plans).get(slug).cloned()) else {
            return Ok(());
        };
        let policy = plan.policy(self.wish_of(&status), self.clock.now());
        if policy != status.publisher.policy {
            self.store.set_policy(slug, policy)?;
        }
        Ok(())
    }
}

/// Blocking work whose lines in the log are those of the crawl that waits for it.
fn run_in_span<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}

/// A run that came to nothing.
fn not_run(slug: &PublisherSlug, outcome: CrawlOutcome, reason: String) -> CrawlRun {
    CrawlRun { outcome, reason: Some(reason), ..CrawlRun::begun(slug.clone(), UnixSeconds::now()) }
}

/// How a run begins.
struct Attempt {
    memory: CrawlMemory,
    /// The moment of the attempt, while it is not noted.
    to_note: Option<UnixSeconds>,
}

/// Marks a publisher as crawled until dropped.
struct Running<'a> {
    engine: &'a Engine,
    slug: &'a PublisherSlug,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        lock(&self.engine.running).remove(self.slug);
    }
}
