//! The lines of the states are those of their source: the table is made here, and is the one that is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::harness::root;
use crate::npm::file;

/// Which states each arc of a topology bounds.
fn bounded<'a>(arcs: &Value, state: &'a str, by_arc: &mut BTreeMap<usize, BTreeSet<&'a str>>) {
    match arcs {
        Value::Array(members) => members.iter().for_each(|member| bounded(member, state, by_arc)),
        arc => {
            let arc = arc.as_i64().expect("the number of an arc");
            // One's complement where the arc is walked backwards.
            let arc = if arc < 0 { !arc } else { arc };
            by_arc.entry(arc as usize).or_default().insert(state);
        }
    }
}

/// A number in the Encoded Polyline Algorithm Format.
fn encode(value: i64, text: &mut String) {
    let mut rest = if value < 0 { !(value << 1) } else { value << 1 };
    while rest >= 0x20 {
        text.push(char::from((0x20 | (rest & 0x1f)) as u8 + 63));
        rest >>= 5;
    }
    text.push(char::from(rest as u8 + 63));
}

/// The table of a TopoJSON file: each line once, in thousandths of a degree.
fn table(topology: &Value) -> String {
    let mut states = BTreeMap::new();
    for state in topology["objects"]["states"]["geometries"].as_array().expect("states") {
        bounded(&state["arcs"], state["id"].as_str().expect("an id"), &mut states);
    }
    let of_axis = |name: &str, axis: usize| topology["transform"][name][axis].as_f64().expect("a number");
    let mut table = "kind\tline\n".to_owned();
    for (arc, states) in states {
        let (mut quantized, mut before, mut line) = ([0; 2], [0; 2], String::new());
        for point in topology["arcs"][arc].as_array().expect("points") {
            // Latitude first, as positions are told everywhere else.
            for axis in [1, 0] {
                quantized[axis] += point[axis].as_i64().expect("a number");
                let degrees = quantized[axis] as f64 * of_axis("scale", axis) + of_axis("translate", axis);
                let thousandths = (degrees * 1_000.0 + 0.5).floor() as i64;
                encode(thousandths - before[axis], &mut line);
                before[axis] = thousandths;
            }
        }
        let kind = if states.len() > 1 { "border" } else { "edge" };
        table.push_str(&format!("{kind}\t{line}\n"));
    }
    table
}

#[test]
fn the_table_is_made_of_its_source() {
    let topology = fs::read(file("us-atlas/states-10m.json")).expect("us-atlas");
    let made = table(&serde_json::from_slice(&topology).expect("JSON"));
    let kept = fs::read_to_string(root().join("crates/directory/data/us_state_lines.tsv")).expect("the table");
    assert!(kept.len() < 60_000, "{} bytes", kept.len());
    let first = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    assert!(made == kept, "they differ, first in line {first:?}");
}
