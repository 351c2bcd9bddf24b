//! `/publishers`, `/publishers/{slug}`, `/publishers/{slug}/issues`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use openslots_model::PublisherSlug;

use super::{PathPart, no_parameters, no_such, path_text};
use crate::parameters::{Given, parse_issue_codes, parse_limit};
use crate::problem::Problem;
use crate::{ApiState, answer, calls, render};

pub(super) async fn list(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let views = calls::publishers(&state).await?;
    answer::json(&headers, &render::Publishers { publishers: views.iter().map(render::Publisher::from).collect() })
}

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

pub(super) async fn issues(
    State(state): State<ApiState>,
    slug: PathPart,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut given = Given::read(query.as_deref(), &["code", "limit"]);
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
