//! The publishers and their state, at a glance.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use openslots_api::ApiState;
use openslots_model::Freshness;

use crate::layout::page;
use crate::times::ago;

/// `GET /publishers`
pub(crate) async fn show(State(state): State<ApiState>) -> Response {
    let now = state.now();
    let publishers = state.publishers();
    let content = html! {
        h1 { "Publishers" }
        @if publishers.iter().next().is_none() {
            p { "No publishers yet. Add one with " code { "openslots publishers add URL" } "." }
        }
        div.scroll tabindex="0" role="region" aria-label="Publishers" {
            table {
                thead {
                    tr {
                        th scope="col" { "Publisher" }
                        th scope="col" { "Data" }
                        th scope="col" { "Read" }
                        th scope="col" { "Last crawl" }
                        th.count scope="col" { "Slots" }
                        th.count scope="col" { "Free" }
                        th.count scope="col" { "Issues" }
                    }
                }
                tbody {
                    @for status in publishers.iter() {
                        @let freshness = status.freshness(now);
                        tr {
                            th scope="row" {
                                a href={ "/v1/scheduling/publishers/" (status.publisher.slug) } { (status.publisher.display_name) }
                            }
                            td.stale[freshness != Freshness::Fresh] { (freshness.as_str()) }
                            td { (status.last_success_at.map_or_else(|| "never".to_owned(), |at| ago(at, now))) }
                            td title=[status.reason.as_deref()] {
                                (status.last_outcome.map_or_else(|| "none".to_owned(), |outcome| outcome.to_string()))
                            }
                            td.count { (status.n_slots) }
                            td.count { (status.n_free_slots) }
                            td.count {
                                a href={ "/v1/scheduling/publishers/" (status.publisher.slug) "/issues" } { (status.n_issues) }
                            }
                        }
                    }
                }
            }
        }
    };
    page(StatusCode::OK, "openslots: publishers", &content)
}
