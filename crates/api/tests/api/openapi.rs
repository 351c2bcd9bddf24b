//! The API's document: complete, true to what requests are accepted, and held against every answer of these tests.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use openslots_api::openapi_document;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, VALE, contract, slot_id};

/// Every path and what is told of reading it.
fn operations() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let paths = openapi_document()["paths"].as_object().unwrap();
    let read = paths.iter().map(|(path, item)| (path.as_str(), &item["get"]));
    read.filter(|(_, operation)| operation.is_object())
}

/// A path with ids that lead somewhere.
async fn concrete(app: &TestApp, path: &str) -> String {
    let key = app.json("provider-locations?npi=1073635355").await["providerLocations"][0]["key"].clone();
    path.replace("{id}", &slot_id("flynn", "derm-1")).replace("{key}", key.as_str().unwrap()).replace("{slug}", "flynn")
}

/// The query parameters that a path is told to have: name and example, as it stands in a URL.
fn parameters(operation: &Value) -> Vec<(String, Option<String>)> {
    let told = operation["parameters"].as_array().into_iter().flatten();
    let in_query = told.filter(|parameter| parameter["in"] == "query");
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let in_url = |example: &Value| match example {
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        other => text(other),
    };
    let named = |parameter: &Value| (text(&parameter["name"]), parameter.get("example").map(in_url));
    in_query.map(named).collect()
}

#[tokio::test]
async fn the_document_is_served() {
    let app = TestApp::new();
    let answer = app.get("/openapi.json").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(&answer.json(), openapi_document());
    assert_eq!(openapi_document()["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
}

#[test]
fn every_operation_is_told_in_full() {
    let mut ids = BTreeSet::new();
    for (path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        for part in ["summary", "tags", "responses"] {
            assert!(!operation[part].is_null(), "{path} has no {part}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].as_str().is_some_and(|text| text.ends_with('.')), "{path} {parameter}");
            let has_example = !parameter["example"].is_null() || parameter["in"] == "path";
            assert!(has_example || parameter["name"] == "cursor", "{path} {parameter}");
        }
    }
    // The names that the field's SDKs call these by.
    for id in
        ["searchSlots", "searchProviderLocations", "listPublishers", "listServiceTypes", "listSpecialties", "bookSlot"]
    {
        assert!(ids.contains(id), "{id}");
    }
}

/// `routes!` takes what is told of a handler along; a bare route would be served untold.
#[test]
fn no_route_is_added_without_its_description() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Those of the operator are there only where a token is; the document has them by hand.
        if path.ends_with("admin.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        assert!(!source.contains(".route("), "{} adds a route that is not told", path.display());
        let n_handlers = source.matches("\npub(super) async fn ").count();
        assert_eq!(source.matches("#[utoipa::path(").count(), n_handlers, "{}", path.display());
    }
}

#[test]
fn examples_are_as_their_schemas_say() {
    for (path, operation) in operations() {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if let Some(example) = parameter.get("example") {
                let faults = contract::faults_of_body(&parameter["schema"], example);
                assert!(faults.is_empty(), "{path} {}: {faults:?}", parameter["name"]);
            }
        }
        if path == "/openapi.json" {
            continue;
        }
        for media_type in operation["responses"]["200"]["content"].as_object().into_iter().flat_map(|all| all.values())
        {
            let faults = contract::faults_of_body(&media_type["schema"], &media_type["example"]);
            assert!(faults.is_empty(), "{path}: {faults:?}");
        }
    }
    for (name, response) in openapi_document()["components"]["responses"].as_object().unwrap() {
        for media_type in response["content"].as_object().into_iter().flat_map(|all| all.values()) {
            let faults = contract::faults_of_body(&media_type["schema"], &media_type["example"]);
            assert!(faults.is_empty(), "{name}: {faults:?}");
        }
    }
}

/// Each path refuses exactly those parameters by name that it is not told to have.
#[tokio::test]
async fn what_is_accepted_is_told_and_what_is_told_is_accepted() {
    let app = TestApp::new();
    app.crawl(&VALE);
    let scheduling = || operations().filter(|(path, _)| path.starts_with("/v1/scheduling/"));
    let all: BTreeSet<String> = scheduling().flat_map(|(_, told)| parameters(told)).map(|(name, _)| name).collect();
    for (path, operation) in scheduling() {
        let told = parameters(operation);
        let path = concrete(&app, path).await;
        for name in &all {
            let is_told = told.iter().any(|(told, _)| told == name);
            let answer = app.get(&format!("{path}?{name}=%20")).await;
            let issues = answer.json()["issues"].clone();
            let unknown = "is not a parameter of this request";
            let is_refused = issues[0]["detail"].as_str().is_some_and(|detail| detail.starts_with(unknown));
            assert_eq!(is_refused, !is_told, "{path} {name}: {issues}");
        }
        for (name, example) in told.iter().filter_map(|(name, example)| Some((name, example.as_ref()?))) {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            pairs.append_pair(name, example);
            if ["radius", "radiusKm"].contains(&name.as_str()) {
                pairs.append_pair("zip", "02139");
            }
            let answer = app.get(&format!("{path}?{}", pairs.finish())).await;
            assert!(answer.status.is_success() || answer.status == StatusCode::SEE_OTHER, "{name}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_not_as_told_is_found_out() {
    let app = TestApp::new();
    let path = "/v1/scheduling/slots";
    let ask = async || app.get("slots?limit=1").await;
    let changed = |answer: Answer, change: &dyn Fn(&mut Value)| {
        let mut body = answer.json();
        change(&mut body);
        Answer { body: body.to_string(), ..answer }
    };
    let faults = |answer: &Answer| contract::faults(&Method::GET, path, answer).join("; ");
    assert_eq!(faults(&ask().await), "");
    for (want, change) in [
        ("Additional properties", &(|body: &mut Value| body["slots"][0]["extra"] = json!(1)) as &dyn Fn(&mut Value)),
        ("null is not of type", &|body| body["slots"][0]["timeZone"] = Value::Null),
        ("\"status\" is a required property", &|body| {
            body["slots"][0].as_object_mut().unwrap().remove("status").unwrap();
        }),
        ("is not a \"date-time\"", &|body| body["slots"][0]["start"] = json!("2026-10-02")),
        ("is not one of", &|body| body["slots"][0]["freshness"] = json!("new")),
        ("does not match", &|body| body["slots"][0]["id"] = json!("x")),
        ("less than the minimum", &|body| body["total"] = json!(-1)),
    ] {
        let found = faults(&changed(ask().await, change));
        assert!(found.contains(want), "{want}: {found}");
    }
    let status = Answer { status: StatusCode::IM_A_TEAPOT, ..ask().await };
    assert!(faults(&status).contains("status 418"), "{}", faults(&status));
    let mut headers = ask().await;
    headers.headers.remove("etag");
    headers.headers.insert("content-type", "text/plain".parse().unwrap());
    assert!(faults(&headers).contains("ETag is missing; the content type `text/plain`"), "{}", faults(&headers));
    assert_eq!(contract::faults(&Method::GET, "/v1/scheduling/secrets", &ask().await).len(), 1);
}
