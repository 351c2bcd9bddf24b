//! `/metrics`: what is true of publishers at the moment of the scrape.

use openslots_api::NextDue;

use crate::support::{RIDGE, TestApp};

/// The value of a series, named as it is written.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

#[tokio::test]
async fn publishers_are_measured_as_they_are_now() {
    let app = TestApp::new();
    let due = NextDue { at: app.state.now().plus_seconds(600), reason: "schedule" };
    app.state.set_next_due(std::collections::HashMap::from([("flynn".parse().unwrap(), due)]));
    let answer = app.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let bookable = app.json("publishers/flynn").await["counts"]["bookableSlots"].as_f64().unwrap();
    assert!(bookable > 0.0);
    let change = app.state.search().seq().0 as f64;
    let crawled = (app.state.now().0 - 60) as f64;
    for (series, want) in [
        ("openslots_publisher_slots{publisher=\"flynn\"}", Some(10.0)),
        ("openslots_publisher_free_slots{publisher=\"flynn\"}", Some(6.0)),
        ("openslots_publisher_bookable_slots{publisher=\"flynn\"}", Some(bookable)),
        ("openslots_publisher_last_success_timestamp_seconds{publisher=\"flynn\"}", Some(crawled)),
        ("openslots_publisher_last_attempt_timestamp_seconds{publisher=\"ridge\"}", Some(crawled)),
        ("openslots_publisher_next_due_timestamp_seconds{publisher=\"flynn\"}", Some(crawled + 660.0)),
        ("openslots_publisher_next_due_timestamp_seconds{publisher=\"ridge\"}", None),
        ("openslots_publisher_issues{publisher=\"flynn\",code=\"repaired-time\"}", Some(1.0)),
        ("openslots_publisher_issues{publisher=\"ridge\",code=\"repaired-time\"}", None),
        ("openslots_publisher_failures_in_row{publisher=\"flynn\"}", Some(0.0)),
        ("openslots_publisher_held_removal_slots{publisher=\"flynn\"}", Some(0.0)),
        ("openslots_publisher_clock_skew_seconds{publisher=\"flynn\"}", None),
        ("openslots_store_change", Some(change)),
        ("openslots_index_change", Some(change)),
    ] {
        assert_eq!(value(&answer.body, series), want, "{series}\n{}", answer.body);
    }
    // Each gauge says what it is.
    let n_described = answer.body.lines().filter(|line| line.starts_with("# HELP ")).count();
    assert_eq!(n_described, answer.body.lines().filter(|line| line.starts_with("# TYPE ")).count());
    assert!(n_described >= 10);
}

#[tokio::test]
async fn freshness_and_warnings_change_with_the_clock_alone() {
    let app = TestApp::new();
    for (later, freshness, warning) in
        [(0, "fresh", None), (7_200, "stale", Some("stale")), (86_400, "expired", Some("expired"))]
    {
        app.advance(later);
        let text = app.get("/metrics").await.body;
        for other in ["fresh", "stale", "expired", "unknown"] {
            let series = format!("openslots_publisher_freshness{{publisher=\"flynn\",freshness=\"{other}\"}}");
            assert_eq!(value(&text, &series), Some(f64::from(u8::from(other == freshness))), "{later}: {series}");
        }
        for code in ["stale", "expired", "failing"] {
            let series = format!("openslots_publisher_warning{{publisher=\"flynn\",code=\"{code}\"}}");
            assert_eq!(value(&text, &series), Some(f64::from(u8::from(warning == Some(code)))), "{later}: {series}");
        }
    }
}

#[tokio::test]
async fn who_is_not_there_has_no_series_and_a_failed_read_is_an_error() {
    let app = TestApp::empty();
    assert!(!app.get("/metrics").await.body.contains("openslots_publisher"));
    app.crawl(&RIDGE);
    let text = app.get("/metrics").await.body;
    assert!(text.contains("publisher=\"ridge\"") && !text.contains("flynn"), "{text}");
    app.damage_store();
    assert_eq!(app.get("/metrics").await.status, 500);
}
