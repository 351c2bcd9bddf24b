//! `/watches`, `/watches/{key}`, `/watches/{key}/feed`: saved searches, whose new matches are told once.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_care::resource::CareId;
use openslots_care::watches::Watch;
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

use super::{PathPart, no_parameters, path_text};
use crate::calls::{self, MAX_WATCHED_SLOTS, Making, WatchAccess};
use crate::fhir::ServiceBase;
use crate::openapi::parameters::WatchParameters;
use crate::openapi::responses::{ReadProblems, WatchProblems};
use crate::parameters::{Search, SearchKind};
use crate::problem::{ParameterIssue, Problem, ProblemKind};
use crate::render::{self, atom};
use crate::{ApiState, answer};

/// The longest address of a webhook, in characters.
const MAX_WEBHOOK_CHARS: usize = 1_000;
/// After how many seconds it makes sense to ask again for room.
const NO_ROOM_SECONDS: u32 = 3_600;
/// A feed says what somebody looks for: no cache but the reader's own keeps it.
const FEED_CACHE: HeaderValue = HeaderValue::from_static("private, max-age=60");

/// What comes with the making of a watch.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WatchBody {
    /// Where new slots are posted to as well, over https. It is asked first whether it wants to hear: it gets
    /// `{"type": "challenge", "challenge": "…"}` and has to answer with that word as its body.
    #[schema(format = "uri", max_length = 1000)]
    webhook: Option<String>,
}

/// Make a watch
///
/// Saves a search for slots. What matches now is not new; each slot that comes to match later is told once, in an Atom feed and, where one is given and has shown that it wants to hear, to a webhook. A slot that is given another id, or is taken and freed again, is not new. Dates that move (`tomorrow`, `next-week`) move with the day.
#[utoipa::path(
    post,
    path = "/watches",
    operation_id = "makeWatch",
    tag = "scheduling",
    params(WatchParameters),
    request_body = Option<WatchBody>,
    responses((status = 201, description = "The watch, with the key that leads to it.", body = render::NewWatch, headers(("Location"))), WatchProblems)
)]
pub(super) async fn make(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let access = access(&state)?;
    let search = Search::of_request(&state, SearchKind::Watch, query.as_deref())?;
    let webhook = read_webhook(&super::admin::whole(body)?, access)?;
    match calls::make_watch(&state, access, query.unwrap_or_default(), search, webhook).await? {
        Making::Made(made, matching) => {
            let base = ServiceBase::of(&state, &headers);
            let body = render::NewWatch::of(&made, matching, base.service());
            let location = HeaderValue::try_from(body.url.as_str()).map_err(|_| Problem::internal())?;
            let mut response = answer::json(&HeaderMap::new(), &body)?;
            *response.status_mut() = StatusCode::CREATED;
            response.headers_mut().insert(header::LOCATION, location);
            Ok(unshared(response))
        }
        Making::TooWide(total) => Err(Problem::new(
            ProblemKind::InvalidParameters,
            format!("{total} slots match at present; narrow the search to {MAX_WATCHED_SLOTS} or fewer"),
        )),
        Making::NoRoom => Err(Problem::unavailable("as many watches are kept as there is room for", NO_ROOM_SECONDS)),
    }
}

/// Read a watch
#[utoipa::path(
    get,
    path = "/watches/{key}",
    operation_id = "readWatch",
    tag = "scheduling",
    params(("key" = String, Path, description = "The watch's key.")),
    responses((status = 200, description = "The watch.", body = render::SavedWatch, headers(("ETag"))), ReadProblems)
)]
pub(super) async fn read(
    State(state): State<ApiState>,
    key: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let (_, _, watch) = find(&state, key).await?;
    Ok(unshared(answer::json(&headers, &render::SavedWatch::from(&watch))?))
}

/// Forget a watch
#[utoipa::path(
    delete,
    path = "/watches/{key}",
    operation_id = "deleteWatch",
    tag = "scheduling",
    params(("key" = String, Path, description = "The watch's key.")),
    responses((status = 204, description = "It is forgotten."), ReadProblems)
)]
pub(super) async fn delete(State(state): State<ApiState>, key: PathPart, query: RawQuery) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let access = access(&state)?;
    match calls::delete_watch(&state, access, parse_key(key)?).await? {
        true => Ok(unshared(StatusCode::NO_CONTENT.into_response())),
        false => Err(unknown()),
    }
}

/// Read the feed of a watch
///
/// The slots that were told, the newest first. One that cannot be booked any more says so in its title.
#[utoipa::path(
    get,
    path = "/watches/{key}/feed",
    operation_id = "readWatchFeed",
    tag = "scheduling",
    params(("key" = String, Path, description = "The watch's key.")),
    responses((status = 200, description = "The feed, as Atom (RFC 4287).", body = String, content_type = "application/atom+xml", headers(("ETag"))), ReadProblems)
)]
pub(super) async fn feed(
    State(state): State<ApiState>,
    key: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let (access, key, watch) = find(&state, key).await?;
    let entries = calls::read_feed(&state, access, watch.number).await?;
    let base = ServiceBase::of(&state, &headers);
    let written = atom::feed(base.service(), key, &watch, &entries).map_err(|_| Problem::internal())?;
    let mut response = answer::with_validator(&headers, written, HeaderValue::from_static(atom::ATOM));
    response.headers_mut().insert(header::CACHE_CONTROL, FEED_CACHE);
    Ok(response)
}

fn access(state: &ApiState) -> Result<&WatchAccess, Problem> {
    state.watches().ok_or_else(|| Problem::not_found("this service keeps no watches"))
}

async fn find(state: &ApiState, key: PathPart) -> Result<(&WatchAccess, CareId, Watch), Problem> {
    let access = access(state)?;
    let key = parse_key(key)?;
    let watch = calls::find_watch(state, access, key).await?.ok_or_else(unknown)?;
    Ok((access, key, watch))
}

fn parse_key(part: PathPart) -> Result<CareId, Problem> {
    path_text(part)?.parse().map_err(|_| unknown())
}

/// Says nothing of the key: who tried one learns nothing, and who mistyped one has it nowhere in a log.
fn unknown() -> Problem {
    Problem::not_found("no watch has this key; it may have ended")
}

fn read_webhook(body: &[u8], access: &WatchAccess) -> Result<Option<Url>, Problem> {
    let bad = |parameter: &str, detail: String| {
        Problem::invalid_parameters(vec![ParameterIssue { parameter: parameter.to_owned(), detail }])
    };
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let WatchBody { webhook } = serde_json::from_slice(body).map_err(|error| bad("body", error.to_string()))?;
    let Some(text) = webhook else { return Ok(None) };
    let bad = |detail: &str| bad("webhook", detail.to_owned());
    if !access.has_webhooks {
        return Err(bad("is not called by this service; read the feed"));
    }
    if text.chars().count() > MAX_WEBHOOK_CHARS {
        return Err(bad("is longer than 1000 characters"));
    }
    let url = Url::parse(&text).map_err(|_| bad("must be an absolute URL"))?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" | "http" if url.has_host() && is_plain => Ok(Some(url)),
        _ => Err(bad("must be an https or http URL without user or password")),
    }
}

fn unshared(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
