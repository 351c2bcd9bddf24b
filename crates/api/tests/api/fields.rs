//! `fields`: part of each answer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, slot_id};

#[tokio::test]
async fn only_what_is_asked_for_comes_and_the_key_with_it() {
    let app = TestApp::new();
    let id = slot_id("flynn", "derm-1");
    let slot = json!({"id": id, "start": "2026-10-02T09:00:00-04:00", "location": {"city": "Boston"}});
    let found = app.json("slots?npi=1073635355&limit=1&fields=start,location.city").await;
    assert_eq!(found["slots"], json!([slot]));
    assert_eq!(found["total"], 2, "what stands beside the slots stays");
    assert!(found["next"].is_string());
    assert_eq!(app.json(&format!("slots/{id}?fields=location.city,start")).await, slot);

    let found =
        app.json("provider-locations?npi=1073635355&slots=1&fields=provider.specialties.code,nextSlots.id").await;
    let place = &found["providerLocations"][0];
    let want = json!({
        "key": place["key"],
        "provider": {"specialties": [{"code": "394582007"}]},
        "nextSlots": [{"id": id}],
    });
    assert_eq!(place, &want);
    let key = place["key"].as_str().unwrap();
    assert_eq!(
        app.json(&format!("provider-locations/{key}?fields=location.name")).await,
        json!({"key": key, "location": {"name": "Flynn Skin Center"}})
    );
}

#[tokio::test]
async fn all_top_fields_together_are_the_whole() {
    let app = TestApp::new();
    for (path, list, table) in [
        ("slots?limit=100&zip=02139&radius=500", "slots", openslots_api::render::SLOT_FIELDS),
        ("provider-locations?slots=2", "providerLocations", openslots_api::render::PROVIDER_LOCATION_FIELDS),
    ] {
        let names: Vec<&str> = table.fields.iter().map(|field| field.name).collect();
        let whole = app.json(path).await;
        assert_eq!(app.json(&format!("{path}&fields={}", names.join(","))).await, whole, "{path}");
        assert!(!whole[list].as_array().unwrap().is_empty());
        // Each field alone gives what it gives in the whole.
        for name in names {
            let part = app.json(&format!("{path}&fields={name}")).await;
            for (item, of_whole) in part[list].as_array().unwrap().iter().zip(whole[list].as_array().unwrap()) {
                assert_eq!(item[name], of_whole[name], "{path} {name}");
                assert!(item.as_object().unwrap().keys().all(|key| key == name || key == table.key), "{item}");
            }
        }
    }
}

#[tokio::test]
async fn a_walk_may_change_its_fields() {
    let app = TestApp::new();
    let first = app.json("slots?limit=1&fields=start").await;
    let cursor = first["next"].as_str().unwrap();
    let second = app.json(&format!("slots?limit=1&cursor={cursor}&fields=end")).await;
    assert_eq!(second["slots"][0].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    let app = TestApp::new();
    let id = slot_id("flynn", "derm-1");
    for (path, want) in [
        ("slots?fields=begin", "`begin` is not a field; they are id, publisher, "),
        ("slots?fields=key", "`key` is not a field; they are id, "),
        ("provider-locations?fields=location.town", "`location.town` is not a field; below `location` there are id, "),
        (&format!("slots/{id}?fields=start.x"), "`start.x`: there is nothing below `start`"),
        (&format!("slots/{id}?fields="), "is empty; give a value or leave it out"),
        ("availability?fields=date", "is not a parameter of this request"),
        ("service-types?fields=code", "is not a parameter of this request"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        let issues: Value = answer.json()["issues"].clone();
        assert_eq!(issues.as_array().unwrap().len(), 1, "{issues}");
        assert_eq!(issues[0]["parameter"], "fields", "{path}");
        assert!(issues[0]["detail"].as_str().unwrap().starts_with(want), "{path}: {issues}");
    }
}
