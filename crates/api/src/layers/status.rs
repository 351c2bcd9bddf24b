//! The status of an answer, kept from compression.

use axum::http::StatusCode;
use axum::response::Response;

/// The status of an answer before compression saw it.
#[derive(Debug, Clone, Copy)]
struct StatusBefore(StatusCode);

/// Keeps the status that compression may change.
pub(super) fn note_status<B>(mut response: Response<B>) -> Response<B> {
    let status = StatusBefore(response.status());
    response.extensions_mut().insert(status);
    response
}

/// Gives an answer its own status back.
///
/// Where `Accept-Encoding` leaves nothing, not even the answer as it is, compression lets the body through and makes
/// the status a 406. An answer that is told as it was is of more use than one that contradicts itself.
pub(super) fn restore_status<B>(mut response: Response<B>) -> Response<B> {
    if let Some(StatusBefore(status)) = response.extensions_mut().remove() {
        *response.status_mut() = status;
    }
    response
}
