//! A publisher that writes markup into every field.

use serde_json::{Value, json};

/// What it writes.
pub(crate) const HOSTILE: &str =
    "</title></script><script>alert(1)</script>\" onload=\"x' onfocus='y &amp; \u{202e}<!--";

/// Replaces every text of a resource that is free text.
fn spoil(value: &mut Value, name: &str) {
    let free =
        ["name", "display", "text", "city", "line", "description", "comment", "family", "given", "value", "district"];
    match value {
        Value::String(text) if free.contains(&name) => text.push_str(HOSTILE),
        Value::Array(values) => values.iter_mut().for_each(|one| spoil(one, name)),
        Value::Object(members) => members.iter_mut().for_each(|(name, one)| spoil(one, name)),
        _ => {}
    }
}

/// Its resources, with slots on a day.
pub(crate) fn resources(day: &str) -> Vec<Value> {
    let url = format!("javascript:alert(1)//{HOSTILE}");
    let link = "http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link";
    let phone = "http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone";
    let slot = |id: &str, minute: u32, extension: Value| json!({"resourceType": "Slot", "id": id, "schedule": {"reference": "Schedule/1"}, "status": "free", "start": format!("{day}T13:{minute:02}:00Z"), "end": format!("{day}T14:00:00Z"), "comment": "c", "extension": extension});
    let mut resources = [
        json!({"resourceType": "Location", "id": "1", "name": "n", "description": "d", "telecom": [{"system": "phone", "value": "617"}, {"system": "url", "value": url}], "address": {"line": ["l"], "city": "Boston", "state": "MA", "postalCode": "02115", "district": "d"}, "position": {"latitude": 42.34, "longitude": -71.1}, "identifier": [{"system": "https://a.example/<b>", "value": "v"}]}),
        json!({"resourceType": "Organization", "id": "1", "name": "o"}),
        json!({"resourceType": "Practitioner", "id": "1", "name": [{"family": "f", "given": ["g"]}], "gender": "female", "communication": [{"coding": [{"code": "<b>\"x"}], "text": "t"}]}),
        json!({"resourceType": "PractitionerRole", "id": "1", "practitioner": {"reference": "Practitioner/1"}, "organization": {"reference": "Organization/1"}, "specialty": [{"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "s"}]}]}),
        json!({"resourceType": "Schedule", "id": "1", "serviceType": [{"text": "t"}], "actor": [{"reference": "Location/1"}, {"reference": "PractitionerRole/1"}]}),
        slot("1", 0, json!([{"url": link, "valueUrl": url}])),
        slot("2", 10, json!([{"url": phone, "valueString": HOSTILE}])),
        slot("3", 20, json!([])),
    ];
    resources.iter_mut().for_each(|resource| spoil(resource, ""));
    resources.into()
}
