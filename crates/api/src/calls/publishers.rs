//! Publishers: who they are and how they fare.

use std::sync::Arc;

use openslots_model::{CrawlRun, Freshness, PublisherSlug, PublisherStatus, Warning};

use crate::blocking::run_blocking;
use crate::{ApiState, Error, NextDue};

/// A publisher as it is now.
#[derive(Debug, Clone)]
pub struct PublisherView {
    /// The publisher and its state.
    pub status: Arc<PublisherStatus>,
    /// How trustworthy its data are now.
    pub freshness: Freshness,
    /// When it is to be crawled next, while somebody crawls on schedule.
    pub next_due: Option<NextDue>,
    /// What an operator should hear of it.
    pub warnings: Vec<Warning>,
    /// Its last run; only where one publisher is asked for.
    pub last_run: Option<CrawlRun>,
}

fn view(state: &ApiState, status: &Arc<PublisherStatus>) -> PublisherView {
    let now = state.now();
    PublisherView {
        freshness: status.freshness(now),
        next_due: state.next_due().get(&status.publisher.slug).copied(),
        warnings: status.warnings(now),
        status: Arc::clone(status),
        last_run: None,
    }
}

/// All publishers, by slug.
pub fn publishers(state: &ApiState) -> Vec<PublisherView> {
    state.publishers().iter().map(|status| view(state, status)).collect()
}

/// One publisher, with its last run; `None`: no such publisher.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn find_publisher(state: &ApiState, slug: &PublisherSlug) -> Result<Option<PublisherView>, Error> {
    let Some(publisher) = state.publishers().by_slug(slug).cloned() else { return Ok(None) };
    run_blocking(state, move |state| {
        let last_run = state.store().crawl_runs(publisher.publisher.number, 1)?.pop();
        Ok(Some(PublisherView { last_run, ..view(state, &publisher) }))
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
