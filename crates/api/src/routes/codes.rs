//! `/service-types`, `/specialties`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::calls::CodeList;
use crate::parameters::{Given, parse_bool};
use crate::problem::Problem;
use crate::{ApiState, answer, calls, render};

pub(super) async fn service_types(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(&state, &headers, query.as_deref(), CodeList::ServiceTypes).await
}

pub(super) async fn specialties(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(&state, &headers, query.as_deref(), CodeList::Specialties).await
}

async fn list(state: &ApiState, headers: &HeaderMap, query: Option<&str>, list: CodeList) -> Result<Response, Problem> {
    // Clients of this API's original may send `includePast`. Provider locations are counted here whether they have
    // slots or not, so the past is always included and both values mean the same.
    let mut given = Given::read(query, &["includePast"]);
    given.parse("includePast", parse_bool);
    given.finish()?;
    let codes = calls::codes(state, list).await?;
    answer::json(headers, &render::Codes::new(list, &codes))
}
