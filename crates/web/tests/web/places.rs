//! The page of a place: all of its slots, by day, what is known of it, and what is told where there is none.

use axum::http::StatusCode;

use crate::markup::elements;
use crate::support::{FLYNN, Feed, TestApp, VALE};
use crate::{app, attributes, page, raw, with_pages};

async fn key(app: &TestApp, query: &str) -> String {
    app.json(&format!("provider-locations?{query}")).await["providerLocations"][0]["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn all_slots_are_there_under_their_day() {
    let app = app();
    let key = key(&app, "q=skin+doctor").await;
    let shown = page(&app, &format!("/places/{key}")).await;
    let slots = app.json(&format!("slots?providerLocationKey={key}&limit=100")).await;
    assert!(slots["total"].as_u64().unwrap() >= 2);
    for slot in slots["slots"].as_array().unwrap() {
        let link = format!("/slots/{}/book", slot["id"].as_str().unwrap());
        assert!(attributes(&shown.body, "href").contains(&link), "{link}");
    }
    let days: Vec<String> =
        elements(&shown.body).into_iter().filter(|one| one.name == "h3").map(|one| one.text).collect();
    assert_eq!(days, ["Friday, October 2", "Saturday, October 3"]);
    for told in [
        "Dr. Ana Ruiz",
        "Flynn Skin Center",
        "1 Main St, Floor 2, Boston MA 02115",
        "href=\"tel:6175550101\"",
        "href=\"https://flynn.example.org/boston\"",
        "America/New_York",
        "1073635355",
        "2026-10-01T11:55:00Z, by the publisher&#39;s own word",
        "read 1 minute ago",
    ] {
        assert!(
            shown.body.contains(told) || shown.body.contains(&told.replace("&#39;", "'")),
            "{told}\n{}",
            shown.body
        );
    }
    let one_day = page(&app, &format!("/places/{key}?day=2026-10-03")).await;
    let days: Vec<String> =
        elements(&one_day.body).into_iter().filter(|one| one.name == "h3").map(|one| one.text).collect();
    assert_eq!(days, ["Saturday, October 3"]);
    let empty_day = page(&app, &format!("/places/{key}?day=2026-10-04")).await;
    assert!(empty_day.body.contains("No free times on this day."), "{}", empty_day.body);
}

#[tokio::test]
async fn what_is_seldom_published_is_shown_too() {
    let app = TestApp::new();
    app.crawl(&VALE);
    let app = with_pages(app);
    let key = key(&app, "q=Sol&state=AZ").await;
    let shown = page(&app, &format!("/places/{key}")).await;
    for told in [
        "Dr. Marta Sol",
        "Spanish",
        "Female",
        "Vale Health of Maricopa",
        "NM, AZ",
        "America/Phoenix",
        "Family Medicine",
    ] {
        assert!(shown.body.contains(told), "{told}\n{}", shown.body);
    }
    let spanish = page(&app, &format!("/places/{key}?lang=es")).await;
    for told in ["español", "Femenino", "Medicina familiar"] {
        assert!(spanish.body.contains(told), "{told}\n{}", spanish.body);
    }
}

#[tokio::test]
async fn what_is_no_place_is_told() {
    let app = app();
    let key = key(&app, "q=skin+doctor").await;
    for path in ["/places/nothing", "/places/%FF", "/places/0000000000000000", "/places/No%20Key"] {
        let shown = page(&app, path).await;
        assert_eq!(shown.status, StatusCode::NOT_FOUND, "{path}");
        assert!(shown.body.contains("No such place"), "{path}");
    }
    let at_first = format!("/places/{key}");
    for query in ["cursor=xyz", "cursor=xyz&day=2026-10-02"] {
        let answer = raw(&app, &format!("/places/{key}?{query}")).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, at_first.as_str()), "{query}");
    }
    let no_day = page(&app, &format!("/places/{key}?day=2026-13-41")).await;
    assert!(no_day.status == StatusCode::OK && no_day.body.contains("Saturday, October 3"), "{}", no_day.body);
    // Two days without a crawl: the publisher's data are offered for one.
    app.advance(2 * 86_400);
    let shown = page(&app, &format!("/places/{key}")).await;
    assert_eq!(shown.status, StatusCode::NOT_FOUND);
    assert!(shown.body.contains("What Flynn Health publishes was read too long ago"), "{}", shown.body);
}

#[tokio::test]
async fn a_place_keeps_its_page_when_its_key_changes() {
    let app = app();
    let old = key(&app, "city=Worcester").await;
    // The provider leaves the schedule, so its key changes.
    let lines = FLYNN.ndjson.replace(
        r#"{"reference":"Location/worcester"},{"reference":"PractitionerRole/okafor"}"#,
        r#"{"reference":"Location/worcester"}"#,
    );
    app.crawl_lines(&FLYNN, &lines);
    app.catch_up();
    let answer = raw(&app, &format!("/places/{old}?lang=es&day=2026-10-02")).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    let now_at = answer.header("location");
    assert!(now_at.ends_with("?lang=es&day=2026-10-02") && !now_at.contains(&old), "{now_at}");
    assert_eq!(page(&app, now_at).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_leads_to_its_other_places() {
    let app = app();
    let worcester = key(&app, "city=Worcester").await;
    let video = key(&app, "isVirtual=true").await;
    assert_ne!(worcester, video);
    for (here, there) in [(&worcester, &video), (&video, &worcester)] {
        let shown = page(&app, &format!("/places/{here}?lang=en")).await;
        assert!(shown.body.contains("The same provider elsewhere"), "{}", shown.body);
        let links = attributes(&shown.body, "href");
        assert!(links.contains(&format!("/places/{there}?lang=en")), "{links:?}");
        let found = app.json(&format!("provider-locations/{there}")).await;
        assert_eq!(found["provider"]["name"], "Dr. Ben Okafor");
    }
    let alone = page(&app, &format!("/places/{}", key(&app, "q=skin+doctor").await)).await;
    assert!(!alone.body.contains("The same provider elsewhere"), "{}", alone.body);
}

#[tokio::test]
async fn another_publisher_of_the_place_is_named_and_linked() {
    let app = TestApp::new();
    app.crawl(&Feed { slug: "copy", display_name: "Copy of Flynn", ..FLYNN });
    let app = with_pages(app);
    let found = app.json("provider-locations?q=skin+doctor&publisher=flynn").await;
    let other = found["providerLocations"][0]["alsoPublishedBy"][0]["providerLocationKey"].as_str().unwrap().to_owned();
    let here = found["providerLocations"][0]["key"].as_str().unwrap();
    for path in ["/?what=skin+doctor", &format!("/places/{here}")] {
        let shown = page(&app, path).await;
        let told = format!("Also published by <a href=\"/places/{other}\">Copy of Flynn</a>");
        assert!(shown.body.contains(&told), "{path}: {}", shown.body);
    }
}

#[tokio::test]
async fn old_data_are_told_in_words() {
    let app = app();
    let key = key(&app, "q=skin+doctor").await;
    let paths = ["/?what=skin+doctor".to_owned(), format!("/places/{key}")];
    for (seconds, is_old) in [(0, false), (2 * 3_600, true)] {
        app.advance(seconds);
        for path in &paths {
            let shown = page(&app, path).await;
            assert_eq!(shown.body.contains("(may be out of date)"), is_old, "{path}: {}", shown.body);
            assert_eq!(shown.body.contains("read 2 hours ago"), is_old, "{path}: {}", shown.body);
        }
    }
}
