//! Two publishers of random resources, with few distinct values so that searches meet several.

use openslots_model::{PublicId, PublisherSlug, ResourceKind};
use serde_json::{Value, json};

use crate::support::Feed;

/// Numbers that look random and are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) const fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(super) const fn is_one_of(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A resource and whose it is.
pub(super) struct Held {
    pub(super) slug: &'static str,
    pub(super) kind: ResourceKind,
    pub(super) json: Value,
}

impl Held {
    pub(super) fn public_id(&self) -> String {
        public_id(self.slug, self.kind, self.json["id"].as_str().unwrap())
    }
}

pub(super) fn public_id(slug: &str, kind: ResourceKind, source_id: &str) -> String {
    let slug: PublisherSlug = slug.parse().unwrap();
    PublicId::of(&slug, kind, source_id).to_string()
}

pub(super) struct World {
    held: Vec<Held>,
}

const SLUGS: [&str; 2] = ["elm", "oak"];
const NAMES: [&str; 6] = ["North Clinic", "South Clinic", "Clinic North", "Harbor", "Harbour Clinic", "Nor"];
const FAMILIES: [&str; 5] = ["Lee", "Leeds", "Ruiz", "Sol", "Ann"];
const CITIES: [&str; 4] = ["Boston", "New Boston", "Bost", "Salem"];
const STATES: [&str; 3] = ["MA", "RI", "NH"];
pub(super) const SYSTEMS: [&str; 2] = ["urn:a", "urn:b"];
pub(super) const CODES: [&str; 4] = ["1", "2", "12", "x|y,z"];

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut world = Self { held: Vec::new() };
        for slug in SLUGS {
            world.fill(slug, dice);
        }
        world
    }

    fn fill(&mut self, slug: &'static str, dice: &mut Dice) {
        use ResourceKind::{HealthcareService, Location, Organization, Practitioner, PractitionerRole, Schedule, Slot};
        let (n_organizations, n_locations, n_practitioners, n_services, n_roles, n_schedules) = (4, 15, 8, 5, 12, 20);
        let mut add = |kind: ResourceKind, number: usize, mut json: Value| {
            json["resourceType"] = kind.as_str().into();
            json["id"] = format!("{number}").into();
            if let Value::Object(members) = &mut json {
                members.retain(|_, member| !member.is_null());
            }
            self.held.push(Held { slug, kind, json });
        };
        for number in 0..n_organizations {
            let json = json!({ "name": dice.pick(&NAMES), "active": flag(dice), "type": concepts(dice),
                "address": maybe(dice, |dice| json!([address(dice)])), "partOf": reference(dice, Organization, number),
                "identifier": identifiers(dice) });
            add(Organization, number, json);
        }
        for number in 0..n_locations {
            let json = json!({ "name": dice.pick(&NAMES), "address": maybe(dice, address), "type": concepts(dice),
                "status": maybe(dice, |dice| (*dice.pick(&["active", "suspended"])).into()),
                "managingOrganization": reference(dice, Organization, n_organizations),
                "partOf": reference(dice, Location, number), "identifier": identifiers(dice) });
            add(Location, number, json);
        }
        for number in 0..n_practitioners {
            let json = json!({ "name": [{ "family": dice.pick(&FAMILIES), "given": [dice.pick(&FAMILIES)] }],
                "active": flag(dice), "communication": concepts(dice), "identifier": identifiers(dice),
                "gender": maybe(dice, |dice| (*dice.pick(&["female", "male"])).into()) });
            add(Practitioner, number, json);
        }
        for number in 0..n_services {
            let json = json!({ "name": dice.pick(&NAMES), "active": flag(dice), "type": concepts(dice),
                "category": concepts(dice), "specialty": concepts(dice), "identifier": identifiers(dice),
                "location": references(dice, Location, n_locations),
                "providedBy": reference(dice, Organization, n_organizations) });
            add(HealthcareService, number, json);
        }
        for number in 0..n_roles {
            let json = json!({ "active": flag(dice), "code": concepts(dice), "specialty": concepts(dice),
                "practitioner": reference(dice, Practitioner, n_practitioners), "identifier": identifiers(dice),
                "organization": reference(dice, Organization, n_organizations),
                "location": references(dice, Location, n_locations),
                "healthcareService": references(dice, HealthcareService, n_services) });
            add(PractitionerRole, number, json);
        }
        for number in 0..n_schedules {
            let mut actors = vec![json!({ "reference": format!("Location/{}", dice.below(n_locations)) })];
            if !dice.is_one_of(3) {
                actors.push(json!({ "reference": format!("PractitionerRole/{}", dice.below(n_roles)) }));
            }
            let json = json!({ "active": flag(dice), "serviceType": concepts(dice), "actor": actors,
                "identifier": identifiers(dice), "planningHorizon": maybe(dice, |dice| {
                    let (from, days) = (1 + dice.below(10), dice.below(10));
                    json!({ "start": format!("2026-10-{from:02}"), "end": format!("2026-10-{:02}", from + days) })
                }) });
            add(Schedule, number, json);
        }
        for number in 0..120 {
            let (day, hour) = (1 + dice.below(20), dice.below(23));
            let json = json!({ "schedule": { "reference": format!("Schedule/{}", dice.below(n_schedules)) },
                "status": dice.pick(&["free", "free", "busy", "busy-tentative"]),
                "start": format!("2026-10-{day:02}T{hour:02}:00:00Z"), "end": format!("2026-10-{day:02}T{hour:02}:30:00Z"),
                "serviceType": concepts(dice), "appointmentType": maybe(dice, concept) });
            add(Slot, number, json);
        }
    }

    pub(super) fn of(&self, kind: ResourceKind) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| held.kind == kind)
    }

    pub(super) fn by_public_id(&self, kind: ResourceKind, id: &str) -> &Held {
        self.of(kind).find(|held| held.public_id() == id).expect("a resource of the world")
    }

    /// What a publisher's reference leads to.
    pub(super) fn target(&self, slug: &str, reference: &str) -> Option<&Held> {
        let (kind, id) = reference.split_once('/')?;
        self.held.iter().find(|held| held.slug == slug && held.kind.as_str() == kind && held.json["id"] == id)
    }

    /// What each publisher publishes.
    pub(super) fn feeds(&self) -> Vec<(Feed, String)> {
        let lines = |slug: &str| {
            let of_slug = self.held.iter().filter(|held| held.slug == slug);
            of_slug.map(|held| held.json.to_string()).collect::<Vec<_>>().join("\n")
        };
        SLUGS.map(|slug| (Feed { slug, display_name: slug, ndjson: "" }, lines(slug))).into()
    }
}

fn maybe(dice: &mut Dice, make: impl FnOnce(&mut Dice) -> Value) -> Value {
    if dice.is_one_of(3) { Value::Null } else { make(dice) }
}

fn flag(dice: &mut Dice) -> Value {
    maybe(dice, |dice| dice.is_one_of(2).into())
}

fn coding(dice: &mut Dice) -> Value {
    let code = *dice.pick(&CODES);
    if dice.is_one_of(4) { json!({ "code": code }) } else { json!({ "system": dice.pick(&SYSTEMS), "code": code }) }
}

fn concept(dice: &mut Dice) -> Value {
    let codings: Vec<Value> = (0..=dice.below(2)).map(|_| coding(dice)).collect();
    json!({ "coding": codings })
}

fn concepts(dice: &mut Dice) -> Value {
    maybe(dice, |dice| json!([concept(dice)]))
}

fn identifiers(dice: &mut Dice) -> Value {
    maybe(dice, |dice| json!([{ "system": dice.pick(&SYSTEMS), "value": dice.pick(&CODES) }]))
}

fn address(dice: &mut Dice) -> Value {
    json!({ "line": [format!("{} Main St", 1 + dice.below(3))], "city": dice.pick(&CITIES), "state": dice.pick(&STATES),
        "postalCode": format!("0211{}", dice.below(4)) })
}

fn reference(dice: &mut Dice, kind: ResourceKind, limit: usize) -> Value {
    if limit == 0 {
        return Value::Null;
    }
    maybe(dice, |dice| json!({ "reference": format!("{kind}/{}", dice.below(limit)) }))
}

fn references(dice: &mut Dice, kind: ResourceKind, limit: usize) -> Value {
    let reference = reference(dice, kind, limit);
    if reference.is_null() { Value::Null } else { json!([reference]) }
}
