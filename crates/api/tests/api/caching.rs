//! How long answers may be kept, and validators.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use openslots_api::NextDue;

use crate::support::{FLYNN, RIDGE, TestApp, slot_id};

/// Says that a publisher is due in so many seconds.
fn due_in(app: &TestApp, dues: &[(&str, i64)]) {
    let due =
        |seconds: i64| NextDue { at: openslots_model::UnixSeconds(app.state.now().0 + seconds), reason: "schedule" };
    let dues: HashMap<_, _> = dues.iter().map(|(slug, seconds)| (slug.parse().unwrap(), due(*seconds))).collect();
    app.state.set_next_due(dues);
}

async fn cache_control(app: &TestApp, path: &str) -> String {
    let answer = app.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.header("cache-control").to_owned()
}

const LATER: &str = "slots?startAfter=2026-10-02T00:00:00Z";

#[tokio::test]
async fn answers_are_kept_until_something_can_change_them() {
    let app = TestApp::new();
    let slot = format!("slots/{}", slot_id("flynn", "derm-1"));
    // What begins at the present is kept shortly, whatever is due.
    for (dues, now, later, of_flynn, read) in [
        (&[][..], 15, 60, 60, 60),
        (&[("flynn", 40), ("ridge", 30)], 15, 30, 40, 40),
        (&[("flynn", 600), ("ridge", 10)], 10, 10, 60, 60),
        (&[("flynn", 2)], 5, 5, 5, 5),
        (&[("flynn", -30), ("ridge", 600)], 5, 5, 5, 5),
    ] {
        due_in(&app, dues);
        for (path, want) in [
            ("slots", now),
            ("availability", now),
            ("service-types", now),
            (LATER, later),
            (&format!("{LATER}&publisher=flynn"), of_flynn),
            (&slot, read),
        ] {
            assert_eq!(cache_control(&app, path).await, format!("public, max-age={want}"), "{path} {dues:?}");
        }
    }
}

#[tokio::test]
async fn stale_data_are_not_kept() {
    let app = TestApp::new();
    // A minute has passed since the crawls, and data are fresh for an hour: 20 seconds before they are stale.
    app.advance(3_600 - 80);
    assert_eq!(cache_control(&app, LATER).await, "public, max-age=20");
    app.advance(30);
    assert_eq!(cache_control(&app, LATER).await, "public, no-cache");
    app.crawl(&FLYNN);
    assert_eq!(cache_control(&app, LATER).await, "public, max-age=5");
    for (slug, want) in [("flynn", "public, max-age=60"), ("ridge", "public, no-cache")] {
        assert_eq!(cache_control(&app, &format!("{LATER}&publisher={slug}")).await, want, "{slug}");
    }
    app.crawl(&RIDGE);
    assert_eq!(cache_control(&app, LATER).await, "public, max-age=60");
}

#[tokio::test]
async fn validators_hold_for_every_method_and_encoding() {
    let app = TestApp::new();
    let slot = format!("/v1/scheduling/slots/{}", slot_id("flynn", "derm-1"));
    for path in ["/v1/scheduling/slots", "/v1/scheduling/slots?fields=start", "/v1/scheduling/publishers", &slot] {
        let plain = app.get(path).await;
        let etag = plain.header("etag").to_owned();
        for method in [Method::GET, Method::HEAD] {
            for encoding in ["identity", "gzip", "br", "zstd"] {
                let ask = async |etag: Option<&str>| {
                    let request = Request::builder().method(&method).uri(path).header("accept-encoding", encoding);
                    let request = request.header("origin", "https://finder.example.org");
                    let request = etag.iter().fold(request, |request, etag| request.header("if-none-match", *etag));
                    app.send(request.body(Body::empty()).unwrap()).await
                };
                let what = format!("{method} {path} {encoding}");
                let first = ask(None).await;
                assert_eq!((first.status, first.header("etag")), (StatusCode::OK, etag.as_str()), "{what}");
                let again = ask(Some(&etag)).await;
                assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{what}");
                assert_eq!(again.header("etag"), etag, "{what}");
                // What a 304 says of keeping is what the answer says (RFC 9110, section 15.4.5).
                for name in ["cache-control", "vary", "access-control-allow-origin"] {
                    let values = |answer: &crate::support::Answer| {
                        let mut values: Vec<String> = answer
                            .headers
                            .get_all(name)
                            .iter()
                            .map(|value| value.to_str().unwrap().to_lowercase())
                            .collect();
                        values.sort();
                        values
                    };
                    assert!(!values(&first).is_empty(), "{what}: {name}");
                    assert_eq!(values(&again), values(&first), "{what}: {name}");
                }
            }
        }
    }
}
