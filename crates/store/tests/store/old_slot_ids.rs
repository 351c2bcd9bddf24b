//! Old ids of slots lead to what came in their stead.

use openslots_model::{PublicId, ResourceKind};

use crate::support::{Crawl, File, TestStore, crawl, crawl_with, location, schedule, slot};

fn files(slots: &[(&str, u32)]) -> Vec<File> {
    vec![
        File::new("places", ResourceKind::Location, [location("1", "North")]),
        File::new(
            "schedules",
            ResourceKind::Schedule,
            [schedule("10", &["Location/1"]), schedule("20", &["Location/1"])],
        ),
        File::slots("slots", slots.iter().map(|(id, hour)| slot(id, "10", "free", *hour))),
    ]
}

fn id(source_id: &str) -> PublicId {
    PublicId::of(&"a".parse().unwrap(), ResourceKind::Slot, source_id)
}

/// What each of some old ids leads to.
fn successors<const N: usize>(test: &TestStore, ids: [&str; N]) -> [Option<PublicId>; N] {
    ids.map(|source_id| test.store.successor_of_slot(id(source_id)).unwrap())
}

#[test]
fn new_ids_with_every_export_leave_the_old_ones_behind() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &files(&[("1a", 9), ("2a", 10), ("3a", 11)]));
    assert_eq!(successors(&test, ["1a", "2a", "3a"]), [None; 3]);
    crawl(&test.store, "a", &files(&[("1b", 9), ("2b", 10), ("4b", 12)]));
    let ids = ["1a", "2a", "3a"];
    assert_eq!(successors(&test, ids), [Some(id("1b")), Some(id("2b")), None], "nothing came at 11");

    // In one step also after the second export; what is merely gone leads nowhere, nor does what led to it.
    crawl(&test.store, "a", &files(&[("1c", 9), ("4b", 12)]));
    assert_eq!(successors(&test, ["1a", "1b", "2a", "2b"]), [Some(id("1c")), Some(id("1c")), None, None]);

    // An id that comes back is itself again; when it goes for good, its old alias does not rise from the dead.
    crawl(&test.store, "a", &files(&[("1a", 9), ("4b", 12)]));
    assert!(test.store.slot_by_id(id("1a")).unwrap().is_some());
    assert_eq!(successors(&test, ["1b", "1c"]), [Some(id("1a")); 2]);
    crawl(&test.store, "a", &files(&[("4b", 12)]));
    assert_eq!(successors(&test, ["1a", "1b", "1c"]), [None; 3]);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot_alias"), 0);
}

#[test]
fn other_times_schedules_and_slots_that_were_there_are_no_successors() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &files(&[("1", 9), ("2", 9), ("3", 10), ("4", 11)]));
    let mut now = files(&[("2", 9), ("moved", 10), ("late", 13)]);
    now[2] = File::slots(
        "slots",
        [slot("2", "10", "free", 9), slot("other", "20", "free", 10), slot("late", "10", "free", 13)],
    );
    crawl(&test.store, "a", &now);
    assert_eq!(successors(&test, ["1", "3", "4"]), [None; 3]);
}

#[test]
fn several_slots_at_one_time_are_as_good_as_each_other() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &files(&[("1a", 9), ("2a", 9), ("3a", 9)]));
    crawl(&test.store, "a", &files(&[("1b", 9), ("2b", 9)]));
    let found = successors(&test, ["1a", "2a", "3a"]);
    for new in ["1b", "2b"] {
        assert!(found.contains(&Some(id(new))), "{new}");
    }
    assert!(found.iter().all(Option::is_some));
}

#[test]
fn what_is_over_and_what_is_too_much_is_not_kept() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    crawl(&test.store, "a", &files(&[("1a", 9)]));
    // Two days after the slots' day.
    let late = Crawl { started_at: 1_893_628_800, ..Crawl::default() };
    crawl_with(&test.store, "a", &files(&[("1b", 9)]), late).unwrap();
    assert_eq!(successors(&test, ["1a"]), [None]);
    test.execute(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
         INSERT INTO slot_alias (publisher, id, successor)
         SELECT {}, CAST(printf('%010d', i) AS BLOB), x'00' FROM n",
        publisher.number.0
    ));
    crawl(&test.store, "a", &files(&[("1c", 9)]));
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot_alias"), 10_000);
    assert_eq!(successors(&test, ["1b"]), [Some(id("1c"))], "the newest is kept");
    // With the publisher all of its old ids go.
    test.execute("PRAGMA foreign_keys = ON; DELETE FROM publisher");
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot_alias"), 0);
}
