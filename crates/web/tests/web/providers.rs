//! The page of a provider: all places of one number, whoever publishes them.

use axum::http::StatusCode;

use crate::markup::{Element, elements};
use crate::support::{FLYNN, Feed, TestApp};
use crate::{app, attributes, page, raw, with_pages};

/// The number of Dr. Okafor, who is at two places.
async fn npi(app: &TestApp) -> String {
    let found = app.json("provider-locations?q=Okafor").await;
    let identifiers = found["providerLocations"][0]["provider"]["identifier"].as_array().unwrap().clone();
    let npi = identifiers.iter().find(|one| one["system"] == "http://hl7.org/fhir/sid/us-npi");
    npi.unwrap()["value"].as_str().unwrap().to_owned()
}

/// How many slots a page shows, to be booked online or otherwise.
fn n_shown(html: &str) -> usize {
    let is_slot = |one: &Element| ["book", "time"].iter().any(|class| one.attribute("class") == Some(class));
    elements(html).iter().filter(|one| is_slot(one)).count()
}

#[tokio::test]
async fn all_places_of_a_provider_are_on_one_page() {
    let app = TestApp::new();
    app.crawl(&Feed { slug: "copy", display_name: "Copy of Flynn", ..FLYNN });
    let app = with_pages(app);
    let npi = npi(&app).await;
    let shown = page(&app, &format!("/providers/{npi}")).await;
    assert_eq!(shown.status, StatusCode::OK);
    let links = attributes(&shown.body, "href");
    let found = app.json(&format!("provider-locations?npi={npi}&slots=12")).await;
    let places = found["providerLocations"].as_array().unwrap();
    assert_eq!(places.len(), 4, "two places at two publishers: {found}");
    let mut n_slots = 0;
    for place in places {
        assert!(links.contains(&format!("/places/{}", place["key"].as_str().unwrap())), "{links:?}");
        n_slots += place["nextSlots"].as_array().into_iter().flatten().count();
    }
    assert!(n_slots > 0);
    assert_eq!(n_shown(&shown.body), n_slots, "{}", shown.body);
    for told in ["<h1>Dr. Ben Okafor</h1>", &format!("NPI {npi}"), "Flynn Health", "Copy of Flynn"] {
        assert!(shown.body.contains(told), "{told}: {}", shown.body);
    }
    let key = places[0]["key"].as_str().unwrap();
    let place = page(&app, &format!("/places/{key}?lang=es")).await;
    let address = format!("/providers/{npi}?lang=es");
    assert!(attributes(&place.body, "href").contains(&address), "{}", place.body);
    let spanish = page(&app, &address).await;
    assert!(spanish.body.contains("<html lang=\"es\">") && spanish.body.contains("horario"), "{}", spanish.body);
}

#[tokio::test]
async fn a_day_shows_the_places_that_are_free_then() {
    let app = app();
    let npi = npi(&app).await;
    let days = app.json(&format!("availability?npi={npi}")).await;
    let day = days["days"].as_array().unwrap().iter().find(|day| day["free"] != 0).unwrap()["date"].clone();
    let day = day.as_str().unwrap();
    let shown = page(&app, &format!("/providers/{npi}?day={day}")).await;
    let found = app.json(&format!("provider-locations?npi={npi}&date={day}&slots=12")).await;
    assert_eq!(shown.body.matches("<h2>").count() as u64, found["total"].as_u64().unwrap(), "{}", shown.body);
    assert!(n_shown(&shown.body) > 0, "{}", shown.body);
    let none = page(&app, &format!("/providers/{npi}?day=2026-01-01")).await;
    assert!(none.status == StatusCode::OK && none.body.contains("No free times on this day."), "{}", none.body);
}

#[tokio::test]
async fn nobody_is_told_as_nobody() {
    let app = app();
    for path in ["/providers/0000000000", "/providers/12", "/providers/%FF", "/providers/abc?lang=es"] {
        assert_eq!(page(&app, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let npi = npi(&app).await;
    let answer = raw(&app, &format!("/providers/{npi}?cursor=xyz")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, format!("/providers/{npi}").as_str())
    );
}
