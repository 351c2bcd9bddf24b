//! What is compared of a place.

use openslots_model::{Place, Position, PositionSource};

use super::identifier::{self, IdentifierSignal};
use super::name::Name;
use super::street::{self, Street};
use super::units::Units;
use super::{hash, phone};
use crate::geography::{find_zip, normalize_state, normalize_zip};
use crate::text::fold;

/// More phones or identifiers of one place are not looked at.
const MAX_FACTS: usize = 8;
/// Decimals of a degree that a position must have to name a house: the third is some 100 metres.
const PRECISE: f64 = 100.0;
/// A position as near as this to the centroid of the ZIP was made from the ZIP.
const CENTROID_MILES: f64 = 0.03;

/// A position that the publisher gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub(super) position: Position,
    /// Whether it can tell a house: it is not cut off after two decimals.
    pub(super) is_precise: bool,
}

/// The facts of a place by which it is compared with others, mostly as hashes: some 200 bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlaceSignals {
    pub(super) name: Name,
    pub(super) street: Option<Street>,
    pub(super) units: Units,
    /// Five digits, 0 if unknown.
    pub(super) zip: u32,
    /// Two letters, zeroes if unknown.
    pub(super) state: [u8; 2],
    /// The hash of the city, 0 if unknown.
    pub(super) city: u64,
    pub(super) spot: Option<Spot>,
    pub(super) phones: Box<[u64]>,
    pub(super) identifiers: Box<[IdentifierSignal]>,
}

impl PlaceSignals {
    /// The facts of a place. None for a place that cannot be linked: care that is nowhere, or less than two facts of
    /// different kinds.
    pub fn of(place: &Place) -> Option<Self> {
        let (street, units) = street::read(place);
        if place.is_virtual && street.is_none() {
            return None;
        }
        let zip = place.postal_code.as_deref().and_then(normalize_zip);
        let state = place.state.as_deref().and_then(normalize_state);
        let city = place.city.as_deref().map(fold_city).filter(|city| !city.is_empty());
        let signals = Self {
            name: Name::of(place),
            street,
            units,
            zip: zip.as_deref().and_then(|zip| zip.parse().ok()).unwrap_or_default(),
            state: state.and_then(|state| state.as_bytes().try_into().ok()).unwrap_or_default(),
            city: city.map(|city| hash(&city)).unwrap_or_default(),
            spot: spot(place, zip.as_deref()),
            phones: each_once(place.phones.iter().filter_map(|text| phone::read(text))),
            identifiers: each_once(place.identifiers.iter().filter_map(identifier::read)),
        };
        let is_somewhere = signals.street.is_some() || signals.spot.is_some();
        let n_kinds =
            [is_somewhere, !signals.name.is_empty(), !signals.phones.is_empty(), !signals.identifiers.is_empty()];
        (n_kinds.into_iter().filter(|is_there| *is_there).count() >= 2).then_some(signals)
    }

    /// The facts that must belong to one place to be signals.
    pub(super) fn facts(&self) -> impl Iterator<Item = u64> {
        let phones = self.phones.iter().map(|phone| phone_fact(*phone));
        phones.chain(self.identifiers.iter().map(|identifier| identifier.value))
    }

    /// Tells this place from the publisher's others: address, name and unit as one number.
    pub(super) fn whereabouts(&self) -> u64 {
        let cell = self.spot.map(|spot| (spot.position.latitude.to_bits(), spot.position.longitude.to_bits()));
        let street = self.street.as_ref().map(|street| (street.house, &street.name));
        let region = if self.zip == 0 { self.city } else { u64::from(self.zip) };
        hash(&(street, region, cell.filter(|_| street.is_none()), self.name.full_key(), self.units.key()))
    }
}

/// The fact of a phone.
pub(super) fn phone_fact(phone: u64) -> u64 {
    hash(&("phone", phone))
}

/// Cities as publishers write them for each other.
fn fold_city(city: &str) -> String {
    let folded = fold(city);
    let words: Vec<&str> = folded.split(' ').map(super::words::street_word).collect();
    words.concat()
}

fn spot(place: &Place, zip: Option<&str>) -> Option<Spot> {
    let position = place.position.filter(|_| place.position_source == Some(PositionSource::Published))?;
    let centroid = zip.and_then(find_zip).map(|zip| zip.position);
    if centroid.is_some_and(|centroid| centroid.distance_miles(position) < CENTROID_MILES) {
        return None;
    }
    let is_cut = |degrees: f64| (degrees * PRECISE - (degrees * PRECISE).round()).abs() < 1e-6;
    let is_precise = !is_cut(position.latitude) || !is_cut(position.longitude);
    Some(Spot { position, is_precise })
}

fn each_once<T: Ord>(facts: impl Iterator<Item = T>) -> Box<[T]> {
    let mut facts: Vec<T> = facts.take(MAX_FACTS).collect();
    facts.sort();
    facts.dedup();
    facts.into_boxed_slice()
}
