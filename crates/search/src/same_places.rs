//! Places that several publishers have, and which provider locations are at them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use openslots_directory::links::{LinkIndex, LinkRules, LinkSignals, PlaceSignals};
use openslots_directory::text::{fold, words};
use openslots_model::{Place, Provider, ProviderLocation, ProviderLocationNumber, PublicId, PublisherNumber};
use rustc_hash::{FxHashMap, FxHasher};

use crate::state::{ProviderLocationEntry, State};

/// A place of another publisher that is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamePlace {
    /// Published id of its Location.
    pub place: PublicId,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// What agrees.
    pub signals: LinkSignals,
    /// The provider locations there that are the same provider, ascending.
    pub provider_locations: Vec<ProviderLocationNumber>,
}

/// Who gives care, as far as it tells the same person or service at two publishers; 0: not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ProviderMark {
    npi: u32,
    name: u32,
    is_somebody: bool,
}

/// What stands before and behind names and says nothing of who it is.
const TITLES: [&str; 18] = [
    "aprn", "crnp", "dds", "dmd", "do", "dpm", "dr", "fnp", "lcsw", "md", "miss", "mr", "mrs", "ms", "np", "pa", "phd",
    "rn",
];

impl ProviderMark {
    pub(crate) fn of(provider: Option<&Provider>) -> Self {
        let Some(provider) = provider else { return Self::default() };
        let name = provider.name.as_deref().map(fold).unwrap_or_default();
        let mut words = words(&name).filter(|word| word.len() > 1 && !TITLES.contains(word)).collect::<Vec<_>>();
        words.sort_unstable();
        let mark = |text: &str| if text.is_empty() { 0 } else { hash(text).max(1) };
        Self { npi: mark(provider.npis().next().unwrap_or_default()), name: mark(&words.join(" ")), is_somebody: true }
    }

    /// Whether both are the same provider: by their NPIs, else by name; or nobody is named by either.
    fn is_same(self, other: Self) -> bool {
        match (self.is_somebody, other.is_somebody) {
            (false, false) => true,
            (true, true) if self.npi != 0 && other.npi != 0 => self.npi == other.npi,
            (true, true) => self.name != 0 && self.name == other.name,
            _ => false,
        }
    }
}

fn hash(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    (hash ^ hash >> 32) as u32
}

/// All places with the provider locations at them, and the links among them.
#[derive(Clone, Default)]
pub(crate) struct SamePlaces {
    links: LinkIndex,
    at: FxHashMap<PublicId, KnownPlace>,
}

/// A place that provider locations are at.
#[derive(Clone, Default)]
struct KnownPlace {
    /// A hash of what is known of it: each of its provider locations tells it again.
    content: u64,
    /// Ascending.
    numbers: Vec<ProviderLocationNumber>,
}

/// A hash of what links are made of.
fn content_of(place: &Place) -> u64 {
    let mut hasher = FxHasher::default();
    (&place.name, &place.address_lines, &place.city, &place.state, &place.postal_code).hash(&mut hasher);
    (&place.phones, &place.identifiers, place.is_virtual).hash(&mut hasher);
    place.position.map(|at| (at.latitude.to_bits(), at.longitude.to_bits())).hash(&mut hasher);
    place.position_source.map(|source| source.as_str()).hash(&mut hasher);
    hasher.finish()
}

impl SamePlaces {
    pub(crate) fn new(rules: LinkRules) -> Self {
        Self { links: LinkIndex::new(rules), at: FxHashMap::default() }
    }

    /// No places, under the same rules.
    pub(crate) fn emptied(&self) -> Self {
        Self { links: self.links.emptied(), at: FxHashMap::default() }
    }

    fn put(&mut self, number: ProviderLocationNumber, place: PublicId, provider_location: &ProviderLocation) {
        let content = provider_location.place.as_ref().map_or(0, content_of);
        let is_new = !self.at.contains_key(&place);
        let known = self.at.entry(place).or_default();
        if let Err(at) = known.numbers.binary_search(&number) {
            known.numbers.insert(at, number);
        }
        if is_new || known.content != content {
            known.content = content;
            let signals = provider_location.place.as_ref().and_then(PlaceSignals::of);
            self.links.insert(place, provider_location.publisher_number, signals);
        }
    }

    fn remove(&mut self, number: ProviderLocationNumber, place: PublicId) {
        let Some(known) = self.at.get_mut(&place) else { return };
        known.numbers.retain(|other| *other != number);
        if known.numbers.is_empty() {
            self.at.remove(&place);
            self.links.remove(place);
        }
    }
}

impl State {
    /// Takes the place of a provider location in, and lets the one go that it was at before. Snapshots share the links;
    /// they are copied when the first place of an update comes.
    pub(crate) fn put_place(
        &mut self,
        number: ProviderLocationNumber,
        before: Option<PublicId>,
        provider_location: &ProviderLocation,
    ) {
        let now = provider_location.place.as_ref().and_then(|place| place.id);
        if now.is_none() && before.is_none() {
            return;
        }
        let same_places = Arc::make_mut(&mut self.same_places);
        if let Some(before) = before.filter(|before| Some(*before) != now) {
            same_places.remove(number, before);
        }
        if let Some(now) = now {
            same_places.put(number, now, provider_location);
        }
    }

    /// Lets the place of a provider location go.
    pub(crate) fn remove_place(&mut self, number: ProviderLocationNumber, place: Option<PublicId>) {
        if let Some(place) = place {
            Arc::make_mut(&mut self.same_places).remove(number, place);
        }
    }

    /// The places of other publishers that are the same as that of a provider location, by id.
    pub(crate) fn same_places(&self, entry: &ProviderLocationEntry) -> Vec<SamePlace> {
        let Some(place) = entry.place else { return Vec::new() };
        let links = self.same_places.links.linked(place).into_iter();
        links
            .map(|link| {
                let there = self.same_places.at.get(&link.place).map_or(&[][..], |known| &known.numbers);
                let is_same = |number: &&ProviderLocationNumber| {
                    self.provider_locations.get(number.0).is_some_and(|other| other.provider.is_same(entry.provider))
                };
                SamePlace {
                    place: link.place,
                    publisher: link.publisher,
                    signals: link.signals,
                    provider_locations: there.iter().filter(is_same).copied().collect(),
                }
            })
            .collect()
    }
}
