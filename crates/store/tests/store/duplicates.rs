//! Ids that come more than once: the last line in manifest order counts, whichever of them was read this time.

use openslots_model::{CrawlOutcome, FileOutcome, PublicId, ResourceKind};
use openslots_store::Store;

use crate::support::{File, TestStore, counts, crawl, location, schedule, slot};

fn hour_of(store: &Store, source_id: &str) -> Option<u32> {
    let id = PublicId::of(&"a".parse().unwrap(), ResourceKind::Slot, source_id);
    let found = store.slot_by_id(id).unwrap()?;
    Some(found.slot.start.instant.0 as u32 / 3600 % 24)
}

fn first(lines: &[String]) -> File {
    File::slots("https://a/first", lines.to_vec())
}

fn second(lines: &[String]) -> File {
    File::slots("https://a/second", lines.to_vec())
}

fn x(hour: u32) -> String {
    slot("x", "10", "free", hour)
}

fn y() -> String {
    slot("y", "10", "free", 20)
}

#[test]
fn within_a_file_the_last_line_counts() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let file = first(&[x(1), y(), x(2)]);
    crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(hour_of(&test.store, "x"), Some(2));
    let issues = test.store.issues(publisher.number, 10).unwrap();
    let found: Vec<_> = issues.iter().map(|issue| (issue.line, issue.code.as_str(), issue.excerpt.as_str())).collect();
    assert_eq!(found, [(1, "duplicate-id", x(1).as_str())]);
    assert_eq!(issues[0].file, "https://a/first");
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot"), 2);

    let before = test.dump();
    let run = crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!((run.outcome, run.files[0].outcome), (CrawlOutcome::Unchanged, FileOutcome::Unchanged));
    assert_eq!(run.n_lines(), (0, 3, 0));
    assert_eq!(test.dump(), before);

    // Another line is added: both lines of the id are read anew, and come out as before.
    let run = crawl(&test.store, "a", &[first(&[x(1), y(), x(2), slot("z", "10", "free", 3)])]);
    assert_eq!(run.n_lines(), (3, 1, 0));
    assert_eq!(hour_of(&test.store, "x"), Some(2));
    assert_eq!(counts(&test.store, &publisher)["duplicate-id"], 1);
    // The winner goes, the other one is what remains.
    crawl(&test.store, "a", &[first(&[x(1), y(), slot("z", "10", "free", 3)])]);
    assert_eq!(hour_of(&test.store, "x"), Some(1));
    assert!(counts(&test.store, &publisher).is_empty());
}

#[test]
fn the_same_line_twice_is_one_slot() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[first(&[x(1)])]);
    let run = crawl(&test.store, "a", &[first(&[x(1), x(1)])]);
    assert_eq!(run.outcome, CrawlOutcome::Unchanged);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot"), 1);
    crawl(&test.store, "a", &[first(&[x(1)])]);
    assert_eq!(hour_of(&test.store, "x"), Some(1));
}

#[test]
fn between_files_the_later_one_counts_and_both_are_read_every_time() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let files = [first(&[x(1), y()]), second(&[x(2)])];
    crawl(&test.store, "a", &files);
    assert_eq!(hour_of(&test.store, "x"), Some(2));
    assert_eq!(counts(&test.store, &publisher)["duplicate-id"], 1);

    let before = test.dump();
    let run = crawl(&test.store, "a", &files);
    assert_eq!(run.outcome, CrawlOutcome::Unchanged);
    assert!(run.files.iter().all(|file| file.outcome == FileOutcome::Fetched));
    assert_eq!(test.dump(), before);

    // The later file lets go of it: the line of the first, which has not changed, counts now.
    crawl(&test.store, "a", &[first(&[x(1), y()]), second(&[])]);
    assert_eq!(hour_of(&test.store, "x"), Some(1));
    assert!(counts(&test.store, &publisher).is_empty());
    let run = crawl(&test.store, "a", &[first(&[x(1), y()]), second(&[])]);
    assert!(run.files.iter().all(|file| file.outcome == FileOutcome::Unchanged), "nothing is shared any more");
}

#[test]
fn a_new_line_meets_one_that_is_held() {
    // (what the files hold, what comes then, hour that counts then)
    let cases = [
        // The later file is new.
        ([vec![x(1), y()], vec![]], [vec![x(1), y()], vec![x(2)]], 2),
        // The first file gains the id: the later one, unchanged, still counts.
        ([vec![y()], vec![x(2)]], [vec![y(), x(1)], vec![x(2)]], 2),
        // Within a file, before and after the line that is kept.
        ([vec![y(), x(1)], vec![]], [vec![x(2), y(), x(1)], vec![]], 1),
        ([vec![x(1), y()], vec![]], [vec![x(1), y(), x(2)], vec![]], 2),
    ];
    for (index, (before, after, want)) in cases.into_iter().enumerate() {
        let test = TestStore::new();
        let publisher = test.publisher("a");
        let files = |lines: &[Vec<String>; 2]| [first(&lines[0]), second(&lines[1])];
        crawl(&test.store, "a", &files(&before));
        crawl(&test.store, "a", &files(&after));
        assert_eq!(hour_of(&test.store, "x"), Some(want), "case {index}");
        assert_eq!(test.sql::<i64>("SELECT count(*) FROM slot"), 2, "case {index}");
        assert_eq!(counts(&test.store, &publisher)["duplicate-id"], 1, "case {index}");
        let dump = test.dump();
        assert_eq!(crawl(&test.store, "a", &files(&after)).outcome, CrawlOutcome::Unchanged, "case {index}");
        assert_eq!(test.dump(), dump, "case {index}");
        // And back again.
        crawl(&test.store, "a", &files(&before));
        let alone = before.iter().flatten().any(|line| *line == x(1));
        assert_eq!(hour_of(&test.store, "x"), Some(if alone { 1 } else { 2 }), "case {index}");
    }
}

#[test]
fn a_file_that_failed_still_claims_what_it_holds() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[first(&[y()]), second(&[x(2)])]);
    crawl(&test.store, "a", &[first(&[y(), x(1)]), second(&[x(3)]).failing()]);
    assert_eq!(hour_of(&test.store, "x"), Some(2));
    crawl(&test.store, "a", &[second(&[x(3)]).failing(), first(&[y(), x(1)])]);
    assert_eq!(hour_of(&test.store, "x"), Some(1), "the order of the manifest decides");
    crawl(&test.store, "a", &[second(&[x(3)]), first(&[y()])]);
    assert_eq!(hour_of(&test.store, "x"), Some(3));
}

#[test]
fn other_resources_are_settled_alike() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let places = |url: &str, names: &[&str]| {
        File::new(url, ResourceKind::Location, names.iter().map(|name| location("1", name)))
    };
    let schedules = File::new("https://a/schedules", ResourceKind::Schedule, [schedule("10", &["Location/1"])]);
    let name = |test: &TestStore| {
        let mut names = Vec::new();
        let snapshot = test.store.snapshot().expect("a snapshot");
        let read =
            snapshot.for_each_provider_location(|_, found| names.extend(found.place.and_then(|place| place.name)));
        read.expect("provider locations");
        names.join(" and ")
    };
    crawl(&test.store, "a", &[places("u", &["A", "B"]), places("v", &["C"]), schedules.clone()]);
    assert_eq!(name(&test), "C");
    assert_eq!(counts(&test.store, &publisher)["duplicate-id"], 2);
    let before = test.dump();
    let files = [places("u", &["A", "B"]), places("v", &["C"]), schedules.clone()];
    assert_eq!(crawl(&test.store, "a", &files).outcome, CrawlOutcome::Unchanged);
    assert_eq!(test.dump(), before);
    crawl(&test.store, "a", &[places("v", &["C"]), places("u", &["A", "B"]), schedules.clone()]);
    assert_eq!(name(&test), "B");
    crawl(&test.store, "a", &[places("u", &["A"]), schedules]);
    assert_eq!(name(&test), "A");
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM resource"), 2);
}
