//! The resources as they come over the wire: read leniently, only what is used, every shape that was seen.

use openslots_model::{
    AcceptingPatients, Availability, Coding, Identifier, OffsetInstant, PhysicalType, Position, ResourceKind,
    ResourceRef, SlotTraits,
};

use crate::reference::Reference;

mod convert;
mod read;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use read::{device_references, probe};

/// A reference with what people call its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What is named.
    pub reference: Reference,
    /// `Reference.display`.
    pub display: Option<String>,
}

/// A parsed resource (all but Slot and Device, which nobody joins).
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each variant holds the resource of its name")]
pub enum Resource {
    Location(Location),
    Practitioner(Practitioner),
    PractitionerRole(PractitionerRole),
    HealthcareService(HealthcareService),
    Organization(Organization),
    Schedule(Schedule),
}

/// A Location.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct Location {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub phones: Vec<String>,
    pub websites: Vec<String>,
    pub address_lines: Vec<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub district: Option<String>,
    /// Only a usable one: null island and whole degrees are left out.
    pub position: Option<Position>,
    pub identifiers: Vec<Identifier>,
    pub physical_type: Option<PhysicalType>,
    pub licensed_states: Vec<String>,
    pub managing_organization: Option<Actor>,
}

impl Location {
    /// Whether its number says that it is a test rather than a place (the store `99999` of a grocery chain's feed).
    pub fn is_of_test(&self) -> bool {
        convert::is_test_store(&self.id, &self.identifiers)
    }
}

/// A Practitioner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct Practitioner {
    pub id: String,
    /// For people: prefix, given and family names, or the text.
    pub name: Option<String>,
    pub identifiers: Vec<Identifier>,
    pub gender: Option<String>,
    pub languages: Vec<String>,
    pub phones: Vec<String>,
}

/// A PractitionerRole.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct PractitionerRole {
    pub id: String,
    pub is_active: Option<bool>,
    pub identifiers: Vec<Identifier>,
    pub practitioner: Option<Actor>,
    pub organization: Option<Actor>,
    pub codes: Vec<Coding>,
    pub specialties: Vec<Coding>,
    pub locations: Vec<Actor>,
    pub healthcare_services: Vec<Actor>,
    pub phones: Vec<String>,
    /// Insurance networks, as organisations.
    pub networks: Vec<Actor>,
    pub contained: Vec<Resource>,
}

/// A HealthcareService.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct HealthcareService {
    pub id: String,
    pub is_active: Option<bool>,
    pub name: Option<String>,
    pub comment: Option<String>,
    pub identifiers: Vec<Identifier>,
    pub provided_by: Option<Actor>,
    pub categories: Vec<Coding>,
    pub types: Vec<Coding>,
    pub specialties: Vec<Coding>,
    pub locations: Vec<Actor>,
    pub phones: Vec<String>,
    pub languages: Vec<String>,
    /// Insurance networks, as organisations.
    pub networks: Vec<Actor>,
    /// `false`: walk in.
    pub is_appointment_required: Option<bool>,
}

/// An Organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct Organization {
    pub id: String,
    pub name: Option<String>,
    pub identifiers: Vec<Identifier>,
}

/// A Schedule.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct Schedule {
    pub id: String,
    pub is_active: Option<bool>,
    pub actors: Vec<Actor>,
    pub service_types: Vec<Coding>,
    pub specialties: Vec<Coding>,
    pub vaccines: Vec<Coding>,
    pub vaccine_doses: Vec<u32>,
    pub has_availability: Option<Availability>,
    pub contained: Vec<Resource>,
}

/// A Slot, whole: what an answer shows.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the elements of the resource")]
pub struct Slot {
    pub id: String,
    pub schedule: Actor,
    pub start: OffsetInstant,
    pub end: OffsetInstant,
    /// Status, types, patients, languages.
    pub traits: SlotTraits,
    /// An http or https URL.
    pub booking_deep_link: Option<String>,
    pub booking_phone: Option<String>,
    /// As published.
    pub capacity: Option<i64>,
    pub comment: Option<String>,
    /// When an aggregator before us last knew it to be true (`lastSourceSync` of its `meta`).
    pub last_source_sync: Option<OffsetInstant>,
}

impl Slot {
    /// The patients it is for, the first one said.
    pub fn accepting_patients(&self) -> Option<AcceptingPatients> {
        self.traits.accepting_patients.first().copied()
    }
}

/// Why kept JSON cannot be read again.
#[derive(Debug, thiserror::Error)]
#[error("{kind} cannot be read: {detail}")]
pub struct ResourceError {
    /// The type that was expected.
    pub kind: ResourceKind,
    /// What is wrong.
    pub detail: String,
}

impl Resource {
    /// Reads a resource that [`crate::decode::decode_line`] has accepted.
    ///
    /// # Errors
    /// Of a type that nobody joins, and of JSON that `decode_line` would reject.
    pub fn parse(kind: ResourceKind, json: &str) -> Result<Self, ResourceError> {
        read::resource(kind, json)
    }

    /// What it refers to, as far as joins use it: each once, those of contained resources included.
    pub fn references(&self) -> Vec<ResourceRef> {
        read::references(self)
    }
}

impl Slot {
    /// Reads a slot that [`crate::decode::decode_line`] has accepted.
    ///
    /// # Errors
    /// Of JSON that `decode_line` would reject.
    pub fn parse(json: &str) -> Result<Self, ResourceError> {
        read::slot(json)
    }
}
