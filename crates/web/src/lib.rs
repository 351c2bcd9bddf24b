//! Server-rendered pages over the same calls as the API.
//!
//! Every page works without JavaScript and loads nothing from another host; the Content-Security-Policy says so.
//! A page is made of one or two of [`openslots_api::calls`]; it asks neither the store nor the index by itself.

mod docs;
pub mod figures;
mod finder;
mod layout;
mod publisher;
mod publishers;
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
        .route("/docs", get(docs::show))
        .route("/publishers", get(publishers::show))
        .route("/publishers/{slug}", get(publisher::show))
        .route(layout::STYLE_PATH, get(style))
        .with_state(state)
}

async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, include_str!("style.css"))
}
