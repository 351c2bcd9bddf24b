//! Counts what figures are made of: in the background, once a day and as publishers come in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openslots_model::UnixSeconds;
use openslots_store::{Result, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// To count takes at most one part in so many of the time, however often something is committed.
const SHARE_OF_TIME: u32 = 10;
/// The shortest time between two looks: publishers that come in together are counted together.
const LEAST_REST: Duration = Duration::from_secs(10);
/// A new day begins also where nothing is committed.
const LOOK_AGAIN: Duration = Duration::from_secs(3_600);

/// Counts what is to be counted, and again after commits, until cancelled.
pub(crate) async fn follow(store: Store, committed: Arc<Notify>, stop: CancellationToken) {
    loop {
        let store = store.clone();
        let began = Instant::now();
        let kept = tokio::task::spawn_blocking(move || keep(&store, UnixSeconds::now())).await;
        if let Err(error) = kept {
            tracing::error!(%error, "counting for statistics panicked");
        }
        let rest = LEAST_REST.max(began.elapsed() * SHARE_OF_TIME);
        let next = async {
            tokio::time::sleep(rest).await;
            // Whichever comes first.
            tokio::select! {
                () = committed.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = next => {}
        }
    }
}

/// Counts what is to be counted by now. Blocking.
pub(crate) fn keep(store: &Store, now: UnixSeconds) {
    match count(store, now) {
        Ok((0, 0)) => {}
        Ok((n_publishers, n_days)) => tracing::info!(n_publishers, n_days, "counted for statistics"),
        Err(error) => tracing::error!(%error, "what statistics are made of could not be counted"),
    }
}

fn count(store: &Store, now: UnixSeconds) -> Result<(u64, u64)> {
    store.count_polls()?;
    let n_days = store.close_days(now)?;
    Ok((store.take_census(now)?, n_days))
}
