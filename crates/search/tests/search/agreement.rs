//! Thousands of random queries, compared with plain loops over the same data.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use openslots_directory::links::{LinkIndex, PlaceSignals};
use openslots_model::{AvailabilityQuery, PageStart, ProviderLocation, ResourceNumber};
use openslots_search::{Facet, FacetCount, FacetValue, SamePlace, SearchIndex};

use crate::oracle::{Oracle, listed};
use crate::random::{Extent, Random, alike, any_query, any_slot_sort, any_update, any_world, any_world_of};
use crate::world::World;

const FACETS: [Facet; 8] = [
    Facet::Publisher,
    Facet::ServiceType,
    Facet::Specialty,
    Facet::Language,
    Facet::State,
    Facet::Gender,
    Facet::Network,
    Facet::IsVirtual,
];

fn assert_facets(
    got: Vec<(Facet, Vec<FacetCount>)>,
    want: impl Fn(Facet) -> BTreeMap<FacetValue, u64>,
    query: &AvailabilityQuery,
) {
    assert_eq!(got.len(), FACETS.len());
    for (facet, counts) in got {
        assert!(counts.is_sorted_by_key(|count| Reverse(count.n)), "{counts:?}");
        let got = counts.into_iter().map(|FacetCount { value, n }| match value {
            FacetValue::Code(coding) => (FacetValue::Code(listed(coding)), n),
            value => (value, n),
        });
        assert_eq!(got.collect::<BTreeMap<_, _>>(), want(facet), "{facet:?}: {query:#?}");
    }
}

/// Links are those that an index of places gives which was built anew; what is returned is how many there are.
fn assert_same_places(world: &World, index: &SearchIndex) -> usize {
    let mut links = LinkIndex::default();
    let placed = || world.provider_locations.iter().filter_map(|(number, it)| Some((*number, it, it.place.as_ref()?)));
    for (_, it, place) in placed() {
        links.insert(place.id.expect("an id"), it.publisher_number, PlaceSignals::of(place));
    }
    let (snapshot, mut n_links) = (index.snapshot(), 0);
    for (number, it, place) in placed() {
        let want = links.linked(place.id.expect("an id")).into_iter().map(|link| {
            let is_same = |other: &ProviderLocation| match (&it.provider, &other.provider) {
                (None, None) => true,
                (Some(a), Some(b)) => match (a.npis().next(), b.npis().next()) {
                    (Some(a), Some(b)) => a == b,
                    _ => a.name.is_some() && a.name == b.name,
                },
                _ => false,
            };
            let there = placed().filter(|(_, other, place)| place.id == Some(link.place) && is_same(other));
            let provider_locations = there.map(|(number, ..)| number).collect();
            SamePlace { place: link.place, publisher: link.publisher, signals: link.signals, provider_locations }
        });
        let want = want.collect::<Vec<_>>();
        assert_eq!(snapshot.same_places(number), want, "{number:?}");
        n_links += want.len();
    }
    n_links
}

fn assert_agreement(random: &mut Random, world: &World, index: &SearchIndex, n_queries: usize) {
    let (snapshot, oracle) = (index.snapshot(), Oracle::new(world));
    for schedule in 0..Extent::SMALL.n_schedules as u32 + 5 {
        let schedule = ResourceNumber(schedule);
        let got = snapshot.provider_locations_of_schedule(schedule);
        assert_eq!(got, oracle.provider_locations_of_schedule(schedule), "{schedule}");
    }
    assert!(assert_same_places(world, index) > 0, "some places are linked");
    assert_answers(random, world, index, &oracle, n_queries);
}

/// Asks random queries of both; how many slots and provider locations they found in all.
fn assert_answers(
    random: &mut Random,
    world: &World,
    index: &SearchIndex,
    oracle: &Oracle<'_>,
    n_queries: usize,
) -> (u64, u64) {
    // As of the moment that the first question begins at; the others begin before or after.
    index.sum_up(any_query(&mut Random(random.0), world).window.from).expect("summed up");
    let snapshot = index.snapshot();
    assert_eq!(snapshot.seq(), world.seq);
    assert_eq!(snapshot.n_slots(), world.slots.len() as u64);
    assert_eq!(snapshot.n_provider_locations(), world.provider_locations.len() as u64);
    let (mut n_slots, mut n_provider_locations) = (0, 0);
    for n in 0..n_queries {
        let query = any_query(random, world);
        let sort = any_slot_sort(random, &query);
        let limit = *random.pick(&[0, 1, 7, 100]);
        let offset = PageStart::Offset(*random.pick(&[0, 0, 3, 500]));

        let got = snapshot.slots(&query, sort, offset, limit).expect("slots");
        assert_eq!(got, oracle.slots(&query, sort, offset, limit), "query {n}, {sort:?}: {query:#?}");
        n_slots += got.total;
        if let Some(last) = got.hits.last() {
            let behind = PageStart::Behind(last.key);
            let got = snapshot.slots(&query, sort, behind, limit).expect("slots");
            assert_eq!(got, oracle.slots(&query, sort, behind, limit), "query {n}, {sort:?}: {query:#?}");
        }

        assert_eq!(snapshot.days(&query).expect("days"), oracle.days(&query), "query {n}: {query:#?}");
        if n % 10 == 0 {
            let got = snapshot.slot_facets(&query, &FACETS).expect("facets");
            assert_facets(got, |facet| oracle.slot_facet(&query, facet), &query);
            let got = snapshot.provider_location_facets(&query, &FACETS).expect("facets");
            assert_facets(got, |facet| oracle.provider_location_facet(&query, facet), &query);
        }

        let sort = alike(sort);
        let n_next = *random.pick(&[0, 1, 3]);
        let got = snapshot.provider_locations(&query, sort, offset, limit, n_next).expect("provider locations");
        let want = oracle.provider_locations(&query, sort, offset, limit, n_next);
        assert_eq!(got, want, "query {n}, {sort:?}: {query:#?}");
        n_provider_locations += got.total;
        if let Some(last) = got.hits.last() {
            let behind = PageStart::Behind(last.key);
            let got = snapshot.provider_locations(&query, sort, behind, limit, n_next).expect("provider locations");
            let want = oracle.provider_locations(&query, sort, behind, limit, n_next);
            assert_eq!(got, want, "query {n}, {sort:?}: {query:#?}");
        }
    }
    (n_slots, n_provider_locations)
}

/// A number from the environment, for runs by hand.
fn asked_for(name: &str, usual: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(usual, |text| text.parse().unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// `OPENSLOTS_TEST_SLOTS=10000000 OPENSLOTS_TEST_QUERIES=60 cargo test --release -p openslots-search whatever_its_size
/// -- --nocapture` does so once at the size of a country.
#[test]
#[allow(clippy::print_stdout, reason = "who runs it by hand wants to know what was compared")]
fn a_world_gives_what_plain_loops_give_whatever_its_size() {
    let n_slots = asked_for("OPENSLOTS_TEST_SLOTS", 20_000);
    let n_queries = asked_for("OPENSLOTS_TEST_QUERIES", 20);
    let n_provider_locations = u32::try_from(n_slots / 58).expect("a number of provider locations");
    let extent = Extent { n_schedules: n_slots / 50, n_streets: u64::from(n_provider_locations) / 20 + 1 };
    let mut random = Random(11);
    let dir = tempfile::tempdir().expect("a directory");
    let world = any_world_of(&mut random, extent, n_provider_locations, n_slots);
    let index = world.index(dir.path());
    let oracle = Oracle::new(&world);
    let (n_found, n_places) = assert_answers(&mut random, &world, &index, &oracle, n_queries as usize);
    println!(
        "{n_slots} slots, {} schedules, {n_provider_locations} provider locations: {n_queries} random queries and their \
         next pages, days and facets agree; {n_found} slots and {n_places} provider locations found in all",
        extent.n_schedules
    );
    assert!(n_found > 0 && n_places > 0, "queries that find nothing show nothing");
}

#[test]
fn random_queries_give_what_plain_loops_give() {
    for seed in 0..6 {
        let mut random = Random(seed);
        let dir = tempfile::tempdir().expect("a directory");
        let world = any_world(&mut random, 140, 2_500);
        assert_agreement(&mut random, &world, &world.index(dir.path()), 250);
    }
}

#[test]
fn they_do_so_after_updates_and_after_being_opened_again() {
    for seed in 100..103 {
        let mut random = Random(seed);
        let dir = tempfile::tempdir().expect("a directory");
        let mut world = any_world(&mut random, 120, 1_500);
        let mut index = world.index(dir.path());
        for round in 0..12 {
            let update = any_update(&mut random, &world);
            index.apply(update.clone()).expect("applied");
            world.apply(&update);
            if round % 4 == 3 {
                drop(index);
                index = world.reopen(dir.path(), |_| false);
            }
            assert_agreement(&mut random, &world, &index, 40);
        }
    }
}

#[test]
fn pages_join_up_whatever_the_sort() {
    let mut random = Random(7);
    let dir = tempfile::tempdir().expect("a directory");
    let world = any_world(&mut random, 80, 800);
    let snapshot = world.index(dir.path()).snapshot();
    for _ in 0..40 {
        let query = any_query(&mut random, &world);
        let sort = any_slot_sort(&mut random, &query);
        let whole = snapshot.slots(&query, sort, PageStart::Offset(0), usize::MAX).expect("slots");
        assert_eq!(whole.hits.len() as u64, whole.total);
        let mut joined = Vec::new();
        let mut page = PageStart::Offset(0);
        loop {
            let hits = snapshot.slots(&query, sort, page, 9).expect("slots").hits;
            let Some(last) = hits.last() else { break };
            page = PageStart::Behind(last.key);
            joined.extend(hits);
        }
        assert_eq!(joined, whole.hits, "{sort:?}: {query:#?}");
    }
}

/// What most ask is answered by sums of schedules, and these wait until it is known which come first.
#[test]
fn pages_of_what_can_be_booked_from_now_on_are_those_of_plain_loops() {
    for seed in 20..24 {
        let mut random = Random(seed);
        let dir = tempfile::tempdir().expect("a directory");
        let world = any_world(&mut random, 300, 1_500);
        let index = world.index(dir.path());
        let now = any_query(&mut random, &world).window.from;
        index.sum_up(now).expect("summed up");
        let (snapshot, oracle) = (index.snapshot(), Oracle::new(&world));
        for n in 0..12 {
            let mut query = AvailabilityQuery::free_from(now.plus_seconds(random.below(3) as i64));
            let any = any_query(&mut random, &world);
            (query.text, query.near, query.window.with_running) = (any.text, any.near, any.window.with_running);
            let sort = any_slot_sort(&mut random, &query);
            let limit = *random.pick(&[1, 3, 9, 40]);
            let offset = PageStart::Offset(*random.pick(&[0, 0, 30, 400]));
            let (mut page, mut n_pages) = (offset, 0);
            loop {
                let got = snapshot.slots(&query, sort, page, limit).expect("slots");
                assert_eq!(got, oracle.slots(&query, sort, page, limit), "query {n}, {page:?}, {sort:?}: {query:#?}");
                let Some(last) = got.hits.last().filter(|_| n_pages < 20) else { break };
                (page, n_pages) = (PageStart::Behind(last.key), n_pages + 1);
            }
        }
    }
}
