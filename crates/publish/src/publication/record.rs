//! What is kept of a publication: the present generation and its increments.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use openslots_model::{PublisherSlug, ResourceKind, UnixSeconds};
use serde::{Deserialize, Serialize};

use super::ndjson_file::Encoding;
use crate::Error;

/// Raised when lines are written otherwise for the same data: what was published is then written anew.
const FORMAT: u32 = 1;

/// The name of a file: it says what is in it and the generation in which that last changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

impl FileName {
    pub(super) fn of(text: String) -> Self {
        Self(text)
    }

    /// The name under which it is kept in an encoding.
    pub(super) fn on_disk(&self, encoding: Encoding) -> String {
        format!("{}.ndjson.{}", self.0, encoding.extension())
    }

    /// What it says but the generation.
    pub(super) fn prefix(&self) -> &str {
        self.0.rsplit_once('-').map_or(&self.0, |(prefix, _)| prefix)
    }

    pub(super) fn members(&self) -> String {
        format!("{}.members", self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for FileName {
    type Err = String;

    /// Letters, digits and hyphens only: no name leads out of the directory.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if text.is_empty() || text.len() > 120 || !text.bytes().all(is_legal) {
            return Err("a file of a publication is named by letters, digits and hyphens".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// A file of resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// What it holds.
    pub kind: ResourceKind,
    /// The states it is for, as two letters each.
    pub states: Vec<String>,
    /// Its name.
    pub name: FileName,
    /// Its lines.
    pub n_lines: u64,
    /// Its bytes, not compressed.
    pub n_bytes: u64,
    /// What it was made of, as one number.
    #[serde(default)]
    pub(super) fingerprint: u64,
}

/// What changed from one generation to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Increment {
    /// The generation before.
    pub after: u64,
    /// The generation that it leads to.
    pub generation: u64,
    /// As of when.
    pub transaction_time: UnixSeconds,
    /// What is new or changed.
    pub outputs: Vec<OutputFile>,
    /// What went, if anything did.
    pub deleted: Option<FileName>,
}

/// When the lines of a publisher say that its data were last known true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sync {
    pub(super) publisher: PublisherSlug,
    pub(super) synced_at: UnixSeconds,
}

/// A generation, and the increments that led to it as far as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    base_url: String,
    /// Its number: the second it was made in.
    pub generation: u64,
    /// As of when.
    pub transaction_time: UnixSeconds,
    /// All files, by type and state.
    pub outputs: Vec<OutputFile>,
    /// The increments that are kept, the oldest first, the last one leading to this generation.
    pub increments: Vec<Increment>,
    pub(super) syncs: Vec<Sync>,
}

impl Record {
    pub(super) fn new(base_url: &str, generation: u64, transaction_time: UnixSeconds) -> Self {
        Self {
            format: FORMAT,
            base_url: base_url.to_owned(),
            generation,
            transaction_time,
            outputs: Vec::new(),
            increments: Vec::new(),
            syncs: Vec::new(),
        }
    }

    /// Reads a record; `None` where it is of another format or address, or lacks files.
    pub(super) fn read(bytes: &[u8], base_url: &str, directory: &Path) -> Option<Self> {
        let record: Self = serde_json::from_slice(bytes).ok()?;
        let is_whole = record.outputs.iter().all(|output| {
            directory.join(output.name.members()).is_file()
                && Encoding::ALL.into_iter().all(|encoding| directory.join(output.name.on_disk(encoding)).is_file())
        });
        let is_ours = record.format == FORMAT && record.base_url == base_url && is_whole;
        if !is_ours {
            tracing::warn!(directory = %directory.display(), "the publication is made anew");
        }
        is_ours.then_some(record)
    }

    /// Writes it in the place of the one before, at once.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |source| Error::Directory { path: path.to_owned(), source };
        let bytes = serde_json::to_vec(self)?;
        let temporary = path.with_extension("tmp");
        let mut file = File::create(&temporary).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&temporary, path).map_err(failed)
    }

    /// Names of all files that may be asked for.
    pub fn files(&self) -> impl Iterator<Item = &FileName> {
        let of_increments = self
            .increments
            .iter()
            .flat_map(|increment| increment.outputs.iter().map(|output| &output.name).chain(&increment.deleted));
        self.outputs.iter().map(|output| &output.name).chain(of_increments)
    }

    /// Bytes of all files of the generation, not compressed.
    pub fn n_bytes(&self) -> u64 {
        self.outputs.iter().map(|output| output.n_bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_directory() {
        for (text, is_name) in [
            ("Slot-MA-1790000000", true),
            ("deleted-1790000000", true),
            ("../openslots", false),
            ("Slot/MA", false),
            ("Slot.MA", false),
            ("", false),
            ("%2e%2e", false),
        ] {
            assert_eq!(text.parse::<FileName>().is_ok(), is_name, "{text}");
        }
        assert!("a".repeat(121).parse::<FileName>().is_err());
    }
}
