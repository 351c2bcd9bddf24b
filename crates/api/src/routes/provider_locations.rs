//! `/provider-locations`, `/provider-locations/{key}`.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::{BASE, PathPart, chosen_fields, expired, no_such, path_text};
use crate::calls::{self, Lookup};
use crate::parameters::{Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, caching, render};

const KIND: &str = "provider location";

pub(super) async fn search(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let search = Search::of_request(&state, SearchKind::ProviderLocations, query.as_deref())?;
    let found = calls::search_provider_locations(&state, search.clone()).await?;
    let fields = search.fields.clone().map(|fields| fields.in_list("providerLocations"));
    let response = answer::json_part(&headers, &render::ProviderLocations::from(&found), fields.as_ref())?;
    Ok(caching::keep_search(response, &state, &search))
}

pub(super) async fn read(
    State(state): State<ApiState>,
    key: PathPart,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let fields = chosen_fields(query.as_deref(), &render::PROVIDER_LOCATION_FIELDS)?;
    let text = path_text(key)?;
    let key = text.parse().map_err(|_| no_such(KIND, &text))?;
    match calls::find_provider_location(&state, key).await? {
        Lookup::Found(found) => {
            let response = answer::json_part(&headers, &render::ProviderLocation::from(&found), fields.as_ref())?;
            let mut response = caching::keep(response, &state, [&found.publisher].into_iter(), true);
            if found.provider_location.key != key {
                // Asked for under a key that it had before a change.
                let now_at = format!("{BASE}/provider-locations/{}", found.provider_location.key);
                let now_at = HeaderValue::try_from(now_at).map_err(|_| Problem::internal())?;
                response.headers_mut().insert(header::CONTENT_LOCATION, now_at);
            }
            Ok(response)
        }
        Lookup::Expired(publisher) => Err(expired(KIND, &publisher)),
        Lookup::Unknown => Err(no_such(KIND, &text)),
    }
}
