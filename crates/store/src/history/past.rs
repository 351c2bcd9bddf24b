//! What was held at a past instant: what is held now, with all that happened since undone.

use std::sync::Arc;

use openslots_model::{
    HistoryRun, PastSlot, PublicId, PublisherNumber, ResourceNumber, SlotRow, SlotState, SlotTraits, UnixSeconds,
};
use rustc_hash::FxHashMap;

use super::read::{KnownTraits, runs_since, state};
use crate::block::split_locator;
use crate::{Error, ReadSnapshot, Result};

/// Events that are undone at a time; with more, slots are taken part by part, by their ids.
const HELD_EVENTS: u64 = 1 << 20;

impl ReadSnapshot {
    /// Calls back with every slot that was held of a publisher at an instant: those whose rows are held, by row, then
    /// those that are gone.
    ///
    /// # Errors
    /// When the instant lies before what history tells, or the database cannot be read.
    pub fn slots_as_of(
        &self,
        publisher: PublisherNumber,
        at: UnixSeconds,
        mut visit: impl FnMut(PastSlot),
    ) -> Result<()> {
        if let Some(horizon) = self.history_horizon()?.filter(|horizon| at < *horizon) {
            return Err(Error::BeforeHistory { at, horizon });
        }
        let runs = runs_since(self.connection(), publisher, at.plus_seconds(1))?;
        let traits: FxHashMap<u32, Arc<SlotTraits>> =
            self.traits()?.into_iter().map(|(number, traits)| (number.0, Arc::new(traits))).collect();
        let old_blocks = self.blocks_before(runs.first())?;
        let n_parts = self.n_events(&runs)?.div_ceil(HELD_EVENTS).clamp(1, 256);
        for part in parts(n_parts) {
            let undoing = Undoing { runs: &runs, old_blocks, traits: &traits };
            self.undo(publisher, &undoing, part, &mut visit)?;
        }
        Ok(())
    }

    /// Lines in blocks below this one are as they were before a run; before none, all are.
    fn blocks_before(&self, run: Option<&HistoryRun>) -> Result<u64> {
        let Some(run) = run else { return Ok(u64::MAX) };
        let sql = "SELECT coalesce(first_block, 0) FROM history_run WHERE seq = ?1";
        Ok(self.connection().query_row(sql, [run.seq as i64], |row| row.get::<_, i64>(0))? as u64)
    }

    fn n_events(&self, runs: &[HistoryRun]) -> Result<u64> {
        let sql = "SELECT coalesce(sum(n_events), 0) FROM history_block WHERE run = ?1";
        let mut statement = self.connection().prepare_cached(sql)?;
        let counts = runs.iter().map(|run| statement.query_row([run.seq as i64], |row| row.get::<_, i64>(0)));
        Ok(counts.sum::<Result<i64, _>>()? as u64)
    }

    /// The slots of a publisher whose ids begin with a byte of this range, before some runs.
    fn undo(
        &self,
        publisher: PublisherNumber,
        undoing: &Undoing<'_>,
        (first, last): (u8, u8),
        visit: &mut impl FnMut(PastSlot),
    ) -> Result<()> {
        // The first event after the instant says what was before.
        let mut before: FxHashMap<PublicId, Option<SlotState>> = FxHashMap::default();
        let mut known = KnownTraits::default();
        for run in undoing.runs {
            self.for_each_block(run.seq, |block| {
                let traits = known.of(&block)?;
                let in_part = |id: &PublicId| (first..=last).contains(&id.as_bytes()[0]);
                for event in block.events.iter().filter(|event| in_part(&event.id)) {
                    before.entry(event.id).or_insert_with(|| event.before.map(|facts| state(&block, &traits, facts)));
                }
                Ok(())
            })?;
        }
        let mut statement = self.connection().prepare_cached(
            "SELECT i.id, s.schedule, s.start, s.traits, r.id, i.row FROM slot_id i JOIN slot s ON s.row = i.row
             JOIN resource r ON r.number = s.schedule
             WHERE i.publisher = ?1 AND i.id >= ?2 AND i.id <= ?3 ORDER BY i.row",
        )?;
        let bounds = ([first; 1], [[last; 1].as_slice(), &[u8::MAX; 9]].concat());
        let mut rows = statement.query((publisher.0, &bounds.0[..], &bounds.1[..]))?;
        while let Some(row) = rows.next()? {
            let id = PublicId::from_bytes(row.get(0)?);
            let was = match before.remove(&id) {
                Some(was) => was,
                None => {
                    let (schedule, number): (u32, u32) = (row.get(1)?, row.get(3)?);
                    let traits = undoing.traits.get(&number).cloned();
                    let traits = traits.ok_or_else(|| {
                        Error::damaged(format!("traits {number} of schedule {} are missing", ResourceNumber(schedule)))
                    })?;
                    let schedule = PublicId::from_bytes(row.get(4)?);
                    Some(SlotState { schedule, start: UnixSeconds(row.get(2)?), traits })
                }
            };
            if let Some(state) = was {
                let row = SlotRow(row.get::<_, i64>(5)? as u64);
                let is_of_then = split_locator(row.0).0 < undoing.old_blocks;
                visit(PastSlot { id, publisher, state, row: is_of_then.then_some(row) });
            }
        }
        // What was there then and is gone now.
        let mut gone: Vec<(PublicId, SlotState)> =
            before.into_iter().filter_map(|(id, was)| Some((id, was?))).collect();
        gone.sort_unstable_by_key(|(id, _)| *id);
        gone.into_iter().for_each(|(id, state)| visit(PastSlot { id, publisher, state, row: None }));
        Ok(())
    }
}

/// What is undone.
struct Undoing<'a> {
    /// The runs after the instant, the oldest first.
    runs: &'a [HistoryRun],
    /// Lines in blocks below this one are as they were at the instant.
    old_blocks: u64,
    /// Traits by their numbers.
    traits: &'a FxHashMap<u32, Arc<SlotTraits>>,
}

/// The first bytes of ids in so many parts of much the same size.
fn parts(n_parts: u64) -> impl Iterator<Item = (u8, u8)> {
    let bound = move |part: u64| part * 256 / n_parts;
    (0..n_parts).map(move |part| (bound(part) as u8, (bound(part + 1) - 1) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_every_first_byte_once() {
        for n_parts in [1, 2, 3, 7, 100, 256] {
            let bytes: Vec<u8> = parts(n_parts).flat_map(|(first, last)| first..=last).collect();
            assert_eq!(bytes, (0..=u8::MAX).collect::<Vec<_>>(), "{n_parts}");
        }
    }
}
