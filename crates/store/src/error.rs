//! What can go wrong in the store.

use std::path::PathBuf;

use openslots_fhir::resource::ResourceError;
use openslots_model::{PublisherSlug, UnixSeconds};

/// Why the store could not do what it was asked to.
///
/// A failed read is always one of these, never an empty result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data directory cannot be made or written.
    #[error("cannot write to data directory `{path}`: {source}; make it writable or name another one (--data-dir)")]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database file cannot be opened.
    #[error("cannot open database `{path}`: {source}; if the file is damaged, move it away and crawl anew")]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The database was written by a newer program.
    #[error(
        "database `{path}` has schema {found}, this program knows up to {known}; use the newer program or another data directory"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The schema cannot be brought up to date.
    #[error("cannot bring the schema of database `{path}` up to date: {source}")]
    Migration {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: rusqlite_migration::Error,
    },
    /// SQLite refused a statement.
    #[error("database error: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file in which a run is staged cannot be written or read.
    #[error("cannot write or read the staging file of a crawl run: {0}")]
    Staging(#[source] std::io::Error),
    /// Something in the database is not what this program wrote.
    #[error("database is damaged: {0}; move it away and crawl anew")]
    Damaged(String),
    /// Kept JSON cannot be read again.
    #[error("kept {0}")]
    Resource(#[from] ResourceError),
    /// A kept value cannot be written or read as JSON.
    #[error("cannot keep or read {what} as JSON: {source}")]
    Json {
        /// What it was.
        what: &'static str,
        /// What was wrong.
        source: serde_json::Error,
    },
    /// There is no publisher of that name.
    #[error("there is no publisher `{0}`")]
    UnknownPublisher(PublisherSlug),
    /// A run was staged on data that another run has changed since, or was committed before.
    #[error("another crawl run of publisher `{0}` was committed meanwhile; crawl it again")]
    Superseded(PublisherSlug),
    /// A past state is asked for that history does not reach back to.
    #[error("what was held at {at} cannot be told: history begins at {horizon}")]
    BeforeHistory {
        /// The instant that was asked for.
        at: UnixSeconds,
        /// The first instant that can be told.
        horizon: UnixSeconds,
    },
    /// A run does not fit what it was staged on: a fault of the caller.
    #[error("crawl run of publisher `{publisher}` cannot be committed: {detail}")]
    UnfitRun {
        /// The publisher.
        publisher: PublisherSlug,
        /// What does not fit.
        detail: String,
    },
}

impl Error {
    /// An error about a kept value that cannot be read.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}
