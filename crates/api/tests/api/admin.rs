//! `/v1/admin`: there with a token only, for its bearer only.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use openslots_api::{
    Admin, AdminError, AdminFuture, AdminOperations, AdminReply, AdminRequest, AdminToken, ApiOptions,
};
use serde_json::json;

use crate::support::{Answer, TestApp};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Notes what is asked, and knows the publisher `flynn`.
#[derive(Default)]
struct Noted(Mutex<Vec<AdminRequest>>);

impl AdminOperations for Noted {
    fn perform(&self, request: AdminRequest) -> AdminFuture {
        self.0.lock().unwrap().push(request.clone());
        Box::pin(async move {
            match request {
                AdminRequest::Crawl { publishers, .. } if publishers.iter().any(|slug| slug.as_str() != "flynn") => {
                    Err(AdminError::UnknownPublishers("not known: ridge".to_owned()))
                }
                AdminRequest::Crawl { .. } => Ok(AdminReply::Started(json!({"publishers": ["flynn"]}))),
                AdminRequest::RebuildIndex => Err(AdminError::UnderWay("the index is being rebuilt".to_owned())),
                AdminRequest::Status => Err(AdminError::Failed("the disk at /secret/place is full".to_owned())),
            }
        })
    }
}

fn app() -> (TestApp, Arc<Noted>) {
    let noted = Arc::new(Noted::default());
    let admin = Admin { token: AdminToken::new(TOKEN).unwrap(), operations: Arc::clone(&noted) as _ };
    (TestApp::empty_with(ApiOptions { admin: Some(admin), ..ApiOptions::default() }), noted)
}

async fn ask(app: &TestApp, method: Method, path: &str, authorization: Option<&str>, body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("origin", "https://elsewhere.example.org");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let answer = app.send(request.body(Body::from(body.to_owned())).unwrap()).await;
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
    answer
}

async fn post(app: &TestApp, path: &str, body: &str) -> Answer {
    ask(app, Method::POST, path, Some(&format!("Bearer {TOKEN}")), body).await
}

const PATHS: [(Method, &str); 3] =
    [(Method::POST, "/v1/admin/crawl"), (Method::POST, "/v1/admin/index/rebuild"), (Method::GET, "/v1/admin/status")];

#[tokio::test]
async fn without_a_token_there_is_nothing() {
    let app = TestApp::empty();
    for (method, path) in PATHS {
        let answer = ask(&app, method, path, Some(&format!("Bearer {TOKEN}")), "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.json()["type"], "/docs#not-found", "{path}");
    }
}

#[tokio::test]
async fn only_the_bearer_of_the_token_is_let_through() {
    let (app, noted) = app();
    let other_case = TOKEN.to_uppercase();
    for authorization in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some(TOKEN),
        Some(&format!("Basic {TOKEN}")),
        Some(&format!("Bearer {other_case}")),
        Some(&format!("Bearer {}", &TOKEN[1..])),
        Some(&format!("Bearer {TOKEN}0")),
    ] {
        for (method, path) in PATHS {
            let answer = ask(&app, method, path, authorization, "").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {authorization:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"openslots\"");
            assert_eq!(answer.json()["type"], "/docs#unauthorized");
        }
    }
    assert_eq!(*noted.0.lock().unwrap(), []);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = ask(&app, Method::POST, "/v1/admin/crawl", Some(&format!("{scheme} {TOKEN}")), "").await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{scheme}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_may_not_ask() {
    let (app, _) = app();
    for (method, path) in PATHS {
        let answer = ask(&app, method, path, Some(&format!("Bearer {TOKEN}")), "").await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        let preflight = ask(&app, Method::OPTIONS, path, None, "").await;
        assert_eq!(preflight.header("access-control-allow-origin"), "", "{path}");
        assert_eq!(preflight.header("access-control-allow-headers"), "", "{path}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_passed_on_and_told() {
    let (app, noted) = app();
    let flynn = || "flynn".parse().unwrap();
    for (body, want) in [
        ("", AdminRequest::Crawl { publishers: vec![], force: false }),
        ("{}", AdminRequest::Crawl { publishers: vec![], force: false }),
        (r#"{"publishers": ["flynn"]}"#, AdminRequest::Crawl { publishers: vec![flynn()], force: false }),
        (r#"{"publishers": ["flynn"], "force": true}"#, AdminRequest::Crawl { publishers: vec![flynn()], force: true }),
    ] {
        let answer = post(&app, "/v1/admin/crawl", body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{body}");
        assert_eq!(answer.json(), json!({"publishers": ["flynn"]}));
        assert_eq!(noted.0.lock().unwrap().pop(), Some(want), "{body}");
    }
    let under_way = post(&app, "/v1/admin/index/rebuild", "").await;
    assert_eq!((under_way.status, &under_way.json()["type"]), (StatusCode::CONFLICT, &json!("/docs#conflict")));
    let failed = ask(&app, Method::GET, "/v1/admin/status", Some(&format!("Bearer {TOKEN}")), "").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!failed.body.contains("secret"), "{}", failed.body);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name() {
    let (app, noted) = app();
    for (path, body, parameter) in [
        ("/v1/admin/crawl", r#"{"publishers": ["ridge"]}"#, "publishers"),
        ("/v1/admin/crawl", r#"{"publishers": ["Not a slug"]}"#, "publishers"),
        ("/v1/admin/crawl", r#"{"publisher": "flynn"}"#, "body"),
        ("/v1/admin/crawl", "flynn", "body"),
        ("/v1/admin/crawl?force=true", "", "force"),
        ("/v1/admin/index/rebuild", "{}", "body"),
    ] {
        let answer = post(&app, path, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {body}: {}", answer.body);
        assert_eq!(answer.json()["issues"][0]["parameter"], parameter, "{path} {body}");
    }
    let asked = noted.0.lock().unwrap().len();
    assert_eq!(asked, 1, "only the first was fit to be passed on");
    let large = post(&app, "/v1/admin/crawl", &" ".repeat(64 * 1_024 + 1)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let wrong = ask(&app, Method::GET, "/v1/admin/crawl", Some(&format!("Bearer {TOKEN}")), "").await;
    assert_eq!((wrong.status, wrong.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}
