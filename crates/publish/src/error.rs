//! Why something cannot be given out.

use std::io;
use std::path::PathBuf;

use openslots_model::{PublisherSlug, ResourceKind};

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
}
