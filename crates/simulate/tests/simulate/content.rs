//! What sound publishers publish.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use openslots_model::{ResourceKind, SlotStatus};
use openslots_simulate::{SimulatedPublisher, Simulation, SimulationPlan};
use serde_json::Value;

use crate::reader::{is_legal_id, json_lines, links_of, simulate, small_plan};

/// All resources of a publisher by type.
type Resources = BTreeMap<ResourceKind, Vec<Value>>;

/// Every style of publisher at once, and what each publishes.
static TWENTY_PUBLISHERS: LazyLock<(Simulation, Vec<Resources>)> = LazyLock::new(|| {
    let simulation = simulate(SimulationPlan { n_publishers: 20, n_locations: 26, n_slots: 6_000, ..small_plan() });
    let resources = simulation.publishers().iter().map(resources).collect();
    (simulation, resources)
});

fn resources(publisher: &SimulatedPublisher) -> Resources {
    let mut all = Resources::new();
    for file in publisher.files() {
        let lines = json_lines(publisher, &file.path);
        assert_eq!(lines.len() as u64, file.n_lines, "{}", file.path);
        match file.kind {
            Some(kind) => all.entry(kind).or_default().extend(lines),
            None => assert_eq!(lines[0]["resourceType"], "Endpoint"),
        }
    }
    all
}

fn references_of<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("reference").and_then(Value::as_str));
            members.values().for_each(|value| references_of(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references_of(value, found)),
        _ => {}
    }
}

#[test]
fn ids_are_legal_and_unique_and_every_reference_is_published() {
    let (simulation, resources) = &*TWENTY_PUBLISHERS;
    for (publisher, all) in simulation.publishers().iter().zip(resources) {
        let mut published = BTreeSet::new();
        for kind in ResourceKind::ALL {
            let lines = all.get(&kind).map_or(0, Vec::len) as u64;
            assert_eq!(lines, publisher.count(kind), "{kind} of {}", publisher.slug());
        }
        for (kind, lines) in all {
            for line in lines {
                assert_eq!(line["resourceType"], kind.as_str());
                let id = line["id"].as_str().expect("an id");
                assert!(is_legal_id(id), "{id}");
                assert!(published.insert(format!("{kind}/{id}")), "{kind}/{id} twice");
            }
        }
        let mut found = Vec::new();
        all.values().flatten().for_each(|line| references_of(line, &mut found));
        assert!(found.len() > 100);
        for reference in found {
            assert!(published.contains(reference), "{reference} of {}", publisher.slug());
        }
    }
}

#[test]
fn ids_of_half_the_publishers_collide() {
    let (_, resources) = &*TWENTY_PUBLISHERS;
    let n_zeros = resources.iter().filter(|all| all[&ResourceKind::Location][0]["id"] == "0").count();
    assert_eq!(n_zeros, 10);
}

#[test]
fn slots_lie_in_the_plan_and_in_the_states_of_their_file() {
    let (simulation, resources) = &*TWENTY_PUBLISHERS;
    let begin: Timestamp = "2026-10-05T00:00:00Z".parse().expect("an instant");
    // Fourteen days, the last one ending as late as in Hawaii.
    let end: Timestamp = "2026-10-19T10:00:00Z".parse().expect("an instant");
    let (mut n_free, mut n_slots, mut n_coarse) = (0, 0, 0);
    for (publisher, all) in simulation.publishers().iter().zip(resources) {
        let state_of_place = |location: &Value| location["address"]["state"].as_str().unwrap_or("").to_owned();
        let by_reference: BTreeMap<String, &Value> = all
            .values()
            .flatten()
            .map(|line| {
                (
                    format!(
                        "{}/{}",
                        line["resourceType"].as_str().expect("a type"),
                        line["id"].as_str().expect("an id")
                    ),
                    line,
                )
            })
            .collect();
        // A schedule's place, directly or through whoever gives the care.
        let state_of_schedule = |schedule: &str| {
            let mut references = Vec::new();
            references_of(&by_reference[schedule]["actor"], &mut references);
            let through: Vec<&str> = references.clone();
            through.iter().for_each(|actor| references_of(&by_reference[*actor]["location"], &mut references));
            let place = references.iter().find(|reference| reference.starts_with("Location/")).expect("a place");
            state_of_place(by_reference[*place])
        };
        for file in publisher.files().iter().filter(|file| file.kind == Some(ResourceKind::Slot)) {
            assert!(!file.states.is_empty(), "{}", file.path);
            for slot in json_lines(publisher, &file.path) {
                let instant = |name: &str| slot[name].as_str().and_then(|text| text.parse::<Timestamp>().ok());
                let (start, stop) = (instant("start").expect("a start"), instant("end").expect("an end"));
                assert!(begin <= start && start < stop && stop <= end, "{slot}");
                n_slots += 1;
                n_coarse += u32::from(stop.duration_since(start).as_hours() > 3);
                let status: SlotStatus = slot["status"].as_str().and_then(|text| text.parse().ok()).expect("a status");
                n_free += u32::from(status == SlotStatus::Free);
                let state = state_of_schedule(slot["schedule"]["reference"].as_str().expect("a schedule"));
                assert!(state.is_empty() || file.states.contains(&state.as_str()), "{state} in {}", file.path);
                for link in links_of(&slot) {
                    assert!(link.starts_with("https://") && link.contains(".example."), "{link}");
                }
            }
        }
    }
    assert_eq!(n_slots, 6_000);
    assert!((4_000..4_400).contains(&n_free), "{n_free} free");
    assert!((250..1_250).contains(&n_coarse), "{n_coarse} coarse");
}

#[test]
fn files_are_ordered_by_schedule_or_by_start() {
    let simulation = simulate(SimulationPlan { n_publishers: 6, n_slots: 6_000, ..small_plan() });
    let mut n_by_start = 0;
    for publisher in simulation.publishers() {
        let files = publisher.files();
        let longest = files.iter().filter(|file| file.kind == Some(ResourceKind::Slot)).max_by_key(|file| file.n_lines);
        let slots = json_lines(publisher, &longest.expect("a slot file").path);
        let start = |slot: &Value| slot["start"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        if slots.is_sorted_by_key(start) {
            n_by_start += 1;
        } else {
            let mut schedules: Vec<&Value> = slots.iter().map(|slot| &slot["schedule"]["reference"]).collect();
            let n_slots = schedules.len();
            schedules.dedup();
            let n_runs = schedules.len();
            let n_schedules = schedules.into_iter().map(Value::to_string).collect::<BTreeSet<_>>().len();
            assert_eq!(n_runs, n_schedules, "one run of {n_slots} lines for each schedule");
        }
    }
    assert_eq!(n_by_start, 2);
}

#[test]
fn publishers_show_what_real_ones_do() {
    let (_, resources) = &*TWENTY_PUBLISHERS;
    let of_kind = |kind| resources.iter().flat_map(move |all| &all[&kind]);
    let lines = resources.iter().flat_map(|all| all.values().flatten());
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let n = |needle: &str| text.matches(needle).count();
    for needle in [
        "StructureDefinition/licensed-states",
        "\"code\":\"vi\"",
        "\"appointmentRequired\":false",
        "\"position\"",
        "http://nucc.org/provider-taxonomy",
        "http://snomed.info/sct",
        "fhir-registry.smarthealthit.org/StructureDefinition/vaccine-product",
        "uv/smart-scheduling-links/StructureDefinition/vaccine-product",
        "uv/smart-scheduling-links/StructureDefinition/schedule-specialty",
        "fhir-registry.smarthealthit.org/StructureDefinition/specialty",
        "covid19-immunization",
        "booking-deep-link",
        "booking-phone",
        "slot-capacity",
        "patient-type",
        "languagesSpoken",
        "\"appointmentType\"",
        "#/book/",
        ".000Z\"",
        ":00:00-07:00\"",
        "\"gender\":\"female\"",
        "Device/",
    ] {
        assert!(n(needle) > 0, "{needle}");
    }
    let locations: Vec<&Value> = of_kind(ResourceKind::Location).collect();
    let n_virtual = locations.iter().filter(|location| location["physicalType"].is_object()).count();
    let n_placed = locations.iter().filter(|location| location["position"].is_object()).count();
    assert!(locations.iter().all(|location| location["address"].is_object() != location["physicalType"].is_object()));
    assert!(n_virtual >= 4, "{n_virtual}");
    assert!((250..450).contains(&n_placed), "{n_placed} of 520 have a position");

    let actors: Vec<Vec<String>> = of_kind(ResourceKind::Schedule)
        .map(|schedule| {
            let mut references = Vec::new();
            references_of(&schedule["actor"], &mut references);
            references.iter().map(|text| text.split('/').next().unwrap_or_default().to_owned()).collect()
        })
        .collect();
    for shape in [
        &["Location"][..],
        &["PractitionerRole"],
        &["PractitionerRole", "Location"],
        &["Location", "PractitionerRole"],
        &["PractitionerRole", "HealthcareService", "Location"],
        &["Location", "PractitionerRole", "HealthcareService"],
        &["HealthcareService", "Location"],
        &["Practitioner", "Location"],
        &["Device", "Location"],
    ] {
        assert!(actors.iter().any(|actor| actor == shape), "{shape:?}");
    }
}

#[test]
fn identifiers_have_right_check_digits() {
    let simulation = simulate(small_plan());
    let roles = &resources(&simulation.publishers()[0])[&ResourceKind::PractitionerRole];
    for role in roles {
        let npi = role["identifier"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["system"] == "http://hl7.org/fhir/sid/us-npi");
        let digits = format!("80840{}", npi.and_then(|npi| npi["value"].as_str()).expect("an NPI"));
        let luhn = digits.bytes().rev().enumerate().map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * (1 + place as u32 % 2);
            digit / 10 + digit % 10
        });
        assert_eq!(luhn.sum::<u32>() % 10, 0, "{digits}");
    }
}

#[test]
fn the_first_publisher_has_a_dermatologist_in_boston() {
    for seed in 0..5 {
        let simulation = simulate(SimulationPlan { seed, ..small_plan() });
        let all = resources(&simulation.publishers()[0]);
        assert_eq!(all[&ResourceKind::Location][0]["address"]["city"], "Boston");
        assert_eq!(all[&ResourceKind::PractitionerRole][0]["specialty"][0]["coding"][0]["code"], "394582007");
    }
}
