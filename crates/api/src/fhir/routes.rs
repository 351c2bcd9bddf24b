//! The routes under `/fhir`.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use openslots_fhir::search::Target;
use openslots_model::{PublicId, ResourceKind};
use serde_json::Value;
use url::form_urlencoded;

use super::base::ServiceBase;
use super::request::{self, Part};
use super::resources::not_ready;
use super::{FHIR_JSON, KINDS, bundle, find, metadata, parse};
use crate::blocking::run_blocking;
use crate::problem::{Problem, ProblemKind};
use crate::routes::{PathPart, path_text};
use crate::{ApiState, Error, answer};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/metadata", get(capabilities))
        .route("/Appointment/$find", get(find_by_query).post(find_by_parameters))
        .route("/{kind}", get(search))
        .route("/{kind}/_search", post(search_by_form))
        .route("/{kind}/{id}", get(read))
}

/// How long a request waits for the resources to be read for the first time, at the start of the process. It waits off
/// the blocking threads, which other calls need.
const PATIENCE: Duration = Duration::from_secs(5);

async fn wait_for_resources(state: &ApiState) -> Result<(), Problem> {
    if state.has_resources(PATIENCE).await {
        return Ok(());
    }
    Err(not_ready(5))
}

/// Two parts of the path.
type PathParts = Result<axum::extract::Path<(String, String)>, axum::extract::rejection::PathRejection>;

fn kind_of(text: &str) -> Result<ResourceKind, Problem> {
    text.parse().ok().filter(|kind| KINDS.contains(kind)).ok_or_else(|| {
        Problem::not_found(format!(
            "there are no resources of type `{}` here; /fhir/metadata lists those that there are",
            parse::short(text)
        ))
    })
}

fn pairs_of(raw: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}

/// Whether the client asks that what is not understood be left out (`Prefer: handling=lenient`).
fn is_lenient(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split([',', ';'])).any(|part| part.trim().eq_ignore_ascii_case("handling=lenient"))
}

/// Refuses clients that read no JSON (R4, "Content Types and encodings"); `_format` goes over `Accept`.
fn check_format(headers: &HeaderMap, pairs: &[(String, String)]) -> Result<(), Problem> {
    let is_json = |text: &str| {
        let media = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // `+` in a query string is a space.
        matches!(
            media.replace(' ', "+").as_str(),
            "json" | "application/json" | "application/fhir+json" | "text/json" | "application/*" | "*/*" | "text/html"
        )
    };
    let asked: Vec<String> = match pairs.iter().find(|(name, _)| name == "_format") {
        Some((_, format)) => vec![format.clone()],
        None => {
            let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).map(str::to_owned).collect()
        }
    };
    if asked.is_empty() || asked.iter().any(|format| is_json(format)) {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::NotAcceptable, "FHIR is spoken as JSON here: application/fhir+json"))
}

fn answer_with(headers: &HeaderMap, resource: &Value, is_pretty: bool) -> Result<Response, Problem> {
    let bytes = if is_pretty { serde_json::to_vec_pretty(resource) } else { serde_json::to_vec(resource) };
    let bytes = bytes.map_err(Error::Render)?;
    Ok(answer::with_validator(headers, bytes, HeaderValue::from_static(FHIR_JSON)))
}

async fn capabilities(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    check_format(&headers, &pairs_of(query.as_deref().unwrap_or_default()))?;
    // The table is that of the program: it is as old as the process.
    let base = ServiceBase::of(&state, &headers);
    answer_with(&headers, &metadata::capability_statement(&base, state.care().is_some(), state.started_at()), false)
}

async fn search(
    State(state): State<ApiState>,
    kind: PathPart,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    run_search(state, kind, headers, query.as_deref().unwrap_or_default(), "").await
}

async fn search_by_form(
    State(state): State<ApiState>,
    kind: PathPart,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    // Where nothing is posted, all is in the query.
    let is_nothing = body.is_empty() && content_type.is_empty();
    if !is_form && !is_nothing {
        let unsupported = axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(
            ProblemKind::Other(unsupported),
            "a search is posted as application/x-www-form-urlencoded",
        ));
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    run_search(state, kind, headers, query.as_deref().unwrap_or_default(), &body).await
}

async fn run_search(
    state: ApiState,
    kind: PathPart,
    headers: HeaderMap,
    query: &str,
    form: &str,
) -> Result<Response, Problem> {
    let kind = kind_of(&path_text(kind)?)?;
    let mut pairs = pairs_of(query);
    pairs.extend(pairs_of(form));
    check_format(&headers, &pairs)?;
    let request = request::read(kind, pairs, is_lenient(&headers))?;
    let is_pretty = request.is_pretty;
    wait_for_resources(&state).await?;
    let base = ServiceBase::of(&state, &headers);
    let found = run_blocking(&state, move |state| Ok(bundle::search(state, &base, &request))).await?;
    answer_with(&headers, &found.map_err(Problem::from)?, is_pretty)
}

async fn read(
    State(state): State<ApiState>,
    parts: PathParts,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (kind, id) =
        parts.map(|axum::extract::Path(parts)| parts).map_err(|_| Problem::not_found("the path is not UTF-8 text"))?;
    let kind = kind_of(&kind)?;
    let pairs = pairs_of(query.as_deref().unwrap_or_default());
    check_format(&headers, &pairs)?;
    let (searched, shown): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .partition(|(name, _)| !matches!(name.as_str(), "_format" | "_pretty" | "_summary" | "_elements"));
    if let Some((name, _)) = searched.first() {
        let detail = "is not a parameter of a read; it takes _format, _pretty, _summary and _elements".to_owned();
        let parameter = parse::short(name);
        return Err(Problem::invalid_parameters(vec![crate::problem::ParameterIssue { parameter, detail }]));
    }
    let request = request::read(kind, shown, false)?;
    let base = ServiceBase::of(&state, &headers);
    let no_such = || Problem::not_found(format!("there is no {kind} `{}`", parse::short(&id)));
    let id: PublicId = id.parse().map_err(|_| no_such())?;
    let part = if request.part == Part::Count { Part::Whole } else { request.part };
    let target = Target { kind, id };
    wait_for_resources(&state).await?;
    let found = run_blocking(&state, move |state| {
        let Some(resources) = state.resources() else { return Ok(Err(())) };
        bundle::read(state, &base, &resources, target, None, &part).map(Ok)
    });
    let found = found.await?.map_err(|()| not_ready(2))?;
    answer_with(&headers, &found.ok_or_else(no_such)?, request.is_pretty)
}

async fn find_by_query(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let pairs = pairs_of(query.as_deref().unwrap_or_default());
    run_find(state, headers, pairs).await
}

async fn find_by_parameters(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    run_find(state, headers, find::pairs_of_parameters(&body)?).await
}

async fn run_find(state: ApiState, headers: HeaderMap, pairs: Vec<(String, String)>) -> Result<Response, Problem> {
    check_format(&headers, &pairs)?;
    let request = find::read(pairs)?;
    wait_for_resources(&state).await?;
    let base = ServiceBase::of(&state, &headers);
    let found = run_blocking(&state, move |state| Ok(find::find(state, &base, &request))).await?;
    answer_with(&headers, &found.map_err(Problem::from)?, false)
}
