//! Availability over time: charts of what was counted, in both languages, each with its figures.

use crate::support::{TestApp, VALE};
use crate::{app, attributes, page, with_pages};

fn counted() -> TestApp {
    let app = TestApp::new();
    app.crawl(&VALE);
    let (store, now) = (app.state.store(), app.state.now());
    store.count_polls().unwrap();
    store.take_census(now).unwrap();
    with_pages(app)
}

#[tokio::test]
async fn before_the_first_count_there_is_nothing_to_draw() {
    let shown = page(&app(), "/stats").await;
    assert!(shown.body.contains("Nothing has been counted yet") && !shown.body.contains("<svg"), "{}", shown.body);
}

#[tokio::test]
async fn charts_show_what_the_api_says_and_lead_to_it() {
    let app = counted();
    let shown = page(&app, "/stats").await;
    let free = app.json("statistics/free-slots").await["rows"][0]["appointments"].as_u64().unwrap();
    assert!(free > 2);
    assert!(shown.body.contains(&format!("appointments: {free} at first, {free} at last")), "{}", shown.body);
    let by_publisher = app.json("statistics/free-slots?by=publisher").await;
    for row in by_publisher["rows"].as_array().unwrap() {
        let name = row["group"]["display"].as_str().unwrap();
        assert!(shown.body.contains(name), "{name} has a bar");
    }
    // Nothing is over yet, so nothing became of anything.
    assert!(shown.body.contains("There are no figures yet."), "{}", shown.body);
    let addresses: Vec<String> =
        attributes(&shown.body, "href").into_iter().filter(|href| href.contains("format=csv")).collect();
    assert_eq!(addresses.len(), openslots_web::statistics::Plot::ALL.len());
    for address in addresses {
        let csv = app.get(&address).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8", "{address}");
    }
    let year = page(&app, "/stats?days=400").await;
    assert!(year.body.contains("<strong>The last 400 days</strong>"), "{}", year.body);
}

#[tokio::test]
async fn figures_are_told_in_spanish_as_well() {
    let shown = page(&counted(), "/stats?lang=es").await;
    for told in ["Disponibilidad a lo largo del tiempo", "Horarios libres, día a día", "Dermatología", "no un cero"]
    {
        assert!(shown.body.contains(told), "{told}\n{}", shown.body);
    }
    let links = attributes(&shown.body, "href");
    assert!(links.iter().any(|href| href == "/stats?days=90&lang=es"), "{links:?}");
}
