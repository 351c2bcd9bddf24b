//! What can go wrong.

use std::io;
use std::path::PathBuf;

use tantivy::TantivyError;

/// Why the index could not be opened, changed or searched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory of the index can't be created, read or cleared.
    #[error("search index directory `{}` cannot be used: check that it may be written and that the disk is not full", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another index is open on the same directory.
    #[error("search index `{}` is held by another process: stop that one first", .path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The index on disk failed while it was read or written.
    #[error("search index cannot be read or written")]
    Tantivy(#[from] TantivyError),
    /// [`SlotSort::Distance`](openslots_model::SlotSort::Distance) without a place.
    #[error("sorting by distance needs a place to measure from")]
    DistanceWithoutPlace,
    /// [`SlotSort::Relevance`](openslots_model::SlotSort::Relevance) without a word.
    #[error("sorting by relevance needs free text to compare with")]
    RelevanceWithoutText,
    /// More words than a search takes.
    #[error("free text has {n_words} words, at most {limit} are searched for at once: leave some out")]
    TooManyWords {
        /// Distinct words given.
        n_words: usize,
        /// The limit.
        limit: usize,
    },
    /// The documents could not be reopened after a rebuild that the disk failed in.
    #[error("the search index was lost while it was rebuilt; start again to build it anew")]
    Lost,
}

impl Error {
    /// Whether the query is at fault (tell the asker) and not the index (tell the operator).
    pub const fn is_bad_query(&self) -> bool {
        matches!(self, Self::DistanceWithoutPlace | Self::RelevanceWithoutText | Self::TooManyWords { .. })
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Tantivy(error.into())
    }
}
