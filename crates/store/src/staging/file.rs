//! One output file on its way in: its lines in order, the new ones in compressed blocks.

use std::sync::Arc;

use openslots_fhir::resource::Resource;
use openslots_model::{LineBatch, LineEntry, StagedContent};

use super::facts::{FactWriter, SlotFact};
use super::issue_log::IssueLog;
use super::spool::Piece;
use crate::Result;
use crate::block::{BlockBuilder, BlockCodec};

/// What became of some consecutive lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryRun {
    /// As before, with consecutive tokens.
    Kept { first: u64, n: u64 },
    /// New or different.
    Accepted { n: u64 },
    /// Not taken.
    Rejected { n: u64 },
}

impl EntryRun {
    pub(crate) const fn n(&self) -> u64 {
        match self {
            Self::Kept { n, .. } | Self::Accepted { n } | Self::Rejected { n } => *n,
        }
    }
}

/// A block of accepted lines in the spool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StagedBlock {
    pub(crate) n_lines: u32,
    pub(crate) facts: Piece,
    pub(crate) data: Piece,
}

/// A file may hold slots or other resources, never both: the manifest names one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Slots,
    Resources,
}

/// Numbers of a batch's schedules (one for each entry that is a slot) and traits in the run's own count.
#[derive(Debug)]
pub(crate) struct BatchNumbers {
    pub(crate) schedules: Vec<u32>,
    pub(crate) traits: Vec<u32>,
}

/// The lines of one file so far.
#[derive(Debug, Default)]
pub(crate) struct FileStage {
    pub(crate) entries: Vec<EntryRun>,
    pub(crate) n_lines: u64,
    /// Hashes of all lines, 8 bytes each.
    pub(crate) hashes: Vec<Piece>,
    pub(crate) blocks: Vec<StagedBlock>,
    pub(crate) content: Option<Content>,
    pub(crate) issues: IssueLog,
    /// A batch could not be staged: nothing of this file can be committed.
    pub(crate) is_broken: bool,
    /// The resources of its first accepted lines, parsed.
    pub(crate) ahead: Vec<Arc<Resource>>,
    pending: BlockBuilder,
    pending_facts: FactWriter,
}

/// Why a batch does not fit.
pub(crate) type Misfit = String;

impl FileStage {
    /// Bytes of lines that wait for their block to fill.
    pub(crate) const fn n_pending_bytes(&self) -> usize {
        self.pending.n_bytes()
    }

    /// Takes the next lines. The outer error is the system's, the inner one the caller's.
    pub(crate) fn take(
        &mut self,
        batch: LineBatch,
        numbers: &BatchNumbers,
        codec: &BlockCodec,
        out: &mut SpoolWriter,
    ) -> Result<Result<(), Misfit>> {
        let mut raw = batch.raw.as_slice();
        let mut schedules = numbers.schedules.iter();
        let mut hashes = Vec::with_capacity(batch.entries.len() * 8);
        for entry in &batch.entries {
            let (run, hash) = match entry {
                LineEntry::Kept(known) if known.token.0 == 0 => return Ok(Err("a kept line has no token".to_owned())),
                LineEntry::Kept(known) => (EntryRun::Kept { first: known.token.0, n: 1 }, known.hash),
                LineEntry::Rejected { hash } => (EntryRun::Rejected { n: 1 }, *hash),
                LineEntry::Accepted { hash, n_bytes, content } => {
                    let line = match raw.split_at_checked(*n_bytes as usize) {
                        Some((line, rest)) if !line.is_empty() => {
                            raw = rest;
                            line
                        }
                        _ => return Ok(Err("the bytes of a batch do not fit its lines".to_owned())),
                    };
                    if self.pending.is_full_for(line.len()) {
                        self.close_block(codec, out)?;
                    }
                    self.pending.push(line);
                    let found = match content {
                        StagedContent::Slot { id, start, traits, .. } => {
                            let (Some(schedule), Some(traits)) =
                                (schedules.next(), numbers.traits.get(*traits as usize))
                            else {
                                return Ok(Err("a slot names traits that its batch does not hold".to_owned()));
                            };
                            let (schedule, traits) = (*schedule, *traits);
                            self.pending_facts.put_slot(&SlotFact {
                                id: *id,
                                hash: *hash,
                                schedule,
                                start: *start,
                                traits,
                            });
                            Content::Slots
                        }
                        StagedContent::Resource { resource, references } => {
                            self.pending_facts.put_resource(*hash, resource, references);
                            Content::Resources
                        }
                    };
                    if *self.content.get_or_insert(found) != found {
                        return Ok(Err("a file holds slots and other resources".to_owned()));
                    }
                    (EntryRun::Accepted { n: 1 }, *hash)
                }
            };
            self.push_entry(run);
            hashes.extend_from_slice(&hash.to_le_bytes());
        }
        if !raw.is_empty() {
            return Ok(Err("the bytes of a batch do not fit its lines".to_owned()));
        }
        self.n_lines += batch.entries.len() as u64;
        self.hashes.push(out.put(&hashes));
        for issue in batch.issues {
            self.issues.add(issue);
        }
        Ok(Ok(()))
    }

    fn push_entry(&mut self, run: EntryRun) {
        match (self.entries.last_mut(), run) {
            (Some(EntryRun::Kept { first, n }), EntryRun::Kept { first: next, .. }) if *first + *n == next => *n += 1,
            (Some(EntryRun::Accepted { n }), EntryRun::Accepted { .. })
            | (Some(EntryRun::Rejected { n }), EntryRun::Rejected { .. }) => *n += 1,
            _ => self.entries.push(run),
        }
    }

    /// Compresses what waits into a block of its own.
    pub(crate) fn close_block(&mut self, codec: &BlockCodec, out: &mut SpoolWriter) -> Result<()> {
        if self.pending.n_lines() == 0 {
            return Ok(());
        }
        let n_lines = self.pending.n_lines() as u32;
        let facts = out.put(self.pending_facts.bytes());
        self.pending_facts.clear();
        let data = out.put(&self.pending.finish(codec)?);
        self.blocks.push(StagedBlock { n_lines, facts, data });
        Ok(())
    }

    /// Moves pieces that were put into a [`SpoolWriter`] to where its bytes have come to lie.
    fn settle(&mut self, from_block: usize, from_hashes: usize, base: u64) {
        for block in &mut self.blocks[from_block..] {
            block.facts.offset += base;
            block.data.offset += base;
        }
        for piece in &mut self.hashes[from_hashes..] {
            piece.offset += base;
        }
    }

    /// Runs `work`, which puts pieces of this file into a writer, and appends what was put to the spool: one short hold
    /// of the spool's lock for each batch, while files are packed side by side.
    pub(crate) fn spooled<T>(
        &mut self,
        append: impl FnOnce(&[u8]) -> Result<u64>,
        work: impl FnOnce(&mut Self, &mut SpoolWriter) -> Result<T>,
    ) -> Result<T> {
        let (from_block, from_hashes) = (self.blocks.len(), self.hashes.len());
        let mut out = SpoolWriter::default();
        let done = work(self, &mut out)?;
        let base = append(&out.bytes)?;
        self.settle(from_block, from_hashes, base);
        Ok(done)
    }
}

/// Bytes on their way to the spool.
#[derive(Debug, Default)]
pub(crate) struct SpoolWriter {
    bytes: Vec<u8>,
}

impl SpoolWriter {
    /// Appends bytes; the piece's offset counts from this writer's beginning.
    fn put(&mut self, bytes: &[u8]) -> Piece {
        let piece = Piece { offset: self.bytes.len() as u64, n_bytes: bytes.len() as u32 };
        self.bytes.extend_from_slice(bytes);
        piece
    }
}
