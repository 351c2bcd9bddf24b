//! Work that is done again after commits: in the background, and for a bounded part of the time.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Work that must not crowd out crawls takes at most one part in so many of the time, however often something is
/// committed.
pub(crate) const SHARE_OF_TIME: u32 = 10;

/// When work is done again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// It rests for so many times as long as it took; 0: not at all.
    pub(crate) rests: u32,
    /// And at least for so long.
    pub(crate) least_rest: Duration,
    /// It is done again after so long also where nothing is committed.
    pub(crate) at_least_every: Option<Duration>,
}

/// Does blocking work now and again after commits, until cancelled. Commits that come meanwhile are taken together; a
/// failure is logged as `failed`, and the work is done again like any other.
pub(crate) async fn follow_commits<E: Display + Send + 'static>(
    pace: Pace,
    committed: Arc<Notify>,
    stop: CancellationToken,
    failed: &'static str,
    work: impl Fn() -> Result<(), E> + Send + Sync + 'static,
) {
    let work = Arc::new(work);
    loop {
        let doing = Arc::clone(&work);
        let began = Instant::now();
        match tokio::task::spawn_blocking(move || doing()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "{failed}"),
            // It panicked.
            Err(error) => tracing::error!(%error, "{failed}"),
        }
        let rest = pace.least_rest.max(began.elapsed() * pace.rests);
        let next = async {
            tokio::time::sleep(rest).await;
            match pace.at_least_every {
                // Whichever comes first.
                Some(every) => drop(tokio::time::timeout(every, committed.notified()).await),
                None => committed.notified().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = next => {}
        }
    }
}
