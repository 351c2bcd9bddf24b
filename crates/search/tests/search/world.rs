//! The data of a test: what the store would hold, and the index over it.

use std::collections::BTreeMap;
use std::path::Path;

use openslots_model::{
    BookingMethod, ChangeSeq, Coding, IndexUpdate, Place, Position, Provider, ProviderKind, ProviderLocation,
    ProviderLocationKey, ProviderLocationNumber, PublicId, PublisherNumber, PublisherSlug, ResourceKind,
    ResourceNumber, ScheduleSummary, SlotRecord, SlotRow, SlotStatus, SlotTraits, TraitsNumber, UnixSeconds,
};
use openslots_search::SearchIndex;

pub(crate) const SNOMED: &str = "http://snomed.info/sct";
pub(crate) const NUCC: &str = "http://nucc.org/provider-taxonomy";
pub(crate) const SERVICE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/service-type";

/// What the store holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) seq: ChangeSeq,
    pub(crate) traits: BTreeMap<TraitsNumber, SlotTraits>,
    pub(crate) provider_locations: BTreeMap<ProviderLocationNumber, ProviderLocation>,
    pub(crate) slots: BTreeMap<SlotRow, SlotRecord>,
}

impl World {
    /// The index over all of it, every document written.
    pub(crate) fn index(&self, dir: &Path) -> SearchIndex {
        self.reopen(dir, |_| true)
    }

    /// The index over all of it; of the documents only those told are written, if the directory has others.
    pub(crate) fn reopen(&self, dir: &Path, rewrite: impl Fn(ProviderLocationNumber) -> bool) -> SearchIndex {
        let mut loader = SearchIndex::begin(dir).expect("an index");
        for (number, traits) in &self.traits {
            loader.add_traits(*number, traits.clone());
        }
        for (number, provider_location) in &self.provider_locations {
            loader.add_provider_location(*number, provider_location, rewrite(*number)).expect("added");
        }
        for slot in self.slots.values().rev() {
            loader.add_slot(*slot);
        }
        loader.finish(self.seq).expect("loaded")
    }

    /// Makes the change here that [`SearchIndex::apply`] makes there.
    pub(crate) fn apply(&mut self, update: &IndexUpdate) {
        self.seq = update.seq;
        self.traits.extend(update.traits.iter().cloned());
        for (number, provider_location) in &update.provider_locations {
            match provider_location {
                Some(provider_location) => {
                    self.provider_locations.insert(*number, provider_location.clone());
                }
                None => {
                    self.provider_locations.remove(number);
                }
            }
        }
        for (_, row) in &update.slots_removed {
            self.slots.remove(row);
        }
        self.slots.extend(update.slots_added.iter().map(|slot| (slot.row, *slot)));
    }

    pub(crate) fn add_traits(&mut self, traits: SlotTraits) -> TraitsNumber {
        let number = TraitsNumber(self.traits.len() as u32 + 1);
        self.traits.insert(number, traits);
        number
    }

    pub(crate) fn add_slot(&mut self, schedule: u32, start: i64, traits: TraitsNumber) -> SlotRow {
        let row = SlotRow(self.slots.last_key_value().map_or(64, |(row, _)| row.0 + 1));
        let slot = SlotRecord { row, schedule: ResourceNumber(schedule), start: UnixSeconds(start), traits };
        self.slots.insert(row, slot);
        row
    }

    /// Adds a provider location under the next number.
    pub(crate) fn add(&mut self, provider_location: ProviderLocation) -> ProviderLocationNumber {
        let number = self.provider_locations.last_key_value().map_or(1, |(number, _)| number.0 + 1);
        self.provider_locations.insert(ProviderLocationNumber(number), provider_location);
        ProviderLocationNumber(number)
    }
}

pub(crate) fn free() -> SlotTraits {
    SlotTraits {
        status: SlotStatus::Free,
        duration_seconds: 900,
        booking: BookingMethod::Online,
        is_full: false,
        appointment_types: vec![],
        accepting_patients: vec![],
        service_types: vec![],
        specialties: vec![],
        languages: vec![],
    }
}

pub(crate) fn code(system: &str, code: &str, display: &str) -> Coding {
    Coding { system: Some(system.into()), code: Some(code.into()), display: Some(display.into()) }
}

pub(crate) fn public_id(publisher: &PublisherSlug, kind: ResourceKind, number: u32) -> PublicId {
    PublicId::of(publisher, kind, &number.to_string())
}

/// A provider location of publisher 1 with one schedule, to be filled in by the test. Its key follows from the number.
pub(crate) fn provider_location(number: u32, schedules: &[u32]) -> ProviderLocation {
    let publisher: PublisherSlug = "flynn".parse().expect("a slug");
    let provider = public_id(&publisher, ResourceKind::PractitionerRole, number);
    let place = public_id(&publisher, ResourceKind::Location, number);
    let summary = |number: &u32| ScheduleSummary {
        number: ResourceNumber(*number),
        id: public_id(&publisher, ResourceKind::Schedule, *number),
        service_types: vec![],
        specialties: vec![],
        vaccines: vec![],
        vaccine_doses: vec![],
        is_walk_in: false,
        has_availability: None,
    };
    ProviderLocation {
        key: ProviderLocationKey(place),
        publisher: publisher.clone(),
        publisher_number: PublisherNumber(1),
        provider: Some(Provider {
            id: provider,
            kind: ProviderKind::PractitionerRole,
            name: None,
            identifiers: vec![],
            specialties: vec![],
            languages: vec![],
            gender: None,
            networks: vec![],
            organization: None,
            organization_npis: vec![],
            phones: vec![],
            description: None,
        }),
        place: Some(Place { id: Some(place), ..Place::default() }),
        schedules: schedules.iter().map(summary).collect(),
    }
}

/// Shorthand for changing the parts of a provider location that a test is about.
pub(crate) trait Edit: Sized {
    fn edit(self, change: impl FnOnce(&mut Self)) -> Self;
    fn named(self, name: &str) -> Self;
    fn at(self, city: &str, state: &str) -> Self;
    fn positioned(self, latitude: f64, longitude: f64) -> Self;
    fn specialised(self, specialty: Coding) -> Self;
}

impl Edit for ProviderLocation {
    fn edit(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn named(self, name: &str) -> Self {
        self.edit(|it| it.provider.as_mut().expect("a provider").name = Some(name.into()))
    }

    fn at(self, city: &str, state: &str) -> Self {
        self.edit(|it| {
            let place = it.place.as_mut().expect("a place");
            place.city = Some(city.into());
            place.state = Some(state.into());
        })
    }

    fn positioned(self, latitude: f64, longitude: f64) -> Self {
        let position = Position::new(latitude, longitude).expect("a position");
        self.edit(|it| it.place.as_mut().expect("a place").position = Some(position))
    }

    fn specialised(self, specialty: Coding) -> Self {
        self.edit(|it| it.provider.as_mut().expect("a provider").specialties.push(specialty))
    }
}
