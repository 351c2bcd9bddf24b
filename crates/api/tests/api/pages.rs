//! Pages beside the API: what goes round the API goes round them, and what they say of themselves stays.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::support::TestApp;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'";

async fn page(status: StatusCode) -> impl IntoResponse {
    (status, [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)], Html("<p>hello</p>".repeat(20)))
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

fn app() -> TestApp {
    let pages = Router::new()
        .route("/", get(|| page(StatusCode::OK)))
        .route("/bad", get(|| page(StatusCode::BAD_REQUEST)))
        .route("/panic", get(panics));
    TestApp::new().with_pages(pages)
}

#[tokio::test]
async fn pages_keep_their_headers_and_errors() {
    let app = app();
    for (path, status) in [("/", StatusCode::OK), ("/bad", StatusCode::BAD_REQUEST)] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(answer.body.starts_with("<p>hello</p>"), "{path}");
        assert!(answer.header("x-request-id").len() >= 16, "{path}");
    }
    let asked = Request::get("/").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    assert_eq!(app.send(asked).await.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn what_pages_do_not_answer_is_a_problem() {
    let app = app();
    let long = format!("/?{}", "a".repeat(20_000));
    for (method, path, want) in [
        (Method::POST, "/", 405),
        (Method::GET, "/panic", 500),
        (Method::GET, "/nothing", 404),
        (Method::GET, &long, 414),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = app.send(request).await;
        assert_eq!(answer.status, want, "{want}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{want}");
        assert_eq!(answer.json()["requestId"], answer.header("x-request-id"), "{want}");
    }
    assert_eq!(app.get("slots").await.status, StatusCode::OK);
}
