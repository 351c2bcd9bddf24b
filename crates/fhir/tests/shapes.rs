//! Reads small publishers of both shapes the way a crawl does: manifest, then each file's lines, then the kept JSON again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use openslots_fhir::decode::{DecodedLine, LineContent, decode_line};
use openslots_fhir::lines::{Line, LineSplitter};
use openslots_fhir::manifest::Manifest;
use openslots_fhir::resource::{Resource, Slot};
use openslots_model::{BookingMethod, ResourceKind, ResourceRef};
use url::Url;

/// A line of a sample: its type, what was read of it, and its JSON.
type SampleLine = (ResourceKind, DecodedLine, String);

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// All lines of a sample.
fn read(name: &str) -> Vec<SampleLine> {
    let folder = fixture(name);
    let body = fs::read(folder.join("$bulk-publish")).expect("the sample has a manifest");
    let url = Url::parse("https://example.org/$bulk-publish").expect("a URL");
    let manifest = Manifest::parse(&body, &url).expect("the manifest is readable");
    assert_eq!(manifest.issues, vec![]);
    let mut lines = Vec::new();
    for output in &manifest.outputs {
        let file_name = output.url.path_segments().and_then(Iterator::last).expect("a file name");
        let bytes = fs::read(folder.join(file_name)).expect("the sample has the file");
        let mut visit = |number: u64, line: Line<'_>| {
            let Line::Text(line) = line else { panic!("{file_name}:{number} is too long") };
            let decoded =
                decode_line(output.kind, line).unwrap_or_else(|fault| panic!("{file_name}:{number}: {fault}"));
            let json = std::str::from_utf8(line).expect("an accepted line is UTF-8");
            lines.push((output.kind, decoded, json.to_owned()));
        };
        let mut splitter = LineSplitter::new(1 << 20);
        for chunk in bytes.chunks(1_000) {
            splitter.push(chunk, &mut visit);
        }
        assert!(splitter.is_mid_line(), "{file_name} ends without a line end");
        splitter.finish(&mut visit);
    }
    lines
}

fn counts(lines: &[SampleLine]) -> BTreeMap<ResourceKind, usize> {
    let mut counts = BTreeMap::new();
    for (kind, ..) in lines {
        *counts.entry(*kind).or_default() += 1;
    }
    counts
}

#[test]
fn every_line_of_the_samples_is_accepted_as_it_is() {
    use ResourceKind::{Device, Location, PractitionerRole, Schedule};
    for (name, want) in [
        ("shape-2021", vec![(Location, 2), (Schedule, 2), (ResourceKind::Slot, 10)]),
        (
            "shape-2026",
            vec![(Location, 2), (PractitionerRole, 1), (Device, 1), (Schedule, 3), (ResourceKind::Slot, 15)],
        ),
    ] {
        let lines = read(name);
        assert_eq!(counts(&lines), BTreeMap::from_iter(want), "{name}");
        for (_, decoded, json) in &lines {
            assert_eq!((&decoded.repairs, &decoded.repaired), (&vec![], &None), "{json}");
        }
    }
}

#[test]
fn slots_name_schedules_that_are_there() {
    for name in ["shape-2021", "shape-2026"] {
        let lines = read(name);
        let is_schedule =
            |id: &str| lines.iter().any(|(kind, line, _)| *kind == ResourceKind::Schedule && line.source_id == id);
        for (_, decoded, json) in &lines {
            if let LineContent::Slot(facts) = &decoded.content {
                assert!(is_schedule(&facts.schedule_source_id), "{json}");
                assert_eq!(facts.traits.booking, BookingMethod::Online);
                let slot = Slot::parse(json).expect("an accepted slot is readable");
                assert_eq!((&slot.id, &slot.traits), (&decoded.source_id, &*facts.traits));
                assert!(slot.booking_deep_link.is_some() && slot.booking_phone.is_some());
            }
        }
    }
}

#[test]
fn the_dermatologist_of_2026_is_found_by_following_references() {
    let lines = read("shape-2026");
    let find = |kind: ResourceKind, id: &str| {
        let (_, _, json) = lines.iter().find(|(other, line, _)| *other == kind && line.source_id == id).expect(id);
        Resource::parse(kind, json).expect("an accepted resource is readable")
    };
    let Resource::Schedule(schedule) = find(ResourceKind::Schedule, "20") else { panic!("a schedule") };
    assert_eq!(schedule.specialties[0].code.as_deref(), Some("394582007"));
    let targets: Vec<&ResourceRef> = schedule.actors.iter().filter_map(|actor| actor.reference.resource()).collect();
    let [who, place] = targets[..] else { panic!("a role at a place") };
    let Resource::PractitionerRole(role) = find(who.kind, &who.source_id) else { panic!("a role") };
    assert_eq!(role.identifiers.iter().filter(|identifier| identifier.is_npi()).count(), 1);
    let practitioner = role.practitioner.expect("a practitioner that was never published");
    assert_eq!(practitioner.display.as_deref(), Some("Dr. Ada Example"));
    let Resource::Location(location) = find(place.kind, &place.source_id) else { panic!("a location") };
    assert_eq!((location.city.as_deref(), location.postal_code.as_deref()), (Some("Boston"), Some("02114")));
    assert_eq!(location.position, None);
}

#[test]
fn vaccine_schedules_of_2021_name_product_and_dose() {
    let lines = read("shape-2021");
    for (kind, _, json) in lines.iter().filter(|(kind, ..)| *kind == ResourceKind::Schedule) {
        let Ok(Resource::Schedule(schedule)) = Resource::parse(*kind, json) else { panic!("{json}") };
        assert_eq!(schedule.vaccine_doses.len(), 1, "{json}");
        assert_eq!(schedule.vaccines[0].system.as_deref(), Some(openslots_fhir::systems::CVX), "{json}");
        assert_eq!(schedule.service_types.len(), 2, "{json}");
    }
}
