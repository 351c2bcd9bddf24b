//! The one place where a data directory's store, index and crawler come together.

mod crawling;
mod publishers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use openslots_api::conformance::{Conformance, Judgements};
use openslots_crawl::{Clock, CrawlLimits, CrawlProgress, Crawler, Due, DueReason, Pace, SystemClock};
use openslots_model::{PublisherSlug, PublisherStatus, UnixSeconds};
use openslots_search::SearchIndex;
use openslots_store::{HistoryRetention, Store, TrimmedHistory};
use tokio::sync::Semaphore;
use url::Url;

use crate::config::{ConfiguredPublisher, Settings};
use crate::data_dir::{DataDir, DataLock};
use crate::events::StandingWarnings;
use crate::indexing;
use crate::operations::{IndexReport, JudgedStatus, Reply, Request, StatusReport};
use crate::plan::{CommonPlan, Plan};
use crate::processors::Processors;
use crate::sink::StoreSink;
use crate::statistics;

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
    /// Who computes, of all that crawls.
    processors: Arc<Processors>,
    crawl_permits: Semaphore,
    /// A publisher asked less than this ago is left alone.
    min_interval_seconds: i64,
    common: CommonPlan,
    pace: Pace,
    history: HistoryRetention,
    clock: Arc<dyn Clock>,
    after_commit: Mutex<Option<AfterCommit>>,
    standing_warnings: StandingWarnings,
    judgements: Judgements,
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
        let index = Arc::new(indexing::open_index(&store, &data_dir.index(), settings.links.clone())?);
        let processors = Arc::new(Processors::of_machine());
        let sink = Arc::new(StoreSink { store: store.clone(), processors: Arc::clone(&processors) });
        let limits = CrawlLimits { own_base_url: Some(settings.public_base_url()), ..settings.limits.clone() };
        let crawler = Crawler::with_clock(limits, sink, Arc::clone(&clock))?;
        let engine = Self {
            store,
            index,
            crawler,
            plans: Mutex::default(),
            adding: Mutex::default(),
            running: Mutex::default(),
            catching_up: Mutex::default(),
            processors,
            crawl_permits: Semaphore::new(settings.concurrency.get()),
            min_interval_seconds: i64::try_from(settings.limits.min_interval.as_secs())?,
            common: CommonPlan::of(settings),
            pace: settings.pace,
            history: settings.history,
            clock,
            after_commit: Mutex::default(),
            standing_warnings: StandingWarnings::default(),
            judgements: Judgements::default(),
            serving,
            _lock: data_lock,
        };
        engine.plan_publishers(&settings.publishers)?;
        // A service looks after its store beside its work; whoever crawls once and ends does it now.
        if !serving {
            engine.look_after_store();
        }
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

    /// How publishers stand to what is asked of them, as far as somebody has judged them.
    pub(crate) fn judgements(&self) -> &Judgements {
        &self.judgements
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
        let mut report = status_of(&self.store, &self.judgements, self.serving, self.clock.now())?;
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

    fn status(&self, slug: &PublisherSlug) -> Result<Option<PublisherStatus>> {
        let statuses = self.store.publisher_statuses()?;
        Ok(statuses.into_iter().find(|status| status.publisher.slug == *slug))
    }

    fn catch_up(&self) -> Result<()> {
        let mut time = lock(&self.catching_up);
        let began = Instant::now();
        self.processors.compute(|| indexing::catch_up(&self.store, &self.index))?;
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
        match self.store.trim_history(self.history, self.clock.now()) {
            Ok(trimmed) if trimmed == TrimmedHistory::default() => {}
            Ok(TrimmedHistory { n_runs, n_pages }) => tracing::info!(n_runs, n_pages, "old history forgotten"),
            Err(error) => tracing::error!(%error, "history could not be trimmed"),
        }
    }

    /// Counts for statistics what is to be counted by now. Blocking.
    pub(crate) fn keep_statistics(&self) {
        statistics::keep(&self.store, self.clock.now());
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

/// The state of every publisher of a store, apart from when it is due; brings the judgements up to date. Blocking.
pub(crate) fn status_of(
    store: &Store,
    judgements: &Judgements,
    serving: bool,
    now: UnixSeconds,
) -> Result<StatusReport> {
    judgements.refresh(store, now)?;
    let judged = judgements.judged().unwrap_or_default();
    let judge = |status: PublisherStatus| JudgedStatus {
        conformance: judged.get(&status.publisher.number).map(|found| Conformance::clone(found)),
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
#[cfg(test)]
mod quarter;
