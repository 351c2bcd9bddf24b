//! Server-rendered pages over the same calls as the API.
//!
//! Every page works without JavaScript and loads nothing from another host; the Content-Security-Policy says so.
//! What patients read is in English and in Spanish (`language`, `messages`); pages for publishers and programmers
//! are in English.
//! A page is made of one or two of [`openslots_api::calls`]; it asks neither the store nor the index by itself.

mod book;
pub mod chart;
mod clock;
mod day_page;
mod days;
mod docs;
mod entry;
pub mod figures;
mod finder;
mod language;
mod layout;
mod messages;
mod place;
mod provider;
mod publisher;
mod publishers;
mod runs;
mod shown;
pub mod statistics;
mod terms;
mod times;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use openslots_api::ApiState;

pub use crate::language::Language;

/// The style sheet of the pages, charts included. A page in a file of its own can carry it in a `style` element.
pub const STYLE: &str = concat!(include_str!("style.css"), include_str!("chart/chart.css"));

/// The routes of the pages. Makes their tables, which takes a moment.
pub fn router(state: ApiState) -> Router {
    finder::load();
    Router::new()
        .route("/", get(finder::show))
        .route("/watch", post(finder::make_watch))
        .route("/places/{key}", get(place::show))
        .route("/providers/{npi}", get(provider::show))
        .route("/slots/{id}/book", get(book::show))
        .route("/docs", get(docs::show))
        .route(statistics::PATH, get(statistics::show))
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
    asset("text/css; charset=utf-8", STYLE)
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("finder.js"))
}

async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("icon.svg"))
}
