//! The threads that a process runs on: those that answer, and those that crawl behind them.

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

/// What crawling threads yield to answering ones, in the system's steps of niceness: while both have work on the same
/// core, the former get about a tenth of it, so that crawls go on under any load.
const NICENESS_STEPS: i32 = 10;

/// Threads for a command, or for answering.
pub(crate) fn answering() -> Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("threads cannot be started")
}

/// Threads for all that nobody waits for: crawls, commits, the index, what is published. Whatever such a thread starts
/// (tantivy's own threads) inherits its niceness.
pub(crate) fn background() -> Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_name("openslots-behind")
        .on_thread_start(|| {
            if let Err(error) = rustix::process::nice(NICENESS_STEPS) {
                tracing::warn!(%error, "a crawling thread could not be made to yield; answers may wait for crawls");
            }
        })
        .build()
        .context("threads for crawls cannot be started")
}
