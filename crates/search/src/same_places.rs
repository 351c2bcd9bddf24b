//! Places that several publishers have, and which provider locations are at them.

use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use openslots_directory::links::{LinkIndex, LinkRules, LinkSignals, PlaceSignals};
use openslots_directory::text::{fold, words};
use openslots_model::{Place, Provider, ProviderLocation, ProviderLocationNumber, PublicId, PublisherNumber};
use rustc_hash::{FxHashMap, FxHasher};

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
///
/// A copy for each snapshot would cost more than all else in an update, so there is one, which changes in place: links
/// are those of now, whichever snapshot asks. What a snapshot does not hold is left out of its answers.
#[derive(Default)]
pub(crate) struct SamePlaces(RwLock<Places>);

#[derive(Default)]
struct Places {
    links: LinkIndex,
    at: FxHashMap<PublicId, KnownPlace>,
    of: FxHashMap<ProviderLocationNumber, Placed>,
}

/// Where a provider location is, and who gives care there.
#[derive(Clone, Copy)]
struct Placed {
    place: PublicId,
    provider: ProviderMark,
}

/// A place that provider locations are at.
#[derive(Default)]
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
        Self(RwLock::new(Places { links: LinkIndex::new(rules), ..Places::default() }))
    }

    /// No places, under the same rules.
    pub(crate) fn emptied(&self) -> Self {
        Self(RwLock::new(Places { links: self.read().links.emptied(), ..Places::default() }))
    }

    /// Takes the place of a provider location in, and lets the one go that it was at before.
    pub(crate) fn put(&self, number: ProviderLocationNumber, provider_location: &ProviderLocation) {
        let place = provider_location.place.as_ref();
        let now = place.and_then(|place| Some((place.id?, place)));
        let mut places = self.write();
        let before = places.of.get(&number).map(|placed| placed.place);
        if before.is_some() && before != now.map(|(id, _)| id) {
            places.remove(number);
        }
        if let Some((id, place)) = now {
            let provider = ProviderMark::of(provider_location.provider.as_ref());
            places.of.insert(number, Placed { place: id, provider });
            places.put(number, id, place, provider_location.publisher_number);
        }
    }

    /// Lets the place of a provider location go.
    pub(crate) fn remove(&self, number: ProviderLocationNumber) {
        self.write().remove(number);
    }

    /// The places of other publishers that are the same as that of a provider location, by id.
    pub(crate) fn of(&self, number: ProviderLocationNumber) -> Vec<SamePlace> {
        let places = self.read();
        let Some(placed) = places.of.get(&number) else { return Vec::new() };
        let links = places.links.linked(placed.place).into_iter();
        links
            .map(|link| {
                let there = places.at.get(&link.place).map_or(&[][..], |known| &known.numbers);
                let is_same = |number: &&ProviderLocationNumber| {
                    places.of.get(number).is_some_and(|other| other.provider.is_same(placed.provider))
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

    fn read(&self) -> RwLockReadGuard<'_, Places> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Places> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn put(&mut self, number: ProviderLocationNumber, id: PublicId, place: &Place, publisher: PublisherNumber) {
        let content = content_of(place);
        let is_new = !self.at.contains_key(&id);
        let known = self.at.entry(id).or_default();
        if let Err(at) = known.numbers.binary_search(&number) {
            known.numbers.insert(at, number);
        }
        if is_new || known.content != content {
            known.content = content;
            self.links.insert(id, publisher, PlaceSignals::of(place));
        }
    }

    fn remove(&mut self, number: ProviderLocationNumber) {
        let Some(Placed { place, .. }) = self.of.remove(&number) else { return };
        let Some(known) = self.at.get_mut(&place) else { return };
        known.numbers.retain(|other| *other != number);
        if known.numbers.is_empty() {
            self.at.remove(&place);
            self.links.remove(place);
        }
    }
}
