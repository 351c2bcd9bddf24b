//! Publishers: who they are and how they fare.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use openslots_model::{
    AvailabilityQuery, CrawlRun, Freshness, HistoryRun, PageStart, PublisherNumber, PublisherSlug, PublisherStatus,
    SlotSort, UnixSeconds, Warning,
};
use openslots_search::Snapshot;

use crate::blocking::run_blocking;
use crate::conformance::{Conformance, Judgements};
use crate::{ApiState, Error, NextDue};

/// How long a request waits for publishers to be judged for the first time, at the start of the process.
const PATIENCE: Duration = Duration::from_secs(5);

/// A publisher as it is now.
#[derive(Debug, Clone)]
pub struct PublisherView {
    /// The publisher and its state.
    pub status: Arc<PublisherStatus>,
    /// How trustworthy its data are now.
    pub freshness: Freshness,
    /// How many of its slots are offered now.
    pub n_bookable_slots: u64,
    /// When it is to be crawled next, while somebody crawls on schedule.
    pub next_due: Option<NextDue>,
    /// What an operator should hear of it.
    pub warnings: Vec<Warning>,
    /// How it stands to what is asked of it, once it was judged.
    pub conformance: Option<Arc<Conformance>>,
    /// Its last run; only where one publisher is asked for.
    pub last_run: Option<CrawlRun>,
}

fn view(state: &ApiState, snapshot: &Snapshot, status: &Arc<PublisherStatus>) -> Result<PublisherView, Error> {
    let now = state.now();
    let freshness = status.freshness(now);
    let mut n_bookable_slots = 0;
    // The data of an expired publisher are not offered.
    if freshness != Freshness::Expired && status.n_free_slots > 0 {
        let mut query = AvailabilityQuery::free_from(now);
        query.publishers = Some(vec![status.publisher.number]);
        n_bookable_slots = snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), 1)?.total;
    }
    Ok(PublisherView {
        freshness,
        n_bookable_slots,
        next_due: state.next_due().get(&status.publisher.slug).copied(),
        warnings: status.warnings(now),
        conformance: state
            .judgements()
            .and_then(Judgements::judged)
            .and_then(|judged| judged.get(&status.publisher.number).cloned()),
        status: Arc::clone(status),
        last_run: None,
    })
}

async fn wait_for_judgements(state: &ApiState) {
    if let Some(judgements) = state.judgements() {
        judgements.wait(PATIENCE).await;
    }
}

/// All publishers, by slug.
///
/// # Errors
/// When the index fails, or there is no room for another call.
pub async fn publishers(state: &ApiState) -> Result<Vec<PublisherView>, Error> {
    wait_for_judgements(state).await;
    run_blocking(state, views).await
}

/// The same. Blocking.
pub(crate) fn views(state: &ApiState) -> Result<Vec<PublisherView>, Error> {
    let snapshot = state.search().snapshot();
    state.publishers().iter().map(|status| view(state, &snapshot, status)).collect()
}

/// One publisher, with its last run; `None`: no such publisher.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn find_publisher(state: &ApiState, slug: &PublisherSlug) -> Result<Option<PublisherView>, Error> {
    let Some(status) = state.publishers().by_slug(slug).cloned() else { return Ok(None) };
    wait_for_judgements(state).await;
    run_blocking(state, move |state| {
        let last_run = state.store().crawl_runs(status.publisher.number, 1)?.pop();
        let view = view(state, &state.search().snapshot(), &status)?;
        Ok(Some(PublisherView { last_run, ..view }))
    })
    .await
}

/// The last runs of a publisher, the newest first, at most `limit`; `None`: no such publisher.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn crawl_runs(state: &ApiState, slug: &PublisherSlug, limit: usize) -> Result<Option<Vec<CrawlRun>>, Error> {
    let Some(publisher) = state.publishers().by_slug(slug).cloned() else { return Ok(None) };
    run_blocking(state, move |state| Ok(Some(state.store().crawl_runs(publisher.publisher.number, limit)?))).await
}

/// How the runs of each publisher ended since an instant, the oldest first.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn run_histories(
    state: &ApiState,
    from: UnixSeconds,
) -> Result<HashMap<PublisherNumber, Vec<HistoryRun>>, Error> {
    run_blocking(state, move |state| {
        let publishers = state.publishers();
        let numbers = publishers.iter().map(|status| status.publisher.number);
        numbers.map(|number| Ok((number, state.store().history_runs_since(number, from)?))).collect()
    })
    .await
}

/// How the runs of a publisher ended since an instant, the oldest first.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn run_history(
    state: &ApiState,
    publisher: PublisherNumber,
    from: UnixSeconds,
) -> Result<Vec<HistoryRun>, Error> {
    run_blocking(state, move |state| Ok(state.store().history_runs_since(publisher, from)?)).await
}
