//! The index: changing it and taking snapshots of it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use openslots_model::{ChangeSeq, IndexUpdate, UnixSeconds};

use crate::disk::{Disk, Merge};
use crate::{Error, IndexLoader, Snapshot};

/// The index of provider locations and slots. Share it by reference or in an `Arc`; readers never wait for changes.
pub struct SearchIndex {
    current: ArcSwap<Snapshot>,
    /// Away only while it is rebuilt, and for good if the disk failed then.
    disk: Mutex<Option<Disk>>,
    /// Snapshots that readers still had when they were replaced. Whoever lets go of one last gives back all that was its
    /// own, which takes milliseconds; that is to be whoever changes the index, and no reader.
    retired: Mutex<Vec<Arc<Snapshot>>>,
}

impl SearchIndex {
    /// Opens the index in a directory, to be loaded with what the store holds.
    ///
    /// A directory that can't be understood is cleared and its documents are asked for again.
    ///
    /// # Errors
    /// The directory can't be written, or another process holds it.
    pub fn begin(dir: &Path) -> Result<IndexLoader, Error> {
        IndexLoader::open(dir)
    }

    pub(crate) fn new(disk: Disk, snapshot: Snapshot) -> Self {
        Self { current: ArcSwap::from_pointee(snapshot), disk: Mutex::new(Some(disk)), retired: Mutex::default() }
    }

    fn show(&self, snapshot: Snapshot) {
        let before = self.current.swap(Arc::new(snapshot));
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.push(before);
        retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    /// Applies the changes of one commit. One that the index already holds is passed over.
    ///
    /// The documents are committed first, then documents and columns are shown to readers at once. One update is
    /// applied at a time.
    ///
    /// # Errors
    /// The disk failed. What readers see is then as before, and the same update can be applied again.
    pub fn apply(&self, update: IndexUpdate) -> Result<(), Error> {
        let mut held = self.disk();
        let disk = held.as_mut().ok_or(Error::Lost)?;
        let current = self.current.load_full();
        if update.seq <= current.seq() {
            return Ok(());
        }
        let next = next_snapshot(disk, &current, update);
        // Not to be taken for a reader.
        drop(current);
        match next {
            Ok(snapshot) => {
                self.show(snapshot);
                Ok(())
            }
            Err(error) => {
                // Documents that were handed over must not come with a later commit.
                if let Err(error) = disk.rollback() {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot roll the search index back");
                }
                Err(error)
            }
        }
    }

    /// Makes one segment of the documents if commits have left many, so that texts are found sooner; whether it did.
    /// Searches and updates go on meanwhile.
    ///
    /// # Errors
    /// The disk failed. The segments are then as they were.
    pub fn settle(&self) -> Result<bool, Error> {
        let Some(before) = self.disk().as_mut().ok_or(Error::Lost)?.begin_settling()? else { return Ok(false) };
        let merged = self.merge_all(before);
        let mut held = self.disk();
        let disk = held.as_mut().ok_or(Error::Lost)?;
        disk.end_settling();
        merged?;
        disk.reload()?;
        // Under the lock the newest commit is that of the state that is shown.
        let current = self.current.load_full();
        let merged = Snapshot::new(current.seq(), current.corpus.followed_by(disk.searcher())?, current.state.clone());
        drop(current);
        self.show(merged);
        Ok(true)
    }

    /// Sums schedules up as of a moment, so that questions that begin about then are answered without a look at most slots.
    /// To be called again as time goes on; a moment before the last one changes nothing.
    ///
    /// # Errors
    /// The index was lost.
    pub fn sum_up(&self, as_of: UnixSeconds) -> Result<(), Error> {
        let held = self.disk();
        // Under the lock no update is applied meanwhile.
        held.as_ref().ok_or(Error::Lost)?;
        let current = self.current.load_full();
        let mut state = current.state.clone();
        if state.sum_up(as_of) {
            let next = Snapshot::new(current.seq(), current.corpus.clone(), state);
            drop(current);
            self.show(next);
        }
        Ok(())
    }

    /// Throws everything away and loads it anew; `load` hands over what the store holds and gives the change that this
    /// brings the index to. Readers see the old state until the new one is whole.
    ///
    /// # Errors
    /// Those of `load`, after which the index is as before, and those of the disk.
    pub fn rebuild<E: From<Error>>(
        &self,
        load: impl FnOnce(&mut IndexLoader) -> Result<ChangeSeq, E>,
    ) -> Result<(), E> {
        let mut held = self.disk();
        let same_places = self.current.load().state.same_places.emptied();
        let mut loader = IndexLoader::over(held.take().ok_or(Error::Lost)?, None, same_places);
        let loaded = loader.remove_all_documents().map_err(E::from).and_then(|()| load(&mut loader));
        match loaded {
            Ok(seq) => {
                let (disk, snapshot) = loader.into_parts(seq)?;
                *held = Some(disk);
                self.show(snapshot);
                Ok(())
            }
            Err(error) => {
                *held = Some(loader.give_up()?);
                Err(error)
            }
        }
    }

    /// Merges all segments, once a merge that was begun before has ended.
    fn merge_all(&self, before: Option<Merge>) -> Result<(), Error> {
        if let Some(before) = before {
            before.wait()?;
        }
        let merge = self.disk().as_mut().ok_or(Error::Lost)?.merge_all()?;
        merge.wait()?;
        Ok(())
    }

    fn disk(&self) -> MutexGuard<'_, Option<Disk>> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last change that readers see.
    pub fn seq(&self) -> ChangeSeq {
        self.current.load().seq()
    }

    /// The present state, unmoved by later changes.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }
}

fn next_snapshot(disk: &mut Disk, current: &Snapshot, update: IndexUpdate) -> Result<Snapshot, Error> {
    let mut state = current.state.clone();
    for (number, traits) in &update.traits {
        state.put_traits(*number, traits);
    }
    for (number, provider_location) in &update.provider_locations {
        if state.provider_locations.get(number.0).is_some() {
            disk.remove(*number)?;
        }
        match provider_location {
            Some(provider_location) => {
                state.put_provider_location(*number, provider_location);
                disk.add(&state, *number, provider_location)?;
            }
            None => {
                state.remove_provider_location(*number);
            }
        }
    }
    state.columns.patch(update.slots_added, update.slots_removed, state.traits.kinds());
    disk.commit(update.seq)?;
    if update.provider_locations.is_empty() {
        // The documents are the same; reading them anew would only cost.
        return Ok(Snapshot::new(update.seq, current.corpus.clone(), state));
    }
    disk.reload()?;
    Ok(Snapshot::new(update.seq, current.corpus.followed_by(disk.searcher())?, state))
}
