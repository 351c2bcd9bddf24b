//! One unmoving state of the index, and the questions it answers.

use openslots_model::{
    AvailabilityQuery, ChangeSeq, PageStart, ProviderLocationNumber, ProviderLocationSort, ResourceNumber, SlotSort,
};

use crate::corpus::Corpus;
use crate::state::State;
use crate::{
    Calendar, Error, Facet, FacetCounts, ProviderLocationPage, SamePlace, ScheduleSlotPage, ScheduleSlotQuery,
    SlotPage, calendar, facets, provider_location_search, schedule_slots, slot_search,
};

/// One unmoving state of the index: documents and columns of the same change.
pub struct Snapshot {
    seq: ChangeSeq,
    pub(crate) corpus: Corpus,
    pub(crate) state: State,
}

impl Snapshot {
    pub(crate) const fn new(seq: ChangeSeq, corpus: Corpus, state: State) -> Self {
        Self { seq, corpus, state }
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

    /// Provider locations that match, in order, each with the rows of its next `n_next` matching slots.
    ///
    /// One without matching slots is found as well, unless the query has a filter that only slots can answer
    /// ([`AvailabilityQuery::needs_slots`]). Service types and specialties are found among
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
        n_next: usize,
    ) -> Result<ProviderLocationPage, Error> {
        provider_location_search::search(self, query, sort, page, limit, n_next)
    }

    /// Counts of the slots that [`Snapshot::slots`] finds, by what they carry: where a slot names service types,
    /// specialties or languages itself, by those, else by those of schedule and provider.
    ///
    /// # Errors
    /// The text has too many words, or the disk failed.
    pub fn slot_facets(&self, query: &AvailabilityQuery, facets: &[Facet]) -> Result<Vec<FacetCounts>, Error> {
        facets::of_slots(self, query, facets)
    }

    /// Counts of the provider locations that [`Snapshot::provider_locations`] finds, by what their schedules, provider
    /// and place carry.
    ///
    /// # Errors
    /// The text has too many words, or the disk failed.
    pub fn provider_location_facets(
        &self,
        query: &AvailabilityQuery,
        facets: &[Facet],
    ) -> Result<Vec<FacetCounts>, Error> {
        facets::of_provider_locations(self, query, facets)
    }

    /// The slots that match by day of their place's clock. A window that is running when the query's window begins
    /// counts on the day of that beginning.
    ///
    /// # Errors
    /// The text has too many words, or the disk failed.
    pub fn days(&self, query: &AvailabilityQuery) -> Result<Calendar, Error> {
        calendar::days(self, query)
    }

    /// Slots of schedules, by start and row, as FHIR asks for them: whatever their status and however long ago, unless
    /// that is asked. Those that nobody may be shown are left out.
    pub fn slots_of_schedules(
        &self,
        query: &ScheduleSlotQuery,
        is_descending: bool,
        page: PageStart,
        limit: usize,
    ) -> ScheduleSlotPage {
        schedule_slots::search(self, query, is_descending, page, limit)
    }

    /// The provider locations that a schedule belongs to, ascending.
    pub fn provider_locations_of_schedule(&self, schedule: ResourceNumber) -> &[ProviderLocationNumber] {
        self.state.owners(schedule)
    }

    /// Forgets the documents of words that were asked for lately, so that they are read anew: for whoever measures that.
    pub fn forget_what_was_read(&self) {
        self.corpus.kept_words.clear();
    }

    /// Whether any provider location is in a city of that name; where the disk cannot tell, it may be.
    pub fn has_city(&self, city: &str) -> bool {
        self.corpus.searcher.doc_freq(&self.corpus.fields.city_term(city)).map_or(true, |n| n > 0)
    }

    /// The places of other publishers that are the same as that of a provider location, by id; of each the provider
    /// locations of the same provider. Links are those of now, also in an older snapshot.
    pub fn same_places(&self, number: ProviderLocationNumber) -> Vec<SamePlace> {
        let is_held = |number: &ProviderLocationNumber| self.state.provider_locations.get(number.0).is_some();
        let mut same_places = if is_held(&number) { self.state.same_places.of(number) } else { Vec::new() };
        same_places.iter_mut().for_each(|same| same.provider_locations.retain(is_held));
        same_places
    }
}
