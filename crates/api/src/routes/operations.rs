//! `/healthz`, `/readyz`, `/metrics`: for those who run the service.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;

use crate::problem::Problem;
use crate::{ApiState, calls};

const NO_STORE: [(HeaderName, HeaderValue); 1] = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status: &'static str,
    /// The newest change that searches see.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<u64>,
}

/// The process is up: asks nobody, so it answers at once whatever else is going on.
pub(super) async fn healthz() -> impl IntoResponse {
    (NO_STORE, Json(Status { status: "ok", change: None }))
}

/// The store can be read and searches see all that it holds.
pub(super) async fn readyz(State(state): State<ApiState>) -> Result<impl IntoResponse, Problem> {
    let readiness = calls::readiness(&state).await?;
    if !readiness.is_ready() {
        let detail = format!("the index holds change {} of {}", readiness.in_index, readiness.in_store);
        return Err(Problem::unavailable(detail, 1));
    }
    Ok((NO_STORE, Json(Status { status: "ready", change: Some(readiness.in_index.0) })))
}

/// Figures of publishers, store, index and crawl runs, as Prometheus text.
pub(super) async fn metrics(State(state): State<ApiState>) -> Result<impl IntoResponse, Problem> {
    const PROMETHEUS_TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let text = calls::metrics(&state).await?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text))
}
