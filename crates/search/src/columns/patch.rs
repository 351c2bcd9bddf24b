//! Changing columns: the touched chunks are built anew, all others stay shared.

use std::cmp::Ordering;

use openslots_model::{ResourceNumber, SlotRecord, SlotRow};

use super::build::ChunkBuilder;
use super::{CHUNK_LEN, Columns, Slot, Slots, TraitsKinds};

impl Columns {
    /// Removes and adds slots, in any order. Removing a row that is not there changes nothing.
    pub(crate) fn patch(
        &mut self,
        mut added: Vec<SlotRecord>,
        mut removed: Vec<(ResourceNumber, SlotRow)>,
        kinds: &TraitsKinds,
    ) {
        added.sort_unstable_by_key(|record| (record.schedule, Slot::from(record)));
        removed.sort_unstable();
        let (mut added, mut removed) = (added.as_slice(), removed.as_slice());
        while let Some(chunk_index) = next_chunk(added, removed) {
            if chunk_index >= self.chunks.len() {
                self.make_room(chunk_index + 1);
            }
            let old = self.chunks[chunk_index].take();
            let first_schedule = chunk_index * CHUNK_LEN;
            let last = first_schedule + CHUNK_LEN - 1;
            let chunk_added = take_while(&mut added, |record| record.schedule.0 as usize <= last);
            let mut chunk_removed = take_while(&mut removed, |(schedule, _)| schedule.0 as usize <= last);
            let n_old = old.as_ref().map_or(0, |chunk| chunk.starts.len());
            let mut chunk = ChunkBuilder::with_capacity(n_old + chunk_added.len(), kinds, self.summed_as_of);
            let mut chunk_added = chunk_added;
            for place in 0..CHUNK_LEN {
                let schedule = (first_schedule + place) as u32;
                let has_windows = self.has_windows(schedule as usize);
                let slots = old.as_ref().map(|chunk| chunk.slots(place, has_windows));
                let added = take_while(&mut chunk_added, |record| record.schedule.0 == schedule);
                let removed = take_while(&mut chunk_removed, |(number, _)| number.0 == schedule);
                match slots {
                    Some(slots) if added.is_empty() && removed.is_empty() => chunk.extend_from(slots),
                    _ => merge(slots, added, removed, &mut chunk),
                }
                chunk.close_schedule();
            }
            chunk.finish(self, chunk_index);
        }
    }
}

/// The first chunk that has changes left.
fn next_chunk(added: &[SlotRecord], removed: &[(ResourceNumber, SlotRow)]) -> Option<usize> {
    let added = added.first().map(|record| record.schedule);
    let removed = removed.first().map(|(schedule, _)| *schedule);
    let schedule = match (added, removed) {
        (Some(added), Some(removed)) => added.min(removed),
        (added, removed) => added.or(removed)?,
    };
    Some(schedule.0 as usize / CHUNK_LEN)
}

/// Splits the first items off, as long as they are wanted.
fn take_while<'a, T>(items: &mut &'a [T], wanted: impl Fn(&T) -> bool) -> &'a [T] {
    let (taken, rest) = items.split_at(items.iter().take_while(|item| wanted(item)).count());
    *items = rest;
    taken
}

/// Merges the slots that stay with those that come; a slot that is there already is not doubled.
fn merge(
    slots: Option<Slots<'_>>,
    added: &[SlotRecord],
    removed: &[(ResourceNumber, SlotRow)],
    chunk: &mut ChunkBuilder<'_>,
) {
    let stays = |slot: &Slot| removed.binary_search_by_key(&slot.row, |(_, row)| row.0).is_err();
    let mut old = slots.into_iter().flat_map(Slots::iter).filter(stays).peekable();
    let mut new = added.iter().map(Slot::from).peekable();
    let mut last = None;
    loop {
        let slot = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) if a.cmp(b) != Ordering::Greater => old.next(),
            (Some(_), None) => old.next(),
            (_, Some(_)) => new.next(),
            (None, None) => break,
        };
        if let Some(slot) = slot
            && last != Some(slot)
        {
            chunk.push(slot);
            last = Some(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use openslots_model::{TraitsNumber, UnixSeconds};
    use proptest::prelude::*;

    use super::super::{ColumnWindow, ColumnsBuilder, Told, TraitsKind};
    use super::*;
    use crate::answers::OwnLists;

    /// A slot whose schedule, start and traits follow from its row, as rows are never changed.
    fn record(row: u64) -> SlotRecord {
        SlotRecord {
            row: SlotRow(row),
            schedule: ResourceNumber((row * 7 % 200) as u32),
            start: UnixSeconds((row * 13 % 5) as i64 * 1_000 - 1_000),
            traits: TraitsNumber((row % 3) as u32),
        }
    }

    fn columns(rows: impl IntoIterator<Item = u64>) -> Columns {
        let mut builder = ColumnsBuilder::default();
        rows.into_iter().for_each(|row| builder.add(&record(row)));
        builder.finish(&kinds())
    }

    /// Slots of traits 1 can be booked, those of traits 2 as well, have lists of their own and are windows.
    fn kinds() -> TraitsKinds {
        let (silent, own) = (OwnLists::default(), OwnLists::of([true, false, false, true]));
        let mut kinds = TraitsKinds::default();
        for (number, (is_bookable, own)) in [(false, silent), (true, silent), (true, own)].into_iter().enumerate() {
            kinds.put(number, TraitsKind { is_bookable, own, offered_seconds: if number == 2 { 1_500 } else { 0 } });
        }
        kinds
    }

    fn slots(columns: &Columns, schedule: u32) -> Vec<Slot> {
        columns.slots(schedule).into_iter().flat_map(Slots::iter).collect()
    }

    fn content(columns: &Columns) -> BTreeMap<u32, Vec<Slot>> {
        let all = (0..300).map(|schedule| (schedule, slots(columns, schedule)));
        all.filter(|(_, slots)| !slots.is_empty()).collect()
    }

    /// Starts of those of a schedule's slots that can be booked in a window.
    fn bookable(columns: &Columns, schedule: u32, window: ColumnWindow) -> Vec<u32> {
        let is_in = |slot: &Slot| match window.before {
            Some(before) if slot.start >= before => false,
            _ if slot.start >= window.from => true,
            _ => window.look_back > 0 && slot.start + kinds().offered_seconds(slot.traits) > window.from,
        };
        let all = slots(columns, schedule).into_iter();
        all.filter(|slot| slot.traits > 0 && is_in(slot)).map(|slot| slot.start).collect()
    }

    /// What is told of schedules is so; how many tell all that there is.
    fn assert_summaries(columns: &Columns, windows: &[ColumnWindow]) -> usize {
        let mut n_told = 0;
        for schedule in 0..300 {
            let all = slots(columns, schedule);
            let has_own = all.iter().any(|slot| slot.traits == 2);
            let own = if has_own { kinds().of(2).own } else { OwnLists::default() };
            assert_eq!(columns.own_lists(schedule), own);
            let of_schedule = columns.slots(schedule);
            assert_eq!(of_schedule.is_some_and(|slots| slots.has_windows), has_own);
            let starts = all.iter().filter(|slot| slot.traits > 0).map(|slot| slot.start).collect::<Vec<_>>();
            let bookable_slots = of_schedule.into_iter().flat_map(Slots::bookable).map(|slot| slot.start);
            assert_eq!(bookable_slots.collect::<Vec<_>>(), starts);
            assert_eq!(of_schedule.map_or(0, Slots::n_bookable), starts.len());
            for window in windows {
                let want = bookable(columns, schedule, *window);
                match columns.tell(schedule, *window) {
                    Told::Nothing => assert!(want.is_empty(), "{window:?}"),
                    Told::Some { first, n } => {
                        assert_eq!(Some(&first), want.first(), "{window:?}");
                        assert!(n.is_none_or(|n| n as usize == want.len()), "{window:?}");
                        n_told += usize::from(n.is_some());
                    }
                    Told::Unknown => {}
                }
            }
        }
        n_told
    }

    #[test]
    fn what_is_asked_from_the_moment_on_that_all_is_summed_up_as_of_is_told() {
        let mut columns = columns(0..2_000);
        let now = ColumnWindow { from: 1_600, before: None, look_back: 1_500 };
        let n_before = assert_summaries(&columns, &[now]);
        columns.sum_up(now.from, &kinds());
        let with_some = (0..200).filter(|schedule| !bookable(&columns, *schedule, now).is_empty()).count();
        assert_eq!(assert_summaries(&columns, &[now]), with_some, "all that have any");
        assert!(n_before < with_some, "{n_before} of {with_some}");
    }

    proptest! {
        #[test]
        fn a_patch_gives_what_building_anew_gives(
            before in prop::collection::btree_set(0u64..2_000, 0..300),
            added in prop::collection::vec(0u64..2_000, 0..60),
            removed in prop::collection::vec(0u64..2_000, 0..60),
            moments in prop::array::uniform3(prop_oneof![0u32..5_000, Just(1_499), Just(2_500)]),
            windows in prop::collection::vec((0u32..5_000, prop::option::of(0u32..5_000), any::<bool>()), 1..6),
        ) {
            let mut old = columns(before.iter().rev().copied());
            old.sum_up(moments[0], &kinds());
            let mut new = old.clone();
            new.patch(
                added.iter().map(|row| record(*row)).collect(),
                removed.iter().map(|row| (record(*row).schedule, SlotRow(*row))).collect(),
                &kinds(),
            );
            let windows = windows.into_iter().map(|(from, before, runs)| {
                ColumnWindow { from, before, look_back: if runs { 1_500 } else { 0 } }
            });
            let windows = windows.collect::<Vec<_>>();
            assert_summaries(&new, &windows);
            moments[1..].iter().for_each(|moment| {
                new.sum_up(*moment, &kinds());
            });
            assert_summaries(&new, &windows);
            let mut after = before.clone();
            removed.iter().for_each(|row| { after.remove(row); });
            after.extend(added);
            prop_assert_eq!(content(&new), content(&columns(after.iter().copied())));
            prop_assert_eq!(new.n_slots(), after.len());
            prop_assert_eq!(content(&old), content(&columns(before)), "the old columns are as they were");
        }
    }
}
