//! Reading single things: slots, provider locations, source JSON.

use openslots_fhir::resource::Slot;
use openslots_model::{
    ProviderLocation, ProviderLocationKey, ProviderLocationNumber, PublicId, PublisherNumber, ResourceNumber, SlotRow,
};

use crate::{Result, Store};

/// A slot with all that is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSlot {
    /// Published id.
    pub id: PublicId,
    /// Its row.
    pub row: SlotRow,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// Number of its schedule.
    pub schedule: ResourceNumber,
    /// Published id of its schedule.
    pub schedule_id: PublicId,
    /// The slot, read from its source JSON.
    pub slot: Slot,
    /// Its source JSON.
    pub json: String,
}

impl Store {
    /// The slots of these rows, in their order; `None`: gone meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn slots(&self, rows: &[SlotRow]) -> Result<Vec<Option<StoredSlot>>> {
        let _ = rows;
        unimplemented!()
    }

    /// The slot of a published id, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn slot_by_id(&self, id: PublicId) -> Result<Option<StoredSlot>> {
        let _ = id;
        unimplemented!()
    }

    /// The provider locations of these numbers, in their order; `None`: gone meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn provider_locations(&self, numbers: &[ProviderLocationNumber]) -> Result<Vec<Option<ProviderLocation>>> {
        let _ = numbers;
        unimplemented!()
    }

    /// The provider location of a key, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn provider_location_by_key(
        &self,
        key: ProviderLocationKey,
    ) -> Result<Option<(ProviderLocationNumber, ProviderLocation)>> {
        let _ = key;
        unimplemented!()
    }

    /// The provider locations that a schedule belongs to; none before the schedule itself has come.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn provider_locations_of_schedule(&self, schedule: ResourceNumber) -> Result<Vec<ProviderLocationNumber>> {
        let _ = schedule;
        unimplemented!()
    }

    /// The source JSON of any resource (slots included), if it is held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn resource_json(&self, id: PublicId) -> Result<Option<String>> {
        let _ = id;
        unimplemented!()
    }
}
