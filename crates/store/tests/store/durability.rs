//! What happens when things end early, come twice or meet somebody else's file.

use std::thread;

use openslots_model::{
    CrawlOutcome, CrawlRun, FileIndex, KnownLine, LineBatch, LineEntry, LineToken, PublicId, PublisherSlug,
    ResourceKind,
};
use openslots_store::{Error, NextUpdate, Store};

use crate::support::{Crawl, File, TestStore, crawl, crawl_with, finish, put_publisher, read, slot};

fn slots(range: std::ops::Range<u32>) -> File {
    File::slots("slots", range.map(|n| slot(&n.to_string(), "10", "free", n)))
}

fn slug() -> PublisherSlug {
    "a".parse().unwrap()
}

#[test]
fn a_run_that_is_dropped_never_was() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots(0..50)]);
    let before = test.dump();
    let staged = test.store.begin_run(&slug()).unwrap();
    read(&staged, &slug(), FileIndex(0), &slots(20..90), Crawl::default()).unwrap();
    drop(staged);
    assert_eq!(test.dump(), before);
    let staging = test.folder.path().join("staging");
    assert_eq!(std::fs::read_dir(staging).unwrap().count(), 0);
    assert_eq!(crawl(&test.store, "a", &[slots(0..50)]).outcome, CrawlOutcome::Unchanged);
}

#[test]
fn a_store_that_is_opened_again_goes_on_where_it_was() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    crawl(&test.store, "a", &[slots(0..50)]);
    let (before, seq) = (test.dump(), test.store.last_seq().unwrap());
    let TestStore { folder, store } = test;
    drop(store);
    let test = TestStore { store: Store::open(folder.path()).unwrap(), folder };
    assert_eq!(test.dump(), before);
    assert_eq!(test.store.publishers().unwrap(), [publisher]);
    assert_eq!(crawl(&test.store, "a", &[slots(0..50)]).outcome, CrawlOutcome::Unchanged);
    assert_eq!(test.store.next_update(seq).unwrap(), NextUpdate::UpToDate);
}

#[test]
fn a_newer_schema_is_refused() {
    let test = TestStore::new();
    let path = test.folder.path().to_owned();
    drop(test.store);
    rusqlite::Connection::open(path.join("openslots.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("use the newer program or another data directory"), "{error}");
}

#[test]
fn what_cannot_be_a_data_directory_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let error = Store::open(&file).unwrap_err().to_string();
    assert!(error.contains(&format!("`{}`", file.display())) && error.contains("--data-dir"), "{error}");
    std::fs::write(folder.path().join("openslots.db"), "not a database, but long enough to have a header ".repeat(9))
        .unwrap();
    let error = Store::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("openslots.db") && error.contains("move it away"), "{error}");
}

#[test]
fn of_two_runs_at_once_the_second_is_refused() {
    let test = TestStore::new();
    test.publisher("a");
    let late = test.store.begin_run(&slug()).unwrap();
    let late_file = read(&late, &slug(), FileIndex(0), &slots(0..3), Crawl::default()).unwrap();
    crawl(&test.store, "a", &[slots(0..5)]);
    let before = test.dump();
    let error = late.commit(finish(&slug(), vec![late_file], Crawl::default())).unwrap_err();
    assert!(matches!(error, Error::Superseded(_)), "{error}");
    assert_eq!(test.dump(), before);
}

#[test]
fn a_run_is_committed_once_and_only_if_it_fits() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots(0..5)]);
    let before = test.dump();

    let staged = test.store.begin_run(&slug()).unwrap();
    let unchanged = read(&staged, &slug(), FileIndex(0), &slots(0..5), Crawl::default()).unwrap();
    staged.commit(finish(&slug(), vec![unchanged.clone()], Crawl::default())).unwrap();
    let error = staged.commit(finish(&slug(), vec![unchanged.clone()], Crawl::default())).unwrap_err();
    assert!(error.to_string().contains("it is over"), "{error}");

    // A file that is not known cannot be unchanged.
    let staged = test.store.begin_run(&slug()).unwrap();
    let mut unknown = unchanged;
    unknown.report.url = "elsewhere".to_owned();
    let error = staged.commit(finish(&slug(), vec![unknown], Crawl::default())).unwrap_err();
    assert!(error.to_string().contains("`elsewhere`"), "{error}");

    // Lines that the file never had, or twice.
    for tokens in [vec![9_999], vec![65, 65], vec![0]] {
        let staged = test.store.begin_run(&slug()).unwrap();
        let kept = tokens.iter().map(|token| LineEntry::Kept(KnownLine { hash: 1, token: LineToken(*token) }));
        let batch = LineBatch { entries: kept.collect(), ..LineBatch::default() };
        let mut file = read(&staged, &slug(), FileIndex(1), &slots(0..6), Crawl::default()).unwrap();
        file.index = FileIndex(0);
        let refused = staged
            .stage(FileIndex(0), batch)
            .and_then(|()| staged.commit(finish(&slug(), vec![file], Crawl::default())).map(drop));
        assert!(matches!(refused, Err(Error::UnfitRun { .. })), "{tokens:?}: {refused:?}");
    }

    // Bytes and lines that do not fit.
    let staged = test.store.begin_run(&slug()).unwrap();
    let odd = LineBatch { raw: b"{}".to_vec(), ..LineBatch::default() };
    assert!(matches!(staged.stage(FileIndex(0), odd), Err(Error::UnfitRun { .. })));
    let more = LineBatch::default();
    assert!(staged.stage(FileIndex(0), more).is_err(), "the file is spoilt");
    assert_eq!(test.dump(), before);
}

#[test]
fn an_unknown_publisher_has_no_runs() {
    let test = TestStore::new();
    assert!(matches!(test.store.begin_run(&slug()), Err(Error::UnknownPublisher(_))));
    let run = failed_run(1, CrawlOutcome::Failed);
    assert!(matches!(test.store.record_failed_run(&run), Err(Error::UnknownPublisher(_))));
}

fn failed_run(started_at: i64, outcome: CrawlOutcome) -> CrawlRun {
    let mut run = finish(&slug(), vec![], Crawl { started_at, ..Crawl::default() }).run;
    run.outcome = outcome;
    run.reason = Some("the host is gone".to_owned());
    run.transaction_time = None;
    run
}

#[test]
fn failed_runs_are_history_and_no_success() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let good = crawl_with(&test.store, "a", &[slots(0..5)], Crawl { started_at: 1_000, ..Crawl::default() }).unwrap();
    let before = test.dump();
    test.store.record_failed_run(&failed_run(2_000, CrawlOutcome::Failed)).unwrap();
    test.store.record_failed_run(&failed_run(2_001, CrawlOutcome::TooSoon)).unwrap();
    assert_eq!(test.dump(), before);
    let status = &test.store.publisher_statuses().unwrap()[0];
    assert_eq!(status.last_attempt_at.map(|at| at.0), Some(2_000));
    assert_eq!(status.last_success_at.map(|at| at.0), Some(1_000));
    assert_eq!(status.last_outcome, Some(CrawlOutcome::Failed));
    assert_eq!(status.reason.as_deref(), Some("the host is gone"));
    assert_eq!(status.transaction_time, good.transaction_time);
    assert_eq!((status.n_slots, status.n_free_slots), (5, 5));
    let runs = test.store.crawl_runs(publisher.number, 9).unwrap();
    assert_eq!(runs.iter().map(|run| run.started_at.0).collect::<Vec<_>>(), [2_000, 1_000]);
    assert_eq!((runs[0].n_free_slots, &runs[1]), (5, &good));
    assert_eq!(test.store.crawl_runs(publisher.number, 1).unwrap().len(), 1);
}

#[test]
fn what_is_configured_of_a_publisher_is_kept() {
    let test = TestStore::new();
    let given = openslots_store::NewPublisher {
        slug: slug(),
        display_name: "The clinic".to_owned(),
        manifest_url: "https://clinic.example/$bulk-publish".to_owned(),
        enabled: false,
        is_configured: true,
        policy: openslots_model::FreshnessPolicy { fresh_for_seconds: 7, max_staleness_seconds: 70 },
        access_expires_at: Some(openslots_model::UnixSeconds(5)),
        is_public_only: true,
    };
    let put = test.store.put_publisher(&given).unwrap();
    assert_eq!(test.store.publishers().unwrap(), std::slice::from_ref(&put));
    assert_eq!(test.store.publisher_statuses().unwrap()[0].publisher, put);
    assert_eq!((put.access_expires_at, put.is_public_only, put.enabled), (given.access_expires_at, true, false));
    let policy = openslots_model::FreshnessPolicy { fresh_for_seconds: 8, max_staleness_seconds: 80 };
    test.store.set_policy(&slug(), policy).unwrap();
    assert_eq!(test.store.publishers().unwrap(), [openslots_model::Publisher { policy, ..put }]);
}

#[test]
fn a_publisher_is_brought_up_to_date_by_its_slug() {
    let test = TestStore::new();
    let first = test.publisher("b");
    let other = test.publisher("a");
    assert_eq!(put_publisher(&test.store, "b"), first);
    let slugs: Vec<_> = test.store.publishers().unwrap().into_iter().map(|publisher| publisher.number).collect();
    assert_eq!(slugs, [other.number, first.number]);
    let status = &test.store.publisher_statuses().unwrap()[0];
    assert_eq!((status.last_attempt_at, status.last_outcome, status.n_slots), (None, None, 0));
}

#[test]
fn a_snapshot_stands_still_while_runs_are_committed() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots(0..50)]);
    let snapshot = test.store.snapshot().unwrap();
    crawl(&test.store, "a", &[slots(10..90)]);
    let mut n_slots = 0;
    snapshot.for_each_slot(|_| n_slots += 1).unwrap();
    assert_eq!(n_slots, 50);
    assert_eq!(snapshot.traits().unwrap().len(), 1);
    let NextUpdate::Update(update) = test.store.next_update(snapshot.seq()).unwrap() else { panic!("no update") };
    assert_eq!((update.slots_added.len(), update.slots_removed.len()), (40, 10));
    drop(snapshot);
    assert_eq!(test.store.snapshot().unwrap().seq(), test.store.last_seq().unwrap());
}

#[test]
fn a_checkpoint_empties_the_log() {
    let test = TestStore::new();
    test.publisher("a");
    crawl(&test.store, "a", &[slots(0..50)]);
    let log = || std::fs::metadata(test.folder.path().join("openslots.db-wal")).unwrap().len();
    assert!(log() > 0);
    assert!(test.store.checkpoint().unwrap());
    assert_eq!(log(), 0);
    assert_eq!(crawl(&test.store, "a", &[slots(0..50)]).outcome, CrawlOutcome::Unchanged);
}

#[test]
fn files_are_staged_side_by_side_while_others_read() {
    let test = TestStore::new();
    test.publisher("a");
    let files: Vec<File> = (0..8)
        .map(|file| {
            let lines = (0..300).map(|n| slot(&format!("{file}-{n}"), &file.to_string(), "free", n));
            File::slots(&format!("slots-{file}"), lines)
        })
        .collect();
    let staged = test.store.begin_run(&slug()).unwrap();
    let crawl = Crawl { lines_per_batch: 50, ..Crawl::default() };
    let staged = &staged;
    let finished = thread::scope(|scope| {
        let work: Vec<_> = files
            .iter()
            .zip(0..)
            .map(|(file, index)| scope.spawn(move || read(staged, &slug(), FileIndex(index), file, crawl).unwrap()))
            .collect();
        assert_eq!(test.store.slot_by_id(PublicId::of(&slug(), ResourceKind::Slot, "3-7")).unwrap(), None);
        work.into_iter().map(|work| work.join().unwrap()).collect()
    });
    let run = staged.commit(finish(&slug(), finished, crawl)).unwrap();
    assert_eq!(run.n_free_slots, 2_400);
    for (file, n) in [(0, 0), (3, 7), (7, 299)] {
        let id = PublicId::of(&slug(), ResourceKind::Slot, &format!("{file}-{n}"));
        let found = test.store.slot_by_id(id).unwrap().unwrap();
        assert_eq!(found.json, files[file].lines[n]);
    }
}

#[test]
fn the_same_files_in_the_same_order_make_the_same_database() {
    let dump = || {
        let test = TestStore::new();
        test.publisher("a");
        crawl(&test.store, "a", &[slots(0..200)]);
        crawl(&test.store, "a", &[slots(50..250)]);
        // The change feed begins at the time of creation.
        let dump = test.dump();
        dump.lines().filter(|line| !line.starts_with("change") && !line.contains("sequence")).collect::<String>()
    };
    assert_eq!(dump(), dump());
}

#[test]
fn traits_that_no_slot_has_any_more_are_forgotten_when_there_are_many() {
    let test = TestStore::new();
    test.publisher("a");
    // Each of a length of its own.
    let worded = |export: u32, n: u32| {
        let line = |n: u32| {
            let seconds = export * 20_000 + n + 1;
            let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
            format!(
                r#"{{"resourceType":"Slot","id":"{n}","schedule":{{"reference":"Schedule/1"}},"status":"free","start":"2030-01-01T00:00:00Z","end":"2030-01-01T{hours:02}:{minutes:02}:{seconds:02}Z"}}"#
            )
        };
        [File::slots("https://a/slots", (0..n).map(line))]
    };
    let n_traits = || test.sql::<i64>("SELECT count(*) FROM slot_traits");
    crawl(&test.store, "a", &worded(0, 6_000));
    assert_eq!((test.store.forget_unused_traits().unwrap(), n_traits()), (0, 6_000));
    crawl(&test.store, "a", &worded(1, 6_000));
    assert_eq!((test.store.forget_unused_traits().unwrap(), n_traits()), (6_000, 6_000));
    let newest = test.sql::<i64>("SELECT max(number) FROM slot_traits");
    // A snapshot and a further crawl agree with what is left.
    let before = test.dump();
    assert_eq!(crawl(&test.store, "a", &worded(1, 6_000)).outcome, CrawlOutcome::Unchanged);
    assert_eq!(test.dump(), before);
    crawl(&test.store, "a", &worded(2, 10));
    assert_eq!(test.sql::<i64>("SELECT min(number) FROM slot_traits WHERE number > 12000"), newest + 1);
}
