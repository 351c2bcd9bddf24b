//! `index.json`: the files of a whole export, with what tells that each has arrived whole.

use std::collections::BTreeMap;

use openslots_model::UnixSeconds;
use serde::{Deserialize, Serialize};

use super::part::Sealed;
use super::{Choice, Format};

/// Its name.
pub(crate) const INDEX: &str = "index.json";

/// The files of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    /// The program that wrote it.
    pub(crate) generator: String,
    pub(crate) format: Format,
    /// The moment that it shows.
    pub(crate) as_of: String,
    /// The same exactly as long as what is exported is.
    pub(crate) generation: String,
    /// First and last local day that was asked for.
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) files: Vec<Entry>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Where it is below the directory, with `/`.
    pub path: String,
    /// The table that it is of; none of documents.
    pub table: Option<String>,
    /// The day that it is of: of slots the local one, of events that of UTC.
    pub date: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl Entry {
    pub(crate) fn new(path: String, table: Option<&str>, date: Option<String>, sealed: Sealed) -> Self {
        Self {
            path,
            table: table.map(str::to_owned),
            date,
            rows: sealed.n_rows,
            bytes: sealed.n_bytes,
            sha256: hex(&sealed.sha256),
        }
    }
}

impl Index {
    /// An index that names no files yet.
    pub(crate) fn begin(format: Format, as_of: UnixSeconds, generation: String, choice: Choice) -> Self {
        Self {
            generator: format!("openslots {}", env!("CARGO_PKG_VERSION")),
            format,
            as_of: as_of.to_string(),
            generation,
            from: choice.from.map(|day| day.to_string()),
            to: choice.to.map(|day| day.to_string()),
            files: Vec::new(),
        }
    }

    /// Rows of slots, of now or of a past instant.
    pub(crate) fn n_slots(&self) -> u64 {
        let is_of_slots = |entry: &&Entry| matches!(entry.table.as_deref(), Some("slots" | "past_slots"));
        self.files.iter().filter(is_of_slots).map(|entry| entry.rows).sum()
    }

    /// Its files by their paths.
    pub(crate) fn by_path(self) -> BTreeMap<String, Entry> {
        self.files.into_iter().map(|entry| (entry.path.clone(), entry)).collect()
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
