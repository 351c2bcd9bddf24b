//! Events by day, runs, and the slots of a past instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use lru::LruCache;
use openslots_model::{HistoryRun, LocalDate, PastSlot, PublicId, PublisherNumber, SlotState, UnixSeconds};

use super::daily::daily_columns;
use super::part::Part;
use super::runs::{RunRow, run_columns};
use super::source::{ExportedPublisher, ExportedSchedule};
use super::states::{EventRow, Known, PastRow, day_of_state, event_columns, past_columns};
use super::zones::Zones;
use super::{Choice, ExportSource, Exporter, HELD_SCHEDULES};
use crate::Error;

impl Exporter<'_> {
    /// Writes what happened: events by their day, and runs.
    pub(super) fn events(&mut self, choice: Choice) -> Result<(), Error> {
        let runs = self.runs()?;
        self.run_table(&runs)?;
        self.daily_table(None)?;
        let mut by_day: BTreeMap<LocalDate, Vec<Arc<HistoryRun>>> = BTreeMap::new();
        for run in runs {
            by_day.entry(LocalDate::of_local_seconds(run.at.0)).or_default().push(run);
        }
        for (day, runs) in by_day.into_iter().filter(|(day, _)| choice.contains(*day)) {
            self.events_of_day(day, runs)?;
        }
        Ok(())
    }

    /// Writes the events of a day, which are those of some runs.
    pub(super) fn events_of_day(&mut self, day: LocalDate, runs: Vec<Arc<HistoryRun>>) -> Result<(), Error> {
        let columns = event_columns();
        let publishers = self.publishers_by_number();
        let Self { source, folder, format, notes, zones, .. } = self;
        let mut lookup = Lookup::new(*source, zones);
        let path = format!("slot_events/date={day}/part-0.{}", format.extension());
        folder.part(path, Some("slot_events"), Some(day.to_string()), |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            for run in runs {
                let Some(publisher) = publishers.get(&run.publisher) else { continue };
                let mut outcome = Ok(());
                let visited = source.events(&run, &mut |event| {
                    let Some(state) = event.after.as_ref().or(event.before.as_ref()).filter(|_| outcome.is_ok()) else {
                        return;
                    };
                    outcome = lookup
                        .known(publisher, state)
                        .and_then(|known| part.push(&EventRow { run: Arc::clone(&run), known, event }));
                });
                visited.map_err(Error::Source)?;
                outcome?;
            }
            part.finish()
        })
    }

    /// Writes the slots of a past instant, publisher by publisher, and the runs until then.
    pub(super) fn past(&mut self, at: UnixSeconds, choice: Choice) -> Result<(), Error> {
        let mut runs = self.runs()?;
        runs.retain(|run| run.at <= at);
        self.run_table(&runs)?;
        drop(runs);
        for publisher in self.publishers.clone() {
            let path = format!("past_slots/publisher={}", publisher.status.publisher.slug);
            self.past_part(&path, &[publisher], at, choice)?;
        }
        Ok(())
    }

    /// Writes the slots of some publishers at a past instant.
    pub(super) fn past_part(
        &mut self,
        folder_path: &str,
        publishers: &[Arc<ExportedPublisher>],
        at: UnixSeconds,
        choice: Choice,
    ) -> Result<(), Error> {
        let last = self.source.last_history_runs(at).map_err(Error::Source)?.into_iter();
        let last: BTreeMap<PublisherNumber, Arc<HistoryRun>> = last.map(|run| (run.publisher, Arc::new(run))).collect();
        let columns = past_columns();
        let Self { source, folder, format, notes, zones, .. } = self;
        let source = *source;
        let mut lookup = Lookup::new(source, zones);
        let path = format!("{folder_path}/part-0.{}", format.extension());
        folder.part(path, Some("past_slots"), None, |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            for publisher in publishers {
                let number = publisher.status.publisher.number;
                let mut push = |slot: PastSlot| {
                    let known = lookup.known(publisher, &slot.state)?;
                    if !choice.contains(day_of_state(&slot.state, known.offsets)) {
                        return Ok(());
                    }
                    let line = slot.row.map(|row| source.slot(row)).transpose().map_err(Error::Source)?;
                    let run = last.get(&number).map(Arc::clone);
                    part.push(&PastRow { slot, source: line, run, known, as_of: at })
                };
                let mut outcome = Ok(());
                let visited = source.slots_as_of(number, at, &mut |slot| {
                    if outcome.is_ok() && slot.state.traits.is_servable() {
                        outcome = push(slot);
                    }
                });
                visited.map_err(Error::Source)?;
                outcome?;
            }
            part.finish()
        })
    }

    /// Writes the counts of a day, or of all days.
    pub(super) fn daily_table(&mut self, day: Option<LocalDate>) -> Result<(), Error> {
        let Self { source, folder, format, notes, .. } = self;
        let columns = daily_columns();
        let path = format!("daily_counts/part-0.{}", format.extension());
        folder.part(path, Some("daily_counts"), None, |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            let mut outcome = Ok(());
            let visited = source.daily_counts(&mut |count| {
                if outcome.is_ok() && day.is_none_or(|day| day == count.day) {
                    outcome = part.push(&count);
                }
            });
            visited.map_err(Error::Source)?;
            outcome?;
            part.finish()
        })
    }

    fn runs(&self) -> Result<Vec<Arc<HistoryRun>>, Error> {
        Ok(self.source.history_runs().map_err(Error::Source)?.into_iter().map(Arc::new).collect())
    }

    pub(super) fn run_table(&mut self, runs: &[Arc<HistoryRun>]) -> Result<(), Error> {
        let publishers = self.publishers_by_number();
        let Self { folder, format, notes, .. } = self;
        let columns = run_columns();
        let path = format!("publisher_runs/part-0.{}", format.extension());
        folder.part(path, Some("publisher_runs"), None, |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            for run in runs {
                if let Some(publisher) = publishers.get(&run.publisher) {
                    part.push(&RunRow { run: Arc::clone(run), publisher: Arc::clone(publisher) })?;
                }
            }
            part.finish()
        })
    }
}

/// Finds what is known now of slots that history tells of.
struct Lookup<'s> {
    source: &'s dyn ExportSource,
    zones: &'s mut Zones,
    schedules: LruCache<PublicId, Option<Arc<ExportedSchedule>>>,
}

impl<'s> Lookup<'s> {
    fn new(source: &'s dyn ExportSource, zones: &'s mut Zones) -> Self {
        Self { source, zones, schedules: LruCache::new(HELD_SCHEDULES) }
    }

    fn known(&mut self, publisher: &Arc<ExportedPublisher>, state: &SlotState) -> Result<Known, Error> {
        let source = self.source;
        let read = || source.schedule_of(state.schedule).map(|of| of.map(Arc::new)).map_err(Error::Source);
        let schedule = self.schedules.try_get_or_insert(state.schedule, read)?.clone();
        let place = schedule.as_ref().and_then(|of| of.provider_location.as_ref()?.place.as_ref());
        let zone = place.and_then(|place| place.time_zone.as_deref()).and_then(|name| self.zones.number(name));
        let end = state.start.plus_seconds(i64::from(state.traits.duration_seconds));
        let offsets = zone.map(|zone| [state.start, end].map(|at| self.zones.offset_seconds(zone, at)));
        Ok(Known { publisher: Arc::clone(publisher), schedule, offsets })
    }
}
