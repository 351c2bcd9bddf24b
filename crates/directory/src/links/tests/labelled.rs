//! Pairs whose truth is known.
//!
//! The places are made up; cities and ZIPs are real. A label says what is true of the two, not what can be told from
//! what is published, so some of the same are missed.

use super::super::{LinkRules, Verdict};
use super::{ONE, TWO, id, index, linked, place};

const TABLE: &str = include_str!("same_places.tsv");
const N_SIDE_FIELDS: usize = 8;

struct Pair {
    line: &'static str,
    is_same: bool,
    is_linked: bool,
    verdict: Option<Verdict>,
}

fn pairs() -> Vec<Pair> {
    TABLE.lines().skip(1).map(judge).collect()
}

fn judge(line: &'static str) -> Pair {
    let fields: Vec<&str> = line.split('\t').collect();
    assert_eq!(fields.len(), 2 + 2 * N_SIDE_FIELDS, "{line}");
    let is_same = match fields[0] {
        "same" => true,
        "different" => false,
        label => panic!("{label} is no label: {line}"),
    };
    let (a, b) = fields[2..].split_at(N_SIDE_FIELDS);
    let index = index(LinkRules::default(), &[(ONE, place(a)), (TWO, place(b))]);
    let is_linked = linked(&index, 0) == [1];
    assert_eq!(is_linked, linked(&index, 1) == [0], "not symmetrical: {line}");
    Pair { line, is_same, is_linked, verdict: index.verdict(id(0), id(1)) }
}

fn listed<'a>(pairs: impl Iterator<Item = &'a Pair>) -> String {
    pairs.map(|pair| format!("{}\n  {:?}\n", pair.line, pair.verdict)).collect()
}

#[test]
fn pairs_are_many_and_of_both_kinds() {
    let pairs = pairs();
    let n_same = pairs.iter().filter(|pair| pair.is_same).count();
    assert!(pairs.len() >= 200, "{} pairs", pairs.len());
    assert!(n_same >= 90 && pairs.len() - n_same >= 90, "{n_same} of {} are the same", pairs.len());
}

#[test]
fn links_are_right_and_most_are_found() {
    let pairs = pairs();
    let count = |fits: fn(&Pair) -> bool| pairs.iter().filter(|pair| fits(pair)).count() as f64;
    let n_right = count(|pair| pair.is_same && pair.is_linked);
    let precision = n_right / count(|pair| pair.is_linked);
    let recall = n_right / count(|pair| pair.is_same);
    let wrong = listed(pairs.iter().filter(|pair| !pair.is_same && pair.is_linked));
    let missed = listed(pairs.iter().filter(|pair| pair.is_same && !pair.is_linked));
    let report = format!("precision {precision:.3}, recall {recall:.3}\nwrong:\n{wrong}missed:\n{missed}");
    assert!(precision >= 0.99 && recall >= 0.80, "{report}");
}
