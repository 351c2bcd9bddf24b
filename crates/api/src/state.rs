//! What the handlers share: store, index, clock and what is known of the publishers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use openslots_model::{ChangeSeq, Freshness, PublisherNumber, PublisherSlug, PublisherStatus, UnixSeconds};
use openslots_publish::Publication;
use openslots_publish::daily_exports::DailyExports;
use openslots_search::SearchIndex;
use openslots_search::resources::Resources;
use openslots_store::Store;
use tokio::sync::watch;
use url::Url;

use crate::Error;
use crate::admin::Admin;
use crate::blocking::Room;
use crate::calls::WatchAccess;
use crate::care::CareAccess;
use crate::conformance::Judgements;
use crate::data_time::DataTime;
use crate::limits::RequestLimits;

/// How many reads of operators run at once: a scrape, a probe.
const OPERATORS_CALLS: usize = 2;
/// How many of them may wait.
const OPERATORS_CALLS_WAITING: usize = 16;

/// What tells the time; tests set their own.
pub type Clock = Arc<dyn Fn() -> UnixSeconds + Send + Sync>;

/// Renders what the process has counted, as Prometheus text: the recorder is the process's, not the API's.
pub type ProcessMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What can be set of the API.
#[derive(Clone)]
pub struct ApiOptions {
    /// What tells the time.
    pub clock: Clock,
    /// The address under which clients reach this service, where links must be absolute.
    pub base_url: Option<Url>,
    /// What one request and one client may take.
    pub limits: RequestLimits,
    /// How many reads of store and index may run at once.
    pub max_blocking_calls: usize,
    /// How many more may wait for one of them to end; what comes then is refused at once.
    pub max_waiting_calls: usize,
    /// How long one may wait before it is refused.
    pub max_wait: Duration,
    /// What the operator may ask for over HTTP, and by what token; `None`: there is nothing under `/v1/admin`.
    pub admin: Option<Admin>,
    /// The files that are given out again, where they are.
    pub published: Option<Published>,
    /// The files for research of each day, if they are kept.
    pub exports: Option<Arc<DailyExports>>,
    /// The patient side; `None`: none of it is there.
    pub care: Option<CareAccess>,
    /// Saved searches; `None`: none are kept.
    pub watches: Option<WatchAccess>,
    /// How publishers stand to what is asked of them, where somebody judges them.
    pub judgements: Option<Judgements>,
    /// What `/metrics` tells beside the state of publishers, store and index.
    pub process_metrics: Option<ProcessMetrics>,
}

impl Default for ApiOptions {
    /// The system's clock, no base URL, and eight reads for each processor: they wait for memory and disk at times.
    /// Some hundred more are worth waiting for, as most take a few milliseconds.
    fn default() -> Self {
        let n_processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            clock: Arc::new(UnixSeconds::now),
            base_url: None,
            published: None,
            exports: None,
            care: None,
            watches: None,
            limits: RequestLimits::default(),
            max_blocking_calls: 8 * n_processors,
            max_waiting_calls: 256,
            max_wait: Duration::from_secs(5),
            admin: None,
            judgements: None,
            process_metrics: None,
        }
    }
}

impl fmt::Debug for ApiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiOptions")
            .field("base_url", &self.base_url)
            .field("limits", &self.limits)
            .field("max_blocking_calls", &self.max_blocking_calls)
            .field("max_waiting_calls", &self.max_waiting_calls)
            .finish_non_exhaustive()
    }
}

/// The aggregated data as files, and how often they change.
#[derive(Debug, Clone)]
pub struct Published {
    /// Manifests and files.
    pub publication: Arc<Publication>,
    /// How often a new generation is to be expected, as an ISO 8601 duration.
    pub update_cadence: String,
    /// How long a manifest may be used again without asking, in seconds.
    pub max_age_seconds: u32,
}

/// When a publisher is to be crawled next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextDue {
    /// Not before this.
    pub at: UnixSeconds,
    /// What decided, as a stable name.
    pub reason: &'static str,
}

/// What the handlers share; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    /// Where the store's change feed began.
    feed_began: ChangeSeq,
    search: Arc<SearchIndex>,
    options: ApiOptions,
    publishers: RwLock<Arc<PublisherTable>>,
    next_due: RwLock<Arc<HashMap<PublisherSlug, NextDue>>>,
    /// `None` until they have been read for the first time.
    resources: watch::Sender<Option<Arc<Resources>>>,
    /// Held by whoever brings them up to date, so that no older state comes after a newer one.
    refreshing_resources: Mutex<()>,
    started_at: UnixSeconds,
    room: Room,
    operators_room: Room,
}

impl ApiState {
    /// The state over an open store and its index. Reads the publishers, so call it off the async threads.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(store: Store, search: Arc<SearchIndex>, options: ApiOptions) -> Result<Self, Error> {
        let publishers = PublisherTable::new(store.publisher_statuses()?);
        let started_at = (options.clock)();
        let room = Room::new(options.max_blocking_calls, options.max_waiting_calls, options.max_wait);
        let operators_room = Room::new(OPERATORS_CALLS, OPERATORS_CALLS_WAITING, options.max_wait);
        let shared = Shared {
            feed_began: store.feed_began()?,
            store,
            search,
            options,
            publishers: RwLock::new(Arc::new(publishers)),
            next_due: RwLock::default(),
            resources: watch::Sender::default(),
            refreshing_resources: Mutex::default(),
            started_at,
            room,
            operators_room,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Where the store's change feed began: cursors of an older database name places before it.
    pub fn feed_began(&self) -> ChangeSeq {
        self.shared.feed_began
    }

    /// The index.
    pub fn search(&self) -> &SearchIndex {
        &self.shared.search
    }

    /// The present.
    pub fn now(&self) -> UnixSeconds {
        (self.shared.options.clock)()
    }

    /// When this process began to serve.
    pub(crate) fn started_at(&self) -> UnixSeconds {
        self.shared.started_at
    }

    /// The address under which clients reach this service, if it was told.
    pub fn base_url(&self) -> Option<&Url> {
        self.shared.options.base_url.as_ref()
    }

    /// The files that are given out again, where they are.
    pub(crate) fn published(&self) -> Option<&Published> {
        self.shared.options.published.as_ref()
    }

    /// The files for research of each day, if they are kept.
    pub(crate) fn exports(&self) -> Option<&DailyExports> {
        self.shared.options.exports.as_deref()
    }

    /// The patient side, if there is one.
    pub(crate) fn care(&self) -> Option<&CareAccess> {
        self.shared.options.care.as_ref()
    }

    /// The publishers as they were when last refreshed.
    pub fn publishers(&self) -> Arc<PublisherTable> {
        Arc::clone(&self.shared.publishers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the publishers anew; to be called after every crawl run, off the async threads.
    ///
    /// # Errors
    /// When the store cannot be read; the table then stays as it was.
    pub fn refresh_publishers(&self) -> Result<(), Error> {
        let table = Arc::new(PublisherTable::new(self.shared.store.publisher_statuses()?));
        *self.shared.publishers.write().unwrap_or_else(PoisonError::into_inner) = table;
        Ok(())
    }

    /// What searches for FHIR resources ask; `None` before it has been read for the first time.
    pub(crate) fn resources(&self) -> Option<Arc<Resources>> {
        self.shared.resources.borrow().clone()
    }

    /// How publishers stand to what is asked of them, where somebody judges them.
    pub(crate) fn judgements(&self) -> Option<&Judgements> {
        self.shared.options.judgements.as_ref()
    }

    /// Waits until what searches for FHIR resources ask has been read, for so long at most; whether it has.
    pub(crate) async fn has_resources(&self, patience: Duration) -> bool {
        let mut changes = self.shared.resources.subscribe();
        let read = tokio::time::timeout(patience, changes.wait_for(Option::is_some)).await;
        matches!(read, Ok(Ok(_)))
    }

    /// Lets one call at a time bring the resources up to date.
    pub(crate) fn refreshing_resources(&self) -> MutexGuard<'_, ()> {
        self.shared.refreshing_resources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_resources(&self, resources: Resources) {
        self.shared.resources.send_replace(Some(Arc::new(resources)));
    }

    /// Tells when each publisher is to be crawled next, as the scheduler has it.
    pub fn set_next_due(&self, next_due: HashMap<PublisherSlug, NextDue>) {
        *self.shared.next_due.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next_due);
    }

    /// When each publisher is to be crawled next; empty where nobody crawls on schedule.
    pub fn next_due(&self) -> Arc<HashMap<PublisherSlug, NextDue>> {
        Arc::clone(&self.shared.next_due.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the index holds all that the store holds: `(in the store, in the index)`. Blocks.
    pub(crate) fn change_seqs(&self) -> Result<(ChangeSeq, ChangeSeq), Error> {
        // The store first: a commit between the two reads then shows as an index that is ahead, not behind.
        let in_store = self.shared.store.last_seq()?;
        Ok((in_store, self.search().seq()))
    }

    /// What the process has counted, as Prometheus text.
    pub(crate) fn process_metrics(&self) -> String {
        self.shared.options.process_metrics.as_ref().map(|render| render()).unwrap_or_default()
    }

    /// What one request and one client may take.
    pub(crate) fn limits(&self) -> &RequestLimits {
        &self.shared.options.limits
    }

    /// Where searches are saved, if they are.
    pub fn watches(&self) -> Option<&WatchAccess> {
        self.shared.options.watches.as_ref()
    }

    /// What the operator may ask for over HTTP, if there is a token.
    pub(crate) fn admin(&self) -> Option<&Admin> {
        self.shared.options.admin.as_ref()
    }

    /// Where reads of store and index run.
    pub(crate) fn room(&self) -> &Room {
        &self.shared.room
    }

    /// Where reads for those who watch the service run.
    pub(crate) fn operators_room(&self) -> &Room {
        &self.shared.operators_room
    }
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

/// The publishers and their state, as of one moment.
#[derive(Debug, Clone, Default)]
pub struct PublisherTable {
    /// By slug, ascending.
    statuses: Vec<Arc<PublisherStatus>>,
    by_number: HashMap<PublisherNumber, usize>,
}

impl PublisherTable {
    /// A table of these publishers.
    pub fn new(mut statuses: Vec<PublisherStatus>) -> Self {
        statuses.sort_by(|a, b| a.publisher.slug.cmp(&b.publisher.slug));
        let by_number = statuses.iter().enumerate().map(|(place, status)| (status.publisher.number, place)).collect();
        Self { statuses: statuses.into_iter().map(Arc::new).collect(), by_number }
    }

    /// All of them, by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<PublisherStatus>> {
        self.statuses.iter()
    }

    /// The publisher of a slug.
    pub fn by_slug(&self, slug: &PublisherSlug) -> Option<&Arc<PublisherStatus>> {
        let place = self.statuses.binary_search_by(|status| status.publisher.slug.cmp(slug)).ok()?;
        self.statuses.get(place)
    }

    /// The publisher of a number.
    pub fn by_number(&self, number: PublisherNumber) -> Option<&Arc<PublisherStatus>> {
        self.statuses.get(*self.by_number.get(&number)?)
    }

    /// Those whose data are older than so many seconds, by the nearest claim that can be believed.
    pub fn older_than(&self, seconds: i64, now: UnixSeconds) -> impl Iterator<Item = PublisherNumber> {
        let is_older = move |status: &&Arc<PublisherStatus>| {
            DataTime::of(status, None).is_none_or(|time| time.is_older_than(seconds, now))
        };
        self.statuses.iter().filter(is_older).map(|status| status.publisher.number)
    }

    /// Those whose data are too old to offer.
    pub fn expired(&self, now: UnixSeconds) -> Vec<PublisherNumber> {
        let expired = self.statuses.iter().filter(|status| status.freshness(now) == Freshness::Expired);
        expired.map(|status| status.publisher.number).collect()
    }
}
