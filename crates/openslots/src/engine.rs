//! The one place where a data directory's store, index and crawler come together.

mod publishers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use openslots_crawl::{
    Clock, CrawlMemory, CrawlOptions, CrawlProgress, CrawlTarget, Crawler, Due, DueReason, Pace, SystemClock,
};
use openslots_model::{CrawlOutcome, CrawlRun, PublisherSlug, PublisherStatus, UnixSeconds};
use openslots_search::SearchIndex;
use openslots_store::Store;
use tokio::sync::Semaphore;
use url::Url;

use crate::config::{ConfiguredPublisher, Settings};
use crate::data_dir::{DataDir, DataLock};
use crate::events::{RunConcluded, RunNotRecorded, StandingWarnings};
use crate::indexing;
use crate::operations::{CrawlReport, CrawlRequest, IndexReport, JudgedStatus, Reply, Request, StatusReport};
use crate::plan::{CommonPlan, Plan};
use crate::sink::StoreSink;

/// How often it is noted that a publisher is being asked; within the minute that it is then left alone.
const NOTE_ATTEMPT_EVERY: Duration = Duration::from_secs(20);

/// Called after each commit that the index has caught up with.
type AfterCommit = Box<dyn Fn() + Send + Sync>;

/// Store, index and crawler of one data directory, held by this process alone.
pub(crate) struct Engine {
    store: Store,
    index: Arc<SearchIndex>,
    crawler: Crawler,
    plans: Mutex<BTreeMap<PublisherSlug, Plan>>,
    /// Held while publishers are added, so that none is added twice.
    adding: Mutex<()>,
    /// Publishers that are being crawled at this moment.
    running: Mutex<BTreeSet<PublisherSlug>>,
    /// Lets one catch-up at a time through, so that updates reach the index in order; the time they took so far.
    catching_up: Mutex<Duration>,
    crawl_permits: Semaphore,
    /// A publisher asked less than this ago is left alone.
    min_interval_seconds: i64,
    common: CommonPlan,
    pace: Pace,
    clock: Arc<dyn Clock>,
    after_commit: Mutex<Option<AfterCommit>>,
    standing_warnings: StandingWarnings,
    serving: bool,
    _lock: DataLock,
}

/// A guard's data are plain values that stay whole whoever panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Opens the store and brings the index to its state. Blocking.
    pub(crate) fn open(settings: &Settings, data_dir: &DataDir, data_lock: DataLock, serving: bool) -> Result<Self> {
        Self::open_with_clock(settings, data_dir, data_lock, serving, Arc::new(SystemClock::default()))
    }

    /// The same by another clock than the machine's.
    pub(crate) fn open_with_clock(
        settings: &Settings,
        data_dir: &DataDir,
        data_lock: DataLock,
        serving: bool,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        // Read now, so that no request has to wait for it.
        openslots_directory::load();
        let store = Store::open(data_dir.path())?;
        let index = Arc::new(indexing::open_index(&store, &data_dir.index())?);
        let sink = Arc::new(StoreSink(store.clone()));
        let crawler = Crawler::with_clock(settings.limits.clone(), sink, Arc::clone(&clock))?;
        let engine = Self {
            store,
            index,
            crawler,
            plans: Mutex::default(),
            adding: Mutex::default(),
            running: Mutex::default(),
            catching_up: Mutex::default(),
            crawl_permits: Semaphore::new(settings.concurrency.get()),
            min_interval_seconds: i64::try_from(settings.limits.min_interval.as_secs())?,
            common: CommonPlan::of(settings),
            pace: settings.pace,
            clock,
            after_commit: Mutex::default(),
            standing_warnings: StandingWarnings::default(),
            serving,
            _lock: data_lock,
        };
        engine.plan_publishers(&settings.publishers)?;
        engine.look_after_store();
        Ok(engine)
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The index.
    pub(crate) fn index(&self) -> &Arc<SearchIndex> {
        &self.index
    }

    /// Has `call` called after each commit that the index has caught up with.
    pub(crate) fn after_commit(&self, call: impl Fn() + Send + Sync + 'static) {
        *lock(&self.after_commit) = Some(Box::new(call));
    }

    /// The publishers that may be crawled, with when and how.
    pub(crate) fn plans(&self) -> BTreeMap<PublisherSlug, Plan> {
        lock(&self.plans).clone()
    }

    /// Plans the publishers that the store knows and those that are configured.
    fn plan_publishers(&self, configured: &[ConfiguredPublisher]) -> Result<()> {
        let statuses = self.store.publisher_statuses()?;
        // One that a configuration file named may need headers that only that file gives: it stands again with its file.
        for publisher in statuses.iter().map(|status| &status.publisher).filter(|publisher| !publisher.is_configured) {
            let url = Url::parse(&publisher.manifest_url)
                .with_context(|| format!("manifest URL of publisher `{}` in the store", publisher.slug))?;
            let slug = publisher.slug.clone();
            let plan = Plan::of_url(slug.clone(), &publisher.display_name, url, publisher.enabled, &self.common)
                .public_only(publisher.is_public_only);
            lock(&self.plans).insert(slug, plan);
        }
        for publisher in configured {
            let known = statuses.iter().find(|status| status.publisher.slug == publisher.slug);
            let wish = known.and_then(|status| self.wish_of(status));
            self.put_plan(Plan::of_configured(publisher, &self.common), wish)?;
        }
        Ok(())
    }

    fn wish_of(&self, status: &PublisherStatus) -> Option<u32> {
        let wish = self.pace.wished_interval(status)?;
        Some(u32::try_from(wish.as_secs()).unwrap_or(u32::MAX))
    }

    /// Keeps a plan and its publisher, instead of whatever was known under its slug.
    fn put_plan(&self, plan: Plan, wished_interval_seconds: Option<u32>) -> Result<()> {
        self.store.put_publisher(&plan.new_publisher(wished_interval_seconds, self.clock.now()))?;
        lock(&self.plans).insert(plan.target.slug.clone(), plan);
        Ok(())
    }

    /// When each enabled publisher is due, by what is remembered of it; logs what an operator should hear of those that
    /// are not well. Blocking.
    pub(crate) fn due(&self) -> Result<BTreeMap<PublisherSlug, Due>> {
        let plans = self.plans();
        let mut due = BTreeMap::new();
        for status in self.store.publisher_statuses()? {
            let Some(plan) = plans.get(&status.publisher.slug).filter(|plan| plan.enabled) else { continue };
            self.standing_warnings.notice(&status, self.clock.now());
            if let Some(at) = self.due_of(plan, &status) {
                due.insert(status.publisher.slug, at);
            }
        }
        Ok(due)
    }

    fn due_of(&self, plan: &Plan, status: &PublisherStatus) -> Option<Due> {
        let now = self.clock.now();
        let is_running = || lock(&self.running).contains(&status.publisher.slug);
        if let (Some(asked_at), None) = (status.last_attempt_at, status.last_outcome)
            && !is_running()
        {
            // It was asked, for a look at its manifest or in a run that did not come to its end: it is still new.
            return Some(Due { at: asked_at.min(now).plus_seconds(self.min_interval_seconds), reason: DueReason::New });
        }
        // An attempt in the future is a clock that was put back.
        let scheduled = status.last_attempt_at.and_then(|last| plan.schedule.next_after(last.min(now)));
        self.pace.due(status, scheduled, now)
    }

    /// The state of every publisher. Blocking.
    pub(crate) fn status_report(&self) -> Result<StatusReport> {
        let mut report = status_of(&self.store, self.serving, self.clock.now())?;
        let plans = self.plans();
        for judged in &mut report.publishers {
            let plan = plans.get(&judged.status.publisher.slug).filter(|plan| plan.enabled);
            if let Some(due) = plan.and_then(|plan| self.due_of(plan, &judged.status)) {
                judged.status.next_due_at = Some(due.at);
                judged.due_reason = Some(due.reason.as_str().to_owned());
            }
        }
        Ok(report)
    }

    /// Does what is asked.
    pub(crate) async fn handle(self: &Arc<Self>, request: Request, progress: Arc<dyn CrawlProgress>) -> Result<Reply> {
        match request {
            Request::Crawl(request) => Ok(Reply::Crawl(self.crawl(request, progress).await?)),
            Request::Status => {
                let engine = Arc::clone(self);
                let report = tokio::task::spawn_blocking(move || engine.status_report()).await??;
                Ok(Reply::Status(report))
            }
            Request::AddPublisher(request) => Ok(Reply::PublisherAdded(self.add_publisher(request).await?.into())),
            Request::ImportPublishers(request) => Ok(Reply::PublishersImported(self.import_publishers(request).await?)),
            Request::RebuildIndex => {
                let engine = Arc::clone(self);
                Ok(Reply::IndexRebuilt(tokio::task::spawn_blocking(move || engine.rebuild_index()).await??))
            }
        }
    }

    async fn crawl(self: &Arc<Self>, request: CrawlRequest, progress: Arc<dyn CrawlProgress>) -> Result<CrawlReport> {
        let began = Instant::now();
        let engine = Arc::clone(self);
        let force = request.force;
        let slugs = tokio::task::spawn_blocking(move || engine.select(&request)).await??;
        let mut tasks = tokio::task::JoinSet::new();
        for slug in slugs {
            let (engine, progress) = (Arc::clone(self), Arc::clone(&progress));
            tasks.spawn(async move {
                // What went wrong here is this publisher's alone: the others go on.
                let run = engine.crawl_publisher(&slug, force, progress).await;
                run.unwrap_or_else(|error| {
                    RunNotRecorded { slug: &slug, error: &error }.emit();
                    not_run(&slug, CrawlOutcome::Failed, format!("{error:#}"))
                })
            });
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
        let memory = tokio::task::spawn_blocking(move || engine.begin_attempt(&of, force)).await??;
        let target = CrawlTarget { memory, ..plan.target };
        let run = self.crawl_noted(&target, force, progress.as_ref()).await;
        // The next publisher need not wait until the index has caught up with this one.
        drop(permit);
        let engine = Arc::clone(self);
        tokio::task::spawn_blocking(move || engine.conclude(run)).await?
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
            tokio::task::spawn_blocking(move || {
                if let Err(error) = engine.store.record_attempt(&slug, engine.clock.now()) {
                    tracing::warn!(publisher.slug = %slug, %error, "attempt not noted");
                }
            });
        }
    }

    /// What earlier runs have left; notes that the publisher is asked now, unless that would be too soon.
    fn begin_attempt(&self, slug: &PublisherSlug, force: bool) -> Result<CrawlMemory> {
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
        if force || is_free {
            self.store.record_attempt(slug, now)?;
        }
        Ok(memory)
    }

    fn status(&self, slug: &PublisherSlug) -> Result<Option<PublisherStatus>> {
        let statuses = self.store.publisher_statuses()?;
        Ok(statuses.into_iter().find(|status| status.publisher.slug == *slug))
    }

    /// Records what the store does not know yet and carries the changes to the index.
    fn conclude(&self, mut run: CrawlRun) -> Result<CrawlRun> {
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
        self.catch_up()?;
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

    fn catch_up(&self) -> Result<()> {
        let mut time = lock(&self.catching_up);
        let began = Instant::now();
        indexing::catch_up(&self.store, &self.index)?;
        *time += began.elapsed();
        Ok(())
    }

    /// How long carrying changes to the index has taken in all.
    pub(crate) fn time_catching_up(&self) -> Duration {
        *lock(&self.catching_up)
    }

    /// Forgets what nobody needs any more, so that the store does not grow over the years. Blocking.
    pub(crate) fn look_after_store(&self) {
        match self.store.forget_unused_traits() {
            Ok(0) => {}
            Ok(n_forgotten) => tracing::info!(n_forgotten, "combinations of slot traits forgotten"),
            Err(error) => tracing::error!(%error, "the store could not be looked after"),
        }
    }

    fn run_after_commit(&self) {
        if let Some(call) = lock(&self.after_commit).as_ref() {
            call();
        }
    }

    fn rebuild_index(&self) -> Result<IndexReport> {
        let began = Instant::now();
        let _one_at_a_time = lock(&self.catching_up);
        indexing::rebuild(&self.store, &self.index)?;
        self.run_after_commit();
        let snapshot = self.index.snapshot();
        Ok(IndexReport {
            n_provider_locations: snapshot.n_provider_locations(),
            n_slots: snapshot.n_slots(),
            duration_ms: elapsed_ms(began),
        })
    }
}

/// A run that came to nothing.
fn not_run(slug: &PublisherSlug, outcome: CrawlOutcome, reason: String) -> CrawlRun {
    CrawlRun { outcome, reason: Some(reason), ..CrawlRun::begun(slug.clone(), UnixSeconds::now()) }
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

/// The state of every publisher of a store, apart from when it is due. Blocking.
pub(crate) fn status_of(store: &Store, serving: bool, now: UnixSeconds) -> Result<StatusReport> {
    let judge = |status: PublisherStatus| JudgedStatus {
        freshness: status.freshness(now),
        age_seconds: status.last_success_at.map(|at| now.0 - at.0),
        due_reason: None,
        warnings: status.warnings(now).into_iter().map(|warning| warning.detail).collect(),
        status,
    };
    Ok(StatusReport { serving, publishers: store.publisher_statuses()?.into_iter().map(judge).collect() })
}

fn elapsed_ms(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod again;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod month;
