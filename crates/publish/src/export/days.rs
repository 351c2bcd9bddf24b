//! Which slots are of which day, without holding them: lists of rows that go to a temporary file as they grow.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use openslots_model::{LocalDate, ResourceNumber, SlotRow};

use super::source::SlotPlace;

/// Bytes of a day's list that are held in memory.
const HELD_BYTES: usize = 16 * 1024;
/// Bytes of one entry: row and number of the schedule.
const ENTRY_BYTES: usize = 12;

/// Slots by day, each day's in the order they were added in.
pub(crate) struct Days {
    spill: File,
    spilled_bytes: u64,
    days: BTreeMap<LocalDate, Day>,
}

#[derive(Default)]
struct Day {
    /// Where its earlier pieces are in the temporary file, each of [`HELD_BYTES`] or a little less.
    pieces: Vec<u64>,
    held: Vec<u8>,
}

/// A slot of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) row: SlotRow,
    pub(crate) schedule: ResourceNumber,
}

const PIECE_BYTES: usize = HELD_BYTES / ENTRY_BYTES * ENTRY_BYTES;

impl Days {
    /// No slots; `spill` is an empty file that is read and written.
    pub(crate) const fn new(spill: File) -> Self {
        Self { spill, spilled_bytes: 0, days: BTreeMap::new() }
    }

    /// Adds a slot to a day.
    pub(crate) fn push(&mut self, day: LocalDate, slot: SlotPlace) -> io::Result<()> {
        let list = self.days.entry(day).or_default();
        list.held.extend_from_slice(&slot.row.0.to_le_bytes());
        list.held.extend_from_slice(&slot.schedule.0.to_le_bytes());
        if list.held.len() == PIECE_BYTES {
            self.spill.write_all(&list.held)?;
            list.pieces.push(self.spilled_bytes);
            list.held.clear();
            self.spilled_bytes += PIECE_BYTES as u64;
        }
        Ok(())
    }

    /// The days that have slots.
    pub(crate) fn days(&self) -> Vec<LocalDate> {
        self.days.keys().copied().collect()
    }

    /// Calls back with each slot of a day, piece by piece, until one fails.
    pub(crate) fn for_each<E: From<io::Error>>(
        &mut self,
        day: LocalDate,
        mut visit: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(list) = self.days.get(&day) else { return Ok(()) };
        let mut piece = vec![0; PIECE_BYTES];
        for begin in &list.pieces {
            self.spill.seek(SeekFrom::Start(*begin))?;
            self.spill.read_exact(&mut piece)?;
            piece.chunks_exact(ENTRY_BYTES).filter_map(entry).try_for_each(&mut visit)?;
        }
        list.held.chunks_exact(ENTRY_BYTES).filter_map(entry).try_for_each(&mut visit)
    }
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let (row, schedule) = bytes.split_first_chunk()?;
    let schedule = u32::from_le_bytes(schedule.try_into().ok()?);
    Some(Entry { row: SlotRow(u64::from_le_bytes(*row)), schedule: ResourceNumber(schedule) })
}

#[cfg(test)]
mod tests {
    use openslots_model::UnixSeconds;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_slot_comes_back_on_its_day_and_in_its_order(
            runs in proptest::collection::vec((-3i32..4, 1usize..3_000), 0..12),
        ) {
            let mut days = Days::new(tempfile::tempfile().unwrap());
            let mut want: BTreeMap<LocalDate, Vec<Entry>> = BTreeMap::new();
            let mut row = 0;
            for (day, n) in runs {
                for _ in 0..n {
                    row += 3;
                    let entry = Entry { row: SlotRow(row), schedule: ResourceNumber(row as u32 % 17) };
                    let slot = SlotPlace { row: entry.row, schedule: entry.schedule, start: UnixSeconds(0) };
                    days.push(LocalDate(day), slot).unwrap();
                    want.entry(LocalDate(day)).or_default().push(entry);
                }
            }
            prop_assert_eq!(days.days(), want.keys().copied().collect::<Vec<_>>());
            for (day, entries) in want {
                let mut got = Vec::new();
                days.for_each(day, |entry| { got.push(entry); Ok::<_, io::Error>(()) }).unwrap();
                prop_assert_eq!(got, entries);
            }
        }
    }
}
