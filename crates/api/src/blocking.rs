//! The one way from async threads to the store and the index.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::{ApiState, Error};

/// How long a call waits for room before it is refused.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);

/// Runs a read of store or index on a blocking thread, when there is room for one more.
///
/// # Errors
/// Those of `work`, [`Error::Busy`] when there is no room for too long, [`Error::Panicked`] when `work` panics.
pub(crate) async fn run_blocking<T: Send + 'static>(
    state: &ApiState,
    work: impl FnOnce(&ApiState) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let state = state.clone();
    run_in_room(&Arc::clone(state.permits()), move || work(&state)).await
}

/// The room is given back when the work ends, also where the request it was for has been given up meanwhile: what is
/// counted is the work, not those who wait for it.
async fn run_in_room<T: Send + 'static>(
    permits: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let acquired = tokio::time::timeout(WAIT_FOR_ROOM, Arc::clone(permits).acquire_owned()).await;
    // The semaphore is never closed, so the inner error cannot come.
    let Ok(Ok(permit)) = acquired else {
        return Err(Error::Busy { waited_ms: WAIT_FOR_ROOM.as_millis() as u64 });
    };
    let span = tracing::Span::current();
    let task = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        span.in_scope(work)
    });
    task.await.unwrap_or(Err(Error::Panicked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn without_room_a_call_is_refused_in_time() {
        let permits = Arc::new(Semaphore::new(1));
        let taken = Arc::clone(&permits).acquire_owned().await.expect("a permit");
        let refused = run_in_room(&permits, || Ok(1)).await;
        assert!(matches!(refused, Err(Error::Busy { waited_ms: 5_000 })), "{refused:?}");
        drop(taken);
        assert!(matches!(run_in_room(&permits, || Ok(1)).await, Ok(1)));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_gives_its_room_back() {
        let permits = Arc::new(Semaphore::new(1));
        for _ in 0..2 {
            let panicked = run_in_room::<()>(&permits, || panic!("on purpose")).await;
            assert!(matches!(panicked, Err(Error::Panicked)), "{panicked:?}");
        }
        assert_eq!(permits.available_permits(), 1);
    }
}
