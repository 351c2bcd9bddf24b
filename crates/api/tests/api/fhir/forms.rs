//! Formats, methods, strictness and leniency, and errors as FHIR tells them.

use axum::body::Body;
use axum::http::{Method, Request};
use openslots_model::ResourceKind;

use super::{app, found, id};
use crate::support::TestApp;

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn a_search_may_be_posted() {
    let app = app();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let posted =
        app.send(request(Method::POST, "/fhir/Slot/_search?_count=10", &form, "status=busy&start=ge2026-10-01")).await;
    assert_eq!(posted.status, 200, "{}", posted.body);
    assert_eq!(found(&posted.json()), ["b"]);
    let link = posted.json()["link"][0]["url"].clone();
    assert_eq!(link, "http://localhost/fhir/Slot?_count=10&status=busy&start=ge2026-10-01");
    let bare = app.send(request(Method::POST, "/fhir/Slot/_search?status=busy&start=ge2026-10-01", &[], "")).await;
    assert_eq!(found(&bare.json()), ["b"]);
    assert_eq!(app.send(request(Method::POST, "/fhir/Slot/_search", &[], "status=busy")).await.status, 415);
    let json = [("content-type", "application/json")];
    assert_eq!(app.send(request(Method::POST, "/fhir/Slot/_search", &json, "{}")).await.status, 415);
}

#[tokio::test]
async fn what_is_not_understood_is_refused_or_told() {
    let app = app();
    let strict = app.get("/fhir/Slot?colour=red&status=busy&start=soon").await;
    assert_eq!(strict.status, 400);
    let outcome = strict.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    let told: Vec<&str> =
        outcome["issue"].as_array().unwrap().iter().map(|issue| issue["expression"][0].as_str().unwrap()).collect();
    assert_eq!(told, ["http.colour", "http.start"]);

    let lenient = [("prefer", "return=minimal; handling=lenient")];
    let answer = app.send(request(Method::GET, "/fhir/Slot?colour=red&status=busy&_sort=size", &lenient, "")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let bundle = answer.json();
    assert_eq!(found(&bundle), ["b"]);
    assert_eq!(bundle["link"][0]["url"], "http://localhost/fhir/Slot?status=busy");
    let outcome = bundle["entry"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(outcome["search"]["mode"], "outcome");
    assert_eq!(outcome["resource"]["issue"].as_array().unwrap().len(), 2, "{outcome}");
    // A value that is bad is bad in any case: to leave the filter out would find what nobody asked for.
    let bad = app.send(request(Method::GET, "/fhir/Location?near=here", &lenient, "")).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn every_error_is_an_outcome() {
    let app = app();
    let unknown = id(ResourceKind::Location, "unknown");
    for (method, path, accept, status, code) in [
        (Method::GET, "/fhir/Patient".to_owned(), "", 404, "not-found"),
        (Method::GET, "/fhir/Slot/nonsense".to_owned(), "", 404, "not-found"),
        (Method::GET, format!("/fhir/Location/{unknown}"), "", 404, "not-found"),
        (Method::GET, "/fhir/a/b/c/d".to_owned(), "", 404, "not-found"),
        (Method::PUT, "/fhir/Slot".to_owned(), "", 405, "not-supported"),
        (Method::DELETE, format!("/fhir/Location/{unknown}"), "", 405, "not-supported"),
        (Method::GET, "/fhir/Slot".to_owned(), "application/fhir+xml", 406, "not-supported"),
        (Method::GET, "/fhir/Slot?_format=xml".to_owned(), "", 406, "not-supported"),
        (Method::GET, format!("/fhir/Location/{unknown}?name=x"), "", 400, "invalid"),
        (Method::GET, format!("/fhir/Slot?status={}", "x".repeat(20_000)), "", 414, "too-long"),
    ] {
        let headers = if accept.is_empty() { vec![] } else { vec![("accept", accept)] };
        let answer = app.send(request(method, &path, &headers, "")).await;
        let short: String = path.chars().take(60).collect();
        assert_eq!(answer.status, status, "{short}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8", "{short}");
        let outcome = answer.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{short}");
        assert_eq!(outcome["issue"][0]["code"], code, "{short}");
        assert!(!answer.header("x-request-id").is_empty());
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{short}");
    }
}

#[tokio::test]
async fn json_is_given_to_everyone_who_reads_it() {
    let app = app();
    for accept in [
        "application/fhir+json",
        "application/json",
        "*/*",
        "text/html,*/*;q=0.8",
        "application/fhir+xml, application/json",
    ] {
        let answer = app.send(request(Method::GET, "/fhir/Slot?_count=1", &[("accept", accept)], "")).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8");
    }
    let first = app.get("/fhir/Location?_format=json").await;
    let etag = first.header("etag").to_owned();
    let again = app.send(request(Method::GET, "/fhir/Location?_format=json", &[("if-none-match", &etag)], "")).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    let head = app.send(request(Method::HEAD, "/fhir/Location", &[], "")).await;
    assert_eq!((head.status.as_u16(), head.body.as_str(), head.header("etag")), (200, "", etag.as_str()));
    assert!(app.get("/fhir/Location?_pretty=true").await.body.contains("\n  \"resourceType\""));
    let elsewhere = app.send(request(Method::GET, "/fhir/Slot?_count=1", &[("host", "slots.example.org")], "")).await;
    assert!(elsewhere.json()["link"][0]["url"].as_str().unwrap().starts_with("http://slots.example.org/fhir/Slot"));
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_the_first_reading_of_the_resources_but_not_for_ever() {
    let app = TestApp::empty();
    for path in
        ["/fhir/Location", "/fhir/Slot/0000000000000000", "/fhir/Appointment/$find?start=2026-10-01&end=2026-10-02"]
    {
        let early = app.get(path).await;
        assert_eq!((early.status.as_u16(), early.header("retry-after")), (503, "5"), "{path}");
        assert_eq!(early.json()["issue"][0]["code"], "transient", "{path}");
    }
    // Nobody reads anything for this one.
    assert_eq!(app.get("/fhir/metadata").await.status, 200);
    let (answer, ()) = tokio::join!(app.get("/fhir/Location"), async { app.state.refresh_resources().unwrap() });
    assert_eq!((answer.status.as_u16(), &answer.json()["total"]), (200, &0.into()));
}
