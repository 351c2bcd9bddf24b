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

#[tokio::test]
async fn a_cursor_says_when_it_has_expired() {
    let app = TestApp::new();
    let cursor = app.json("slots?limit=1").await["next"].as_str().unwrap().to_owned();
    let issue = async |app: &TestApp| {
        let problem = app.get(&format!("slots?cursor={cursor}")).await.json();
        problem["issues"][0]["detail"].as_str().unwrap_or("none").to_owned()
    };
    app.advance(3_600);
    assert_eq!(issue(&app).await, "none");
    app.advance(1);
    let too_old = "has expired: it was good for an hour after it was given out; start again without a cursor";
    assert_eq!(issue(&app).await, too_old);
    // Each page gives a new one, so a walk goes on for longer.
    app.advance(-1);
    let next = app.json(&format!("slots?limit=1&cursor={cursor}")).await["next"].as_str().unwrap().to_owned();
    app.advance(3_000);
    assert_eq!(app.json(&format!("slots?cursor={next}")).await["slots"].as_array().unwrap().len(), 5);
    app.advance(-6_600);
    // Another database numbers its rows anew.
    let rebuilt = TestApp::new();
    let other_data =
        "has expired: the data were rebuilt or restored since it was given out; start again without a cursor";
    assert_eq!(issue(&rebuilt).await, other_data);
}

/// What is there at one moment of a walk: minutes after the first start, and what the line says beside.
type Version = std::collections::BTreeMap<u32, u8>;

/// The publisher's lines with these slots.
fn ndjson_of(version: &Version) -> String {
    let mut lines = vec![
        r#"{"resourceType":"Location","id":"p","name":"P"}"#.to_owned(),
        r#"{"resourceType":"Schedule","id":"s","actor":[{"reference":"Location/p"}]}"#.to_owned(),
    ];
    lines.extend(version.iter().map(|(n, comment)| {
        // Four at a time share their start.
        let hour = n / 4;
        format!(
            r#"{{"resourceType":"Slot","id":"{n}","schedule":{{"reference":"Schedule/s"}},"status":"free","start":"2026-10-03T{hour:02}:00:00Z","end":"2026-10-03T{hour:02}:30:00Z","comment":"{comment}"}}"#
        )
    }));
    lines.join("\n")
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_walk_misses_and_repeats_nothing_that_stays(
        versions in proptest::collection::vec(proptest::collection::btree_map(0u32..40, 0u8..2, 0..30), 2..8),
        limit in 1usize..6,
        order in proptest::sample::select(vec!["start", "-start"]),
    ) {
        // Some are there all the time and stay as they are.
        let with_constant = |version: &Version| version.clone().into_iter().chain((0..40).step_by(5).map(|n| (n, 9)));
        let versions: Vec<Version> = versions.iter().map(|version| with_constant(version).collect()).collect();
        const FEED: crate::support::Feed = crate::support::Feed { slug: "w", display_name: "W", ndjson: "" };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (mut seen, mut n_pages) = (Vec::new(), 0);
        runtime.block_on(async {
            let app = TestApp::empty();
            let mut cursor = String::new();
            for step in 0.. {
                // A crawl between each two pages, until there are no more versions; every other time the index lags.
                if let Some(version) = versions.get(step) {
                    app.crawl_lines(&FEED, &ndjson_of(version));
                    if step % 2 == 0 {
                        app.catch_up();
                    }
                }
                let page = app.json(&format!("slots?limit={limit}&sort={order}{cursor}")).await;
                seen.extend(page["slots"].as_array().unwrap().iter().map(source_of));
                n_pages += 1;
                match page["next"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
        });
        proptest::prop_assert!(n_pages >= 8usize.div_ceil(limit), "{} pages", n_pages);
        let during = &versions[..n_pages.min(versions.len())];
        for n in 0..40u32 {
            let n_seen = seen.iter().filter(|id| **id == format!("w/{n}")).count();
            let stayed = during.iter().all(|version| version.contains_key(&n) && version[&n] == during[0][&n]);
            if stayed {
                proptest::prop_assert_eq!(n_seen, 1, "slot {} of {:?}", n, during);
            }
        }
    }
}
