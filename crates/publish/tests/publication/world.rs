//! A source in memory: publishers with places, roles, schedules and slots that come, change and go.

use std::cell::Cell;
use std::collections::BTreeMap;

use openslots_model::{
    Availability, PublicId, PublisherNumber, PublisherSlug, ResourceKind, ResourceNumber, UnixSeconds,
};
use openslots_publish::publication::{Source, SourceError, SourcePublisher, SourceResource, SourceSlot};
use serde_json::{Value, json};

/// The address that it is published under.
pub(crate) const BASE_URL: &str = "https://slots.example.org";

/// What one publisher lists: JSON by type and source id, each with the line where it was put.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// By publisher, type and source id: the place of the line, and the line.
    held: BTreeMap<(u32, ResourceKind, String), (u64, Value)>,
    synced_at: BTreeMap<u32, UnixSeconds>,
    next_line: Cell<u64>,
}

pub(crate) fn slug(publisher: u32) -> PublisherSlug {
    format!("clinic-{publisher}").parse().expect("a slug")
}

impl World {
    /// Puts a resource in the place of the one of its id.
    pub(crate) fn put(&mut self, publisher: u32, kind: ResourceKind, resource: Value) {
        let id = resource["id"].as_str().expect("an id").to_owned();
        let line = self.next_line.get();
        self.next_line.set(line + 1);
        self.synced_at.entry(publisher).or_insert(UnixSeconds(1_790_000_000));
        self.held.insert((publisher, kind, id), (line, resource));
    }

    pub(crate) fn remove(&mut self, publisher: u32, kind: ResourceKind, id: &str) {
        self.held.remove(&(publisher, kind, id.to_owned()));
    }

    pub(crate) fn sync(&mut self, publisher: u32, at: UnixSeconds) {
        self.synced_at.insert(publisher, at);
    }

    pub(crate) fn place(&mut self, publisher: u32, id: &str, state: &str) {
        let place = json!({ "resourceType": "Location", "id": id, "name": id, "address": { "state": state } });
        self.put(publisher, ResourceKind::Location, place);
    }

    pub(crate) fn role(&mut self, publisher: u32, id: &str, places: &[&str]) {
        let places: Vec<Value> =
            places.iter().map(|place| json!({ "reference": format!("Location/{place}") })).collect();
        let role = json!({ "resourceType": "PractitionerRole", "id": id, "location": places });
        self.put(publisher, ResourceKind::PractitionerRole, role);
    }

    pub(crate) fn schedule(&mut self, publisher: u32, id: &str, actors: &[&str]) {
        let actors: Vec<Value> = actors.iter().map(|actor| json!({ "reference": actor })).collect();
        let schedule = json!({ "resourceType": "Schedule", "id": id, "actor": actors });
        self.put(publisher, ResourceKind::Schedule, schedule);
    }

    pub(crate) fn slot(&mut self, publisher: u32, id: &str, schedule: &str, status: &str) {
        let slot = json!({
            "resourceType": "Slot", "id": id, "schedule": { "reference": format!("Schedule/{schedule}") },
            "status": status, "start": "2026-12-01T09:00:00-05:00", "end": "2026-12-01T09:15:00-05:00",
        });
        self.put(publisher, ResourceKind::Slot, slot);
    }

    /// Numbers that stay while the resource is held, and those of resources that are only referred to.
    fn number(publisher: u32, kind: ResourceKind, id: &str) -> ResourceNumber {
        let bytes = *PublicId::of(&slug(publisher), kind, id).as_bytes();
        ResourceNumber(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn each_reference(value: &Value, visit: &mut dyn FnMut(&str)) {
        match value {
            Value::Array(list) => list.iter().for_each(|member| Self::each_reference(member, visit)),
            Value::Object(members) => {
                members.get("reference").and_then(Value::as_str).into_iter().for_each(&mut *visit);
                members.values().for_each(|member| Self::each_reference(member, visit));
            }
            _ => {}
        }
    }

    fn target(publisher: u32, reference: &str) -> ResourceNumber {
        let (kind, id) = reference.split_once('/').expect("Type/id");
        Self::number(publisher, kind.parse().expect("a kept type"), id)
    }
}

impl Source for World {
    fn publishers(&self) -> Result<Vec<SourcePublisher>, SourceError> {
        let publisher = |(number, synced_at): (&u32, &UnixSeconds)| SourcePublisher {
            number: PublisherNumber(*number),
            slug: slug(*number),
            manifest_url: format!("https://clinic-{number}.example.org/fhir/$bulk-publish"),
            synced_at: Some(*synced_at),
            resync_seconds: 600,
        };
        Ok(self.synced_at.iter().map(publisher).collect())
    }

    fn resources(&self) -> Result<Vec<SourceResource>, SourceError> {
        let held = self.held.iter().filter(|((_, kind, _), _)| *kind != ResourceKind::Slot);
        let resource =
            |((publisher, kind, id), (line, _)): (&(u32, ResourceKind, String), &(u64, Value))| SourceResource {
                number: Self::number(*publisher, *kind, id),
                publisher: PublisherNumber(*publisher),
                kind: *kind,
                id: PublicId::of(&slug(*publisher), *kind, id),
                line: *line,
            };
        Ok(held.map(resource).collect())
    }

    fn references(&self, visit: &mut dyn FnMut(ResourceNumber, ResourceNumber)) -> Result<(), SourceError> {
        for ((publisher, kind, id), (_, json)) in &self.held {
            if *kind != ResourceKind::Slot {
                let referrer = Self::number(*publisher, *kind, id);
                Self::each_reference(json, &mut |reference| visit(referrer, Self::target(*publisher, reference)));
            }
        }
        Ok(())
    }

    fn slots(&self, visit: &mut dyn FnMut(SourceSlot)) -> Result<(), SourceError> {
        let slots = self.held.iter().filter(|((_, kind, _), _)| *kind == ResourceKind::Slot);
        let mut slots: Vec<SourceSlot> = slots
            .map(|((publisher, _, _), (line, json))| SourceSlot {
                line: *line,
                schedule: Self::target(*publisher, json["schedule"]["reference"].as_str().expect("a schedule")),
                is_bookable: json["status"] == "free",
            })
            .collect();
        slots.sort_by_key(|slot| slot.line);
        slots.into_iter().for_each(visit);
        Ok(())
    }

    fn availability(&self, _: &SourceResource, n_bookable: u64) -> Availability {
        if n_bookable > 0 { Availability::Some } else { Availability::None }
    }

    fn line(&self, line: u64) -> Result<String, SourceError> {
        let found = self.held.values().find(|(at, _)| *at == line);
        found.map(|(_, json)| json.to_string()).ok_or_else(|| format!("no line {line}").into())
    }
}
