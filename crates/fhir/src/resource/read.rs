//! Reading resources: leniently from kept JSON, strictly for [`crate::decode`]; and what they refer to.

use std::borrow::Cow;

use openslots_model::{IssueCode, OffsetInstant, ResourceKind, ResourceRef};
use serde_json::Value;

use super::convert::{actor, healthcare_service, location, organization, practitioner, practitioner_role, schedule};
use super::wire::{
    ContainedWire, DeviceWire, HealthcareServiceWire, LocationWire, OrganizationWire, PractitionerRoleWire,
    PractitionerWire, ScheduleWire,
};
use super::{Actor, Resource, ResourceError, Slot};
use crate::decode::{
    Header, LineFault, Probe, Repairs, SlotWire, Unread, object, read_leniently, read_slot, try_shape,
};
use crate::reference::Reference;
use crate::systems::LAST_SOURCE_SYNC;
use crate::wire::{Many, words};

/// Reads kept JSON, with the same repairs as when its line was accepted.
pub(super) fn resource(kind: ResourceKind, json: &str) -> Result<Resource, ResourceError> {
    if matches!(kind, ResourceKind::Slot | ResourceKind::Device) {
        return Err(ResourceError { kind, detail: "nothing joins it, so it is not read".to_owned() });
    }
    let read = |text: &str, repairs: &mut Repairs| {
        let header: Header<'_> = object(text)?;
        let id = header.id.map(|id| id.text.into_owned()).unwrap_or_default();
        Resource::read(kind, text, &id, repairs)
    };
    let lenient = read_leniently(json, probe(kind), read);
    lenient.map(|lenient| lenient.found).map_err(|fault| ResourceError { kind, detail: fault.detail })
}

/// Reads a kept slot.
pub(super) fn slot(json: &str) -> Result<Slot, ResourceError> {
    let read = |text: &str, repairs: &mut Repairs| {
        let parts = read_slot(text, repairs)?;
        Ok(Slot {
            id: parts.id,
            schedule: Actor { reference: Reference::Resource(parts.schedule), display: words(&parts.schedule_display) },
            start: parts.start,
            end: parts.end,
            traits: parts.traits,
            booking_deep_link: parts.booking_deep_link.map(Cow::into_owned),
            booking_phone: parts.booking_phone.map(Cow::into_owned),
            capacity: parts.capacity,
            comment: words(&parts.comment),
            last_source_sync: None,
        })
    };
    let lenient = read_leniently(json, |value| try_shape::<SlotWire<'_>>(value), read);
    let slot = lenient.map(|lenient| lenient.found);
    let slot = slot.map_err(|fault| ResourceError { kind: ResourceKind::Slot, detail: fault.detail })?;
    Ok(Slot { last_source_sync: last_source_sync(json), ..slot })
}

/// What an aggregator says in `meta`; of an unreadable one nothing. Only few lines have one, so it is looked for apart.
fn last_source_sync(json: &str) -> Option<OffsetInstant> {
    if !json.contains(LAST_SOURCE_SYNC) {
        return None;
    }
    let line: Value = serde_json::from_str(json).ok()?;
    let extensions = line.get("meta")?.get("extension")?.as_array()?;
    let sync = extensions.iter().find(|extension| extension["url"] == LAST_SOURCE_SYNC)?;
    let time = sync.get("valueDateTime").or_else(|| sync.get("valueInstant"))?.as_str()?;
    OffsetInstant::parse_lenient(time.trim()).ok().map(|(time, _)| time)
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
    value: &'a Value,
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
                add(&mut service.provided_by.iter().chain(&service.locations).chain(&service.networks));
                return;
            }
            Resource::PractitionerRole(role) => {
                let who = role.practitioner.iter().chain(&role.organization);
                add(&mut who.chain(&role.locations).chain(&role.healthcare_services).chain(&role.networks));
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
                return Err(LineFault::new(IssueCode::UnexpectedType, detail).into());
            }
        })
    }
}

/// The contained resources of types that joins use.
pub(super) fn contained(wires: &Many<ContainedWire>, repairs: &mut Repairs) -> Vec<Resource> {
    let mut found = Vec::new();
    for ContainedWire(value) in &wires.0 {
        let name = value.get("resourceType").and_then(Value::as_str).unwrap_or_default();
        let Ok(kind) = name.parse::<ResourceKind>() else { continue };
        if matches!(kind, ResourceKind::Slot | ResourceKind::Device) {
            continue;
        }
        match resource(kind, &without_hash(value).to_string()) {
            Ok(resource) => found.push(resource),
            Err(error) => repairs.push((IssueCode::IgnoredElement, format!("a contained {error}"))),
        }
    }
    found
}

/// The id of a contained resource is sometimes written with the `#` that belongs to references to it.
fn without_hash(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(Value::String(id)) = value.get_mut("id")
        && let Some(bare) = id.strip_prefix('#')
    {
        *id = bare.to_owned();
    }
    value
}
