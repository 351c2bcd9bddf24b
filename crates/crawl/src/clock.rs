//! What tells the time, so that a month can pass in a second.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openslots_model::UnixSeconds;

/// What tells the time of crawls: when runs began, which URL was asked for when, how long to wait for a turn.
///
/// The limits of exchanges with the network (time to connect, to stall, to end) are not told by it: a network has its
/// own time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present, as people tell it; may be put forward or back.
    fn now(&self) -> UnixSeconds;

    /// Time passed since some moment before; never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixSeconds {
        UnixSeconds::now()
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that goes on only when somebody waits by it or puts it forward: for tests and simulations. Its clones tell
/// the same time.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    begin: UnixSeconds,
    elapsed: Arc<Mutex<Duration>>,
}

impl VirtualClock {
    /// A clock that begins at an instant.
    pub fn at(begin: UnixSeconds) -> Self {
        Self { begin, elapsed: Arc::default() }
    }

    /// Puts it forward.
    pub fn advance(&self, duration: Duration) {
        *self.elapsed.lock().unwrap_or_else(PoisonError::into_inner) += duration;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> UnixSeconds {
        self.begin.plus_seconds(i64::try_from(self.elapsed().as_secs()).unwrap_or(i64::MAX / 2))
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.advance(duration);
        Box::pin(std::future::ready(()))
    }
}
