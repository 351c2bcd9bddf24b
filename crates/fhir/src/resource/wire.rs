//! The provider-side resources and Schedule as they are written.

use serde::Deserialize;
use serde_json::Value;

use crate::wire::{
    AddressWire, ConceptWire, Element, Extensions, Flag, HumanNameWire, IdentifierWire, Many, Number, One,
    ReferenceWire, TelecomWire, Text,
};

#[derive(Deserialize)]
pub(super) struct LocationWire<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) description: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) telecom: Many<TelecomWire<'a>>,
    /// R5: the contact points moved in here.
    #[serde(default, borrow)]
    pub(super) contact: Many<ContactWire<'a>>,
    #[serde(default, borrow)]
    pub(super) address: One<AddressWire<'a>>,
    #[serde(default)]
    pub(super) position: One<PositionWire>,
    #[serde(default, borrow)]
    pub(super) identifier: Many<IdentifierWire<'a>>,
    #[serde(default, rename = "physicalType", borrow)]
    pub(super) physical_type: Many<ConceptWire<'a>>,
    /// R5: the physical type.
    #[serde(default, borrow)]
    pub(super) form: Many<ConceptWire<'a>>,
    #[serde(default, rename = "managingOrganization", borrow)]
    pub(super) managing_organization: One<ReferenceWire<'a>>,
    #[serde(default, borrow)]
    pub(super) extension: Extensions<'a>,
}

/// R5's `ExtendedContactDetail`.
#[derive(Deserialize)]
pub(super) struct ContactWire<'a> {
    #[serde(default, borrow)]
    pub(super) telecom: Many<TelecomWire<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for ContactWire<'a> {
    const EXPECTED: &'static str = "a contact";
}

/// An extension with a reference as its value.
#[derive(Deserialize)]
pub(super) struct ReferenceExtensionWire<'a> {
    #[serde(borrow)]
    pub(super) url: Option<Text<'a>>,
    #[serde(default, rename = "valueReference", borrow)]
    pub(super) value: One<ReferenceWire<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for ReferenceExtensionWire<'a> {
    const EXPECTED: &'static str = "an extension";
}

#[derive(Deserialize)]
pub(super) struct PositionWire {
    pub(super) latitude: Option<Number>,
    pub(super) longitude: Option<Number>,
}

impl<'de> Element<'de> for PositionWire {
    const EXPECTED: &'static str = "a position";
}

#[derive(Deserialize)]
pub(super) struct PractitionerWire<'a> {
    #[serde(default, borrow)]
    pub(super) name: Many<HumanNameWire<'a>>,
    #[serde(default, borrow)]
    pub(super) identifier: Many<IdentifierWire<'a>>,
    #[serde(borrow)]
    pub(super) gender: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) communication: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) telecom: Many<TelecomWire<'a>>,
}

#[derive(Deserialize)]
pub(super) struct PractitionerRoleWire<'a> {
    pub(super) active: Option<Flag>,
    #[serde(default, borrow)]
    pub(super) identifier: Many<IdentifierWire<'a>>,
    #[serde(default, borrow)]
    pub(super) practitioner: One<ReferenceWire<'a>>,
    #[serde(default, borrow)]
    pub(super) organization: One<ReferenceWire<'a>>,
    #[serde(default, borrow)]
    pub(super) code: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) specialty: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) location: Many<ReferenceWire<'a>>,
    #[serde(default, rename = "healthcareService", borrow)]
    pub(super) healthcare_service: Many<ReferenceWire<'a>>,
    #[serde(default, borrow)]
    pub(super) telecom: Many<TelecomWire<'a>>,
    #[serde(default, borrow)]
    pub(super) contact: Many<ContactWire<'a>>,
    #[serde(default, borrow)]
    pub(super) extension: Many<ReferenceExtensionWire<'a>>,
    #[serde(default)]
    pub(super) contained: Many<ContainedWire>,
}

#[derive(Deserialize)]
pub(super) struct HealthcareServiceWire<'a> {
    pub(super) active: Option<Flag>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) comment: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) identifier: Many<IdentifierWire<'a>>,
    #[serde(default, rename = "providedBy", borrow)]
    pub(super) provided_by: One<ReferenceWire<'a>>,
    #[serde(default, borrow)]
    pub(super) category: Many<ConceptWire<'a>>,
    #[serde(default, rename = "type", borrow)]
    pub(super) types: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) specialty: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) location: Many<ReferenceWire<'a>>,
    #[serde(default, borrow)]
    pub(super) telecom: Many<TelecomWire<'a>>,
    #[serde(default, borrow)]
    pub(super) contact: Many<ContactWire<'a>>,
    #[serde(default, borrow)]
    pub(super) extension: Many<ReferenceExtensionWire<'a>>,
    #[serde(default, borrow)]
    pub(super) communication: Many<ConceptWire<'a>>,
    #[serde(rename = "appointmentRequired")]
    pub(super) appointment_required: Option<Flag>,
}

#[derive(Deserialize)]
pub(super) struct OrganizationWire<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) identifier: Many<IdentifierWire<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ScheduleWire<'a> {
    pub(super) active: Option<Flag>,
    #[serde(default, borrow)]
    pub(super) actor: Many<ReferenceWire<'a>>,
    #[serde(default, rename = "serviceType", borrow)]
    pub(super) service_type: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) specialty: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    pub(super) extension: Extensions<'a>,
    #[serde(default)]
    pub(super) contained: Many<ContainedWire>,
}

#[derive(Deserialize)]
pub(super) struct DeviceWire<'a> {
    #[serde(default, borrow)]
    pub(super) location: One<ReferenceWire<'a>>,
}

/// A contained resource, read by its own type later.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct ContainedWire(pub(super) Value);

impl<'de> Element<'de> for ContainedWire {
    const EXPECTED: &'static str = "a contained resource";
}
