//! Carries changes from the store to the search index: neither knows the other.

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use openslots_directory::links::LinkRules;
use openslots_model::{ChangeSeq, IndexUpdate, SlotRow, UnixSeconds};
use openslots_search::{IndexLoader, SearchIndex, SlotLoader};
use openslots_store::{NextUpdate, ReadSnapshot, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::background::{Pace, SHARE_OF_TIME, follow_commits};

/// Opens the index of a store and brings it to the store's present state.
///
/// Slot columns are always built anew; documents on disk are kept, and only those that changed since the index's last
/// commit are written again. An index that is gone or too far behind is rebuilt whole.
pub(crate) fn open_index(store: &Store, directory: &Path, links: LinkRules) -> Result<SearchIndex> {
    let mut loader = SearchIndex::begin(directory)
        .with_context(|| format!("search index {} cannot be opened", directory.display()))?;
    loader.set_link_rules(links);
    let seq = load(store, &mut loader)?;
    Ok(loader.finish(seq)?)
}

/// Builds an open index anew from the store; searches go on meanwhile.
pub(crate) fn rebuild(store: &Store, index: &SearchIndex) -> Result<()> {
    index.rebuild(|loader| load(store, loader))
}

/// How long an index rests at least before its segments are looked at again: commits mostly come several at a time.
const LEAST_REST: Duration = Duration::from_secs(10);

/// How often the index is summed up as of now, also where nothing is committed.
const SUMMED_EVERY: Duration = Duration::from_secs(60);

/// Keeps the index quick: in few segments and summed up as of now; at once, after commits and as time goes on, until
/// cancelled.
pub(crate) async fn keep_settled(index: Arc<SearchIndex>, committed: Arc<Notify>, stop: CancellationToken) {
    let pace = Pace { rests: SHARE_OF_TIME, least_rest: LEAST_REST, at_least_every: Some(SUMMED_EVERY) };
    let failed = "the search index could not be settled";
    follow_commits(pace, committed, stop, failed, move || settle(&index)).await;
}

/// Brings the index to the state that it has at rest.
pub(crate) fn settle(index: &SearchIndex) -> Result<(), openslots_search::Error> {
    index.sum_up(UnixSeconds::now())?;
    index.settle().map(drop)
}

/// Hands over all that the store holds; the change that this brings the index to.
fn load(store: &Store, loader: &mut IndexLoader) -> Result<ChangeSeq> {
    let [snapshot, of_slots] = store.twin_snapshots()?;
    thread::scope(|scope| {
        let slots = scope.spawn(move || load_slots(&of_slots));
        load_provider_locations(store, &snapshot, loader)?;
        loader.set_slots(slots.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        Ok(snapshot.seq())
    })
}

fn load_slots(snapshot: &ReadSnapshot) -> Result<SlotLoader> {
    let mut slots = SlotLoader::default();
    snapshot.for_each_slot(|slot| slots.add(slot))?;
    Ok(slots)
}

fn load_provider_locations(store: &Store, snapshot: &ReadSnapshot, loader: &mut IndexLoader) -> Result<()> {
    let changed = match loader.committed_seq() {
        Some(seq) => {
            store.changed_provider_locations_since(seq)?.map(|numbers| numbers.into_iter().collect::<HashSet<_>>())
        }
        None => None,
    };
    if changed.is_none() {
        loader.remove_all_documents()?;
    }
    for (number, traits) in snapshot.traits()? {
        loader.add_traits(number, traits);
    }
    let mut gone = changed.clone().unwrap_or_default();
    let mut failure = None;
    snapshot.for_each_provider_location(|number, provider_location| {
        gone.remove(&number);
        let rewrite = changed.as_ref().is_none_or(|changed| changed.contains(&number));
        if failure.is_none() {
            failure = loader.add_provider_location(number, &provider_location, rewrite).err();
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    for number in gone {
        loader.remove_document(number)?;
    }
    Ok(())
}

/// Slots from which on an update is applied before more commits are joined to it; bounds what is held in memory.
const JOINED_SLOTS: usize = 100_000;

/// Applies what the store has committed since the index's last update; the number of updates applied.
///
/// Commits that wait together are applied together: each update costs the index a commit of its own.
pub(crate) fn catch_up(store: &Store, index: &SearchIndex) -> Result<u64> {
    let mut n_updates = 0;
    loop {
        let mut joined: Option<IndexUpdate> = None;
        while joined.as_ref().is_none_or(|joined| joined.slots_added.len() < JOINED_SLOTS) {
            let seq = joined.as_ref().map_or_else(|| index.seq(), |joined| joined.seq);
            match store.next_update(seq)? {
                NextUpdate::UpToDate => break,
                NextUpdate::Update(next) => joined = Some(join(joined, *next)),
                // Too far behind to follow: everything is handed over again.
                NextUpdate::Trimmed => {
                    rebuild(store, index)?;
                    joined = None;
                }
            }
        }
        let Some(update) = joined else { return Ok(n_updates) };
        index.apply(update)?;
        n_updates += 1;
    }
}

/// Two updates as one; what the later one says of a provider location comes later.
fn join(earlier: Option<IndexUpdate>, later: IndexUpdate) -> IndexUpdate {
    let Some(mut joined) = earlier else { return later };
    let IndexUpdate { seq, traits, provider_locations, slots_added, slots_removed } = later;
    joined.seq = seq;
    // A slot may have come with the one and gone with the other.
    let gone: HashSet<SlotRow> = slots_removed.iter().map(|(_, row)| *row).collect();
    joined.slots_added.retain(|slot| !gone.contains(&slot.row));
    joined.traits.extend(traits);
    joined.provider_locations.extend(provider_locations);
    joined.slots_added.extend(slots_added);
    joined.slots_removed.extend(slots_removed);
    joined
}
