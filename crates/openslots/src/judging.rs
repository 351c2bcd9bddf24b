//! Keeps the judgements of publishers in step with the store: in the background, so that no request waits for them.

use std::sync::Arc;
use std::time::Instant;

use openslots_api::conformance::Judgements;
use openslots_model::UnixSeconds;
use openslots_store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// To judge takes at most one part in so many of the time, however often something is committed.
const SHARE_OF_TIME: u32 = 10;

/// Judges all publishers, and again after commits, until cancelled. Commits that come meanwhile are taken together.
pub(crate) async fn follow(judgements: Judgements, store: Store, committed: Arc<Notify>, stop: CancellationToken) {
    loop {
        let (judging, store) = (judgements.clone(), store.clone());
        let began = Instant::now();
        match tokio::task::spawn_blocking(move || judging.refresh(&store, UnixSeconds::now())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "publishers could not be judged"),
            Err(error) => tracing::error!(%error, "judging publishers panicked"),
        }
        let rest = began.elapsed() * SHARE_OF_TIME;
        let next = async {
            tokio::time::sleep(rest).await;
            committed.notified().await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = next => {}
        }
    }
}
