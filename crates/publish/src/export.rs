//! Exports for research: slots, provider locations and publishers as NDJSON, CSV or Parquet.
//!
//! An export shows one moment. Memory does not hang on the number of slots: which slots are of which day goes through a
//! temporary file (`days`), and each day is then written row by row. What a column is called, what it means and what it
//! holds stand in one list a table ([`column`]), from which the data dictionary is made too.

mod column;
mod csv_part;
mod daily;
mod day;
mod days;
mod folder;
mod history;
mod index;
mod ndjson_part;
mod papers;
mod parquet_part;
mod part;
mod provider_locations;
mod publishers;
mod runs;
mod slots;
mod source;
mod states;
mod zones;

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lru::LruCache;
use openslots_model::{LocalDate, PublisherNumber, ResourceNumber, UnixSeconds};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::source::{ExportSource, ExportedPublisher, ExportedSchedule, SlotPlace};

pub use self::day::export_day;
use self::days::{Days, Entry};
pub use self::folder::written_files;
use self::folder::{Folder, Opened};
pub use self::index::Entry as WrittenFile;
use self::index::{Index, hex};
use self::part::Part;
use self::provider_locations::{ProviderLocationRow, provider_location_columns};
use self::publishers::{PublisherRow, publisher_columns};
use self::slots::{SlotTableRow, day_of, slot_columns};
use self::zones::Zones;
use crate::Error;

/// Schedules that are held in memory with their provider locations.
const HELD_SCHEDULES: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");
/// Bytes of a generation's name.
const GENERATION_BYTES: usize = 12;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a head.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Ndjson, Self::Csv, Self::Parquet];

    /// How names of its files end, and its name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// The first local day of slots, and the first day (of UTC) of events.
    pub from: Option<LocalDate>,
    /// The last.
    pub to: Option<LocalDate>,
    /// Whether the events that led to the present state are exported beside it.
    pub with_history: bool,
    /// Instead of the present state the one of this instant.
    pub as_of: Option<UnixSeconds>,
}

impl Choice {
    fn contains(self, day: LocalDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// The moment that it shows.
    pub as_of: UnixSeconds,
    /// Rows of slots.
    pub n_slots: u64,
    /// Files beside the index.
    pub n_files: u64,
    /// Those that were written this time.
    pub n_written: u64,
}

/// Exports what a source holds into a directory. What is there already of the same export is left as it is.
///
/// # Errors
/// The source cannot be read, the directory not be written or is being written by another, or nothing was crawled yet.
pub fn export(source: &dyn ExportSource, out: &Path, format: Format, choice: Choice) -> Result<Exported, Error> {
    let newest = source.as_of().ok_or(Error::NothingToExport)?;
    let as_of = choice.as_of.unwrap_or(newest);
    if as_of > newest {
        return Err(Error::NotYet { as_of, newest });
    }
    let head = Index::begin(format, as_of, generation(source, choice)?, choice);
    let (index, n_written) = match Folder::open(out, &head)? {
        Opened::Whole(index) => (index, 0),
        Opened::Begun(folder) => Exporter::new(source, newest, folder, &head)?.write(head, choice)?,
    };
    Ok(Exported { as_of, n_slots: index.n_slots(), n_files: index.files.len() as u64, n_written })
}

/// The name of what the source holds, as this program writes it.
fn generation(source: &dyn ExportSource, choice: Choice) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    hasher.update(env!("CARGO_PKG_VERSION"));
    hasher.update(papers::dictionary());
    hasher.update(source.generation().map_err(Error::Source)?);
    let Choice { with_history, as_of, .. } = choice;
    hasher.update(format!("{with_history} {as_of:?}"));
    Ok(hex(&hasher.finalize()[..GENERATION_BYTES]))
}

/// An export under way.
struct Exporter<'s> {
    source: &'s dyn ExportSource,
    /// The present, as what the source holds shows it.
    newest: UnixSeconds,
    folder: Folder,
    format: Format,
    /// What Parquet files say of themselves.
    notes: Vec<(&'static str, String)>,
    publishers: Vec<Arc<ExportedPublisher>>,
    zones: Zones,
}

impl<'s> Exporter<'s> {
    fn new(source: &'s dyn ExportSource, newest: UnixSeconds, folder: Folder, head: &Index) -> Result<Self, Error> {
        let publishers = source.publishers().map_err(Error::Source)?.into_iter().map(Arc::new).collect();
        let notes = vec![("openslots.as_of", head.as_of.clone()), ("openslots.generation", head.generation.clone())];
        Ok(Self { source, newest, folder, format: head.format, notes, publishers, zones: Zones::default() })
    }

    fn write(mut self, head: Index, choice: Choice) -> Result<(Index, u64), Error> {
        let as_of = choice.as_of.unwrap_or(self.newest);
        match choice.as_of {
            Some(at) => self.past(at, choice)?,
            None => {
                self.publisher_table()?;
                self.provider_location_table()?;
                let mut days = self.days(choice)?;
                self.slot_table(&mut days)?;
                if choice.with_history {
                    self.events(choice)?;
                }
            }
        }
        self.finish(head, as_of)
    }

    /// Writes what lies beside the tables, and puts all in its place.
    fn finish(mut self, head: Index, as_of: UnixSeconds) -> Result<(Index, u64), Error> {
        self.folder.document(papers::DICTIONARY, &papers::dictionary())?;
        let citation = papers::citation(&self.publishers, as_of, &head.generation);
        self.folder.document(papers::CITATION, &citation)?;
        self.folder.finish(head)
    }

    fn publisher_table(&mut self) -> Result<(), Error> {
        let Self { newest, folder, format, notes, publishers, .. } = self;
        let columns = publisher_columns();
        let path = format!("publishers/part-0.{}", format.extension());
        folder.part(path, Some("publishers"), None, |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            for publisher in publishers {
                part.push(&PublisherRow { publisher: Arc::clone(publisher), as_of: *newest })?;
            }
            part.finish()
        })
    }

    fn provider_location_table(&mut self) -> Result<(), Error> {
        let by_number = self.publishers_by_number();
        let Self { source, newest, folder, format, notes, .. } = self;
        let columns = provider_location_columns();
        let path = format!("provider_locations/part-0.{}", format.extension());
        folder.part(path, Some("provider_locations"), None, |output| {
            let mut part = Part::begin(*format, &columns, notes, output)?;
            let mut outcome = Ok(());
            let visited = source.provider_locations(&mut |provider_location| {
                let publisher = by_number.get(&provider_location.publisher_number).map(Arc::clone);
                if let (Ok(()), Some(publisher)) = (&outcome, publisher) {
                    outcome = part.push(&ProviderLocationRow { provider_location, publisher, as_of: *newest });
                }
            });
            visited.map_err(Error::Source)?;
            outcome?;
            part.finish()
        })
    }

    /// Which slots are of which day.
    fn days(&mut self, choice: Choice) -> Result<Days, Error> {
        let Self { source, zones, .. } = self;
        // What is shown of a schedule is the first provider location that it belongs to.
        let mut zone_by_schedule = FxHashMap::default();
        let visited = source.provider_locations(&mut |provider_location| {
            let name = provider_location.place.as_ref().and_then(|place| place.time_zone.as_deref());
            let zone = name.and_then(|name| zones.number(name));
            for schedule in &provider_location.schedules {
                zone_by_schedule.entry(schedule.number).or_insert(zone);
            }
        });
        visited.map_err(Error::Source)?;
        let mut days = Days::new(tempfile::tempfile().map_err(Error::Export)?);
        let mut outcome = Ok(());
        let visited =
            source.slots(&mut |slot| {
                if outcome.is_err() {
                    return;
                }
                let zone = zone_by_schedule.get(&slot.schedule).copied().flatten();
                let day = match zone {
                    Some(zone) => Ok(LocalDate::of_local_seconds(
                        slot.start.0.saturating_add(i64::from(zones.offset_seconds(zone, slot.start))),
                    )),
                    None => source.slot(slot.row).map(|slot| day_of(slot.start, None)).map_err(Error::Source),
                };
                outcome = day.and_then(|day| {
                    if choice.contains(day) { days.push(day, slot).map_err(Error::Export) } else { Ok(()) }
                });
            });
        visited.map_err(Error::Source)?;
        outcome.map(|()| days)
    }

    fn slot_table(&mut self, days: &mut Days) -> Result<(), Error> {
        let columns = slot_columns();
        let publishers = self.publishers_by_number();
        let schedules = LruCache::new(HELD_SCHEDULES);
        let Self { source, newest, folder, format, notes, zones, .. } = self;
        let mut rows = SlotRows { source: *source, as_of: *newest, publishers, schedules, zones };
        for day in days.days() {
            let path = format!("slots/date={day}/part-0.{}", format.extension());
            folder.part(path, Some("slots"), Some(day.to_string()), |output| {
                rows.write_day(days, day, Part::begin(*format, &columns, notes, output)?)
            })?;
        }
        Ok(())
    }

    fn publishers_by_number(&self) -> FxHashMap<PublisherNumber, Arc<ExportedPublisher>> {
        let of = |publisher: &Arc<ExportedPublisher>| (publisher.status.publisher.number, Arc::clone(publisher));
        self.publishers.iter().map(of).collect()
    }
}

/// Makes rows of slots.
struct SlotRows<'s> {
    source: &'s dyn ExportSource,
    as_of: UnixSeconds,
    publishers: FxHashMap<PublisherNumber, Arc<ExportedPublisher>>,
    schedules: LruCache<ResourceNumber, Arc<ExportedSchedule>>,
    zones: &'s mut Zones,
}

impl SlotRows<'_> {
    fn write_day(&mut self, days: &mut Days, day: LocalDate, mut part: Part<'_, SlotTableRow>) -> Result<u64, Error> {
        days.for_each(day, |entry| part.push(&self.row(entry)?))?;
        part.finish()
    }

    fn row(&mut self, Entry { row, schedule: number }: Entry) -> Result<SlotTableRow, Error> {
        let source = self.source;
        let read = || source.schedule(number).map(Arc::new).map_err(Error::Source);
        let schedule = Arc::clone(self.schedules.try_get_or_insert(number, read)?);
        let slot = source.slot(row).map_err(Error::Source)?;
        let publisher = self.publishers.get(&schedule.publisher).ok_or(Error::NoPublisher(schedule.publisher))?;
        let place = schedule.provider_location.as_deref().and_then(|of| of.place.as_ref());
        let zone = place.and_then(|place| place.time_zone.as_deref()).and_then(|name| self.zones.number(name));
        let offset = |instant| zone.map(|zone| self.zones.offset_seconds(zone, instant));
        let offsets = offset(slot.start.instant).zip(offset(slot.end.instant)).map(<[i32; 2]>::from);
        Ok(SlotTableRow { slot, number, publisher: Arc::clone(publisher), schedule, offsets, as_of: self.as_of })
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path: PathBuf = path.to_owned();
    move |source| Error::ExportFile { path, source }
}
