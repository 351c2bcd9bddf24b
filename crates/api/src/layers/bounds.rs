//! What a single request may take: the length of its query, the size of its body, its time.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::events::Shed;
use crate::limits::RequestLimits;
use crate::problem::{Problem, ProblemKind};

/// How long a query string may be: a hundred codes with their systems fit.
pub(super) const MAX_QUERY_BYTES: usize = 16 * 1_024;

/// The bounds of every request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    timeout: Duration,
    max_body_bytes: usize,
}

impl Bounds {
    pub(super) fn of(limits: &RequestLimits) -> Self {
        Self { timeout: limits.timeout, max_body_bytes: limits.max_body_bytes }
    }

    /// The same, with another size of bodies.
    pub(super) const fn with_bodies_up_to(self, max_body_bytes: usize) -> Self {
        Self { max_body_bytes, ..self }
    }

    /// What makes a request too large, if anything does.
    fn fault_of(self, request: &Request) -> Option<Problem> {
        let n_query_bytes = request.uri().query().map_or(0, str::len);
        if n_query_bytes > MAX_QUERY_BYTES {
            let detail = format!("the query string has {n_query_bytes} bytes, at most {MAX_QUERY_BYTES} are read");
            return Some(Problem::new(ProblemKind::QueryTooLong, detail));
        }
        // A body that does not say how long it is, is measured by who reads it; nobody reads that of a GET.
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let n_body_bytes = declared.and_then(|length| length.parse::<u64>().ok()).unwrap_or(0);
        if n_body_bytes > self.max_body_bytes as u64 {
            let detail = format!("the body has {n_body_bytes} bytes, at most {} are read", self.max_body_bytes);
            return Some(Problem::new(ProblemKind::BodyTooLarge, detail));
        }
        None
    }
}

/// Refuses what is too large to be a question, and gives up on what takes too long.
pub(super) async fn bound(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    if let Some(problem) = bounds.fault_of(&request) {
        return problem.into_response();
    }
    match tokio::time::timeout(bounds.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Shed::TookTooLong.emit();
            tracing::warn!(timeout_secs = bounds.timeout.as_secs_f64(), "request given up");
            Problem::unavailable("the answer took too long; try again later", 5).into_response()
        }
    }
}
