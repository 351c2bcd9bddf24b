//! Resources in the shapes that publishers write.

use serde_json::{Value, json};

use super::*;

fn parse(kind: ResourceKind, mut json: Value) -> Resource {
    json["resourceType"] = json!(kind.as_str());
    json["id"] = json!("1");
    Resource::parse(kind, &json.to_string()).unwrap_or_else(|error| panic!("{error} in {json}"))
}

fn location(json: Value) -> Location {
    match parse(ResourceKind::Location, json) {
        Resource::Location(location) => location,
        other => panic!("{other:?}"),
    }
}

fn schedule(json: Value) -> Schedule {
    match parse(ResourceKind::Schedule, json) {
        Resource::Schedule(schedule) => schedule,
        other => panic!("{other:?}"),
    }
}

fn role(json: Value) -> PractitionerRole {
    match parse(ResourceKind::PractitionerRole, json) {
        Resource::PractitionerRole(role) => role,
        other => panic!("{other:?}"),
    }
}

fn practitioner(json: Value) -> Practitioner {
    match parse(ResourceKind::Practitioner, json) {
        Resource::Practitioner(practitioner) => practitioner,
        other => panic!("{other:?}"),
    }
}

fn to(kind: ResourceKind, id: &str, display: Option<&str>) -> Actor {
    let reference = Reference::Resource(ResourceRef { kind, source_id: id.to_owned() });
    Actor { reference, display: display.map(str::to_owned) }
}

fn coding(system: Option<&str>, code: Option<&str>, display: Option<&str>) -> Coding {
    Coding { system: system.map(str::to_owned), code: code.map(str::to_owned), display: display.map(str::to_owned) }
}

#[test]
fn a_whole_location_is_read() {
    let got = location(json!({
        "name": " Clinic ", "description": "d", "status": "active",
        "telecom": [
            {"system": "phone", "value": "555-0100"}, {"system": "url", "value": "https://x.org"},
            {"system": "email", "value": "a@x.org"}, {"system": "phone", "value": "555-0100"}, {"value": "555-0101"},
        ],
        "address": {"line": ["1 A St", "", null], "city": "B", "state": "ma", "postalCode": 2114, "district": "SUFFOLK"},
        "position": {"latitude": 42.1, "longitude": "-71.2", "altitude": 5},
        "identifier": [{"system": "s", "value": "v"}],
        "physicalType": {"coding": [{"system": "p", "code": "si"}]},
        "managingOrganization": {"reference": "Organization/o", "display": "O"},
    }));
    let want = Location {
        id: "1".to_owned(),
        name: Some("Clinic".to_owned()),
        description: Some("d".to_owned()),
        status: Some("active".to_owned()),
        phones: vec!["555-0100".to_owned()],
        websites: vec!["https://x.org".to_owned()],
        address_lines: vec!["1 A St".to_owned()],
        city: Some("B".to_owned()),
        state: Some("ma".to_owned()),
        postal_code: Some("2114".to_owned()),
        district: Some("SUFFOLK".to_owned()),
        position: Some(Position { latitude: 42.1, longitude: -71.2 }),
        identifiers: vec![Identifier { system: Some("s".to_owned()), value: "v".to_owned() }],
        physical_type: Some(PhysicalType { system: Some("p".to_owned()), code: "si".to_owned() }),
        licensed_states: vec![],
        managing_organization: Some(to(ResourceKind::Organization, "o", Some("O"))),
    };
    assert_eq!(got, want);
    assert_eq!(location(json!({})), Location { id: "1".to_owned(), ..Location::default() });
}

#[test]
fn addresses_and_contacts_are_read_in_other_shapes() {
    let got = location(json!({
        "address": [{"line": "1 A St", "city": "B"}, {"city": "C"}],
        "telecom": {"system": "Phone", "value": "1"},
        "contact": [{"telecom": [{"system": "phone", "value": "2"}]}],
    }));
    assert_eq!((got.address_lines, got.city), (vec!["1 A St".to_owned()], Some("B".to_owned())));
    assert_eq!(got.phones, vec!["1".to_owned(), "2".to_owned()]);
}

#[test]
fn positions_that_are_none_are_left_out() {
    for (position, usable) in [
        (json!({"latitude": 42.5, "longitude": -71}), true),
        (json!({"latitude": 0, "longitude": 0}), false),
        (json!({"latitude": 24, "longitude": 92}), false),
        (json!({"latitude": 142.5, "longitude": 92}), false),
        (json!({"latitude": 42.5}), false),
        (json!({"latitude": null, "longitude": null}), false),
        (json!([]), false),
        (json!(null), false),
    ] {
        assert_eq!(location(json!({"position": position.clone()})).position.is_some(), usable, "{position}");
    }
}

#[test]
fn physical_types_and_licensed_states_are_read() {
    let typed = |code: &str| json!({"coding": [{"system": crate::systems::PHYSICAL_TYPE, "code": code}]});
    for (value, want) in [
        (typed("vi"), Some("vi")),
        (json!([typed("bu"), typed("vi")]), Some("vi")),
        (
            json!({"coding": [{"system": "own", "code": "x"}, {"system": crate::systems::PHYSICAL_TYPE, "code": "si"}]}),
            Some("si"),
        ),
        (json!([{"code": "vi"}]), Some("vi")),
        (json!({"text": "virtual"}), None),
        (json!(null), None),
    ] {
        for name in ["physicalType", "form"] {
            let code = location(json!({name: value.clone()})).physical_type.map(|found| found.code);
            assert_eq!(code.as_deref(), want, "{name} {value}");
        }
    }
    let url = format!("{}/licensed-states", crate::systems::EXTENSION_BASES[1]);
    let states = ["FL", "GA", "FL"].map(|state| json!({"url": url, "valueString": state}));
    assert_eq!(location(json!({"extension": states})).licensed_states, vec!["FL", "GA"]);
}

#[test]
fn identifiers_that_say_nothing_are_left_out() {
    let values = [
        json!("v"),
        json!(""),
        json!(" "),
        json!("null"),
        json!("NIL"),
        json!("unknown VTrckS pin for 5"),
        json!(5),
        json!("v"),
        json!(null),
    ];
    let identifiers = values.map(|value| json!({"value": value}));
    let got = location(json!({"identifier": identifiers})).identifiers;
    assert_eq!(got.iter().map(|found| found.value.as_str()).collect::<Vec<_>>(), vec!["v", "5"]);
}

#[test]
fn people_are_called_by_their_name() {
    for (name, want) in [
        (json!([{"text": "Dr. Ann Lee"}]), Some("Dr. Ann Lee")),
        (json!([{"prefix": ["Dr."], "given": ["Ann", "B"], "family": "Lee"}]), Some("Dr. Ann B Lee")),
        (json!({"given": "Ann", "family": "Lee"}), Some("Ann Lee")),
        (json!([{"family": "Lee"}]), Some("Lee")),
        (json!([{"use": "old", "text": "Old"}, {"use": "official", "text": "New"}]), Some("New")),
        (json!([{"use": "official"}, {"text": "Named"}]), Some("Named")),
        (json!("Dr. Ann Lee"), Some("Dr. Ann Lee")),
        (json!([{}]), None),
        (json!(null), None),
    ] {
        assert_eq!(practitioner(json!({"name": name.clone()})).name.as_deref(), want, "{name}");
    }
}

#[test]
fn languages_are_read_from_r4_and_r5() {
    for (communication, want) in [
        (json!([{"coding": [{"system": "urn:ietf:bcp:47", "code": "es", "display": "Spanish"}]}]), vec!["es"]),
        (
            json!([{"language": {"coding": [{"code": "es"}]}, "preferred": true}, {"text": "Tagalog"}]),
            vec!["es", "Tagalog"],
        ),
        (json!(["en", "en"]), vec!["en"]),
        (json!([]), vec![]),
    ] {
        assert_eq!(practitioner(json!({"communication": communication.clone()})).languages, want, "{communication}");
    }
}

#[test]
fn roles_and_services_name_their_parts() {
    let got = role(json!({
        "active": "true",
        "practitioner": {"reference": "Practitioner/never-published", "display": "Dr. A"},
        "organization": {"display": "O"},
        "specialty": [{"coding": [{"system": "s", "code": "c", "display": "Dermatology"}]}],
        "location": [{"reference": "Location/10", "display": "L"}, {}],
        "telecom": [{"system": "phone", "value": "555"}],
    }));
    assert_eq!(got.is_active, Some(true));
    assert_eq!(got.practitioner, Some(to(ResourceKind::Practitioner, "never-published", Some("Dr. A"))));
    assert_eq!(
        got.organization,
        Some(Actor { reference: Reference::Other(String::new()), display: Some("O".to_owned()) })
    );
    assert_eq!(got.specialties, vec![coding(Some("s"), Some("c"), Some("Dermatology"))]);
    assert_eq!(got.locations, vec![to(ResourceKind::Location, "10", Some("L"))]);

    let Resource::HealthcareService(service) = parse(
        ResourceKind::HealthcareService,
        json!({
            "active": false, "name": "N", "comment": "C", "appointmentRequired": false,
            "providedBy": {"reference": "Organization/o"},
            "type": {"coding": [{"code": "t", "display": "Encounter"}], "text": "Primary Care Visit"},
            "location": {"reference": "Location/10"},
            "communication": [{"coding": [{"code": "en"}]}],
        }),
    ) else {
        panic!("a service")
    };
    assert_eq!((service.is_active, service.is_appointment_required), (Some(false), Some(false)));
    assert_eq!(
        service.types,
        vec![coding(None, Some("t"), Some("Encounter")), coding(None, None, Some("Primary Care Visit"))]
    );
    assert_eq!(
        (service.provided_by, service.locations),
        (Some(to(ResourceKind::Organization, "o", None)), vec![to(ResourceKind::Location, "10", None)])
    );
    assert_eq!(service.languages, vec!["en"]);
}

#[test]
fn schedules_of_both_versions_are_read() {
    let extension = |base: usize, name: &str| format!("{}/{name}", crate::systems::EXTENSION_BASES[base]);
    let got = schedule(json!({
        "actor": [{"reference": "PractitionerRole/1", "display": "Dr. A"}, {"reference": "Location/2"}],
        "serviceType": [{"coding": [{"code": "57"}]}],
        "specialty": [{"text": "Skin"}],
        "extension": [
            {"url": extension(0, "specialty"), "valueCoding": {"code": "a"}},
            {"url": extension(1, "schedule-specialty"), "valueCoding": {"code": "b"}},
            {"url": extension(0, "vaccine-product"), "valueCoding": {"system": crate::systems::CVX, "code": "207"}},
            {"url": extension(0, "vaccine-dose"), "valueInteger": 1},
            {"url": extension(0, "vaccine-dose"), "valueString": "2"},
            {"url": extension(0, "vaccine-dose"), "valueInteger": 0},
            {"url": extension(1, "has-availability"), "valueCode": "none"},
        ],
    }));
    assert_eq!(
        got.actors,
        vec![to(ResourceKind::PractitionerRole, "1", Some("Dr. A")), to(ResourceKind::Location, "2", None)]
    );
    assert_eq!(
        got.specialties,
        vec![coding(None, None, Some("Skin")), coding(None, Some("a"), None), coding(None, Some("b"), None)]
    );
    assert_eq!(got.vaccines, vec![coding(Some(crate::systems::CVX), Some("207"), None)]);
    assert_eq!((got.vaccine_doses, got.has_availability), (vec![1, 2], Some(Availability::None)));
}

#[test]
fn contained_resources_are_read() {
    let got = schedule(json!({
        "actor": [{"reference": "#role"}],
        "contained": [
            {"resourceType": "PractitionerRole", "id": "#role", "practitioner": {"reference": "Practitioner/9"}},
            {"resourceType": "Patient", "id": "p"}, null, {"resourceType": "Location"},
        ],
    }));
    assert_eq!(got.actors, vec![Actor { reference: Reference::Contained("role".to_owned()), display: None }]);
    let [Resource::PractitionerRole(role), Resource::Location(location)] = &got.contained[..] else {
        panic!("{:?}", got.contained)
    };
    assert_eq!((role.id.as_str(), location.id.as_str()), ("role", ""));
}

#[test]
fn a_whole_slot_is_read() {
    let base = crate::systems::EXTENSION_BASES[0];
    let slot = Slot::parse(&json!({
        "resourceType": "Slot", "id": "20", "schedule": {"reference": "Schedule/10", "display": "S"}, "status": "busy",
        "start": "2026-10-05T10:00:00-04:00", "end": "2026-10-05T10:30:00-04:00", "comment": " bring a mask ",
        "extension": [
            {"url": format!("{base}/booking-deep-link"), "valueUrl": " https://x.org/a?b=c "},
            {"url": format!("{base}/booking-phone"), "valueString": "555"},
            {"url": format!("{base}/slot-capacity"), "valueInteger": 3},
            {"url": format!("{base}/patient-type"), "valueCoding": {"code": "newpt"}},
        ],
    }).to_string()).expect("readable");
    assert_eq!((slot.id.as_str(), &slot.schedule), ("20", &to(ResourceKind::Schedule, "10", Some("S"))));
    assert_eq!((slot.start.offset_seconds, slot.start.instant.to_string().as_str()), (-14_400, "2026-10-05T14:00:00Z"));
    assert_eq!(slot.booking_deep_link.as_deref(), Some("https://x.org/a?b=c"));
    assert_eq!(
        (slot.booking_phone.as_deref(), slot.capacity, slot.comment.as_deref()),
        (Some("555"), Some(3), Some("bring a mask"))
    );
    assert_eq!(slot.accepting_patients(), Some(AcceptingPatients::New));
}

#[test]
fn what_decode_rejects_is_refused_with_a_reason() {
    for (json, want) in
        [("{", "not JSON"), ("[]", "a list"), (r#"{"resourceType":"Slot","id":"1"}"#, "schedule is missing")]
    {
        let error = Slot::parse(json).expect_err(json).to_string();
        assert!(error.starts_with("Slot cannot be read: ") && error.contains(want), "{error}");
    }
    assert!(Resource::parse(ResourceKind::Device, "{}").is_err(), "nobody joins a Device");
    assert!(Resource::parse(ResourceKind::Location, "nothing").is_err());
}
