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
async fn preflights_are_answered_for_every_path_and_method_that_is_served() {
    let app = TestApp::new();
    let slot = crate::support::slot_id("flynn", "derm-1");
    for path in ["slots", "slots?limit=0", "publishers/flynn/issues", "nothing", &format!("slots/{slot}/book")] {
        for method in ["GET", "HEAD"] {
            let preflight = request(Method::OPTIONS, &format!("/v1/scheduling/{path}"))
                .header("origin", "https://finder.example.org")
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "if-none-match,x-request-id");
            let answer = app.send(preflight.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(
                answer.header("access-control-allow-methods").split(',').any(|one| one == method),
                "{path} {method}"
            );
            assert_eq!(answer.header("access-control-allow-headers"), "if-none-match,x-request-id", "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        }
    }
}

#[tokio::test]
async fn ids_of_requests_are_uuids_and_problems_name_them() {
    let app = TestApp::new();
    let own = app.get("slots?limit=0").await;
    let id = own.header("x-request-id").to_owned();
    assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
    assert_eq!(own.json()["instance"], format!("urn:uuid:{id}"));
    assert_eq!(own.header("x-correlation-id"), "", "the client named nothing");
    for (given, instance) in [
        ("0198c0de-0000-7000-8000-00000000000a", "urn:uuid:0198c0de-0000-7000-8000-00000000000a"),
        ("my-id", "/v1/scheduling/slots"),
    ] {
        let asked = request(Method::GET, "/v1/scheduling/slots?limit=0").header("x-request-id", given);
        let answer = app.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("x-request-id"), given);
        assert_eq!(answer.header("x-correlation-id"), given);
        assert_eq!(answer.json()["instance"], instance);
        let issue = &answer.json()["issues"][0];
        assert_eq!(issue["path"], serde_json::json!([issue["parameter"]]));
        assert_eq!(issue["message"], issue["detail"]);
    }
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
        "/v1/scheduling/slots?fields=start",
        &format!("/v1/scheduling/slots/{}", crate::support::slot_id("flynn", "derm-1")),
        &format!("{}?x=1", book),
        "/v1/scheduling/provider-locations",
        "/v1/scheduling/provider-locations/nothing",
        "/v1/scheduling/publishers",
        "/v1/scheduling/publishers/flynn",
        "/v1/scheduling/publishers/flynn/issues",
        "/v1/scheduling/availability",
        "/v1/scheduling/service-types",
        "/v1/scheduling/specialties",
        "/healthz",
        "/readyz",
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
        let vary = |answer: &crate::support::Answer| {
            let mut values: Vec<_> = answer.headers.get_all("vary").iter().cloned().collect();
            values.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
            values
        };
        assert_eq!(vary(&head), vary(&get), "{path}");
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
