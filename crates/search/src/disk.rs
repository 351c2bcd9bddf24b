//! The directory of the index: opening it, clearing it, committing to it.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use openslots_directory::vocabulary::{Specialty, specialties};
use openslots_model::{ChangeSeq, ProviderLocation, ProviderLocationNumber};
use rustc_hash::FxHasher;
use tantivy::directory::error::LockError;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, MergePolicy, NoMergePolicy, UserOperation};
use tantivy::{
    Directory, FutureResult, Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, SegmentMeta, TantivyError,
};

use crate::Error;
use crate::documents::Fields;
use crate::state::State;

/// Raised with every change of the schema or of what the fields hold: an index of another version is built anew.
pub(crate) const SCHEMA_VERSION: u32 = 4;

/// First word of a commit's payload, which is `openslots-search <schema version> <vocabulary hash> <change>`.
const PAYLOAD_NAME: &str = "openslots-search";

/// Each thread that has documents makes a segment of its own with every commit: with two, twice as many are written and
/// merged.
const N_WRITER_THREADS: usize = 1;
const WRITER_HEAP_BYTES_PER_THREAD: usize = 50_000_000;

/// So many segments are left alone at rest. A text asks each of its words of each field of each segment.
const MAX_SEGMENTS_AT_REST: usize = 4;
/// So many are left alone while commits follow each other.
const MAX_SEGMENTS: usize = 32;

/// Operations handed to tantivy at once; those of a batch end up in one segment.
const BATCH_LEN: usize = 512;

/// Segments that are being merged.
pub(crate) type Merge = FutureResult<Option<SegmentMeta>>;

/// The documents on disk.
pub(crate) struct Disk {
    fields: Fields,
    reader: IndexReader,
    writer: IndexWriter,
    batch: Vec<UserOperation>,
    /// The last that was begun because there were too many segments.
    merge: Option<Merge>,
    /// Whether all segments are being merged.
    is_settling: bool,
    /// Whether the documents are known to differ from what they should be; every commit then says so.
    is_untrusted: bool,
    /// Whether all documents were removed since the last commit: what is committed next is written anew.
    is_cleared: bool,
}

impl Disk {
    /// Opens the index in a directory; also the last change that its documents hold, or `None` if it is new or had to
    /// be cleared.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<ChangeSeq>), Error> {
        let directory_error = |source| Error::Directory { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(directory_error)?;
        check_free(path)?;
        let (schema, fields) = Fields::schema();
        let (index, seq) = match open_intact(path) {
            Ok((index, seq)) => (index, Some(seq)),
            Err(reason) => {
                if is_used(path) {
                    tracing::warn!(index.path = %path.display(), reason, "search index is built anew");
                }
                clear(path).map_err(directory_error)?;
                (Index::create_in_dir(path, schema).map_err(|error| opening_error(path, error))?, None)
            }
        };
        let options = IndexWriterOptions::builder()
            .num_worker_threads(N_WRITER_THREADS)
            .memory_budget_per_thread(WRITER_HEAP_BYTES_PER_THREAD)
            .num_merge_threads(1)
            .build();
        let writer = index.writer_with_options(options).map_err(|error| opening_error(path, error))?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let reader = reader(&index)?;
        let (batch, merge) = (Vec::new(), None);
        let (is_settling, is_untrusted, is_cleared) = Default::default();
        Ok((Self { fields, reader, writer, batch, merge, is_settling, is_untrusted, is_cleared }, seq))
    }

    pub(crate) const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Documents as of the last [`Disk::reload`].
    pub(crate) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// Makes the last commit searchable.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        Ok(self.reader.reload()?)
    }

    /// Adds the document of a provider location, which the state already holds.
    pub(crate) fn add(
        &mut self,
        state: &State,
        number: ProviderLocationNumber,
        provider_location: &ProviderLocation,
    ) -> Result<(), Error> {
        self.push(UserOperation::Add(self.fields.document(state, number, provider_location)))
    }

    /// Removes the document of a provider location, if there is one.
    pub(crate) fn remove(&mut self, number: ProviderLocationNumber) -> Result<(), Error> {
        self.push(UserOperation::Delete(self.fields.number_term(number)))
    }

    /// Removes all documents.
    pub(crate) fn remove_all(&mut self) -> Result<(), Error> {
        self.batch.clear();
        self.writer.delete_all_documents()?;
        self.is_cleared = true;
        Ok(())
    }

    fn push(&mut self, operation: UserOperation) -> Result<(), Error> {
        self.batch.push(operation);
        if self.batch.len() >= BATCH_LEN { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.writer.run(std::mem::take(&mut self.batch))?;
        Ok(())
    }

    /// Writes everything to disk, with the change that it brings the documents to.
    pub(crate) fn commit(&mut self, seq: ChangeSeq) -> Result<(), Error> {
        self.flush()?;
        let is_untrusted = self.is_untrusted && !self.is_cleared;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&payload(Some(seq).filter(|_| !is_untrusted)));
        commit.commit()?;
        (self.is_untrusted, self.is_cleared) = (is_untrusted, false);
        self.merge_if_too_many()
    }

    /// Makes the next start build the documents anew, whatever is committed until then, unless all of them are written
    /// anew before.
    pub(crate) fn distrust(&mut self, seq: ChangeSeq) -> Result<(), Error> {
        self.is_untrusted = true;
        self.commit(seq)
    }

    /// Begins to merge segments of like size, if there are too many.
    fn merge_if_too_many(&mut self) -> Result<(), Error> {
        let n_segments = self.writer.index().searchable_segment_ids()?.len();
        let n_bearable = if self.merge.is_some() { 2 * MAX_SEGMENTS } else { MAX_SEGMENTS };
        if self.is_settling || n_segments <= n_bearable {
            return Ok(());
        }
        // Begun many commits ago. Two at once might want the same segments.
        if let Some(before) = self.merge.take()
            && let Err(error) = before.wait()
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "segments of the search index are not merged");
        }
        let segments = self.writer.index().searchable_segment_metas()?;
        let candidate = LogMergePolicy::default().compute_merge_candidates(&segments).into_iter().next();
        self.merge = candidate.map(|candidate| self.writer.merge(&candidate.0));
        Ok(())
    }

    /// Whether there are more segments than should be at rest. If so no others are merged before
    /// [`Disk::end_settling`]; what was begun before is given, to be waited for.
    pub(crate) fn begin_settling(&mut self) -> Result<Option<Option<Merge>>, Error> {
        if self.is_settling || self.writer.index().searchable_segment_ids()?.len() <= MAX_SEGMENTS_AT_REST {
            return Ok(None);
        }
        self.is_settling = true;
        Ok(Some(self.merge.take()))
    }

    /// Begins to make one segment of all; others may commit meanwhile.
    pub(crate) fn merge_all(&mut self) -> Result<Merge, Error> {
        let segments = self.writer.index().searchable_segment_ids()?;
        Ok(self.writer.merge(&segments))
    }

    /// From here on segments are merged as commits make too many.
    pub(crate) const fn end_settling(&mut self) {
        self.is_settling = false;
    }

    /// Forgets what was not committed.
    pub(crate) fn rollback(&mut self) -> Result<(), Error> {
        self.batch.clear();
        self.is_cleared = false;
        self.merge = None;
        self.writer.rollback()?;
        Ok(())
    }
}

fn payload(seq: Option<ChangeSeq>) -> String {
    let seq = seq.map_or("none".to_owned(), |seq| seq.to_string());
    format!("{PAYLOAD_NAME} {SCHEMA_VERSION} {:016x} {seq}", vocabulary_hash())
}

fn parse_payload(text: &str) -> Option<ChangeSeq> {
    let nothing = payload(None);
    let (same, _) = nothing.rsplit_once(' ')?;
    text.strip_prefix(same)?.strip_prefix(' ')?.parse().ok().map(ChangeSeq)
}

/// Documents hold words of the vocabulary, so they are written anew when that changes with the program.
fn vocabulary_hash() -> u64 {
    let mut hasher = FxHasher::default();
    for specialty in specialties() {
        let Specialty { key, label, snomed, nucc, services, words } = specialty;
        (key, label, snomed, nucc, services, words).hash(&mut hasher);
    }
    hasher.finish()
}

fn reader(index: &Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

/// The index as the last commit left it, or why it can't be used.
fn open_intact(path: &Path) -> Result<(Index, ChangeSeq), String> {
    let text = |error: TantivyError| error.to_string();
    let index = Index::open_in_dir(path).map_err(text)?;
    if index.schema() != Fields::schema().0 {
        return Err("its schema is another".to_owned());
    }
    let payload = index.load_metas().map_err(text)?.payload.unwrap_or_default();
    let seq = parse_payload(&payload).ok_or("its last commit is none of this version")?;
    // Damaged files make tantivy panic when they are read, so they are found first (10 MB for 200,000 documents).
    if let Some(file) = index.validate_checksum().map_err(text)?.into_iter().next() {
        return Err(format!("file {} is damaged", file.display()));
    }
    reader(&index).map_err(text)?;
    Ok((index, seq))
}

/// Makes sure that no other process writes the index, before anything in its directory is touched.
fn check_free(path: &Path) -> Result<(), Error> {
    let directory = MmapDirectory::open(path).map_err(|error| opening_error(path, error.into()))?;
    match directory.acquire_lock(&INDEX_WRITER_LOCK) {
        Ok(_) => Ok(()),
        Err(error) => Err(opening_error(path, TantivyError::LockFailure(error, None))),
    }
}

fn opening_error(path: &Path, error: TantivyError) -> Error {
    let path = path.to_owned();
    match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => Error::Locked { path },
        error => Error::Directory { path, source: io::Error::other(error) },
    }
}

fn is_used(path: &Path) -> bool {
    path.join("meta.json").exists()
}

/// Removes the files of an index, and nothing else that may lie there.
fn clear(path: &Path) -> io::Result<()> {
    for file in index_files(path)? {
        fs::remove_file(file)?;
    }
    Ok(())
}

fn index_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // The files of a segment are named by its id, 32 hexadecimal digits.
        let is_segment = name
            .split_once('.')
            .is_some_and(|(id, _)| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_segment || name == "meta.json" || name == ".managed.json" {
            files.push(entry.path());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_tell_version_and_change() {
        assert_eq!(parse_payload(&payload(Some(ChangeSeq(17)))), Some(ChangeSeq(17)));
        let of_another = |version: u32, hash: u64| format!("{PAYLOAD_NAME} {version} {hash:016x} 17");
        assert_eq!(parse_payload(&of_another(SCHEMA_VERSION, vocabulary_hash())), Some(ChangeSeq(17)));
        for text in [
            String::new(),
            PAYLOAD_NAME.to_owned(),
            payload(None),
            of_another(SCHEMA_VERSION + 1, vocabulary_hash()),
            of_another(SCHEMA_VERSION, vocabulary_hash() ^ 1),
        ] {
            assert_eq!(parse_payload(&text), None, "{text}");
        }
    }
}
