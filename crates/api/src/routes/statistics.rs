//! `/statistics` and the figures below it.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use openslots_statistics::Figure;

use super::{BASE, no_parameters};
use crate::calls::StatisticsOutcome;
use crate::openapi::parameters::{ContinuityParameters, StatisticsParameters};
use crate::openapi::responses::SearchProblems;
use crate::parameters::{Context, StatisticsFormat, StatisticsRequest};
use crate::problem::{ParameterIssue, Problem};
use crate::render::StatisticsTable;
use crate::{ApiState, answer, calls, render};

/// Counts change once a day, and on the first day as publishers come in.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=60");
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

/// List the figures
///
/// What figures there are of what was available, where and when: what each means, what must be known to read it rightly, its columns, and of which days there are counts.
#[utoipa::path(
    get,
    path = "/statistics",
    operation_id = "listStatistics",
    tag = "statistics",
    responses((status = 200, description = "The figures.", body = render::StatisticsIndex, headers(("ETag"))), SearchProblems)
)]
pub(super) async fn index(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    no_parameters(&query)?;
    let days = calls::counted_days(&state).await?;
    answer::json(&headers, &render::StatisticsIndex::new(days, &format!("{BASE}/statistics")))
}

/// Count places with something to book
///
/// How many provider locations are listed, and how many of them have a slot to book, on each day.
#[utoipa::path(
    get,
    path = "/statistics/coverage",
    operation_id = "readCoverage",
    tag = "statistics",
    params(StatisticsParameters),
    responses((status = 200, description = "Rows, by day and value.", content((render::CoverageStatistics = "application/json"), (String = "text/csv")), headers(("ETag"))), SearchProblems)
)]
pub(super) async fn coverage(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    figure(Figure::Coverage, &state, &headers, query).await
}

/// Measure the time to the next available appointment
///
/// Hours to the next and the third next available appointment of each provider location with each of its specialties: median and 90th percentile.
#[utoipa::path(
    get,
    path = "/statistics/lead-time",
    operation_id = "readLeadTime",
    tag = "statistics",
    params(StatisticsParameters),
    responses((status = 200, description = "Rows, by day and value.", content((render::LeadTimeStatistics = "application/json"), (String = "text/csv")), headers(("ETag"))), SearchProblems)
)]
pub(super) async fn lead_time(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    figure(Figure::LeadTime, &state, &headers, query).await
}

/// Count free slots
///
/// How many slots could be booked on each day.
#[utoipa::path(
    get,
    path = "/statistics/free-slots",
    operation_id = "readFreeSlots",
    tag = "statistics",
    params(StatisticsParameters),
    responses((status = 200, description = "Rows, by day and value.", content((render::FreeSlotsStatistics = "application/json"), (String = "text/csv")), headers(("ETag"))), SearchProblems)
)]
pub(super) async fn free_slots(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    figure(Figure::FreeSlots, &state, &headers, query).await
}

/// Tell what became of slots
///
/// Which part of the appointments of a day was taken by their start, and how long they were on offer.
#[utoipa::path(
    get,
    path = "/statistics/fill-rate",
    operation_id = "readFillRate",
    tag = "statistics",
    params(StatisticsParameters),
    responses((status = 200, description = "Rows, by day and value.", content((render::FillRateStatistics = "application/json"), (String = "text/csv")), headers(("ETag"))), SearchProblems)
)]
pub(super) async fn fill_rate(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    figure(Figure::FillRate, &state, &headers, query).await
}

/// Tell how steadily publishers are heard
///
/// Crawl runs, how they ended, and the gaps between them and between transaction times.
#[utoipa::path(
    get,
    path = "/statistics/continuity",
    operation_id = "readContinuity",
    tag = "statistics",
    params(ContinuityParameters),
    responses((status = 200, description = "Rows, by day and publisher.", content((render::ContinuityStatistics = "application/json"), (String = "text/csv")), headers(("ETag"))), SearchProblems)
)]
pub(super) async fn continuity(
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<Response, Problem> {
    figure(Figure::Continuity, &state, &headers, query).await
}

async fn figure(
    figure: Figure,
    state: &ApiState,
    headers: &HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let publishers = state.publishers();
    let context = Context { now: state.now(), publishers: &publishers, snapshot: None, feed_began: state.feed_began() };
    let (request, format) = StatisticsRequest::parse(figure, query.as_deref(), context)?;
    let found = match calls::statistics(state, request).await? {
        StatisticsOutcome::Answer(found) => found,
        StatisticsOutcome::TooMuch { n_counts, n_most } => {
            let detail = format!(
                "and the other parameters ask for {n_counts} counts, {n_most} at most are read for one answer; ask for fewer days or publishers"
            );
            return Err(Problem::invalid_parameters(vec![ParameterIssue { parameter: "from".to_owned(), detail }]));
        }
    };
    let mut response = match format.unwrap_or_else(|| preferred(headers)) {
        StatisticsFormat::Json => answer::json(headers, &render::AnyStatistics::from(&*found))?,
        StatisticsFormat::Csv => {
            let bytes = StatisticsTable::new(&found)?.to_csv()?;
            answer::with_validator(headers, bytes, CSV)
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE_CONTROL);
    response.headers_mut().append(header::VARY, HeaderValue::from_name(header::ACCEPT));
    Ok(response)
}

/// The form that a client takes first; JSON where it says nothing of either.
fn preferred(headers: &HeaderMap) -> StatisticsFormat {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let media = values.flat_map(|value| value.split(','));
    let mut forms = media.filter_map(|media| match media.split(';').next().unwrap_or_default().trim() {
        "text/csv" => Some(StatisticsFormat::Csv),
        "application/json" | "application/*" | "*/*" => Some(StatisticsFormat::Json),
        _ => None,
    });
    forms.next().unwrap_or(StatisticsFormat::Json)
}
