//! Which file a resource belongs to: by type and state.
//!
//! A Location is in its own state, virtual care in those it is licensed for. What refers to Locations is in their
//! states, and who is referred to from a state is there too: whoever reads the files of one state finds everybody that
//! they speak of. What no Location tells the state of is taken to be in all states of its publisher; a hint that lets
//! clients skip files must rather name one state too many.

use std::collections::BTreeMap;

use openslots_directory::geography::StateSet;
use openslots_directory::join::states_of_location;
use openslots_fhir::resource::Resource;
use openslots_model::{PublisherNumber, ResourceKind, ResourceNumber};
use rustc_hash::{FxHashMap, FxHashSet};

use super::source::{Source, SourceResource};
use crate::Error;

/// Where a resource is: what is in several states has a file of its own, or files would be as many as combinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Whereabouts {
    State(&'static str),
    Several,
}

impl Whereabouts {
    fn of(states: StateSet) -> Self {
        states.single().map_or(Self::Several, Self::State)
    }

    /// As a part of a file's name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::State(letters) => letters,
            Self::Several => "several",
        }
    }
}

/// The states of all resources.
#[derive(Debug, Default)]
pub(super) struct Groups {
    states: FxHashMap<ResourceNumber, StateSet>,
    /// Of each publisher, of those without any.
    of_publisher: FxHashMap<PublisherNumber, StateSet>,
}

impl Groups {
    /// Works them out, from Locations by way of references.
    pub(super) fn of(
        source: &dyn Source,
        resources: &[SourceResource],
        references: &[(ResourceNumber, ResourceNumber)],
    ) -> Result<Self, Error> {
        let mut states: FxHashMap<ResourceNumber, StateSet> = FxHashMap::default();
        let mut kinds: FxHashMap<ResourceNumber, ResourceKind> = FxHashMap::default();
        let mut of_publisher: FxHashMap<PublisherNumber, StateSet> = FxHashMap::default();
        for resource in resources {
            kinds.insert(resource.number, resource.kind);
            if resource.kind == ResourceKind::Location {
                let json = source.line(resource.line).map_err(Error::Source)?;
                let Ok(Resource::Location(location)) = Resource::parse(resource.kind, &json) else { continue };
                let found = states_of_location(&location);
                states.insert(resource.number, found);
                let all = of_publisher.entry(resource.publisher).or_default();
                *all = all.union(found);
            }
        }
        let is_place = |number: &ResourceNumber| kinds.get(number) == Some(&ResourceKind::Location);
        let is_schedule = |number: &ResourceNumber| kinds.get(number) == Some(&ResourceKind::Schedule);
        // Roles, services and schedules are where their places are.
        for (referrer, target) in references.iter().filter(|(_, target)| is_place(target)) {
            add(&mut states, *referrer, *target, is_place);
        }
        // Schedules without a place are where who gives care is.
        let placed: FxHashSet<ResourceNumber> = states.keys().copied().filter(is_schedule).collect();
        for (referrer, target) in references {
            if is_schedule(referrer) && !placed.contains(referrer) && !is_place(target) {
                add(&mut states, *referrer, *target, is_place);
            }
        }
        // Whom a schedule names is where the schedule is, and so on: roles, persons, services, organisations.
        loop {
            let mut has_changed = false;
            for (referrer, target) in references {
                has_changed |= add(&mut states, *target, *referrer, is_place);
            }
            if !has_changed {
                break;
            }
        }
        Ok(Self { states, of_publisher })
    }

    /// The states of a resource, never none.
    pub(super) fn states(&self, resource: &SourceResource) -> StateSet {
        let own = self.states.get(&resource.number).copied().unwrap_or_default();
        let of_publisher = || self.of_publisher.get(&resource.publisher).copied().unwrap_or_default();
        [own, of_publisher()].into_iter().find(|states| !states.is_empty()).unwrap_or(StateSet::ALL)
    }

    /// Where a resource is, by its states.
    pub(super) fn whereabouts(states: StateSet) -> Whereabouts {
        Whereabouts::of(states)
    }
}

/// Adds to the states of one resource those of another; whether that changed anything. Places are where they are.
fn add(
    states: &mut FxHashMap<ResourceNumber, StateSet>,
    to: ResourceNumber,
    from: ResourceNumber,
    is_place: impl Fn(&ResourceNumber) -> bool,
) -> bool {
    let found = states.get(&from).copied().unwrap_or_default();
    if found.is_empty() || is_place(&to) {
        return false;
    }
    let own = states.entry(to).or_default();
    let before = std::mem::replace(own, own.union(found));
    before != *own
}

/// The states that the files of several states are for, by type.
#[derive(Debug, Default)]
pub(super) struct Tags(BTreeMap<(ResourceKind, Whereabouts), StateSet>);

impl Tags {
    pub(super) fn add(&mut self, kind: ResourceKind, whereabouts: Whereabouts, states: StateSet) {
        let all = self.0.entry((kind, whereabouts)).or_default();
        *all = all.union(states);
    }

    pub(super) fn letters(&self, kind: ResourceKind, whereabouts: Whereabouts) -> Vec<String> {
        let states = self.0.get(&(kind, whereabouts)).copied().unwrap_or_default();
        states.letters().map(str::to_owned).collect()
    }
}
