//! `/provider-locations`, `/provider-locations/{key}`.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{PathPart, expired, no_parameters, no_such, path_text};
use crate::calls::{self, Lookup};
use crate::parameters::{Context, Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, render};

const KIND: &str = "provider location";

pub(super) async fn search(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let publishers = state.publishers();
    let context = Context { now: state.now(), publishers: &publishers };
    let search = Search::parse(SearchKind::ProviderLocations, query.as_deref(), context)?;
    let found = calls::search_provider_locations(&state, search).await?;
    answer::json(&headers, &render::ProviderLocations::from(&found))
}

pub(super) async fn read(
    State(state): State<ApiState>,
    key: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let text = path_text(key)?;
    let key = text.parse().map_err(|_| no_such(KIND, &text))?;
    match calls::find_provider_location(&state, key).await? {
        Lookup::Found(found) => answer::json(&headers, &render::ProviderLocation::from(&found)),
        Lookup::Expired(publisher) => Err(expired(KIND, &publisher)),
        Lookup::Unknown => Err(no_such(KIND, &text)),
    }
}
