//! Where a publisher's locations are.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use openslots_directory::geography::{ZipCode, zip_codes};

use crate::Error;
use crate::calendar::Zone;
use crate::random::{Key, Purpose};
use crate::style::{Business, Style};

/// Cities that publishers are at home in, in turn, so that a small simulation covers what people search for first.
const HOMES: [(&str, &str); 20] = [
    ("Boston", "MA"),
    ("Chicago", "IL"),
    ("Houston", "TX"),
    ("Los Angeles", "CA"),
    ("New York", "NY"),
    ("Philadelphia", "PA"),
    ("Phoenix", "AZ"),
    ("Seattle", "WA"),
    ("Denver", "CO"),
    ("Atlanta", "GA"),
    ("Miami", "FL"),
    ("Minneapolis", "MN"),
    ("Portland", "OR"),
    ("Nashville", "TN"),
    ("Columbus", "OH"),
    ("Detroit", "MI"),
    ("Charlotte", "NC"),
    ("Honolulu", "HI"),
    ("Anchorage", "AK"),
    ("Baltimore", "MD"),
];

/// A city counts as large from this number of ZIP codes on.
const LARGE_CITY_ZIP_CODES: usize = 5;

/// The ZIP codes of a state.
struct StatePool {
    all: Vec<&'static ZipCode>,
    /// Those of large cities; all, where there is no large city.
    urban: Vec<&'static ZipCode>,
    /// The mean of the centroids, to tell neighbours.
    latitude: f64,
    longitude: f64,
}

static POOLS: LazyLock<BTreeMap<&'static str, StatePool>> = LazyLock::new(|| {
    let mut by_state: BTreeMap<&'static str, Vec<&'static ZipCode>> = BTreeMap::new();
    for zip in zip_codes() {
        // The Marshall Islands are in the postal system, but none of the states.
        if zip.state != "MH" {
            by_state.entry(zip.state).or_default().push(zip);
        }
    }
    by_state.into_iter().map(|(state, all)| (state, StatePool::new(all))).collect()
});

impl StatePool {
    fn new(all: Vec<&'static ZipCode>) -> Self {
        let mut n_of_city: HashMap<&str, usize> = HashMap::new();
        for zip in &all {
            *n_of_city.entry(zip.city).or_default() += 1;
        }
        let mut urban: Vec<_> = all.iter().copied().filter(|zip| n_of_city[zip.city] >= LARGE_CITY_ZIP_CODES).collect();
        if urban.is_empty() {
            urban.clone_from(&all);
        }
        let mean = |of: fn(&ZipCode) -> f64| all.iter().map(|zip| of(zip)).sum::<f64>() / all.len() as f64;
        let (latitude, longitude) = (mean(|zip| zip.position.latitude), mean(|zip| zip.position.longitude));
        Self { all, urban, latitude, longitude }
    }

    /// A comparable measure of how far apart two states are; good enough to find neighbours.
    fn distance(&self, other: &Self) -> f64 {
        let shrink = self.latitude.to_radians().cos();
        (self.latitude - other.latitude).powi(2) + ((self.longitude - other.longitude) * shrink).powi(2)
    }
}

/// Where one location is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    /// `None`: virtual.
    pub(crate) zip: Option<&'static ZipCode>,
    /// Position in hundred-thousandths of a degree (about a metre), latitude first; `None`: not published.
    pub(crate) position_e5: Option<(i32, i32)>,
    pub(crate) zone: Zone,
}

/// Locations that share their Slot files: those of a state, or the virtual ones.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    /// How it is named in file names.
    pub(crate) name: &'static str,
    /// The states that it serves.
    pub(crate) states: Vec<&'static str>,
    pub(crate) locations: Range<u32>,
}

/// Where all locations of a publisher are.
#[derive(Debug)]
pub(crate) struct Sites {
    pub(crate) sites: Vec<Site>,
    pub(crate) regions: Vec<Region>,
}

impl Sites {
    /// Chooses places for `n_locations` in about `n_states` states.
    pub(crate) fn choose(key: Key, number: u32, style: &Style, n_locations: u32, n_states: u32) -> Result<Self, Error> {
        let (home_city, home_state) = HOMES[number as usize % HOMES.len()];
        if !POOLS.contains_key(home_state) {
            return Err(Error::NoZipCodes(home_state));
        }
        let n_virtual = if style.has_virtual_places && n_locations >= 4 { (n_locations / 40).max(1) } else { 0 };
        let n_physical = n_locations - n_virtual;
        let states = choose_states(key, style.business, home_state, n_states.clamp(1, n_physical) as usize);

        let mut sites = Vec::with_capacity(n_locations as usize);
        let mut regions = Vec::with_capacity(states.len() + 1);
        for (state, n) in states.iter().zip(shares(n_physical, states.len() as u32)) {
            let first = sites.len() as u32;
            // A quarter of the places at home is in the home city itself.
            let n_in_city = if *state == home_state { n.div_ceil(4) } else { 0 };
            for index in first..first + n {
                let key = key.for_purpose(Purpose::Place).of(u64::from(index));
                let zip = choose_zip(key, state, (index - first < n_in_city).then_some(home_city));
                sites.push(Site::physical(key, zip, style));
            }
            regions.push(Region { name: state, states: vec![state], locations: first..first + n });
        }
        if n_virtual > 0 {
            let home = &POOLS[home_state];
            let zone = Zone::of(home_state, home.latitude, home.longitude);
            sites.extend((0..n_virtual).map(|_| Site { zip: None, position_e5: None, zone }));
            regions.push(Region { name: "virtual", states: states.clone(), locations: n_physical..n_locations });
        }
        Ok(Self { sites, regions })
    }
}

impl Site {
    fn physical(key: Key, zip: &'static ZipCode, style: &Style) -> Self {
        let (latitude, longitude) = (zip.position.latitude, zip.position.longitude);
        // One place in eight has no position, even where the others do.
        let has_position = style.has_positions && key.of(10).below(8) != 0;
        let jitter = |number| key.of(number).below(4_001) as i32 - 2_000;
        let position = ((latitude * 1e5).round() as i32 + jitter(11), (longitude * 1e5).round() as i32 + jitter(12));
        Self {
            zip: Some(zip),
            position_e5: has_position.then_some(position),
            zone: Zone::of(zip.state, latitude, longitude),
        }
    }
}

/// The home state, then others: neighbours for clinics, any for stores.
fn choose_states(key: Key, business: Business, home: &'static str, n: usize) -> Vec<&'static str> {
    let key = key.for_purpose(Purpose::State);
    let mut others: Vec<(&'static str, f64)> = POOLS
        .iter()
        .enumerate()
        .filter(|(_, (state, _))| **state != home)
        .map(|(index, (state, pool))| {
            let rank = match business {
                Business::Clinic => pool.distance(&POOLS[home]),
                Business::Store => key.of(index as u64).below(1 << 32) as f64,
            };
            (*state, rank)
        })
        .collect();
    others.sort_by(|a, b| a.1.total_cmp(&b.1));
    std::iter::once(home).chain(others.into_iter().map(|(state, _)| state)).take(n).collect()
}

/// How many places each of `n_states` states gets: a fifth of all for the first, at least one for each.
fn shares(n: u32, n_states: u32) -> Vec<u32> {
    if n_states <= 1 {
        return vec![n];
    }
    let home = (n / 5).max(n / n_states).max(1);
    let (rest, n_others) = (n - home, n_states - 1);
    let even = (0..n_others).map(|index| (index + 1) * rest / n_others - index * rest / n_others);
    std::iter::once(home).chain(even).collect()
}

/// A ZIP code of a state: in the city if one is named and known, else two times in three in a large city.
fn choose_zip(key: Key, state: &'static str, city: Option<&str>) -> &'static ZipCode {
    let pool = &POOLS[state];
    let of_city: Vec<&'static ZipCode> = match city {
        Some(city) => pool.urban.iter().copied().filter(|zip| zip.city == city).collect(),
        None => Vec::new(),
    };
    let list = match (of_city.is_empty(), key.below(3)) {
        (false, _) => &of_city,
        (true, 0) => &pool.all,
        (true, _) => &pool.urban,
    };
    key.of(1).pick(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_home_is_a_large_city_of_the_table() {
        for (city, state) in HOMES {
            let n = POOLS[state].urban.iter().filter(|zip| zip.city == city).count();
            assert!(n >= LARGE_CITY_ZIP_CODES, "{city}, {state}: {n}");
        }
    }

    #[test]
    fn regions_cover_all_locations_without_overlap() {
        for (number, n_locations, n_states) in
            [(0, 1, 3), (0, 4, 3), (3, 25, 4), (1, 250, 12), (9, 1_000, 12), (2, 7, 1)]
        {
            let sites = Sites::choose(Key::new(1), number, &Style::of(number), n_locations, n_states).unwrap();
            assert_eq!(sites.sites.len() as u32, n_locations);
            let mut next = 0;
            for region in &sites.regions {
                assert_eq!(region.locations.start, next, "{number} {n_locations}");
                assert!(!region.locations.is_empty(), "{number} {n_locations} {region:?}");
                next = region.locations.end;
            }
            assert_eq!(next, n_locations);
        }
    }

    #[test]
    fn the_first_publisher_is_in_boston() {
        let sites = Sites::choose(Key::new(9), 0, &Style::of(0), 20, 4).unwrap();
        assert_eq!(sites.sites[0].zip.map(|zip| (zip.city, zip.state)), Some(("Boston", "MA")));
        // Clinics keep to neighbours.
        for region in &sites.regions {
            assert!(["MA", "RI", "NH", "CT", "virtual"].contains(&region.name), "{}", region.name);
        }
    }
}
