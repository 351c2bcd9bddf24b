//! The index: loading it, changing it, taking snapshots of it.

use std::path::Path;
use std::sync::Arc;

use openslots_model::{
    ChangeSeq, IndexUpdate, ProviderLocation, ProviderLocationNumber, SlotRecord, SlotTraits, TraitsNumber,
};

use crate::{Error, Snapshot};

/// The index of provider locations and slots. Share it by reference or in an `Arc`; readers never wait.
pub struct SearchIndex {}

impl SearchIndex {
    /// Opens the index in a directory, to be loaded with what the store holds.
    ///
    /// A directory that can't be understood is cleared and its documents are asked for again.
    ///
    /// # Errors
    /// The directory can't be written, or another process holds it.
    pub fn begin(dir: &Path) -> Result<IndexLoader, Error> {
        let _ = dir;
        unimplemented!()
    }

    /// Applies the changes of one commit. One that the index already holds is passed over.
    ///
    /// # Errors
    /// The disk failed. What readers see is then as before, and the same update can be applied again.
    pub fn apply(&self, update: IndexUpdate) -> Result<(), Error> {
        let _ = update;
        unimplemented!()
    }

    /// The last change that readers see.
    pub fn seq(&self) -> ChangeSeq {
        unimplemented!()
    }

    /// The present state, unmoved by later changes.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        unimplemented!()
    }
}

/// Takes what the store holds and makes a [`SearchIndex`] of it.
pub struct IndexLoader {}

impl IndexLoader {
    /// The change that the documents on disk were last brought to; `None`: there are none, all must be written.
    pub fn committed_seq(&self) -> Option<ChangeSeq> {
        unimplemented!()
    }

    /// Throws all documents on disk away: every provider location must then be added with its document.
    ///
    /// # Errors
    /// The disk failed.
    pub fn remove_all_documents(&mut self) -> Result<(), Error> {
        unimplemented!()
    }

    /// Adds a combination of traits.
    pub fn add_traits(&mut self, number: TraitsNumber, traits: SlotTraits) {
        let _ = (number, traits);
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
        let _ = (number, provider_location, rewrite_document);
        unimplemented!()
    }

    /// Removes the document of a provider location that is gone.
    ///
    /// # Errors
    /// The disk failed.
    pub fn remove_document(&mut self, number: ProviderLocationNumber) -> Result<(), Error> {
        let _ = number;
        unimplemented!()
    }

    /// Adds a slot, in any order.
    pub fn add_slot(&mut self, slot: SlotRecord) {
        let _ = slot;
    }

    /// Builds the columns, commits the documents and opens the index for searching.
    ///
    /// # Errors
    /// The disk failed.
    pub fn finish(self, seq: ChangeSeq) -> Result<SearchIndex, Error> {
        let _ = seq;
        unimplemented!()
    }
}
