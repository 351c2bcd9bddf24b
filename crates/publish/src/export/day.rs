//! The export of a day that is over: what was held at its end and what happened in it, one part a table.

use std::path::Path;
use std::sync::Arc;

use openslots_model::{LocalDate, UnixSeconds};

use super::folder::{Folder, Opened};
use super::index::Index;
use super::{Choice, ExportSource, Exported, Exporter, Format, generation};
use crate::Error;

const DAY_SECONDS: i64 = 86_400;

/// Exports a day of UTC that is over into a directory: the slots that were held at its last second, the events and runs
/// of the day with their counts, and the provider locations and publishers of now.
///
/// # Errors
/// The source cannot be read or does not reach back to that day, the directory not be written or is being written by
/// another, or nothing was crawled yet.
pub fn export_day(source: &dyn ExportSource, out: &Path, format: Format, day: LocalDate) -> Result<Exported, Error> {
    let newest = source.as_of().ok_or(Error::NothingToExport)?;
    let as_of = last_second(day);
    let choice = Choice { from: Some(day), to: Some(day), with_history: true, as_of: Some(as_of) };
    let head = Index::begin(format, as_of, generation(source, choice)?, choice);
    let (index, n_written) = match Folder::open(out, &head)? {
        Opened::Whole(index) => (index, 0),
        Opened::Begun(folder) => Exporter::new(source, newest, folder, &head)?.write_day(head, day, as_of)?,
    };
    Ok(Exported { as_of, n_slots: index.n_slots(), n_files: index.files.len() as u64, n_written })
}

fn last_second(LocalDate(day): LocalDate) -> UnixSeconds {
    UnixSeconds((i64::from(day) + 1) * DAY_SECONDS - 1)
}

impl Exporter<'_> {
    fn write_day(mut self, head: Index, day: LocalDate, as_of: UnixSeconds) -> Result<(Index, u64), Error> {
        self.publisher_table()?;
        self.provider_location_table()?;
        let first = as_of.plus_seconds(1 - DAY_SECONDS);
        let runs = self.source.history_runs_between(first, as_of).map_err(Error::Source)?;
        let runs: Vec<_> = runs.into_iter().map(Arc::new).collect();
        self.run_table(&runs)?;
        self.daily_table(Some(day))?;
        self.events_of_day(day, runs)?;
        let publishers = self.publishers.clone();
        self.past_part("past_slots", &publishers, as_of, Choice::default())?;
        self.finish(head, as_of)
    }
}
