//! All places, and the pairs among them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use openslots_model::{Position, PublicId, PublisherNumber};
use rustc_hash::FxHashMap;

use super::compare::compare_among;
use super::signals::{PlaceSignals, phone_fact};
use super::verdict::{LinkSignal, LinkSignals, Verdict};
use super::{LinkRules, hash};

/// A key that more places share leads to none: it would make one look-up as dear as reading all places.
const MAX_BLOCK: usize = 64;
/// Cells of a degree: no side is shorter than the distance at which two positions are one, as far north as 72 degrees.
const CELL_LATITUDE: f64 = 0.002;
const CELL_LONGITUDE: f64 = 0.004;

/// A place of another publisher that is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The other place.
    pub place: PublicId,
    /// Its publisher.
    pub publisher: PublisherNumber,
    /// What agrees.
    pub signals: LinkSignals,
}

#[derive(Debug, Clone)]
struct Known {
    publisher: PublisherNumber,
    signals: Option<Arc<PlaceSignals>>,
}

/// The signals of all known places, and the ways from one to those that may be the same.
///
/// A link is symmetrical and between different publishers; it is not transitive. Whether a phone or identifier is a
/// signal depends on what else its publisher gives it to, so a place that comes or goes may change links of others.
/// A copy is flat: it shares the signals themselves.
#[derive(Debug, Clone, Default)]
pub struct LinkIndex {
    rules: Arc<LinkRules>,
    places: FxHashMap<PublicId, Known>,
    /// Keys that two places must share to be compared, with those that have them.
    blocks: BTreeSet<(u64, PublicId)>,
    /// By publisher, phone or identifier, and whereabouts: how many places.
    givers: BTreeMap<(PublisherNumber, u64, u64), u32>,
}

impl LinkIndex {
    /// An index without places.
    pub fn new(rules: LinkRules) -> Self {
        Self { rules: Arc::new(rules), ..Self::default() }
    }

    /// An index without places under the same rules.
    pub fn emptied(&self) -> Self {
        Self { rules: Arc::clone(&self.rules), ..Self::default() }
    }

    /// How many places are known.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no place is known.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds a place, or replaces what was known of it. A place without signals is linked by rule only.
    pub fn insert(&mut self, place: PublicId, publisher: PublisherNumber, signals: Option<PlaceSignals>) {
        // Nothing new: several providers at one place tell it several times.
        let is_known = |known: &Known| known.publisher == publisher && known.signals.as_deref() == signals.as_ref();
        if self.places.get(&place).is_some_and(is_known) {
            return;
        }
        self.remove(place);
        if let Some(signals) = &signals {
            self.blocks.extend(keys(signals).into_iter().map(|key| (key, place)));
            for fact in signals.facts() {
                *self.givers.entry((publisher, fact, signals.whereabouts())).or_default() += 1;
            }
        }
        self.places.insert(place, Known { publisher, signals: signals.map(Arc::new) });
    }

    /// Forgets a place; says whether it was known.
    pub fn remove(&mut self, place: PublicId) -> bool {
        let Some(Known { publisher, signals }) = self.places.remove(&place) else { return false };
        for signals in signals.iter() {
            for key in keys(signals) {
                self.blocks.remove(&(key, place));
            }
            for fact in signals.facts() {
                let giver = (publisher, fact, signals.whereabouts());
                if let Some(count) = self.givers.get_mut(&giver) {
                    *count -= 1;
                    if *count == 0 {
                        self.givers.remove(&giver);
                    }
                }
            }
        }
        true
    }

    /// The places of other publishers that are the same as a place, ordered by id; none if it is not known.
    pub fn linked(&self, place: PublicId) -> Vec<Link> {
        let mut links: BTreeMap<PublicId, Link> = BTreeMap::new();
        for other in self.candidates(place).into_iter().chain(self.rules.linked(place)) {
            let verdict = self.verdict(place, other).filter(|verdict| verdict.is_same);
            if let (Some(verdict), Some(known)) = (verdict, self.places.get(&other)) {
                links.insert(other, Link { place: other, publisher: known.publisher, signals: verdict.signals });
            }
        }
        links.into_values().collect()
    }

    /// What is found of two places, among all others and by the operator's rules; None if one is not known or both are
    /// one publisher's.
    pub fn verdict(&self, place: PublicId, other: PublicId) -> Option<Verdict> {
        let (a, b) = (self.places.get(&place)?, self.places.get(&other)?);
        if a.publisher == b.publisher {
            return None;
        }
        let is_shared = |fact| self.is_shared(a.publisher, fact) || self.is_shared(b.publisher, fact);
        let mut verdict = match (&a.signals, &b.signals) {
            (Some(one), Some(two)) => compare_among(one, two, is_shared),
            _ => Verdict { signals: LinkSignals::default(), contradiction: None, is_same: false },
        };
        if self.rules.forbids(place, other) {
            verdict.is_same = false;
        } else if self.rules.linked(place).any(|linked| linked == other) {
            verdict.is_same = true;
            verdict.signals = verdict.signals.with(LinkSignal::Operator, true);
        }
        Some(verdict)
    }

    /// Whether a publisher gives a phone or an identifier to several places: then it is its call centre's or its own.
    fn is_shared(&self, publisher: PublisherNumber, fact: u64) -> bool {
        self.givers.range((publisher, fact, 0)..=(publisher, fact, u64::MAX)).nth(1).is_some()
    }

    /// The places that share a key with a place.
    fn candidates(&self, place: PublicId) -> BTreeSet<PublicId> {
        let mut found = BTreeSet::new();
        let Some(Known { signals: Some(signals), .. }) = self.places.get(&place) else { return found };
        for key in plain_keys(signals) {
            found.extend(self.block(key).unwrap_or_default());
        }
        for (cell, fact) in cell_facts(signals) {
            // Both must be small, or the one would find the other and not the other way round.
            if self.block(cell.key(fact)).is_some() {
                for beside in cell.around() {
                    found.extend(self.block(beside.key(fact)).unwrap_or_default());
                }
            }
        }
        found.remove(&place);
        found
    }

    /// The places of a key, unless there are too many.
    fn block(&self, key: u64) -> Option<Vec<PublicId>> {
        let from = (key, PublicId::from_bytes([0; 10]));
        let to = (key, PublicId::from_bytes([u8::MAX; 10]));
        let places: Vec<PublicId> = self.blocks.range(from..=to).take(MAX_BLOCK + 1).map(|(_, place)| *place).collect();
        (places.len() <= MAX_BLOCK).then_some(places)
    }
}

/// All keys of a place.
fn keys(signals: &PlaceSignals) -> Vec<u64> {
    let mut keys = plain_keys(signals);
    keys.extend(cell_facts(signals).into_iter().map(|(cell, fact)| cell.key(fact)));
    keys
}

/// The keys that are the same for the same place. Two that may be linked share one of these or of [`cell_facts`].
fn plain_keys(signals: &PlaceSignals) -> Vec<u64> {
    let mut keys: Vec<u64> = signals.phones.iter().map(|phone| phone_fact(*phone)).collect();
    keys.extend(signals.identifiers.iter().filter(|one| one.is_of_place).map(|identifier| identifier.value));
    for house in signals.street.iter().flat_map(|street| [street.house, street.house_first]) {
        for region in [u64::from(signals.zip), signals.city].into_iter().filter(|region| *region != 0) {
            keys.push(hash(&("house", house, region)));
            // Where a campus has too many places, those of one name are still found.
            keys.push(hash(&("named house", house, region, signals.name.key())));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What is looked for around a position: the name, and the house where ZIPs differ.
fn cell_facts(signals: &PlaceSignals) -> Vec<(Cell, u64)> {
    let Some(spot) = signals.spot.filter(|spot| spot.is_precise) else { return Vec::new() };
    let cell = Cell::of(spot.position);
    let name = (signals.name.key() != 0).then(|| hash(&("name", signals.name.key())));
    let mut houses: Vec<u64> = signals
        .street
        .iter()
        .flat_map(|street| [street.house, street.house_first])
        .map(|house| hash(&("at", house)))
        .collect();
    houses.dedup();
    name.into_iter().chain(houses).map(|fact| (cell, fact)).collect()
}

/// A small square of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    row: i32,
    column: i32,
}

impl Cell {
    /// The cell of a position.
    pub(super) fn of(position: Position) -> Self {
        let number = |degrees: f64, side: f64| (degrees / side).floor() as i32;
        Self { row: number(position.latitude, CELL_LATITUDE), column: number(position.longitude, CELL_LONGITUDE) }
    }

    /// Whether it is the same cell or one that touches it.
    pub(super) fn is_beside(self, other: Self) -> bool {
        (self.row - other.row).abs() <= 1 && (self.column - other.column).abs() <= 1
    }

    /// The cell itself and the eight around it.
    fn around(self) -> impl Iterator<Item = Self> {
        let steps = (-1..=1).flat_map(|rows| (-1..=1).map(move |columns| (rows, columns)));
        steps.map(move |(rows, columns)| Self { row: self.row + rows, column: self.column + columns })
    }

    fn key(self, fact: u64) -> u64 {
        hash(&("cell", self.row, self.column, fact))
    }
}
