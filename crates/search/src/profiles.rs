//! What filters and facets ask of provider and place, one number for each combination.
//!
//! Provider locations share few combinations of gender, languages' place, networks, states and clocks; a query decides
//! once for each, not once for each provider location.

use std::sync::Arc;

use openslots_directory::text::{fold, words};
use openslots_model::{AvailabilityQuery, Gender, ProviderLocation};
use rustc_hash::FxHashMap;

use crate::clocks::{ClockId, ClockTable};

/// Number of a distinct [`Profile`].
pub(crate) type ProfileId = u32;

/// What of provider and place is shared by many.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Profile {
    /// Whether care is virtual; `None`: the place is not known.
    pub(crate) is_virtual: Option<bool>,
    /// Whether one can go there.
    pub(crate) is_in_person: bool,
    pub(crate) gender: Option<Gender>,
    /// Insurance networks as published.
    pub(crate) networks: Box<[Arc<str>]>,
    /// States that care is for.
    pub(crate) states: Box<[Arc<str>]>,
    /// The clock of the place, where its zone is known.
    pub(crate) clock: Option<ClockId>,
}

impl Profile {
    fn of(provider_location: &ProviderLocation, clocks: &mut ClockTable) -> Self {
        let (provider, place) = (provider_location.provider.as_ref(), provider_location.place.as_ref());
        let texts = |texts: &mut dyn Iterator<Item = &str>| {
            let mut texts = texts.map(Arc::from).collect::<Vec<Arc<str>>>();
            texts.sort_unstable();
            texts.dedup();
            texts.into_boxed_slice()
        };
        Self {
            is_virtual: place.map(|place| place.is_virtual),
            is_in_person: place.is_some_and(openslots_model::Place::is_in_person),
            gender: provider.and_then(|provider| provider.gender.as_deref()?.parse().ok()),
            networks: texts(&mut provider.iter().flat_map(|it| it.networks.iter().map(String::as_str))),
            states: texts(&mut place.iter().flat_map(|place| place.served_states())),
            clock: place.and_then(|place| place.time_zone.as_deref()).and_then(|zone| clocks.intern(zone)),
        }
    }

    fn matches(&self, query: &AvailabilityQuery) -> bool {
        let has_care = |is_virtual| if is_virtual { self.is_virtual == Some(true) } else { self.is_in_person };
        query.is_virtual.is_none_or(has_care)
            && query.gender.is_none_or(|gender| self.gender == Some(gender))
            && (query.networks.is_empty() || query.networks.iter().any(|wanted| self.has_network(wanted)))
    }

    fn has_network(&self, wanted: &str) -> bool {
        let wanted = fold(wanted);
        self.networks.iter().any(|network| {
            let network = fold(network);
            !wanted.is_empty() && words(&wanted).all(|word| words(&network).any(|own| own == word))
        })
    }
}

/// All distinct profiles. Numbers are given in order of appearance and never taken back.
#[derive(Clone, Default)]
pub(crate) struct ProfileTable {
    profiles: Vec<Arc<Profile>>,
    ids: FxHashMap<Arc<Profile>, ProfileId>,
    pub(crate) clocks: ClockTable,
}

impl ProfileTable {
    /// The profile of a number.
    pub(crate) fn profile(&self, id: ProfileId) -> &Profile {
        &self.profiles[id as usize]
    }

    /// The number of a provider location's profile. Snapshots share the table; it is copied when a new one comes.
    pub(crate) fn intern(table: &mut Arc<Self>, provider_location: &ProviderLocation) -> ProfileId {
        // A clock may be new although the profile is not; the copy of a handful of pointers costs nothing.
        let mut clocks = table.clocks.clone();
        let profile = Profile::of(provider_location, &mut clocks);
        if let Some(id) = table.ids.get(&profile) {
            return *id;
        }
        let table = Arc::make_mut(table);
        let (id, profile) = (table.profiles.len() as ProfileId, Arc::new(profile));
        table.clocks = clocks;
        table.profiles.push(Arc::clone(&profile));
        table.ids.insert(profile, id);
        id
    }

    /// For each profile whether it is what a query asks for; `None`: the query asks nothing of profiles.
    pub(crate) fn matching(&self, query: &AvailabilityQuery) -> Option<Vec<bool>> {
        let asks = query.is_virtual.is_some() || query.gender.is_some() || !query.networks.is_empty();
        asks.then(|| self.profiles.iter().map(|profile| profile.matches(query)).collect())
    }
}
