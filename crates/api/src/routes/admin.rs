//! `/v1/admin`: what an operator asks a running service for, with the operator's token.
//!
//! Without a token in the configuration none of it is there, so that nobody finds a door where there is no key.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use openslots_model::PublisherSlug;
use serde::Deserialize;
use serde_json::Value;

use super::no_parameters;
use crate::ApiState;
use crate::admin::{Admin, AdminError, AdminReply, AdminRequest};
use crate::problem::{ParameterIssue, Problem, ProblemKind};

/// What is said to whoever bears no token, or a wrong one (RFC 6750, section 3).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"openslots\"");

/// The routes, if there is a token.
pub(super) fn router(state: &ApiState) -> Router {
    let Some(admin) = state.admin() else { return Router::new() };
    Router::new()
        .route("/v1/admin/crawl", post(crawl))
        .route("/v1/admin/index/rebuild", post(rebuild_index))
        .route("/v1/admin/status", get(status))
        .method_not_allowed_fallback(async || {
            Problem::new(
                ProblemKind::MethodNotAllowed,
                "crawl and index/rebuild are sent with POST, status is read with GET",
            )
        })
        .layer(from_fn_with_state(admin.clone(), authorize))
        .with_state(admin.clone())
}

/// Lets nobody through without the token, and no answer into a cache.
async fn authorize(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let mut response = match bearer_token(request.headers()) {
        Some(given) if admin.token.is(given) => next.run(request).await,
        given => {
            tracing::warn!(has_token = given.is_some(), "admin call refused");
            let detail = match given {
                Some(_) => "this is not the operator's token",
                None => "send the operator's token as `Authorization: Bearer …`",
            };
            let mut response = Problem::new(ProblemKind::Unauthorized, detail).into_response();
            response.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
            response
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The token of the one `Authorization` header; the scheme is read in any case (RFC 9110, section 11.1).
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

/// The body of a crawl; without one, all publishers that are enabled.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CrawlBody {
    publishers: Vec<String>,
    force: bool,
}

async fn crawl(
    State(admin): State<Admin>,
    query: RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let CrawlBody { publishers, force } = read_body(&whole(body)?)?;
    let mut slugs = Vec::new();
    let mut issues = Vec::new();
    for text in publishers {
        match text.parse::<PublisherSlug>() {
            Ok(slug) => slugs.push(slug),
            Err(error) => issues.push(issue("publishers", error.to_string())),
        }
    }
    if !issues.is_empty() {
        return Err(Problem::invalid_parameters(issues));
    }
    perform(&admin, AdminRequest::Crawl { publishers: slugs, force }).await
}

async fn rebuild_index(
    State(admin): State<Admin>,
    query: RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    if !whole(body)?.trim_ascii().is_empty() {
        return Err(Problem::invalid_parameters(vec![issue("body", "must be empty".to_owned())]));
    }
    perform(&admin, AdminRequest::RebuildIndex).await
}

async fn status(State(admin): State<Admin>, query: RawQuery) -> Result<Response, Problem> {
    no_parameters(&query)?;
    perform(&admin, AdminRequest::Status).await
}

async fn perform(admin: &Admin, request: AdminRequest) -> Result<Response, Problem> {
    tracing::info!(?request, "admin call");
    let (status, value): (StatusCode, Value) = match admin.operations.perform(request).await? {
        AdminReply::Done(value) => (StatusCode::OK, value),
        AdminReply::Started(value) => (StatusCode::ACCEPTED, value),
    };
    Ok((status, Json(value)).into_response())
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::UnknownPublishers(detail) => Self::invalid_parameters(vec![issue("publishers", detail)]),
            AdminError::UnderWay(detail) => Self::new(ProblemKind::Conflict, detail),
            AdminError::Failed(_) => {
                tracing::error!(%error, "call failed");
                Self::internal()
            }
        }
    }
}

/// A body that came to its end and is not too large.
pub(super) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|rejection| Problem::of_status(rejection.status()))
}

fn read_body(body: &[u8]) -> Result<CrawlBody, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(CrawlBody::default());
    }
    serde_json::from_slice(body).map_err(|error| {
        let example = r#"{"publishers": ["clinic"], "force": false}"#;
        Problem::invalid_parameters(vec![issue("body", format!("is not of the form {example}: {error}"))])
    })
}

fn issue(parameter: &str, detail: String) -> ParameterIssue {
    ParameterIssue { parameter: parameter.to_owned(), detail }
}
