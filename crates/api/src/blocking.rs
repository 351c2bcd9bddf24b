//! The one way from async threads to the store and the index.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::events::Shed;
use crate::{ApiState, Error};

/// Room for so many calls at once, and for so many more that wait.
#[derive(Debug)]
pub(crate) struct Room {
    running: Arc<Semaphore>,
    /// A place for each call that runs or waits.
    places: Arc<Semaphore>,
    max_wait: Duration,
}

impl Room {
    pub(crate) fn new(max_running: usize, max_waiting: usize, max_wait: Duration) -> Self {
        let max_running = max_running.max(1);
        let max_places = max_running.saturating_add(max_waiting).min(Semaphore::MAX_PERMITS);
        Self { running: Arc::new(Semaphore::new(max_running)), places: Arc::new(Semaphore::new(max_places)), max_wait }
    }

    /// Waits for room, unless too many wait already.
    ///
    /// Calls that cannot be answered in time are refused at once: those who wait behind a long queue have gone when
    /// their turn comes.
    async fn enter(&self) -> Result<Entered, Error> {
        let began = Instant::now();
        let busy = |shed: Shed| {
            shed.emit();
            Error::Busy { waited_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
        };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy(Shed::QueueFull))?;
        match tokio::time::timeout(self.max_wait, Arc::clone(&self.running).acquire_owned()).await {
            // The semaphore is never closed, so the inner error cannot come.
            Ok(Ok(running)) => Ok(Entered { _running: running, _place: place }),
            Ok(Err(_)) | Err(_) => Err(busy(Shed::WaitedTooLong)),
        }
    }
}

/// Room taken until dropped.
struct Entered {
    _running: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// Runs a read of store or index on a blocking thread, when there is room for one more.
///
/// # Errors
/// Those of `work`, [`Error::Busy`] when there is no room for too long or too many wait, [`Error::Panicked`] when `work`
/// panics.
pub(crate) async fn run_blocking<T: Send + 'static>(
    state: &ApiState,
    work: impl FnOnce(&ApiState) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let of = state.clone();
    run_in_room(state.room(), move || work(&of)).await
}

/// The same in the room that is kept for operators: whoever watches the service sees it also when it is overloaded.
///
/// # Errors
/// As for [`run_blocking`].
pub(crate) async fn run_for_operator<T: Send + 'static>(
    state: &ApiState,
    work: impl FnOnce(&ApiState) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let of = state.clone();
    run_in_room(state.operators_room(), move || work(&of)).await
}

/// The room is given back when the work ends, also where the request it was for has been given up meanwhile: what is
/// counted is the work, not those who wait for it.
async fn run_in_room<T: Send + 'static>(
    room: &Room,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let entered = room.enter().await?;
    let span = tracing::Span::current();
    let task = tokio::task::spawn_blocking(move || {
        let _entered = entered;
        span.in_scope(work)
    });
    task.await.unwrap_or(Err(Error::Panicked))
}

#[cfg(test)]
mod tests;
