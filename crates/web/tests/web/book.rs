//! The way to a booking page, and what is told where there is none.

use axum::http::StatusCode;

use crate::support::{FLYNN, slot_id};
use crate::{app, attributes, page, raw};

#[tokio::test]
async fn a_free_slot_leads_where_the_api_leads() {
    let app = app();
    for id in ["derm-1", "derm-2"] {
        let id = slot_id("flynn", id);
        let by_api = app.get(&format!("slots/{id}/book")).await;
        let answer = raw(&app, &format!("/slots/{id}/book?lang=es")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), by_api.header("location"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_slot_that_is_taken_leads_to_others() {
    let app = app();
    let id = slot_id("flynn", "derm-1");
    let line = FLYNN.ndjson.lines().find(|line| line.contains(r#""id":"derm-1""#)).unwrap();
    let taken = line.replace(r#""status":"free""#, r#""status":"busy""#);
    app.crawl_lines(&FLYNN, &FLYNN.ndjson.replace(line, &taken));
    app.catch_up();
    let path = format!("/slots/{id}/book");
    let shown = page(&app, &path).await;
    assert_eq!(shown.status, StatusCode::CONFLICT);
    assert!(shown.body.contains("<h1>This time is no longer free</h1>"), "{}", shown.body);
    assert!(shown.body.contains("Fri Oct 2, 9:00 AM EDT"), "{}", shown.body);
    let other = format!("/slots/{}/book", slot_id("flynn", "derm-2"));
    assert!(attributes(&shown.body, "href").contains(&other), "{}", shown.body);
    let spanish = page(&app, &format!("{path}?lang=es")).await;
    assert!(spanish.body.contains("Este horario ya no está libre"), "{}", spanish.body);
    assert!(attributes(&spanish.body, "href").contains(&format!("{other}?lang=es")), "{}", spanish.body);
}

#[tokio::test]
async fn what_is_not_booked_online_says_how() {
    let app = app();
    let shown = page(&app, &format!("/slots/{}/book", slot_id("flynn", "general-day"))).await;
    assert_eq!(shown.status, StatusCode::CONFLICT);
    assert!(shown.body.contains("cannot be booked online"), "{}", shown.body);
    assert!(shown.body.contains("href=\"tel:5085550103\""), "{}", shown.body);
    assert!(shown.body.contains("some time on Fri Oct 2"), "{}", shown.body);
}

#[tokio::test]
async fn what_is_no_slot_is_told() {
    let app = app();
    for id in ["nothing", "%FF", "0000000000000000", &slot_id("flynn", "nothing")] {
        let shown = page(&app, &format!("/slots/{id}/book")).await;
        assert_eq!(shown.status, StatusCode::NOT_FOUND, "{id}");
        assert!(shown.body.contains("No such time"), "{id}: {}", shown.body);
    }
    app.advance(2 * 86_400);
    let shown = page(&app, &format!("/slots/{}/book", slot_id("flynn", "derm-1"))).await;
    assert_eq!(shown.status, StatusCode::NOT_FOUND);
    assert!(shown.body.contains("Not offered at present"), "{}", shown.body);
}
