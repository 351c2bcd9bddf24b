//! What holds for all places.

use openslots_model::{Place, PublisherNumber};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{LinkIndex, LinkRules, PlaceSignals};
use super::{id, index, linked, place};

/// Ids of places in a run.
const N_PLACES: u8 = 12;

const NAMES: [&str; 9] = [
    "",
    "Alder Creek Clinic",
    "ALDER CREEK",
    "Alder Creek Pharmacy",
    "Walgreens #10482",
    "Walgreens",
    "Walgreens #10483",
    "Birchwood Pediatrics",
    "Birchwod Pediatrics",
];
const LINES: [&str; 9] = [
    "",
    "100 N Main St",
    "100 North Main Street|Suite 2",
    "100 Main St #3",
    "100 Maine Ave",
    "100-104 N Main St",
    "104 N Main St",
    "Lower Level",
    "PO Box 12",
];
const REGIONS: [[&str; 3]; 5] = [
    ["Burlington", "VT", "05401"],
    ["BURLINGTON", "Vermont", ""],
    ["Winooski", "VT", "05404"],
    ["", "", "05401-1234"],
    ["Burlington", "NC", "27215"],
];
const PHONES: [&str; 5] = ["", "802-862-4410", "(802) 862-4410", "802-862-4410 x2", "802-862-9917"];
const IDENTIFIERS: [&str; 5] = [
    "",
    "https://registry.example/site=1",
    "https://registry.example/site=2",
    "https://other.example/id=1",
    "http://hl7.org/fhir/sid/us-npi=1457398213",
];
/// Around the border of a cell, and farther off.
const POSITIONS: [&str; 7] = [
    "",
    "44.47599,-73.21201",
    "44.47601,-73.21199",
    "44.47677,-73.21201",
    "44.47801,-73.21201",
    "44.47,-73.21",
    "44.51601,-73.21201",
];

fn any_place() -> impl Strategy<Value = Place> {
    let parts =
        (select(&NAMES), select(&LINES), select(&REGIONS), select(&PHONES), select(&IDENTIFIERS), select(&POSITIONS));
    parts.prop_map(|(name, lines, [city, state, zip], phone, identifiers, position)| {
        place(&[name, lines, city, state, zip, phone, identifiers, position])
    })
}

fn any_publisher() -> impl Strategy<Value = PublisherNumber> {
    (1..4u32).prop_map(PublisherNumber)
}

/// An insert, or without a place a removal.
type Step = (u8, PublisherNumber, Option<Place>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec((0..N_PLACES, any_publisher(), of(any_place())), 0..40)
}

fn rules() -> impl Strategy<Value = LinkRules> {
    let pairs = || vec((0..N_PLACES, 0..N_PLACES).prop_map(|(a, b)| (id(a), id(b))), 0..3);
    (pairs(), pairs()).prop_map(|(same, different)| LinkRules::new(same, different))
}

fn after(rules: LinkRules, steps: &[Step]) -> LinkIndex {
    let mut index = LinkIndex::new(rules);
    for (number, publisher, place) in steps {
        match place {
            Some(place) => index.insert(id(*number), *publisher, PlaceSignals::of(place)),
            None => {
                index.remove(id(*number));
            }
        }
    }
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_link_leads_both_ways(a in any_place(), b in any_place()) {
        let index = index(LinkRules::default(), &[(PublisherNumber(1), a), (PublisherNumber(2), b)]);
        prop_assert_eq!(index.verdict(id(0), id(1)), index.verdict(id(1), id(0)));
        prop_assert_eq!(linked(&index, 0).len(), linked(&index, 1).len());
    }

    #[test]
    fn the_index_finds_what_comparing_all_finds(rules in rules(), steps in steps()) {
        let index = after(rules, &steps);
        for number in 0..N_PLACES {
            let is_same = |other: &u8| index.verdict(id(number), id(*other)).is_some_and(|verdict| verdict.is_same);
            let want: Vec<u8> = (0..N_PLACES).filter(is_same).collect();
            prop_assert_eq!(linked(&index, number), want);
        }
    }

    #[test]
    fn what_was_there_before_leaves_no_trace(rules in rules(), steps in steps()) {
        let index = after(rules.clone(), &steps);
        // The last step of each place alone.
        let is_last = |(at, step): &(usize, &Step)| !steps[at + 1..].iter().any(|later| later.0 == step.0);
        let last: Vec<Step> = steps.iter().enumerate().filter(is_last).map(|(_, step)| step.clone()).collect();
        let fresh = after(rules, &last);
        prop_assert_eq!(index.len(), fresh.len());
        for number in 0..N_PLACES {
            prop_assert_eq!(index.linked(id(number)), fresh.linked(id(number)));
        }
    }
}
