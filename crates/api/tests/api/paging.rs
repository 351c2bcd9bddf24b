//! Cursors: every answer once, and only for the search they were given for.

use crate::support::{TestApp, name_of, source_of};

async fn walk(app: &TestApp, path: &str, list: &str, name: impl Fn(&serde_json::Value) -> String) -> Vec<String> {
    let mut seen = Vec::new();
    let mut page = path.to_owned();
    let mut total = None;
    for _ in 0..20 {
        let answer = app.json(&page).await;
        assert_eq!(*total.get_or_insert(answer["total"].clone()), answer["total"], "{page}");
        seen.extend(answer[list].as_array().unwrap().iter().map(&name));
        match answer["next"].as_str() {
            Some(cursor) => page = format!("{path}&cursor={cursor}"),
            None => {
                assert_eq!(total.unwrap(), seen.len());
                return seen;
            }
        }
    }
    panic!("{path} does not end");
}

#[tokio::test]
async fn a_walk_sees_each_slot_once_in_every_order() {
    let app = TestApp::new();
    for filters in ["", "sort=-start&", "zip=02139&radius=60&sort=distance&", "q=flynn&sort=relevance&", "status=busy&"]
    {
        let whole = app.slots(&format!("{filters}limit=100")).await;
        for limit in 1..4 {
            let walked = walk(&app, &format!("slots?{filters}limit={limit}"), "slots", source_of).await;
            assert_eq!(walked, whole, "{filters}limit={limit}");
        }
    }
}

#[tokio::test]
async fn a_walk_sees_each_provider_location_once_in_every_order() {
    let app = TestApp::new();
    for filters in ["", "sort=-start&", "zip=02139&radius=60&", "q=flynn&"] {
        let whole = app.provider_locations(&format!("{filters}limit=100")).await;
        assert!(whole.len() >= 3, "{filters}");
        let walked = walk(&app, &format!("provider-locations?{filters}limit=1"), "providerLocations", name_of).await;
        assert_eq!(walked, whole, "{filters}");
    }
}

#[tokio::test]
async fn a_walk_goes_on_while_the_data_change() {
    let app = TestApp::new();
    let first = app.json("slots?limit=3").await;
    let cursor = first["next"].as_str().unwrap();
    // What was seen goes; what comes next is neither repeated nor skipped.
    let without_first: String = crate::support::RIDGE
        .ndjson
        .lines()
        .filter(|line| !line.contains("2026-10-02T12:30:00Z"))
        .collect::<Vec<_>>()
        .join("\n");
    app.crawl_lines(&crate::support::RIDGE, &without_first);
    app.catch_up();
    let rest = app.json(&format!("slots?limit=100&cursor={cursor}")).await;
    let ids: Vec<String> = rest["slots"].as_array().unwrap().iter().map(source_of).collect();
    assert_eq!(ids, ["ridge/1", "flynn/remote-1", "flynn/derm-2", "flynn/general-known"]);
}

#[tokio::test]
async fn a_walk_over_provider_locations_stands_still_while_the_clock_moves() {
    let app = TestApp::new();
    // 2026-10-02, half a minute before the first slot of all, which is Nashua's; its next is at 13:00.
    app.advance(24 * 3_600 + 29 * 60 - 30);
    app.crawl(&crate::support::FLYNN);
    app.crawl(&crate::support::RIDGE);
    for sort in ["start", "-start"] {
        let path = format!("provider-locations?sort={sort}&limit=1");
        let whole = app.provider_locations(&format!("sort={sort}")).await;
        let first = app.json(&path).await;
        let mut walked = vec![name_of(&first["providerLocations"][0])];
        let mut next = first["next"].as_str().map(str::to_owned);
        // From then on Nashua's next slot is as late as that of two others.
        app.advance(60);
        while let Some(cursor) = next {
            let page = app.json(&format!("{path}&cursor={cursor}")).await;
            assert_eq!(page["total"], whole.len(), "{sort}");
            walked.push(name_of(&page["providerLocations"][0]));
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(walked, whole, "{sort}");
        app.advance(-60);
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_search() {
    let app = TestApp::new();
    let cursor = app.json("slots?limit=1&publisher=flynn").await["next"].as_str().unwrap().to_owned();
    let elsewhere = "belongs to a request with other filters or another order";
    for (query, is_good) in [
        (format!("slots?publisher=flynn&cursor={cursor}"), true),
        (format!("slots?cursor={cursor}&publisher=flynn&limit=50&sort=start"), true),
        (format!("slots?cursor={cursor}"), false),
        (format!("slots?publisher=ridge&cursor={cursor}"), false),
        (format!("slots?publisher=flynn&sort=-start&cursor={cursor}"), false),
        (format!("provider-locations?publisher=flynn&cursor={cursor}"), false),
    ] {
        let answer = app.get(&query).await;
        assert_eq!(answer.status.is_success(), is_good, "{query}");
        assert_eq!(answer.body.contains(elsewhere), !is_good, "{query}");
    }
}

#[tokio::test]
async fn the_last_page_has_no_next() {
    let app = TestApp::new();
    for (query, has_next) in
        [("limit=6", true), ("limit=7", false), ("limit=2&offset=5", false), ("limit=1&offset=5", true)]
    {
        assert_eq!(app.json(&format!("slots?{query}")).await["next"].is_string(), has_next, "{query}");
    }
}
