//! `index.json`: the files of a whole export, with what tells that each has arrived whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Format;
use super::part::Sealed;

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
pub(crate) struct Entry {
    /// Where it is below the directory, with `/`.
    pub(crate) path: String,
    /// The table that it is of; none of documents.
    pub(crate) table: Option<String>,
    /// The local day that it is of.
    pub(crate) date: Option<String>,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
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
    /// Its files by their paths.
    pub(crate) fn by_path(self) -> BTreeMap<String, Entry> {
        self.files.into_iter().map(|entry| (entry.path.clone(), entry)).collect()
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
