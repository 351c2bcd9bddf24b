//! The publication as files that any web server or object store can serve: each under the path of its URL.
//!
//! | below the directory | what it is |
//! |---|---|
//! | `fhir/$bulk-publish` | the root of the manifest |
//! | `fhir/bulk-publish/after/N`, `.../changes/N` | pages of the chain |
//! | `fhir/bulk-publish/files/NAME.ndjson`, `.gz`, `.zst` | files, plain and compressed |
//!
//! What is new is written before what names it, so that who reads meanwhile finds a set that is whole.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::Publication;
use super::manifest::ManifestPage;
use super::ndjson_file::Encoding;
use super::record::{FileName, Record};
use crate::Error;

/// Pages of generations that are no longer kept say so; of so many.
const MAX_CLOSED_PAGES: usize = 1_000;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StaticFiles {
    /// Files of resources that are there now, each in three forms.
    pub n_files: u64,
    /// Those of them that were not there before.
    pub n_written: u64,
    /// Lines of the present generation.
    pub n_lines: u64,
}

impl Publication {
    /// Writes the present generation and its chain below a directory; `None` before the first generation.
    ///
    /// # Errors
    /// The directory cannot be written, or the publication's own files not be read.
    pub fn write_static_files(&self, out: &Path) -> Result<Option<StaticFiles>, Error> {
        let Some(record) = self.current() else { return Ok(None) };
        let fhir = out.join("fhir");
        let chain = fhir.join("bulk-publish");
        let (files, after, changes) = (chain.join("files"), chain.join("after"), chain.join("changes"));
        for directory in [&files, &after, &changes] {
            fs::create_dir_all(directory).map_err(failed(directory))?;
        }
        let mut written = StaticFiles::default();
        let mut wanted = HashSet::new();
        for name in record.files() {
            written.n_files += 1;
            written.n_written += u64::from(self.write_file(name, &files)?);
            wanted.extend(forms(name));
        }
        written.n_lines = record.outputs.iter().map(|output| output.n_lines).sum();
        // Who has read the page before asks for these next.
        for increment in &record.increments {
            if let Some(page) = self.changes(&record, increment.generation, None) {
                write_page(&changes.join(increment.generation.to_string()), &page)?;
            }
        }
        self.write_pages_after(&record, &after)?;
        if let Some(page) = self.after(&record, record.generation, None) {
            write_page(&after.join(record.generation.to_string()), &page)?;
        }
        write_page(&fhir.join("$bulk-publish"), &self.root(&record, None))?;
        self.close_pages(&record, &changes)?;
        // Last: nothing names them any more. Files of the grace period are kept by the publication's own directory.
        for entry in fs::read_dir(&files).map_err(failed(&files))? {
            let name = entry.map_err(failed(&files))?.file_name();
            if !wanted.contains(&name) && !self.is_kept(&name) {
                fs::remove_file(files.join(&name)).map_err(failed(&files))?;
            }
        }
        Ok(Some(written))
    }

    /// Writes a file in its three forms; whether it was not there. A name's content never changes.
    fn write_file(&self, name: &FileName, files: &Path) -> Result<bool, Error> {
        let plain = files.join(format!("{name}.ndjson"));
        let is_there = plain.is_file();
        for encoding in Encoding::ALL {
            let (from, to) = (self.directory.join(name.on_disk(encoding)), files.join(name.on_disk(encoding)));
            if !to.is_file() {
                let copied = fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(|_| ()));
                copied.map_err(failed(&to))?;
            }
        }
        if !is_there {
            let packed = self.directory.join(name.on_disk(Encoding::Gzip));
            let source = File::open(&packed).map_err(failed(&packed))?;
            replace(&plain, |file| io::copy(&mut MultiGzDecoder::new(io::BufReader::new(source)), file).map(|_| ()))?;
        }
        Ok(!is_there)
    }

    /// The pages after generations that are known, the newest apart.
    fn write_pages_after(&self, record: &Record, after: &Path) -> Result<(), Error> {
        self.close_pages_with(record, after, |number| self.after(record, number, None))?;
        for increment in &record.increments {
            if let Some(page) = self.after(record, increment.after, None) {
                write_page(&after.join(increment.after.to_string()), &page)?;
            }
        }
        Ok(())
    }

    fn close_pages(&self, record: &Record, changes: &Path) -> Result<(), Error> {
        self.close_pages_with(record, changes, |number| self.changes(record, number, None))
    }

    /// Writes pages anew that are there from earlier, and forgets the oldest.
    fn close_pages_with<'a>(
        &self,
        record: &Record,
        directory: &Path,
        page: impl Fn(u64) -> Option<ManifestPage<'a>>,
    ) -> Result<(), Error> {
        let known: HashSet<u64> = record.increments.iter().flat_map(|of| [of.after, of.generation]).collect();
        let entries = fs::read_dir(directory).map_err(failed(directory))?;
        let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let numbers: BTreeSet<u64> = numbers.filter(|number| !known.contains(number)).collect();
        for (age, number) in numbers.into_iter().rev().enumerate() {
            let path = directory.join(number.to_string());
            match page(number).filter(|_| age < MAX_CLOSED_PAGES) {
                Some(page) => write_page(&path, &page)?,
                None => fs::remove_file(&path).map_err(failed(&path))?,
            }
        }
        Ok(())
    }

    /// Whether a file is still within its grace period.
    fn is_kept(&self, name: &OsString) -> bool {
        let Some(name) = name.to_str() else { return false };
        let stem = name.split('.').next().unwrap_or_default();
        stem.parse::<FileName>().is_ok_and(|name| self.directory.join(name.on_disk(Encoding::Gzip)).is_file())
    }
}

fn forms(name: &FileName) -> impl Iterator<Item = OsString> {
    let compressed = Encoding::ALL.map(|encoding| name.on_disk(encoding).into());
    [format!("{name}.ndjson").into()].into_iter().chain(compressed)
}

fn write_page(path: &Path, page: &ManifestPage<'_>) -> Result<(), Error> {
    let bytes = serde_json::to_vec(page)?;
    // What has not changed keeps its time, by which servers tell whether it has.
    if fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    replace(path, |file| file.write_all(&bytes))
}

/// Writes a file that has its name only when it is whole.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let mut file = File::create(&temporary).map_err(failed(&temporary))?;
    write(&mut file).and_then(|()| file.sync_all()).map_err(failed(&temporary))?;
    fs::rename(&temporary, path).map_err(failed(path))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Directory { path, source }
}
