//! Every link of the finder and of the pages that it leads to leads somewhere.

use std::collections::{BTreeSet, VecDeque};

use axum::http::StatusCode;

use crate::support::{TestApp, VALE};
use crate::{attributes, markup, raw, with_pages};

/// More pages than these few places have.
const MAX_PAGES: usize = 600;

#[tokio::test]
async fn every_link_leads_somewhere() {
    let app = TestApp::new();
    app.crawl(&VALE);
    let app = with_pages(app);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut to_follow = VecDeque::from(["/".to_owned()]);
    let mut n_places = BTreeSet::new();
    while let Some(address) = to_follow.pop_front() {
        let special = [("/assets/", StatusCode::OK), ("/slots/", StatusCode::SEE_OTHER)];
        if let Some((_, status)) = special.into_iter().find(|(start, _)| address.starts_with(start)) {
            assert_eq!(raw(&app, &address).await.status, status, "{address}");
            continue;
        }
        let answer = app.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        if let Some(rest) = address.strip_prefix("/places/") {
            n_places.insert(rest.split('?').next().unwrap().to_owned());
        }
        // Pages of publishers and of the API are others' business.
        if address.starts_with("/publishers") || address.starts_with("/docs") {
            continue;
        }
        markup::check(&address, &answer.body);
        for name in ["href", "src", "action"] {
            for href in attributes(&answer.body, name) {
                if href.starts_with('/') && seen.insert(href.clone()) {
                    to_follow.push_back(href);
                }
            }
        }
        assert!(seen.len() < MAX_PAGES, "pages have no end: {address}");
    }
    let all = app.json("provider-locations?limit=100").await;
    assert_eq!(all["total"], n_places.len(), "each place has a page that is linked");
    assert!(seen.iter().any(|address| address.starts_with("/fhir/Location/")), "{seen:?}");
}
