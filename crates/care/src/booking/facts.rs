//! What is known of a slot when somebody sets out to book it; an appointment is made of it though the slot may be gone.

use openslots_model::{Position, PublicId, UnixSeconds};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A resource of the public directory, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedReference {
    /// `Type/id`.
    pub reference: String,
    /// Its name, where it has one.
    pub display: Option<String>,
}

impl NamedReference {
    /// An element of type Reference.
    pub(crate) fn to_json(&self) -> Value {
        match &self.display {
            Some(display) => json!({ "reference": self.reference, "display": display }),
            None => json!({ "reference": self.reference }),
        }
    }
}

/// What is known of a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlotFacts {
    /// The slot.
    pub slot: PublicId,
    /// When it begins.
    pub start: UnixSeconds,
    /// When it ends.
    pub end: UnixSeconds,
    /// The booking deep link, as published.
    pub booking_deep_link: String,
    /// The place.
    pub location: Option<NamedReference>,
    /// Where the place is.
    pub position: Option<Position>,
    /// Who is visited: a Practitioner, PractitionerRole or HealthcareService.
    pub provider: Option<NamedReference>,
    /// For what: elements of type CodeableConcept.
    pub service_types: Vec<Value>,
}

impl SlotFacts {
    /// How long the slot is, in minutes, one at least.
    pub(crate) fn minutes(&self) -> i64 {
        ((self.end.0 - self.start.0) / 60).max(1)
    }
}
