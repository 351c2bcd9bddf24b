//! The finder: who has a slot near me, soon, for this?

mod beside;
mod entry;
mod form;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::ApiState;
use openslots_api::calls::{ProviderLocationsAnswer, search_provider_locations};
use openslots_api::parameters::{Search, SearchKind};
use openslots_model::UnixSeconds;

use self::form::Form;
use crate::layout::{failure, page};

const TITLE: &str = "openslots: find an appointment";

/// `GET /`
pub(crate) async fn show(State(state): State<ApiState>, RawQuery(query): RawQuery) -> Response {
    let form = Form::read(query.as_deref());
    let now = state.now();
    let search = match Search::of_request(&state, SearchKind::ProviderLocations, Some(&form.as_api_query())) {
        Ok(search) => search,
        Err(issues) => {
            let faults = html! { @for issue in &issues { p.fault role="alert" { (issue.detail) } } };
            return page(StatusCode::BAD_REQUEST, TITLE, &whole(&form, &faults));
        }
    };
    match search_provider_locations(&state, search).await {
        Ok(answer) => page(StatusCode::OK, TITLE, &whole(&form, &list(&form, &answer, now))),
        Err(error) => failure(&error, "the finder page"),
    }
}

fn whole(form: &Form, results: &Markup) -> Markup {
    html! {
        h1 { "Find an appointment" }
        (form.show())
        (results)
    }
}

fn list(form: &Form, answer: &ProviderLocationsAnswer, now: UnixSeconds) -> Markup {
    html! {
        (beside::understood(&answer.understood))
        @if answer.provider_locations.is_empty() {
            (beside::explanation(form, answer.explanation.as_ref()))
        } @else {
            p.quiet role="status" { (answer.total) @if answer.total == 1 { " place" } @else { " places" } }
        }
        ol.found { @for found in &answer.provider_locations { li { (entry::entry(found, now)) } } }
        @if let Some(cursor) = &answer.next {
            p { a href=(form.address(Some(cursor))) rel="next" { "More places" } }
        }
    }
}
