//! The patient side: closed to whoever has no token, a wrong one, or another patient's; open to whom a consent lets in.

mod portal;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use openslots_api::openapi_document;
use serde_json::{Value, json};
use url::Url;

use self::portal::{As, TOKEN, calendar, named, parameters, part, portal};
use crate::support::{FLYNN, TestApp, slot_id};

/// Every operation of the patient side in the document: method and path, ids filled in.
fn operations(id: &str, slot: &str) -> Vec<(Method, String)> {
    let mut operations = Vec::new();
    for (path, item) in openapi_document()["paths"].as_object().unwrap() {
        for (method, told) in item.as_object().unwrap() {
            if told["tags"][0] == "care" && told.get("security").is_some() {
                let id = if path.starts_with("/fhir/Slot/") { slot } else { id };
                operations.push((method.to_uppercase().parse().unwrap(), path.replace("{id}", id)));
            }
        }
    }
    operations
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_or_with_a_wrong_one() {
    let portal = portal();
    let patient = portal.admit().await;
    let operations = operations(&patient, &slot_id("flynn", "derm-1"));
    assert!(operations.len() > 50, "{}", operations.len());
    for (method, path) in operations {
        for token in [None, Some("wrong"), Some(""), Some(&TOKEN[1..])] {
            let by = As { token, patient: Some(&patient), caregiver: None };
            let answer = portal.ask(by, method.clone(), &path, "{}").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} with {token:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{path}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
        }
    }
}

#[tokio::test]
async fn one_patient_s_call_reaches_nothing_of_another() {
    let portal = portal();
    let (own, other) = (portal.admit().await, portal.admit().await);
    let theirs = As::patient(&other);
    let reference = |id: &str| json!({ "reference": format!("Patient/{id}") });
    let person = json!({ "resourceType": "RelatedPerson", "patient": reference(&other) });
    let appointment = json!({
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-12-01T10:00:00Z",
        "minutesDuration": 30,
        "participant": [{ "actor": reference(&other), "status": "accepted" }],
    });
    let ids = [
        ("RelatedPerson", portal.create(theirs, &person).await),
        ("Appointment", portal.create(theirs, &appointment).await),
        ("Patient", other.clone()),
    ];
    let task = portal.get(theirs, "/fhir/Task").await.json()["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
    let before =
        portal.get(theirs, &format!("/fhir/Patient/{other}/$everything")).await.json()["total"].as_u64().unwrap();
    for (kind, id) in ids.iter().chain([&("Task", task)]) {
        let operations = operations(id, &slot_id("flynn", "derm-1"));
        let of_kind = operations.into_iter().filter(|(_, path)| path.starts_with(&format!("/fhir/{kind}/{id}")));
        for (method, path) in of_kind {
            // In one's own name, and in the name of one whom the token does not have.
            let stranger = "0".repeat(32);
            for by in [As::patient(&own), As::patient(&stranger), As { token: Some(TOKEN), ..As::default() }] {
                let answer = portal.ask(by, method.clone(), &path, "{}").await;
                let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST];
                assert!(refused.contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
                assert!(!answer.body.contains("Doe"), "{path}");
            }
        }
    }
    let after =
        portal.get(theirs, &format!("/fhir/Patient/{other}/$everything")).await.json()["total"].as_u64().unwrap();
    assert_eq!(
        after,
        before + 1,
        "nothing of theirs was touched; what is new is the line of the trail for the first look"
    );
}

#[tokio::test]
async fn a_caregiver_sees_what_a_consent_grants_and_no_more() {
    let portal = portal();
    let patient = portal.admit().await;
    let of_patient = As::patient(&patient);
    let reference = json!({ "reference": format!("Patient/{patient}") });
    let person = json!({ "resourceType": "RelatedPerson", "patient": reference });
    let caregiver = portal.create(of_patient, &person).await;
    let of_caregiver = As { caregiver: Some(&caregiver), ..of_patient };
    let look = async |path: &str| portal.get(of_caregiver, path).await.status;
    assert_eq!(look("/fhir/Task").await, StatusCode::FORBIDDEN);
    let consent = json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
        "patient": reference,
        "provision": {
            "type": "permit",
            "actor": [{ "role": { "text": "caregiver" }, "reference": { "reference": format!("RelatedPerson/{caregiver}") } }],
            "action": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access" }] }],
            "class": [{ "system": "http://hl7.org/fhir/resource-types", "code": "Task" }],
        },
    });
    let id = portal.create(of_patient, &consent).await;
    assert_eq!(look("/fhir/Task").await, StatusCode::OK);
    for path in ["/fhir/Appointment", "/fhir/Consent", "/fhir/Subscription", "/fhir/AuditEvent", "/fhir/Patient"] {
        assert_eq!(look(path).await, StatusCode::FORBIDDEN, "{path}");
    }
    let booking = format!("/fhir/Slot/{}/$book", slot_id("flynn", "derm-1"));
    let change = portal.post(of_caregiver, &booking, &parameters(&[])).await;
    assert_eq!(change.status, StatusCode::FORBIDDEN, "reading is not changing");
    let withdrawn = portal.ask(of_patient, Method::DELETE, &format!("/fhir/Consent/{id}"), "").await;
    assert_eq!(withdrawn.status, StatusCode::NO_CONTENT);
    assert_eq!(look("/fhir/Task").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_slot_is_booked_at_its_portal_and_comes_back_once() {
    let portal = portal();
    let patient = portal.admit().await;
    let by = As::patient(&patient);
    let booking = format!("/fhir/Slot/{}/$book", slot_id("flynn", "derm-1"));
    let given =
        parameters(&[("source", json!("finder")), ("bookingReferral", json!("r-1")), ("transport", json!(true))]);
    let opened = portal.post(by, &booking, &given).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.body);
    let opened = opened.json();
    let url: Url = named(&opened, "url")[0]["valueUrl"].as_str().unwrap().parse().unwrap();
    assert_eq!((url.host_str(), url.fragment()), (Some("flynn.example.org"), Some("top")));
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["slot", "source", "booking-referral", "state", "returnUrl"]);
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();

    // The browser has no token.
    let back = format!("/care/return?state={state}&outcome=booked&bookingRef=C-1");
    let came = portal.get(As::default(), &back).await;
    assert_eq!(came.status, StatusCode::OK, "{}", came.body);
    assert!(came.body.contains("is booked") && !came.body.contains("Doe"));
    let appointments = portal.get(by, "/fhir/Appointment").await.json();
    let appointment = &appointments["entry"][0]["resource"];
    assert_eq!((appointments["total"].as_u64(), appointment["status"].as_str()), (Some(1), Some("booked")));
    assert_eq!(appointment["start"], "2026-10-02T13:00:00Z");
    let tasks = portal.get(by, "/fhir/Task?status=requested").await.json();
    assert_eq!(tasks["total"], 2, "forms, and a ride since one was wanted");

    // Used, forged and unknown look alike to the browser.
    let forged = "/care/return?state=AAAA&outcome=booked".to_owned();
    let mut pages = Vec::new();
    for path in
        [back.clone(), forged, format!("/care/return?state={state}&outcome=cancelled"), "/care/return".to_owned()]
    {
        let refused = portal.get(As::default(), &path).await;
        assert_eq!(refused.status, StatusCode::GONE, "{path}");
        pages.push(refused.body);
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
    assert_eq!(portal.get(by, "/fhir/Appointment").await.json(), appointments, "nothing was changed");
}

#[tokio::test]
async fn what_cannot_be_booked_says_why_and_what_could() {
    let portal = portal();
    let patient = portal.admit().await;
    let by = As::patient(&patient);
    let busy = portal.post(by, &format!("/fhir/Slot/{}/$book", slot_id("flynn", "derm-busy")), &parameters(&[])).await;
    assert_eq!(busy.status, StatusCode::CONFLICT);
    assert!(busy.body.contains("no longer free") && busy.body.contains("free instead: "), "{}", busy.body);
    for id in ["0000000000000000", "x"] {
        let unknown = portal.post(by, &format!("/fhir/Slot/{id}/$book"), &parameters(&[])).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }
    let opened =
        portal.post(by, &format!("/fhir/Slot/{}/$book", slot_id("flynn", "derm-1")), &parameters(&[])).await.json();
    let task = named(&opened, "task")[0]["resource"]["id"].as_str().unwrap().to_owned();
    let failed = parameters(&[("outcome", json!("failed")), ("reason", json!("slot-unavailable"))]);
    let told = portal.post(by, &format!("/fhir/Task/{task}/$report-outcome"), &failed).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let told = told.json();
    assert_eq!(named(&told, "task")[0]["resource"]["statusReason"]["text"], "slot-unavailable");
    assert!(!named(&told, "alternative").is_empty() && named(&told, "appointment").is_empty());
    let others = portal.get(by, &format!("/fhir/Task/{task}/$alternatives")).await.json();
    assert_eq!(named(&others, "alternative"), named(&told, "alternative"));
    let again = portal.post(by, &format!("/fhir/Task/{task}/$report-outcome"), &failed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = parameters(&[("retryOf", json!(format!("Task/{task}")))]);
    let retry = portal.post(by, &format!("/fhir/Slot/{}/$book", slot_id("flynn", "derm-2")), &body).await.json();
    assert_eq!(named(&retry, "task")[0]["resource"]["partOf"][0]["reference"], format!("Task/{task}"));
}

#[tokio::test]
async fn attempts_show_that_their_slot_was_taken() {
    let portal = portal();
    let patient = portal.admit().await;
    let by = As::patient(&patient);
    let opened =
        portal.post(by, &format!("/fhir/Slot/{}/$book", slot_id("flynn", "derm-1")), &parameters(&[])).await.json();
    let task = named(&opened, "task")[0]["resource"]["id"].as_str().unwrap().to_owned();
    openslots_api::note_taken_slots(&portal.app.state).await.unwrap();
    let path = format!("/fhir/Task/{task}");
    assert!(portal.get(by, &path).await.json().get("statusReason").is_none(), "it is free still");
    let lines: Vec<String> = FLYNN
        .ndjson
        .lines()
        .map(|line| if line.contains("\"derm-1\"") { line.replace("\"free\"", "\"busy\"") } else { line.to_owned() })
        .collect();
    portal.app.crawl_lines(&FLYNN, &lines.join("\n"));
    portal.app.catch_up();
    openslots_api::note_taken_slots(&portal.app.state).await.unwrap();
    assert_eq!(portal.get(by, &path).await.json()["statusReason"]["text"], "slot-unavailable");
}

#[tokio::test]
async fn slots_are_found_that_suit_everybody() {
    let portal = portal();
    let patient = portal.admit().await;
    let by = As::patient(&patient);
    let person = json!({ "resourceType": "RelatedPerson", "patient": { "reference": format!("Patient/{patient}") } });
    let caregiver = portal.create(by, &person).await;
    let find = async |more: &[(&str, Value)]| {
        let mut given = vec![("caregiver", json!(caregiver))];
        given.extend(more.iter().cloned());
        let answer = portal.post(by, &format!("/fhir/Patient/{patient}/$find-mutual-slots"), &parameters(&given)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    };
    let free = find(&[("count", json!(50)), ("perDay", json!(50))]).await;
    let first = named(&free, "earliest")[0].clone();
    assert_eq!(named(&free, "lookedAt")[0]["valueInteger"], named(&free, "mutual")[0]["valueInteger"]);
    assert_eq!(
        part(named(&free, "participant")[0], "calendars")["valueInteger"],
        0,
        "of whom nothing is known is told"
    );

    // The patient has lunch when the first of them begins; the caregiver's calendar is read from the web.
    let start = part(&first, "start")["valueInstant"].as_str().unwrap().replace(['-', ':'], "");
    let import = format!("/fhir/Patient/{patient}/$import-calendar");
    let text = calendar(&start, &start.replace("00Z", "59Z"));
    let given = [("calendar", json!(text)), ("timezone", json!("America/New_York"))];
    let imported = portal.post(by, &import, &parameters(&given)).await;
    assert_eq!(named(&imported.json(), "busyWindows")[0]["valueInteger"], 1);
    let given = [("url", json!("webcal://calendars.example.org/a.ics")), ("timezone", json!("America/New_York"))];
    let import = format!("/fhir/RelatedPerson/{caregiver}/$import-calendar");
    assert_eq!(portal.post(by, &import, &parameters(&given)).await.status, StatusCode::OK);
    let given = [("url", json!("https://nowhere.example.org/a.ics")), ("timezone", json!("America/New_York"))];
    assert_eq!(portal.post(by, &import, &parameters(&given)).await.status, StatusCode::BAD_REQUEST);

    let mutual = find(&[("misses", json!(5))]).await;
    assert_ne!(part(named(&mutual, "earliest")[0], "slot"), part(&first, "slot"));
    let misses = named(&mutual, "miss");
    let parts = misses.iter().flat_map(|miss| miss["part"].as_array().unwrap());
    let reasons: Vec<&str> =
        parts.filter(|part| part["name"] == "reason").filter_map(|part| part["valueString"].as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.starts_with(&format!("Patient/{patient} is busy"))), "{reasons:?}");
    assert!(
        reasons.iter().any(|reason| reason.starts_with(&format!("RelatedPerson/{caregiver} is busy"))),
        "{reasons:?}"
    );
    assert!(!mutual.to_string().contains("lunch"));
    let wish = find(&[("timeOfDay", json!("02:00-02:01")), ("misses", json!(1))]).await;
    assert!(named(&wish, "earliest").is_empty());
    assert_eq!(part(named(&wish, "miss")[0], "reason")["valueString"], "is at another hour than is wanted");

    let slots = portal.get(by, &format!("/fhir/Patient/{patient}/Slot")).await.json();
    assert_eq!((slots["total"].as_u64(), slots["entry"][0]["resource"]["status"].as_str()), (Some(1), Some("busy")));
    let forgotten = portal.post(by, &format!("/fhir/Patient/{patient}/$forget-calendar"), &parameters(&[])).await;
    assert_eq!(forgotten.status, StatusCode::NO_CONTENT);
    assert_eq!(portal.get(by, &format!("/fhir/Patient/{patient}/Slot")).await.json()["total"], 0);
    // Busy times may come as Slots too.
    let slot = |status: &str, end: &str| {
        let schedule = json!({ "reference": "Schedule/own" });
        json!({ "resourceType": "Slot", "schedule": schedule, "status": status, "start": "2026-10-02T13:00:00Z", "end": end })
    };
    for (slot, status) in [
        (slot("busy-tentative", "2026-10-02T14:00:00Z"), StatusCode::OK),
        (slot("free", "2026-10-02T14:00:00Z"), StatusCode::UNPROCESSABLE_ENTITY),
        (slot("busy", "2026-10-02T13:00:00Z"), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let given = json!({ "resourceType": "Parameters", "parameter": [{ "name": "slot", "resource": slot }] });
        let import = format!("/fhir/Patient/{patient}/$import-calendar");
        assert_eq!(portal.post(by, &import, &given).await.status, status, "{slot}");
    }
    let slots = portal.get(by, &format!("/fhir/Patient/{patient}/Slot")).await.json();
    assert_eq!(slots["entry"][0]["resource"]["status"], "busy-tentative");
    for (name, value) in
        [("limit", json!("3")), ("colour", json!("red")), ("near", json!("Nowhere, ZZ")), ("ranking", json!("best"))]
    {
        let given = parameters(&[(name, value)]);
        let refused = portal.post(by, &format!("/fhir/Patient/{patient}/$find-mutual-slots"), &given).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(refused.body.contains(name), "{}", refused.body);
    }
}

#[tokio::test]
async fn changes_name_the_version_that_they_change() {
    let portal = portal();
    let patient = portal.admit().await;
    let by = As::patient(&patient);
    let path = format!("/fhir/Patient/{patient}");
    let read = portal.get(by, &path).await;
    assert_eq!(read.header("etag"), "W/\"1\"");
    let put = async |version: &str| {
        let request = Request::put(&path)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("x-patient", &patient)
            .header("if-match", version)
            .body(Body::from(read.body.clone()));
        portal.app.send(request.unwrap()).await
    };
    assert_eq!(put("W/\"1\"").await.header("etag"), "W/\"2\"");
    assert_eq!(put("W/\"1\"").await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(put("soon").await.status, StatusCode::BAD_REQUEST);
    let history = portal.get(by, &format!("{path}/_history")).await.json();
    assert_eq!((history["total"].as_u64(), history["type"].as_str()), (Some(2), Some("history")));
}

#[tokio::test]
async fn bad_resources_are_refused_with_their_elements() {
    let portal = portal();
    let patient = portal.admit().await;
    let by = As::patient(&patient);
    for (path, body, status, element) in [
        ("/fhir/Task", "nonsense", StatusCode::BAD_REQUEST, "Task"),
        ("/fhir/Task", r#"{"resourceType":"Slot"}"#, StatusCode::UNPROCESSABLE_ENTITY, "Task.resourceType"),
        (
            "/fhir/Task",
            r#"{"resourceType":"Task","status":1,"intent":"order"}"#,
            StatusCode::BAD_REQUEST,
            "Task.status",
        ),
        (
            "/fhir/Task",
            r#"{"resourceType":"Task","status":"requested","intent":"order"}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Task.code",
        ),
        (
            "/fhir/Appointment",
            r#"{"resourceType":"Appointment","status":"booked","participant":[{"status":"accepted"}]}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Appointment.start",
        ),
        (
            "/fhir/Subscription",
            r#"{"resourceType":"Subscription","status":"requested","reason":"r","criteria":"Slot?x=1","channel":{"type":"email"}}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Subscription.criteria",
        ),
    ] {
        let refused = portal.ask(by, Method::POST, path, body).await;
        assert_eq!(refused.status, status, "{body}: {}", refused.body);
        let issues = refused.json()["issue"].as_array().unwrap().clone();
        assert!(issues.iter().any(|issue| issue["expression"][0] == element), "{body}: {issues:?}");
    }
}

#[tokio::test]
async fn without_applications_there_is_no_patient_side() {
    let app = TestApp::new();
    for path in ["/care/return?state=a&outcome=booked", "/.well-known/smart-configuration"] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/fhir/Appointment", "/fhir/Patient/1", "/fhir/Task"] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
