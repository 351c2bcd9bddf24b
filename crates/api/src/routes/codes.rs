//! `/service-types`, `/specialties`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::calls::CodeList;
use crate::openapi::parameters::CodeParameters;
use crate::openapi::responses::SearchProblems;
use crate::openapi::shapes;
use crate::parameters::{Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, caching, calls, render};

/// List service types
///
/// The service types in use, and how many matching slots have each.
#[utoipa::path(
    get,
    path = "/service-types",
    operation_id = "listServiceTypes",
    tag = "scheduling",
    params(CodeParameters),
    responses((status = 200, description = "Service types.", body = shapes::ServiceTypes, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn service_types(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(&state, &headers, query.as_deref(), CodeList::ServiceTypes).await
}

/// List specialties
///
/// The specialties in use, and how many matching slots have each.
#[utoipa::path(
    get,
    path = "/specialties",
    operation_id = "listSpecialties",
    tag = "scheduling",
    params(CodeParameters),
    responses((status = 200, description = "Specialties.", body = shapes::Specialties, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn specialties(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    list(&state, &headers, query.as_deref(), CodeList::Specialties).await
}

async fn list(state: &ApiState, headers: &HeaderMap, query: Option<&str>, list: CodeList) -> Result<Response, Problem> {
    let search = Search::of_request(state, SearchKind::Codes, query)?;
    let codes = calls::codes(state, list, search.clone()).await?;
    let response = answer::json(headers, &render::Codes::new(list, &codes))?;
    Ok(caching::keep_search(response, state, &search))
}
