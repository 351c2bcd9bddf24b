//! `Appointment/$find`.

use axum::body::Body;
use axum::http::Request;
use openslots_model::ResourceKind;
use serde_json::{Value, json};

use super::{app, id};

const DAYS: &str = "start=2026-10-01&end=2026-10-10";

/// The ids of the slots that are proposed, as source ids.
fn proposed(bundle: &Value) -> Vec<&'static str> {
    let known = ["a", "b", "c", "past", "nobody"];
    let slots = bundle["entry"].as_array().into_iter().flatten();
    slots
        .map(|entry| {
            let appointment = &entry["resource"];
            assert_eq!(
                (&appointment["resourceType"], &appointment["status"]),
                (&json!("Appointment"), &json!("proposed"))
            );
            assert!(entry["fullUrl"].as_str().unwrap().starts_with("urn:uuid:"));
            let slot = appointment["slot"][0]["reference"].as_str().unwrap();
            let of = |known: &&&str| slot == format!("Slot/{}", id(ResourceKind::Slot, known));
            known.iter().find(of).copied().unwrap_or("other")
        })
        .collect()
}

#[tokio::test]
async fn what_can_be_booked_is_proposed() {
    let app = app();
    let (sol, north) = (id(ResourceKind::Practitioner, "sol"), id(ResourceKind::Location, "north"));
    let (holly, south) = (id(ResourceKind::Organization, "holly"), id(ResourceKind::Location, "south"));
    for (query, want) in [
        (String::new(), &["a", "other", "c"][..]),
        ("&specialty=http://snomed.info/sct%7C394582007".to_owned(), &["a"]),
        ("&visit-type=ROUTINE".to_owned(), &["a"]),
        ("&visit-type=124".to_owned(), &["a"]),
        (format!("&practitioner=Practitioner/{sol}"), &["a"]),
        (format!("&organization=Organization/{holly}"), &["a"]),
        (format!("&location-reference=Location/{north}"), &["a"]),
        // The schedule names no place, but who it is of works at one only.
        (format!("&location-reference=Location/{south}"), &["c"]),
        ("&location-string=boston".to_owned(), &["a", "other"]),
        (format!("&location-string=boston&practitioner=Practitioner/{sol}"), &["a"]),
        (format!("&location-reference=Location/{south}&practitioner=Practitioner/{sol}"), &[]),
        ("&practitioner=Practitioner/unknown".to_owned(), &[]),
        ("&_count=1".to_owned(), &["a"]),
    ] {
        let bundle = app.json(&format!("/fhir/Appointment/$find?{DAYS}{query}")).await;
        assert_eq!(proposed(&bundle), want, "{query}");
    }
    let bundle = app.json(&format!("/fhir/Appointment/$find?{DAYS}&visit-type=ROUTINE")).await;
    let appointment = &bundle["entry"][0]["resource"];
    assert_eq!(
        (&appointment["start"], &appointment["minutesDuration"]),
        (&json!("2026-10-02T09:00:00-04:00"), &json!(30))
    );
    let actors: Vec<&str> = appointment["participant"]
        .as_array()
        .unwrap()
        .iter()
        .map(|participant| {
            assert_eq!(participant["status"], "needs-action");
            participant["actor"]["reference"].as_str().unwrap()
        })
        .collect();
    assert!(actors.contains(&format!("Location/{north}").as_str()), "{actors:?}");
    // Nothing that has begun is proposed, however far back is asked.
    let bundle = app.json("/fhir/Appointment/$find?start=2026-09-01&end=2026-10-02").await;
    assert_eq!(proposed(&bundle), ["a", "other"]);
}

#[tokio::test]
async fn parameters_may_be_posted_and_are_checked() {
    let app = app();
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "start", "valueDateTime": "2026-10-01" },
        { "name": "end", "valueDateTime": "2026-10-10T00:00:00Z" },
        { "name": "specialty", "valueCoding": { "system": "http://snomed.info/sct", "code": "394582007" } },
    ]});
    let post = |body: &Value| {
        Request::post("/fhir/Appointment/$find")
            .header("content-type", "application/fhir+json")
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    let posted = app.send(post(&body)).await;
    assert_eq!(posted.status, 200, "{}", posted.body);
    assert_eq!(proposed(&posted.json()), ["a"]);
    assert_eq!(app.send(post(&json!({ "resourceType": "Patient" }))).await.status, 400);
    for (query, want) in [
        ("start=2026-10-01", "http.end"),
        ("start=2026-10-01&end=soon", "http.end"),
        ("start=2026-10-02&end=2026-10-01T00:00:00Z", "http.end"),
        ("start=2026-10-01&end=2026-10-10&patient-reference=Patient/1", "http.patient-reference"),
        ("start=2026-10-01&end=2026-10-10&practitioner=Slot/1", "http.practitioner"),
    ] {
        let refused = app.get(&format!("/fhir/Appointment/$find?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        assert_eq!(refused.json()["issue"][0]["expression"][0], want, "{query}");
    }
}
