//! Provider locations follow whatever they are joined from, in whatever order it comes.

use openslots_model::{CrawlOutcome, FileIndex, FinishedRun, ProviderLocation, PublicId, ResourceKind};

use crate::support::{Crawl, File, TestStore, crawl, finish, location, read, role, schedule, slot};

const PLACES: usize = 0;
const ROLES: usize = 1;
const SCHEDULES: usize = 2;

fn clinic() -> Vec<File> {
    vec![
        File::new("places", ResourceKind::Location, [location("1", "North"), location("2", "South")]),
        File::new("roles", ResourceKind::PractitionerRole, [role("r", "Dr Ada", &["1"]), role("s", "Dr Bob", &["2"])]),
        File::new(
            "schedules",
            ResourceKind::Schedule,
            [schedule("10", &["PractitionerRole/r"]), schedule("20", &["PractitionerRole/s"])],
        ),
        File::slots("slots", [slot("a", "10", "free", 1), slot("b", "20", "free", 2)]),
    ]
}

/// All provider locations, as (provider, place, number of schedules).
fn found(test: &TestStore) -> Vec<(String, String, usize)> {
    let name = |name: Option<String>| name.unwrap_or_else(|| "-".to_owned());
    let mut found: Vec<_> = all(test)
        .into_iter()
        .map(|of| {
            let provider = name(of.provider.and_then(|provider| provider.name));
            (provider, name(of.place.and_then(|place| place.name)), of.schedules.len())
        })
        .collect();
    found.sort();
    found
}

fn all(test: &TestStore) -> Vec<ProviderLocation> {
    let mut all = Vec::new();
    test.store.snapshot().unwrap().for_each_provider_location(|_, found| all.push(found)).unwrap();
    all
}

fn want(list: &[(&str, &str, usize)]) -> Vec<(String, String, usize)> {
    list.iter().map(|(provider, place, n)| ((*provider).to_owned(), (*place).to_owned(), *n)).collect()
}

#[test]
fn files_may_come_in_any_order_and_one_by_one() {
    let whole = want(&[("Dr Ada", "North", 1), ("Dr Bob", "South", 1)]);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [3, 0, 2, 1], [2, 3, 1, 0]] {
        let test = TestStore::new();
        test.publisher("a");
        let mut listed = Vec::new();
        for index in order {
            listed.push(clinic()[index].clone());
            crawl(&test.store, "a", &listed);
        }
        assert_eq!(found(&test), whole, "{order:?}");
        let schedule = test.store.slot_by_id(PublicId::of(&"a".parse().unwrap(), ResourceKind::Slot, "b")).unwrap();
        let links = test.store.provider_locations_of_schedule(schedule.unwrap().schedule).unwrap();
        assert_eq!(links.len(), 1, "{order:?}");
    }
}

#[test]
fn a_change_far_up_reaches_the_provider_location() {
    let test = TestStore::new();
    test.publisher("a");
    let mut files = clinic();
    crawl(&test.store, "a", &files);
    let seq = test.store.last_seq().unwrap();
    files[PLACES].lines[0] = location("1", "North Wing");
    assert_eq!(crawl(&test.store, "a", &files).outcome, CrawlOutcome::Updated);
    assert_eq!(found(&test), want(&[("Dr Ada", "North Wing", 1), ("Dr Bob", "South", 1)]));
    let changed = test.store.changed_provider_locations_since(seq).unwrap().unwrap();
    assert_eq!(changed.len(), 1, "the other one is not touched");
    files[ROLES].lines[1] = role("s", "Dr Bob", &["1"]);
    crawl(&test.store, "a", &files);
    assert_eq!(found(&test), want(&[("Dr Ada", "North Wing", 1), ("Dr Bob", "North Wing", 1)]));
}

#[test]
fn a_change_that_nobody_sees_changes_no_provider_location() {
    let test = TestStore::new();
    test.publisher("a");
    let mut files = clinic();
    crawl(&test.store, "a", &files);
    let seq = test.store.last_seq().unwrap();
    files[PLACES].lines[0] = files[PLACES].lines[0].replace("\"Location\"", "\"Location\",\"language\":\"en\"");
    assert_eq!(crawl(&test.store, "a", &files).outcome, CrawlOutcome::Updated);
    assert_eq!(test.store.changed_provider_locations_since(seq).unwrap(), Some(vec![]));
    let place = PublicId::of(&"a".parse().unwrap(), ResourceKind::Location, "1");
    assert_eq!(test.store.resource_json(place).unwrap(), Some(files[PLACES].lines[0].clone()));
}

#[test]
fn what_goes_takes_its_provider_location_along() {
    let test = TestStore::new();
    test.publisher("a");
    let mut files = clinic();
    files[SCHEDULES].lines.push(schedule("11", &["PractitionerRole/r"]));
    crawl(&test.store, "a", &files);
    assert_eq!(found(&test), want(&[("Dr Ada", "North", 2), ("Dr Bob", "South", 1)]));
    let seq = test.store.last_seq().unwrap();
    files[SCHEDULES].lines.remove(1);
    crawl(&test.store, "a", &files);
    assert_eq!(found(&test), want(&[("Dr Ada", "North", 2)]));
    assert_eq!(test.store.changed_provider_locations_since(seq).unwrap().unwrap().len(), 1);
    files[SCHEDULES].lines.remove(0);
    crawl(&test.store, "a", &files);
    assert_eq!(found(&test), want(&[("Dr Ada", "North", 1)]), "schedule 11 still has it");
    // The place goes: what the role says of it is all that remains.
    files[PLACES].lines.remove(0);
    crawl(&test.store, "a", &files);
    assert_eq!(found(&test), want(&[("Dr Ada", "-", 1)]));
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM schedule_link"), 1);
}

#[test]
fn provider_and_place_are_those_of_the_first_schedule_whichever_came_last() {
    let test = TestStore::new();
    test.publisher("a");
    // A place that never comes: what it is called, each schedule says for itself.
    let says = |id: &str, name: &str| {
        let actor = format!(r#"{{"reference":"Location/9","display":"{name}"}}"#);
        format!(r#"{{"resourceType":"Schedule","id":"{id}","actor":[{actor}]}}"#)
    };
    let file = |lines: &[String]| [File::new("schedules", ResourceKind::Schedule, lines.to_vec())];
    crawl(&test.store, "a", &file(&[says("1", "One"), says("2", "Two"), says("3", "Three")]));
    let name = |test: &TestStore| all(test)[0].place.as_ref().and_then(|place| place.name.clone());
    assert_eq!(name(&test).as_deref(), Some("One"));
    crawl(&test.store, "a", &file(&[says("1", "One"), says("2", "Deux"), says("3", "Three")]));
    assert_eq!(name(&test).as_deref(), Some("One"));
    crawl(&test.store, "a", &file(&[says("2", "Deux"), says("3", "Three")]));
    assert_eq!(name(&test).as_deref(), Some("Deux"), "the first one went, and the second was not touched");
}

#[test]
fn places_that_are_tests_are_left_out_if_an_operator_says_so_and_come_back() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let files = [
        File::new("places", ResourceKind::Location, [location("1", "North"), location("99999", "Test")]),
        File::new(
            "schedules",
            ResourceKind::Schedule,
            [schedule("10", &["Location/1"]), schedule("20", &["Location/99999"])],
        ),
        File::slots("slots", [slot("x", "10", "free", 1), slot("y", "20", "free", 1)]),
    ];
    let n_found = |leaves_out_test_places| {
        let staged = test.store.begin_run(&publisher.slug).unwrap();
        let crawl = Crawl::default();
        let read = |(file, index)| read(&staged, &publisher.slug, FileIndex(index), file, crawl);
        let finished = files.iter().zip(0..).map(read).collect::<Result<Vec<_>, _>>().unwrap();
        let run = finish(&publisher.slug, finished, crawl);
        staged.commit(FinishedRun { leaves_out_test_places, ..run }).unwrap();
        let mut n = 0;
        test.store.snapshot().unwrap().for_each_provider_location(|_, _| n += 1).unwrap();
        n
    };
    // Also where nothing has changed at the publisher.
    assert_eq!([false, true, true, false].map(n_found), [2, 1, 1, 2]);
}
