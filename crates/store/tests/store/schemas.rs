//! Databases of earlier releases are brought up to date, and all that they hold is there.

use std::path::Path;

use openslots_store::Store;

use crate::support::{File, crawl, slot};

/// A store over the database that the release with this schema left (`fixtures/databases`).
fn open(schema: u32) -> (tempfile::TempDir, Store) {
    let packed = format!("../../fixtures/databases/schema-{schema}.db.zst");
    let packed = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(packed)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("openslots.db"), zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let store = Store::open(folder.path()).unwrap();
    (folder, store)
}

#[test]
fn the_first_schema_is_brought_up_to_date() {
    let (_folder, store) = open(1);
    let statuses = store.publisher_statuses().unwrap();
    let [status] = statuses.as_slice() else { panic!("one publisher: {statuses:?}") };
    assert_eq!((status.n_slots, status.n_free_slots, status.n_failures), (15, 15, 0));
    assert_eq!((status.held_removal, status.last_snapshot_at), (None, None));
    assert!(status.last_success_at.is_some());
    let mut n_slots = 0;
    store.snapshot().unwrap().for_each_slot(|_| n_slots += 1).unwrap();
    assert_eq!(n_slots, 15);
    let run = &store.crawl_runs(status.publisher.number, 1).unwrap()[0];
    assert_eq!((run.files.len(), run.held_removal), (9, None));

    // A crawl goes on from there.
    let slug = status.publisher.slug.to_string();
    assert_eq!(store.resume_point(&status.publisher.slug).unwrap(), None);
    let files = [File::slots("http://127.0.0.1:9001/slots-2026-W40.ndjson", [slot("new", "10", "free", 1)])];
    assert!(crawl(&store, &slug, &files).held_removal.is_some(), "what the release held waits");
    assert_eq!(crawl(&store, &slug, &files).n_free_slots, 1);
}
