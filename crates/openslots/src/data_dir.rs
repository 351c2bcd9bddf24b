//! The data directory: where its parts are, and who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A data directory.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

/// Held while a process may write the data directory; let go when dropped, however the process ends.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: File,
}

impl DataDir {
    /// The directory, created where missing.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).with_context(|| {
            format!(
                "data directory {} cannot be created; name another with --data-dir or free this one",
                path.display()
            )
        })?;
        Ok(Self(path.to_owned()))
    }

    /// The directory itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the search index is.
    pub(crate) fn index(&self) -> PathBuf {
        self.0.join("index")
    }

    /// The control socket of a running `serve`.
    pub(crate) fn control_socket(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// Takes the lock, or `None` when another process holds it.
    pub(crate) fn try_lock(&self) -> Result<Option<DataLock>> {
        let path = self.0.join("openslots.lock");
        let cannot = || {
            format!(
                "data directory {} cannot be written; make it writable for this user or name another with --data-dir",
                self.0.display()
            )
        };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        // The holder's process id is for people who wonder who it is; nothing reads it to decide.
        file.set_len(0).with_context(cannot)?;
        file.rewind().with_context(cannot)?;
        writeln!(file, "{}", std::process::id()).with_context(cannot)?;
        Ok(Some(DataLock { _file: file }))
    }

    /// The database of the patient side.
    pub(crate) fn care_database(&self) -> PathBuf {
        self.0.join("care.db")
    }

    /// The database of watches.
    pub(crate) fn watches_database(&self) -> PathBuf {
        self.0.join("watches.db")
    }

    /// Where the files are that are given out again.
    pub(crate) fn publication(&self) -> PathBuf {
        self.0.join("publication")
    }

    /// Where the files for research of each day are.
    pub(crate) fn exports(&self) -> PathBuf {
        self.0.join("exports")
    }

    /// The process id that the lock's holder wrote down, for messages.
    pub(crate) fn lock_holder(&self) -> String {
        let mut text = String::new();
        let read = File::open(self.0.join("openslots.lock")).and_then(|mut file| file.read_to_string(&mut text));
        match (read, text.trim()) {
            (Ok(_), holder) if !holder.is_empty() => format!("process {holder}"),
            _ => "another process".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_the_lock() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data_dir = DataDir::create(&folder.path().join("a/b")).expect("a data directory");
        let first = data_dir.try_lock().expect("a lock file");
        assert!(first.is_some());
        assert!(data_dir.try_lock().expect("a lock file").is_none());
        assert_eq!(data_dir.lock_holder(), format!("process {}", std::process::id()));
        drop(first);
        assert!(data_dir.try_lock().expect("a lock file").is_some());
    }

    #[test]
    fn a_directory_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("a written file");
        let error = DataDir::create(&file.join("data")).expect_err("no directory below a file");
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }
}
