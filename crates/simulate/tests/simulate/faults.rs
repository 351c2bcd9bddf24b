//! Faults do what they say, and are counted right.

use std::collections::BTreeMap;

use openslots_model::IssueCode;
use openslots_simulate::{Effect, Error, Fault, HUGE_LINE_BYTES, Simulation, SimulationPlan, write_to_dir};
use serde_json::Value;

use crate::reader::{Seen, bytes_of, read_leniently, simulate, small_plan};

/// A world of one publisher of the `number`-th style with a fault.
fn with_fault(fault: Fault) -> Simulation {
    simulate(SimulationPlan { n_publishers: 1, n_slots: 2_000, faults: vec![fault], ..small_plan() })
}

/// Faults of answers that leave no file to read.
const FAULTS_OF_ANSWERS: [Fault; 4] = [Fault::NotFoundFile, Fault::ServerError, Fault::CutOffBody, Fault::RedirectLoop];

#[test]
fn names_are_read_as_they_are_written() {
    for fault in Fault::ALL {
        assert_eq!(fault.to_string().parse::<Fault>().ok(), Some(*fault));
        assert!(fault.description().ends_with('.'), "{fault}: {}", fault.description());
    }
    let unknown = "no-such-fault".parse::<Fault>().map_err(|error| error.to_string());
    assert!(unknown.is_err_and(|text| text.contains("`no-such-fault`") && text.contains("bad-line, ")));
    assert!(Fault::ALL.len() >= 40);
}

#[test]
fn a_reader_finds_exactly_what_was_injected() {
    for fault in Fault::ALL.iter().copied().filter(|fault| !FAULTS_OF_ANSWERS.contains(fault)) {
        // Different styles of publishers have different lines to spoil; of a huge one, one is enough.
        let n_styles = if fault == Fault::HugeLine { 1 } else { 8 };
        for n_publishers in 1..=n_styles {
            let faults = vec![Fault::Redirect; n_publishers as usize - 1].into_iter().chain([fault]).collect();
            let plan = SimulationPlan {
                n_publishers,
                n_locations: 6,
                n_slots: u64::from(n_publishers) * 120,
                faults,
                ..small_plan()
            };
            let simulation = simulate(plan);
            check(&simulation, n_publishers as usize - 1);
        }
    }
}

#[test]
fn all_faults_fit_into_one_world() {
    let plan = SimulationPlan { n_publishers: 12, n_slots: 12_000, faults: Fault::ALL.to_vec(), ..small_plan() };
    let simulation = simulate(plan);
    let injected: Vec<Fault> = simulation.injections().iter().map(|injection| injection.fault).collect();
    assert_eq!(injected, Fault::ALL);
    let mut places: Vec<_> = simulation
        .injections()
        .iter()
        .filter(|one| one.path.is_some())
        .map(|one| (&one.publisher, &one.path))
        .collect();
    let n_places = places.len();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), n_places, "a file has one fault at most");
    for publisher in 0..12 {
        check(&simulation, publisher);
    }
}

/// Compares what an independent reader sees in every file of a publisher with what is expected.
fn check(simulation: &Simulation, publisher: usize) {
    let expected = simulation.expected().remove(publisher);
    let publisher = &simulation.publishers()[publisher];
    for file in expected.files {
        let name = format!("{} at {}: {:?}", file.path, publisher.slug(), file.fault);
        if file.fault.is_some_and(|fault| FAULTS_OF_ANSWERS.contains(&fault)) {
            assert!(!file.is_readable, "{name}");
            continue;
        }
        let seen = read_leniently(file.kind, &bytes_of(publisher, &file.path));
        assert_eq!(seen.is_ok(), file.is_readable, "{name}");
        let failed = |code| Seen { issues: BTreeMap::from([(code, 1)]), ..Seen::default() };
        let want = Seen {
            n_accepted: file.n_accepted,
            n_rejected: file.n_rejected,
            n_held: file.n_held,
            issues: file.issues.iter().copied().collect(),
        };
        assert_eq!(seen.unwrap_or_else(failed), want, "{name}");
    }
}

#[test]
fn injections_say_how_many_lines_they_touch() {
    for fault in Fault::ALL.iter().copied() {
        let simulation = with_fault(fault);
        let [injection] = simulation.injections() else { panic!("one injection of {fault}") };
        let n_issues: u64 = simulation.expected()[0].files.iter().flat_map(|file| &file.issues).map(|(_, n)| n).sum();
        match fault.effect() {
            Effect::Repaired(_) | Effect::Rejected(_) => {
                assert!(injection.n_lines > 0 && n_issues == injection.n_lines, "{fault}: {injection:?} {n_issues}");
            }
            Effect::Harmless => assert_eq!(n_issues, 0, "{fault}"),
            Effect::Unreadable(_) | Effect::FileRemark(_) => {
                assert!(n_issues <= 1 && injection.n_lines == u64::from(fault == Fault::TruncatedLine), "{fault}");
            }
        }
    }
}

#[test]
fn harmless_faults_are_there_all_the_same() {
    let faulty_bytes = |fault| {
        let simulation = with_fault(fault);
        let path = simulation.injections()[0].path.clone().expect("a file");
        bytes_of(&simulation.publishers()[0], &path)
    };
    let has = |bytes: &[u8], needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    for (fault, needle) in [
        (Fault::Nulls, "\"comment\":null"),
        (Fault::DanglingReferences, "Schedule/never-published"),
        (Fault::DanglingActors, "PractitionerRole/never-published"),
        (Fault::Crlf, "}\r\n"),
        (Fault::BlankLines, "}\n\n  \n"),
        (Fault::HtmlPage, "<!DOCTYPE html>"),
    ] {
        assert!(has(&faulty_bytes(fault), needle), "{fault}");
    }
    assert!(faulty_bytes(Fault::EmptyFile).is_empty());
    assert!(faulty_bytes(Fault::NoFinalNewline).ends_with(b"}"));
    assert!(faulty_bytes(Fault::GzipWithoutHeader).starts_with(&[0x1f, 0x8b]));
    assert!(faulty_bytes(Fault::HugeLine).len() > HUGE_LINE_BYTES);
}

#[test]
fn manifests_have_their_faults() {
    let manifest = |fault, generation| {
        let simulation = with_fault(fault).at_generation(generation);
        let body = simulation.publishers()[0].manifest("http://127.0.0.1:9/one");
        serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null)
    };
    assert_eq!(manifest(Fault::Nulls, 0)["output"][0]["extension"]["state"][0], "MA");
    assert_eq!(manifest(Fault::StateAsString, 0)["output"][0]["extension"]["state"], "MA");
    assert_eq!(manifest(Fault::NullExtension, 0)["output"][0]["extension"], Value::Null);
    assert_eq!(manifest(Fault::RelativeUrls, 0)["output"][0]["url"], "locations.ndjson");
    assert_eq!(manifest(Fault::Nulls, 0)["transactionTime"], "2026-10-05T06:00:00.000Z");
    assert_eq!(manifest(Fault::Nulls, 2)["transactionTime"], "2026-10-05T06:10:00.000Z");
    assert_eq!(manifest(Fault::StaleTransactionTime, 0)["transactionTime"], "2026-03-19T06:00:00.000Z");
    assert_eq!(manifest(Fault::ManifestHtml, 0), Value::Null);
    let n_slot_files = |generation| {
        let manifest = manifest(Fault::VanishingSlots, generation);
        manifest["output"].as_array().map_or(0, |list| list.iter().filter(|output| output["type"] == "Slot").count())
    };
    assert!(n_slot_files(0) > 0);
    assert_eq!(n_slot_files(1), 0);
}

#[test]
fn unreadable_manifests_hide_all_files() {
    for fault in [Fault::ManifestHtml, Fault::ManifestUnavailable] {
        let expected = with_fault(fault).expected().remove(0);
        assert!(!expected.is_manifest_readable && expected.files.is_empty());
        assert_eq!(expected.manifest_issues, [(IssueCode::ManifestFailed, 1)]);
    }
    let expected = with_fault(Fault::StateAsString).expected().remove(0);
    assert_eq!(expected.manifest_issues, [(IssueCode::StateNotAList, 1)]);
    let skipping = simulate(SimulationPlan { n_publishers: 3, ..small_plan() }).expected().remove(2);
    assert_eq!(skipping.manifest_issues, [(IssueCode::SkippedType, 1)]);
    assert_eq!(skipping.skipped_types, [("Endpoint", 1)]);
}

#[test]
fn a_fault_without_room_is_refused() {
    let plan = SimulationPlan {
        n_publishers: 1,
        n_locations: 1,
        n_slots: 1,
        faults: vec![Fault::BadLine, Fault::Crlf],
        ..small_plan()
    };
    assert!(matches!(Simulation::new(plan), Err(Error::NoRoomForFault(Fault::Crlf))));
}

#[test]
fn a_file_that_is_not_found_is_not_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let simulation = with_fault(Fault::NotFoundFile);
    write_to_dir(&simulation, dir.path()).expect("a folder that can be written");
    let injection = &simulation.injections()[0];
    let path = dir.path().join(injection.publisher.as_str()).join(injection.path.as_ref().expect("a file"));
    assert!(!path.exists());
}
