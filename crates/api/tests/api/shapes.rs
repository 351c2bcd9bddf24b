//! The shapes of the contract, field by field.

use serde_json::json;

use crate::support::{TestApp, slot_id};

#[tokio::test]
async fn a_slot_shows_all_that_is_known_and_nothing_else() {
    let app = TestApp::new();
    let answer = app.json("slots?npi=1073635355&near=42.36,-71.06&limit=1").await;
    let slot = &answer["slots"][0];
    let mut want = json!({
        "id": slot_id("flynn", "derm-1"),
        "publisher": "flynn",
        "scheduleId": slot["scheduleId"],
        "status": "free",
        "start": "2026-10-02T09:00:00-04:00",
        "end": "2026-10-02T09:30:00-04:00",
        "localStart": "2026-10-02T09:00:00-04:00",
        "localEnd": "2026-10-02T09:30:00-04:00",
        "timeZone": "America/New_York",
        "serviceTypeCode": "168",
        "serviceTypeText": "Dermatology",
        "serviceTypes": [{
            "system": "http://terminology.hl7.org/CodeSystem/service-type", "code": "168", "display": "Dermatology",
        }],
        "specialties": [{"system": "http://snomed.info/sct", "code": "394582007", "display": "Dermatology"}],
        "appointmentType": "ROUTINE",
        "acceptingPatients": "newpt",
        "isVirtual": false,
        "bookingDeepLink": "https://flynn.example.org/book?slot=1#top",
        "bookingPhone": "617-555-0102",
        "availability": "some",
        "coarse": false,
        "precision": "exact",
        "distanceMiles": 2.5,
        "location": {
            "id": slot["location"]["id"],
            "identifier": [{"system": "https://flynn.example.org/places", "value": "B1"}],
            "name": "Flynn Skin Center",
            "phone": ["617-555-0101"],
            "website": ["https://flynn.example.org/boston"],
            "addressLine": ["1 Main St", "Floor 2"],
            "city": "Boston",
            "state": "MA",
            "postalCode": "02115",
            "position": {"latitude": 42.3401, "longitude": -71.1002},
            "positionSource": "published",
        },
        "provider": {
            "id": slot["provider"]["id"],
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1073635355"}],
            "npi": "1073635355",
            "type": "practitioner-role",
            "name": "Dr. Ana Ruiz",
            "specialty": "Dermatology",
            "specialties": [{"system": "http://snomed.info/sct", "code": "394582007", "display": "Dermatology"}],
            "organization": "Flynn Health",
        },
        "source": {
            "publisher": "flynn",
            "resourceId": "derm-1",
            "transactionTime": "2026-10-01T11:55:00Z",
            "asOf": "2026-10-01T11:55:00Z",
            "asOfBasis": "manifest",
            "syncedAt": "2026-10-01T12:00:00Z",
        },
        "freshness": "fresh",
    });
    assert_eq!(*slot, want);
    assert_eq!(answer["total"], 2);
    assert_eq!(answer["near"], json!({"latitude": 42.36, "longitude": -71.06, "radiusMiles": 25.0, "source": "point"}));
    // By its id it is the same, without the distance.
    want.as_object_mut().unwrap().remove("distanceMiles");
    assert_eq!(app.json(&format!("slots/{}", slot_id("flynn", "derm-1"))).await, want);
}

#[tokio::test]
async fn what_is_not_known_is_absent() {
    let app = TestApp::new();
    let slot = app.json(&format!("slots/{}", slot_id("ridge", "1"))).await;
    for absent in [
        "provider",
        "appointmentType",
        "acceptingPatients",
        "bookingDeepLink",
        "bookingPhone",
        "capacity",
        "distanceMiles",
        "comment",
    ] {
        assert!(slot.get(absent).is_none(), "{absent}: {slot}");
    }
    assert_eq!(slot["start"], "2026-10-02T13:00:00Z");
    assert_eq!(slot["localStart"], "2026-10-02T09:00:00-04:00");
    assert!(!slot.to_string().contains("null"), "{slot}");
}

#[tokio::test]
async fn windows_and_capacities_are_told() {
    let app = TestApp::new();
    let slot = app.json(&format!("slots/{}", slot_id("flynn", "general-day"))).await;
    assert_eq!((&slot["coarse"], &slot["capacity"]), (&json!(true), &json!(5)));
    assert_eq!(slot["precision"], "day");
    assert_eq!(slot["location"]["positionSource"], "postal-code");
}

#[tokio::test]
async fn virtual_places_tell_their_states() {
    let app = TestApp::new();
    let slot = app.json(&format!("slots/{}", slot_id("flynn", "remote-1"))).await;
    assert_eq!(slot["isVirtual"], true);
    assert_eq!(slot["location"]["physicalType"]["code"], "vi");
    assert_eq!(slot["location"]["licensedStates"], json!(["MA", "VT"]));
}

#[tokio::test]
async fn a_provider_location_shows_its_next_slot() {
    let app = TestApp::new();
    let answer = app.json("provider-locations?specialty=394582007&zip=02139").await;
    assert_eq!(answer["total"], 1);
    assert_eq!(answer["near"]["source"], "postal-code");
    let found = &answer["providerLocations"][0];
    let mut want = json!({
        "key": found["key"],
        "publisher": "flynn",
        "provider": found["provider"],
        "location": found["location"],
        "serviceTypes": [{
            "system": "http://terminology.hl7.org/CodeSystem/service-type", "code": "168", "display": "Dermatology",
        }],
        "specialties": [{"system": "http://snomed.info/sct", "code": "394582007", "display": "Dermatology"}],
        "bookingMethod": "online",
        "isVirtual": false,
        "acceptingPatients": "newpt",
        "nextAvailableStart": "2026-10-02T09:00:00-04:00",
        "nextAvailableSlot": {
            "id": slot_id("flynn", "derm-1"),
            "start": "2026-10-02T09:00:00-04:00",
            "localStart": "2026-10-02T09:00:00-04:00",
            "coarse": false,
            "precision": "exact",
            "bookingDeepLink": "https://flynn.example.org/book?slot=1#top",
            "bookingPhone": "617-555-0102",
        },
        "availability": "some",
        "totalSlots": 2,
        "distanceMiles": found["distanceMiles"],
        "timeZone": "America/New_York",
        "freshness": "fresh",
    });
    assert_eq!(*found, want);
    assert_eq!(found["provider"]["name"], "Dr. Ana Ruiz");
    assert!(found["distanceMiles"].as_f64().unwrap() < 5.0);
    // By its key it is the same, without the distance.
    want.as_object_mut().unwrap().remove("distanceMiles");
    assert_eq!(app.json(&format!("provider-locations/{}", found["key"].as_str().unwrap())).await, want);
}

#[tokio::test]
async fn a_provider_location_counts_what_the_query_asks_for() {
    let app = TestApp::new();
    for (query, n_slots, next, availability) in [
        ("npi=1073635355", 2, Some("2026-10-02T09:00:00-04:00"), Some("some")),
        ("npi=1073635355&startAfter=2026-10-03T00:00:00Z", 1, Some("2026-10-03T13:00:00Z"), Some("some")),
        ("npi=1073635355&status=busy", 1, Some("2026-10-02T10:00:00-04:00"), None),
        ("npi=1073635355&startAfter=2027-01-01T00:00:00Z", 0, None, Some("none")),
    ] {
        let found = &app.json(&format!("provider-locations?{query}")).await["providerLocations"][0];
        assert_eq!(found["totalSlots"], n_slots, "{query}");
        assert_eq!(found["availability"].as_str(), availability, "{query}");
        assert_eq!(found.get("nextAvailableStart").and_then(|start| start.as_str()), next, "{query}");
        assert_eq!(found["nextAvailableSlot"]["start"].as_str(), next, "{query}");
    }
}

/// Paths of the fields of answers, two deep.
fn paths(answers: &serde_json::Value) -> std::collections::BTreeSet<String> {
    let mut paths = std::collections::BTreeSet::new();
    for answer in answers.as_array().unwrap() {
        for (name, value) in answer.as_object().unwrap() {
            paths.insert(name.clone());
            // The parts of a coding or identifier are not chosen.
            let members = match value {
                serde_json::Value::Array(list) if name == "nextSlots" || name == "alsoPublishedBy" => list.first(),
                value => Some(value),
            };
            let members = members.and_then(serde_json::Value::as_object);
            paths.extend(members.into_iter().flatten().map(|(part, _)| format!("{name}.{part}")));
        }
    }
    paths
}

#[tokio::test]
async fn every_field_that_is_shown_can_be_asked_for_alone() {
    let app = TestApp::new();
    for (path, list, key) in [
        ("slots?limit=100&near=42.36,-71.06&radius=500", "slots", "id"),
        ("provider-locations?limit=100&slots=2&near=42.36,-71.06&radius=500", "providerLocations", "key"),
    ] {
        let whole = app.json(path).await;
        let paths = paths(&whole[list]);
        assert!(paths.len() > 30, "{paths:?}");
        for field in &paths {
            let pruned = app.json(&format!("{path}&fields={field}")).await;
            let others = |answer: &serde_json::Value| {
                let mut answer = answer.clone();
                answer.as_object_mut().unwrap().remove(list);
                answer
            };
            assert_eq!(others(&pruned), others(&whole), "only the answers themselves are cut");
            for (pruned, whole) in pruned[list].as_array().unwrap().iter().zip(whole[list].as_array().unwrap()) {
                let (name, part) =
                    field.split_once('.').map_or((field.as_str(), None), |(name, part)| (name, Some(part)));
                let mut want = json!({ key: whole[key] });
                match (part, &whole[name]) {
                    (_, serde_json::Value::Null) => {}
                    (None, value) => want[name] = value.clone(),
                    (Some(part), serde_json::Value::Array(list)) => {
                        let cut =
                            list.iter().map(|one| one.get(part).map_or(json!({}), |value| json!({ part: value })));
                        want[name] = cut.collect();
                    }
                    (Some(part), value) => {
                        want[name] = value.get(part).map_or(json!({}), |value| json!({ part: value }));
                    }
                }
                assert_eq!(*pruned, want, "{field}");
            }
        }
    }
    // The same for one by its id.
    let id = slot_id("flynn", "derm-1");
    let one = app.json(&format!("slots/{id}?fields=location.city")).await;
    assert_eq!(one, json!({ "id": id, "location": { "city": "Boston" } }));
    let refused = app.get(&format!("/v1/scheduling/slots/{id}?fields=colour&sort=start")).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("\"parameter\":\"fields\"") && refused.body.contains("\"parameter\":\"sort\""));
}
