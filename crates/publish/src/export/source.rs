//! What an export is made of.

use std::sync::Arc;

use openslots_fhir::resource::Slot;
use openslots_model::{
    DailyCount, HistoryRun, PastSlot, ProviderLocation, ProviderLocationKey, PublicId, PublisherNumber,
    PublisherStatus, ResourceNumber, SlotEvent, SlotRow, UnixSeconds,
};

use crate::publication::SourceError;

/// A publisher and the last run that was entered for it.
#[derive(Debug, Clone)]
pub struct ExportedPublisher {
    /// What is known of it.
    pub status: PublisherStatus,
    /// Number of its last crawl run, of whatever outcome.
    pub crawl_run: Option<u64>,
}

/// A schedule with what it leads to.
#[derive(Debug, Clone)]
pub struct ExportedSchedule {
    /// Its published id.
    pub id: PublicId,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// The provider location that its slots are shown through: the first of those it belongs to.
    pub provider_location: Option<Arc<ProviderLocation>>,
    /// The others.
    pub other_keys: Vec<ProviderLocationKey>,
}

/// Where a slot is, and what tells its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotPlace {
    /// Its row.
    pub row: SlotRow,
    /// Number of its schedule.
    pub schedule: ResourceNumber,
    /// When it starts.
    pub start: UnixSeconds,
}

/// What is to be exported, as of one moment.
pub trait ExportSource {
    /// A text that is the same exactly as long as all that follows is.
    ///
    /// # Errors
    /// It cannot be read.
    fn generation(&self) -> Result<String, SourceError>;

    /// The moment: when the outcome of the newest crawl run could be seen; `None`: there was none.
    fn as_of(&self) -> Option<UnixSeconds>;

    /// The publishers, by slug.
    ///
    /// # Errors
    /// It cannot be read.
    fn publishers(&self) -> Result<Vec<ExportedPublisher>, SourceError>;

    /// Calls back with each provider location, by number.
    ///
    /// # Errors
    /// It cannot be read.
    fn provider_locations(&self, visit: &mut dyn FnMut(ProviderLocation)) -> Result<(), SourceError>;

    /// Calls back with each slot that may be given out, by row, ascending; also with those whose schedule has not come.
    ///
    /// # Errors
    /// It cannot be read.
    fn slots(&self, visit: &mut dyn FnMut(SlotPlace)) -> Result<(), SourceError>;

    /// A slot. Rows are asked for in ascending order, in several rounds.
    ///
    /// # Errors
    /// It cannot be read.
    fn slot(&self, row: SlotRow) -> Result<Slot, SourceError>;

    /// A schedule.
    ///
    /// # Errors
    /// It cannot be read.
    fn schedule(&self, number: ResourceNumber) -> Result<ExportedSchedule, SourceError>;

    /// The schedule of a published id; `None`: it is known no longer.
    ///
    /// # Errors
    /// It cannot be read.
    fn schedule_of(&self, id: PublicId) -> Result<Option<ExportedSchedule>, SourceError>;

    /// The runs that history holds, the oldest first.
    ///
    /// # Errors
    /// It cannot be read.
    fn history_runs(&self) -> Result<Vec<HistoryRun>, SourceError>;

    /// The runs whose outcome could be seen from one instant to another, the oldest first.
    ///
    /// # Errors
    /// It cannot be read.
    fn history_runs_between(&self, first: UnixSeconds, last: UnixSeconds) -> Result<Vec<HistoryRun>, SourceError>;

    /// The last run of each publisher whose outcome could be seen at an instant, as far as history holds it.
    ///
    /// # Errors
    /// It cannot be read.
    fn last_history_runs(&self, at: UnixSeconds) -> Result<Vec<HistoryRun>, SourceError>;

    /// Calls back with each event of a run.
    ///
    /// # Errors
    /// It cannot be read.
    fn events(&self, run: &HistoryRun, visit: &mut dyn FnMut(SlotEvent)) -> Result<(), SourceError>;

    /// Calls back with each daily count, by day.
    ///
    /// # Errors
    /// It cannot be read.
    fn daily_counts(&self, visit: &mut dyn FnMut(DailyCount)) -> Result<(), SourceError>;

    /// Calls back with each slot that was held of a publisher at an instant.
    ///
    /// # Errors
    /// It cannot be read, or history does not reach back so far.
    fn slots_as_of(
        &self,
        publisher: PublisherNumber,
        at: UnixSeconds,
        visit: &mut dyn FnMut(PastSlot),
    ) -> Result<(), SourceError>;
}
