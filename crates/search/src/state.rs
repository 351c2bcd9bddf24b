//! What is in memory: provider locations, schedules, slots, traits and codes.

use std::ops::Deref;
use std::slice;
use std::sync::Arc;

use openslots_model::{
    Position, ProviderLocation, ProviderLocationNumber, PublisherNumber, ResourceNumber, SlotTraits, TraitsNumber,
    UnixSeconds,
};

use crate::clocks::ClockId;
use crate::codes::{CodeSet, CodeSetId, CodeTable, Interner};
use crate::columns::{Columns, column_start};
use crate::grid::Grid;
use crate::number_set::NumberSet;
use crate::paged::Paged;
use crate::profiles::{ProfileId, ProfileTable};
use crate::same_places::SamePlaces;
use crate::traits::{TraitsTable, texts};

/// A provider location: what a query needs of it once its document is found. 56 bytes, and 8 for each schedule if there
/// are several.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProviderLocationEntry {
    pub(crate) publisher: PublisherNumber,
    /// What filters ask of provider and place.
    pub(crate) profile: ProfileId,
    /// The clock of the place, where its zone is known.
    pub(crate) clock: Option<ClockId>,
    pub(crate) position: Option<Position>,
    /// Its schedules, ascending.
    pub(crate) schedules: ScheduleLinks,
}

/// A schedule of a provider location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScheduleLink {
    pub(crate) schedule: ResourceNumber,
    /// What it offers here.
    pub(crate) codes: CodeSetId,
}

/// The schedules of a provider location, ascending. Most have one, which is read with the entry: who walks over thousands
/// waits for memory once less for each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScheduleLinks {
    One(ScheduleLink),
    Others(Box<[ScheduleLink]>),
}

impl From<Vec<ScheduleLink>> for ScheduleLinks {
    fn from(links: Vec<ScheduleLink>) -> Self {
        match links[..] {
            [link] => Self::One(link),
            _ => Self::Others(links.into_boxed_slice()),
        }
    }
}

impl Deref for ScheduleLinks {
    type Target = [ScheduleLink];

    #[inline]
    fn deref(&self) -> &[ScheduleLink] {
        match self {
            Self::One(link) => slice::from_ref(link),
            Self::Others(links) => links,
        }
    }
}

/// Everything in memory. A clone is cheap and shares what neither side changes.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) provider_locations: Paged<ProviderLocationEntry>,
    /// The provider locations of each schedule, ascending; never empty.
    owners: Paged<Box<[ProviderLocationNumber]>>,
    /// The schedules that several provider locations have.
    shared_schedules: NumberSet,
    /// Those that have a position, by it.
    pub(crate) grid: Grid,
    pub(crate) columns: Columns,
    pub(crate) traits: Arc<TraitsTable>,
    pub(crate) codes: Arc<CodeTable>,
    pub(crate) profiles: Arc<ProfileTable>,
    /// Shared by all states, and always as the newest has it.
    pub(crate) same_places: Arc<SamePlaces>,
}

impl State {
    /// Sets the traits of a number.
    pub(crate) fn put_traits(&mut self, number: TraitsNumber, traits: &SlotTraits) {
        TraitsTable::put(&mut self.traits, number, traits, &mut Interner(&mut self.codes));
    }

    /// Sums schedules up as of a moment, if it is later than the one before; whether it was.
    pub(crate) fn sum_up(&mut self, as_of: UnixSeconds) -> bool {
        self.columns.sum_up(column_start(as_of), self.traits.kinds())
    }

    /// Adds a provider location or puts it in the place of the old one of its number.
    pub(crate) fn put_provider_location(
        &mut self,
        number: ProviderLocationNumber,
        provider_location: &ProviderLocation,
    ) {
        let profile = ProfileTable::intern(&mut self.profiles, provider_location);
        let mut interner = Interner(&mut self.codes);
        let of_provider = provider_location.provider.as_ref().map_or(&[][..], |provider| &provider.specialties);
        let languages = texts(provider_location.provider.as_ref().map_or(&[][..], |provider| &provider.languages));
        let mut schedules = provider_location
            .schedules
            .iter()
            .map(|schedule| {
                let service_types = interner.codes(&schedule.service_types);
                let specialties = interner.codes(schedule.specialties.iter().chain(of_provider));
                let vaccines = interner.codes(&schedule.vaccines);
                let mut vaccine_doses = schedule.vaccine_doses.clone();
                vaccine_doses.sort_unstable();
                let vaccine_doses = vaccine_doses.into_boxed_slice();
                let languages = languages.clone();
                let is_walk_in = schedule.is_walk_in;
                let set = CodeSet { service_types, specialties, languages, vaccines, vaccine_doses, is_walk_in };
                ScheduleLink { schedule: schedule.number, codes: interner.set(set) }
            })
            .collect::<Vec<_>>();
        schedules.sort_unstable();
        schedules.dedup_by_key(|link| link.schedule);
        let entry = ProviderLocationEntry {
            publisher: provider_location.publisher_number,
            profile,
            clock: self.profiles.profile(profile).clock,
            position: provider_location.place.as_ref().and_then(|place| place.position),
            schedules: ScheduleLinks::from(schedules),
        };
        let (links, position) = (entry.schedules.clone(), entry.position);
        let old = self.provider_locations.insert(number.0, entry);
        let before = old.as_ref().and_then(|old| Some((old.position?, &*old.schedules)));
        self.move_in_grid(number, before, position.map(|position| (position, &*links)));
        self.same_places.put(number, provider_location);
        for link in old.iter().flat_map(|old| old.schedules.iter()) {
            if links.binary_search_by_key(&link.schedule, |new| new.schedule).is_err() {
                self.remove_owner(link.schedule, number);
            }
        }
        for link in links.iter() {
            self.add_owner(link.schedule, number);
        }
    }

    /// Removes a provider location; whether there was one.
    pub(crate) fn remove_provider_location(&mut self, number: ProviderLocationNumber) -> bool {
        let Some(old) = self.provider_locations.remove(number.0) else { return false };
        self.same_places.remove(number);
        self.move_in_grid(number, old.position.map(|position| (position, &*old.schedules)), None);
        for link in old.schedules.iter() {
            self.remove_owner(link.schedule, number);
        }
        true
    }

    /// From where it was, with what schedules, to where it is.
    fn move_in_grid(
        &mut self,
        number: ProviderLocationNumber,
        from: Option<(Position, &[ScheduleLink])>,
        to: Option<(Position, &[ScheduleLink])>,
    ) {
        if from == to {
            return;
        }
        if let Some((from, _)) = from {
            self.grid.remove(number, from);
        }
        if let Some((to, links)) = to {
            self.grid.put(number, to, links);
        }
    }

    /// The provider locations of a schedule, ascending.
    pub(crate) fn owners(&self, schedule: ResourceNumber) -> &[ProviderLocationNumber] {
        self.owners.get(schedule.0).map_or(&[], |owners| owners)
    }

    /// Whether several provider locations have a schedule: few do.
    pub(crate) fn is_shared(&self, schedule: ResourceNumber) -> bool {
        self.shared_schedules.contains(schedule.0)
    }

    fn add_owner(&mut self, schedule: ResourceNumber, number: ProviderLocationNumber) {
        let owners = self.owners(schedule);
        if let Err(place) = owners.binary_search(&number) {
            let mut owners = owners.to_vec();
            owners.insert(place, number);
            self.shared_schedules.set(schedule.0, owners.len() > 1);
            self.owners.insert(schedule.0, owners.into_boxed_slice());
        }
    }

    fn remove_owner(&mut self, schedule: ResourceNumber, number: ProviderLocationNumber) {
        let owners = self.owners(schedule).iter().copied().filter(|owner| *owner != number).collect::<Box<[_]>>();
        self.shared_schedules.set(schedule.0, owners.len() > 1);
        if owners.is_empty() {
            self.owners.remove(schedule.0);
        } else {
            self.owners.insert(schedule.0, owners);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_location_takes_as_much_memory_as_is_said() {
        assert_eq!(size_of::<ProviderLocationEntry>(), 56);
        let link = |schedule| ScheduleLink { schedule: ResourceNumber(schedule), codes: 0 };
        for links in [vec![], vec![link(1)], vec![link(1), link(2)]] {
            assert_eq!(*ScheduleLinks::from(links.clone()), *links);
        }
    }
}
