//! `/availability`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::parameters::{Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, caching, calls, render};

pub(super) async fn days(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let search = Search::of_request(&state, SearchKind::Days, query.as_deref())?;
    let found = calls::count_days(&state, search.clone()).await?;
    let response = answer::json(&headers, &render::Days::from(&found))?;
    Ok(caching::keep_search(response, &state, &search))
}
