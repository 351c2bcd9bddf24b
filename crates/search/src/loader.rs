//! Loading the index at the start.

use std::path::Path;
use std::sync::Arc;

use openslots_directory::links::LinkRules;
use openslots_model::{ChangeSeq, ProviderLocation, ProviderLocationNumber, SlotRecord, SlotTraits, TraitsNumber};

use crate::columns::ColumnsBuilder;
use crate::corpus::Corpus;
use crate::disk::Disk;
use crate::same_places::SamePlaces;
use crate::state::State;
use crate::{Error, SearchIndex, Snapshot};

/// Takes what the store holds and makes a [`SearchIndex`] of it.
pub struct IndexLoader {
    disk: Disk,
    committed_seq: Option<ChangeSeq>,
    /// Whether documents were written or removed.
    is_changed: bool,
    state: State,
    slots: SlotLoader,
}

/// Takes the slots that an index is opened with, in any order; on a thread of its own while an [`IndexLoader`] takes all
/// else.
#[derive(Default)]
pub struct SlotLoader(ColumnsBuilder);

impl SlotLoader {
    /// Adds a slot.
    pub fn add(&mut self, slot: SlotRecord) {
        self.0.add(&slot);
    }
}

impl IndexLoader {
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let (disk, committed_seq) = Disk::open(dir)?;
        Ok(Self::over(disk, committed_seq, SamePlaces::default()))
    }

    /// A loader over open documents; `same_places` are empty and know the rules.
    pub(crate) fn over(disk: Disk, committed_seq: Option<ChangeSeq>, same_places: SamePlaces) -> Self {
        let mut state = State::default();
        state.same_places = Arc::new(same_places);
        let slots = SlotLoader::default();
        Self { disk, committed_seq, is_changed: false, state, slots }
    }

    /// The documents on disk, without what was handed over since the last commit.
    pub(crate) fn give_up(self) -> Result<Disk, Error> {
        let mut disk = self.disk;
        disk.rollback()?;
        Ok(disk)
    }

    /// The change that the documents on disk were last brought to; `None`: there are none, all must be written.
    pub const fn committed_seq(&self) -> Option<ChangeSeq> {
        self.committed_seq
    }

    /// Throws all documents on disk away: [`IndexLoader::committed_seq`] is then `None`.
    ///
    /// # Errors
    /// The disk failed.
    pub fn remove_all_documents(&mut self) -> Result<(), Error> {
        self.committed_seq = None;
        self.is_changed = true;
        self.disk.remove_all()
    }

    /// What the operator knows better of which places are the same; before any provider location is added.
    pub fn set_link_rules(&mut self, rules: LinkRules) {
        self.state.same_places = Arc::new(SamePlaces::new(rules));
    }

    /// Adds a combination of traits.
    pub fn add_traits(&mut self, number: TraitsNumber, traits: SlotTraits) {
        self.state.put_traits(number, &traits);
    }

    /// Adds a provider location; its document is written only if asked for (it changed since
    /// [`IndexLoader::committed_seq`]) or if there is none on disk at all.
    ///
    /// # Errors
    /// The disk failed.
    pub fn add_provider_location(
        &mut self,
        number: ProviderLocationNumber,
        provider_location: &ProviderLocation,
        rewrite_document: bool,
    ) -> Result<(), Error> {
        self.state.put_provider_location(number, provider_location);
        let is_new = self.committed_seq.is_none();
        if is_new || rewrite_document {
            self.is_changed = true;
            if !is_new {
                self.disk.remove(number)?;
            }
            self.disk.add(&self.state, number, provider_location)?;
        }
        Ok(())
    }

    /// Removes the document of a provider location that is gone.
    ///
    /// # Errors
    /// The disk failed.
    pub fn remove_document(&mut self, number: ProviderLocationNumber) -> Result<(), Error> {
        self.is_changed = true;
        self.disk.remove(number)
    }

    /// Adds a slot, in any order.
    pub fn add_slot(&mut self, slot: SlotRecord) {
        self.slots.add(slot);
    }

    /// Takes the slots from a loader of their own, in the place of those that were added here.
    pub fn set_slots(&mut self, slots: SlotLoader) {
        self.slots = slots;
    }

    /// Builds the columns, commits the documents and opens the index for searching.
    ///
    /// # Errors
    /// The disk failed.
    pub fn finish(self, seq: ChangeSeq) -> Result<SearchIndex, Error> {
        let (disk, snapshot) = self.into_parts(seq)?;
        Ok(SearchIndex::new(disk, snapshot))
    }

    pub(crate) fn into_parts(self, seq: ChangeSeq) -> Result<(Disk, Snapshot), Error> {
        let Self { mut disk, committed_seq, is_changed, mut state, slots } = self;
        if is_changed || committed_seq != Some(seq) {
            disk.commit(seq)?;
            disk.reload()?;
        }
        state.columns = slots.0.finish(state.traits.kinds());
        let searcher = disk.searcher();
        let (n_documents, n_wanted) = (searcher.num_docs(), state.provider_locations.len() as u64);
        if n_documents != n_wanted {
            tracing::warn!(
                n_documents,
                n_wanted,
                "search index lacks documents and will be built anew at the next start"
            );
            disk.distrust(seq)?;
        }
        let snapshot = Snapshot::new(seq, Corpus::new(disk.fields().clone(), searcher)?, state);
        Ok((disk, snapshot))
    }
}
