//! `/healthz`, `/readyz`, `/metrics`: for those who run the service.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::responses::Problems;
use crate::problem::Problem;
use crate::{ApiState, answer, calls, openapi};

const NO_STORE: [(HeaderName, HeaderValue); 1] = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// Whether the service is up and ready.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// `ok` or `ready`.
    status: &'static str,
    /// The newest change that searches see.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<u64>,
}

/// Is the process up?
///
/// Asks nobody, so it answers at once whatever else is going on.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "checkHealth",
    tag = "operations",
    responses((status = 200, description = "The process is up.", body = Status), Problems)
)]
pub(super) async fn healthz() -> impl IntoResponse {
    (NO_STORE, Json(Status { status: "ok", change: None }))
}

/// Is the service ready?
///
/// It is when the store can be read and searches see all that it holds.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "checkReadiness",
    tag = "operations",
    responses((status = 200, description = "Searches see all that the store holds.", body = Status), Problems)
)]
pub(super) async fn readyz(State(state): State<ApiState>) -> Result<impl IntoResponse, Problem> {
    let readiness = calls::readiness(&state).await?;
    if !readiness.is_ready() {
        let detail = format!("the index holds change {} of {}", readiness.in_index, readiness.in_store);
        return Err(Problem::unavailable(detail, 1));
    }
    Ok((NO_STORE, Json(Status { status: "ready", change: Some(readiness.in_index.0) })))
}

/// Read metrics
///
/// Figures of publishers, store, index and crawl runs, as Prometheus text.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "readMetrics",
    tag = "operations",
    responses((status = 200, description = "Figures.", body = String, content_type = "text/plain; version=0.0.4; charset=utf-8"), Problems)
)]
pub(super) async fn metrics(State(state): State<ApiState>) -> Result<impl IntoResponse, Problem> {
    const PROMETHEUS_TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let text = calls::metrics(&state).await?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text))
}

/// Read this document
///
/// The description of the API as OpenAPI 3.1; `/docs` shows it to people.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "readOpenApi",
    tag = "operations",
    responses((status = 200, description = "The document.", body = serde_json::Value, headers(("ETag"))), Problems)
)]
pub(super) async fn openapi(headers: HeaderMap) -> Result<Response, Problem> {
    answer::json(&headers, openapi::document())
}
