//! One publisher: how it fares, what its crawls brought, how it conforms, and what is wrong with its data.

mod conformance;

use std::collections::HashMap;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::calls::{
    IssueSelection, IssuesAnswer, PublisherView, crawl_runs, find_publisher, issues, run_history,
};
use openslots_api::{ApiState, Error, NextDue};
use openslots_model::{
    CrawlRun, FileOutcome, FileReport, Freshness, HistoryRun, IssueCode, Publisher, PublisherSlug, UnixSeconds,
};

use crate::figures::{bytes, count_of, every, grouped, span};
use crate::layout::{Column, failure, page, table};
use crate::runs::{Period, charts};
use crate::times::{ago, ahead, time};
use conformance::conformance;

/// Runs that are listed.
const N_RUNS: usize = 20;
/// Files of the last run that are listed.
const MAX_FILES: usize = 200;
/// Samples of each code.
const N_SAMPLES: usize = 3;

/// What the page is made of.
struct Parts {
    view: PublisherView,
    issues: IssuesAnswer,
    runs: Vec<CrawlRun>,
    history: Vec<HistoryRun>,
    period: Period,
    now: UnixSeconds,
}

const FILE_COLUMNS: [Column; 7] = [
    Column::Text("File"),
    Column::Text("Type"),
    Column::Text("Outcome"),
    Column::Count("Size"),
    Column::Count("Accepted"),
    Column::Count("Unchanged"),
    Column::Count("Rejected"),
];

const RUN_COLUMNS: [Column; 11] = [
    Column::Text("Begun"),
    Column::Text("Outcome"),
    Column::Text("Scope"),
    Column::Count("Time"),
    Column::Count("Files"),
    Column::Count("Failed"),
    Column::Count("Size"),
    Column::Count("Accepted"),
    Column::Count("Unchanged"),
    Column::Count("Rejected"),
    Column::Text("Reason"),
];

/// `GET /publishers/{slug}`
pub(crate) async fn show(
    State(state): State<ApiState>,
    slug: Result<Path<String>, PathRejection>,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Response {
    let period = query.ok().and_then(|Query(mut query)| query.remove("period"));
    let period = Period::asked(period.as_deref());
    let slug = slug.ok().and_then(|Path(text)| text.parse::<PublisherSlug>().ok());
    let found = match &slug {
        Some(slug) => ask(&state, slug, period).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(parts)) => {
            let title = format!("openslots: {}", parts.view.status.publisher.display_name);
            page(StatusCode::OK, &title, &whole(&parts))
        }
        Ok(None) => {
            let content = html! {
                h1 { "No such publisher" }
                p { "It may have been removed. " a href="/publishers" { "All publishers" } }
            };
            page(StatusCode::NOT_FOUND, "openslots: no such publisher", &content)
        }
        Err(error) => failure(&error, "the page of a publisher"),
    }
}

async fn ask(state: &ApiState, slug: &PublisherSlug, period: Period) -> Result<Option<Parts>, Error> {
    // Of so many samples each code has its own.
    let selection = IssueSelection { codes: Vec::new(), limit: N_SAMPLES * IssueCode::ALL.len() };
    let Some(view) = find_publisher(state, slug).await? else { return Ok(None) };
    let Some(issues) = issues(state, slug, selection).await? else { return Ok(None) };
    let Some(runs) = crawl_runs(state, slug, N_RUNS).await? else { return Ok(None) };
    let now = state.now();
    let [from, _] = period.until(now);
    let history = run_history(state, view.status.publisher.number, from).await?;
    Ok(Some(Parts { view, issues, runs, history, period, now }))
}

fn whole(parts: &Parts) -> Markup {
    let Parts { view, issues, runs, history, period, now } = parts;
    let publisher = &view.status.publisher;
    html! {
        h1.wide { (publisher.display_name) }
        p.quiet.url { (publisher.manifest_url) }
        @if !view.warnings.is_empty() {
            ul.warnings aria-label="Warnings" { @for warning in &view.warnings { li { (warning.detail) } } }
        }
        (facts(view, *now))
        h2 #history { "Crawls over time" }
        (charts(history, *period, *now, publisher.policy.fresh_for_seconds, &format!("/publishers/{}", publisher.slug)))
        h2 #conformance { "Conformance" }
        (conformance(view.conformance.as_deref(), &publisher.manifest_url))
        h2 #issues { "Issues" }
        (all_issues(issues))
        @if let Some(run) = &view.last_run {
            h2 #files { "Files of the last crawl" }
            (files(run, &publisher.manifest_url))
        }
        h2 #crawls { "Last crawls" }
        (last_runs(runs, *now))
    }
}

/// A term and what is known of it.
fn fact(term: &str, content: &Markup) -> Markup {
    html! { div { dt { (term) } dd { (content) } } }
}

fn facts(view: &PublisherView, now: UnixSeconds) -> Markup {
    let status = &view.status;
    let policy = status.publisher.policy;
    let when = |at: UnixSeconds| time(at, &ago(at, now));
    html! {
        dl.facts {
            (fact("Data", &html! {
                span.stale[view.freshness != Freshness::Fresh] { (view.freshness.as_str()) }
                @match status.last_success_at {
                    Some(at) => { ", all of them read " (when(at)) }
                    None => ", never read in full"
                }
            }))
            (fact("Last crawl", &html! {
                @match (status.last_attempt_at, status.last_outcome) {
                    (Some(at), Some(outcome)) => { (outcome) ", " (when(at)) }
                    (Some(at), None) => { "begun " (when(at)) }
                    (None, _) => "none yet"
                }
                @if status.n_failures > 0 { ", " (status.n_failures) " failed in a row" }
                @if let Some(reason) = &status.reason { br; (reason) }
            }))
            (fact("Next crawl", &html! {
                @match view.next_due {
                    Some(NextDue { at, reason }) => { (time(at, &ahead(at, now))) ", " (why(reason)) }
                    None => "not planned"
                }
            }))
            (fact("Cadence", &html! {
                @if let Some(seconds) = status.hints.wished_interval_seconds {
                    "The publisher asks for a crawl " (every(u64::from(seconds))) ". "
                }
                "Data are fresh for " (span(u64::from(policy.fresh_for_seconds)))
                " and offered for " (span(u64::from(policy.max_staleness_seconds))) "."
            }))
            (fact("Slots", &html! {
                (grouped(status.n_slots)) ", of them " (grouped(status.n_free_slots)) " free and "
                (grouped(view.n_bookable_slots)) " offered now"
            }))
            @if let Some(claim) = &status.transaction_time {
                (fact("Data as of", &html! { (claim) ", by the publisher's own word" }))
            }
            @if let Some(skew) = status.hints.clock_skew_seconds.filter(|skew| *skew != 0) {
                (fact("Its clock", &html! {
                    (span(skew.unsigned_abs())) @if skew > 0 { " ahead of ours" } @else { " behind ours" }
                }))
            }
        }
    }
}

/// Why a crawl is due when it is; a reason without words here is told by its name.
fn why(reason: &'static str) -> &'static str {
    match reason {
        "new" => "because it was never crawled",
        "schedule" => "by the schedule",
        "publisher-cadence" => "by the publisher's own cadence",
        "retry-after" => "because the publisher asked to be left alone until then",
        "back-off" => "later than usual because crawls have failed",
        "breaker-open" => "only to see whether it is back, because crawls have failed again and again",
        other => other,
    }
}

/// A file's URL; what it has in common with the manifest's is shown only to those who point at it.
fn from_manifest(url: &str, manifest_url: &str) -> Markup {
    let folder = manifest_url.rfind('/').map_or("", |end| &manifest_url[..=end]);
    let name = url.strip_prefix(folder).filter(|name| !name.is_empty()).unwrap_or(url);
    html! { span title=(url) { (name) } }
}

fn files(run: &CrawlRun, manifest_url: &str) -> Markup {
    if run.files.is_empty() {
        return html! { p { "None was read." } };
    }
    let (failed, other): (Vec<_>, Vec<_>) = run.files.iter().partition(|file| file.outcome == FileOutcome::Failed);
    let rows = failed.into_iter().chain(other).take(MAX_FILES).map(|file| file_row(file, manifest_url));
    let n_left_out = run.files.len().saturating_sub(MAX_FILES) as u64;
    html! {
        (table("Files of the last crawl", false, &FILE_COLUMNS, rows))
        @if n_left_out > 0 { p.quiet { "and " (count_of(n_left_out, "file")) " more" } }
    }
}

fn file_row(file: &FileReport, manifest_url: &str) -> Markup {
    let is_failed = file.outcome == FileOutcome::Failed;
    html! {
        tr {
            td.url { (from_manifest(&file.url, manifest_url)) @if let Some(error) = &file.error { br; span.stale { (error) } } }
            td { (file.kind.as_str()) }
            td.stale[is_failed] { (file.outcome.as_str()) }
            td.count { (bytes(file.n_bytes)) }
            td.count { (grouped(file.n_accepted)) }
            td.count { (grouped(file.n_unchanged)) }
            td.count { (grouped(file.n_rejected)) }
        }
    }
}

fn all_issues(answer: &IssuesAnswer) -> Markup {
    let Publisher { slug, manifest_url, .. } = &answer.publisher.publisher;
    html! {
        @if answer.counts.is_empty() { p { "None is known." } }
        @for (code, count) in &answer.counts {
            section.issue {
                h3 {
                    (code) ": " (grouped(*count)) @if code.is_rejection() { " rejected" } @else { " noted" }
                }
                p { (code.remedy()) }
                ol {
                    @for sample in answer.samples.iter().filter(|sample| sample.code == *code).take(N_SAMPLES) {
                        li {
                            span.url { (from_manifest(&sample.file, manifest_url)) @if sample.line > 0 { ", line " (sample.line) } }
                            ": " (sample.detail)
                            @if !sample.excerpt.is_empty() { pre tabindex="0" { code { (sample.excerpt) } } }
                        }
                    }
                }
                @if *count > N_SAMPLES as u64 {
                    p { a href={ "/v1/scheduling/publishers/" (slug) "/issues?limit=100&code=" (code) } { "More as JSON" } }
                }
            }
        }
    }
}

fn last_runs(runs: &[CrawlRun], now: UnixSeconds) -> Markup {
    if runs.is_empty() {
        return html! { p { "None yet." } };
    }
    table("Last crawls", false, &RUN_COLUMNS, runs.iter().map(|run| run_row(run, now)))
}

fn run_row(run: &CrawlRun, now: UnixSeconds) -> Markup {
    let (accepted, unchanged, rejected) = run.n_lines();
    html! {
        tr {
            td { (time(run.started_at, &ago(run.started_at, now))) }
            td.stale[!run.outcome.is_success()] { (run.outcome) }
            td { (run.scope.as_str()) }
            td.count { (format!("{:.1} s", run.duration_ms as f64 / 1_000.0)) }
            td.count { (grouped(run.files.len() as u64)) }
            td.count { (grouped(run.n_files(FileOutcome::Failed))) }
            td.count { (bytes(run.n_bytes)) }
            td.count { (grouped(accepted)) }
            td.count { (grouped(unchanged)) }
            td.count { (grouped(rejected)) }
            td.url { @if let Some(reason) = &run.reason { (reason) } }
        }
    }
}

#[cfg(test)]
mod tests;
