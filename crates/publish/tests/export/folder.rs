//! What is in the directory of an export, whatever happened before.

use std::collections::BTreeSet;
use std::path::Path;

use openslots_publish::Error;
use openslots_publish::export::{Choice, Exported, Format, export};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::read::files;
use crate::world::World;

fn whole(world: &World, out: &Path) -> Result<Exported, Error> {
    export(world, out, Format::Ndjson, Choice::default())
}

fn world(n_days: i64) -> World {
    let mut world = World::default();
    for day in 0..n_days {
        for schedule in 0..3 {
            world.add(schedule, 1_793_060_000 + day * 86_400, true);
        }
    }
    world
}

/// The index names what is there and nothing else, with the bytes and the hash that it has.
fn assert_whole(out: &Path) {
    let files = files(out);
    let index: Value = serde_json::from_slice(&files["index.json"]).expect("JSON");
    let mut named = BTreeSet::from(["index.json".to_owned()]);
    for entry in index["files"].as_array().expect("files") {
        let path = entry["path"].as_str().expect("a path");
        let bytes = &files[path];
        assert_eq!(entry["bytes"], bytes.len(), "{path}");
        let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(entry["sha256"], hash, "{path}");
        let n_rows = if path.ends_with(".ndjson") { bytes.iter().filter(|byte| **byte == b'\n').count() } else { 0 };
        assert_eq!(entry["rows"], n_rows, "{path}");
        named.insert(path.to_owned());
    }
    assert_eq!(named, files.into_keys().collect());
}

#[test]
fn nothing_is_written_again_while_nothing_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut world = world(3);
    let first = whole(&world, folder.path()).expect("an export");
    // Three days, two tables, two documents.
    assert_eq!((first.n_files, first.n_written, first.n_slots), (7, 7, 9));
    assert_whole(folder.path());
    let before = files(folder.path());
    assert_eq!(whole(&world, folder.path()).expect("an export").n_written, 0);
    assert_eq!(files(folder.path()), before);
    // A part that was lost is written anew, and only that.
    std::fs::remove_file(folder.path().join("publishers/part-0.ndjson")).expect("removed");
    assert_eq!(whole(&world, folder.path()).expect("an export").n_written, 1);
    assert_eq!(files(folder.path()), before);
    world.generation += 1;
    assert_eq!(whole(&world, folder.path()).expect("an export").n_written, 7);
    assert_whole(folder.path());
}

#[test]
fn what_an_export_no_longer_has_goes_and_what_is_not_its_own_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    whole(&world(4), folder.path()).expect("an export");
    let of_others = folder.path().join("slots/notes.txt");
    std::fs::write(&of_others, "mine").expect("written");
    let fewer = World { generation: 1, ..world(2) };
    assert_eq!(whole(&fewer, folder.path()).expect("an export").n_slots, 6);
    assert_eq!(std::fs::read_to_string(&of_others).expect("text"), "mine");
    std::fs::remove_file(&of_others).expect("removed");
    assert_whole(folder.path());
    // Another format takes the place of the first.
    export(&fewer, folder.path(), Format::Csv, Choice::default()).expect("an export");
    assert!(files(folder.path()).keys().all(|path| !path.ends_with(".ndjson")));
}

#[test]
fn a_run_that_was_cut_shows_nothing_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, want) = (folder.path().join("out"), folder.path().join("want"));
    whole(&world(3), &out).expect("an export");
    let before = files(&out);
    let next = World { generation: 1, ..world(5) };
    whole(&next, &want).expect("an export");
    // Each goes on where the one before was cut.
    for n_read in 0..6 {
        let cut = World { fails_after: Some(n_read).into(), ..next.clone() };
        assert!(matches!(whole(&cut, &out), Err(Error::Source(_))), "{n_read}");
        assert_eq!(files(&out), before, "{n_read}");
    }
    // Three of the five days and the two tables were there.
    assert_eq!(whole(&next, &out).expect("an export").n_written, 4);
    assert_eq!(files(&out), files(&want));
    assert_whole(&out);
}

#[test]
fn what_was_finished_of_another_state_is_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, want) = (folder.path().join("out"), folder.path().join("want"));
    let cut = World { fails_after: Some(10).into(), ..world(5) };
    assert!(whole(&cut, &out).is_err());
    let next = World { generation: 1, ..world(2) };
    assert_eq!(whole(&next, &out).expect("an export").n_written, 6);
    whole(&next, &want).expect("an export");
    assert_eq!(files(&out), files(&want));
}

#[test]
fn an_index_of_somebody_else_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    for text in [
        "{}",
        "[",
        r#"{"generator":"x","format":"csv","asOf":"","generation":"","from":null,"to":null,
        "files":[{"path":"../x","table":null,"date":null,"rows":0,"bytes":0,"sha256":""}]}"#,
    ] {
        std::fs::write(folder.path().join("index.json"), text).expect("written");
        assert!(matches!(whole(&world(1), folder.path()), Err(Error::ForeignIndex { .. })), "{text}");
        assert_eq!(std::fs::read_to_string(folder.path().join("index.json")).expect("text"), text);
    }
}
