//! What a commit makes of what was crawled.

use openslots_model::{ChangeSeq, CrawlOutcome, PublicId, ResourceKind};
use openslots_store::{NextUpdate, Store};

use crate::support::{File, TestStore, crawl, location, role, schedule, slot};

fn id(slug: &str, kind: ResourceKind, source_id: &str) -> PublicId {
    PublicId::of(&slug.parse().unwrap(), kind, source_id)
}

/// The JSON of a slot that is served, by its source id.
fn served(store: &Store, slug: &str, source_id: &str) -> Option<String> {
    let found = store.slot_by_id(id(slug, ResourceKind::Slot, source_id)).unwrap();
    found.map(|found| {
        assert_eq!(store.slots(&[found.row]).unwrap(), [Some(found.clone())]);
        found.json
    })
}

fn clinic() -> Vec<File> {
    vec![
        File::new("https://a/locations", ResourceKind::Location, [location("1", "North"), location("2", "South")]),
        File::new("https://a/roles", ResourceKind::PractitionerRole, [role("r", "Dr Ada", &["1"])]),
        File::new(
            "https://a/schedules",
            ResourceKind::Schedule,
            [schedule("10", &["PractitionerRole/r"]), schedule("20", &["Location/2"])],
        ),
        File::slots("https://a/slots", (0..10).map(|n| slot(&n.to_string(), "10", "free", n))),
    ]
}

#[test]
fn a_first_crawl_is_served_and_joined() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let begin = test.store.last_seq().unwrap();
    assert_eq!(test.store.next_update(begin).unwrap(), NextUpdate::UpToDate);
    let run = crawl(&test.store, "a", &clinic());
    assert_eq!((run.outcome, run.n_free_slots), (CrawlOutcome::Updated, 10));

    let slot_3 = test.store.slot_by_id(id("a", ResourceKind::Slot, "3")).unwrap().unwrap();
    assert_eq!(slot_3.json, slot("3", "10", "free", 3));
    assert_eq!(slot_3.slot.id, "3");
    assert_eq!(slot_3.publisher, publisher.number);
    assert_eq!(slot_3.schedule_id, id("a", ResourceKind::Schedule, "10"));
    let numbers = test.store.provider_locations_of_schedule(slot_3.schedule).unwrap();
    let found = test.store.provider_locations(&numbers).unwrap();
    let [Some(place)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(place.provider.as_ref().and_then(|provider| provider.name.as_deref()), Some("Dr Ada"));
    assert_eq!(place.place.as_ref().and_then(|place| place.name.as_deref()), Some("North"));
    assert_eq!(place.schedules[0].number, slot_3.schedule);
    assert_eq!(test.store.provider_location_by_key(place.key).unwrap(), Some((numbers[0], place.clone())));
    let json = test.store.resource_json(id("a", ResourceKind::Location, "2")).unwrap();
    assert_eq!(json, Some(location("2", "South")));

    let NextUpdate::Update(update) = test.store.next_update(begin).unwrap() else { panic!("no update") };
    assert_eq!(update.seq, ChangeSeq(begin.0 + 1));
    assert_eq!(update.slots_added.len(), 10);
    assert_eq!(update.provider_locations.len(), 2);
    assert_eq!(update.traits.len(), 1);
    let status = &test.store.publisher_statuses().unwrap()[0];
    assert_eq!((status.n_slots, status.n_free_slots, status.n_issues), (10, 10, 0));
}

#[test]
fn an_unchanged_crawl_writes_no_data() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &clinic());
    let before = test.dump();
    let run = crawl(&test.store, "a", &clinic());
    assert_eq!((run.outcome, run.n_free_slots), (CrawlOutcome::Unchanged, 10));
    assert_eq!(run.n_lines(), (0, 15, 0));
    assert_eq!(test.dump(), before);
    assert!(served(&test.store, "a", "9").is_some());
}
