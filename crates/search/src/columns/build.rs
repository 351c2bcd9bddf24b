//! Building columns, whole or chunk by chunk.

use std::mem;
use std::sync::Arc;

use openslots_model::SlotRecord;

use super::{
    Bits, CHUNK_LEN, Chunk, Columns, Narrow, OwnLists, Packed, Slot, Slots, Starts, Summary, TraitsKinds, column_start,
};

impl From<&SlotRecord> for Slot {
    fn from(record: &SlotRecord) -> Self {
        Self { start: column_start(record.start), row: record.row.0, traits: record.traits.0 }
    }
}

/// A chunk under construction: schedules are closed one after the other.
pub(super) struct ChunkBuilder<'a> {
    kinds: &'a TraitsKinds,
    /// The moment that schedules are summed up as of.
    as_of: u32,
    summaries: Vec<Summary>,
    own: Vec<OwnLists>,
    ends: Vec<u32>,
    with_windows: u64,
    starts: Vec<u32>,
    traits: Vec<u32>,
    rows: Vec<u64>,
}

impl<'a> ChunkBuilder<'a> {
    pub(super) fn with_capacity(n_slots: usize, kinds: &'a TraitsKinds, as_of: u32) -> Self {
        Self {
            kinds,
            as_of,
            summaries: Vec::with_capacity(CHUNK_LEN),
            own: Vec::with_capacity(CHUNK_LEN),
            ends: Vec::with_capacity(CHUNK_LEN),
            with_windows: 0,
            starts: Vec::with_capacity(n_slots),
            traits: Vec::with_capacity(n_slots),
            rows: Vec::with_capacity(n_slots),
        }
    }

    pub(super) fn push(&mut self, slot: Slot) {
        self.starts.push(slot.start);
        self.traits.push(slot.traits);
        self.rows.push(slot.row);
    }

    pub(super) fn extend_from(&mut self, slots: Slots<'_>) {
        slots.iter().for_each(|slot| self.push(slot));
    }

    /// Closes the schedule that slots were pushed for.
    pub(super) fn close_schedule(&mut self) {
        let from = self.ends.last().map_or(0, |end| *end as usize);
        let (mut own, mut has_windows) = (OwnLists::default(), false);
        for traits in &self.traits[from..] {
            let kind = self.kinds.of(*traits);
            own = own.and(kind.own);
            has_windows |= kind.offered_seconds > 0;
        }
        let slots = self.starts[from..].iter().copied().zip(self.traits[from..].iter().copied());
        self.with_windows |= u64::from(has_windows) << self.summaries.len();
        self.summaries.push(Summary::of(slots, self.kinds, self.as_of));
        self.own.push(own);
        self.ends.push(self.rows.len() as u32);
    }

    /// Puts the chunk at its place in columns that have one, `None` if it holds no slot, and what sums its schedules up.
    /// Schedules that were not closed are empty.
    pub(super) fn finish(self, columns: &mut Columns, place: usize) {
        let mut summaries = [Summary::default(); CHUNK_LEN];
        summaries[..self.summaries.len()].copy_from_slice(&self.summaries);
        columns.summaries[place] = (!self.starts.is_empty()).then(|| Arc::new(summaries));
        let own = &mut columns.own[place];
        *own = [OwnLists::default(); CHUNK_LEN];
        own[..self.own.len()].copy_from_slice(&self.own);
        columns.with_windows[place] = self.with_windows;
        columns.chunks[place] = self.into_chunk();
    }

    fn into_chunk(self) -> Option<Arc<Chunk>> {
        if self.starts.is_empty() {
            return None;
        }
        let mut ends = [self.starts.len() as u32; CHUNK_LEN];
        ends[..self.ends.len()].copy_from_slice(&self.ends);
        let is_bookable = |traits: &u32| self.kinds.of(*traits).is_bookable;
        let chunk = Chunk {
            ends,
            starts: Starts::of(&self.starts),
            bookable: Bits::of(self.traits.iter().map(is_bookable)),
            traits: Narrow::of(self.traits.iter().copied()),
            rows: Packed::of(&self.rows),
        };
        Some(Arc::new(chunk))
    }
}

/// Takes slots in any order and makes columns of them.
///
/// Slots wait in a list for each schedule, 16 bytes each and the list's slack; as the columns of a chunk are made, the
/// lists of its schedules are freed, so the peak is not twice the columns.
#[derive(Default)]
pub(crate) struct ColumnsBuilder {
    schedules: Vec<Vec<Slot>>,
}

impl ColumnsBuilder {
    /// Adds a slot.
    pub(crate) fn add(&mut self, record: &SlotRecord) {
        let schedule = record.schedule.0 as usize;
        if schedule >= self.schedules.len() {
            self.schedules.resize_with(schedule + 1, Vec::new);
        }
        self.schedules[schedule].push(record.into());
    }

    /// The columns of all slots added.
    pub(crate) fn finish(mut self, kinds: &TraitsKinds) -> Columns {
        let mut columns = Columns::default();
        columns.make_room(self.schedules.len().div_ceil(CHUNK_LEN));
        for (place, schedules) in self.schedules.chunks_mut(CHUNK_LEN).enumerate() {
            let mut chunk =
                ChunkBuilder::with_capacity(schedules.iter().map(Vec::len).sum(), kinds, columns.summed_as_of);
            for slots in schedules {
                let mut slots = mem::take(slots);
                slots.sort_unstable();
                slots.dedup();
                slots.into_iter().for_each(|slot| chunk.push(slot));
                chunk.close_schedule();
            }
            chunk.finish(&mut columns, place);
        }
        columns
    }
}
