//! What happens when there is no room.

use std::sync::mpsc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use openslots_search::SearchIndex;
use openslots_store::Store;
use tower::ServiceExt;

use super::*;
use crate::ApiOptions;

#[tokio::test(start_paused = true)]
async fn without_room_a_call_is_refused_in_time() {
    let room = Room::new(1, 1, Duration::from_secs(5));
    let taken = room.enter().await.expect("room");
    let refused = run_in_room(&room, || Ok(1)).await;
    assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
    drop(taken);
    assert!(matches!(run_in_room(&room, || Ok(1)).await, Ok(1)));
}

#[tokio::test]
async fn a_panic_is_an_error_and_gives_its_room_back() {
    let room = Room::new(1, 0, Duration::from_secs(5));
    for _ in 0..2 {
        let panicked = run_in_room::<()>(&room, || panic!("on purpose")).await;
        assert!(matches!(panicked, Err(Error::Panicked)), "{panicked:?}");
    }
    assert_eq!((room.running.available_permits(), room.places.available_permits()), (1, 1));
}

async fn status(router: &Router, path: &str) -> (StatusCode, Option<String>) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let retry_after = response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().expect("text").to_owned());
    (response.status(), retry_after)
}

/// Every call that may run hangs, every place to wait is taken: what is more is refused at once, and those who watch
/// the service are answered.
#[tokio::test]
async fn a_full_queue_sheds_and_health_is_told() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a store");
    let index = SearchIndex::begin(&dir.path().join("index")).expect("an index");
    let index = Arc::new(index.finish(store.last_seq().expect("a number")).expect("an index"));
    // Nothing but the end of the test lets anybody wait no longer.
    let options = ApiOptions {
        max_blocking_calls: 2,
        max_waiting_calls: 1,
        max_wait: Duration::from_secs(1_000_000),
        ..ApiOptions::default()
    };
    let state = ApiState::new(store, index, options).expect("a state");
    let router = crate::router(state.clone());

    let (started, has_started) = mpsc::channel();
    let mut releases = Vec::new();
    let mut hanging = Vec::new();
    for _ in 0..2 {
        let (release, released) = mpsc::channel::<()>();
        releases.push(release);
        let (state, started) = (state.clone(), started.clone());
        hanging.push(tokio::spawn(async move {
            let work = move |_: &ApiState| {
                started.send(()).expect("a test that listens");
                // Ends when the other side is dropped.
                Ok(released.recv().is_err())
            };
            run_blocking(&state, work).await
        }));
    }
    tokio::task::spawn_blocking(move || {
        for _ in 0..2 {
            has_started.recv().expect("a call that runs");
        }
    })
    .await
    .expect("both run");
    let of = router.clone();
    let waiting = tokio::spawn(async move { status(&of, "/v1/scheduling/slots").await });
    while state.room().places.available_permits() > 0 {
        tokio::task::yield_now().await;
    }

    for path in ["/v1/scheduling/slots", "/v1/scheduling/provider-locations", "/v1/scheduling/specialties"] {
        assert_eq!(status(&router, path).await, (StatusCode::SERVICE_UNAVAILABLE, Some("1".to_owned())), "{path}");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(status(&router, path).await.0, StatusCode::OK, "{path}");
    }
    assert!(!waiting.is_finished());
    drop(releases);
    for call in hanging {
        assert!(matches!(call.await.expect("a call that ends"), Ok(true)));
    }
    assert_eq!(waiting.await.expect("an answer").0, StatusCode::OK);
}
