//! Keeps the judgements of publishers in step with the store: in the background, so that no request waits for them.

use std::sync::Arc;

use openslots_api::conformance::Judgements;
use openslots_model::UnixSeconds;
use openslots_store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::background::{Pace, SHARE_OF_TIME, follow_commits};

/// Judges all publishers, and again after commits, until cancelled. Commits that come meanwhile are taken together.
pub(crate) async fn follow(judgements: Judgements, store: Store, committed: Arc<Notify>, stop: CancellationToken) {
    let pace = Pace { rests: SHARE_OF_TIME, ..Pace::default() };
    let judge = move || judgements.refresh(&store, UnixSeconds::now());
    follow_commits(pace, committed, stop, "publishers could not be judged", judge).await;
}
