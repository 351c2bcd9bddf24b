//! Publishers that write markup into every field, and people who write it into the address.

use serde_json::Value;

use crate::hostile_feed::{HOSTILE, resources};
use crate::support::{Feed, TestApp};
use crate::{attributes, page, with_pages};

fn feed() -> String {
    resources("2026-10-02").iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn nothing_that_a_publisher_writes_is_taken_for_markup() {
    let app = TestApp::empty();
    let feed_of = Feed { slug: "hostile", display_name: HOSTILE, ndjson: "" };
    app.crawl_lines(&feed_of, &feed());
    app.catch_up();
    let app = with_pages(app);
    let key = app.json("provider-locations").await["providerLocations"][0]["key"].as_str().unwrap().to_owned();
    for path in ["/", "/?lang=es", "/?where=02115", &format!("/places/{key}"), &format!("/places/{key}?lang=es")] {
        // The check of its markup fails on attributes and elements that ought not to be there.
        let shown = page(&app, path).await;
        assert!(shown.body.contains("&lt;script&gt;alert(1)"), "{path} shows what is published");
        assert!(!shown.body.contains("<script>"), "{path}");
        for href in attributes(&shown.body, "href") {
            assert!(!href.to_lowercase().starts_with("javascript"), "{path}: {href}");
        }
    }
}

#[tokio::test]
async fn nothing_that_an_address_says_is_taken_for_markup() {
    let app = TestApp::new();
    let app = with_pages(app);
    let mark: String = url_encoded(HOSTILE);
    for field in
        ["what", "where", "miles", "day", "days", "hours", "care", "language", "order", "new", "cursor", "lang", "x"]
    {
        for lang in ["en", "es"] {
            let shown = page(&app, &format!("/?lang={lang}&{field}={mark}")).await;
            assert!(!shown.body.contains("<script>"), "{field}");
        }
    }
    let shown = page(&app, &format!("/places/{mark}?day={mark}&cursor={mark}")).await;
    assert!(!shown.body.contains("<script>"), "{}", shown.body);
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
