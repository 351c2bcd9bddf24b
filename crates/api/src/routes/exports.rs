//! `/exports`: files for research, of each day that is over.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_model::LocalDate;
use openslots_publish::daily_exports::{DailyExports, DailyFile, ExportedDay};
use openslots_publish::export::Format;
use tower_http::services::ServeFile;

use super::{BASE, PathPart, no_parameters, path_text};
use crate::openapi::responses::ReadProblems;
use crate::problem::{Problem, ProblemBody};
use crate::{ApiState, answer, render};

/// A new day comes once a day; whoever mirrors them need not ask more often.
const INDEX: HeaderValue = HeaderValue::from_static("public, max-age=300");
/// What the name of a table stands for never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Documents are written again where a format is added to a day.
const DOCUMENT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// List daily exports
///
/// The days of UTC that are over and whose files are there, each with what the files hold, their sizes and checksums:
/// the slots that were held at the end of the day, what happened to slots on it, its crawl runs and counts, and the
/// provider locations and publishers as they were when the files were written. `DATA_DICTIONARY.md` says what each
/// column means.
#[utoipa::path(
    get,
    path = "/exports",
    operation_id = "listExports",
    tag = "exports",
    responses(
        (status = 200, description = "The days, the newest first.", body = render::ExportedDays, headers(("ETag"))),
        ReadProblems
    )
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let base = base(&state);
    let days = exports(&state)?.days();
    let days = days.iter().rev().map(|day| render::ExportedDay::new(day, &base)).collect();
    index(&headers, &render::ExportedDays { days })
}

/// Read the daily export of a day
#[utoipa::path(
    get,
    path = "/exports/{date}",
    operation_id = "readExport",
    tag = "exports",
    params(("date" = String, Path, description = "The day, of UTC.", example = "2026-10-05")),
    responses((status = 200, description = "The day.", body = render::ExportedDay, headers(("ETag"))), ReadProblems)
)]
pub(super) async fn read(
    State(state): State<ApiState>,
    date: PathPart,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let date = path_text(date)?;
    let day = find_day(&state, &date)?;
    index(&headers, &render::ExportedDay::new(&day, &base(&state)))
}

/// Read a file of a daily export
///
/// As it is on the disk: what a name stands for does not change, and a part of it can be asked for with `Range`.
#[utoipa::path(
    get,
    path = "/exports/{date}/{file}",
    operation_id = "readExportFile",
    tag = "exports",
    params(
        ("date" = String, Path, description = "The day, of UTC.", example = "2026-10-05"),
        ("file" = String, Path, description = "The name that the list gives.", example = "past_slots.parquet"),
    ),
    responses(
        (status = 200, description = "The file.", content(
            (String = "application/vnd.apache.parquet"),
            (String = "text/csv"),
            (String = "application/x-ndjson"),
            (String = "text/markdown"),
            (String = "application/yaml"),
        ), headers(("ETag"))),
        (status = 206, description = "The part that `Range` names.", content(
            (String = "application/vnd.apache.parquet"),
            (String = "text/csv"),
            (String = "application/x-ndjson"),
            (String = "text/markdown"),
            (String = "application/yaml"),
        ), headers(("ETag"))),
        (status = 416, description = "The file has no part that `Range` names.", body = ProblemBody<'_>,
            content_type = "application/problem+json"),
        ReadProblems
    )
)]
pub(super) async fn file(
    State(state): State<ApiState>,
    names: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let Path((date, name)) = names.map_err(|_| Problem::not_found("the path is not UTF-8 text"))?;
    let day = find_day(&state, &date)?;
    let gone =
        || Problem::not_found(format!("there is no file `{name}`; {BASE}/exports/{date} lists those of the day"));
    let file = day.files.get(&name).ok_or_else(gone)?;
    let etag = format!("\"{}\"", file.written.sha256);
    let mut response = if answer::is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(file, &headers, &etag).await.ok_or_else(gone)?
    };
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(response);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, if file.format.is_some() { IMMUTABLE } else { DOCUMENT });
    headers.insert(header::ETAG, HeaderValue::try_from(etag).map_err(|_| Problem::internal())?);
    // It says no more than the validator, and less exactly.
    headers.remove(header::LAST_MODIFIED);
    Ok(response)
}

/// The file or a part of it, piece by piece from the disk; `None` if it has gone meanwhile.
async fn body(file: &DailyFile, headers: &HeaderMap, etag: &str) -> Option<Response> {
    let mut request = Request::new(Body::empty());
    let is_of_this = headers.get(header::IF_RANGE).is_none_or(|validator| validator.as_bytes() == etag.as_bytes());
    if let Some(range) = headers.get(header::RANGE).filter(|_| is_of_this) {
        request.headers_mut().insert(header::RANGE, range.clone());
    }
    // Of several parts at once the whole is sent.
    let mut served = ServeFile::new(&file.path).ignore_multi_range_requests(true);
    let mut response = served.try_call(request).await.ok()?.map(Body::new);
    let is_there =
        matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE);
    if response.status() != StatusCode::RANGE_NOT_SATISFIABLE {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type(file));
    }
    is_there.then_some(response)
}

fn content_type(file: &DailyFile) -> HeaderValue {
    HeaderValue::from_static(match file.format {
        Some(Format::Parquet) => "application/vnd.apache.parquet",
        Some(Format::Csv) => "text/csv; charset=utf-8",
        Some(Format::Ndjson) => "application/x-ndjson",
        None if file.written.path.ends_with(".md") => "text/markdown; charset=utf-8",
        None => "application/yaml",
    })
}

fn index(headers: &HeaderMap, body: &impl serde::Serialize) -> Result<Response, Problem> {
    let mut response = answer::json(headers, body)?;
    response.headers_mut().insert(header::CACHE_CONTROL, INDEX);
    Ok(response)
}

/// Where daily exports lie: whole where the service knows its address.
fn base(state: &ApiState) -> String {
    let address = state.base_url().map_or("", |url| url.as_str().trim_end_matches('/'));
    format!("{address}{BASE}/exports")
}

fn exports(state: &ApiState) -> Result<&DailyExports, Problem> {
    state.exports().ok_or_else(|| {
        Problem::not_found(
            "this service keeps no daily exports; its operator has not turned that on (`exports.enabled`)",
        )
    })
}

fn find_day(state: &ApiState, date: &str) -> Result<Arc<ExportedDay>, Problem> {
    let exports = exports(state)?;
    LocalDate::parse(date).and_then(|date| exports.day(date)).ok_or_else(|| {
        let shown: String = date.chars().take(60).collect();
        Problem::not_found(format!("there is no daily export of `{shown}`; {BASE}/exports lists those that are there"))
    })
}
