//! What is on disk: opened again, changed, damaged, held by another.

use std::fs;
use std::path::Path;
use std::thread;

use openslots_model::{
    AvailabilityQuery, ChangeSeq, IndexUpdate, PageStart, ProviderLocationNumber, ProviderLocationSort, TextQuery,
    UnixSeconds,
};
use openslots_search::{Error, SearchIndex};

use crate::world::{Edit, World, free, provider_location};

fn world() -> World {
    let mut world = World { seq: ChangeSeq(5), ..World::default() };
    let traits = world.add_traits(free());
    for (number, name) in [(1, "Alpha"), (2, "Beta"), (3, "Gamma")] {
        world.add(provider_location(number, &[number]).named(name));
        world.add_slot(number, 1_800_000_000 + i64::from(number), traits);
    }
    world
}

/// Numbers of the provider locations with a word, read from the documents on disk.
fn found(index: &SearchIndex, text: &str) -> Vec<u32> {
    let mut query = AvailabilityQuery::free_from(UnixSeconds(0));
    query.text = Some(TextQuery(text.into()));
    let snapshot = index.snapshot();
    let page = snapshot.provider_locations(&query, ProviderLocationSort::Start, PageStart::Offset(0), 100, 1);
    page.expect("provider locations").hits.iter().map(|hit| hit.number.0).collect()
}

#[test]
fn documents_are_kept_and_only_changed_ones_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut world = world();
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), None);
    drop(world.index(dir.path()));
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), Some(ChangeSeq(5)));

    // While it was closed, one was renamed, one removed and one added.
    world.provider_locations.remove(&ProviderLocationNumber(3));
    world.provider_locations.insert(ProviderLocationNumber(2), provider_location(2, &[2]).named("Delta"));
    world.provider_locations.insert(ProviderLocationNumber(4), provider_location(4, &[4]).named("Epsilon"));
    world.seq = ChangeSeq(9);
    let mut loader = SearchIndex::begin(dir.path()).expect("an index");
    for (number, it) in &world.provider_locations {
        loader.add_provider_location(*number, it, number.0 != 1).expect("added");
    }
    loader.remove_document(ProviderLocationNumber(3)).expect("removed");
    let index = loader.finish(world.seq).expect("loaded");
    for (text, want) in
        [("alpha", vec![1]), ("beta", vec![]), ("gamma", vec![]), ("delta", vec![2]), ("epsilon", vec![4])]
    {
        assert_eq!(found(&index, text), want, "{text}");
    }
    assert_eq!(index.seq(), ChangeSeq(9));
    drop(index);
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), Some(ChangeSeq(9)));
}

#[test]
fn all_documents_can_be_thrown_away() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(world().index(dir.path()));
    let mut loader = SearchIndex::begin(dir.path()).expect("an index");
    loader.remove_all_documents().expect("removed");
    assert_eq!(loader.committed_seq(), None);
    loader
        .add_provider_location(ProviderLocationNumber(1), &provider_location(1, &[1]).named("Zeta"), true)
        .expect("added");
    let index = loader.finish(ChangeSeq(6)).expect("loaded");
    assert_eq!((found(&index, "zeta"), found(&index, "alpha")), (vec![1], vec![]));
}

/// Segments of the index, as its directory has them.
fn n_segments(dir: &Path) -> usize {
    let is_of_segment = |name: &str| name.ends_with(".term");
    let names = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    names.filter(|name| is_of_segment(&name.to_string_lossy())).count()
}

/// Adds another provider location of that name.
fn added(number: u32, name: &str) -> IndexUpdate {
    let provider_location = provider_location(number, &[number]).named(name);
    IndexUpdate {
        seq: ChangeSeq(u64::from(number) + 2),
        provider_locations: vec![(ProviderLocationNumber(number), Some(provider_location))],
        ..IndexUpdate::default()
    }
}

#[test]
fn segments_are_merged_at_rest_and_hold_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut world = world();
    let index = world.index(dir.path());
    assert!(!index.settle().expect("looked at"), "there is one");
    for number in 4..9 {
        let update = added(number, "Alpha");
        world.apply(&update);
        index.apply(update).expect("applied");
    }
    let removal = IndexUpdate {
        seq: ChangeSeq(11),
        provider_locations: vec![(ProviderLocationNumber(5), None)],
        ..IndexUpdate::default()
    };
    world.apply(&removal);
    index.apply(removal).expect("applied");
    let before = index.snapshot();
    assert!(n_segments(dir.path()) > 4);
    assert!(index.settle().expect("merged"));
    assert!(!index.settle().expect("looked at"), "once");
    assert_eq!(index.seq(), ChangeSeq(11));
    assert_eq!(found(&index, "alpha"), [1, 4, 6, 7, 8]);
    drop(before);
    index.apply(IndexUpdate { seq: ChangeSeq(12), ..added(10, "Alpha") }).expect("applied");
    world.apply(&IndexUpdate { seq: ChangeSeq(12), ..added(10, "Alpha") });
    assert_eq!(found(&index, "alpha"), [1, 4, 6, 7, 8, 10], "and it goes on");
    drop(index);
    assert!(n_segments(dir.path()) <= 2, "what was merged is gone");
    let reopened = world.reopen(dir.path(), |_| false);
    assert_eq!((reopened.seq(), found(&reopened, "alpha")), (ChangeSeq(12), vec![1, 4, 6, 7, 8, 10]));
}

#[test]
fn segments_do_not_grow_without_end_where_nobody_settles_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world().index(dir.path());
    for number in 4..104 {
        index.apply(added(number, "Alpha")).expect("applied");
    }
    assert_eq!(found(&index, "alpha").len(), 100, "and the one that was there");
    drop(index);
    assert!(n_segments(dir.path()) < 80, "{}", n_segments(dir.path()));
}

#[test]
fn what_is_applied_while_segments_are_merged_is_not_lost() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world().index(dir.path());
    thread::scope(|scope| {
        let settling = scope.spawn(|| {
            while index.seq() < ChangeSeq(41) {
                index.settle().expect("merged");
            }
        });
        for number in 4..40 {
            index.apply(added(number, "Alpha")).expect("applied");
            let want = (4..=number).fold(vec![1], |mut all, number| {
                all.push(number);
                all
            });
            assert_eq!(found(&index, "alpha"), want);
        }
        settling.join().expect("settled");
    });
}

#[test]
fn an_update_is_applied_once_and_older_snapshots_stay() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world().index(dir.path());
    let before = index.snapshot();
    let renamed = provider_location(1, &[1]).named("Omega");
    let update = IndexUpdate {
        seq: ChangeSeq(6),
        provider_locations: vec![(ProviderLocationNumber(1), Some(renamed)), (ProviderLocationNumber(2), None)],
        slots_removed: vec![(openslots_model::ResourceNumber(3), openslots_model::SlotRow(66))],
        ..IndexUpdate::default()
    };
    for _ in 0..2 {
        index.apply(update.clone()).expect("applied");
        assert_eq!(index.seq(), ChangeSeq(6));
        assert_eq!((found(&index, "omega"), found(&index, "beta"), found(&index, "alpha")), (vec![1], vec![], vec![]));
        assert_eq!(index.snapshot().n_slots(), 2);
    }
    assert_eq!((before.seq(), before.n_slots(), before.n_provider_locations()), (ChangeSeq(5), 3, 3));
    let query =
        AvailabilityQuery { text: Some(TextQuery("beta".into())), ..AvailabilityQuery::free_from(UnixSeconds(0)) };
    let page = before.slots(&query, openslots_model::SlotSort::Start, PageStart::Offset(0), 10).expect("slots");
    assert_eq!(page.total, 1, "the old snapshot still finds what is gone");
    drop(index);
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), Some(ChangeSeq(6)));
}

#[test]
fn what_is_damaged_is_built_anew_and_other_files_stay() {
    for (damage, of_segment, content) in [
        ("meta.json is cut off", false, "{"),
        ("meta.json is of another program", false, "[]"),
        ("a segment is cut off", true, "x"),
        ("a segment is empty", true, ""),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("notes.txt"), "mine").expect("written");
        drop(world().index(dir.path()));
        let mut n_damaged = 0;
        for entry in fs::read_dir(dir.path()).expect("a directory") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            if (of_segment && name.ends_with(".term")) || (!of_segment && name == "meta.json") {
                fs::write(entry.path(), content).expect("written");
                n_damaged += 1;
            }
        }
        assert!(n_damaged > 0, "{damage}");
        let loader = SearchIndex::begin(dir.path()).expect(damage);
        assert_eq!(loader.committed_seq(), None, "{damage}");
        drop(loader);
        assert_eq!(found(&world().index(dir.path()), "beta"), [2], "{damage}");
        assert_eq!(fs::read(dir.path().join("notes.txt")).expect("read"), b"mine");
    }
}

#[test]
fn a_missing_segment_file_is_noticed() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(world().index(dir.path()));
    for entry in fs::read_dir(dir.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "idx") {
            fs::remove_file(path).expect("removed");
        }
    }
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), None);
}

#[test]
fn documents_that_are_missing_are_asked_for_at_the_next_start() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(world().index(dir.path()));
    let mut loader = SearchIndex::begin(dir.path()).expect("an index");
    loader.remove_document(ProviderLocationNumber(2)).expect("removed");
    for (number, it) in &world().provider_locations {
        loader.add_provider_location(*number, it, false).expect("added");
    }
    let index = loader.finish(ChangeSeq(6)).expect("loaded");
    // Neither a later change nor a rebuild that fails makes up for what is missing.
    let added = provider_location(4, &[4]).named("Delta");
    let update = IndexUpdate {
        seq: ChangeSeq(7),
        provider_locations: vec![(ProviderLocationNumber(4), Some(added))],
        ..IndexUpdate::default()
    };
    index.apply(update).expect("applied");
    index.rebuild(|_| Err::<ChangeSeq, _>(Error::Lost)).expect_err("failed");
    index.apply(IndexUpdate { seq: ChangeSeq(8), ..IndexUpdate::default() }).expect("applied");
    drop(index);
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), None);
}

#[test]
fn documents_that_were_missing_are_trusted_again_once_rebuilt() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(world().index(dir.path()));
    let mut loader = SearchIndex::begin(dir.path()).expect("an index");
    loader
        .add_provider_location(ProviderLocationNumber(1), &provider_location(1, &[1]).named("Alpha"), false)
        .expect("added");
    let index = loader.finish(ChangeSeq(6)).expect("loaded");
    index
        .rebuild(|loader| {
            for (number, it) in &world().provider_locations {
                loader.add_provider_location(*number, it, true)?;
            }
            Ok::<_, Error>(ChangeSeq(7))
        })
        .expect("rebuilt");
    assert_eq!(found(&index, "beta"), [2]);
    drop(index);
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), Some(ChangeSeq(7)));
}

#[test]
fn two_cannot_hold_one_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world().index(dir.path());
    let Err(error) = SearchIndex::begin(dir.path()) else { panic!("opened twice") };
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    assert!(error.to_string().contains(&dir.path().display().to_string()), "{error}");
    assert_eq!(found(&index, "beta"), [2], "the first one goes on");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    fs::write(&file, "").expect("written");
    let Err(error) = SearchIndex::begin(&file.join("index")) else { panic!("opened below a file") };
    assert!(matches!(error, Error::Directory { .. }), "{error}");
    assert!(error.to_string().contains("file/index"), "{error}");
}
