//! Who and where, as slots and provider locations both show it.

use openslots_model::{Coding, Identifier, Place, PublicId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use crate::parameters::NearPoint;

/// A place.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's `location`")]
pub struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::PublicId)]
    pub id: Option<PublicId>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<shapes::Identifier>)]
    pub identifier: &'a [Identifier],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub phone: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub website: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub address_line: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_type: Option<PhysicalType<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// `published`, or `postal-code` for a centroid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::PositionSource)]
    pub position_source: Option<&'static str>,
    /// States that virtual care is licensed for.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub licensed_states: &'a [String],
}

/// The physical type of a place.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[allow(missing_docs, reason = "a coding")]
pub struct PhysicalType<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<&'a str>,
    pub code: &'a str,
}

/// A point in degrees.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[allow(missing_docs, reason = "WGS 84 degrees")]
pub struct Position {
    pub latitude: f64,
    pub longitude: f64,
}

impl<'a> From<&'a Place> for Location<'a> {
    fn from(place: &'a Place) -> Self {
        Self {
            id: place.id,
            identifier: &place.identifiers,
            name: place.name.as_deref(),
            phone: &place.phones,
            website: &place.websites,
            address_line: &place.address_lines,
            city: place.city.as_deref(),
            district: place.district.as_deref(),
            state: place.state.as_deref(),
            postal_code: place.postal_code.as_deref(),
            physical_type: place
                .physical_type
                .as_ref()
                .map(|physical| PhysicalType { system: physical.system.as_deref(), code: &physical.code }),
            description: place.description.as_deref(),
            position: place
                .position
                .map(|position| Position { latitude: position.latitude, longitude: position.longitude }),
            position_source: place.position_source.map(openslots_model::PositionSource::as_str),
            licensed_states: &place.licensed_states,
        }
    }
}

/// Who gives care.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's `provider`")]
pub struct Provider<'a> {
    #[schema(value_type = shapes::PublicId)]
    pub id: PublicId,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<shapes::Identifier>)]
    pub identifier: &'a [Identifier],
    /// The first National Provider Identifier among the identifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npi: Option<&'a str>,
    /// `practitioner`, `practitioner-role` or `healthcare-service`.
    #[serde(rename = "type")]
    #[schema(value_type = shapes::ProviderKind)]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// What people read of the first specialty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<shapes::Coding>)]
    pub specialties: &'a [Coding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub languages: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub networks: &'a [String],
    /// Name of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub phone: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
}

impl<'a> From<&'a openslots_model::Provider> for Provider<'a> {
    fn from(provider: &'a openslots_model::Provider) -> Self {
        Self {
            id: provider.id,
            identifier: &provider.identifiers,
            npi: provider.npis().next(),
            kind: provider.kind.as_str(),
            name: provider.name.as_deref(),
            specialty: provider.specialties.first().and_then(text_of),
            specialties: &provider.specialties,
            languages: &provider.languages,
            gender: provider.gender.as_deref(),
            networks: &provider.networks,
            organization: provider.organization.as_deref(),
            phone: &provider.phones,
            description: provider.description.as_deref(),
        }
    }
}

/// What people read of a coding: its display, else its code.
pub(super) fn text_of(coding: &Coding) -> Option<&str> {
    coding.display.as_deref().or(coding.code.as_deref())
}

/// What distances are measured from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NearNote {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The largest distance, in miles.
    pub radius_miles: f64,
    /// What was named: `point`, `postal-code` or `city`.
    #[schema(value_type = shapes::NearSource)]
    pub source: &'static str,
}

/// Degrees to five places: about a metre.
fn to_metre(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

impl From<NearPoint> for NearNote {
    fn from(point: NearPoint) -> Self {
        Self {
            latitude: to_metre(point.near.position.latitude),
            longitude: to_metre(point.near.position.longitude),
            radius_miles: point.near.radius_miles,
            source: point.source.as_str(),
        }
    }
}
