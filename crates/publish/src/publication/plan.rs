//! What there is to be published, and which file each line goes to.

use std::collections::BTreeMap;

use openslots_directory::geography::StateSet;
use openslots_model::{Availability, PublicId, PublisherNumber, ResourceKind, ResourceNumber, UnixSeconds};
use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::xxh3_64;

use super::groups::{Groups, Tags, Whereabouts};
use super::record::{Record, Sync};
use super::source::{Source, SourcePublisher, SourceResource};
use crate::Error;

/// A file's type and whereabouts.
pub(super) type Group = (ResourceKind, Whereabouts);

/// A publisher, and what its lines say.
pub(super) struct Voice {
    pub(super) publisher: SourcePublisher,
    pub(super) synced_at: Option<UnixSeconds>,
}

/// A resource, with where it goes.
#[derive(Clone, Copy)]
pub(super) struct Planned {
    pub(super) resource: SourceResource,
    pub(super) whereabouts: Whereabouts,
    pub(super) version: u64,
    pub(super) availability: Option<Availability>,
}

/// What there is, and where it goes.
pub(super) struct Plan {
    /// Of the address, which all lines name.
    salt: u64,
    pub(super) voices: FxHashMap<PublisherNumber, Voice>,
    /// By line, ascending.
    pub(super) resources: Vec<Planned>,
    /// By number of the schedule.
    pub(super) schedules: FxHashMap<ResourceNumber, Planned>,
    /// Ids of the resources other than slots.
    pub(super) held: FxHashSet<PublicId>,
    pub(super) tags: Tags,
    /// What each file is to be made of, as one number.
    pub(super) fingerprints: BTreeMap<Group, u64>,
}

impl Plan {
    pub(super) fn of(source: &dyn Source, before: Option<&Record>, base_url: &str) -> Result<Self, Error> {
        let publishers = source.publishers().map_err(Error::Source)?;
        let voices: FxHashMap<_, _> = publishers
            .into_iter()
            .map(|publisher| (publisher.number, Voice { synced_at: said_sync(&publisher, before), publisher }))
            .collect();
        let mut resources = source.resources().map_err(Error::Source)?;
        resources.retain(|resource| voices.contains_key(&resource.publisher));
        resources.sort_unstable_by_key(|resource| resource.line);
        let mut references = Vec::new();
        source.references(&mut |referrer, target| references.push((referrer, target))).map_err(Error::Source)?;
        let groups = Groups::of(source, &resources, &references)?;
        let resolved = resolved(&resources, &references);
        let mut n_bookable: FxHashMap<ResourceNumber, u64> = FxHashMap::default();
        source
            .slots(&mut |slot| *n_bookable.entry(slot.schedule).or_default() += u64::from(slot.is_bookable))
            .map_err(Error::Source)?;
        let held = resources.iter().map(|resource| resource.id).collect();
        let mut plan = Self {
            salt: xxh3_64(base_url.as_bytes()),
            voices,
            resources: Vec::with_capacity(resources.len()),
            schedules: FxHashMap::default(),
            held,
            tags: Tags::default(),
            fingerprints: BTreeMap::new(),
        };
        for resource in resources {
            let states = groups.states(&resource);
            let is_schedule = resource.kind == ResourceKind::Schedule;
            let availability = is_schedule
                .then(|| source.availability(&resource, n_bookable.get(&resource.number).copied().unwrap_or_default()));
            let resolved = resolved.get(&resource.number).copied().unwrap_or_default();
            let version = plan.version(resource.publisher, resource.line, availability).wrapping_add(resolved);
            let planned = Planned { resource, whereabouts: Groups::whereabouts(states), version, availability };
            plan.add(resource.kind, planned.whereabouts, states, version);
            if is_schedule {
                plan.schedules.insert(resource.number, planned);
            }
            plan.resources.push(planned);
        }
        let mut fingerprints = std::mem::take(&mut plan.fingerprints);
        source
            .slots(&mut |slot| {
                if let Some(schedule) = plan.schedules.get(&slot.schedule) {
                    let sum = fingerprints.entry((ResourceKind::Slot, schedule.whereabouts)).or_default();
                    *sum = sum.wrapping_add(plan.version(schedule.resource.publisher, slot.line, None));
                }
            })
            .map_err(Error::Source)?;
        plan.fingerprints = fingerprints;
        let schedules: Vec<Planned> = plan.schedules.values().copied().collect();
        for schedule in schedules {
            plan.tags.add(ResourceKind::Slot, schedule.whereabouts, groups.states(&schedule.resource));
        }
        Ok(plan)
    }

    /// All that a line is made of, as one number.
    pub(super) fn version(&self, publisher: PublisherNumber, line: u64, availability: Option<Availability>) -> u64 {
        let synced_at = self.voices.get(&publisher).and_then(|voice| voice.synced_at).map_or(0, |at| at.0);
        let mut bytes = [0; 25];
        bytes[..8].copy_from_slice(&self.salt.to_le_bytes());
        bytes[8..16].copy_from_slice(&line.to_le_bytes());
        bytes[16..24].copy_from_slice(&synced_at.to_le_bytes());
        bytes[24] = availability.map_or(0, |availability| 1 + availability as u8);
        xxh3_64(&bytes)
    }

    fn add(&mut self, kind: ResourceKind, whereabouts: Whereabouts, states: StateSet, version: u64) {
        self.tags.add(kind, whereabouts, states);
        let sum = self.fingerprints.entry((kind, whereabouts)).or_default();
        *sum = sum.wrapping_add(version);
    }

    /// What the lines of each publisher say of its age.
    pub(super) fn syncs(&self) -> Vec<Sync> {
        let said = self
            .voices
            .values()
            .filter_map(|voice| Some(Sync { publisher: voice.publisher.slug.clone(), synced_at: voice.synced_at? }));
        let mut said: Vec<Sync> = said.collect();
        said.sort_by(|a, b| a.publisher.cmp(&b.publisher));
        said
    }
}

/// For each resource which of those that it refers to are held, as one number: its references are written by that.
fn resolved(
    resources: &[SourceResource],
    references: &[(ResourceNumber, ResourceNumber)],
) -> FxHashMap<ResourceNumber, u64> {
    let held: FxHashSet<ResourceNumber> = resources.iter().map(|resource| resource.number).collect();
    let mut resolved: FxHashMap<ResourceNumber, u64> = FxHashMap::default();
    for (referrer, target) in references.iter().filter(|(_, target)| held.contains(target)) {
        let sum = resolved.entry(*referrer).or_default();
        *sum = sum.wrapping_add(xxh3_64(&target.0.to_le_bytes()));
    }
    resolved
}

/// When lines say that a publisher's data were last known true: as before, unless that has become too old.
fn said_sync(publisher: &SourcePublisher, before: Option<&Record>) -> Option<UnixSeconds> {
    let synced_at = publisher.synced_at?;
    let said = before.and_then(|before| before.syncs.iter().find(|sync| sync.publisher == publisher.slug));
    let is_young =
        |said: &&Sync| said.synced_at <= synced_at && synced_at.0 - said.synced_at.0 < publisher.resync_seconds;
    Some(said.filter(is_young).map_or(synced_at, |said| said.synced_at))
}
