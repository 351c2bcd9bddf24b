//! Counts: days and facets.

use std::collections::{BTreeMap, BTreeSet};

use openslots_model::{AvailabilityQuery, Coding, LocalDate, ProviderLocation};
use openslots_search::{Calendar, Facet, FacetValue, SlotCounts};

use super::slots::{date_of, local};
use super::{Oracle, clamped, listed};

impl Oracle<'_> {
    pub(crate) fn days(&self, query: &AvailabilityQuery) -> Calendar {
        let mut days: BTreeMap<LocalDate, SlotCounts> = BTreeMap::new();
        let mut without_day = SlotCounts::default();
        for (it, _, slot) in self.found_slots(query) {
            let start = clamped(slot.start).max(clamped(query.window.from));
            let counts = match local(it, start) {
                Some(local) => days.entry(date_of(local)).or_default(),
                None => &mut without_day,
            };
            counts.n_slots += 1;
            counts.n_free += u64::from(self.world.traits[&slot.traits].is_bookable());
        }
        Calendar { days: days.into_iter().collect(), without_day }
    }

    pub(crate) fn slot_facet(&self, query: &AvailabilityQuery, facet: Facet) -> BTreeMap<FacetValue, u64> {
        let mut counts = BTreeMap::new();
        for (it, schedule, slot) in self.found_slots(query) {
            let traits = &self.world.traits[&slot.traits];
            let of_provider = it.provider.iter().flat_map(|provider| provider.specialties.clone());
            let specialties = schedule.specialties.iter().cloned().chain(of_provider).collect::<Vec<_>>();
            let codes = |own: &[Coding], others: &[Coding]| if own.is_empty() { others.to_vec() } else { own.to_vec() };
            let values = match facet {
                Facet::ServiceType => code_values(codes(&traits.service_types, &schedule.service_types)),
                Facet::Specialty => code_values(codes(&traits.specialties, &specialties)),
                Facet::Language if !traits.languages.is_empty() => text_values(traits.languages.clone()),
                _ => values_of(it, facet),
            };
            values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
        }
        counts
    }

    pub(crate) fn provider_location_facet(&self, query: &AvailabilityQuery, facet: Facet) -> BTreeMap<FacetValue, u64> {
        let mut counts = BTreeMap::new();
        for it in self.matching(query) {
            let it = it.provider_location;
            if self.matching_slots(query, it).is_empty() && !self.is_found_without_slots(query, it) {
                continue;
            }
            let values = match facet {
                Facet::ServiceType => code_values(it.service_types()),
                Facet::Specialty => code_values(it.specialties()),
                _ => values_of(it, facet),
            };
            values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
        }
        counts
    }
}

fn code_values(codings: Vec<Coding>) -> BTreeSet<FacetValue> {
    codings.into_iter().map(|coding| FacetValue::Code(listed(coding))).collect()
}

fn text_values(texts: Vec<String>) -> BTreeSet<FacetValue> {
    texts.into_iter().map(|text| FacetValue::Text(text.into())).collect()
}

/// What provider and place of a provider location carry.
fn values_of(it: &ProviderLocation, facet: Facet) -> BTreeSet<FacetValue> {
    let (provider, place) = (it.provider.clone(), it.place.clone());
    text_values(match facet {
        Facet::Publisher => return BTreeSet::from([FacetValue::Publisher(it.publisher_number)]),
        Facet::Language => provider.map_or(vec![], |provider| provider.languages),
        Facet::Network => provider.map_or(vec![], |provider| provider.networks),
        Facet::Gender => {
            let known = |gender: &String| ["female", "male", "other", "unknown"].contains(&gender.as_str());
            provider.and_then(|provider| provider.gender).filter(known).into_iter().collect()
        }
        Facet::State => place.map_or(vec![], |place| place.served_states().map(str::to_owned).collect()),
        Facet::IsVirtual => match place.map(|place| (place.is_virtual, place.is_in_person())) {
            Some((true, true)) => vec!["true".to_owned(), "false".to_owned()],
            Some((is_virtual, _)) => vec![is_virtual.to_string()],
            None => vec![],
        },
        Facet::ServiceType | Facet::Specialty => unreachable!("these are codes"),
    })
}
