//! Gathers lines until there are enough to stage.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::sync::Arc;

use openslots_model::{Issue, KnownLine, LineBatch, LineEntry, SlotTraits, StagedContent};
use rustc_hash::{FxHashMap, FxHasher};

/// A batch is staged when its lines have this many bytes: some sixty slots, which stay in the processor's cache until they
/// are compressed, in memory of a size that threads keep for themselves (32 KiB).
const FULL_BYTES: usize = 28 * 1024;
/// A batch is staged when it has this many lines.
const FULL_LINES: usize = 512;
/// Room for lines at first: slots mostly have half a kilobyte.
const USUAL_LINES: usize = 64;
/// Traits that are recognised without a look at what they are.
const MAX_RECENT: usize = 8;

/// A batch that is being filled.
#[derive(Debug, Default)]
pub(crate) struct BatchBuilder {
    batch: LineBatch,
    /// The traits that were interned last, with their indices: slots that agree mostly share one.
    recent: VecDeque<(Arc<SlotTraits>, u32)>,
    /// Index of each combination of traits in the batch, by its hash.
    traits: FxHashMap<u64, u32>,
    hasher: BuildHasherDefault<FxHasher>,
}

impl BatchBuilder {
    pub(crate) fn is_full(&self) -> bool {
        self.batch.raw.len() >= FULL_BYTES || self.batch.entries.len() >= FULL_LINES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batch.entries.is_empty() && self.batch.issues.is_empty()
    }

    /// The batch; a new one begins.
    pub(crate) fn take(&mut self) -> LineBatch {
        self.recent.clear();
        self.traits.clear();
        std::mem::take(&mut self.batch)
    }

    pub(crate) fn keep(&mut self, line: KnownLine) {
        self.batch.entries.push(LineEntry::Kept(line));
    }

    pub(crate) fn reject(&mut self, hash: u64) {
        self.batch.entries.push(LineEntry::Rejected { hash });
    }

    /// Takes a line. It is shorter than 4 GiB, as [`crate::CrawlLimits::max_line_bytes`] says.
    pub(crate) fn accept(&mut self, hash: u64, raw: &[u8], content: StagedContent) {
        if self.batch.raw.capacity() == 0 {
            self.batch.raw.reserve(FULL_BYTES + FULL_BYTES / 8);
            self.batch.entries.reserve(USUAL_LINES);
        }
        self.batch.raw.extend_from_slice(raw);
        self.batch.entries.push(LineEntry::Accepted { hash, n_bytes: raw.len() as u32, content });
    }

    pub(crate) fn note(&mut self, issue: Issue) {
        self.batch.issues.push(issue);
    }

    /// The index of a combination of traits in this batch.
    pub(crate) fn intern(&mut self, traits: &Arc<SlotTraits>) -> u32 {
        if let Some((_, index)) = self.recent.iter().find(|(recent, _)| Arc::ptr_eq(recent, traits)) {
            return *index;
        }
        let index = self.index_of(traits);
        self.recent.truncate(MAX_RECENT - 1);
        self.recent.push_front((Arc::clone(traits), index));
        index
    }

    fn index_of(&mut self, traits: &SlotTraits) -> u32 {
        let hash = self.hasher.hash_one(traits);
        if let Some(index) = self.traits.get(&hash)
            && self.batch.traits[*index as usize] == *traits
        {
            return *index;
        }
        // Of two combinations with one hash each is added whenever it follows the other: once too often does no harm.
        let index = self.batch.traits.len() as u32;
        self.batch.traits.push(traits.clone());
        self.traits.insert(hash, index);
        index
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{BookingMethod, SlotStatus};

    use super::*;

    #[test]
    fn equal_traits_share_a_number_within_a_batch() {
        let traits = |duration_seconds| SlotTraits {
            status: SlotStatus::Free,
            duration_seconds,
            booking: BookingMethod::Online,
            is_full: false,
            appointment_types: vec![],
            accepting_patients: vec![],
            service_types: vec![],
            specialties: vec![],
            languages: vec![],
        };
        let mut builder = BatchBuilder::default();
        let numbers = [900, 1_800, 900, 1_800].map(|seconds| builder.intern(&Arc::new(traits(seconds))));
        assert_eq!(numbers, [0, 1, 0, 1]);
        assert_eq!(builder.take().traits, [traits(900), traits(1_800)]);
        assert_eq!(builder.intern(&Arc::new(traits(1_800))), 0);
    }
}
