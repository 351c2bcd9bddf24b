//! What is kept of earlier generations, and for how long.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use openslots_model::UnixSeconds;

use super::ndjson_file::Encoding;
use super::record::Record;
use crate::Error;

/// How long earlier files and increments are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// A client may still ask for a file so long after the manifest that named it was replaced.
    pub grace: Duration,
    /// A chain is kept so far back.
    pub chain: Duration,
}

impl Default for Retention {
    /// An hour, and two days: a client that comes once a day finds its place again.
    fn default() -> Self {
        Self { grace: Duration::from_secs(3_600), chain: Duration::from_secs(2 * 86_400) }
    }
}

impl Retention {
    /// Forgets increments that are too old, or that together with all newer ones are larger than the whole set: to start
    /// again then costs less than to follow.
    pub(super) fn trim(&self, mut record: Record) -> Record {
        let earliest = record.transaction_time.plus_seconds(-(self.chain.as_secs() as i64));
        let limit = record.n_bytes();
        let mut n_bytes = 0;
        let n_kept = record.increments.iter().rev().take_while(|increment| {
            n_bytes += increment.outputs.iter().map(|output| output.n_bytes).sum::<u64>();
            increment.transaction_time >= earliest && n_bytes <= limit
        });
        let n_forgotten = record.increments.len() - n_kept.count();
        record.increments.drain(..n_forgotten);
        record
    }

    /// Removes files that no manifest has named for longer than the grace, and what a failed attempt left.
    pub(super) fn remove_old_files(
        &self,
        directory: &Path,
        before: Option<&Record>,
        record: &Record,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let failed = |source| Error::Directory { path: directory.to_owned(), source };
        let named = names_on_disk(record);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.0.unsigned_abs());
        // The grace begins when the manifest that names a file is replaced: a file's time says when that was.
        for name in before.map(names_on_disk).iter().flatten().filter(|name| !named.contains(*name)) {
            let path = directory.join(name);
            if path.is_file() {
                File::options().append(true).open(path).and_then(|file| file.set_modified(now)).map_err(failed)?;
            }
        }
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_ours = [".gz", ".zst", ".members", ".part"].iter().any(|end| name.ends_with(end));
            if !is_ours || named.contains(&name) {
                continue;
            }
            let is_over =
                entry.metadata().and_then(|metadata| metadata.modified()).map_err(failed)? + self.grace <= now;
            // Which lines a file was made of is of use only while it is in the present generation.
            if is_over || name.ends_with(".members") {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn names_on_disk(record: &Record) -> HashSet<String> {
    let files = record.files().flat_map(|name| Encoding::ALL.map(|encoding| name.on_disk(encoding)));
    files.chain(record.outputs.iter().map(|output| output.name.members())).collect()
}
