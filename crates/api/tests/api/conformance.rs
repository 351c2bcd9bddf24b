//! How publishers stand to what is asked of them.

use std::sync::Arc;

use openslots_fhir::conformance::Requirement;
use serde_json::Value;

use crate::support::{FLYNN, RIDGE, TestApp};

async fn conformance(app: &TestApp, slug: &str) -> Value {
    app.json(&format!("publishers/{slug}")).await["conformance"].clone()
}

#[tokio::test]
async fn a_publisher_is_told_its_grade_and_what_to_do() {
    let app = TestApp::new();
    let list = app.json("publishers").await;
    for (place, slug, lines) in [(0, "flynn", [18, 1]), (1, "ridge", [5, 0])] {
        let found = conformance(&app, slug).await;
        assert_eq!(list["publishers"][place]["conformance"], found, "the list tells the same");
        assert_eq!([&found["linesChecked"], &found["linesRejected"]], lines, "{found}");
        let findings = found["findings"].as_array().unwrap();
        let count = |severity: &str| {
            let of = findings.iter().filter(|finding| finding["severity"] == severity);
            of.map(|finding| finding["count"].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!([&found["errors"], &found["warnings"]], [count("error"), count("warning")], "{found}");
        assert_eq!(found["linesWithErrors"].as_u64() > Some(0), count("error") > 0, "{found}");
        let gravity =
            |finding: &Value| ["error", "warning", "information"].iter().position(|of| finding["severity"] == *of);
        assert!(findings.is_sorted_by_key(gravity), "{found}");
        for finding in findings {
            let named = Requirement::ALL.iter().find(|known| finding["requirement"] == known.code()).unwrap();
            assert_eq!(finding["remedy"], named.remedy());
        }
    }
    let examples = openslots_api::openapi_document()["paths"]["/v1/scheduling/publishers"]["get"].clone();
    let example = &examples["responses"]["200"]["content"]["application/json"]["example"];
    for place in [0, 1] {
        let (told, found) = (&example["publishers"][place]["conformance"], &list["publishers"][place]["conformance"]);
        assert_eq!(told, found, "the example is so");
    }
    let found = conformance(&app, "flynn").await;
    let offset = found["findings"].as_array().unwrap().iter().find(|of| of["requirement"] == "sched-1").unwrap();
    assert_eq!((&offset["severity"], &offset["count"]), (&"error".into(), &1.into()), "an offset without minutes");
}

#[tokio::test]
async fn judgements_follow_what_is_held_and_are_kept_while_it_stays() {
    let app = TestApp::new();
    let before = conformance(&app, "ridge").await;
    let kept = app.judgements.judged().unwrap();
    app.judgements.refresh(app.state.store(), app.state.now()).unwrap();
    assert!(Arc::ptr_eq(&kept, &app.judgements.judged().unwrap()), "nothing has changed");
    app.crawl_lines(&RIDGE, &RIDGE.ndjson.replace("\"state\":\"NH\"", "\"state\":\"N.H.\""));
    let after = conformance(&app, "ridge").await;
    assert_eq!(after["errors"].as_u64().unwrap(), before["errors"].as_u64().unwrap() + 1, "{after}");
    app.advance(3_600);
    app.judgements.refresh(app.state.store(), app.state.now()).unwrap();
    assert_eq!(conformance(&app, "ridge").await, after, "an hour later it is the same");
}

#[tokio::test]
async fn a_publisher_of_which_nothing_is_held_has_no_grade() {
    let app = TestApp::empty();
    app.crawl_lines(&FLYNN, "");
    assert!(conformance(&app, "flynn").await.is_null());
}
