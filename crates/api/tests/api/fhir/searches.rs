//! Pages, orders, what comes along, how much of a resource is shown.

use openslots_model::ResourceKind;
use serde_json::json;

use super::data::HOLLY;
use super::{app, found, id, of_mode, source_id};
use crate::support::TestApp;

#[tokio::test]
async fn pages_lead_through_everything_once_in_every_order() {
    let app = app();
    for (path, n) in [
        ("Location?_sort=name", 3),
        ("Location?_sort=-name", 3),
        ("Location?_sort=_lastUpdated", 3),
        ("Location?near=42.34%7C-71.10%7C200%7Ckm", 3),
        ("Schedule?", 3),
        ("Schedule?_sort=-_id", 3),
        ("Slot?", 5),
        ("Slot?_sort=-start", 5),
    ] {
        let whole = found(&app.json(&format!("/fhir/{path}&_count=100")).await);
        assert_eq!(whole.len(), n, "{path}");
        let mut walked = Vec::new();
        let mut next = Some(format!("/fhir/{path}&_count=1"));
        while let Some(page) = next {
            let bundle = app.json(&page).await;
            assert_eq!(bundle["total"], n, "{page}");
            walked.extend(found(&bundle));
            assert!(walked.len() <= n, "{path} does not end");
            let links = bundle["link"].as_array().unwrap();
            let link = links.iter().find(|link| link["relation"] == "next");
            next = link.map(|link| link["url"].as_str().unwrap().trim_start_matches("http://localhost").to_owned());
        }
        assert_eq!(walked, whole, "{path}");
    }
    let names = found(&app.json("/fhir/Location?_sort=name").await);
    assert_eq!(names, ["north", "south", "other:north"]);
    let updated = found(&app.json("/fhir/Location?_sort=-_lastUpdated").await);
    assert_eq!(updated, ["south", "north", "other:north"], "what is not known comes last");
    let refused = app.get("/fhir/Location?_cursor=nonsense").await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn distances_stand_with_what_is_near() {
    let bundle = app().json("/fhir/Location?near=42.3401%7C-71.1002%7C100%7Ckm").await;
    let distances: Vec<f64> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let extension = &entry["search"]["extension"][0];
            assert_eq!(extension["url"], "http://hl7.org/fhir/StructureDefinition/location-distance");
            assert_eq!(extension["valueDistance"]["code"], "km");
            extension["valueDistance"]["value"].as_f64().unwrap()
        })
        .collect();
    assert_eq!(found(&bundle), ["north", "other:north", "south"]);
    assert_eq!(distances[0], 0.0);
    assert!(distances.is_sorted() && (50.0..80.0).contains(&distances[2]), "{distances:?}");
}

#[tokio::test]
async fn references_are_followed_both_ways() {
    let app = app();
    let slot = id(ResourceKind::Slot, "a");
    for (query, want) in [
        (format!("Slot?_id={slot}&_include=Slot:schedule"), &["Schedule"][..]),
        (
            format!("Slot?_id={slot}&_include=Slot:schedule&_include:iterate=Schedule:actor"),
            &["Location", "PractitionerRole", "Schedule"],
        ),
        (
            format!("Slot?_id={slot}&_include=Slot:schedule&_include:iterate=Schedule:actor:Location"),
            &["Location", "Schedule"],
        ),
        (
            format!("PractitionerRole?_id={}&_include=PractitionerRole:*", id(ResourceKind::PractitionerRole, "sol")),
            &["HealthcareService", "Location", "Organization", "Practitioner"],
        ),
        (
            format!("Location?_id={}&_revinclude=PractitionerRole:*", id(ResourceKind::Location, "north")),
            &["PractitionerRole"],
        ),
        (format!("Location?_id={}&_revinclude=Schedule:actor", id(ResourceKind::Location, "north")), &["Schedule"]),
        (format!("Schedule?_id={}&_revinclude=Slot:schedule", id(ResourceKind::Schedule, "sol")), &["Slot", "Slot"]),
        (
            format!(
                "Practitioner?_id={}&_revinclude=PractitionerRole:practitioner",
                id(ResourceKind::Practitioner, "sol")
            ),
            &["PractitionerRole"],
        ),
    ] {
        let bundle = app.json(&format!("/fhir/{query}")).await;
        assert_eq!(bundle["total"], 1, "only matches count");
        let entries = bundle["entry"].as_array().unwrap().iter();
        let along = entries.filter(|entry| entry["search"]["mode"] == "include");
        let mut kinds: Vec<&str> = along.map(|entry| entry["resource"]["resourceType"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, want, "{query}");
        // What nobody may book does not come along either.
        assert!(!of_mode(&bundle, "include").contains(&"nobody".to_owned()));
    }
    for bad in [
        "Slot?_include=Schedule:*",
        "Location?_revinclude=Slot:*",
        "Slot?_include=Schedule:actor",
        "Slot?_include=Slot:status",
        "Slot?_include=Slot:schedule:Location",
    ] {
        assert_eq!(app.get(&format!("/fhir/{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn parts_of_resources_say_that_they_are_parts() {
    let app = app();
    let north = id(ResourceKind::Location, "north");
    let whole = app.json(&format!("/fhir/Location/{north}")).await;
    assert_eq!(whole["position"]["latitude"], 42.3401);
    assert!(whole["meta"]["tag"].is_null());
    for (query, has, has_not) in [
        ("_elements=name", &["name", "id", "meta"][..], &["position", "address", "status"][..]),
        ("_summary=true", &["name", "status", "identifier"], &["position", "address"]),
        ("_summary=data", &["name", "position"], &["text"]),
        ("_summary=text", &["id", "meta"], &["name", "position"]),
    ] {
        let searched = app.json(&format!("/fhir/Location?_id={north}&{query}")).await;
        let read = app.json(&format!("/fhir/Location/{north}?{query}")).await;
        let part = &searched["entry"][0]["resource"];
        assert_eq!(*part, read, "{query}");
        assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED", "{query}");
        assert!(has.iter().all(|name| !part[name].is_null()), "{query}: {part}");
        assert!(has_not.iter().all(|name| part[name].is_null()), "{query}: {part}");
    }
    let slot = app.json(&format!("/fhir/Slot/{}?_elements=comment", id(ResourceKind::Slot, "a"))).await;
    assert_eq!(slot["status"], "free", "what may not be missing stays");
    for none in ["_summary=count", "_count=0"] {
        let count = app.json(&format!("/fhir/Slot?{none}")).await;
        assert_eq!((&count["total"], &count["entry"]), (&json!(5), &json!(null)), "{none}");
    }
    let many = app.json("/fhir/Slot?_count=1000").await;
    assert_eq!(found(&many).len(), 5);
}

#[tokio::test]
async fn resources_are_whole_with_what_an_aggregator_adds() {
    let app = app();
    let slot = app.json(&format!("/fhir/Slot/{}", id(ResourceKind::Slot, "a"))).await;
    let schedule = id(ResourceKind::Schedule, "sol");
    assert_eq!(slot["schedule"]["reference"], format!("Schedule/{schedule}"));
    assert_eq!(slot["meta"]["source"], "https://holly.example.org/Slot/a");
    assert_eq!(slot["meta"]["extension"][0]["valueDateTime"], "2026-10-01T12:00:00Z");
    assert_eq!(slot["appointmentType"]["coding"][0]["code"], "ROUTINE");
    assert_eq!(source_id(&slot), "a");
    let availability = |schedule: &serde_json::Value| {
        let extensions = schedule["extension"].as_array().unwrap().clone();
        let told = extensions.into_iter().find(|one| one["url"].as_str().unwrap().ends_with("/has-availability"));
        told.unwrap()["valueCode"].clone()
    };
    assert_eq!(availability(&app.json(&format!("/fhir/Schedule/{schedule}")).await), "some");
    // Nobody is shown what nobody may book, nor what is too old to offer.
    let hidden = id(ResourceKind::Slot, "nobody");
    assert_eq!(app.get(&format!("/fhir/Slot/{hidden}")).await.status, 404);
    app.advance(200_000);
    assert_eq!(app.json("/fhir/Slot").await["total"], 0);
    assert_eq!(app.json("/fhir/Location").await["total"], 0);
    assert_eq!(app.get(&format!("/fhir/Schedule/{schedule}")).await.status, 404);
}

#[tokio::test]
async fn searches_follow_what_is_crawled() {
    let app = app();
    app.crawl_lines(
        &HOLLY,
        &HOLLY.ndjson.replace("Holly North", "Renamed North").replace("Schedule/lee", "Schedule/sol"),
    );
    app.catch_up();
    assert_eq!(found(&app.json("/fhir/Location?name=renamed").await), ["north"]);
    assert_eq!(app.json("/fhir/Location?name:exact=Holly%20North").await["total"], 0);
    let of_schedule = format!("/fhir/Slot?schedule={}", id(ResourceKind::Schedule, "sol"));
    assert_eq!(found(&app.json(&of_schedule).await), ["past", "a", "b", "c"]);
}

#[tokio::test]
async fn what_a_source_writes_wrongly_is_found_and_shown_as_it_is_meant() {
    let app = TestApp::empty();
    let ndjson = concat!(
        r#"{"resourceType":"Location","id":"north","name":"","status":"open","address":{"line":"1 Main St","city":"Boston","postalCode":2115},"partOf":{"reference":"Location/gone"}}"#,
        "\n",
        r#"{"resourceType":"Device","id":"chair"}"#,
        "\n",
        r#"{"resourceType":"Schedule","id":"sol","serviceType":{"coding":{"system":"urn:st","code":124}},"actor":[{"reference":"Location/north"},{"reference":"Device/chair"}]}"#,
    );
    app.crawl_lines(&HOLLY, ndjson);
    app.catch_up();
    let place = app.json("/fhir/Location?address-postalcode=2115&address=main").await;
    assert_eq!(found(&place), ["north"]);
    let place = &place["entry"][0]["resource"];
    assert_eq!(place["address"]["postalCode"], "2115");
    assert_eq!(place["address"]["line"][0], "1 Main St");
    assert!(place.get("name").is_none() && place.get("status").is_none(), "{place}");
    // What is not held, or not offered, is referred to by its identifier.
    assert_eq!(place["partOf"]["identifier"]["value"], "Location/gone");
    assert!(place["partOf"].get("reference").is_none(), "{place}");
    let schedule = app.json("/fhir/Schedule?service-type=urn:st%7C124&_include=Schedule:actor").await;
    assert_eq!((found(&schedule), of_mode(&schedule, "include")), (vec!["sol".into()], vec!["north".into()]));
    let schedule = &schedule["entry"][0]["resource"];
    assert_eq!(schedule["serviceType"][0]["coding"][0]["code"], "124");
    assert_eq!(schedule["actor"][1]["identifier"]["value"], "Device/chair");
}
