//! Schedules: what may be booked with a provider at a place.

use serde::{Deserialize, Serialize};

use crate::{Coding, PublicId, ResourceNumber};

/// What an aggregator says about a schedule it knows no slots of (extension `has-availability`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the codes of the extension")]
pub enum Availability {
    Some,
    None,
    Unknown,
}

impl Availability {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Some => "some",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// A schedule as search needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleSummary {
    /// Number of the schedule in the store.
    pub number: ResourceNumber,
    /// Published id.
    pub id: PublicId,
    /// Service types as published; a text without code is a coding with only a display.
    #[serde(default)]
    pub service_types: Vec<Coding>,
    /// Specialties: the schedule's own and those of its provider.
    #[serde(default)]
    pub specialties: Vec<Coding>,
    /// Vaccine products (CVX).
    #[serde(default)]
    pub vaccines: Vec<Coding>,
    /// Doses in the series.
    #[serde(default)]
    pub vaccine_doses: Vec<u32>,
    /// Whether one comes without an appointment, as its service says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_walk_in: bool,
    /// What the source itself says about availability.
    #[serde(default)]
    pub has_availability: Option<Availability>,
}
