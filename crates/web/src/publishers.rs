//! The publishers and their state, at a glance.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::ApiState;
use openslots_api::Error;
use openslots_api::calls::{PublisherView, publishers, run_histories};
use openslots_model::{Freshness, HistoryRun, PublisherNumber, UnixSeconds};

use crate::figures::{every, grouped};
use crate::layout::{Column, failure, page, table};
use crate::runs::{Period, small_strip};
use crate::times::{ago, ahead, time};

const COLUMNS: [Column; 11] = [
    Column::Text("Publisher"),
    Column::Text("Data"),
    Column::Text("Read"),
    Column::Text("Last crawl"),
    Column::Text("Last 24 hours"),
    Column::Text("Next crawl"),
    Column::Text("Cadence"),
    Column::Count("Slots"),
    Column::Count("Free"),
    Column::Count("Issues"),
    Column::Text("Grade"),
];

/// `GET /publishers`
pub(crate) async fn show(State(state): State<ApiState>) -> Response {
    let now = state.now();
    match ask(&state, now).await {
        Ok((views, runs)) => page(StatusCode::OK, "openslots: publishers", &whole(&views, &runs, now)),
        Err(error) => failure(&error, "the page of publishers"),
    }
}

/// The runs of the last day, by publisher.
type Runs = HashMap<PublisherNumber, Vec<HistoryRun>>;

async fn ask(state: &ApiState, now: UnixSeconds) -> Result<(Vec<PublisherView>, Runs), Error> {
    let [from, _] = Period::Day.until(now);
    Ok((publishers(state).await?, run_histories(state, from).await?))
}

fn whole(views: &[PublisherView], runs: &Runs, now: UnixSeconds) -> Markup {
    html! {
        h1 { "Publishers" }
        @if views.is_empty() {
            p { "No publishers yet. Add one with " code { "openslots publishers add URL" } "." }
        }
        @if views.iter().any(|view| !view.warnings.is_empty()) {
            ul.warnings aria-label="Warnings" {
                @for view in views {
                    @for warning in &view.warnings {
                        li { (link(view)) ": " (warning.detail) }
                    }
                }
            }
        }
        (table("Publishers", true, &COLUMNS, views.iter().map(|view| row(view, runs, now))))
    }
}

fn link(view: &PublisherView) -> Markup {
    let publisher = &view.status.publisher;
    html! { a href={ "/publishers/" (publisher.slug) } { (publisher.display_name) } }
}

fn row(view: &PublisherView, runs: &Runs, now: UnixSeconds) -> Markup {
    let status = &view.status;
    let publisher = &status.publisher;
    let runs = runs.get(&publisher.number).map_or(&[][..], Vec::as_slice);
    let cadence = status.hints.wished_interval_seconds.map(|seconds| every(u64::from(seconds)));
    html! {
        tr {
            th scope="row" { (link(view)) }
            td.stale[view.freshness != Freshness::Fresh] { (view.freshness.as_str()) }
            td { @match status.last_success_at { Some(at) => (time(at, &ago(at, now))), None => "never" } }
            td title=[status.reason.as_deref()] {
                (status.last_outcome.map_or_else(|| "none".to_owned(), |outcome| outcome.to_string()))
            }
            td { (small_strip(&format!("runs-{}", publisher.slug), runs, Period::Day.until(now))) }
            td { @match view.next_due { Some(due) => (time(due.at, &ahead(due.at, now))), None => "not planned" } }
            td { (cadence.as_deref().unwrap_or("not told")) }
            td.count { (grouped(status.n_slots)) }
            td.count { (grouped(status.n_free_slots)) }
            td.count { a href={ "/publishers/" (publisher.slug) "#issues" } { (grouped(status.n_issues)) } }
            td {
                @if let Some(found) = &view.conformance {
                    a href={ "/publishers/" (publisher.slug) "#conformance" } { (found.grade.as_str()) }
                } @else { "-" }
            }
        }
    }
}
