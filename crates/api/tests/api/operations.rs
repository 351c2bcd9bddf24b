//! Publishers and their issues, codes in use, health.

use openslots_api::NextDue;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn publishers_tell_their_state() {
    let app = TestApp::new();
    let at = app.state.now().plus_seconds(600);
    let due = NextDue { at, reason: "publisher-cadence" };
    let due = std::collections::HashMap::from([("flynn".parse().unwrap(), due)]);
    app.state.set_next_due(due);
    let answer = app.json("publishers").await;
    assert_eq!(answer["publishers"].as_array().unwrap().len(), 2);
    // What it consists of is `conformance.rs`'s to say.
    let conformance = &answer["publishers"][0]["conformance"];
    assert_eq!(conformance["grade"], "F");
    let flynn = json!({
        "slug": "flynn",
        "conformance": conformance,
        "displayName": "Flynn Health",
        "manifestUrl": "https://flynn.example.org/$bulk-publish",
        "enabled": true,
        "freshness": "fresh",
        "lastAttemptAt": "2026-10-01T12:00:00Z",
        "lastSuccessAt": "2026-10-01T12:00:00Z",
        "lastOutcome": "updated",
        "transactionTime": "2026-10-01T11:55:00Z",
        "asOf": "2026-10-01T11:55:00Z",
        "asOfBasis": "manifest",
        "lastSnapshotAt": "2026-10-01T12:00:00Z",
        "nextDueAt": "2026-10-01T12:11:00Z",
        "nextDueReason": "publisher-cadence",
        "failuresInRow": 0,
        "warnings": [],
        "counts": {"slots": 10, "freeSlots": 6, "bookableSlots": 5, "issues": 2},
        "policy": {"freshForSeconds": 3600, "maxStalenessSeconds": 86400},
    });
    assert_eq!(answer["publishers"][0], flynn);
    // One alone says what each file of its last crawl brought as well.
    let mut alone = app.json("publishers/flynn").await;
    let last_run = alone.as_object_mut().and_then(|fields| fields.remove("lastRun")).unwrap();
    assert_eq!(alone, flynn);
    assert_eq!(last_run["outcome"], "updated");
    assert_eq!(last_run["scope"], "snapshot");
    let files = last_run["files"].as_array().unwrap();
    let n_accepted: u64 = files.iter().map(|file| file["lines"]["accepted"].as_u64().unwrap()).sum();
    assert!(n_accepted >= 10, "{last_run}");
    assert_eq!(last_run["filesTotal"], files.len());
}

#[tokio::test]
async fn issues_are_counted_and_shown() {
    let app = TestApp::new();
    let answer = app.json("publishers/flynn/issues").await;
    assert_eq!(answer["publisher"], "flynn");
    assert_eq!(answer["total"], 2);
    let remedy = |code: openslots_model::IssueCode| code.remedy();
    assert_eq!(
        answer["codes"],
        json!([
            {"code": "invalid-status", "count": 1, "rejected": true,
             "remedy": remedy(openslots_model::IssueCode::InvalidStatus)},
            {"code": "repaired-time", "count": 1, "rejected": false,
             "remedy": remedy(openslots_model::IssueCode::RepairedTime)},
        ])
    );
    let file = "https://flynn.example.org/Slot.ndjson";
    assert_eq!(answer["files"], json!([{"url": file, "counts": {"invalid-status": 1, "repaired-time": 1}}]));
    let shown: Vec<_> = answer["issues"].as_array().unwrap().iter().map(|issue| &issue["code"]).collect();
    assert_eq!(shown, ["invalid-status", "repaired-time"]);
    let issue = &answer["issues"][1];
    assert_eq!((&issue["file"], &issue["line"]), (&json!(file), &json!(2)));
    assert_eq!(app.json("publishers/flynn/issues?limit=1").await["issues"].as_array().unwrap().len(), 1);

    let some = app.json("publishers/flynn/issues?code=repaired-time,clock-skew").await;
    assert_eq!((&some["total"], some["codes"].as_array().unwrap().len()), (&json!(1), 1));
    assert_eq!(some["files"], json!([{"url": file, "counts": {"repaired-time": 1}}]));
    assert_eq!(some["issues"], json!([issue]));
    let refused = app.get("publishers/flynn/issues?code=nonsense&limit=0").await;
    assert_eq!(refused.status, 400);
    let faults = refused.json();
    let named: Vec<_> = faults["issues"].as_array().unwrap().iter().map(|issue| &issue["parameter"]).collect();
    assert_eq!(named, ["code", "limit"], "{faults}");

    let none = json!({"publisher": "ridge", "total": 0, "codes": [], "files": [], "issues": []});
    assert_eq!(app.json("publishers/ridge/issues").await, none);
}

#[tokio::test]
async fn codes_in_use_are_counted() {
    let app = TestApp::new();
    let specialties = app.json("specialties").await;
    let dermatology = json!({
        "system": "http://snomed.info/sct", "code": "394582007", "display": "Dermatology", "count": 2,
    });
    assert!(specialties["specialties"].as_array().unwrap().contains(&dermatology), "{specialties}");
    let types = app.json("service-types").await;
    let first = json!({
        "system": "http://terminology.hl7.org/CodeSystem/service-type", "code": "124", "display": "General Practice",
        "count": 3,
    });
    assert_eq!(types["serviceTypes"][0], first);
    assert_eq!(types["serviceTypes"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let app = TestApp::empty();
    assert_eq!(app.json("/healthz").await, json!({"status": "ok"}));
    assert_eq!(app.json("/readyz").await["status"], "ready");
    app.crawl_lines(&crate::support::RIDGE, crate::support::RIDGE.ndjson);
    assert_eq!(app.json("/healthz").await, json!({"status": "ok"}));
    let behind = app.get("/readyz").await;
    assert_eq!(behind.status, 503);
    assert_eq!(behind.header("retry-after"), "1");
    assert!(behind.body.contains("the index holds change"), "{}", behind.body);
    app.catch_up();
    assert_eq!(app.json("/readyz").await["status"], "ready");
}

#[tokio::test]
async fn an_empty_service_answers() {
    let app = TestApp::empty();
    assert_eq!(app.json("slots").await, json!({"slots": [], "total": 0}));
    assert_eq!(app.json("provider-locations").await, json!({"providerLocations": [], "total": 0}));
    assert_eq!(app.json("publishers").await, json!({"publishers": []}));
    assert_eq!(app.json("specialties").await, json!({"specialties": []}));
}

#[tokio::test]
async fn a_failed_read_is_an_error_and_tells_no_details() {
    let app = TestApp::new();
    app.damage_store();
    let slot = format!("slots/{}", crate::support::slot_id("flynn", "derm-1"));
    for path in ["slots", "provider-locations", &slot, "publishers/flynn/issues"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 500, "{path}: {}", answer.body);
        let problem = answer.json();
        assert_eq!(problem["type"], "/docs#internal", "{path}");
        assert_eq!(
            problem["detail"],
            "something went wrong on our side; the operator's log has the details under this request's id",
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(app.get("/healthz").await.status, 200);
}
