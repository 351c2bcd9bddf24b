//! Keeps what FHIR searches ask in step with the store: in the background, so that neither crawls nor the start wait.

use std::sync::Arc;

use openslots_api::ApiState;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Reads the tables, and again after each commit, until cancelled. Commits that come while they are read are taken
/// together.
pub(crate) async fn follow(state: ApiState, committed: Arc<Notify>, stop: CancellationToken) {
    loop {
        let refreshed = state.clone();
        match tokio::task::spawn_blocking(move || refreshed.refresh_resources()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the tables of FHIR resources could not be brought up to date"),
            Err(error) => tracing::error!(%error, "reading the tables of FHIR resources panicked"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = committed.notified() => {}
        }
    }
}
