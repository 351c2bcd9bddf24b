//! Everything the index needs, as of one moment.

use openslots_model::{ChangeSeq, ProviderLocation, ProviderLocationNumber, SlotRecord, SlotTraits, TraitsNumber};

use crate::{Result, Store};

/// One read transaction: all that it gives is of the same moment, whatever is committed meanwhile.
#[derive(Debug)]
pub struct ReadSnapshot {
    seq: ChangeSeq,
}

impl Store {
    /// Begins to read everything as of now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn snapshot(&self) -> Result<ReadSnapshot> {
        unimplemented!()
    }
}

impl ReadSnapshot {
    /// The newest place in the change feed that it holds.
    pub fn seq(&self) -> ChangeSeq {
        self.seq
    }

    /// All combinations of traits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn traits(&self) -> Result<Vec<(TraitsNumber, SlotTraits)>> {
        unimplemented!()
    }

    /// Calls back with every provider location, by number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_provider_location(
        &self,
        visit: impl FnMut(ProviderLocationNumber, ProviderLocation),
    ) -> Result<()> {
        let _ = visit;
        unimplemented!()
    }

    /// Calls back with every slot, by row; also with those whose schedule has not come.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_slot(&self, visit: impl FnMut(SlotRecord)) -> Result<()> {
        let _ = visit;
        unimplemented!()
    }
}
