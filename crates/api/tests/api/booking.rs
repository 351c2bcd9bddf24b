//! The hand-off to the booking portal.

use axum::http::StatusCode;

use crate::support::{Answer, TestApp, slot_id};

async fn book(app: &TestApp, publisher: &str, slot: &str, query: &str) -> Answer {
    app.get(&format!("slots/{}/book{query}", slot_id(publisher, slot))).await
}

#[tokio::test]
async fn a_free_slot_leads_to_its_portal() {
    let app = TestApp::new();
    for (publisher, slot, query, want) in [
        ("flynn", "derm-1", "", "https://flynn.example.org/book?slot=1#top"),
        (
            "flynn",
            "derm-1",
            "?source=finder&booking-referral=a%26b",
            "https://flynn.example.org/book?slot=1&source=finder&booking-referral=a%26b#top",
        ),
        ("ridge", "0", "?source=finder", "https://ridge.example.org/?source=finder#/book/0"),
    ] {
        let answer = book(&app, publisher, slot, query).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{slot}{query}");
        assert_eq!(answer.header("location"), want, "{slot}{query}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_slot_that_is_not_free_names_others() {
    let app = TestApp::new();
    let others = serde_json::json!([slot_id("flynn", "derm-1"), slot_id("flynn", "derm-2")]);
    for slot in ["derm-busy", "derm-tentative", "derm-past"] {
        let answer = book(&app, "flynn", slot, "").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{slot}");
        let problem = answer.json();
        assert_eq!(problem["type"], "/docs#not-bookable");
        assert_eq!(problem["detail"], "the slot is no longer free");
        assert_eq!(problem["alternatives"], others, "{slot}");
    }
}

#[tokio::test]
async fn a_slot_without_a_link_names_the_telephone() {
    let app = TestApp::new();
    let problem = book(&app, "flynn", "general-day", "").await.json();
    assert_eq!(problem["status"], 409);
    assert_eq!(problem["bookingPhone"], "508-555-0103");
    assert_eq!(problem["detail"], "the slot is booked by telephone: 508-555-0103");
    let problem = book(&app, "ridge", "1", "").await.json();
    assert_eq!(problem["detail"], "the publisher gives no booking link; contact the place");
    assert_eq!(problem["alternatives"], serde_json::json!([slot_id("ridge", "0")]));
}

#[tokio::test]
async fn a_window_of_hours_can_be_booked_until_it_ends() {
    let app = TestApp::new();
    let detail = async |app: &TestApp| book(app, "flynn", "general-day", "").await.json()["detail"].clone();
    // From 1 October 12:01 to 2 October 20:59, then 21:01.
    app.advance(33 * 3_600 - 120);
    app.crawl(&crate::support::FLYNN);
    assert_eq!(detail(&app).await, "the slot is booked by telephone: 508-555-0103");
    app.advance(120);
    assert_eq!(detail(&app).await, "the slot is no longer free");
}

#[tokio::test]
async fn a_slot_of_an_inactive_schedule_is_not_offered() {
    let app = TestApp::new();
    let schedule = r#"{"resourceType":"Schedule","id":"derm","#;
    let inactive = crate::support::FLYNN.ndjson.replace(schedule, &format!(r#"{schedule}"active":false,"#));
    app.crawl_lines(&crate::support::FLYNN, &inactive);
    app.catch_up();
    let read = app.get(&format!("slots/{}", slot_id("flynn", "derm-1"))).await;
    assert_eq!(read.status, StatusCode::NOT_FOUND);
    let answer = book(&app, "flynn", "derm-1", "").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.json()["alternatives"], serde_json::json!([]));
}

#[tokio::test]
async fn bad_referrals_are_refused() {
    let app = TestApp::new();
    for query in ["?source=", "?src=a", &format!("?source={}", "a".repeat(201)), "?source=a&source=b"] {
        assert_eq!(book(&app, "flynn", "derm-1", query).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(book(&app, "flynn", "nothing", "").await.status, StatusCode::NOT_FOUND);
    app.advance(100_000);
    assert_eq!(book(&app, "flynn", "derm-1", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_id_that_a_publisher_has_replaced_still_leads_to_the_slot() {
    let app = TestApp::new();
    // The same slots under other ids, but for one that is also at another time.
    let renamed = crate::support::FLYNN
        .ndjson
        .replace(r#""id":"derm-1""#, r#""id":"derm-1-again""#)
        .replace(r#""id":"derm-2""#, r#""id":"derm-2-again""#)
        .replace("2026-10-03T13:00:00Z", "2026-10-03T13:01:00Z");
    app.crawl_lines(&crate::support::FLYNN, &renamed);
    app.catch_up();
    let new = slot_id("flynn", "derm-1-again");
    let answer = app.get(&format!("slots/{}", slot_id("flynn", "derm-1"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-location"), format!("/v1/scheduling/slots/{new}"));
    assert_eq!(answer.json()["id"], new.as_str());
    assert_eq!(app.get(&format!("slots/{new}")).await.header("content-location"), "", "it is there itself");
    let answer = book(&app, "flynn", "derm-1", "").await;
    assert_eq!(answer.header("location"), "https://flynn.example.org/book?slot=1#top");
    for path in ["", "/book"] {
        let moved = app.get(&format!("slots/{}{path}", slot_id("flynn", "derm-2"))).await;
        assert_eq!(moved.status, StatusCode::NOT_FOUND, "never to another time: {}", moved.body);
    }
    let conditional = axum::http::Request::get(format!("/v1/scheduling/slots/{}", slot_id("flynn", "derm-1")))
        .header("if-none-match", "*")
        .body(axum::body::Body::empty())
        .unwrap();
    let known = app.send(conditional).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    assert_eq!(known.header("content-location"), format!("/v1/scheduling/slots/{new}"));
}

#[tokio::test]
async fn alternatives_are_near_in_time_then_near_in_space() {
    const FEED: crate::support::Feed = crate::support::Feed { slug: "near", display_name: "Near", ndjson: "" };
    let place = |id: &str, latitude: &str| {
        format!(
            r#"{{"resourceType":"Location","id":"{id}","name":"{id}","position":{{"latitude":{latitude},"longitude":-71.06}}}}"#
        )
    };
    let schedule = |id: &str, place: &str, service: &str| {
        format!(
            r#"{{"resourceType":"Schedule","id":"{id}","serviceType":[{{"coding":[{{"code":"{service}"}}]}}],"actor":[{{"reference":"Location/{place}"}}]}}"#
        )
    };
    let slot = |id: &str, schedule: &str, status: &str, time: &str| {
        format!(
            r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/{schedule}"}},"status":"{status}","start":"2026-10-{time}:00:00Z","end":"2026-10-{time}:30:00Z"}}"#
        )
    };
    let lines = [
        place("here", "42.36"),
        place("next", "42.40"),
        place("far", "44.00"),
        schedule("h", "here", "57"),
        schedule("n", "next", "57"),
        schedule("other", "next", "124"),
        schedule("f", "far", "57"),
        slot("taken", "h", "busy", "05T12"),
        slot("nine", "h", "free", "05T09"),
        slot("eleven", "h", "free", "05T11"),
        slot("fifteen", "h", "free", "05T15"),
        slot("days-before", "h", "free", "02T12"),
        slot("elsewhere-late", "n", "free", "06T12"),
        slot("elsewhere", "n", "free", "02T12"),
        slot("elsewhere-other", "other", "free", "02T12"),
        slot("too-far", "f", "free", "02T12"),
    ];
    let app = TestApp::empty();
    app.crawl_lines(&FEED, &lines.join("\n"));
    app.catch_up();
    let named = async |app: &TestApp, slot: &str| {
        let answer = book(app, "near", slot, "").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{slot}");
        answer.json()["alternatives"].clone()
    };
    let ids = |ids: &[&str]| serde_json::json!(ids.iter().map(|id| slot_id("near", id)).collect::<Vec<_>>());
    assert_eq!(named(&app, "taken").await, ids(&["eleven", "nine", "fifteen", "days-before", "elsewhere"]));
    // Once its time is over, what comes next is nearest.
    app.advance(4 * 86_400 + 2 * 3_600);
    app.crawl_lines(&FEED, &lines.join("\n"));
    app.catch_up();
    assert_eq!(named(&app, "taken").await, ids(&["fifteen", "elsewhere-late"]));
    // HEAD acts as GET does.
    let path = format!("/v1/scheduling/slots/{}/book", slot_id("near", "taken"));
    let head = axum::http::Request::head(path).body(axum::body::Body::empty()).unwrap();
    assert_eq!(app.send(head).await.status, StatusCode::CONFLICT);
}
