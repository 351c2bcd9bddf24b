//! What other places, the operator and the publisher's own words say of a link.

use openslots_model::{Place, PositionSource};

use super::super::{Contradiction, LinkRules, LinkSignal, PlaceSignals};
use super::{ONE, TWO, id, index, linked, place};
use crate::geography::find_zip;

const SITE: &str = "https://registry.pa.example/site=CV-31";

/// The same place at two publishers, by phone and address or by identifier and address; the names tell nothing.
fn nameless(phone: &str, identifiers: &str) -> Place {
    place(&["", "1200 Walnut Bottom Rd", "Carlisle", "PA", "17015", phone, identifiers, ""])
}

/// Another place of a publisher.
fn branch(phone: &str, identifiers: &str) -> Place {
    place(&["Cumberland Valley", "3 Alliance Dr", "Carlisle", "PA", "17013", phone, identifiers, ""])
}

fn pharmacy() -> Place {
    place(&["Sunrise Pharmacy", "812 E Broad St", "Richmond", "VA", "23219", "804-643-2275", "", "37.5398,-77.4317"])
}

fn tower() -> Place {
    place(&["Capital Towers Dental", "1 Main St", "Richmond", "VA", "23220", "", "", ""])
}

#[test]
fn what_one_publisher_gives_to_two_places_is_no_signal() {
    for (phone, identifiers, signal) in [("717-249-1311", "", LinkSignal::Phone), ("", SITE, LinkSignal::Identifier)] {
        for publisher in [ONE, TWO] {
            let mut index = index(
                LinkRules::default(),
                &[(ONE, nameless(phone, identifiers)), (TWO, nameless(phone, identifiers))],
            );
            assert_eq!(linked(&index, 0), [1], "{signal:?}");
            index.insert(id(2), publisher, PlaceSignals::of(&branch(phone, identifiers)));
            assert_eq!(linked(&index, 0), [0; 0], "{signal:?} of {publisher:?} twice");
            assert_eq!(linked(&index, 1), [0; 0], "{signal:?} of {publisher:?} twice");
            let verdict = index.verdict(id(0), id(1)).expect("two publishers");
            assert!(!verdict.signals.contains(signal), "{verdict:?}");
            assert!(index.remove(id(2)));
            assert_eq!(linked(&index, 0), [1], "{signal:?} of {publisher:?} once again");
        }
    }
}

#[test]
fn a_place_that_a_publisher_tells_twice_keeps_its_phone() {
    let phone = "717-249-1311";
    let twice = [(ONE, nameless(phone, "")), (TWO, nameless(phone, "")), (TWO, nameless(phone, ""))];
    assert_eq!(linked(&index(LinkRules::default(), &twice), 0), [1, 2]);
}

#[test]
fn a_replaced_place_is_compared_as_it_is_now() {
    let mut index = index(LinkRules::default(), &[(ONE, pharmacy()), (TWO, pharmacy())]);
    assert_eq!(linked(&index, 0), [1]);
    index.insert(id(1), TWO, PlaceSignals::of(&tower()));
    assert_eq!(linked(&index, 0), [0; 0]);
    index.insert(id(1), TWO, PlaceSignals::of(&pharmacy()));
    assert_eq!(linked(&index, 0), [1]);
    index.insert(id(1), ONE, PlaceSignals::of(&pharmacy()));
    assert_eq!(linked(&index, 0), [0; 0], "one publisher's places are not linked");
    assert_eq!(index.verdict(id(0), id(1)), None);
    assert!(index.remove(id(1)) && !index.remove(id(1)));
    assert_eq!((index.len(), index.is_empty()), (1, false));
}

#[test]
fn the_operator_knows_better() {
    let pair = (id(0), id(1));
    let turned = (id(1), id(0));
    let alike = [(ONE, pharmacy()), (TWO, pharmacy())];
    let unlike = [(ONE, pharmacy()), (TWO, tower())];
    for (same, different, places, want) in [
        (vec![], vec![], &alike, true),
        (vec![], vec![], &unlike, false),
        (vec![pair], vec![], &unlike, true),
        (vec![turned], vec![], &unlike, true),
        (vec![], vec![pair], &alike, false),
        (vec![], vec![turned], &alike, false),
        (vec![pair], vec![turned], &alike, false),
        (vec![pair, (id(0), id(9))], vec![(id(1), id(9))], &unlike, true),
    ] {
        let is_ruled = !same.is_empty();
        let index = index(LinkRules::new(same.clone(), different.clone()), places);
        assert_eq!(linked(&index, 0) == [1], want, "{same:?} {different:?}");
        assert_eq!(linked(&index, 1) == [0], want, "{same:?} {different:?}");
        let links = index.linked(id(0));
        assert!(links.iter().all(|link| link.signals.contains(LinkSignal::Operator) == is_ruled), "{links:?}");
        assert_eq!(index.emptied().len(), 0);
    }
}

#[test]
fn a_rule_links_places_without_signals() {
    let mut index = index(LinkRules::new([(id(0), id(1))], []), &[(ONE, pharmacy())]);
    assert_eq!(linked(&index, 0), [0; 0], "the other is not known");
    index.insert(id(1), TWO, None);
    assert_eq!(linked(&index, 0), [1]);
    assert_eq!(linked(&index, 1), [0]);
}

#[test]
fn a_position_made_from_a_zip_is_none() {
    let centroid = find_zip("23219").expect("a known ZIP").position;
    let other = |name: &str, move_to: fn(&mut Place)| {
        let mut place = place(&[name, "Shockoe Slip", "Richmond", "VA", "23219", "", "", "37.5398,-77.4317"]);
        move_to(&mut place);
        place
    };
    let given: fn(&mut Place) = |_| {};
    let derived: fn(&mut Place) = |place| place.position_source = Some(PositionSource::PostalCode);
    let missing: fn(&mut Place) = |place| (place.position, place.position_source) = (None, None);
    for (one, two, want) in
        [(given, given, true), (given, derived, false), (derived, derived, false), (given, missing, false)]
    {
        let places = [(ONE, other("Slip Pharmacy", one)), (TWO, other("Slip Pharmacy", two))];
        assert_eq!(linked(&index(LinkRules::default(), &places), 0) == [1], want);
    }
    // Given as its own, though it is the ZIP's.
    let at_centroid = || {
        let mut place = other("Slip Pharmacy", given);
        place.position = Some(centroid);
        place
    };
    assert_eq!(linked(&index(LinkRules::default(), &[(ONE, at_centroid()), (TWO, at_centroid())]), 0), [0; 0]);
    // Nor does it contradict an address.
    let mut there = pharmacy();
    there.position = Some(centroid);
    assert_eq!(linked(&index(LinkRules::default(), &[(ONE, pharmacy()), (TWO, there)]), 0), [1]);
}

#[test]
fn care_that_is_nowhere_is_not_linked() {
    let mut virtual_care = place(&["Teladora", "", "Austin", "TX", "78701", "512-555-3400", "", "30.2641,-97.7423"]);
    assert_eq!(PlaceSignals::of(&virtual_care), None);
    virtual_care.is_virtual = false;
    assert!(PlaceSignals::of(&virtual_care).is_some());
    // Care of both kinds is at its address.
    let mut both = pharmacy();
    both.is_virtual = true;
    assert_eq!(linked(&index(LinkRules::default(), &[(ONE, both), (TWO, pharmacy())]), 0), [1]);
    // One fact is not two.
    assert_eq!(PlaceSignals::of(&place(&["Teladora", "Online", "", "", "", "", "", ""])), None);
}

#[test]
fn contradictions_are_told() {
    let fields =
        ["Sunrise Pharmacy 4471", "812 E Broad St Ste 2", "Richmond", "VA", "23219", "", "", "37.5398,-77.4317"];
    for (field, changed, want) in [
        (0, "Sunrise Pharmacy 4472", Contradiction::Store),
        (0, "Sunrise Clinic", Contradiction::Department),
        (1, "814 E Broad St Ste 2", Contradiction::House),
        (1, "812 E Broad Ave Ste 2", Contradiction::Street),
        (1, "812 W Broad St Ste 2", Contradiction::Street),
        (1, "812 E Broad St Ste 3", Contradiction::Unit),
        (3, "NC", Contradiction::Region),
        (7, "37.5698,-77.4317", Contradiction::Distance),
    ] {
        let mut other = fields;
        other[field] = changed;
        let index = index(LinkRules::default(), &[(ONE, place(&fields)), (TWO, place(&other))]);
        let verdict = index.verdict(id(0), id(1)).expect("two publishers");
        assert_eq!((verdict.contradiction, verdict.is_same), (Some(want), false), "{changed}");
    }
}
