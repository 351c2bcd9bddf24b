//! What the index must know of a committed run.

use crate::{
    ChangeSeq, ProviderLocation, ProviderLocationNumber, ResourceNumber, SlotRecord, SlotRow, SlotTraits, TraitsNumber,
};

/// The changes of one commit, in the form the index takes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IndexUpdate {
    /// The place in the change feed that this update brings the index to.
    pub seq: ChangeSeq,
    /// Combinations of traits that are new.
    pub traits: Vec<(TraitsNumber, SlotTraits)>,
    /// Provider locations that are new or changed; `None`: gone.
    pub provider_locations: Vec<(ProviderLocationNumber, Option<ProviderLocation>)>,
    /// Slots that are new (a changed slot is a new row and a removed one).
    pub slots_added: Vec<SlotRecord>,
    /// Slots that are gone.
    pub slots_removed: Vec<(ResourceNumber, SlotRow)>,
}
