//! Daily exports: a day is written once, and what is kept stays within its bounds.

use std::fs;

use openslots_model::LocalDate;
use openslots_publish::daily_exports::{DailyExports, DailyRetention};
use openslots_publish::export::Format;

use crate::world::World;

const PLENTY: DailyRetention = DailyRetention { keep_days: 30, max_bytes: 1 << 30 };

fn world() -> World {
    World::default()
}

fn dates(exports: &DailyExports) -> Vec<i32> {
    exports.days().iter().map(|day| day.date.0).collect()
}

fn n_bytes(exports: &DailyExports) -> u64 {
    exports.days().iter().flat_map(|day| day.files.values()).map(|file| file.written.bytes).sum()
}

/// Writes whatever is to be written of these days, the way a service does; in which order that was.
fn catch_up(exports: &DailyExports, first: i32, last: i32) -> Vec<i32> {
    let mut written = Vec::new();
    exports.trim(LocalDate(last)).expect("a trimmed directory");
    while let Some(date) = exports.next_day(LocalDate(first), LocalDate(last)) {
        assert!(written.len() < 100, "no end is in sight: {written:?}");
        exports.write(&world(), date).expect("a day");
        exports.trim(LocalDate(last)).expect("a trimmed directory");
        written.push(date.0);
    }
    written
}

#[test]
fn the_newest_day_comes_first_and_each_comes_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let formats = vec![Format::Csv, Format::Parquet];
    let exports = DailyExports::open(folder.path(), formats.clone(), PLENTY).expect("a directory");
    assert_eq!(catch_up(&exports, 100, 102), [102, 101, 100]);
    assert_eq!(catch_up(&exports, 100, 104), [104, 103]);
    assert_eq!(dates(&exports), [100, 101, 102, 103, 104]);
    let day = exports.day(LocalDate(101)).expect("a day");
    let names: Vec<&str> = day.files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "CITATION.cff",
            "DATA_DICTIONARY.md",
            "daily_counts.csv",
            "daily_counts.parquet",
            "past_slots.csv",
            "past_slots.parquet",
            "provider_locations.csv",
            "provider_locations.parquet",
            "publisher_runs.csv",
            "publisher_runs.parquet",
            "publishers.csv",
            "publishers.parquet",
            "slot_events.csv",
            "slot_events.parquet",
        ]
    );
    for file in day.files.values() {
        assert_eq!(fs::metadata(&file.path).expect("a file").len(), file.written.bytes);
    }

    // Opened again, it is all there; a half day is not, and foreign things are left alone.
    fs::remove_file(folder.path().join("1970-04-14/csv/index.json")).expect("a cut day");
    fs::remove_file(folder.path().join("1970-04-14/parquet/index.json")).expect("a cut day");
    fs::create_dir(folder.path().join("notes")).expect("a folder");
    let again = DailyExports::open(folder.path(), formats, PLENTY).expect("a directory");
    assert_eq!(dates(&again), [100, 101, 102, 104]);
    assert_eq!(again.day(LocalDate(101)), Some(day));
    assert_eq!(catch_up(&again, 100, 104), [103]);
    assert!(folder.path().join("notes").is_dir());

    // A format that is added is added to the days that can still be told.
    let formats = vec![Format::Csv, Format::Ndjson, Format::Parquet];
    let more = DailyExports::open(folder.path(), formats, PLENTY).expect("a directory");
    assert_eq!(catch_up(&more, 103, 104), [104, 103]);
}

#[test]
fn what_is_too_old_or_too_much_goes_and_does_not_come_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |retention| DailyExports::open(folder.path(), vec![Format::Csv], retention).expect("a directory");
    let exports = open(DailyRetention { keep_days: 3, ..PLENTY });
    assert_eq!(catch_up(&exports, 90, 100), [100, 99, 98]);
    assert_eq!(catch_up(&exports, 90, 101), [101]);
    assert_eq!(dates(&exports), [99, 100, 101]);

    let of_a_day = n_bytes(&exports) / 3;
    let max_bytes = of_a_day * 5 / 2;
    let exports = open(DailyRetention { max_bytes, ..PLENTY });
    assert_eq!(catch_up(&exports, 90, 101), [0; 0]);
    assert_eq!(dates(&exports), [100, 101]);
    assert_eq!(catch_up(&exports, 90, 103), [103, 102]);
    assert_eq!(dates(&exports), [102, 103]);
    assert!(n_bytes(&exports) <= max_bytes);

    // One day alone is kept, however large it is.
    let exports = open(DailyRetention { max_bytes: 1, ..PLENTY });
    assert_eq!(catch_up(&exports, 90, 103), [0; 0]);
    assert_eq!(dates(&exports), [103]);
    assert_eq!(catch_up(&exports, 90, 105), [105]);
    assert_eq!(dates(&exports), [105]);
}
