//! Server-rendered pages over the same calls as the API.
//!
//! Every page works without JavaScript and loads nothing from another host; the Content-Security-Policy says so.
//! What patients read is in English and in Spanish (`language`, `messages`); pages for publishers and programmers
//! are in English.
//! A page is made of one or two of [`openslots_api::calls`]; it asks neither the store nor the index by itself.

mod book;
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

/// The routes of the pages. Makes their tables, which takes a moment.
pub fn router(state: ApiState) -> Router {
    finder::load();
    Router::new()
        .route("/", get(finder::show))
        .route("/places/{key}", get(place::show))
        .route("/slots/{id}/book", get(book::show))
        .route("/docs", get(docs::show))
        .route("/publishers", get(publishers::show))
        .route("/publishers/{slug}", get(publisher::show))
        .route(layout::STYLE_PATH, get(style))
        .route(layout::SCRIPT_PATH, get(script))
        .route(layout::ICON_PATH, get(icon))
        .with_state(state)
}

/// A file that pages load. It may be kept for a day: another version has another path.
fn asset(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=86400")], content)
}

async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("style.css"))
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("finder.js"))
}

async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("icon.svg"))
}
