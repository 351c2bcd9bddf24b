//! Opening the store; its one writer and its many readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::block::{BlockCache, BlockCodec};
use crate::connection::{open_checkpointer, open_reader, open_writer};
use crate::fresh::FreshCommits;
use crate::pool::{Pool, Pooled};
use crate::recent::Recent;
use crate::{Error, Result};

const DATABASE_FILE: &str = "openslots.db";
const STAGING_DIR: &str = "staging";

/// The store of one data directory. Cheap to clone; all clones share one writer and a pool of readers.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    staging_dir: PathBuf,
    writer: Mutex<Connection>,
    checkpointer: Mutex<Connection>,
    readers: Pool<Connection>,
    codec: BlockCodec,
    blocks: BlockCache,
    fresh: FreshCommits,
    recent: Recent,
}

impl Store {
    /// Opens `<data_dir>/openslots.db`, making the directory and the file where they are missing and bringing the schema
    /// up to date.
    ///
    /// # Errors
    /// When the directory cannot be made or written, or the file is no database of ours, or of a newer program.
    pub fn open(data_dir: &Path) -> Result<Self> {
        let staging_dir = data_dir.join(STAGING_DIR);
        let refused = |source| Error::DataDir { path: data_dir.to_owned(), source };
        std::fs::create_dir_all(&staging_dir).map_err(refused)?;
        // Whether a file can be made there at all is asked before SQLite is, whose own words name no cause.
        tempfile::tempfile_in(&staging_dir).map_err(refused)?;
        let path = data_dir.join(DATABASE_FILE);
        let writer = Mutex::new(open_writer(&path)?);
        let checkpointer = Mutex::new(open_checkpointer(&path)?);
        let inner = Inner {
            path,
            staging_dir,
            writer,
            checkpointer,
            readers: Pool::default(),
            codec: BlockCodec::default(),
            blocks: BlockCache::default(),
            fresh: FreshCommits::default(),
            recent: Recent::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The writer, for as long as one wants it and no longer than needed.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic under the lock has rolled its transaction back: the connection is as good as before.
        self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer, if nobody has it.
    pub(crate) fn free_writer(&self) -> Option<MutexGuard<'_, Connection>> {
        unless_taken(&self.inner.writer)
    }

    /// What brings the log into the database.
    pub(crate) fn checkpointer(&self) -> MutexGuard<'_, Connection> {
        self.inner.checkpointer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, if nobody has it.
    pub(crate) fn free_checkpointer(&self) -> Option<MutexGuard<'_, Connection>> {
        unless_taken(&self.inner.checkpointer)
    }

    pub(crate) fn reader(&self) -> Result<Pooled<Connection>> {
        self.inner.readers.take_or(|| open_reader(&self.inner.path))
    }

    pub(crate) fn codec(&self) -> &BlockCodec {
        &self.inner.codec
    }

    pub(crate) fn blocks(&self) -> &BlockCache {
        &self.inner.blocks
    }

    pub(crate) fn fresh(&self) -> &FreshCommits {
        &self.inner.fresh
    }

    pub(crate) fn recent(&self) -> &Recent {
        &self.inner.recent
    }

    pub(crate) fn staging_dir(&self) -> &Path {
        &self.inner.staging_dir
    }
}

fn unless_taken(connection: &Mutex<Connection>) -> Option<MutexGuard<'_, Connection>> {
    match connection.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
