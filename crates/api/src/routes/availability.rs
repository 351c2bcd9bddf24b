//! `/availability`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::openapi::parameters::DayParameters;
use crate::openapi::responses::SearchProblems;
use crate::parameters::{Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, calls, render};

/// Count slots by day
///
/// How many slots match on each day, on the clock of each place.
#[utoipa::path(
    get,
    path = "/availability",
    operation_id = "countDays",
    tag = "scheduling",
    params(DayParameters),
    responses((status = 200, description = "Days with slots, ascending.", body = render::Days, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn days(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let search = Search::of_request(&state, SearchKind::Days, query.as_deref())?;
    let found = calls::count_days(&state, search).await?;
    answer::json(&headers, &render::Days::from(&found))
}
