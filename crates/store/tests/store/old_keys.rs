//! Old keys of provider locations lead to what has their schedules now.

use std::collections::BTreeMap;

use openslots_model::{ProviderLocationKey, ResourceKind};

use crate::support::{File, TestStore, crawl, location, role, schedule, slot};

/// Keys by `provider @ place`.
fn keys(test: &TestStore) -> BTreeMap<String, ProviderLocationKey> {
    let mut keys = BTreeMap::new();
    let name = |name: Option<String>| name.unwrap_or_else(|| "-".to_owned());
    let mut add = |found: openslots_model::ProviderLocation| {
        let provider = name(found.provider.and_then(|provider| provider.name));
        keys.insert(format!("{provider} @ {}", name(found.place.and_then(|place| place.name))), found.key);
    };
    test.store.snapshot().unwrap().for_each_provider_location(|_, found| add(found)).unwrap();
    keys
}

fn files(roles: &[String], schedules: &[String]) -> Vec<File> {
    let slots = (1..=schedules.len()).map(|n| slot(&format!("s{n}"), &format!("{n}0"), "free", n as u32));
    vec![
        File::new("places", ResourceKind::Location, [location("1", "North"), location("2", "South")]),
        File::new("roles", ResourceKind::PractitionerRole, roles.to_vec()),
        File::new("schedules", ResourceKind::Schedule, schedules.to_vec()),
        File::slots("slots", slots),
    ]
}

fn successor(test: &TestStore, key: ProviderLocationKey) -> Option<ProviderLocationKey> {
    test.store.successor_of(key).unwrap()
}

#[test]
fn a_late_role_and_other_actors_leave_the_old_key_behind() {
    let test = TestStore::new();
    test.publisher("a");
    test.publisher("b");
    let by_role = [schedule("10", &["PractitionerRole/r"])];
    crawl(&test.store, "a", &files(&[], &by_role));
    let before = keys(&test)["- @ -"];
    assert_eq!(successor(&test, before), None, "it is there itself");

    // The role comes and brings its place.
    let roles = [role("r", "Dr Ada", &["1"])];
    crawl(&test.store, "a", &files(&roles, &by_role));
    let north = keys(&test)["Dr Ada @ North"];
    assert_eq!(successor(&test, before), Some(north));

    // The schedule names another place; then the first one again. Old keys never need two steps.
    crawl(&test.store, "a", &files(&roles, &[schedule("10", &["PractitionerRole/r", "Location/2"])]));
    let south = keys(&test)["Dr Ada @ South"];
    assert_eq!((successor(&test, before), successor(&test, north)), (Some(south), Some(south)));
    crawl(&test.store, "b", &files(&roles, &by_role));
    assert_eq!(successor(&test, before), Some(south), "another publisher changes nothing");
    crawl(&test.store, "a", &files(&roles, &by_role));
    assert_eq!((successor(&test, before), successor(&test, south)), (Some(north), Some(north)));
    assert_eq!(successor(&test, north), None, "it is back");
}

#[test]
fn of_several_the_most_alike_is_the_successor_and_what_left_nothing_has_none() {
    let test = TestStore::new();
    test.publisher("a");
    let at_place = [schedule("10", &["Location/1"]), schedule("20", &["Location/1"]), schedule("30", &["Location/1"])];
    crawl(&test.store, "a", &files(&[], &at_place));
    let old = keys(&test)["- @ North"];
    // Two schedules move to the other place, one gets a provider and stays: the place decides.
    let roles = [role("r", "Dr Ada", &[])];
    let split = [
        schedule("10", &["Location/2"]),
        schedule("20", &["Location/2"]),
        schedule("30", &["Location/1", "PractitionerRole/r"]),
    ];
    crawl(&test.store, "a", &files(&roles, &split));
    assert_eq!(successor(&test, old), Some(keys(&test)["Dr Ada @ North"]));
    // Who moves is followed, whoever comes to the old place.
    let ada = keys(&test)["Dr Ada @ North"];
    let both = [role("r", "Dr Ada", &[]), role("s", "Dr Bob", &[])];
    let moved = [
        schedule("10", &["Location/2"]),
        schedule("20", &["Location/2"]),
        schedule("30", &["Location/2", "PractitionerRole/r"]),
        schedule("40", &["Location/1", "PractitionerRole/s"]),
    ];
    crawl(&test.store, "a", &files(&both, &moved));
    assert_eq!(successor(&test, ada), Some(keys(&test)["Dr Ada @ South"]));
    // All that has its schedules goes.
    let rest = [schedule("10", &["Location/2"]), schedule("20", &["Location/2"])];
    crawl(&test.store, "a", &files(&roles, &rest));
    assert_eq!(successor(&test, old), None);
}

#[test]
fn only_the_newest_old_keys_are_kept() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let schedules = [schedule("10", &["Location/1"])];
    crawl(&test.store, "a", &files(&[], &schedules));
    let old = keys(&test)["- @ North"];
    test.execute(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
         INSERT INTO provider_location_alias (key, successor, publisher)
         SELECT CAST(printf('%010d', i) AS BLOB), x'00', {} FROM n",
        publisher.number.0
    ));
    crawl(&test.store, "a", &files(&[], &[schedule("10", &["Location/2"])]));
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM provider_location_alias"), 10_000);
    assert_eq!(successor(&test, old), Some(keys(&test)["- @ South"]), "the newest is kept");
}
