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

#[cfg(test)]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn what_crawls_yields_to_what_answers() {
        let (answering, background) = (answering().expect("threads"), background().expect("threads"));
        // Of the thread that asks.
        let niceness = || getpriority_process(None).expect("a thread has a priority");
        let of_blocking = |runtime: &Runtime| {
            let asked = runtime.spawn_blocking(niceness);
            runtime.block_on(asked).expect("a niceness")
        };
        let of_worker = |runtime: &Runtime| {
            let asked = runtime.spawn(async move { niceness() });
            runtime.block_on(asked).expect("a niceness")
        };
        let most = 19;
        for (quick, yielding) in
            [(of_blocking(&answering), of_blocking(&background)), (of_worker(&answering), of_worker(&background))]
        {
            assert_eq!(yielding, (quick + NICENESS_STEPS).min(most));
        }
    }
}
