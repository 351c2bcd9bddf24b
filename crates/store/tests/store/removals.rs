//! What goes at once, what waits for a second run that agrees, and what never goes.

use openslots_model::{Coverage, CrawlOutcome, FinishedRun, ResourceKind, ResumePoint, RunScope};
use openslots_store::Store;

use crate::support::{
    Crawl, File, TestStore, crawl, crawl_and_withdraw, crawl_with, finish, location, read, schedule, slot, withdrawal,
};

const INCREMENT: Crawl = Crawl { coverage: Coverage::Increment, started_at: 1_700_000_000, lines_per_batch: 7 };

fn slots(url: &str, range: std::ops::Range<u32>) -> File {
    File::slots(url, range.map(|n| slot(&n.to_string(), "10", "free", n)))
}

/// Source ids of the slots that are served, sorted by number.
fn served(store: &Store) -> Vec<u32> {
    let mut rows = Vec::new();
    store.snapshot().unwrap().for_each_slot(|slot| rows.push(slot.row)).unwrap();
    let mut ids: Vec<u32> =
        store.slots(&rows).unwrap().into_iter().map(|slot| slot.unwrap().slot.id.parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn one_file_that_shrinks_waits_although_the_publisher_loses_little() {
    let test = TestStore::new();
    test.publisher("a");
    let large = slots("large", 100..200);
    crawl(&test.store, "a", &[slots("small", 0..20), large.clone()]);
    // Half of a file is believed at once, more is not.
    assert_eq!(crawl(&test.store, "a", &[slots("small", 0..10), large.clone()]).outcome, CrawlOutcome::Updated);
    let run = crawl(&test.store, "a", &[slots("small", 0..4), large.clone()]);
    assert_eq!((run.outcome, run.held_removal.map(|held| held.n_slots)), (CrawlOutcome::Partial, Some(6)));
    assert_eq!(served(&test.store).len(), 110);
    // The second run agrees, though the file itself is unchanged.
    let run = crawl(&test.store, "a", &[slots("small", 0..4), large]);
    assert_eq!((run.outcome, run.held_removal, run.n_free_slots), (CrawlOutcome::Updated, None, 104));
}

#[test]
fn an_emptied_file_removes_nothing_until_a_second_run_agrees() {
    let test = TestStore::new();
    test.publisher("a");
    let files = |n| [slots("small", 0..n), slots("large", 100..200)];
    crawl(&test.store, "a", &files(3));
    assert_eq!(crawl(&test.store, "a", &files(0)).outcome, CrawlOutcome::Partial);
    assert_eq!(served(&test.store).len(), 103);
    // Back again in time: nothing waits any more, and the next loss counts anew.
    assert_eq!(crawl(&test.store, "a", &files(3)).held_removal, None);
    assert_eq!(crawl(&test.store, "a", &files(0)).n_free_slots, 103);
    assert_eq!(crawl(&test.store, "a", &files(0)).n_free_slots, 100);
}

#[test]
fn only_what_was_missing_before_is_agreed_to() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots("one", 0..60), slots("two", 100..140)]);
    assert_eq!(crawl(&test.store, "a", &[slots("two", 100..140)]).held_removal.map(|held| held.n_slots), Some(60));
    // The other file is missing now: that is another loss, of which nobody has heard before, and of all that is left.
    let run = crawl(&test.store, "a", &[slots("one", 0..45)]);
    assert_eq!(run.held_removal.map(|held| held.n_slots), Some(40), "15 were missing before and go");
    assert_eq!(served(&test.store).len(), 85);
}

#[test]
fn a_share_of_100_percent_believes_everything() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    crawl(&test.store, "a", &[slots("one", 0..60)]);
    let staged = test.store.begin_run(&publisher.slug).unwrap();
    let file = slots("one", 0..1);
    let finished = read(&staged, &publisher.slug, openslots_model::FileIndex(0), &file, Crawl::default()).unwrap();
    let run = FinishedRun { max_removed_percent: 100, ..finish(&publisher.slug, vec![finished], Crawl::default()) };
    assert_eq!(staged.commit(run).unwrap().n_free_slots, 1);
}

#[test]
fn places_that_are_gone_at_once_wait() {
    let test = TestStore::new();
    test.publisher("a");
    let files = |places: Vec<String>| {
        [
            File::new("places", ResourceKind::Location, places),
            File::new("schedules", ResourceKind::Schedule, [schedule("10", &["Location/1"])]),
            slots("slots", 0..20),
        ]
    };
    crawl(&test.store, "a", &files(vec![location("1", "North"), location("2", "South"), location("3", "East")]));
    let run = crawl(&test.store, "a", &files(vec![location("3", "East")]));
    assert_eq!(run.held_removal.map(|held| (held.n_slots, held.n_resources)), Some((0, 2)));
    let n_places = "SELECT count(*) FROM resource WHERE kind = 'Location' AND line IS NOT NULL";
    assert_eq!(test.sql::<i64>(n_places), 3);
    crawl(&test.store, "a", &files(vec![location("3", "East")]));
    assert_eq!(test.sql::<i64>(n_places), 1);
}

/// What waits is as good as gone, so the loss of the last place beside one that waits is the loss of all.
#[test]
fn the_last_of_a_type_waits_although_another_one_waits_already() {
    let test = TestStore::new();
    test.publisher("a");
    let places =
        |ids: &[&str]| [File::new("places", ResourceKind::Location, ids.iter().map(|id| location(id, "Place")))];
    crawl(&test.store, "a", &places(&["2"]));
    // Another place instead of the first: all lines of the file are others, so the first waits.
    assert_eq!(crawl(&test.store, "a", &places(&["0"])).held_removal.map(|held| held.n_resources), Some(1));
    // A run that did not read everything empties the file, and takes nothing.
    let partial = Crawl { coverage: Coverage::Partial, ..Crawl::default() };
    crawl_with(&test.store, "a", &places(&[]), partial).unwrap();
    let run = crawl(&test.store, "a", &places(&[]));
    assert_eq!((run.outcome, run.held_removal.map(|held| held.n_resources)), (CrawlOutcome::Partial, Some(1)));
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM resource WHERE line IS NOT NULL"), 1);
    crawl(&test.store, "a", &places(&[]));
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM resource"), 0);
}

#[test]
fn an_increment_adds_changes_and_takes_back_and_removes_nothing_else() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots("base", 0..10)]);
    let more = File::slots("more-1", [slot("3", "10", "busy", 3), slot("10", "10", "free", 10)]);
    let back = vec![
        withdrawal(ResourceKind::Slot, "4"),
        withdrawal(ResourceKind::Slot, "10"),
        withdrawal(ResourceKind::Slot, "99"),
    ];
    let run = crawl_and_withdraw(&test.store, "a", &[more], INCREMENT, back).unwrap();
    assert_eq!((run.outcome, run.scope, run.n_free_slots), (CrawlOutcome::Updated, RunScope::Increment, 9));
    assert_eq!(served(&test.store), [0, 1, 2, 3, 5, 6, 7, 8, 9, 10], "what a later file lists stands");
    let status = &test.store.publisher_statuses().unwrap()[0];
    assert!(status.last_success_at.is_some());

    // Nothing new is a success without a write.
    let before = test.dump();
    assert_eq!(crawl_with(&test.store, "a", &[], INCREMENT).unwrap().outcome, CrawlOutcome::Unchanged);
    assert_eq!(test.dump(), before);

    // What the increment brought is taken back by a later one: its file holds 3 still, then nothing and is forgotten.
    let n_files = "SELECT count(*) FROM output_file";
    crawl_and_withdraw(&test.store, "a", &[], INCREMENT, vec![withdrawal(ResourceKind::Slot, "10")]).unwrap();
    assert_eq!(test.sql::<i64>(n_files), 2);
    crawl_and_withdraw(&test.store, "a", &[], INCREMENT, vec![withdrawal(ResourceKind::Slot, "3")]).unwrap();
    assert_eq!((served(&test.store).len(), test.sql::<i64>(n_files)), (8, 1));

    // A snapshot of what is there agrees.
    let left = File::slots("base", [0, 1, 2, 5, 6, 7, 8, 9].map(|n: u32| slot(&n.to_string(), "10", "free", n)));
    assert_eq!(crawl(&test.store, "a", &[left]).outcome, CrawlOutcome::Unchanged);
}

#[test]
fn what_a_publisher_takes_back_goes_also_where_a_file_failed() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots("one", 0..10), slots("two", 20..30)]);
    let back = ["25", "3"].map(|id| withdrawal(ResourceKind::Slot, id)).to_vec();
    // Files of the same page as the withdrawal come before it.
    let publisher = test.publisher("a");
    let staged = test.store.begin_run(&publisher.slug).unwrap();
    let crawl = Crawl::default();
    let files = [
        slots("one", 0..10).failing(),
        File::slots("two", (20..30).filter(|n| *n != 25).map(|n| slot(&n.to_string(), "10", "free", n))),
    ];
    let finished = files.iter().zip(0..).map(|(file, index)| {
        let index = openslots_model::FileIndex(index);
        let mut finished = read(&staged, &publisher.slug, index, file, crawl).unwrap();
        finished.page = 0;
        finished
    });
    let run = FinishedRun { withdrawals: back, ..finish(&publisher.slug, finished.collect(), crawl) };
    assert_eq!(staged.commit(run).unwrap().outcome, CrawlOutcome::Partial);
    assert_eq!(served(&test.store).len(), 18);
    assert!(!served(&test.store).contains(&3) && !served(&test.store).contains(&25));
}

#[test]
fn slots_that_come_back_under_other_ids_are_not_lost() {
    let test = TestStore::new();
    test.publisher("a");
    let export = |round: u32, hours: std::ops::Range<u32>| {
        [File::slots("slots", hours.map(|hour| slot(&(round * 1_000 + hour).to_string(), "10", "free", hour)))]
    };
    crawl(&test.store, "a", &export(0, 0..40));
    for round in 1..4 {
        let run = crawl(&test.store, "a", &export(round, 0..40));
        assert_eq!((run.outcome, run.held_removal, run.n_free_slots), (CrawlOutcome::Updated, None, 40), "{round}");
    }
    // Of forty, ten come back: thirty are lost, and wait.
    let run = crawl(&test.store, "a", &export(4, 0..10));
    assert_eq!((run.held_removal.map(|held| held.n_slots), run.n_free_slots), (Some(30), 40));
    assert_eq!(crawl(&test.store, "a", &export(4, 0..10)).n_free_slots, 10);
}

#[test]
fn what_waits_is_decided_by_the_next_snapshot() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let position = ResumePoint::Since {
        root: "x".to_owned(),
        transaction_time: "2026-01-01T00:00:00Z".to_owned(),
        snapshot_at: openslots_model::UnixSeconds(1),
    };
    let crawl = |hours: std::ops::Range<u32>| {
        let staged = test.store.begin_run(&publisher.slug).unwrap();
        let file = slots("one", hours);
        let read = read(&staged, &publisher.slug, openslots_model::FileIndex(0), &file, Crawl::default()).unwrap();
        let resume = Some(position.clone());
        staged.commit(FinishedRun { resume, ..finish(&publisher.slug, vec![read], Crawl::default()) }).unwrap();
        test.store.resume_point(&publisher.slug).unwrap()
    };
    assert_eq!(crawl(0..40), Some(position.clone()));
    assert_eq!(crawl(0..5), None, "only a snapshot can agree");
    assert_eq!(crawl(0..5), Some(position.clone()));
}

#[test]
fn a_deletion_of_a_manifest_that_was_not_read_to_its_end_leaves_what_a_later_page_may_bring_back() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots("one", 0..10), slots("two", 20..30)]);
    let partial = Crawl { coverage: Coverage::Partial, ..Crawl::default() };
    let back = || vec![withdrawal(ResourceKind::Slot, "25")];
    crawl_and_withdraw(&test.store, "a", &[slots("one", 0..10)], partial, back()).unwrap();
    assert_eq!(served(&test.store).len(), 20);
    // Read to its end, and the file is not there.
    let run = crawl_and_withdraw(&test.store, "a", &[slots("one", 0..10)], Crawl::default(), back()).unwrap();
    assert_eq!((run.held_removal, served(&test.store).len()), (None, 10));
}
