//! Tests of links between places.

mod context;
mod labelled;
mod properties;

use openslots_model::{Identifier, Place, Position, PositionSource, PublicId, PublisherNumber};

use super::{LinkIndex, LinkRules, PlaceSignals};

const ONE: PublisherNumber = PublisherNumber(1);
const TWO: PublisherNumber = PublisherNumber(2);

fn id(number: u8) -> PublicId {
    PublicId::from_bytes([number; 10])
}

fn text(field: &str) -> Option<String> {
    (!field.is_empty()).then(|| field.to_owned())
}

/// A place of `name | lines | city | state | ZIP | phone | identifiers | position`, as the table has them.
///
/// Lines are parted by `|`, identifiers by `;`. A place without lines is virtual.
fn place(fields: &[&str]) -> Place {
    let [name, lines, city, state, zip, phone, identifiers, position] = fields else {
        panic!("eight fields, not {fields:?}")
    };
    let each = |field: &str, mark: char| -> Vec<String> {
        field.split(mark).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let identifier = |text: String| {
        let (system, value) = text.rsplit_once('=').expect("a system and a value");
        Identifier { system: Some(system.to_owned()), value: value.to_owned() }
    };
    let position = position.split_once(',').map(|(latitude, longitude)| {
        let degrees = |text: &str| text.parse().expect("degrees");
        Position::published(degrees(latitude), degrees(longitude)).expect("a position")
    });
    Place {
        name: text(name),
        address_lines: each(lines, '|'),
        city: text(city),
        state: text(state),
        postal_code: text(zip),
        phones: each(phone, ';'),
        identifiers: each(identifiers, ';').into_iter().map(identifier).collect(),
        position,
        position_source: position.map(|_| PositionSource::Published),
        is_virtual: lines.is_empty(),
        ..Place::default()
    }
}

/// An index of these places; the first is of id 0.
fn index(rules: LinkRules, places: &[(PublisherNumber, Place)]) -> LinkIndex {
    let mut index = LinkIndex::new(rules);
    for (number, (publisher, place)) in (0..).zip(places) {
        index.insert(id(number), *publisher, PlaceSignals::of(place));
    }
    index
}

/// The numbers of the places that a place is linked with.
fn linked(index: &LinkIndex, number: u8) -> Vec<u8> {
    let number_of = |place| (0..=u8::MAX).find(|number| id(*number) == place).expect("a known id");
    index.linked(id(number)).into_iter().map(|link| number_of(link.place)).collect()
}
