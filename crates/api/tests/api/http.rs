//! What every answer carries.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::support::TestApp;

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn answers_are_json_with_an_id_and_open_to_every_page() {
    let app = TestApp::new();
    for (path, content_type) in [
        ("/v1/scheduling/slots", "application/json"),
        ("/v1/scheduling/slots?limit=0", "application/problem+json"),
        ("/v1/scheduling/nothing", "application/problem+json"),
        ("/healthz", "application/json"),
    ] {
        let with_origin = request(Method::GET, path).header("origin", "https://finder.example.org");
        let answer = app.send(with_origin.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("access-control-expose-headers").contains("x-request-id"), "{path}");
        assert!(answer.header("x-request-id").len() >= 16, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let cache_control = answer.header("cache-control");
        assert_eq!(cache_control == "public, max-age=15", path.ends_with("slots"), "{path}: {cache_control}");
        assert!(!cache_control.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_browser_may_send_the_header_that_is_not_needed() {
    let app = TestApp::new();
    let preflight = request(Method::OPTIONS, "/v1/scheduling/slots")
        .header("origin", "https://finder.example.org")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let answer = app.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-headers"), "authorization");
    let with_key = request(Method::GET, "/v1/scheduling/slots").header("authorization", "Bearer anything");
    assert_eq!(app.send(with_key.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() {
    let app = TestApp::new();
    let path = "/v1/scheduling/slots?publisher=ridge";
    let first = app.get(path).await;
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let ask = async |etag: &str| {
        let request = request(Method::GET, path).header("if-none-match", etag);
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let again = ask(&etag).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.header("etag"), etag);
    assert_eq!(again.header("access-control-allow-origin"), "*");
    assert_eq!(ask("W/\"other\"").await.status, StatusCode::OK);
    // Whatever changes the answer changes the validator: here, the slot's freshness.
    app.advance(3_600);
    let changed = ask(&etag).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), etag);
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() {
    let app = TestApp::new();
    let book = format!("/v1/scheduling/slots/{}/book", crate::support::slot_id("flynn", "derm-1"));
    for path in [
        "/v1/scheduling/slots",
        "/v1/scheduling/slots?limit=0",
        "/v1/scheduling/publishers/flynn",
        "/healthz",
        "/x",
        &book,
    ] {
        let get = app.get(path).await;
        let head = app.send(request(Method::HEAD, path).body(Body::empty()).unwrap()).await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.body, "", "{path}");
        for name in ["content-type", "etag", "cache-control", "location"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let app = TestApp::new();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = app.send(request(method.clone(), "/v1/scheduling/slots").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "GET,HEAD", "{method}");
        assert_eq!(answer.json()["type"], "/docs#method-not-allowed", "{method}");
    }
}

#[tokio::test]
async fn answers_are_compressed_when_asked_for() {
    let app = TestApp::new();
    for encoding in ["gzip", "br", "zstd"] {
        for path in ["/v1/scheduling/slots", "/v1/scheduling/slots?limit=0"] {
            let asked = request(Method::GET, path).header("accept-encoding", encoding);
            let answer = app.send(asked.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.header("content-encoding"), encoding, "{path}");
            assert!(answer.header("vary").contains("accept-encoding"), "{path}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_may_be_encoded_in_no_way_goes_out_as_it_is() {
    let app = TestApp::new();
    for path in ["/v1/scheduling/slots", "/v1/scheduling/slots?limit=0", "/v1/scheduling/nothing"] {
        let plain = app.get(path).await;
        for accepted in ["identity;q=0", "*;q=0"] {
            let asked = request(Method::GET, path).header("accept-encoding", accepted);
            let answer = app.send(asked.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, plain.status, "{path} {accepted}");
            assert_eq!(answer.header("content-encoding"), "", "{path} {accepted}");
            assert_eq!(answer.header("content-type"), plain.header("content-type"), "{path} {accepted}");
            assert_eq!(answer.body.len(), plain.body.len(), "{path} {accepted}");
        }
    }
}
