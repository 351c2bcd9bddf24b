//! How the crawls of a publisher went, as charts.

use crate::markup::elements;
use crate::{app, page};

#[tokio::test]
async fn crawls_are_drawn_and_told() {
    let app = app();
    let list = page(&app, "/publishers").await;
    let strips: Vec<_> = elements(&list.body).into_iter().filter(|one| one.name == "desc").collect();
    assert!(!strips.is_empty() && strips.iter().all(|one| one.text.ends_with("1 updated.")), "{strips:?}");
    let shown = page(&app, "/publishers/flynn").await;
    let runs = app.json("publishers/flynn").await;
    let n_slots = runs["counts"]["slots"].as_u64().unwrap();
    assert!(shown.body.contains(&format!("all: {n_slots} at first, {n_slots} at last")), "{}", shown.body);
    assert!(shown.body.contains("updated: 1"), "{}", shown.body);
    // A month later all of it is older than a week, and younger than what a month shows from its first day.
    app.advance(8 * 86_400);
    let week = page(&app, "/publishers/flynn").await;
    assert!(week.body.contains("There are no figures yet.") && week.body.contains("period=month"), "{}", week.body);
    let month = page(&app, "/publishers/flynn?period=month").await;
    assert!(month.body.contains("updated: 1"), "{}", month.body);
}
