//! The aggregated data as files: manifests, NDJSON by type and state, and a chain of increments.
//!
//! A *generation* is the whole set as of one moment. Its manifest lists a file for each type and state; a file is
//! written anew only if something in it changed, under a name that carries the generation, so that a name's content
//! never changes. Beside the files of a generation stand those of its *increment*: what changed since the generation
//! before, and what went.
//!
//! | file in the directory | what it is |
//! |---|---|
//! | `publication.json` | the present generation and the increments that are kept |
//! | `Slot-MA-1790000000.ndjson.gz`, `.zst` | slots in Massachusetts, last changed in that generation |
//! | `Slot-MA-1790000000.members` | which lines they were made of; never served |
//! | `Slot-MA-1790000000-changes.ndjson.gz`, `.zst` | those of them that changed in that generation |
//! | `deleted-1790000000.ndjson.gz`, `.zst` | what went in that generation |
//!
//! All of it can be made anew from the store. Generations are numbered by the second they were made in, so that numbers
//! are never used twice, whatever is lost.
//!
//! # Manifests
//! The root lists a whole generation and links to the page *after* it. That page links to the page of the *changes* of
//! the next generation, that one to the one after it, and the last to `#pending` (FHIR Bulk Publish, "Incremental
//! updates"). An increment that is no longer kept ends the chain with `#closed`: start again at the root.

mod groups;
mod manifest;
mod members;
mod ndjson_file;
mod next;
mod plan;
mod record;
mod retention;
mod source;
mod static_files;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use openslots_model::UnixSeconds;

pub use manifest::{ManifestPage, NextLink};
pub use ndjson_file::Encoding;
pub use record::{FileName, Increment, OutputFile, Record};
pub use retention::Retention;
pub use source::{Source, SourceError, SourcePublisher, SourceResource, SourceSlot};
pub use static_files::StaticFiles;

use crate::Error;

const RECORD_FILE: &str = "publication.json";

/// Where the publication is kept, and the generation that is served. Share it in an `Arc`; readers never wait.
#[derive(Debug)]
pub struct Publication {
    directory: PathBuf,
    /// The address that lines and manifests name, without a slash at its end.
    base_url: String,
    retention: Retention,
    current: ArcSwapOption<Record>,
}

impl Publication {
    /// Opens a directory, which is made if it is not there. What cannot be understood in it, or was made for another
    /// address, is made anew with the next generation.
    ///
    /// # Errors
    /// The directory cannot be made or read.
    pub fn open(directory: &Path, base_url: &str, retention: Retention) -> Result<Self, Error> {
        let failed = |source| Error::Directory { path: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(failed)?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        let record = match fs::read(directory.join(RECORD_FILE)) {
            Ok(bytes) => Record::read(&bytes, &base_url, directory),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let current = ArcSwapOption::from(record.map(Arc::new));
        Ok(Self { directory: directory.to_owned(), base_url, retention, current })
    }

    /// The generation that is served; `None` before the first.
    pub fn current(&self) -> Option<Arc<Record>> {
        self.current.load_full()
    }

    /// The address that lines and manifests name.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where a file is kept in an encoding, if it is one of those that may still be asked for.
    pub fn file(&self, name: &FileName, encoding: Encoding) -> Option<PathBuf> {
        let path = self.directory.join(name.on_disk(encoding));
        path.is_file().then_some(path)
    }

    /// Makes the next generation of what the source has, as of `now`; whether anything has changed. One at a time.
    ///
    /// What is served changes at the end, at once; a failure leaves it as it was.
    ///
    /// # Errors
    /// The source cannot be read, or the directory not written.
    pub fn publish(&self, source: &dyn Source, now: UnixSeconds) -> Result<bool, Error> {
        let current = self.current();
        let Some(record) = next::make(&self.directory, &self.base_url, current.as_deref(), source, now)? else {
            return Ok(false);
        };
        let record = self.retention.trim(record);
        record.write(&self.directory.join(RECORD_FILE))?;
        let record = Arc::new(record);
        self.current.store(Some(Arc::clone(&record)));
        self.retention.remove_old_files(&self.directory, current.as_deref(), &record, now)?;
        Ok(true)
    }
}
