//! One unmoving state of the index, and the questions it answers.

use std::sync::Arc;

use openslots_model::{
    AvailabilityQuery, ChangeSeq, Coding, PageStart, ProviderLocationNumber, ProviderLocationSort, PublisherNumber,
    ResourceNumber, SlotSort,
};
use tantivy::Searcher;
use tantivy::columnar::ColumnValues;

use crate::documents::{Fields, NUMBER};
use crate::state::State;
use crate::{CodeList, Error, ProviderLocationPage, SlotPage, code_lists, provider_location_search, slot_search};

/// One unmoving state of the index: documents and columns of the same change.
pub struct Snapshot {
    seq: ChangeSeq,
    pub(crate) fields: Fields,
    pub(crate) searcher: Searcher,
    /// The numbers of the documents of each segment.
    pub(crate) numbers: Vec<Arc<dyn ColumnValues<u64>>>,
    pub(crate) state: State,
}

impl Snapshot {
    pub(crate) fn new(seq: ChangeSeq, fields: Fields, searcher: Searcher, state: State) -> Result<Self, Error> {
        let segments = searcher.segment_readers().iter();
        let numbers = segments
            .map(|segment| segment.fast_fields().column_first_or_default(NUMBER))
            .collect::<tantivy::Result<_>>()?;
        Ok(Self { seq, fields, searcher, numbers, state })
    }

    /// The last change it holds.
    pub const fn seq(&self) -> ChangeSeq {
        self.seq
    }

    /// The number of provider locations.
    pub fn n_provider_locations(&self) -> u64 {
        self.state.provider_locations.len() as u64
    }

    /// The number of slots, of whatever status, and also of schedules that belong to no provider location (yet).
    pub fn n_slots(&self) -> u64 {
        self.state.columns.n_slots() as u64
    }

    /// Slots that match, in order.
    ///
    /// A slot matches if its traits do, if it starts in the window, and if at least one provider location of its
    /// schedule matches everything else; it is counted once. Service types and specialties are the slot's own; where
    /// it has none, its schedule's (and, of specialties, the provider's).
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
        slot_search::search(self, query, sort, page, limit)
    }

    /// Provider locations that match, in order.
    ///
    /// One without matching slots is found as well, unless the query has a filter that only slots can answer
    /// (appointment type, accepting patients, an end of the window). Service types and specialties are found among
    /// those of its schedules and provider, or among its matching slots' own.
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
        provider_location_search::search(self, query, sort, page, limit)
    }

    /// The provider locations that a schedule belongs to, ascending.
    pub fn provider_locations_of_schedule(&self, schedule: ResourceNumber) -> &[ProviderLocationNumber] {
        self.state.owners(schedule)
    }

    /// The codes in use, the most used first, with the number of provider locations of each; those of the given
    /// publishers are left out. A code with several displays is listed once, under the display most used.
    pub fn codes(&self, list: CodeList, excluded_publishers: &[PublisherNumber]) -> Vec<(Coding, u64)> {
        code_lists::codes(&self.state, list, excluded_publishers)
    }
}
