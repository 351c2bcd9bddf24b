//! Pages through the router, over a real store and index: what they show, what they lead to, what they are made of.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod book;
mod charts;
mod finder;
mod hostile;
mod hostile_feed;
mod languages;
mod links;
mod markup;
mod places;
mod providers;
mod publishers;
mod statistics;
#[path = "../../../api/tests/api/support/mod.rs"]
mod support;
mod watching;
mod weight;

use axum::body::Body;
use axum::http::Request;
use support::{Answer, TestApp};
use tower::ServiceExt;

/// Everything that an address of the finder can ask.
pub(crate) const WHOLE_QUERY: &str = "/?what=&where=&miles=25&day=&days=&hours=&care=&language=&order=";

/// The pages over two crawled publishers.
pub(crate) fn app() -> TestApp {
    with_pages(TestApp::new())
}

pub(crate) fn with_pages(app: TestApp) -> TestApp {
    let pages = openslots_web::router(app.state.clone());
    app.with_pages(pages)
}

/// A page, whose markup must be sound.
pub(crate) async fn page(app: &TestApp, path: &str) -> Answer {
    let answer = app.get(path).await;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
    markup::check(path, &answer.body);
    answer
}

/// An answer of a kind that the API's document does not tell: an image, or one that leads elsewhere.
pub(crate) async fn raw(app: &TestApp, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = app.router().oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// The values of all attributes of a name, unescaped.
pub(crate) fn attributes(html: &str, name: &str) -> Vec<String> {
    markup::elements(html).into_iter().filter_map(|element| element.attribute(name).map(str::to_owned)).collect()
}
