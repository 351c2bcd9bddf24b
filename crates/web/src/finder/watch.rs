//! Following a question: a feed that tells what comes to match it.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::ApiState;
use openslots_api::calls::{MAX_WATCHED_SLOTS, Making, make_watch};
use openslots_api::parameters::{Search, SearchKind};

use super::fault::{self, Fault};
use super::form::Form;
use crate::clock::PlaceClock;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed};
use crate::messages::Say;

/// The button under an answer.
pub(super) fn button(state: &ApiState, form: &Form, reader: Reader) -> Markup {
    html! {
        @if state.watches().is_some() {
            form.follow method="post" action=(form.watch_address(reader)) {
                button { (reader.language.say(Say::Follow)) }
                span.quiet { (reader.language.say(Say::FollowHint)) }
            }
        }
    }
}

/// `POST /watch`
pub(crate) async fn make(State(state): State<ApiState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let reader = Reader::of(query.as_deref(), &headers);
    let form = Form::read(query.as_deref());
    let Some(access) = state.watches() else {
        return told(reader, &form, StatusCode::NOT_FOUND, Say::NothingToFollow, &html! {});
    };
    let query = form.as_watch_query();
    let search = match Search::of_request(&state, SearchKind::Watch, Some(&query)) {
        Ok(search) => search,
        Err(issues) => {
            let faults: Vec<Fault> = issues.iter().map(Fault::from).collect();
            let faults = fault::told(reader.language, &faults);
            return told(reader, &form, StatusCode::BAD_REQUEST, Say::NothingToFollow, &faults);
        }
    };
    let language = reader.language;
    match make_watch(&state, access, query, search, None).await {
        Ok(Making::Made(made, _)) => {
            let feed = format!("/v1/scheduling/watches/{}/feed", made.key);
            // The clock of whoever reads is not known; a day more or less does not matter here.
            let last_day = language.long_date(PlaceClock::new(None, language).date(made.watch.expires_at));
            let content = html! {
                p { (language.say(Say::FeedText)) }
                p.book { a href=(feed) rel="alternate" type="application/atom+xml" { (language.say(Say::FeedAddress)) } }
                p.quiet { (language.fill(Say::FeedUntil, &[&last_day])) }
            };
            told(reader, &form, StatusCode::CREATED, Say::Following, &content)
        }
        Ok(Making::TooWide(total)) => {
            let numbers = [total.to_string(), MAX_WATCHED_SLOTS.to_string()];
            let text = language.fill(Say::TooWide, &[&numbers[0], &numbers[1]]);
            told(reader, &form, StatusCode::BAD_REQUEST, Say::NothingToFollow, &html! { p { (text) } })
        }
        Ok(Making::NoRoom) => {
            let content = html! { p { (language.say(Say::NoRoom)) } };
            told(reader, &form, StatusCode::SERVICE_UNAVAILABLE, Say::NothingToFollow, &content)
        }
        Err(error) => failure_for(reader, &error, "a feed"),
    }
}

fn told(reader: Reader, form: &Form, status: StatusCode, title: Say, content: &Markup) -> Response {
    let other = Reader { language: reader.language.other(), is_asked: true };
    let title = reader.language.say(title);
    let whole = html! {
        h1 { (title) }
        (content)
        p { a href=(form.address(reader)) { (reader.language.say(Say::BackToResults)) } }
    };
    let frame = Frame { title, reader, translation: Some(&form.address(other)), has_script: false };
    let mut response = framed(status, &frame, &whole);
    // The address of the feed is all that it takes to read it.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
