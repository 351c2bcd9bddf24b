//! How often links between publishers are right, over invented pairs, written by hand and labelled by what is true of
//! them, not by what the code says.
//!
//! Rules were mended on `src/links/tests/same_places.tsv` and on `data/same_places.tsv`, so those say that what was
//! mended stays so. `data/same_places_unseen.tsv` was written by somebody who knew no rule, and no rule has been changed
//! for it: all of its 60 links are right. It is hard on purpose; 60 of its 159 same places are found, for a missed link
//! costs a line on a page and a wrong one sends a patient to another door.
//!
//! A pair is the rows of one number: `a` and `b` are the two places, `+a` and `+b` other places of their publishers.
//! Lines, phones and identifiers are parted by `;`; an identifier is `system=value`; a position that ends in ` zip` is
//! the centroid of a ZIP. Label and note (what makes the pair hard) stand with `a`.

use openslots_directory::links::{LinkIndex, LinkRules, PlaceSignals};
use openslots_model::{Identifier, Place, Position, PositionSource, PublicId, PublisherNumber};

/// A set of pairs, and the least share of links that are right, and of same places that are linked.
struct PairSet {
    rows: &'static str,
    n_pairs: usize,
    min_precision: f64,
    min_recall: f64,
}

const SETS: [PairSet; 2] = [
    PairSet { rows: include_str!("data/same_places.tsv"), n_pairs: 301, min_precision: 0.99, min_recall: 0.80 },
    PairSet { rows: include_str!("data/same_places_unseen.tsv"), n_pairs: 320, min_precision: 0.99, min_recall: 0.36 },
];

/// The systems that the table writes by a short name.
fn system(short: &str) -> Option<String> {
    let url = match short {
        "" => return None,
        "npi" => "http://hl7.org/fhir/sid/us-npi",
        "vtrcks" => "https://cdc.gov/vaccines/programs/vtrcks",
        "ein" => "urn:oid:2.16.840.1.113883.4.4",
        "ccn" => "urn:oid:2.16.840.1.113883.4.336",
        "store" => "https://stores.example.com/number",
        "facility" => "https://clinics.example.org/facility-directory",
        "state" => "https://health.example.gov/licence",
        _ => panic!("no system is called {short}"),
    };
    Some(url.to_owned())
}

struct Pair {
    number: u32,
    label: &'static str,
    note: &'static str,
    /// The side (`a`, `b`, or `+a`, `+b` for other places of its publisher) and the place.
    rows: Vec<(&'static str, Place)>,
}

fn list(cell: &str) -> Vec<String> {
    cell.split(';').filter(|part| !part.trim().is_empty()).map(str::to_owned).collect()
}

fn text(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

fn place(cells: &[&str]) -> Place {
    let [name, lines, city, state, zip, phones, identifiers, position] = cells else {
        panic!("eight cells: {cells:?}")
    };
    let (point, source) = match position.strip_suffix(" zip") {
        Some(point) => (point, PositionSource::PostalCode),
        None => (*position, PositionSource::Published),
    };
    let position = point.split_once(',').map(|(latitude, longitude)| {
        Position::new(latitude.parse().expect("a number"), longitude.parse().expect("a number")).expect("a position")
    });
    let identifier = |text: &String| {
        let (short, value) = text.split_once('=').expect("system=value");
        Identifier { system: system(short), value: value.to_owned() }
    };
    Place {
        name: text(name),
        address_lines: list(lines),
        city: text(city),
        state: text(state),
        postal_code: text(zip),
        phones: list(phones),
        identifiers: list(identifiers).iter().map(identifier).collect(),
        position,
        position_source: position.map(|_| source),
        ..Place::default()
    }
}

fn pairs(rows: &'static str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for row in rows.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [number, side, .., label, note] = cells[..] else { panic!("too few cells: {row}") };
        let number = number.parse().expect("a number");
        if pairs.last().is_none_or(|pair| pair.number != number) {
            pairs.push(Pair { number, label: "", note: "", rows: Vec::new() });
        }
        let pair = pairs.last_mut().expect("one was pushed");
        if side == "a" {
            (pair.label, pair.note) = (label, note);
        }
        pair.rows.push((side, place(&cells[2..10])));
    }
    pairs
}

/// Whether the places `a` and `b` are linked, from both sides.
fn are_linked(pair: &Pair) -> bool {
    let mut index = LinkIndex::new(LinkRules::default());
    let mut sides: [Option<PublicId>; 2] = [None; 2];
    for (at, (side, place)) in pair.rows.iter().enumerate() {
        let id = PublicId::from_bytes([at as u8; 10]);
        let is_b = side.ends_with('b');
        index.insert(id, PublisherNumber(1 + u32::from(is_b)), PlaceSignals::of(place));
        if !side.starts_with('+') {
            sides[usize::from(is_b)] = Some(id);
        }
    }
    let [Some(a), Some(b)] = sides else { panic!("pair {} has not two sides", pair.number) };
    let finds = |one, other| index.linked(one).iter().any(|link| link.place == other);
    assert_eq!(finds(a, b), finds(b, a), "pair {} is linked from one side only", pair.number);
    finds(a, b)
}

fn tell(title: &str, wrong: &[&Pair]) -> String {
    let line = |pair: &&Pair| {
        let places: Vec<String> = pair
            .rows
            .iter()
            .map(|(side, place)| format!("    {side}: {:?} {:?}", place.name, place.address_lines))
            .collect();
        format!("  {} {}\n{}\n", pair.number, pair.note, places.join("\n"))
    };
    format!("{title}:\n{}", wrong.iter().map(line).collect::<String>())
}

#[test]
fn links_are_right_and_most_are_found() {
    for set in SETS {
        check(&set);
    }
}

fn check(set: &PairSet) {
    let pairs = pairs(set.rows);
    let is_same = |pair: &&Pair| pair.label == "same";
    assert_eq!(pairs.len(), set.n_pairs);
    assert!(pairs.iter().all(|pair| matches!(pair.label, "same" | "different")));
    let (linked, apart): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| are_linked(pair));
    let (right, wrong): (Vec<&Pair>, Vec<&Pair>) = linked.into_iter().partition(is_same);
    let missed: Vec<&Pair> = apart.into_iter().filter(is_same).collect();
    let share = |part: usize, rest: usize| part as f64 / (part + rest) as f64;
    let (precision, recall) = (share(right.len(), wrong.len()), share(right.len(), missed.len()));
    let told = format!(
        "{} pairs, {} right, precision {precision:.3}, recall {recall:.3}\n{}{}",
        pairs.len(),
        right.len(),
        tell("linked, though different", &wrong),
        tell("not linked, though the same", &missed),
    );
    assert!(precision >= set.min_precision && recall >= set.min_recall, "{told}");
}
