//! From one generation to the next.

use openslots_model::ResourceKind;
use openslots_simulate::{SimulatedPublisher, SimulationPlan};

use crate::reader::{bytes_of, simulate, small_plan};

fn slot_lines(publisher: &SimulatedPublisher) -> Vec<String> {
    let files = publisher.files();
    let files = files.iter().filter(|file| file.kind == Some(ResourceKind::Slot));
    files
        .flat_map(|file| {
            String::from_utf8(bytes_of(publisher, &file.path))
                .expect("text")
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The line without its status.
fn without_status(line: &str) -> String {
    let (before, rest) = line.split_once("\"status\":\"").expect("a status");
    let (_, after) = rest.split_once('"').expect("an end");
    format!("{before}{after}")
}

#[test]
fn a_step_changes_its_share_of_statuses_and_nothing_else() {
    for (changed_per_mille, range) in [(0, 0..=0), (10, 150..=250), (100, 1_800..=2_200), (1_000, 20_000..=20_000)] {
        let plan = SimulationPlan { n_slots: 20_000, changed_per_mille, ..small_plan() };
        let first = simulate(plan);
        let second = first.at_generation(1);
        let mut n_changed = 0;
        for (before, after) in first.publishers().iter().zip(second.publishers()) {
            let (before_lines, after_lines) = (slot_lines(before), slot_lines(after));
            assert_eq!(before_lines.len(), after_lines.len());
            for (old, new) in before_lines.iter().zip(&after_lines) {
                assert_eq!(without_status(old), without_status(new));
                n_changed += u32::from(old != new);
            }
            for file in before.files().iter().filter(|file| file.kind != Some(ResourceKind::Slot)) {
                assert_eq!(bytes_of(before, &file.path), bytes_of(after, &file.path), "{}", file.path);
            }
        }
        assert!(range.contains(&n_changed), "{n_changed} of 20000 at {changed_per_mille} in a thousand");
    }
}

#[test]
fn a_flipped_slot_is_free_or_busy() {
    let first = simulate(SimulationPlan { changed_per_mille: 1_000, ..small_plan() });
    let second = first.at_generation(1);
    let count = |lines: &[String], status: &str| {
        lines.iter().filter(|line| line.contains(&format!("\"status\":\"{status}\""))).count()
    };
    let (before, after) = (slot_lines(&first.publishers()[0]), slot_lines(&second.publishers()[0]));
    assert_eq!(count(&after, "busy"), count(&before, "free"));
    assert_eq!(count(&after, "free"), before.len() - count(&before, "free"));
}
