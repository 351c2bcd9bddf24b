//! What decides about a slot, and lists of codes.

use openslots_model::{
    AcceptingPatients, AvailabilityQuery, BookingMethod, CodeFilter, IndexUpdate, PageStart, ProviderLocationNumber,
    ProviderLocationSort, PublisherNumber, ResourceNumber, SlotRow, SlotSort, SlotStatus, SlotTraits, TimeWindow,
    TraitsNumber, UnixSeconds,
};
use openslots_search::SearchIndex;

use crate::world::{Edit, SERVICE_TYPE, SNOMED, World, code, free, provider_location};

fn all() -> AvailabilityQuery {
    AvailabilityQuery::free_from(UnixSeconds(0))
}

fn rows(index: &SearchIndex, query: &AvailabilityQuery) -> Vec<u64> {
    let page = index.snapshot().slots(query, SlotSort::Start, PageStart::Offset(0), 100).expect("slots");
    assert_eq!(page.total, page.hits.len() as u64);
    page.hits.iter().map(|hit| hit.row.0).collect()
}

/// One slot for each of these traits, in rows 64, 65, ..., all of schedule 1 of one provider location.
fn index_of(dir: &tempfile::TempDir, traits: impl IntoIterator<Item = SlotTraits>) -> SearchIndex {
    let mut world = World::default();
    let dermatology = code(SNOMED, "394582007", "Dermatology");
    world.add(provider_location(1, &[1]).specialised(dermatology).edit(|it| {
        it.schedules[0].service_types.push(code(SERVICE_TYPE, "57", "Immunization"));
    }));
    for (n, traits) in traits.into_iter().enumerate() {
        let number = world.add_traits(traits);
        world.add_slot(1, 1_000 + n as i64, number);
    }
    world.index(dir.path())
}

#[test]
fn only_slots_that_may_be_offered_are_served() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(
        &dir,
        [
            free(),
            SlotTraits { is_full: true, ..free() },
            SlotTraits { accepting_patients: vec![AcceptingPatients::None], ..free() },
            SlotTraits { status: SlotStatus::EnteredInError, ..free() },
            SlotTraits { status: SlotStatus::Busy, ..free() },
            SlotTraits { status: SlotStatus::Busy, is_full: true, ..free() },
            SlotTraits { accepting_patients: vec![AcceptingPatients::New], ..free() },
            SlotTraits { accepting_patients: vec![AcceptingPatients::ExistingOnly], ..free() },
        ],
    );
    let status = |status| AvailabilityQuery { status: Some(status), ..all() };
    let accepting = |patients| AvailabilityQuery { accepting_patients: Some(patients), ..all() };
    for (query, want) in [
        (all(), &[64, 70, 71][..]),
        (status(SlotStatus::Busy), &[68, 69]),
        (status(SlotStatus::EnteredInError), &[]),
        (status(SlotStatus::BusyTentative), &[]),
        (accepting(AcceptingPatients::New), &[64, 70]),
        (accepting(AcceptingPatients::ExistingOnly), &[64, 71]),
        (accepting(AcceptingPatients::ExistingAndFamily), &[64]),
    ] {
        assert_eq!(rows(&index, &query), want, "{query:?}");
    }
}

#[test]
fn a_slots_own_codes_override_its_schedules() {
    let general = || code(SERVICE_TYPE, "124", "General practice");
    let cardiology = || code(SNOMED, "394579002", "Cardiology");
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(
        &dir,
        [
            free(),
            SlotTraits { service_types: vec![general()], ..free() },
            SlotTraits { specialties: vec![cardiology()], ..free() },
            SlotTraits { service_types: vec![general()], specialties: vec![cardiology()], ..free() },
        ],
    );
    let ask = |service_type: Option<&str>, specialty: Option<&str>| {
        let filter = |code: &str| CodeFilter::Code(code.into());
        let (service_types, specialties) = (service_type.map(filter), specialty.map(filter));
        AvailabilityQuery {
            service_types: service_types.into_iter().collect(),
            specialties: specialties.into_iter().collect(),
            ..all()
        }
    };
    for (query, want) in [
        (ask(Some("57"), None), &[64, 66][..]),
        (ask(Some("124"), None), &[65, 67]),
        (ask(None, Some("394582007")), &[64, 65]),
        (ask(None, Some("394579002")), &[66, 67]),
        (ask(Some("124"), Some("394579002")), &[67]),
        (ask(Some("57"), Some("394579002")), &[66]),
        (ask(Some("57"), Some("nothing")), &[]),
    ] {
        assert_eq!(rows(&index, &query), want, "{query:?}");
        let page = index.snapshot().provider_locations(&query, ProviderLocationSort::Start, PageStart::Offset(0), 9, 1);
        let hits = page.expect("provider locations").hits;
        let counts = hits.iter().map(|hit| hit.n_slots).collect::<Vec<_>>();
        let want = if want.is_empty() { vec![] } else { vec![want.len() as u64] };
        assert_eq!(counts, want, "the provider location counts them alike: {query:?}");
    }
}

#[test]
fn windows_that_are_running_are_offered_until_they_end() {
    let mut world = World::default();
    world.add(provider_location(1, &[1]));
    for (start, duration_seconds) in [(1_000, 900), (1_000, 20_000), (1_000, 0), (5_000, 900), (5_000, 20_000)] {
        let traits = world.add_traits(SlotTraits { duration_seconds, ..free() });
        world.add_slot(1, start, traits);
    }
    let dir = tempfile::tempdir().expect("a directory");
    let index = world.index(dir.path());
    for (from, before, with_running, want) in [
        (5_000, None, true, &[65, 66, 67, 68][..]),
        (5_000, None, false, &[67, 68]),
        (5_000, Some(5_000), true, &[65, 66]),
        (20_999, None, true, &[65, 66, 68]),
        (21_000, None, true, &[66, 68]),
        (25_000, None, true, &[66]),
        (87_400, None, true, &[]),
    ] {
        let window = TimeWindow { from: UnixSeconds(from), before: before.map(UnixSeconds), with_running };
        let query = AvailabilityQuery { window, ..all() };
        assert_eq!(rows(&index, &query), want, "{query:?}");
        let page = index.snapshot().provider_locations(&query, ProviderLocationSort::Start, PageStart::Offset(0), 9, 1);
        let hits = page.expect("provider locations").hits;
        assert_eq!(hits.iter().map(|hit| hit.n_slots).sum::<u64>(), want.len() as u64, "{query:?}");
    }
}

#[test]
fn a_provider_location_without_slots_is_found_unless_slots_are_asked_about() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = index_of(&dir, []);
    let count = |query: &AvailabilityQuery| {
        let page = index.snapshot().provider_locations(query, ProviderLocationSort::Start, PageStart::Offset(0), 9, 1);
        page.expect("provider locations").total
    };
    let window = TimeWindow { from: UnixSeconds(0), before: Some(UnixSeconds(9_999)), with_running: false };
    for (query, want) in [
        (all(), 1),
        (AvailabilityQuery { specialties: vec![CodeFilter::Meaning("dermatology".into())], ..all() }, 1),
        (AvailabilityQuery { specialties: vec![CodeFilter::Words("heart".into())], ..all() }, 0),
        (AvailabilityQuery { window, ..all() }, 0),
        (AvailabilityQuery { accepting_patients: Some(AcceptingPatients::New), ..all() }, 0),
        (AvailabilityQuery { appointment_types: vec![CodeFilter::Code("ROUTINE".into())], ..all() }, 0),
        (AvailabilityQuery { publishers: Some(vec![]), ..all() }, 0),
        (AvailabilityQuery { excluded_publishers: vec![PublisherNumber(1)], ..all() }, 0),
    ] {
        assert_eq!(count(&query), want, "{query:?}");
    }
}

#[test]
fn a_slot_of_several_provider_locations_counts_once() {
    let mut world = World::default();
    let traits = world.add_traits(free());
    world.add(provider_location(1, &[1]).positioned(42.50, -71.06));
    world.add(provider_location(2, &[1]).positioned(42.37, -71.06));
    world.add(provider_location(3, &[1]));
    let row = world.add_slot(1, 5_000, traits);
    let dir = tempfile::tempdir().expect("a directory");
    let index = world.index(dir.path());
    let owners = [1, 2, 3].map(ProviderLocationNumber);
    assert_eq!(index.snapshot().provider_locations_of_schedule(ResourceNumber(1)), owners);
    assert_eq!(index.snapshot().provider_locations_of_schedule(ResourceNumber(2)), []);

    let hit = |query: &AvailabilityQuery, sort| {
        let page = index.snapshot().slots(query, sort, PageStart::Offset(0), 9).expect("slots");
        assert_eq!((page.total, page.hits.len(), page.hits[0].row), (1, 1, row));
        page.hits[0].provider_location.0
    };
    assert_eq!(hit(&all(), SlotSort::Start), 1, "the first");
    let position = openslots_model::Position::new(42.36, -71.06).expect("a position");
    let near = AvailabilityQuery { near: Some(openslots_model::Near { position, radius_miles: 50.0 }), ..all() };
    assert_eq!(hit(&near, SlotSort::Distance), 2, "the nearest");
    assert_eq!(hit(&near, SlotSort::Start), 2, "the nearest, also by start");

    let without = IndexUpdate {
        seq: openslots_model::ChangeSeq(1),
        provider_locations: vec![(ProviderLocationNumber(2), None)],
        ..IndexUpdate::default()
    };
    index.apply(without).expect("applied");
    let page = index.snapshot().slots(&near, SlotSort::Distance, PageStart::Offset(0), 9).expect("slots");
    assert_eq!(page.hits[0].provider_location.0, 1);
}

#[test]
fn a_slot_is_served_when_its_schedule_comes() {
    let mut world = World::default();
    let traits = world.add_traits(free());
    world.add_slot(1, 5_000, traits);
    let dir = tempfile::tempdir().expect("a directory");
    let index = world.index(dir.path());
    assert_eq!((rows(&index, &all()), index.snapshot().n_slots()), (vec![], 1));
    let schedule_comes = IndexUpdate {
        seq: openslots_model::ChangeSeq(1),
        provider_locations: vec![(ProviderLocationNumber(9), Some(provider_location(9, &[1])))],
        ..IndexUpdate::default()
    };
    index.apply(schedule_comes).expect("applied");
    assert_eq!(rows(&index, &all()), [64]);
}

#[test]
fn starts_at_the_ends_of_time_are_kept() {
    let mut world = World::default();
    let traits = world.add_traits(free());
    let zone = Some("America/New_York".to_owned());
    world.add(provider_location(1, &[1]).edit(|it| it.place.as_mut().expect("a place").time_zone = zone));
    for start in [-62_000_000_000, -1, 0, 1_800_000_000, 4_294_967_295, 253_000_000_000] {
        world.add_slot(1, start, traits);
    }
    // A slot whose traits nobody told is never offered.
    world.add_slot(1, 7, TraitsNumber(999_999));
    let dir = tempfile::tempdir().expect("a directory");
    let index = world.index(dir.path());
    let window = |from: i64, before: Option<i64>| AvailabilityQuery {
        window: TimeWindow { from: UnixSeconds(from), before: before.map(UnixSeconds), with_running: false },
        ..all()
    };
    for (query, want) in [
        (window(i64::MIN, None), &[64, 65, 66, 67, 68, 69][..]),
        (window(1, None), &[67, 68, 69]),
        (window(1_800_000_000, Some(1_800_000_001)), &[67]),
        (window(1_800_000_001, Some(1_800_000_000)), &[]),
        (window(4_000_000_000, None), &[68, 69]),
        (window(250_000_000_000, None), &[68, 69]),
        (window(1, Some(250_000_000_000)), &[67]),
    ] {
        assert_eq!(rows(&index, &query), want, "{:?}", query.window);
    }
    // In New York the first moment of 1970 lies on the last day of 1969.
    let days = index.snapshot().days(&window(i64::MIN, None)).expect("days").days;
    let days = days.into_iter().map(|(day, counts)| (day.to_string(), counts.n_free)).collect::<Vec<_>>();
    let want = [("1969-12-31", 3), ("2027-01-15", 1), ("2106-02-07", 2)];
    assert_eq!(days, want.map(|(day, n)| (day.to_owned(), n)));
}

#[test]
fn the_best_way_to_book_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let with = |booking| SlotTraits { booking, ..free() };
    let index = index_of(
        &dir,
        [
            with(BookingMethod::Contact),
            with(BookingMethod::Phone),
            SlotTraits { status: SlotStatus::Busy, ..with(BookingMethod::Online) },
        ],
    );
    let page = index.snapshot().provider_locations(&all(), ProviderLocationSort::Start, PageStart::Offset(0), 9, 1);
    let hit = &page.expect("provider locations").hits[0];
    assert_eq!((hit.booking, hit.n_slots, hit.next_start), (BookingMethod::Phone, 2, Some(UnixSeconds(1_000))));
}

#[test]
fn a_removed_row_goes_and_another_of_the_same_start_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut world = World::default();
    let traits = world.add_traits(free());
    world.add(provider_location(1, &[1]));
    world.add_slot(1, 5_000, traits);
    world.add_slot(1, 5_000, traits);
    let index = world.index(dir.path());
    let update = IndexUpdate {
        seq: openslots_model::ChangeSeq(1),
        slots_removed: vec![(ResourceNumber(1), SlotRow(64)), (ResourceNumber(70), SlotRow(1))],
        ..IndexUpdate::default()
    };
    index.apply(update).expect("applied");
    assert_eq!(rows(&index, &all()), [65]);
}
