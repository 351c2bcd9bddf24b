//! From a point to the ZIP codes around it.

use std::sync::OnceLock;

use openslots_model::{EARTH_RADIUS_MILES, Position};

use super::{ZipCode, zip_codes};

/// How far over a state line mail is delivered at most, in miles.
const NEAR_MILES: f64 = 25.0;

/// The ZIP code whose centroid is nearest, and its distance in miles. Points far from any are given one too: look at
/// the distance.
pub fn nearest_zip(position: Position) -> Option<(&'static ZipCode, f64)> {
    let order = by_latitude();
    let (below, above) = order.split_at(first_at_or_above(position.latitude));
    let mut south = below.iter().rev().peekable();
    let mut north = above.iter().peekable();
    let mut best: Option<(&'static ZipCode, f64)> = None;
    // Outward from the point's own latitude, the nearer side first, until no latitude left can hold a nearer one.
    loop {
        let gap = |code: Option<&&&'static ZipCode>| {
            code.map_or(f64::INFINITY, |code| miles_between_latitudes(code.position.latitude, position.latitude))
        };
        let (gap_south, gap_north) = (gap(south.peek()), gap(north.peek()));
        if gap_south.min(gap_north) > best.map_or(f64::MAX, |(_, miles)| miles) {
            return best;
        }
        let candidate = if gap_south < gap_north { south.next() } else { north.next() };
        let Some(code) = candidate else { return best };
        let miles = code.position.distance_miles(position);
        if best.is_none_or(|(_, best_miles)| miles < best_miles) {
            best = Some((code, miles));
        }
    }
}

/// All ZIP codes whose centroid lies within `radius_miles`, with their distances in miles, in no order.
pub fn zips_within(position: Position, radius_miles: f64) -> impl Iterator<Item = (&'static ZipCode, f64)> {
    let order = by_latitude();
    // A hair wider than the radius, so that rounding never loses one on the rim.
    let band = (radius_miles / EARTH_RADIUS_MILES).to_degrees() + 1e-9;
    let from = first_at_or_above(position.latitude - band);
    order[from..]
        .iter()
        .take_while(move |code| code.position.latitude <= position.latitude + band)
        .map(move |code| (*code, code.position.distance_miles(position)))
        .filter(move |(_, miles)| *miles <= radius_miles)
}

/// Whether a ZIP's people may well write that state: it is its own, or begins within [`NEAR_MILES`] of its centroid.
/// Some delivery areas cross a state line.
pub(crate) fn is_in_or_near(code: &ZipCode, state: &str) -> bool {
    code.state == state || zips_within(code.position, NEAR_MILES).any(|(near, _)| near.state == state)
}

fn miles_between_latitudes(a: f64, b: f64) -> f64 {
    (a - b).abs().to_radians() * EARTH_RADIUS_MILES
}

fn first_at_or_above(latitude: f64) -> usize {
    by_latitude().partition_point(|code| code.position.latitude < latitude)
}

/// All ZIP codes from south to north. A point's neighbours lie in a narrow band of it, a few hundred entries.
pub(super) fn by_latitude() -> &'static [&'static ZipCode] {
    static ORDER: OnceLock<Vec<&'static ZipCode>> = OnceLock::new();
    ORDER.get_or_init(|| {
        let mut order: Vec<_> = zip_codes().iter().collect();
        order.sort_by(|a, b| a.position.latitude.total_cmp(&b.position.latitude));
        order
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).expect("a position")
    }

    #[test]
    fn the_nearest_zip_of_known_places() {
        for (position, state, county) in [
            (at(42.3601, -71.0589), "MA", "Suffolk"),
            (at(37.8044, -122.2712), "CA", "Alameda"),
            (at(61.2181, -149.9003), "AK", "Anchorage Municipality"),
            (at(21.3069, -157.8583), "HI", "Honolulu"),
        ] {
            let (code, miles) = nearest_zip(position).expect("the table is not empty");
            assert_eq!((code.state, code.county), (state, county));
            assert!(miles < 5.0, "{code:?} is {miles} miles away");
        }
        let (_, miles) = nearest_zip(at(51.5, -0.12)).expect("the table is not empty");
        assert!(miles > 2_000.0, "London is far from every ZIP, got {miles}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_short_way_finds_what_the_long_way_finds(latitude in -90.0..90.0f64, longitude in -180.0..180.0f64, radius in 0.0..300.0f64) {
            let position = at(latitude, longitude);
            let by_scan = zip_codes().iter().map(|code| code.position.distance_miles(position));
            let nearest = by_scan.clone().fold(f64::INFINITY, f64::min);
            let (_, miles) = nearest_zip(position).expect("the table is not empty");
            prop_assert_eq!(miles, nearest);
            prop_assert_eq!(zips_within(position, radius).count(), by_scan.filter(|miles| *miles <= radius).count());
        }
    }
}
