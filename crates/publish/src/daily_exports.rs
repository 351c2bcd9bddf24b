//! Daily exports: for each day of UTC that is over, one file of each table in each format, kept for some time.
//!
//! | below the directory | what it is |
//! |---|---|
//! | `2026-10-05/parquet/` ... | that day in a format, as [`export_day`] writes it; nothing of it is offered before its `index.json` is there |
//!
//! A day that was written is never written again, so what a name stands for does not change. The oldest days go when they
//! are older than is wanted or all together are too large.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use arc_swap::ArcSwap;
use openslots_model::LocalDate;

use crate::Error;
use crate::export::{ExportSource, Format, WrittenFile, export_day, written_files};

/// How much is kept: whichever is less. The newest day stays in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyRetention {
    /// So many days that are over.
    pub keep_days: u32,
    /// Up to this size of all files.
    pub max_bytes: u64,
}

/// The files of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedDay {
    /// The day, of UTC.
    pub date: LocalDate,
    /// Files by the names that they are offered under: `past_slots.parquet`.
    pub files: BTreeMap<String, DailyFile>,
}

impl ExportedDay {
    fn n_bytes(&self) -> u64 {
        self.files.values().map(|file| file.written.bytes).sum()
    }
}

/// A file of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyFile {
    /// Its format; `None`: a document.
    pub format: Option<Format>,
    /// What is told of it.
    pub written: WrittenFile,
    /// Where it is.
    pub path: PathBuf,
}

/// The directory of daily exports, and what it holds.
#[derive(Debug)]
pub struct DailyExports {
    directory: PathBuf,
    formats: Vec<Format>,
    retention: DailyRetention,
    /// The oldest first.
    days: ArcSwap<Vec<Arc<ExportedDay>>>,
    /// The newest day that was removed: neither it nor one before it comes again.
    removed: AtomicI32,
}

impl DailyExports {
    /// Opens a directory, which is made if it is missing.
    ///
    /// # Errors
    /// It cannot be read or written, or holds an index that is not of an export.
    pub fn open(directory: &Path, formats: Vec<Format>, retention: DailyRetention) -> Result<Self, Error> {
        fs::create_dir_all(directory).map_err(failed(directory))?;
        let exports = Self {
            directory: directory.to_owned(),
            formats,
            retention,
            days: ArcSwap::default(),
            removed: AtomicI32::new(i32::MIN),
        };
        exports.read()?;
        Ok(exports)
    }

    /// The days that are offered, the oldest first.
    pub fn days(&self) -> Arc<Vec<Arc<ExportedDay>>> {
        self.days.load_full()
    }

    /// A day, if it is offered.
    pub fn day(&self, date: LocalDate) -> Option<Arc<ExportedDay>> {
        self.days().iter().find(|day| day.date == date).map(Arc::clone)
    }

    /// The day that is to be written next, of those that can be told: `first` to `last`, the newest first. One that is
    /// older than all that are there is written only where there seems to be room for it.
    pub fn next_day(&self, first: LocalDate, last: LocalDate) -> Option<LocalDate> {
        let days = self.days();
        let largest = days.iter().map(|day| day.n_bytes()).max().unwrap_or(0);
        let has_room = n_bytes(&days).saturating_add(largest) <= self.retention.max_bytes;
        let oldest = days.first().map(|day| day.date);
        let removed = LocalDate(self.removed.load(Ordering::Relaxed));
        let LocalDate(oldest_kept) = LocalDate(last.0.saturating_sub(self.keep_days() - 1)).max(first);
        (oldest_kept..=last.0)
            .rev()
            .map(LocalDate)
            .filter(|date| removed < *date && (has_room || oldest.is_none_or(|oldest| oldest <= *date)))
            .find(|date| !self.is_whole(*date))
    }

    fn keep_days(&self) -> i32 {
        i32::try_from(self.retention.keep_days).unwrap_or(i32::MAX).max(1)
    }

    fn is_whole(&self, date: LocalDate) -> bool {
        let day = self.day(date);
        let has = |format: &Format| day.iter().flat_map(|day| day.files.values()).any(|of| of.format == Some(*format));
        self.formats.iter().all(has)
    }

    /// Writes what is missing of a day that is over, and offers it; how many rows of slots it has.
    ///
    /// # Errors
    /// The source cannot be read or does not reach back to that day, or the directory cannot be written.
    pub fn write(&self, source: &dyn ExportSource, date: LocalDate) -> Result<u64, Error> {
        let mut n_slots = 0;
        for format in &self.formats {
            let out = self.directory.join(date.to_string()).join(format.extension());
            if written_files(&out)?.is_none() {
                n_slots = export_day(source, &out, *format, date)?.n_slots;
            }
        }
        self.read()?;
        Ok(n_slots)
    }

    /// Removes the days that are too old or too much, given the last day that is over; how many those were.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn trim(&self, last: LocalDate) -> Result<u64, Error> {
        let days = self.days();
        let oldest_kept = LocalDate(last.0.saturating_sub(self.keep_days() - 1));
        let mut n_bytes = n_bytes(&days);
        let mut n_removed = 0;
        for day in days.iter().take(days.len().saturating_sub(1)) {
            if day.date >= oldest_kept && n_bytes <= self.retention.max_bytes {
                break;
            }
            let folder = self.directory.join(day.date.to_string());
            fs::remove_dir_all(&folder).map_err(failed(&folder))?;
            self.removed.fetch_max(day.date.0, Ordering::Relaxed);
            n_bytes -= day.n_bytes();
            n_removed += 1;
        }
        if n_removed > 0 {
            self.read()?;
        }
        Ok(n_removed)
    }

    /// Reads what is there. Directories with other names are none of ours and stay.
    fn read(&self) -> Result<(), Error> {
        let mut days = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed(&self.directory))? {
            let path = entry.map_err(failed(&self.directory))?.path();
            let date = path.file_name().and_then(|name| name.to_str()).and_then(LocalDate::parse);
            if let Some(date) = date {
                let files = files_of(&path)?;
                if !files.is_empty() {
                    days.push(Arc::new(ExportedDay { date, files }));
                }
            }
        }
        days.sort_by_key(|day| day.date);
        self.days.store(Arc::new(days));
        Ok(())
    }
}

fn n_bytes(days: &[Arc<ExportedDay>]) -> u64 {
    days.iter().map(|day| day.n_bytes()).sum()
}

/// The files of a day in all formats that are whole. Documents are the same in each.
fn files_of(folder: &Path) -> Result<BTreeMap<String, DailyFile>, Error> {
    let mut files = BTreeMap::new();
    for format in Format::ALL {
        let below = folder.join(format.extension());
        for written in written_files(&below)?.unwrap_or_default() {
            let path = below.join(&written.path);
            let (name, format) = match &written.table {
                Some(table) => (format!("{table}.{}", format.extension()), Some(format)),
                None => (written.path.clone(), None),
            };
            files.entry(name).or_insert(DailyFile { format, written, path });
        }
    }
    Ok(files)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::ExportFile { path, source }
}
