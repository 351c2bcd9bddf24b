//! Any size, always the same bytes.

use std::io::{self, Write};

use jiff::civil::date;
use openslots_model::ResourceKind;
use openslots_simulate::{Error, Simulation, SimulationPlan, write_to_dir};
use xxhash_rust::xxh3::Xxh3;

use crate::reader::{simulate, small_plan};

struct Hasher(Xxh3);

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A hash over every byte that a world publishes.
fn hash_of(simulation: &Simulation) -> String {
    let mut hasher = Hasher(Xxh3::new());
    for publisher in simulation.publishers() {
        hasher.0.update(&publisher.manifest("https://publisher.example.org"));
        for file in publisher.files() {
            hasher.0.update(file.path.as_bytes());
            publisher.write_file(&file.path, &mut hasher).expect("a file that is there");
        }
    }
    format!("{:032x}", hasher.0.digest128())
}

/// Changes with the generator, and with the bundled tables of ZIP codes and specialties. If you meant to change them,
/// pin the new value; figures measured before are then no longer comparable.
#[test]
fn the_bytes_of_a_plan_are_pinned() {
    let plan = SimulationPlan { n_publishers: 3, n_locations: 4, n_days: 7, n_slots: 60, ..small_plan() };
    assert_eq!(hash_of(&simulate(plan)), "d76055f487c2500a818cdacc9a29e420");
}

#[test]
fn seed_date_and_generation_make_the_bytes() {
    let hash = |plan| hash_of(&simulate(plan));
    let first = hash(small_plan());
    assert_eq!(hash(small_plan()), first);
    assert_ne!(hash(SimulationPlan { seed: 8, ..small_plan() }), first);
    assert_ne!(hash(SimulationPlan { start_date: date(2026, 10, 6), ..small_plan() }), first);
    assert_ne!(hash(SimulationPlan { generation: 1, ..small_plan() }), first);
    assert_eq!(
        hash_of(&simulate(small_plan()).at_generation(1)),
        hash(SimulationPlan { generation: 1, ..small_plan() })
    );
}

#[test]
fn all_slots_are_there_at_any_size() {
    for (n_slots, n_publishers, n_locations, n_days) in [
        (0, 1, 1, 1),
        (1, 3, 2, 1),
        (10, 1, 5, 3),
        (10, 4, 25, 30),
        (1_000, 2, 1, 2),
        (1_003, 3, 7, 365),
        (1_000_000, 20, 250, 28),
        (20_000_000, 50, 1_000, 28),
    ] {
        let plan = SimulationPlan { n_publishers, n_locations, n_days, n_slots, ..small_plan() };
        let simulation = simulate(plan);
        let files: Vec<_> = simulation.publishers().iter().flat_map(|publisher| publisher.files()).collect();
        let slot_files = files.iter().filter(|file| file.kind == Some(ResourceKind::Slot));
        assert_eq!(slot_files.map(|file| file.n_lines).sum::<u64>(), n_slots);
        assert_eq!(simulation.count(ResourceKind::Slot), n_slots);
        assert!(files.iter().all(|file| file.n_lines > 0));
    }
}

#[test]
fn the_benchmark_has_the_shape_that_figures_were_measured_on() {
    let simulation = simulate(SimulationPlan::benchmark(1, date(2026, 11, 2), 1_000_000));
    assert_eq!(simulation.publishers().len(), 20);
    for (kind, want) in [
        (ResourceKind::Location, 5_000),
        (ResourceKind::PractitionerRole, 14_000),
        (ResourceKind::Schedule, 20_000),
        (ResourceKind::Slot, 1_000_000),
    ] {
        assert_eq!(simulation.count(kind), want, "{kind}");
    }
    let files = simulation.publishers().iter().flat_map(|publisher| publisher.files());
    let n_slot_files = files.filter(|file| file.kind == Some(ResourceKind::Slot)).count();
    assert!((900..1_050).contains(&n_slot_files), "{n_slot_files}");
}

#[test]
fn sizes_that_make_no_world_are_refused() {
    let at = |change: fn(&mut SimulationPlan)| {
        let mut plan = small_plan();
        change(&mut plan);
        Simulation::new(plan).map(drop).map_err(|error| error.to_string())
    };
    for (change, want) in [
        ((|plan| plan.n_publishers = 0) as fn(&mut SimulationPlan), "cannot simulate publishers 0: give 1 to 100000"),
        (|plan| plan.n_locations = 0, "cannot simulate locations a publisher 0: give 1 to 100000"),
        (|plan| plan.n_days = 0, "cannot simulate days 0: give 1 to 3660"),
        (|plan| plan.changed_per_mille = 1_001, "cannot simulate changed slots in a thousand 1001: give 0 to 1000"),
        (
            |plan| plan.start_date = date(9999, 12, 25),
            "cannot simulate 14 days from 9999-12-25: the calendar ends before",
        ),
    ] {
        assert_eq!(at(change), Err(want.to_owned()));
    }
    let unknown = simulate(small_plan()).publishers()[0].write_file("nothing.ndjson", &mut Vec::new());
    assert!(matches!(unknown, Err(Error::UnknownFile { .. })));
}

#[test]
fn folders_hold_manifest_and_files() {
    let dir = tempfile::tempdir().expect("a folder");
    let simulation = simulate(small_plan());
    write_to_dir(&simulation, dir.path()).expect("a folder that can be written");
    for publisher in simulation.publishers() {
        let folder = dir.path().join(publisher.slug().as_str());
        let manifest = std::fs::read(folder.join("$bulk-publish")).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        let outputs = manifest["output"].as_array().expect("outputs");
        assert_eq!(outputs.len(), publisher.files().len());
        for (output, file) in outputs.iter().zip(publisher.files()) {
            assert_eq!(output["type"], file.kind.map_or("Endpoint", ResourceKind::as_str));
            let name = output["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a URL");
            let bytes = std::fs::read(folder.join(name)).expect("a file");
            assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count() as u64, file.n_lines);
        }
    }
}
