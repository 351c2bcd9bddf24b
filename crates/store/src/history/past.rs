//! What was held at a past instant: what is held now, with all that happened since undone.

use std::sync::Arc;

use openslots_model::{
    HistoryRun, PastSlot, PublicId, PublisherNumber, ResourceNumber, SlotState, SlotTraits, UnixSeconds,
};
use rustc_hash::FxHashMap;

use super::read::{KnownTraits, state};
use crate::{Error, ReadSnapshot, Result};

/// Events that are undone at a time; with more, slots are taken part by part, by their ids.
const HELD_EVENTS: u64 = 1 << 20;

impl ReadSnapshot {
    /// Calls back with every slot that was held of a publisher at an instant.
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
        let mut runs = self.history_runs()?;
        runs.retain(|run| run.publisher == publisher && run.at > at);
        let traits: FxHashMap<u32, Arc<SlotTraits>> =
            self.traits()?.into_iter().map(|(number, traits)| (number.0, Arc::new(traits))).collect();
        let n_parts = self.n_events(&runs)?.div_ceil(HELD_EVENTS).clamp(1, 256);
        for part in parts(n_parts) {
            self.undo(publisher, &runs, part, &traits, &mut visit)?;
        }
        Ok(())
    }

    fn n_events(&self, runs: &[HistoryRun]) -> Result<u64> {
        let sql = "SELECT coalesce(sum(n_events), 0) FROM history_block WHERE run = ?1";
        let mut statement = self.connection().prepare_cached(sql)?;
        let counts = runs.iter().map(|run| statement.query_row([run.seq as i64], |row| row.get::<_, i64>(0)));
        Ok(counts.sum::<Result<i64, _>>()? as u64)
    }

    /// The slots of a publisher whose ids begin with a byte of this range, before these runs.
    fn undo(
        &self,
        publisher: PublisherNumber,
        runs: &[HistoryRun],
        (first, last): (u8, u8),
        traits: &FxHashMap<u32, Arc<SlotTraits>>,
        visit: &mut impl FnMut(PastSlot),
    ) -> Result<()> {
        // The first event after the instant says what was before.
        let mut before: FxHashMap<PublicId, Option<SlotState>> = FxHashMap::default();
        let mut known = KnownTraits::default();
        for run in runs {
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
            "SELECT i.id, s.schedule, s.start, s.traits, r.id FROM slot_id i JOIN slot s ON s.row = i.row
             JOIN resource r ON r.number = s.schedule
             WHERE i.publisher = ?1 AND i.id >= ?2 AND i.id <= ?3 ORDER BY i.id",
        )?;
        let bounds = ([first; 1], [[last; 1].as_slice(), &[u8::MAX; 9]].concat());
        let mut rows = statement.query((publisher.0, &bounds.0[..], &bounds.1[..]))?;
        while let Some(row) = rows.next()? {
            let id = PublicId::from_bytes(row.get(0)?);
            let was = match before.remove(&id) {
                Some(was) => was,
                None => {
                    let (schedule, number): (u32, u32) = (row.get(1)?, row.get(3)?);
                    let traits = traits.get(&number).cloned();
                    let traits = traits.ok_or_else(|| {
                        Error::damaged(format!("traits {number} of schedule {} are missing", ResourceNumber(schedule)))
                    })?;
                    let schedule = PublicId::from_bytes(row.get(4)?);
                    Some(SlotState { schedule, start: UnixSeconds(row.get(2)?), traits })
                }
            };
            if let Some(state) = was {
                visit(PastSlot { id, publisher, state });
            }
        }
        // What was there then and is gone now.
        let mut gone: Vec<(PublicId, SlotState)> =
            before.into_iter().filter_map(|(id, was)| Some((id, was?))).collect();
        gone.sort_unstable_by_key(|(id, _)| *id);
        gone.into_iter().for_each(|(id, state)| visit(PastSlot { id, publisher, state }));
        Ok(())
    }
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
