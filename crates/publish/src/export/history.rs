//! Events by day, runs, and the slots of a past instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use lru::LruCache;
use openslots_model::{HistoryRun, LocalDate, PublicId, PublisherNumber, SlotState, UnixSeconds};

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
        self.daily_table()?;
        let mut by_day: BTreeMap<LocalDate, Vec<Arc<HistoryRun>>> = BTreeMap::new();
        for run in runs {
            by_day.entry(LocalDate::of_local_seconds(run.at.0)).or_default().push(run);
        }
        let columns = event_columns();
        let publishers = self.publishers_by_number();
        let Self { source, folder, format, notes, zones, .. } = self;
        let mut lookup = Lookup::new(*source, zones);
        for (day, runs) in by_day.into_iter().filter(|(day, _)| choice.contains(*day)) {
            let path = format!("slot_events/date={day}/part-0.{}", format.extension());
            folder.part(path, Some("slot_events"), Some(day.to_string()), |output| {
                let mut part = Part::begin(*format, &columns, notes, output)?;
                for run in runs {
                    let Some(publisher) = publishers.get(&run.publisher) else { continue };
                    let mut outcome = Ok(());
                    let visited = source.events(&run, &mut |event| {
                        let Some(state) = event.after.as_ref().or(event.before.as_ref()).filter(|_| outcome.is_ok())
                        else {
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
            })?;
        }
        Ok(())
    }

    /// Writes the slots of a past instant, publisher by publisher, and the runs until then.
    pub(super) fn past(&mut self, at: UnixSeconds, choice: Choice) -> Result<(), Error> {
        let mut runs = self.runs()?;
        runs.retain(|run| run.at <= at);
        self.run_table(&runs)?;
        let last: BTreeMap<PublisherNumber, &Arc<HistoryRun>> = runs.iter().map(|run| (run.publisher, run)).collect();
        let columns = past_columns();
        let Self { source, folder, format, notes, publishers, zones, .. } = self;
        let mut lookup = Lookup::new(*source, zones);
        for publisher in publishers.iter() {
            let of = &publisher.status.publisher;
            let path = format!("past_slots/publisher={}/part-0.{}", of.slug, format.extension());
            folder.part(path, Some("past_slots"), None, |output| {
                let mut part = Part::begin(*format, &columns, notes, output)?;
                let mut outcome = Ok(());
                let visited = source.slots_as_of(of.number, at, &mut |slot| {
                    if outcome.is_err() || !slot.state.traits.is_servable() {
                        return;
                    }
                    outcome = lookup.known(publisher, &slot.state).and_then(|known| {
                        if !choice.contains(day_of_state(&slot.state, known.offsets)) {
                            return Ok(());
                        }
                        let run = last.get(&of.number).map(|run| Arc::clone(run));
                        part.push(&PastRow { slot, run, known, as_of: at })
                    });
                });
                visited.map_err(Error::Source)?;
                outcome?;
                part.finish()
            })?;
        }
        Ok(())
    }

    fn daily_table(&mut self) -> Result<(), Error> {
        let Self { source, folder, format, notes, .. } = self;
        let columns = daily_columns();
        let path = format!("daily_counts/part-0.{}", format.extension());
        folder.part(path, Some("daily_counts"), None, |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            let mut outcome = Ok(());
            let visited = source.daily_counts(&mut |count| {
                if outcome.is_ok() {
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

    fn run_table(&mut self, runs: &[Arc<HistoryRun>]) -> Result<(), Error> {
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
