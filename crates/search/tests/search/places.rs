//! Distance, states and cities.

use openslots_model::{
    AvailabilityQuery, Near, PageStart, Position, ProviderLocation, ProviderLocationSort, UnixSeconds,
};
use openslots_search::SearchIndex;

use crate::world::{Edit, World, provider_location};

fn index_of(dir: &tempfile::TempDir, list: impl IntoIterator<Item = ProviderLocation>) -> SearchIndex {
    let mut world = World::default();
    list.into_iter().for_each(|it| {
        world.add(it);
    });
    world.index(dir.path())
}

fn all() -> AvailabilityQuery {
    AvailabilityQuery::free_from(UnixSeconds(0))
}

fn found(index: &SearchIndex, query: &AvailabilityQuery) -> Vec<u32> {
    let sort = if query.near.is_some() { ProviderLocationSort::Distance } else { ProviderLocationSort::Start };
    let page = index.snapshot().provider_locations(query, sort, PageStart::Offset(0), 100, 1);
    page.expect("provider locations").hits.iter().map(|hit| hit.number.0).collect()
}

fn near(latitude: f64, longitude: f64, radius_miles: f64) -> AvailabilityQuery {
    let position = Position::new(latitude, longitude).expect("a position");
    AvailabilityQuery { near: Some(Near { position, radius_miles }), ..all() }
}

#[test]
fn the_radius_is_exact_and_its_edge_belongs_to_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(&dir, [provider_location(1, &[1]).positioned(42.61, -71.06)]);
    let miles = Position::new(42.36, -71.06)
        .expect("a position")
        .distance_miles(Position::new(42.61, -71.06).expect("a position"));
    for (radius, want) in [
        (miles, &[1][..]),
        (miles + 1e-9, &[1]),
        (miles - 1e-9, &[]),
        (0.0, &[]),
        (-1.0, &[]),
        (f64::NAN, &[]),
        (f64::INFINITY, &[1]),
    ] {
        assert_eq!(found(&index, &near(42.36, -71.06, radius)), want, "{radius}");
    }
    assert_eq!(found(&index, &near(42.61, -71.06, 0.0)), [1], "at the place itself");
}

#[test]
fn the_nearest_comes_first_with_its_distance() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(
        &dir,
        [
            provider_location(1, &[1]).positioned(42.50, -71.06),
            provider_location(2, &[2]).positioned(42.37, -71.06),
            provider_location(3, &[3]),
        ],
    );
    let query = near(42.36, -71.06, 100.0);
    let page = index.snapshot().provider_locations(&query, ProviderLocationSort::Distance, PageStart::Offset(0), 9, 1);
    let page = page.expect("provider locations");
    let distances = page.hits.iter().map(|hit| (hit.number.0, hit.distance_miles)).collect::<Vec<_>>();
    assert!(
        matches!(distances[..], [(2, Some(near)), (1, Some(far))] if (0.6..0.8).contains(&near) && (9.0..10.0).contains(&far)),
        "{distances:?}; a place without position is nowhere near"
    );
    assert_eq!(page.total, 2);
}

#[test]
fn circles_cross_the_antimeridian_and_hold_poles() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(
        &dir,
        [
            provider_location(1, &[1]).positioned(51.88, 179.95),
            provider_location(2, &[2]).positioned(51.88, -179.95),
            provider_location(3, &[3]).positioned(89.9, 10.5),
            provider_location(4, &[4]).positioned(89.9, -169.5),
            provider_location(5, &[5]).positioned(52.1, 180.0),
        ],
    );
    for (query, want) in [
        (near(51.88, 179.96, 10.0), &[1, 2][..]),
        (near(51.88, -179.96, 10.0), &[2, 1]),
        (near(51.88, -179.96, 20.0), &[2, 1, 5]),
        (near(89.95, 10.5, 15.0), &[3, 4]),
        (near(0.5, 0.5, 13_000.0), &[3, 1, 2, 5, 4]),
    ] {
        let mut got = found(&index, &query);
        let mut want = want.to_vec();
        if want.len() > 3 {
            got.sort_unstable();
            want.sort_unstable();
        }
        assert_eq!(got, want, "{query:?}");
    }
}

#[test]
fn virtual_care_counts_where_it_is_licensed() {
    let virtually = |number: u32, states: &[&str]| {
        provider_location(number, &[number]).at("Boston", "MA").edit(|it| {
            if let Some(place) = &mut it.place {
                place.is_virtual = true;
                place.licensed_states = states.iter().map(|state| (*state).to_owned()).collect();
            }
        })
    };
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(
        &dir,
        [
            provider_location(1, &[1]).at("Boston", "MA"),
            virtually(2, &["NY", "CT"]),
            virtually(3, &[]),
            provider_location(4, &[4]).edit(|it| it.place = None),
        ],
    );
    let state = |state: &str| AvailabilityQuery { state: Some(state.into()), ..all() };
    let is_virtual = |is_virtual| AvailabilityQuery { is_virtual: Some(is_virtual), ..all() };
    for (query, want) in [
        (state("MA"), &[1, 3][..]),
        (state("ma"), &[1, 3]),
        (state("CT"), &[2]),
        (state("NY"), &[2]),
        (state("RI"), &[]),
        (is_virtual(true), &[2, 3]),
        (is_virtual(false), &[1]),
        (all(), &[1, 2, 3, 4]),
    ] {
        assert_eq!(found(&index, &query), want, "{query:?}");
    }
}

#[test]
fn cities_are_compared_without_case_and_accents() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(
        &dir,
        [provider_location(1, &[1]).at("Mayagüez", "PR"), provider_location(2, &[2]).at("St. Louis", "MO")],
    );
    for (city, want) in [
        ("MAYAGUEZ", &[1][..]),
        ("mayagüez", &[1]),
        ("st louis", &[2]),
        ("St.  Louis", &[2]),
        ("Saint Louis", &[2]),
        ("Louis", &[]),
        ("", &[]),
    ] {
        let query = AvailabilityQuery { city: Some(city.into()), ..all() };
        assert_eq!(found(&index, &query), want, "{city}");
    }
}
