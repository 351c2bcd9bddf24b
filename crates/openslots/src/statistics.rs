//! Counts what figures are made of: in the background, once a day and as publishers come in.

use std::sync::Arc;
use std::time::Duration;

use openslots_model::UnixSeconds;
use openslots_store::{Result, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::background::{Pace, SHARE_OF_TIME, follow_commits};

/// How a failure is told.
const FAILED: &str = "what statistics are made of could not be counted";
/// The shortest time between two looks: publishers that come in together are counted together.
const LEAST_REST: Duration = Duration::from_secs(10);
/// A new day begins also where nothing is committed.
const LOOK_AGAIN: Duration = Duration::from_secs(3_600);

/// Counts what is to be counted, and again after commits, until cancelled.
pub(crate) async fn follow(store: Store, committed: Arc<Notify>, stop: CancellationToken) {
    let pace = Pace { rests: SHARE_OF_TIME, least_rest: LEAST_REST, at_least_every: Some(LOOK_AGAIN) };
    follow_commits(pace, committed, stop, FAILED, move || count(&store, UnixSeconds::now())).await;
}

/// Counts what is to be counted by now. Blocking.
pub(crate) fn keep(store: &Store, now: UnixSeconds) {
    if let Err(error) = count(store, now) {
        tracing::error!(%error, "{FAILED}");
    }
}

fn count(store: &Store, now: UnixSeconds) -> Result<()> {
    store.count_polls()?;
    let n_days = store.close_days(now)?;
    let n_publishers = store.take_census(now)?;
    if (n_publishers, n_days) != (0, 0) {
        tracing::info!(n_publishers, n_days, "counted for statistics");
    }
    Ok(())
}
