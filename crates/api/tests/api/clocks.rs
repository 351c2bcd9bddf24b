//! Clocks of places: days, weekdays and hours are those that people there read on the wall.

use serde_json::json;

use crate::support::{Feed, TestApp};

/// Places on five clocks. Honolulu and Phoenix are never put forward, Window Rock in the same state is.
const CLOCKS: Feed = Feed {
    slug: "clocks",
    display_name: "Clocks",
    ndjson: r#"
{"resourceType":"Location","id":"boston","name":"Boston","address":{"line":["1 Main St"],"city":"Boston","state":"MA","postalCode":"02114"}}
{"resourceType":"Location","id":"anchorage","name":"Anchorage","address":{"line":["1 Main St"],"city":"Anchorage","state":"AK","postalCode":"99501"}}
{"resourceType":"Location","id":"honolulu","name":"Honolulu","address":{"line":["1 Main St"],"city":"Honolulu","state":"HI","postalCode":"96813"}}
{"resourceType":"Location","id":"phoenix","name":"Phoenix","address":{"line":["1 Main St"],"city":"Phoenix","state":"AZ","postalCode":"85004"}}
{"resourceType":"Location","id":"rock","name":"Window Rock","address":{"line":["1 Main St"],"city":"Window Rock","state":"AZ","postalCode":"86515"}}
{"resourceType":"Schedule","id":"boston","actor":[{"reference":"Location/boston"}]}
{"resourceType":"Schedule","id":"anchorage","actor":[{"reference":"Location/anchorage"}]}
{"resourceType":"Schedule","id":"honolulu","actor":[{"reference":"Location/honolulu"}]}
{"resourceType":"Schedule","id":"phoenix","actor":[{"reference":"Location/phoenix"}]}
{"resourceType":"Schedule","id":"rock","actor":[{"reference":"Location/rock"}]}
{"resourceType":"Slot","id":"evening-boston","schedule":{"reference":"Schedule/boston"},"status":"free","start":"2026-10-21T01:30:00Z","end":"2026-10-21T01:45:00Z"}
{"resourceType":"Slot","id":"evening-anchorage","schedule":{"reference":"Schedule/anchorage"},"status":"free","start":"2026-10-21T07:59:00Z","end":"2026-10-21T08:14:00Z"}
{"resourceType":"Slot","id":"midnight-anchorage","schedule":{"reference":"Schedule/anchorage"},"status":"free","start":"2026-10-21T08:00:00Z","end":"2026-10-21T08:15:00Z"}
{"resourceType":"Slot","id":"evening-honolulu","schedule":{"reference":"Schedule/honolulu"},"status":"free","start":"2026-10-21T09:30:00Z","end":"2026-10-21T09:45:00Z"}
{"resourceType":"Slot","id":"summer-phoenix","schedule":{"reference":"Schedule/phoenix"},"status":"free","start":"2026-10-22T06:30:00Z","end":"2026-10-22T06:45:00Z"}
{"resourceType":"Slot","id":"summer-rock","schedule":{"reference":"Schedule/rock"},"status":"free","start":"2026-10-22T06:30:00Z","end":"2026-10-22T06:45:00Z"}
{"resourceType":"Slot","id":"winter-phoenix","schedule":{"reference":"Schedule/phoenix"},"status":"free","start":"2026-11-12T06:30:00Z","end":"2026-11-12T06:45:00Z"}
{"resourceType":"Slot","id":"winter-rock","schedule":{"reference":"Schedule/rock"},"status":"free","start":"2026-11-12T06:30:00Z","end":"2026-11-12T06:45:00Z"}
{"resourceType":"Slot","id":"first-half-past-one","schedule":{"reference":"Schedule/boston"},"status":"free","start":"2026-11-01T05:30:00Z","end":"2026-11-01T05:45:00Z"}
{"resourceType":"Slot","id":"second-half-past-one","schedule":{"reference":"Schedule/boston"},"status":"free","start":"2026-11-01T06:30:00Z","end":"2026-11-01T06:45:00Z"}
{"resourceType":"Slot","id":"before-the-gap","schedule":{"reference":"Schedule/boston"},"status":"free","start":"2027-03-14T06:45:00Z","end":"2027-03-14T07:00:00Z"}
{"resourceType":"Slot","id":"after-the-gap","schedule":{"reference":"Schedule/boston"},"status":"free","start":"2027-03-14T07:15:00Z","end":"2027-03-14T07:30:00Z"}
"#,
};

#[tokio::test]
async fn days_and_hours_are_those_of_the_place() {
    let app = TestApp::empty();
    app.crawl(&CLOCKS);
    for (query, want) in [
        // Evening slots of a day that is over in UTC.
        ("date=2026-10-20", &["evening-boston", "evening-anchorage", "evening-honolulu"][..]),
        ("date=2026-10-21", &["midnight-anchorage", "summer-phoenix"]),
        ("weekday=tue&timeOfDay=21:00-24:00", &["evening-boston", "evening-anchorage", "evening-honolulu"]),
        ("weekday=wed&timeOfDay=00:00-01:00", &["midnight-anchorage"]),
        // One state, two clocks in summer, one in winter.
        ("date=2026-10-22", &["summer-rock"]),
        ("date=2026-11-11", &["winter-phoenix", "winter-rock"]),
        // Half past one comes twice, a quarter past two never.
        ("date=2026-11-01&timeOfDay=01:00-02:00", &["first-half-past-one", "second-half-past-one"]),
        ("date=2027-03-14&timeOfDay=01:00-02:00", &["before-the-gap"]),
        ("date=2027-03-14&timeOfDay=02:00-03:00", &[]),
        ("date=2027-03-14&timeOfDay=03:00-04:00", &["after-the-gap"]),
    ] {
        let want = want.iter().map(|id| format!("clocks/{id}")).collect::<Vec<_>>();
        assert_eq!(app.slots(query).await, want, "{query}");
    }
}

#[tokio::test]
async fn answers_carry_the_instant_and_the_time_on_the_wall() {
    let app = TestApp::empty();
    app.crawl(&CLOCKS);
    let found = app.json("slots?limit=100").await;
    let told = |id: &str| {
        let slots = found["slots"].as_array().unwrap();
        let slot = slots.iter().find(|slot| slot["source"]["resourceId"] == id).expect(id);
        let text = |name: &str| slot[name].as_str().unwrap().to_owned();
        (text("start"), text("localStart"), text("timeZone"))
    };
    for (id, start, local, zone) in [
        ("evening-boston", "2026-10-21T01:30:00Z", "2026-10-20T21:30:00-04:00", "America/New_York"),
        ("evening-anchorage", "2026-10-21T07:59:00Z", "2026-10-20T23:59:00-08:00", "America/Anchorage"),
        ("evening-honolulu", "2026-10-21T09:30:00Z", "2026-10-20T23:30:00-10:00", "Pacific/Honolulu"),
        ("summer-phoenix", "2026-10-22T06:30:00Z", "2026-10-21T23:30:00-07:00", "America/Phoenix"),
        ("winter-phoenix", "2026-11-12T06:30:00Z", "2026-11-11T23:30:00-07:00", "America/Phoenix"),
        ("second-half-past-one", "2026-11-01T06:30:00Z", "2026-11-01T01:30:00-05:00", "America/New_York"),
        ("after-the-gap", "2027-03-14T07:15:00Z", "2027-03-14T03:15:00-04:00", "America/New_York"),
    ] {
        assert_eq!(told(id), (start.to_owned(), local.to_owned(), zone.to_owned()), "{id}");
    }
    assert_eq!(told("summer-rock").1, "2026-10-22T00:30:00-06:00");
    let days = app.json("availability?state=AZ").await;
    assert_eq!(
        days["days"],
        json!([
            {"date": "2026-10-21", "free": 1, "total": 1},
            {"date": "2026-10-22", "free": 1, "total": 1},
            {"date": "2026-11-11", "free": 2, "total": 2},
        ])
    );
}

#[tokio::test]
async fn tomorrow_is_another_day_on_each_clock() {
    let app = TestApp::empty();
    app.crawl(&CLOCKS);
    // 2026-10-21T05:00Z: Wednesday in Boston, still Tuesday evening in Anchorage and Honolulu.
    app.advance(1_792_558_800 - 1_790_856_000);
    app.crawl(&CLOCKS);
    assert_eq!(app.slots("date=today").await, ["clocks/evening-anchorage", "clocks/evening-honolulu"]);
    assert_eq!(app.slots("date=tomorrow").await, ["clocks/midnight-anchorage", "clocks/summer-phoenix"]);
    assert_eq!(app.slots("date=this-week&state=AZ").await, ["clocks/summer-phoenix", "clocks/summer-rock"]);
}

#[tokio::test]
async fn postal_codes_that_finders_could_not_find_are_found_and_far_ones_are_not_near() {
    let app = TestApp::new();
    // Three ZIPs for which a finder of 2021 showed places 250 miles away, or none: its filter failed open.
    for zip in ["80238", "80303", "33712"] {
        let found = app.json(&format!("slots?zip={zip}")).await;
        assert_eq!((&found["total"], &found["near"]["source"]), (&json!(0), &json!("postal-code")), "{zip}");
        assert!(found["explanation"]["nearest"]["distanceMiles"].as_f64().unwrap() > 1_000.0, "{zip}");
    }
}
