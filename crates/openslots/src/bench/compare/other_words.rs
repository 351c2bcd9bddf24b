//! Words that places hold beside their providers' names.
//!
//! A free text is looked for in all that is said of a place, where the databases look at providers' names alone. So that
//! both are asked the same, names are chosen that nothing else in their city begins with.

use std::collections::{BTreeSet, HashMap};

use openslots_directory::text::{fold, words};
use openslots_directory::vocabulary;
use openslots_model::ProviderLocation;

/// For each city the words of organisations, places, services and descriptions, in order.
#[derive(Debug, Default)]
pub(super) struct OtherWords {
    by_city: HashMap<String, BTreeSet<String>>,
}

impl OtherWords {
    /// Adds those of a provider location.
    pub(super) fn add(&mut self, at: &ProviderLocation) {
        let Some(place) = &at.place else { return };
        let Some(city) = &place.city else { return };
        let known = self.by_city.entry(city.to_lowercase()).or_default();
        let mut add = |text: &str| {
            let folded = fold(text);
            for word in words(&folded) {
                if !known.contains(word) {
                    known.insert(word.to_owned());
                }
            }
        };
        let of_place = [&place.name, &place.description, &place.city, &place.state, &place.district];
        of_place.into_iter().flatten().chain(&place.address_lines).for_each(|text| add(text));
        if let Some(provider) = &at.provider {
            provider.organization.iter().chain(&provider.description).for_each(|text| add(text));
        }
        for coding in at.service_types().into_iter().chain(at.specialties()) {
            coding.display.iter().for_each(|text| add(text));
            for specialty in vocabulary::specialties_of(&coding) {
                add(specialty.label);
                specialty.words.iter().for_each(|text| add(text));
            }
        }
    }

    /// Whether any word of a city begins with a name.
    pub(super) fn begin_with(&self, city: &str, name: &str) -> bool {
        let name = fold(name);
        let Some(known) = self.by_city.get(&city.to_lowercase()) else { return false };
        known.range(name.clone()..).next().is_some_and(|word| word.starts_with(&name))
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{Place, ProviderLocationKey, PublicId, PublisherNumber};

    use super::*;

    #[test]
    fn names_that_something_else_in_the_city_begins_with_are_known() {
        let place = Place {
            name: Some("Wrightwood Clinic".to_owned()),
            city: Some("St. Louis".to_owned()),
            address_lines: vec!["12 Élan Street".to_owned()],
            ..Place::default()
        };
        let mut other = OtherWords::default();
        other.add(&ProviderLocation {
            key: ProviderLocationKey(PublicId::from_bytes([7; 10])),
            publisher: "a".parse().expect("a slug"),
            publisher_number: PublisherNumber(1),
            provider: None,
            place: Some(place),
            schedules: Vec::new(),
        });
        for (city, name, want) in [
            ("ST. LOUIS", "Wright", true),
            ("St. Louis", "elan", true),
            ("St. Louis", "Louise", false),
            ("St. Louis", "Wood", false),
            ("Boston", "Wright", false),
        ] {
            assert_eq!(other.begin_with(city, name), want, "{name} in {city}");
        }
    }
}
