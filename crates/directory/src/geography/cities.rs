//! Cities and counties, as sums of their ZIP codes.

use std::ops::Range;
use std::sync::OnceLock;

use openslots_model::Position;

use super::{ZipCode, zip_codes};
use crate::text::{fold, words};

/// A city (or a county) and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct City {
    /// Two letters.
    pub state: &'static str,
    /// Mean of the centroids of its ZIP codes.
    pub position: Position,
    /// Its ZIP codes; never empty.
    pub zip_codes: &'static [&'static ZipCode],
}

/// The city of that name in a state (two letters). Names are compared as [`fold_city`] writes them.
pub fn find_city(city: &str, state: &str) -> Option<City> {
    cities().find(&fold_city(city), state)
}

/// Whether any state has a city of that name.
pub fn is_city_name(name: &str) -> bool {
    !cities().named(&fold_city(name)).is_empty()
}

/// The county of that name in a state (two letters), with or without what kind of county it is.
pub fn find_county(county: &str, state: &str) -> Option<City> {
    counties().find(&fold_county(county), state)
}

/// A city's name for comparing: folded, and `St`, `Mt`, `Ft` written out, so that `St. Louis` is `Saint Louis`.
pub fn fold_city(city: &str) -> String {
    let mut folded = String::with_capacity(city.len() + 8);
    for word in words(&fold(city)) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(match word {
            "st" => "saint",
            "ste" => "sainte",
            "mt" => "mount",
            "ft" => "fort",
            word => word,
        });
    }
    folded
}

/// A county's name for comparing: folded, without what kind of county it is (`Nome (CA)`, `Denali Borough`).
pub(crate) fn fold_county(county: &str) -> String {
    const KINDS: [&str; 8] =
        [" city and borough", " census area", " county", " parish", " borough", " municipality", " municipio", " ca"];
    let folded = fold_city(county);
    let named = KINDS.iter().find_map(|kind| folded.strip_suffix(kind)).unwrap_or(&folded);
    named.strip_prefix("city and borough of ").unwrap_or(named).to_owned()
}

/// ZIP codes grouped by a name and a state, ordered by both.
pub(super) struct Gazetteer {
    /// All ZIP codes, group after group.
    codes: Vec<&'static ZipCode>,
    /// Folded name of each group and where it starts in `codes`.
    groups: Vec<(Box<str>, u32)>,
}

impl Gazetteer {
    fn new(name_of: impl Fn(&'static ZipCode) -> String) -> Self {
        let mut named: Vec<_> = zip_codes().iter().map(|code| (name_of(code), code)).collect();
        named.sort_by(|(name_a, a), (name_b, b)| (name_a, a.state, a.zip).cmp(&(name_b, b.state, b.zip)));
        let mut gazetteer = Self { codes: Vec::with_capacity(named.len()), groups: Vec::new() };
        for (name, code) in named {
            let known = gazetteer.groups.last().is_some_and(|(last, _)| **last == *name)
                && gazetteer.codes.last().is_some_and(|last| last.state == code.state);
            if !known {
                gazetteer.groups.push((name.into_boxed_str(), gazetteer.codes.len() as u32));
            }
            gazetteer.codes.push(code);
        }
        gazetteer
    }

    fn state(&self, group: usize) -> &'static str {
        self.codes[self.groups[group].1 as usize].state
    }

    fn group(&self, group: usize) -> &[&'static ZipCode] {
        let end = self.groups.get(group + 1).map_or(self.codes.len(), |(_, start)| *start as usize);
        &self.codes[self.groups[group].1 as usize..end]
    }

    /// The numbers of the groups of that folded name, ordered by state.
    fn named(&self, name: &str) -> Range<usize> {
        let from = self.groups.partition_point(|(known, _)| **known < *name);
        let n_same = self.groups[from..].partition_point(|(known, _)| **known == *name);
        from..from + n_same
    }

    /// The group of that folded name in a state.
    pub(super) fn find(&'static self, name: &str, state: &str) -> Option<City> {
        self.named(name).find(|group| self.state(*group) == state).map(|group| City::of(self.group(group)))
    }

    /// The groups of that folded name in all states, the one with most ZIP codes first.
    pub(super) fn find_all(&'static self, name: &str) -> Vec<City> {
        let mut found: Vec<_> = self.named(name).map(|group| City::of(self.group(group))).collect();
        found.sort_by_key(|city| std::cmp::Reverse(city.zip_codes.len()));
        found
    }
}

impl City {
    fn of(zip_codes: &'static [&'static ZipCode]) -> Self {
        let mean = |of: fn(&Position) -> f64| {
            zip_codes.iter().map(|code| of(&code.position)).sum::<f64>() / zip_codes.len() as f64
        };
        // No city and no county of the table lies on both sides of the date line.
        let position = Position { latitude: mean(|at| at.latitude), longitude: mean(|at| at.longitude) };
        Self { state: zip_codes[0].state, position, zip_codes }
    }
}

/// All cities.
pub(super) fn cities() -> &'static Gazetteer {
    static CITIES: OnceLock<Gazetteer> = OnceLock::new();
    CITIES.get_or_init(|| Gazetteer::new(|code| fold_city(code.city)))
}

/// All counties.
pub(super) fn counties() -> &'static Gazetteer {
    static COUNTIES: OnceLock<Gazetteer> = OnceLock::new();
    COUNTIES.get_or_init(|| Gazetteer::new(|code| fold_county(code.county)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cities_are_compared_written_out() {
        for (a, b) in [
            ("St. Louis", "Saint Louis"),
            ("PORT ST LUCIE", "Port Saint Lucie"),
            ("Mt Vernon", "Mount Vernon"),
            ("Ft. Worth", "fort  worth"),
            ("Coeur d'Alene", "Coeur D Alene"),
        ] {
            assert_eq!(fold_city(a), fold_city(b));
        }
    }

    #[test]
    fn names_of_counties_are_compared_without_their_kind() {
        for (county, want) in [
            ("Aleutians West (CA)", "aleutians west"),
            ("Bethel Census Area", "bethel"),
            ("City and Borough of Wrangell", "wrangell"),
            ("Juneau City and Borough", "juneau"),
            ("OGLALA LAKOTA COUNTY", "oglala lakota"),
            ("St. Joseph", "saint joseph"),
            ("Orleans Parish", "orleans"),
        ] {
            assert_eq!(fold_county(county), want);
        }
    }

    #[test]
    fn every_zip_is_in_its_city_and_its_county() {
        for gazetteer in [cities(), counties()] {
            assert_eq!(gazetteer.codes.len(), zip_codes().len());
            assert!(gazetteer.groups.is_sorted_by(|a, b| (&a.0, a.1) < (&b.0, b.1)));
        }
        for code in zip_codes().iter().step_by(97) {
            let city = find_city(code.city, code.state).expect(code.city);
            assert!(city.zip_codes.contains(&code), "{code:?}");
            let county = counties().find(&fold_county(code.county), code.state).expect(code.county);
            assert!(county.zip_codes.contains(&code), "{code:?}");
        }
    }
}
