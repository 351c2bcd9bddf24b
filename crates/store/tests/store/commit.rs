//! What a commit makes of what was crawled.

use openslots_model::{ChangeSeq, Coverage, CrawlOutcome, PublicId, ResourceKind};
use openslots_store::{NextUpdate, Store};

use crate::support::{Crawl, File, TestStore, crawl, crawl_with, location, role, schedule, slot};

fn id(slug: &str, kind: ResourceKind, source_id: &str) -> PublicId {
    PublicId::of(&slug.parse().unwrap(), kind, source_id)
}

/// The JSON of a slot that is served, by its source id.
fn served(store: &Store, slug: &str, source_id: &str) -> Option<String> {
    let found = store.slot_by_id(id(slug, ResourceKind::Slot, source_id)).unwrap();
    found.map(|found| {
        assert_eq!(store.slots(&[found.row]).unwrap(), [Some(found.clone())]);
        found.json.clone()
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
    assert_eq!(test.store.provider_location_by_key(place.key).unwrap(), Some((numbers[0], (**place).clone())));
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

fn slots_file(range: std::ops::Range<u32>) -> File {
    File::slots("https://a/slots", range.map(|n| slot(&n.to_string(), "10", "free", n)))
}

fn status(store: &Store) -> (u64, u64) {
    let status = &store.publisher_statuses().unwrap()[0];
    (status.n_slots, status.n_free_slots)
}

#[test]
fn a_changed_slot_is_a_new_row_and_a_removed_one() {
    let test = TestStore::new();
    test.publisher("a");
    let mut files = vec![slots_file(0..100)];
    crawl(&test.store, "a", &files);
    let slot_40 = test.store.slot_by_id(id("a", ResourceKind::Slot, "40")).unwrap().unwrap();
    let seq = test.store.last_seq().unwrap();
    files[0].lines[40] = slot("40", "10", "busy", 40);
    let run = crawl(&test.store, "a", &files);
    assert_eq!((run.outcome, run.n_free_slots), (CrawlOutcome::Updated, 99));
    assert_eq!(run.n_lines(), (1, 99, 0));
    assert_eq!(status(&test.store), (100, 99));
    assert_eq!(served(&test.store, "a", "40"), Some(slot("40", "10", "busy", 40)));
    let now = test.store.slot_by_id(slot_40.id).unwrap().unwrap();
    assert_ne!(now.row, slot_40.row);
    assert_eq!(test.store.slots(&[slot_40.row, now.row]).unwrap(), [None, Some(now.clone())]);
    let NextUpdate::Update(update) = test.store.next_update(seq).unwrap() else { panic!("no update") };
    assert_eq!(update.slots_removed, [(slot_40.schedule, slot_40.row)]);
    assert_eq!(update.slots_added.iter().map(|slot| slot.row).collect::<Vec<_>>(), [now.row]);
    assert_eq!(update.traits.len(), 1, "busy is new");
    assert_eq!(update.provider_locations, []);
}

#[test]
fn what_a_complete_run_no_longer_lists_goes() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots_file(0..100)]);
    let run = crawl(&test.store, "a", &[slots_file(30..110)]);
    assert_eq!((run.outcome, run.n_lines()), (CrawlOutcome::Updated, (10, 70, 0)));
    assert_eq!(status(&test.store), (80, 80));
    assert_eq!(served(&test.store, "a", "29"), None);
    assert!(served(&test.store, "a", "30").is_some());
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot_id"), 80);
}

#[test]
fn a_removal_of_more_than_half_waits_for_a_second_run_that_agrees() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots_file(0..10)]);
    let run = crawl(&test.store, "a", &[slots_file(0..4)]);
    assert_eq!(run.outcome, CrawlOutcome::Partial);
    let reason = run.reason.unwrap();
    assert!(reason.starts_with("6 slots (6 free) are no longer listed"), "{reason}");
    let held = test.store.publisher_statuses().unwrap()[0].held_removal;
    assert_eq!(held, run.held_removal);
    assert_eq!(held.map(|held| (held.n_slots, held.n_free_slots, held.n_resources)), Some((6, 6, 0)));
    assert_eq!(status(&test.store), (10, 10));
    assert!(served(&test.store, "a", "9").is_some());
    let run = crawl(&test.store, "a", &[slots_file(0..4)]);
    assert_eq!((run.outcome, run.reason), (CrawlOutcome::Updated, None));
    assert_eq!(status(&test.store), (4, 4));
    assert_eq!(served(&test.store, "a", "9"), None);
}

#[test]
fn a_removal_that_waited_is_off_when_the_slots_come_back() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots_file(0..10)]);
    // The whole file is gone for a moment, then there again as it was.
    assert_eq!(crawl(&test.store, "a", &[]).outcome, CrawlOutcome::Partial);
    assert_eq!(crawl(&test.store, "a", &[slots_file(0..10)]).outcome, CrawlOutcome::Unchanged);
    // Lines are gone for a moment.
    let row = test.store.slot_by_id(id("a", ResourceKind::Slot, "9")).unwrap().unwrap().row;
    assert_eq!(crawl(&test.store, "a", &[slots_file(0..2)]).outcome, CrawlOutcome::Partial);
    crawl(&test.store, "a", &[slots_file(0..10)]);
    assert_eq!(status(&test.store), (10, 10));
    assert!(test.store.slots(&[row]).unwrap()[0].is_none(), "it was read anew");
    // The next loss counts anew.
    assert_eq!(crawl(&test.store, "a", &[slots_file(0..2)]).outcome, CrawlOutcome::Partial);
    assert_eq!(status(&test.store), (10, 10));
}

#[test]
fn a_failed_file_keeps_what_it_held() {
    let test = TestStore::new();
    test.publisher("a");
    let other = |n| File::slots("https://a/other", [slot("x", "10", "free", n)]);
    crawl(&test.store, "a", &[slots_file(0..10), other(1)]);
    let run = crawl(&test.store, "a", &[slots_file(5..20).failing(), other(2)]);
    assert_eq!(run.outcome, CrawlOutcome::Partial);
    assert_eq!(status(&test.store), (11, 11));
    assert_eq!(served(&test.store, "a", "x"), Some(slot("x", "10", "free", 2)));
    assert!(served(&test.store, "a", "0").is_some() && served(&test.store, "a", "12").is_none());
    let run = crawl(&test.store, "a", &[slots_file(0..10), other(2)]);
    assert_eq!(run.outcome, CrawlOutcome::Unchanged, "what was kept of the failed file still compares");
}

#[test]
fn a_failed_file_under_a_new_url_removes_nothing() {
    let test = TestStore::new();
    test.publisher("a");
    let of_day = |day: &str, id| File::slots(&format!("https://a/slots-{day}"), [slot(id, "10", "free", 1)]);
    crawl(&test.store, "a", &[slots_file(0..10), of_day("01", "x")]);
    let run = crawl(&test.store, "a", &[slots_file(0..10), of_day("02", "y").failing()]);
    assert_eq!(run.outcome, CrawlOutcome::Partial);
    assert!(served(&test.store, "a", "x").is_some(), "the new file may hold what the old one held");
    let run = crawl(&test.store, "a", &[slots_file(0..10), of_day("02", "y")]);
    assert_eq!(run.outcome, CrawlOutcome::Updated);
    assert!(served(&test.store, "a", "x").is_none() && served(&test.store, "a", "y").is_some());
}

#[test]
fn a_run_that_is_not_complete_removes_nothing() {
    let test = TestStore::new();
    test.publisher("a");
    let incomplete = Crawl { coverage: Coverage::Partial, ..Crawl::default() };
    let other = File::slots("https://a/other", [slot("x", "10", "free", 1)]);
    crawl(&test.store, "a", &[slots_file(0..10), other.clone()]);
    let run = crawl_with(&test.store, "a", &[slots_file(1..10)], incomplete).unwrap();
    assert_eq!(run.outcome, CrawlOutcome::Partial);
    assert_eq!(status(&test.store), (11, 11));
    let run = crawl(&test.store, "a", &[slots_file(1..10), other]);
    assert_eq!(run.outcome, CrawlOutcome::Updated);
    assert_eq!(status(&test.store), (10, 10), "what the incomplete run missed goes with the complete one");
    assert_eq!(served(&test.store, "a", "0"), None);
}

#[test]
fn lines_that_move_to_another_file_keep_their_rows() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &clinic());
    let rows = |test: &TestStore| test.sql::<String>("SELECT group_concat(row) FROM slot");
    let (before, seq) = (rows(&test), test.store.last_seq().unwrap());
    let mut files = clinic();
    for file in &mut files {
        file.url.push_str("?v=2");
        file.lines.reverse();
    }
    let run = crawl(&test.store, "a", &files);
    assert_eq!((run.outcome, run.n_lines()), (CrawlOutcome::Unchanged, (15, 0, 0)));
    assert_eq!((rows(&test), test.store.last_seq().unwrap()), (before, seq));
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM output_file"), 4);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM line_block"), 4, "the lines are not kept twice");
    assert_eq!(crawl(&test.store, "a", &files).n_lines(), (0, 15, 0));
}

#[test]
fn a_block_of_which_more_than_a_quarter_is_dead_is_rewritten_and_an_empty_one_removed() {
    let test = TestStore::new();
    test.publisher("a");
    let size = |test: &TestStore| {
        test.sql::<i64>(
            "SELECT length(coalesce(d.data, r.data)) FROM line_block b LEFT JOIN line_block_data d ON d.id = b.id
             LEFT JOIN line_block_rest r ON r.number = b.rest WHERE b.id = 1",
        )
    };
    let noise = |n: u32| slot(&format!("{:x}", xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes())), "10", "free", n);
    let file = |lines: Vec<u32>| File::slots("https://a/slots", lines.into_iter().map(noise));
    crawl(&test.store, "a", &[file((0..128).collect())]);
    let whole = size(&test);
    crawl(&test.store, "a", &[file((16..128).collect())]);
    assert_eq!(size(&test), whole, "48 of 64 live");
    crawl(&test.store, "a", &[file((40..128).collect())]);
    assert!(size(&test) < whole * 2 / 3, "24 of 64 live");
    for n in 40..128 {
        let kept = noise(n);
        let source_id = serde_json::from_str::<serde_json::Value>(&kept).unwrap()["id"].as_str().unwrap().to_owned();
        assert_eq!(served(&test.store, "a", &source_id), Some(kept), "{n}");
    }
    crawl(&test.store, "a", &[file((64..128).collect())]);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM line_block"), 1);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM line_block_data"), 1);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM line_block_rest"), 0);
}

#[test]
fn two_publishers_with_the_same_ids_stay_apart() {
    let test = TestStore::new();
    test.publisher("a");
    test.publisher("b");
    crawl(&test.store, "a", &clinic());
    let mut files = clinic();
    files[3].lines.truncate(3);
    files[3].lines[0] = slot("0", "20", "busy", 0);
    crawl(&test.store, "b", &files);
    assert_eq!(served(&test.store, "a", "0"), Some(slot("0", "10", "free", 0)));
    assert_eq!(served(&test.store, "b", "0"), Some(slot("0", "20", "busy", 0)));
    assert_eq!(served(&test.store, "b", "5"), None);
    let numbers: Vec<_> = test
        .store
        .publisher_statuses()
        .unwrap()
        .into_iter()
        .map(|status| (status.publisher.slug.to_string(), status.n_slots, status.n_free_slots))
        .collect();
    assert_eq!(numbers, [("a".to_owned(), 10, 10), ("b".to_owned(), 3, 2)]);
    assert_eq!(crawl(&test.store, "a", &clinic()).outcome, CrawlOutcome::Unchanged);
}

#[test]
fn a_schedule_without_slots_or_resource_that_nothing_names_is_forgotten() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &clinic());
    let n_resources = "SELECT count(*) FROM resource";
    assert_eq!(test.sql::<i64>(n_resources), 5);
    // The role and schedule 10 vanish, schedule 20 comes to name a place that is not there.
    let mut files = clinic();
    files[1].lines.clear();
    files[2].lines = vec![schedule("20", &["Location/2", "Location/9"])];
    // All roles are gone at once: that waits for a second run.
    assert_eq!(crawl(&test.store, "a", &files).held_removal.map(|held| held.n_resources), Some(1));
    assert_eq!(test.sql::<i64>(n_resources), 6);
    crawl(&test.store, "a", &files);
    // Places 1 and 2, schedule 20, schedule 10 that slots name, place 9 that a schedule names.
    assert_eq!(test.sql::<i64>(n_resources), 5);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM resource WHERE line IS NULL"), 2);
    files[2].lines = vec![schedule("20", &["Location/2"])];
    files[3].lines = (0..10).map(|n| slot(&n.to_string(), "20", "free", n)).collect();
    crawl(&test.store, "a", &files);
    assert_eq!(test.sql::<i64>(n_resources), 3);
}
