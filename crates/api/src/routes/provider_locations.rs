//! `/provider-locations`, `/provider-locations/{key}`.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::{BASE, PathPart, expired, no_such, only_fields, path_text};
use crate::calls::{self, Lookup};
use crate::openapi::parameters::{ProviderLocationParameters, ProviderLocationReadParameters};
use crate::openapi::responses::{ReadProblems, SearchProblems};
use crate::openapi::shapes;
use crate::parameters::{Search, SearchKind};
use crate::problem::Problem;
use crate::{ApiState, answer, render};

const KIND: &str = "provider location";

/// Search provider locations
///
/// One provider at one place each, with how many of its slots match and when the next one is. A place that several publishers have is never merged; `alsoPublishedBy` names the others.
#[utoipa::path(
    get,
    path = "/provider-locations",
    operation_id = "searchProviderLocations",
    tag = "scheduling",
    params(ProviderLocationParameters),
    responses((status = 200, description = "A page of provider locations, and how many there are.", body = render::ProviderLocations, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn search(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let search = Search::of_request(&state, SearchKind::ProviderLocations, query.as_deref())?;
    let fields = search.fields.clone();
    let found = calls::search_provider_locations(&state, search).await?;
    answer::json_page(&headers, &render::ProviderLocations::from(&found), "providerLocations", fields.as_ref())
}

/// Read a provider location
#[utoipa::path(
    get,
    path = "/provider-locations/{key}",
    operation_id = "readProviderLocation",
    tag = "scheduling",
    params(("key" = shapes::ProviderLocationKey, Path, description = "The provider location's key, or one that it had before."), ProviderLocationReadParameters),
    responses((status = 200, description = "The provider location.", body = render::ProviderLocation, headers(("ETag"), ("Content-Location"))), ReadProblems)
)]
pub(super) async fn read(
    State(state): State<ApiState>,
    key: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    let fields = only_fields(&query, SearchKind::ProviderLocations)?;
    let text = path_text(key)?;
    let key = text.parse().map_err(|_| no_such(KIND, &text))?;
    match calls::find_provider_location(&state, key).await? {
        Lookup::Found(found) => {
            let mut response = answer::json_item(&headers, &render::ProviderLocation::from(&found), fields.as_ref())?;
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
