//! The store as what is exported.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::Result;
use openslots_fhir::resource::Slot;
use openslots_model::{
    DailyCount, HistoryRun, PastSlot, ProviderLocation, PublicId, PublisherNumber, PublisherStatus, ResourceNumber,
    SlotEvent, SlotRow, UnixSeconds,
};
use openslots_publish::export::{ExportSource, ExportedPublisher, ExportedSchedule, SlotPlace};
use openslots_publish::publication::SourceError;
use openslots_store::{ReadSnapshot, Store};

/// What a store holds as of one moment. Old data are not left out: every row says how fresh they are.
pub(crate) struct SnapshotSource {
    snapshot: ReadSnapshot,
    statuses: Vec<PublisherStatus>,
    crawl_runs: HashMap<PublisherNumber, u64>,
    history_end: Option<UnixSeconds>,
    /// Numbers of the traits of slots that must not be given out.
    withheld: HashSet<u32>,
}

impl SnapshotSource {
    /// Begins to read the store.
    pub(crate) fn open(store: &Store) -> Result<Self> {
        let snapshot = store.snapshot()?;
        let mut statuses = snapshot.publisher_statuses()?;
        statuses.sort_by(|a, b| a.publisher.slug.cmp(&b.publisher.slug));
        let crawl_runs = snapshot.last_crawl_runs()?;
        let history_end = snapshot.history_end()?;
        let withheld = snapshot.traits()?.into_iter().filter(|(_, traits)| !traits.is_servable());
        let withheld = withheld.map(|(number, _)| number.0).collect();
        Ok(Self { snapshot, statuses, crawl_runs, history_end, withheld })
    }
}

impl ExportSource for SnapshotSource {
    fn generation(&self) -> Result<String, SourceError> {
        let history_end = self.history_end.map_or(0, |at| at.0);
        Ok(format!("{} {history_end} {}", self.snapshot.seq().0, serde_json::to_string(&self.statuses)?))
    }

    fn as_of(&self) -> Option<UnixSeconds> {
        let attempts = self.statuses.iter().filter_map(|status| status.last_attempt_at);
        attempts.chain(self.history_end).max()
    }

    fn publishers(&self) -> Result<Vec<ExportedPublisher>, SourceError> {
        let publisher = |status: &PublisherStatus| ExportedPublisher {
            crawl_run: self.crawl_runs.get(&status.publisher.number).copied(),
            status: status.clone(),
        };
        Ok(self.statuses.iter().map(publisher).collect())
    }

    fn provider_locations(&self, visit: &mut dyn FnMut(ProviderLocation)) -> Result<(), SourceError> {
        Ok(self.snapshot.for_each_provider_location(|_, provider_location| visit(provider_location))?)
    }

    fn slots(&self, visit: &mut dyn FnMut(SlotPlace)) -> Result<(), SourceError> {
        Ok(self.snapshot.for_each_slot(|slot| {
            if !self.withheld.contains(&slot.traits.0) {
                visit(SlotPlace { row: slot.row, schedule: slot.schedule, start: slot.start });
            }
        })?)
    }

    fn slot(&self, row: SlotRow) -> Result<Slot, SourceError> {
        Ok(Slot::parse(&self.snapshot.line(row.0)?)?)
    }

    fn schedule_of(&self, id: PublicId) -> Result<Option<ExportedSchedule>, SourceError> {
        self.snapshot.schedule_number(id)?.map(|number| self.schedule(number)).transpose()
    }

    fn history_runs(&self) -> Result<Vec<HistoryRun>, SourceError> {
        Ok(self.snapshot.history_runs()?)
    }

    fn history_runs_between(&self, first: UnixSeconds, last: UnixSeconds) -> Result<Vec<HistoryRun>, SourceError> {
        Ok(self.snapshot.history_runs_between(first, last)?)
    }

    fn last_history_runs(&self, at: UnixSeconds) -> Result<Vec<HistoryRun>, SourceError> {
        Ok(self.snapshot.last_history_runs(at)?)
    }

    fn events(&self, run: &HistoryRun, visit: &mut dyn FnMut(SlotEvent)) -> Result<(), SourceError> {
        Ok(self.snapshot.for_each_event(run, visit)?)
    }

    fn daily_counts(&self, visit: &mut dyn FnMut(DailyCount)) -> Result<(), SourceError> {
        Ok(self.snapshot.for_each_daily_count(visit)?)
    }

    fn slots_as_of(
        &self,
        publisher: PublisherNumber,
        at: UnixSeconds,
        visit: &mut dyn FnMut(PastSlot),
    ) -> Result<(), SourceError> {
        Ok(self.snapshot.slots_as_of(publisher, at, visit)?)
    }

    fn schedule(&self, number: ResourceNumber) -> Result<ExportedSchedule, SourceError> {
        let found = self.snapshot.schedule(number)?;
        let found = found.ok_or_else(|| format!("schedule {number} of a slot is missing"))?;
        let mut provider_locations = found.provider_locations.into_iter();
        Ok(ExportedSchedule {
            id: found.id,
            publisher: found.publisher,
            provider_location: provider_locations.next().map(Arc::new),
            other_keys: provider_locations.map(|other| other.key).collect(),
        })
    }
}
