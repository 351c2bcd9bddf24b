//! What is known of a provider, a place and a schedule after the join.

use openslots_model::{Availability, Coding, Place, PositionSource, Provider, ProviderKind, ScheduleSummary};

use super::*;

fn only(world: &World, schedule: &str) -> JoinedSchedule {
    let mut joined = world.join(schedule);
    assert_eq!(joined.len(), 1, "{joined:?}");
    joined.remove(0)
}

fn displays(codings: &[Coding]) -> Vec<&str> {
    codings.iter().map(|coding| coding.display.as_deref().or(coding.code.as_deref()).unwrap_or("?")).collect()
}

/// The place of a Location with these elements.
fn place(elements: &str) -> Place {
    let world = World::of(&[&format!(r#"{{"resourceType":"Location","id":"l",{elements}}}"#)]);
    let schedule = r#"{"resourceType":"Schedule","id":"1","actor":[{"reference":"Location/l","display":"shown"}]}"#;
    only(&world, schedule).place.expect("a place")
}

const WORLD: [&str; 6] = [
    r#"{"resourceType":"Organization","id":"o","name":"Flynn Health"}"#,
    r#"{"resourceType":"Practitioner","id":"p","name":[{"prefix":["Dr."],"given":["Jane"],"family":"Roe"}],"gender":"female",
        "identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1073635355"},{"system":"https://flynn.example/staff","value":"null"}],
        "communication":[{"coding":[{"system":"urn:ietf:bcp:47","code":"en"}]},{"coding":[{"system":"urn:ietf:bcp:47","code":"es"}]}],
        "telecom":[{"system":"phone","value":"555-0002"}]}"#,
    r#"{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/p","display":"Roe"},
        "organization":{"reference":"Organization/o","display":"FH"},
        "identifier":[{"system":"https://flynn.example/roles","value":"ROLE-1"},{"system":"http://hl7.org/fhir/sid/us-npi","value":"1073635355"}],
        "specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"394582007","display":"Dermatology"}]}],
        "telecom":[{"system":"phone","value":"555-0001"}]}"#,
    r#"{"resourceType":"PractitionerRole","id":"bare","practitioner":{"display":"Dr. Bare"},"healthcareService":[{"reference":"HealthcareService/s"}]}"#,
    r#"{"resourceType":"HealthcareService","id":"s","name":"Skin clinic","comment":"Bring a list of your medicines.",
        "providedBy":{"reference":"Organization/gone","display":"Gone Org"},
        "type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"168","display":"Dermatology service"}]}],
        "specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"408480009","display":"Allergy"}]}],
        "communication":[{"coding":[{"code":"es"}]},{"coding":[{"code":"pt"}]}],"telecom":[{"system":"phone","value":"555-0003"}]}"#,
    r#"{"resourceType":"Location","id":"l","name":"Lynn"}"#,
];

fn with_actors(actors: &[&str]) -> String {
    let actors: Vec<String> = actors.iter().map(|actor| format!(r#"{{"reference":"{actor}"}}"#)).collect();
    format!(
        r#"{{"resourceType":"Schedule","id":"1","actor":[{}],
        "serviceType":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"124","display":"General Practice"}}]}}],
        "extension":[{{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/specialty","valueCoding":{{"system":"http://snomed.info/sct","code":"394802001","display":"General medicine"}}}}]}}"#,
        actors.join(",")
    )
}

#[test]
fn a_role_is_completed_by_its_person_and_organisation() {
    let side = only(&World::of(&WORLD), &with_actors(&["PractitionerRole/r", "Location/l"]));
    let provider = side.provider.expect("a provider");
    assert_eq!(provider.kind, ProviderKind::PractitionerRole);
    assert_eq!(provider.name.as_deref(), Some("Dr. Jane Roe"));
    assert_eq!(provider.gender.as_deref(), Some("female"));
    assert_eq!(provider.organization.as_deref(), Some("Flynn Health"));
    assert_eq!(provider.languages, ["en", "es"]);
    assert_eq!(provider.phones, ["555-0001", "555-0002"]);
    assert_eq!(provider.description, None);
    // The same NPI on role and person is one, and the text of a missing value is none.
    let values: Vec<_> = provider.identifiers.iter().map(|identifier| identifier.value.as_str()).collect();
    assert_eq!(values, ["ROLE-1", "1073635355"]);
    assert_eq!(provider.npis().collect::<Vec<_>>(), ["1073635355"]);
    assert_eq!(displays(&side.schedule.service_types), ["General Practice"]);
    assert_eq!(displays(&side.schedule.specialties), ["General medicine", "Dermatology"]);
}

#[test]
fn a_service_beside_a_role_adds_what_it_knows() {
    let side = only(&World::of(&WORLD), &with_actors(&["HealthcareService/s", "PractitionerRole/r", "Location/l"]));
    let provider = side.provider.expect("a provider");
    assert_eq!(provider.kind, ProviderKind::PractitionerRole);
    assert_eq!(provider.name.as_deref(), Some("Dr. Jane Roe"));
    assert_eq!(provider.organization.as_deref(), Some("Flynn Health"));
    assert_eq!(provider.languages, ["en", "es", "pt"]);
    assert_eq!(provider.phones, ["555-0001", "555-0002"]);
    assert_eq!(provider.description.as_deref(), Some("Bring a list of your medicines."));
    assert_eq!(displays(&provider.specialties), ["Dermatology", "Allergy"]);
    assert_eq!(displays(&side.schedule.service_types), ["General Practice", "Dermatology service"]);
    assert_eq!(displays(&side.schedule.specialties), ["General medicine", "Dermatology", "Allergy"]);
}

#[test]
fn a_role_without_specialty_has_that_of_its_services_but_not_their_types() {
    let side = only(&World::of(&WORLD), &with_actors(&["PractitionerRole/bare"]));
    let provider = side.provider.expect("a provider");
    assert_eq!(displays(&provider.specialties), ["Allergy"]);
    assert_eq!(provider.organization.as_deref(), Some("Gone Org"));
    assert_eq!(provider.description.as_deref(), Some("Bring a list of your medicines."));
    assert_eq!(provider.phones, [""; 0]);
    assert_eq!(displays(&side.schedule.service_types), ["General Practice"]);
}

#[test]
fn a_service_alone_is_the_provider() {
    let side = only(&World::of(&WORLD), &with_actors(&["HealthcareService/s", "Location/l"]));
    let provider = side.provider.expect("a provider");
    assert_eq!(provider.kind, ProviderKind::HealthcareService);
    assert_eq!(provider.name.as_deref(), Some("Skin clinic"));
    assert_eq!(provider.organization.as_deref(), Some("Gone Org"));
    assert_eq!(provider.description.as_deref(), Some("Bring a list of your medicines."));
    assert_eq!(provider.languages, ["es", "pt"]);
    assert_eq!(provider.phones, ["555-0003"]);
    assert_eq!(displays(&side.schedule.service_types), ["General Practice", "Dermatology service"]);
}

#[test]
fn a_person_beside_a_role_that_has_not_come_fills_in_the_person() {
    let side = only(&World::of(&WORLD), &with_actors(&["PractitionerRole/late", "Practitioner/p", "Location/l"]));
    let provider: Provider = side.provider.expect("a provider");
    assert_eq!(provider.kind, ProviderKind::PractitionerRole);
    assert_eq!(provider.name.as_deref(), Some("Dr. Jane Roe"));
    assert_eq!(provider.npis().collect::<Vec<_>>(), ["1073635355"]);
}

#[test]
fn a_vaccine_schedule_of_2021_keeps_products_and_doses() {
    let base = "http://fhir-registry.smarthealthit.org/StructureDefinition";
    let line = format!(
        r#"{{"resourceType":"Schedule","id":"10","actor":[{{"reference":"Location/l"}}],"extension":[
        {{"url":"{base}/vaccine-dose","valueInteger":1}},{{"url":"{base}/vaccine-dose","valueInteger":2}},
        {{"url":"{base}/has-availability","valueCode":"some"}},
        {{"url":"{base}/vaccine-product","valueCoding":{{"system":"http://hl7.org/fhir/sid/cvx","code":"207"}}}}]}}"#
    );
    let schedule: ScheduleSummary = only(&World::of(&WORLD), &line).schedule;
    assert_eq!(displays(&schedule.vaccines), ["207"]);
    assert_eq!(schedule.vaccine_doses, [1, 2]);
    assert_eq!(schedule.has_availability, Some(Availability::Some));
}

#[test]
fn a_place_is_put_into_the_forms_that_search_compares() {
    let address =
        |state: &str, zip: &str| format!(r#""address":{{"city":"Boston","state":"{state}","postalCode":"{zip}"}}"#);
    for (state, zip, want_state, want_zip, has_position) in [
        ("MA", "02114", "MA", "02114", true),
        ("massachusetts", "2114", "MA", "02114", true),
        (" ma", "02114-0001", "MA", "02114", true),
        ("Mass.", "02114", "Mass.", "02114", true),
        ("MA", "99999", "MA", "99999", false),
        ("MA", "BOSTON", "MA", "BOSTON", false),
        // One of the two is wrong, and nobody knows which.
        ("CA", "02114", "CA", "02114", false),
    ] {
        let place = place(&address(state, zip));
        assert_eq!((place.state.as_deref(), place.postal_code.as_deref()), (Some(want_state), Some(want_zip)));
        assert_eq!(place.position.is_some(), has_position, "{state} {zip}");
        assert_eq!(place.position_source, has_position.then_some(PositionSource::PostalCode), "{state} {zip}");
    }
    let boston = place(&address("MA", "02114"));
    assert_eq!(boston.time_zone.as_deref(), Some("America/New_York"));
    assert_eq!(boston.name.as_deref(), Some("shown"));
    assert!(!boston.is_virtual);
}

#[test]
fn a_published_position_wins_and_an_unusable_one_gives_way_to_the_zip() {
    let at = |latitude: &str, longitude: &str| {
        place(&format!(
            r#""address":{{"state":"MA","postalCode":"02114"}},"position":{{"latitude":{latitude},"longitude":{longitude},"altitude":3}}"#
        ))
    };
    let published = at("42.36145", "-71.06901");
    assert_eq!(published.position_source, Some(PositionSource::Published));
    assert_eq!(published.position.map(|at| at.latitude), Some(42.36145));
    for (latitude, longitude) in [("0", "0"), ("42", "-71"), ("123.4", "-71.1")] {
        let place = at(latitude, longitude);
        assert_eq!(place.position_source, Some(PositionSource::PostalCode), "{latitude}, {longitude}");
    }
}

#[test]
fn a_virtual_place_is_nowhere_unless_it_has_an_address() {
    let vi = r#""physicalType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/location-physical-type","code":"vi"}]}"#;
    let licensed = r#""extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/licensed-states","valueString":"new york"},
        {"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/licensed-states","valueString":"MA"},
        {"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states","valueString":"ma"}]"#;
    let nowhere = place(&format!(r#"{vi},{licensed},"address":{{"state":"MA","postalCode":"02114"}}"#));
    assert!(nowhere.is_virtual);
    assert_eq!(nowhere.licensed_states, ["MA", "NY"]);
    assert_eq!((nowhere.position, nowhere.position_source, nowhere.time_zone), (None, None, None));
    let somewhere = place(&format!(r#"{vi},"address":{{"line":["1 Main St"],"state":"MA","postalCode":"02114"}}"#));
    assert!(somewhere.is_virtual && somewhere.position.is_some());
    assert_eq!(somewhere.time_zone.as_deref(), Some("America/New_York"));
}

#[test]
fn identifiers_that_stand_for_a_missing_one_are_left_out_and_test_data_is_kept() {
    let place = place(
        r#""identifier":[{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"unknown VTrckS pin for 123"},
        {"system":"https://cdc.gov/vaccines/programs/vtrcks","value":""},{"value":"nil"},{"value":"NULL"},
        {"system":"https://flynn.example/stores","value":"99999"},{"system":"https://flynn.example/stores","value":"99999"}],
        "telecom":[{"system":"phone","value":"000-000-0000"}],"address":{"postalCode":"99999"}"#,
    );
    let values: Vec<_> = place.identifiers.iter().map(|identifier| identifier.value.as_str()).collect();
    assert_eq!(values, ["99999"]);
    assert_eq!(place.phones, ["000-000-0000"]);
    assert_eq!(place.position, None);
}

#[test]
fn networks_and_walk_ins_are_known_where_they_are_published() {
    let network = |reference: &str| {
        format!(
            r#"{{"url":"http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/network-reference","valueReference":{reference}}}"#
        )
    };
    let role = format!(
        r#"{{"resourceType":"PractitionerRole","id":"r","healthcareService":[{{"reference":"HealthcareService/s"}}],"extension":[
            {},{},{{"url":"http://example.org/other","valueReference":{{"display":"No network"}}}},
            {{"url":"http://example.org/broken","valueReference":7}}]}}"#,
        network(r#"{"reference":"Organization/n","display":"Net"}"#),
        network(r#"{"display":"Blue Shield"}"#),
    );
    let service = format!(
        r#"{{"resourceType":"HealthcareService","id":"s","appointmentRequired":false,"extension":[{}]}}"#,
        network(r#"{"reference":"Organization/n","display":"Net"}"#)
    );
    let mut world = World::of(&[&role, &service]);
    let schedule = with_actors(&["PractitionerRole/r"]);
    let side = only(&world, &schedule);
    assert_eq!(side.provider.expect("a provider").networks, ["Net", "Blue Shield"], "by their displays");
    assert!(side.schedule.is_walk_in);

    world.add(r#"{"resourceType":"Organization","id":"n","name":"Blue Cross PPO"}"#);
    assert_eq!(only(&world, &schedule).provider.expect("a provider").networks, ["Blue Cross PPO", "Blue Shield"]);
    let resource = &world.0[&read(&role).0];
    assert!(resource.references().iter().any(|target| target.source_id == "n"), "a late network is joined");

    world.add(r#"{"resourceType":"HealthcareService","id":"s","appointmentRequired":true}"#);
    assert!(!only(&world, &schedule).schedule.is_walk_in);
}
