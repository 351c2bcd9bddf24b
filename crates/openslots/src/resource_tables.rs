//! Keeps what FHIR searches ask in step with the store: in the background, so that neither crawls nor the start wait.

use std::sync::Arc;

use openslots_api::ApiState;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::background::{Pace, follow_commits};

/// Reads the tables, and again after each commit, until cancelled. Commits that come while they are read are taken
/// together.
pub(crate) async fn follow(state: ApiState, committed: Arc<Notify>, stop: CancellationToken) {
    let failed = "the tables of FHIR resources could not be brought up to date";
    follow_commits(Pace::default(), committed, stop, failed, move || state.refresh_resources()).await;
}
