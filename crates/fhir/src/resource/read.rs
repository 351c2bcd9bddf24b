//! From wire types to resources.

use openslots_model::{Availability, Coding, IssueCode, PhysicalType, Position, ResourceKind, ResourceRef};

use super::wire::{
    ContactWire, ContainedWire, DeviceWire, HealthcareServiceWire, LocationWire, OrganizationWire, PositionWire,
    PractitionerRoleWire, PractitionerWire, ScheduleWire,
};
use super::{
    Actor, HealthcareService, Location, Organization, Practitioner, PractitionerRole, Resource, ResourceError,
    Schedule, Slot,
};
use crate::decode::{
    Header, Probe, Repairs, SlotWire, Unread, make_readable, object, quoted, read_slot, shape_error, try_shape,
};
use crate::systems::{ExtensionName, PHYSICAL_TYPE};
use crate::wire::{
    ConceptWire, Extensions, Many, One, ReferenceWire, TelecomWire, Text, actors, codings, identifiers,
    name_for_people, telecoms, words,
};

/// Reads kept JSON, with the same repairs as when its line was accepted.
pub(super) fn resource(kind: ResourceKind, json: &str) -> Result<Resource, ResourceError> {
    if matches!(kind, ResourceKind::Slot | ResourceKind::Device) {
        return Err(ResourceError { kind, detail: "nothing joins it, so it is not read".to_owned() });
    }
    with_repair(kind, json, probe(kind), |text| {
        let header: Header<'_> = object(text)?;
        let id = header.id.map(|id| id.text.into_owned()).unwrap_or_default();
        Resource::read(kind, text, &id, &mut Repairs::new())
    })
}

/// Reads a kept slot.
pub(super) fn slot(json: &str) -> Result<Slot, ResourceError> {
    with_repair(
        ResourceKind::Slot,
        json,
        |value| try_shape::<SlotWire<'_>>(value),
        |text| {
            let parts = read_slot(text, &mut Repairs::new())?;
            Ok(Slot {
                id: parts.id,
                schedule: Actor {
                    reference: crate::reference::Reference::Resource(parts.schedule),
                    display: words(&parts.schedule_display),
                },
                start: parts.start,
                end: parts.end,
                traits: parts.traits,
                booking_deep_link: parts.booking_deep_link.map(|link| link.into_owned()),
                booking_phone: parts.booking_phone.map(|phone| phone.into_owned()),
                capacity: parts.capacity,
                comment: words(&parts.comment),
            })
        },
    )
}

fn with_repair<R>(
    kind: ResourceKind,
    json: &str,
    probe: Probe,
    read: impl Fn(&str) -> Result<R, Unread>,
) -> Result<R, ResourceError> {
    let read_repaired = || match read(&make_readable(json, probe)?.text) {
        Ok(found) => Ok(found),
        Err(Unread::Fault(fault)) => Err(fault),
        Err(Unread::Json(error)) => Err(shape_error(&error)),
    };
    let found = match read(json) {
        Ok(found) => Ok(found),
        Err(Unread::Fault(fault)) => Err(fault),
        Err(Unread::Json(_)) => read_repaired(),
    };
    found.map_err(|fault| ResourceError { kind, detail: fault.detail })
}

/// The [`Probe`] of a type other than Slot.
pub(crate) fn probe(kind: ResourceKind) -> Probe {
    match kind {
        ResourceKind::Location => |value| header_and::<LocationWire<'_>>(value),
        ResourceKind::Practitioner => |value| header_and::<PractitionerWire<'_>>(value),
        ResourceKind::PractitionerRole => |value| header_and::<PractitionerRoleWire<'_>>(value),
        ResourceKind::HealthcareService => |value| header_and::<HealthcareServiceWire<'_>>(value),
        ResourceKind::Organization => |value| header_and::<OrganizationWire<'_>>(value),
        ResourceKind::Schedule => |value| header_and::<ScheduleWire<'_>>(value),
        ResourceKind::Device | ResourceKind::Slot => |value| header_and::<DeviceWire<'_>>(value),
    }
}

fn header_and<'a, T: serde::Deserialize<'a>>(
    value: &'a serde_json::Value,
) -> Result<(), serde_path_to_error::Error<serde_json::Error>> {
    try_shape::<Header<'_>>(value)?;
    try_shape::<T>(value)
}

/// What a Device refers to: nothing else of it is used.
pub(crate) fn device_references(text: &str) -> Result<Vec<ResourceRef>, serde_json::Error> {
    let wire: DeviceWire<'_> = object(text)?;
    let target = actor(&wire.location).and_then(|actor| actor.reference.resource().cloned());
    Ok(target.into_iter().collect())
}

pub(super) fn references(resource: &Resource) -> Vec<ResourceRef> {
    fn collect(resource: &Resource, found: &mut Vec<ResourceRef>) {
        let mut add = |actors: &mut dyn Iterator<Item = &Actor>| {
            for target in actors.filter_map(|actor| actor.reference.resource()) {
                if !found.contains(target) {
                    found.push(target.clone());
                }
            }
        };
        let contained = match resource {
            Resource::Practitioner(_) | Resource::Organization(_) => return,
            Resource::Location(location) => {
                add(&mut location.managing_organization.iter());
                return;
            }
            Resource::HealthcareService(service) => {
                add(&mut service.provided_by.iter().chain(&service.locations));
                return;
            }
            Resource::PractitionerRole(role) => {
                let who = role.practitioner.iter().chain(&role.organization);
                add(&mut who.chain(&role.locations).chain(&role.healthcare_services));
                &role.contained
            }
            Resource::Schedule(schedule) => {
                add(&mut schedule.actors.iter());
                &schedule.contained
            }
        };
        for resource in contained {
            collect(resource, found);
        }
    }
    let mut found = Vec::new();
    collect(resource, &mut found);
    found
}

impl Resource {
    /// Reads JSON strictly by shape; what is said and cannot be used is recorded.
    pub(crate) fn read(kind: ResourceKind, text: &str, id: &str, repairs: &mut Repairs) -> Result<Self, Unread> {
        let id = id.to_owned();
        Ok(match kind {
            ResourceKind::Location => Self::Location(location(id, object(text)?, repairs)),
            ResourceKind::Practitioner => Self::Practitioner(practitioner(id, object(text)?)),
            ResourceKind::PractitionerRole => Self::PractitionerRole(practitioner_role(id, object(text)?, repairs)),
            ResourceKind::HealthcareService => Self::HealthcareService(healthcare_service(id, object(text)?)),
            ResourceKind::Organization => Self::Organization(organization(id, object(text)?)),
            ResourceKind::Schedule => Self::Schedule(schedule(id, object(text)?, repairs)),
            ResourceKind::Device | ResourceKind::Slot => {
                let detail = format!("a {kind} is not read as a resource");
                return Err(crate::decode::LineFault { code: IssueCode::UnexpectedType, detail }.into());
            }
        })
    }
}

fn location(id: String, wire: LocationWire<'_>, repairs: &mut Repairs) -> Location {
    let address = wire.address.0.unwrap_or_default();
    let mut licensed_states = Vec::new();
    for state in wire.extension.values(ExtensionName::LicensedStates).filter_map(|value| value.text()) {
        if !licensed_states.contains(&state) {
            licensed_states.push(state);
        }
    }
    Location {
        id,
        name: words(&wire.name),
        description: words(&wire.description),
        status: words(&wire.status),
        phones: with_contacts(&wire.telecom, &wire.contact, "phone"),
        websites: with_contacts(&wire.telecom, &wire.contact, "url"),
        address_lines: address.line.0.iter().filter_map(Text::words).collect(),
        city: words(&address.city),
        state: words(&address.state),
        postal_code: words(&address.postal_code),
        district: words(&address.district),
        position: wire.position.0.and_then(|position| usable_position(&position, repairs)),
        identifiers: identifiers(&wire.identifier),
        physical_type: physical_type(&wire.physical_type),
        licensed_states,
        managing_organization: actor(&wire.managing_organization),
    }
}

fn practitioner(id: String, wire: PractitionerWire<'_>) -> Practitioner {
    Practitioner {
        id,
        name: name_for_people(&wire.name),
        identifiers: identifiers(&wire.identifier),
        gender: words(&wire.gender),
        languages: languages(&wire.communication),
        phones: telecoms(&wire.telecom, "phone"),
    }
}

fn practitioner_role(id: String, wire: PractitionerRoleWire<'_>, repairs: &mut Repairs) -> PractitionerRole {
    PractitionerRole {
        id,
        is_active: wire.active.map(|flag| flag.0),
        identifiers: identifiers(&wire.identifier),
        practitioner: actor(&wire.practitioner),
        organization: actor(&wire.organization),
        codes: codings(&wire.code),
        specialties: codings(&wire.specialty),
        locations: actors(&wire.location),
        healthcare_services: actors(&wire.healthcare_service),
        phones: with_contacts(&wire.telecom, &wire.contact, "phone"),
        contained: contained(&wire.contained, repairs),
    }
}

fn healthcare_service(id: String, wire: HealthcareServiceWire<'_>) -> HealthcareService {
    HealthcareService {
        id,
        is_active: wire.active.map(|flag| flag.0),
        name: words(&wire.name),
        comment: words(&wire.comment),
        identifiers: identifiers(&wire.identifier),
        provided_by: actor(&wire.provided_by),
        categories: codings(&wire.category),
        types: codings(&wire.types),
        specialties: codings(&wire.specialty),
        locations: actors(&wire.location),
        phones: with_contacts(&wire.telecom, &wire.contact, "phone"),
        languages: languages(&wire.communication),
        is_appointment_required: wire.appointment_required.map(|flag| flag.0),
    }
}

fn organization(id: String, wire: OrganizationWire<'_>) -> Organization {
    Organization { id, name: words(&wire.name), identifiers: identifiers(&wire.identifier) }
}

fn schedule(id: String, wire: ScheduleWire<'_>, repairs: &mut Repairs) -> Schedule {
    let mut specialties = codings(&wire.specialty);
    add_codings(&wire.extension, ExtensionName::Specialty, &mut specialties);
    let mut vaccines = Vec::new();
    add_codings(&wire.extension, ExtensionName::VaccineProduct, &mut vaccines);
    Schedule {
        id,
        is_active: wire.active.map(|flag| flag.0),
        actors: actors(&wire.actor),
        service_types: codings(&wire.service_type),
        specialties,
        vaccines,
        vaccine_doses: vaccine_doses(&wire.extension, repairs),
        has_availability: has_availability(&wire.extension, repairs),
        contained: contained(&wire.contained, repairs),
    }
}

fn actor(wire: &One<ReferenceWire<'_>>) -> Option<Actor> {
    wire.0.as_ref().and_then(ReferenceWire::actor)
}

fn add_codings(extensions: &Extensions<'_>, name: ExtensionName, list: &mut Vec<Coding>) {
    for value in extensions.values(name) {
        value.add_codings_to(list);
    }
}

/// The contact points of a system, those of R5's contacts included.
fn with_contacts(own: &Many<TelecomWire<'_>>, contacts: &Many<ContactWire<'_>>, system: &str) -> Vec<String> {
    let mut found = telecoms(own, system);
    for value in contacts.0.iter().flat_map(|contact| telecoms(&contact.telecom, system)) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// BCP 47 codes; a language that is only named is kept by its name.
fn languages(concepts: &Many<ConceptWire<'_>>) -> Vec<String> {
    let mut found = Vec::new();
    for concept in &concepts.0 {
        let codings = concept.codings();
        let code = codings.iter().find_map(|coding| coding.code.clone());
        let language = code.or_else(|| codings.into_iter().find_map(|coding| coding.display));
        if let Some(language) = language.filter(|language| !found.contains(language)) {
            found.push(language);
        }
    }
    found
}

fn usable_position(wire: &PositionWire, repairs: &mut Repairs) -> Option<Position> {
    let (Some(latitude), Some(longitude)) = (wire.latitude, wire.longitude) else {
        repairs.push((IssueCode::UnusablePosition, "position lacks its latitude or longitude".to_owned()));
        return None;
    };
    match Position::published(latitude.0, longitude.0) {
        Ok(position) => Some(position),
        Err(error) => {
            repairs.push((IssueCode::UnusablePosition, format!("position is left out: {error}")));
            None
        }
    }
}

/// The physical type; of several the virtual one, as that decides who can be served there, else the standard one.
fn physical_type(concepts: &Many<ConceptWire<'_>>) -> Option<PhysicalType> {
    let rank = |found: &PhysicalType| match (found.code.as_str(), found.system.as_deref()) {
        ("vi", _) => 0,
        (_, Some(PHYSICAL_TYPE)) => 1,
        _ => 2,
    };
    let coded = |coding: Coding| Some(PhysicalType { system: coding.system, code: coding.code? });
    codings(concepts).into_iter().filter_map(coded).min_by_key(rank)
}

fn vaccine_doses(extensions: &Extensions<'_>, repairs: &mut Repairs) -> Vec<u32> {
    let mut doses = Vec::new();
    for value in extensions.values(ExtensionName::VaccineDose) {
        match value.number() {
            Some(number) if number.fract() == 0.0 && (1.0..=99.0).contains(&number) => {
                let dose = number as u32;
                if !doses.contains(&dose) {
                    doses.push(dose);
                }
            }
            _ => ignore("vaccine-dose", value.text(), "a whole number from 1", repairs),
        }
    }
    doses
}

fn has_availability(extensions: &Extensions<'_>, repairs: &mut Repairs) -> Option<Availability> {
    let mut found = None;
    for code in extensions.values(ExtensionName::HasAvailability).filter_map(|value| value.text()) {
        match code.as_str() {
            "some" => found = found.or(Some(Availability::Some)),
            "none" => found = found.or(Some(Availability::None)),
            "unknown" => found = found.or(Some(Availability::Unknown)),
            _ => ignore("has-availability", Some(code), "some, none or unknown", repairs),
        }
    }
    found
}

fn ignore(name: &str, text: Option<String>, wanted: &str, repairs: &mut Repairs) {
    let text = text.map_or_else(|| "without a value".to_owned(), |text| quoted(&text));
    repairs.push((IssueCode::IgnoredElement, format!("{name} {text} is left out: it is not {wanted}")));
}

/// The contained resources of types that joins use.
fn contained(wires: &Many<ContainedWire>, repairs: &mut Repairs) -> Vec<Resource> {
    let mut found = Vec::new();
    for ContainedWire(value) in &wires.0 {
        let name = value.get("resourceType").and_then(serde_json::Value::as_str).unwrap_or_default();
        let Ok(kind) = name.parse::<ResourceKind>() else { continue };
        if matches!(kind, ResourceKind::Slot | ResourceKind::Device) {
            continue;
        }
        match resource(kind, &value.to_string()) {
            Ok(resource) => found.push(resource),
            Err(error) => repairs.push((IssueCode::IgnoredElement, format!("a contained {error}"))),
        }
    }
    found
}
