//! Counts of events by day, which outlive the events: by publisher, state, county, ZIP code, specialty, service and
//! provider location.

use std::collections::BTreeMap;

use openslots_model::{
    Coding, DailyCount, Dimension, EventCounts, HistoryRun, LocalDate, ProviderLocation, PublicId, PublisherNumber,
    PublisherSlug, ScheduleSummary, SlotEvent,
};
use openslots_statistics::code_name;
use rusqlite::TransactionBehavior;
use rustc_hash::FxHashMap;

use crate::columns::{text, unsigned};
use crate::{Error, ReadSnapshot, Result, Store};

/// Schedules that are remembered with where they lead.
const HELD_SCHEDULES: usize = 1_000;

/// Counts by dimension and value.
type Counts = BTreeMap<(Dimension, String), EventCounts>;

impl Store {
    /// Counts the events of runs that are not counted yet; how many runs those were.
    ///
    /// Who and where are those that the schedule leads to by now.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn count_events(&self) -> Result<u64> {
        let snapshot = self.snapshot()?;
        let counted: i64 = snapshot.connection().query_row("SELECT run FROM daily_count_end", [], |row| row.get(0))?;
        let mut runs = snapshot.history_runs()?;
        runs.retain(|run| run.seq > counted as u64);
        let publishers: FxHashMap<PublisherNumber, PublisherSlug> =
            self.publishers()?.into_iter().map(|publisher| (publisher.number, publisher.slug)).collect();
        let mut schedules = Schedules { snapshot: &snapshot, known: FxHashMap::default() };
        for run in &runs {
            let Some(publisher) = publishers.get(&run.publisher) else { continue };
            let counts = schedules.counts(run, publisher)?;
            self.add_counts(run, &counts)?;
        }
        Ok(runs.len() as u64)
    }

    fn add_counts(&self, run: &HistoryRun, counts: &Counts) -> Result<()> {
        let mut writer = self.writer();
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            // Who was first has counted it.
            let sql = "UPDATE daily_count_end SET run = ?1 WHERE run < ?1";
            if tx.prepare_cached(sql)?.execute([run.seq as i64])? == 0 {
                return Ok(());
            }
            let mut add = tx.prepare_cached(
                "INSERT INTO daily_count VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT DO UPDATE SET n_appeared = n_appeared + excluded.n_appeared,
                     n_reappeared = n_reappeared + excluded.n_reappeared, n_changed = n_changed + excluded.n_changed,
                     n_vanished = n_vanished + excluded.n_vanished, n_freed = n_freed + excluded.n_freed,
                     n_taken = n_taken + excluded.n_taken",
            )?;
            let LocalDate(day) = LocalDate::of_local_seconds(run.at.0);
            for ((dimension, value), n) in counts {
                let numbers = [n.appeared, n.reappeared, n.changed, n.vanished, n.freed, n.taken].map(|n| n as i64);
                let [appeared, reappeared, changed, vanished, freed, taken] = numbers;
                let name = dimension.as_str();
                add.execute((day, name, value, appeared, reappeared, changed, vanished, freed, taken))?;
            }
        }
        Ok(tx.commit()?)
    }
}

impl ReadSnapshot {
    /// Calls back with every daily count, by day.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_daily_count(&self, mut visit: impl FnMut(DailyCount)) -> Result<()> {
        let mut statement = self.connection().prepare_cached(
            "SELECT day, dimension, value, n_appeared, n_reappeared, n_changed, n_vanished, n_freed, n_taken
             FROM daily_count ORDER BY day, dimension, value",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let dimension = text(row, 1)?;
            let dimension = Dimension::ALL.into_iter().find(|known| known.as_str() == dimension);
            visit(DailyCount {
                day: LocalDate(row.get(0)?),
                dimension: dimension.ok_or_else(|| Error::damaged("a daily count is by nothing that is known"))?,
                value: row.get(2)?,
                counts: EventCounts {
                    appeared: unsigned(row, 3)?,
                    reappeared: unsigned(row, 4)?,
                    changed: unsigned(row, 5)?,
                    vanished: unsigned(row, 6)?,
                    freed: unsigned(row, 7)?,
                    taken: unsigned(row, 8)?,
                },
            });
        }
        Ok(())
    }
}

/// Where schedules lead.
struct Schedules<'s> {
    snapshot: &'s ReadSnapshot,
    known: FxHashMap<PublicId, Vec<ProviderLocation>>,
}

impl Schedules<'_> {
    fn counts(&mut self, run: &HistoryRun, publisher: &PublisherSlug) -> Result<Counts> {
        let mut counts = Counts::new();
        let mut outcome = Ok(());
        let snapshot = self.snapshot;
        snapshot.for_each_event(run, |event| {
            if outcome.is_ok() {
                outcome = self.count(&event, publisher, &mut counts);
            }
        })?;
        outcome.map(|()| counts)
    }

    fn count(&mut self, event: &SlotEvent, publisher: &PublisherSlug, counts: &mut Counts) -> Result<()> {
        let Some(state) = event.after.as_ref().or(event.before.as_ref()) else { return Ok(()) };
        let provider_locations = self.provider_locations(state.schedule)?;
        let summaries = || {
            let all = provider_locations.iter().flat_map(|of| &of.schedules);
            all.filter(|schedule| schedule.id == state.schedule)
        };
        let mut values = vec![(Dimension::Publisher, publisher.to_string())];
        for of in provider_locations {
            values.push((Dimension::ProviderLocation, of.key.to_string()));
            let place = of.place.as_ref();
            for (dimension, value) in [
                (Dimension::State, place.and_then(|place| place.state.clone())),
                (Dimension::County, place.and_then(|place| place.district.clone())),
                (Dimension::PostalCode, place.and_then(|place| place.postal_code.clone())),
            ] {
                values.extend(value.map(|value| (dimension, value)));
            }
        }
        let of_schedule =
            |codes: fn(&ScheduleSummary) -> &Vec<Coding>| summaries().flat_map(codes).filter_map(code_name);
        let own = |codings: &[Coding]| codings.iter().filter_map(code_name).collect::<Vec<_>>();
        let (mut services, mut specialties) = (own(&state.traits.service_types), own(&state.traits.specialties));
        if services.is_empty() {
            services = of_schedule(|schedule| &schedule.service_types).collect();
        }
        if specialties.is_empty() {
            specialties = of_schedule(|schedule| &schedule.specialties).collect();
        }
        values.extend(services.into_iter().map(|value| (Dimension::ServiceType, value)));
        values.extend(specialties.into_iter().map(|value| (Dimension::Specialty, value)));
        values.sort_unstable();
        values.dedup();
        for value in values {
            counts.entry(value).or_default().add(event);
        }
        Ok(())
    }

    fn provider_locations(&mut self, schedule: PublicId) -> Result<&[ProviderLocation]> {
        if self.known.len() >= HELD_SCHEDULES {
            self.known.clear();
        }
        if !self.known.contains_key(&schedule) {
            let found = match self.snapshot.schedule_number(schedule)? {
                Some(number) => self.snapshot.schedule(number)?,
                None => None,
            };
            self.known.insert(schedule, found.map(|found| found.provider_locations).unwrap_or_default());
        }
        Ok(self.known.get(&schedule).map_or(&[], Vec::as_slice))
    }
}
