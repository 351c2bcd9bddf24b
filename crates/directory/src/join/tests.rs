//! Tests of joins, over resources as publishers write them.

mod facts;
mod shapes;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use openslots_fhir::resource::{Resource, Schedule};
use openslots_model::{PublisherSlug, ResourceKind, ResourceNumber, ResourceRef};
use serde_json::Value;

use super::{JoinedSchedule, join_schedule};

/// What a publisher has published so far.
#[derive(Default, Clone)]
struct World(HashMap<ResourceRef, Arc<Resource>>);

impl World {
    fn of(lines: &[&str]) -> Self {
        let mut world = Self::default();
        for line in lines {
            world.add(line);
        }
        world
    }

    fn add(&mut self, line: &str) {
        let (key, resource) = read(line);
        self.0.insert(key, Arc::new(resource));
    }

    fn join(&self, schedule: &str) -> Vec<JoinedSchedule> {
        let (_, Resource::Schedule(schedule)) = read(schedule) else { panic!("{schedule} is no schedule") };
        self.join_read(&schedule)
    }

    fn join_read(&self, schedule: &Schedule) -> Vec<JoinedSchedule> {
        let mut find = |target: &ResourceRef| Ok::<_, Infallible>(self.0.get(target).cloned());
        match join_schedule(&publisher(), ResourceNumber(7), schedule, &mut find) {
            Ok(joined) => joined,
            Err(never) => match never {},
        }
    }

    /// `provider @ place` of each, in the order of the alphabet; `-` is nobody and nowhere, `?` has no name.
    fn who_where(&self, schedule: &str) -> Vec<String> {
        who_where(&self.join(schedule))
    }
}

fn who_where(joined: &[JoinedSchedule]) -> Vec<String> {
    let name = |name: Option<Option<&str>>| match name {
        None => "-".to_owned(),
        Some(name) => name.unwrap_or("?").to_owned(),
    };
    let mut list: Vec<String> = joined
        .iter()
        .map(|side| {
            let who = name(side.provider.as_ref().map(|provider| provider.name.as_deref()));
            let place = name(side.place.as_ref().map(|place| place.name.as_deref()));
            format!("{who} @ {place}")
        })
        .collect();
    list.sort();
    list
}

fn publisher() -> PublisherSlug {
    "flynn".parse().expect("a legal slug")
}

fn read(line: &str) -> (ResourceRef, Resource) {
    let value: Value = serde_json::from_str(line).expect(line);
    let text = |name: &str| value[name].as_str().expect(line).to_owned();
    let kind: ResourceKind = text("resourceType").parse().expect(line);
    let resource = Resource::parse(kind, line).expect(line);
    (ResourceRef { kind, source_id: text("id") }, resource)
}
