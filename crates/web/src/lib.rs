//! Server-rendered pages over the same calls as the API.
//!
//! Every page works without JavaScript and loads nothing from another host; the Content-Security-Policy says so.
//! What patients read is in English and in Spanish (`language`, `messages`); pages for publishers and programmers
//! are in English.
//! A page is made of one or two of [`openslots_api::calls`]; it asks neither the store nor the index by itself.

mod clock;
mod days;
mod docs;
pub mod figures;
mod finder;
mod language;
mod layout;
mod messages;
mod place;
mod publisher;
mod publishers;
mod shown;
mod terms;
mod times;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use openslots_api::ApiState;

/// The routes of the pages.
pub fn router(state: ApiState) -> Router {
    Router::new()
        .route("/", get(finder::show))
        .route("/places/{key}", get(place::show))
        .route("/docs", get(docs::show))
        .route("/publishers", get(publishers::show))
        .route("/publishers/{slug}", get(publisher::show))
        .route(layout::STYLE_PATH, get(style))
        .route(layout::SCRIPT_PATH, get(script))
        .with_state(state)
}

/// How long a style sheet or a script is good for: another version has another path.
const KEEP: &str = "public, max-age=86400";

async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, KEEP)];
    (headers, include_str!("style.css"))
}

async fn script() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, KEEP)];
    (headers, include_str!("finder.js"))
}
