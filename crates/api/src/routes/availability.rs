//! `/availability`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::parameters::{Context, Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, calls, render};

pub(super) async fn days(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (publishers, snapshot) = (state.publishers(), state.search().snapshot());
    let context = Context { now: state.now(), publishers: &publishers, snapshot: Some(&snapshot) };
    let search = Search::parse(SearchKind::Days, query.as_deref(), context)?;
    let found = calls::count_days(&state, search).await?;
    answer::json(&headers, &render::Days::from(&found))
}
