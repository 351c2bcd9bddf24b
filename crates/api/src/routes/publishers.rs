//! `/publishers`, `/publishers/{slug}`, `/publishers/{slug}/issues`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use openslots_model::PublisherSlug;

use super::{PathPart, no_parameters, no_such, path_text};
use crate::openapi::parameters::IssueParameters;
use crate::openapi::responses::{ReadProblems, SearchProblems};
use crate::parameters::{Given, ISSUE_PARAMETERS, parse_issue_codes, parse_limit};
use crate::problem::Problem;
use crate::{ApiState, answer, calls, render};

/// List publishers
///
/// All of them with their state: how old their data are, when they were and will be crawled, and what an operator should hear.
#[utoipa::path(
    get,
    path = "/publishers",
    operation_id = "listPublishers",
    tag = "publishers",
    responses((status = 200, description = "All publishers, by slug.", body = render::Publishers, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let views = calls::publishers(&state).await?;
    answer::json(&headers, &render::Publishers { publishers: views.iter().map(render::Publisher::from).collect() })
}

/// Read a publisher
///
/// Its state, and what its last crawl run brought, file by file.
#[utoipa::path(
    get,
    path = "/publishers/{slug}",
    operation_id = "readPublisher",
    tag = "publishers",
    params(("slug" = String, Path, description = "The publisher's slug.", example = "flynn")),
    responses((status = 200, description = "The publisher.", body = render::Publisher, headers(("ETag"))), ReadProblems)
)]
pub(super) async fn read(
    State(state): State<ApiState>,
    slug: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let (text, slug) = parse_slug(slug)?;
    let view = calls::find_publisher(&state, &slug).await?.ok_or_else(|| no_such("publisher", &text))?;
    answer::json(&headers, &render::Publisher::from(&view))
}

/// List what is wrong with a publisher's data
///
/// Counts by code and by file, what the publisher should do about each, and some lines of each.
#[utoipa::path(
    get,
    path = "/publishers/{slug}/issues",
    operation_id = "listPublisherIssues",
    tag = "publishers",
    params(("slug" = String, Path, description = "The publisher's slug.", example = "flynn"), IssueParameters),
    responses((status = 200, description = "Its issues.", body = render::Issues, headers(("ETag"))), ReadProblems)
)]
pub(super) async fn issues(
    State(state): State<ApiState>,
    slug: PathPart,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut given = Given::read(query.as_deref(), ISSUE_PARAMETERS);
    let codes = given.parse("code", parse_issue_codes).unwrap_or_default();
    let selection = calls::IssueSelection { codes, limit: parse_limit(&mut given) };
    given.finish()?;
    let (text, slug) = parse_slug(slug)?;
    let found = calls::issues(&state, &slug, selection).await?.ok_or_else(|| no_such("publisher", &text))?;
    answer::json(&headers, &render::Issues::from(&found))
}

fn parse_slug(part: PathPart) -> Result<(String, PublisherSlug), Problem> {
    let text = path_text(part)?;
    match text.parse() {
        Ok(slug) => Ok((text, slug)),
        Err(_) => Err(no_such("publisher", &text)),
    }
}
