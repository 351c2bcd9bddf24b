//! The change feed: what each commit changed, in order, for the index to follow.

use openslots_model::{ChangeSeq, IndexUpdate, ProviderLocationNumber};

use crate::{Result, Store};

/// What comes after a place in the change feed.
#[derive(Debug, Clone, PartialEq)]
pub enum NextUpdate {
    /// Nothing.
    UpToDate,
    /// The next batch, resolved to what is there now.
    Update(Box<IndexUpdate>),
    /// The feed no longer reaches back that far (or never had that place): read a snapshot instead.
    Trimmed,
}

impl Store {
    /// The newest place in the change feed; 0 before the first commit.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_seq(&self) -> Result<ChangeSeq> {
        unimplemented!()
    }

    /// The batch after `after`, resolved to the rows that are there now; rows that are gone meanwhile are absent from
    /// it (the batch that removed them still names them).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_update(&self, after: ChangeSeq) -> Result<NextUpdate> {
        let _ = after;
        unimplemented!()
    }

    /// Which provider locations were changed after `after`, each once; `None`: the feed no longer reaches back.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn changed_provider_locations_since(&self, after: ChangeSeq) -> Result<Option<Vec<ProviderLocationNumber>>> {
        let _ = after;
        unimplemented!()
    }
}
