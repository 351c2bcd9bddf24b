//! Following a question: a button under the answer, and a page with the feed's address.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use openslots_api::ApiOptions;
use openslots_api::calls::WatchAccess;
use openslots_care::watches::{WatchLimits, Watches};
use tokio::sync::Notify;

use crate::support::{Answer, FLYNN, RIDGE, TestApp};
use crate::{attributes, markup, page, with_pages};

fn watched(max_watches: u32) -> (tempfile::TempDir, TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let limits = WatchLimits { max_watches, keep_seconds: 86_400 };
    let watches = Watches::open(&folder.path().join("watches.db"), limits).unwrap();
    let access = WatchAccess { watches: Arc::new(watches), to_send: Arc::new(Notify::new()), has_webhooks: false };
    let app = TestApp::empty_with(ApiOptions { watches: Some(access), ..ApiOptions::default() });
    app.crawl(&FLYNN);
    app.crawl(&RIDGE);
    app.advance(60);
    (folder, with_pages(app))
}

async fn post(app: &TestApp, address: &str) -> Answer {
    let answer = app.send(Request::post(address).body(Body::empty()).unwrap()).await;
    markup::check(address, &answer.body);
    answer
}

#[tokio::test]
async fn a_question_can_be_followed_in_the_readers_language() {
    let (_folder, app) = watched(2);
    let question = "what=skin+doctor&where=02115&language=&lang=es";
    let asked = page(&app, &format!("/?{question}")).await;
    let action = attributes(&asked.body, "action").into_iter().find(|action| action.starts_with("/watch")).unwrap();
    let made = post(&app, &action).await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::CREATED, "no-store"));
    assert!(made.body.contains("<h1>Su canal de avisos</h1>"), "{}", made.body);
    let feed = attributes(&made.body, "href").into_iter().find(|href| href.ends_with("/feed")).unwrap();
    assert_eq!(app.get(&feed).await.status, StatusCode::OK);
    let watch = app.json(feed.trim_end_matches("/feed")).await;
    assert_eq!(watch["query"], "q=skin+doctor&zip=02115");
    let back = attributes(&made.body, "href").into_iter().find(|href| href.contains("what=skin")).unwrap();
    assert_eq!(page(&app, &back).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_followed_is_told() {
    let (_folder, app) = watched(1);
    let faulty = post(&app, "/watch?where=nowhere+at+all&lang=en").await;
    assert_eq!(faulty.status, StatusCode::BAD_REQUEST);
    assert!(faulty.body.contains("<h1>No feed for this search</h1>"), "{}", faulty.body);
    assert_eq!(post(&app, "/watch?lang=en").await.status, StatusCode::CREATED);
    let full = post(&app, "/watch?lang=en").await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    let without = crate::app();
    assert!(!page(&without, "/").await.body.contains("/watch"));
    assert_eq!(post(&without, "/watch").await.status, StatusCode::NOT_FOUND);
}
