//! One unmoving state of the index, and the questions it answers.

use openslots_model::{
    AvailabilityQuery, ChangeSeq, Coding, PageStart, ProviderLocationNumber, ProviderLocationSort, PublisherNumber,
    ResourceNumber, SlotSort,
};

use crate::{CodeList, Error, ProviderLocationPage, SlotPage};

/// One unmoving state of the index: documents and columns of the same change.
pub struct Snapshot {}

impl Snapshot {
    /// The last change it holds.
    pub fn seq(&self) -> ChangeSeq {
        unimplemented!()
    }

    /// Slots that match, in order.
    ///
    /// # Errors
    /// The sort lacks its measure, the text has too many words, or the disk failed.
    pub fn slots(
        &self,
        query: &AvailabilityQuery,
        sort: SlotSort,
        page: PageStart,
        limit: usize,
    ) -> Result<SlotPage, Error> {
        let _ = (query, sort, page, limit);
        unimplemented!()
    }

    /// Provider locations that match, in order.
    ///
    /// # Errors
    /// The sort lacks its measure, the text has too many words, or the disk failed.
    pub fn provider_locations(
        &self,
        query: &AvailabilityQuery,
        sort: ProviderLocationSort,
        page: PageStart,
        limit: usize,
    ) -> Result<ProviderLocationPage, Error> {
        let _ = (query, sort, page, limit);
        unimplemented!()
    }

    /// The provider locations that a schedule belongs to, ascending.
    pub fn provider_locations_of_schedule(&self, schedule: ResourceNumber) -> &[ProviderLocationNumber] {
        let _ = schedule;
        unimplemented!()
    }

    /// The codes in use, the most used first, with the number of provider locations of each; those of the given
    /// publishers are left out.
    pub fn codes(&self, list: CodeList, excluded_publishers: &[PublisherNumber]) -> Vec<(Coding, u64)> {
        let _ = (list, excluded_publishers);
        unimplemented!()
    }
}
