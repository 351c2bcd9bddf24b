//! Snapshots: whole, of one change, and undisturbed by what comes after them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use openslots_model::{
    AvailabilityQuery, ChangeSeq, IndexUpdate, PageStart, ProviderLocationNumber, ResourceNumber, SlotRecord, SlotRow,
    SlotSort, TextQuery, TraitsNumber, UnixSeconds,
};
use openslots_search::{Error, SearchIndex, Snapshot};

use crate::world::{Edit, World, free, provider_location};

/// The world at a change: one provider location named after it, with one slot that starts at it.
fn world(seq: u64) -> World {
    let mut world = World { seq: ChangeSeq(seq), ..World::default() };
    let traits = world.add_traits(free());
    world.add(provider_location(1, &[1]).named(&format!("name{seq}")));
    let slot = slot(seq, traits);
    world.slots.insert(slot.row, slot);
    world
}

fn slot(seq: u64, traits: TraitsNumber) -> SlotRecord {
    SlotRecord { row: SlotRow(seq), schedule: ResourceNumber(1), start: UnixSeconds(seq as i64), traits }
}

fn update(seq: u64) -> IndexUpdate {
    let renamed = provider_location(1, &[1]).named(&format!("name{seq}"));
    IndexUpdate {
        seq: ChangeSeq(seq),
        provider_locations: vec![(ProviderLocationNumber(1), Some(renamed))],
        slots_added: vec![slot(seq, TraitsNumber(1))],
        slots_removed: vec![(ResourceNumber(1), SlotRow(seq - 1))],
        ..IndexUpdate::default()
    }
}

fn starts(snapshot: &Snapshot, text: &str) -> Vec<i64> {
    let query =
        AvailabilityQuery { text: Some(TextQuery(text.into())), ..AvailabilityQuery::free_from(UnixSeconds(0)) };
    let page = snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), 10).expect("slots");
    page.hits.iter().map(|hit| hit.start.0).collect()
}

fn assert_whole(snapshot: &Snapshot) {
    let seq = snapshot.seq().0;
    assert_eq!(starts(snapshot, &format!("name{seq}")), [seq as i64], "documents and columns are of one change");
}

#[test]
fn readers_see_documents_and_slots_of_the_same_change() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world(10).index(dir.path());
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !is_done.load(Ordering::Relaxed) {
                    let snapshot = index.snapshot();
                    assert_whole(&snapshot);
                    assert!(snapshot.seq().0 >= last, "never back");
                    last = snapshot.seq().0;
                }
            });
        }
        for seq in 11..40 {
            index.apply(update(seq)).expect("applied");
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert_whole(&index.snapshot());
}

#[test]
fn what_a_reader_has_is_given_back_by_who_changes_the_index() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world(10).index(dir.path());
    let unread = Arc::downgrade(&index.snapshot());
    index.apply(update(11)).expect("applied");
    assert!(unread.upgrade().is_none(), "nobody had it");
    let reader = index.snapshot();
    let read = Arc::downgrade(&reader);
    index.apply(update(12)).expect("applied");
    assert_whole(&reader);
    drop(reader);
    assert!(read.upgrade().is_some(), "letting go of it costs a reader nothing");
    index.apply(update(13)).expect("applied");
    assert!(read.upgrade().is_none(), "the next change gives it back");
}

fn load(loader: &mut openslots_search::IndexLoader, world: &World) -> Result<ChangeSeq, Error> {
    for (number, traits) in &world.traits {
        loader.add_traits(*number, traits.clone());
    }
    for (number, it) in &world.provider_locations {
        loader.add_provider_location(*number, it, false)?;
    }
    world.slots.values().for_each(|slot| loader.add_slot(*slot));
    Ok(world.seq)
}

#[test]
fn an_index_is_rebuilt_in_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world(10).index(dir.path());
    let before = index.snapshot();
    index.rebuild(|loader| load(loader, &world(20))).expect("rebuilt");
    assert_whole(&before);
    assert_whole(&index.snapshot());
    assert_eq!((index.seq(), starts(&index.snapshot(), "name10")), (ChangeSeq(20), vec![]));
    index.apply(update(21)).expect("applied");
    assert_whole(&index.snapshot());
    drop(index);
    assert_eq!(SearchIndex::begin(dir.path()).expect("an index").committed_seq(), Some(ChangeSeq(21)));
}

#[test]
fn a_rebuild_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world(10).index(dir.path());
    let failed = index.rebuild(|loader| {
        load(loader, &world(20))?;
        Err(Error::RelevanceWithoutText)
    });
    assert!(matches!(failed, Err(Error::RelevanceWithoutText)));
    assert_whole(&index.snapshot());
    assert_eq!(index.seq(), ChangeSeq(10));
    index.apply(update(11)).expect("applied");
    assert_whole(&index.snapshot());
    assert_eq!(starts(&index.snapshot(), "name20"), [] as [i64; 0], "what the rebuild had written is gone");
}
