//! Why something cannot be given out.

use std::io;
use std::path::PathBuf;

use openslots_model::{PublisherNumber, PublisherSlug, ResourceKind, UnixSeconds};

use crate::publication::SourceError;

/// Why something cannot be given out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kept JSON is no JSON object.
    #[error("kept {kind} of publisher `{publisher}` is not a JSON object: {detail}")]
    NotAnObject {
        /// Its type.
        kind: ResourceKind,
        /// Its publisher.
        publisher: PublisherSlug,
        /// What the parser said.
        detail: String,
    },
    /// The kept JSON has no id.
    #[error("kept {kind} of publisher `{publisher}` has no id")]
    NoId {
        /// Its type.
        kind: ResourceKind,
        /// Its publisher.
        publisher: PublisherSlug,
    },
    /// What is published from cannot be read.
    #[error("what is to be published cannot be read")]
    Source(#[source] SourceError),
    /// The directory of the publication cannot be read or written.
    #[error("publication in {path} cannot be read or written; check its permissions and the free space")]
    Directory {
        /// It, or a file in it.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line or manifest cannot be written as JSON.
    #[error("publication cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// Nothing has been crawled, so there is nothing to export.
    #[error("nothing has been crawled yet, so there is nothing to write; crawl first")]
    NothingToExport,
    /// A state is asked for that is still to come.
    #[error("nothing is known of {as_of}: the newest crawl began at {newest}")]
    NotYet {
        /// The instant that was asked for.
        as_of: UnixSeconds,
        /// The newest one that is known.
        newest: UnixSeconds,
    },
    /// Somebody else exports into the same directory.
    #[error("another export into {path} is under way; wait for it, or write elsewhere")]
    ExportUnderWay {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds an index that is not of an export.
    #[error("{path} is not the index of an export; write into another directory, or move it away")]
    ForeignIndex {
        /// It.
        path: PathBuf,
    },
    /// A file of an export cannot be read or written.
    #[error("{path} cannot be read or written; check its permissions and the free space")]
    ExportFile {
        /// It.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is exported cannot be written.
    #[error("an export cannot be written; check the free space")]
    Export(#[from] io::Error),
    /// A Parquet file cannot be written.
    #[error("a Parquet file cannot be written; check the free space")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A column has a value of another type than it says.
    #[error("column `{column}` has a value that is not of its type")]
    Column {
        /// Its name.
        column: &'static str,
    },
    /// A schedule is of a publisher that is not there.
    #[error("publisher {0} of a schedule is missing")]
    NoPublisher(PublisherNumber),
}
