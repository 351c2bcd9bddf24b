//! The one place where a data directory's store, index and crawler come together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use openslots_crawl::{BackendServices, CrawlOptions, CrawlProgress, CrawlTarget, Crawler, without_secrets};
use openslots_model::{CrawlOutcome, CrawlRun, FreshnessPolicy, PublisherSlug, PublisherStatus, UnixSeconds};
use openslots_search::SearchIndex;
use openslots_store::{NewPublisher, Store};
use tokio::sync::Semaphore;
use url::Url;

use crate::config::{ConfiguredPublisher, Settings};
use crate::crawl_schedule::CrawlSchedule;
use crate::data_dir::{DataDir, DataLock};
use crate::indexing;
use crate::operations::{CrawlReport, CrawlRequest, IndexReport, JudgedStatus, Reply, Request, StatusReport};
use crate::sink::StoreSink;

/// Called after each commit that the index has caught up with.
type AfterCommit = Box<dyn Fn() + Send + Sync>;

/// A publisher that this process can crawl.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) manifest_url: Url,
    pub(crate) enabled: bool,
    pub(crate) schedule: CrawlSchedule,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    backend_services: Option<BackendServices>,
}

/// Store, index and crawler of one data directory, held by this process alone.
pub(crate) struct Engine {
    store: Store,
    index: Arc<SearchIndex>,
    crawler: Crawler,
    plans: Mutex<BTreeMap<PublisherSlug, Plan>>,
    /// Publishers that are being crawled at this moment.
    running: Mutex<BTreeSet<PublisherSlug>>,
    /// Lets one catch-up at a time through, so that updates reach the index in order; the time they took so far.
    catching_up: Mutex<Duration>,
    crawl_permits: Semaphore,
    /// A publisher asked less than this ago is left alone.
    min_interval_seconds: i64,
    default_schedule: CrawlSchedule,
    default_policy: FreshnessPolicy,
    after_commit: Mutex<Option<AfterCommit>>,
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
        // Read now, so that no request has to wait for it.
        openslots_directory::load();
        let store = Store::open(data_dir.path())?;
        let index = Arc::new(indexing::open_index(&store, &data_dir.index())?);
        let crawler = Crawler::new(settings.limits.clone(), Arc::new(StoreSink(store.clone())))?;
        let engine = Self {
            store,
            index,
            crawler,
            plans: Mutex::default(),
            running: Mutex::default(),
            catching_up: Mutex::default(),
            crawl_permits: Semaphore::new(settings.concurrency.get()),
            min_interval_seconds: i64::try_from(settings.limits.min_interval.as_secs())?,
            default_schedule: settings.schedule.clone(),
            default_policy: settings.policy,
            after_commit: Mutex::default(),
            serving,
            _lock: data_lock,
        };
        engine.plan_stored_publishers()?;
        for publisher in &settings.publishers {
            engine.plan_configured(publisher)?;
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

    /// Has `call` called after each commit that the index has caught up with.
    pub(crate) fn after_commit(&self, call: impl Fn() + Send + Sync + 'static) {
        *lock(&self.after_commit) = Some(Box::new(call));
    }

    /// The publishers that may be crawled, with when and how.
    pub(crate) fn plans(&self) -> BTreeMap<PublisherSlug, Plan> {
        lock(&self.plans).clone()
    }

    fn plan_stored_publishers(&self) -> Result<()> {
        // One that a configuration file named may need headers that only that file gives: it stands again with its file.
        for publisher in self.store.publishers()?.into_iter().filter(|publisher| !publisher.is_configured) {
            let manifest_url = Url::parse(&publisher.manifest_url)
                .with_context(|| format!("manifest URL of publisher `{}` in the store", publisher.slug))?;
            lock(&self.plans).insert(publisher.slug, self.plain_plan(manifest_url, publisher.enabled));
        }
        Ok(())
    }

    fn plan_configured(&self, publisher: &ConfiguredPublisher) -> Result<()> {
        self.store.put_publisher(&NewPublisher {
            slug: publisher.slug.clone(),
            display_name: publisher.display_name.clone(),
            manifest_url: without_secrets(&publisher.manifest_url).to_string(),
            enabled: publisher.enabled,
            is_configured: true,
            policy: FreshnessPolicy {
                fresh_for_seconds: publisher.fresh_for_seconds.unwrap_or(self.default_policy.fresh_for_seconds),
                max_staleness_seconds: publisher
                    .max_staleness_seconds
                    .unwrap_or(self.default_policy.max_staleness_seconds),
            },
        })?;
        let plan = Plan {
            manifest_url: publisher.manifest_url.clone(),
            enabled: publisher.enabled,
            schedule: publisher.schedule.clone().unwrap_or_else(|| self.default_schedule.clone()),
            headers: publisher.headers.clone(),
            query: publisher.query.clone(),
            backend_services: publisher.backend_services.clone(),
        };
        lock(&self.plans).insert(publisher.slug.clone(), plan);
        Ok(())
    }

    /// Adds a publisher by its manifest URL, unless one with that URL is known; its slug and whether it was known.
    pub(crate) fn add_manifest(&self, url: &Url) -> Result<(PublisherSlug, bool)> {
        if !matches!(url.scheme(), "http" | "https") {
            bail!("manifest URL {url} has scheme `{}`; only http and https can be crawled", url.scheme());
        }
        let plans = self.plans();
        // The store keeps no secrets of a URL, so a plan that was made from it lacks them: they are compared without.
        let shown = without_secrets(url);
        if let Some((slug, _)) = plans.iter().find(|(_, plan)| without_secrets(&plan.manifest_url) == shown) {
            if let Some(plan) = lock(&self.plans).get_mut(slug) {
                plan.manifest_url = url.clone();
            }
            return Ok((slug.clone(), true));
        }
        let slug = free_slug(url, |slug| plans.contains_key(slug))
            .with_context(|| format!("manifest URL {url} has no host to make a slug of"))?;
        self.put_publisher(&slug, slug.as_str(), url)?;
        Ok((slug, false))
    }

    /// Keeps a publisher under a slug, instead of whatever was known under it.
    pub(crate) fn put_publisher(&self, slug: &PublisherSlug, display_name: &str, manifest_url: &Url) -> Result<()> {
        self.store.put_publisher(&NewPublisher {
            slug: slug.clone(),
            display_name: display_name.to_owned(),
            manifest_url: without_secrets(manifest_url).to_string(),
            enabled: true,
            is_configured: false,
            policy: self.default_policy,
        })?;
        lock(&self.plans).insert(slug.clone(), self.plain_plan(manifest_url.clone(), true));
        Ok(())
    }

    /// The plan of a publisher of which no more than its URL is known.
    fn plain_plan(&self, manifest_url: Url, enabled: bool) -> Plan {
        let schedule = self.default_schedule.clone();
        Plan { manifest_url, enabled, schedule, headers: Vec::new(), query: Vec::new(), backend_services: None }
    }

    /// Does what is asked.
    pub(crate) async fn handle(self: &Arc<Self>, request: Request, progress: Arc<dyn CrawlProgress>) -> Result<Reply> {
        match request {
            Request::Crawl(request) => Ok(Reply::Crawl(self.crawl(request, progress).await?)),
            Request::Status => {
                let engine = Arc::clone(self);
                let report = tokio::task::spawn_blocking(move || status_of(&engine.store, engine.serving)).await??;
                Ok(Reply::Status(report))
            }
            Request::AddPublisher { url } => {
                let engine = Arc::clone(self);
                let added = tokio::task::spawn_blocking(move || {
                    let added = engine.add_manifest(&url);
                    engine.run_after_commit();
                    added
                });
                let (slug, was_known) = added.await??;
                Ok(Reply::PublisherAdded { slug: slug.to_string(), was_known })
            }
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
                run.unwrap_or_else(|error| not_run(&slug, CrawlOutcome::Failed, format!("{error:#}")))
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
        let engine = Arc::clone(self);
        let of = slug.clone();
        let last_attempt_at = tokio::task::spawn_blocking(move || engine.begin_attempt(&of, force)).await??;
        let target = CrawlTarget {
            slug: slug.clone(),
            manifest_url: plan.manifest_url,
            headers: plan.headers,
            query: plan.query,
            backend_services: plan.backend_services,
            last_attempt_at,
        };
        let run = self.crawler.crawl(&target, CrawlOptions { force }, progress.as_ref()).await;
        // The next publisher need not wait until the index has caught up with this one.
        drop(permit);
        let engine = Arc::clone(self);
        tokio::task::spawn_blocking(move || engine.conclude(run)).await?
    }

    /// When the publisher was last asked; notes that it is asked now, unless that would be too soon.
    fn begin_attempt(&self, slug: &PublisherSlug, force: bool) -> Result<Option<UnixSeconds>> {
        let last = self.status(slug)?.and_then(|status| status.last_attempt_at);
        let now = UnixSeconds::now();
        let is_free = last.is_none_or(|last| now.0 - last.0 >= self.min_interval_seconds);
        if force || is_free {
            self.store.record_attempt(slug, now)?;
        }
        Ok(last)
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
            self.store.record_attempt(&run.publisher, UnixSeconds::now())?;
        }
        if matches!(run.outcome, CrawlOutcome::Failed | CrawlOutcome::TooSoon) {
            // Nothing was read, and what is held stands.
            run.n_free_slots = self.status(&run.publisher)?.map_or(0, |status| status.n_free_slots);
        }
        self.catch_up()?;
        self.run_after_commit();
        Ok(run)
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
    CrawlRun {
        publisher: slug.clone(),
        started_at: UnixSeconds::now(),
        duration_ms: 0,
        outcome,
        reason: Some(reason),
        transaction_time: None,
        files: Vec::new(),
        skipped_types: Vec::new(),
        n_bytes: 0,
        n_free_slots: 0,
    }
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

/// The state of every publisher of a store. Blocking.
pub(crate) fn status_of(store: &Store, serving: bool) -> Result<StatusReport> {
    let now = UnixSeconds::now();
    let judge = |status: PublisherStatus| JudgedStatus {
        freshness: status.freshness(now),
        age_seconds: status.last_success_at.map(|at| now.0 - at.0),
        status,
    };
    Ok(StatusReport { serving, publishers: store.publisher_statuses()?.into_iter().map(judge).collect() })
}

fn elapsed_ms(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A slug of host and path that is not taken.
fn free_slug(url: &Url, is_taken: impl Fn(&PublisherSlug) -> bool) -> Option<PublisherSlug> {
    let path = url.path().trim_end_matches("$bulk-publish").trim_end_matches("%24bulk-publish");
    let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
    let base = PublisherSlug::from_text(&format!("{}{port}{path}", url.host_str()?))?;
    if !is_taken(&base) {
        return Some(base);
    }
    (2..1_000).find_map(|count| {
        let text = format!("{}-{count}", base.as_str().chars().take(58).collect::<String>());
        PublisherSlug::from_text(&text).filter(|slug| !is_taken(slug))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_come_from_host_and_path() {
        for (url, taken, want) in [
            ("http://127.0.0.1:9001/$bulk-publish", "", "127-0-0-1-9001"),
            ("https://clinic.example.org/fhir/$bulk-publish?sig=secret", "", "clinic-example-org-fhir"),
            ("https://clinic.example.org/fhir/$bulk-publish", "clinic-example-org-fhir", "clinic-example-org-fhir-2"),
        ] {
            let slug = free_slug(&Url::parse(url).expect(url), |slug| slug.as_str() == taken).expect(url);
            assert_eq!(slug.as_str(), want, "{url}");
        }
    }

    #[test]
    fn secrets_of_a_url_are_not_kept() {
        let url = Url::parse("https://me:pw@clinic.example.org/a/$bulk-publish?sig=secret#x").expect("a URL");
        assert_eq!(without_secrets(&url).as_str(), "https://clinic.example.org/a/$bulk-publish#x");
        let plain = Url::parse("https://clinic.example.org/a/$bulk-publish?state=MA").expect("a URL");
        assert_eq!(without_secrets(&plain), plain);
    }
}
