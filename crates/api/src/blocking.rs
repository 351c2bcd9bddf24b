//! The one way from async threads to the store and the index.

use std::time::Duration;

use crate::{ApiState, Error};

/// How long a call waits for room before it is refused.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);

/// Runs a read of store or index on a blocking thread, when there is room for one more.
///
/// The room is given back when the work ends, also where the request it was for has been given up meanwhile: what is
/// counted is the work, not those who wait for it.
///
/// # Errors
/// Those of `work`, [`Error::Busy`] when there is no room for too long, [`Error::Panicked`] when `work` panics.
pub(crate) async fn run_blocking<T, E>(
    state: &ApiState,
    work: impl FnOnce(&ApiState) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let acquired = tokio::time::timeout(WAIT_FOR_ROOM, state.permits().clone().acquire_owned()).await;
    // The semaphore is never closed, so the inner error cannot come.
    let Ok(Ok(permit)) = acquired else {
        return Err(Error::Busy { waited_ms: WAIT_FOR_ROOM.as_millis() as u64 }.into());
    };
    let (state, span) = (state.clone(), tracing::Span::current());
    let task = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        span.in_scope(|| work(&state))
    });
    task.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
}
