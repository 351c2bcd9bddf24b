//! Slots of a commit: which rows they replace, which rows go, which come.

use openslots_model::{PublicId, ResourceKind, ResourceNumber, SlotRecord, SlotRow, SlotTraits, UnixSeconds};
use roaring::RoaringTreemap;
use rusqlite::OptionalExtension;
use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::{insert_block, locator};
use super::bulk::{BulkInsert, SlotIdTableRow};
use super::claims::{Claim, Fate, Settled};
use super::numbers::KnownTraits;
use super::old_slot_ids::OldSlotIds;
use super::plan::{Plan, PlannedFile};
use super::{Context, Effects};
use crate::block::LINES_PER_BLOCK;
use crate::history::Facts;
use crate::staging::facts::{SlotFact, read_slots};
use crate::staging::file::Content;
use crate::staging::spool::Spool;
use crate::token::{Held, held_by, slot_token};
use crate::{Error, Result};

/// Up to this share of a publisher's slots their rows are looked up one by one, else all of them are walked: a look-up
/// costs about as much as eight steps.
const WALK_FROM_SHARE: u64 = 8;

/// What the commit does to the publisher's counts.
#[derive(Debug, Default)]
pub(crate) struct SlotCounts {
    pub(crate) n_slots: i64,
    pub(crate) n_free: i64,
    by_schedule: FxHashMap<u32, i64>,
}

impl SlotCounts {
    fn count(&mut self, schedule: u32, is_free: bool, change: i64) {
        self.n_slots += change;
        self.n_free += if is_free { change } else { 0 };
        *self.by_schedule.entry(schedule).or_default() += change;
    }

    /// Brings the counts of schedules up to date; gives those that lost slots.
    pub(crate) fn write(&self, context: &Context<'_>) -> Result<Vec<ResourceNumber>> {
        let mut shrunk = Vec::new();
        let mut changed: Vec<_> = self.by_schedule.iter().filter(|(_, change)| **change != 0).collect();
        changed.sort_unstable();
        let mut statement =
            context.tx.prepare_cached("UPDATE resource SET n_slots = n_slots + ?2 WHERE number = ?1")?;
        for (schedule, change) in changed {
            statement.execute((schedule, change))?;
            if *change < 0 {
                shrunk.push(ResourceNumber(*schedule));
            }
        }
        Ok(shrunk)
    }
}

/// The claims of all staged slots, sorted.
pub(crate) fn claims(plan: &Plan, spool: &mut Spool) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    for_each_block_of_facts(plan, spool, |first, facts| {
        claims.extend((first..).zip(facts).map(|(ordinal, fact)| Claim { id: fact.id, ordinal, hash: fact.hash }));
    })?;
    claims.sort_unstable();
    Ok(claims)
}

/// The schedules and times of all slots that are new in this run.
pub(crate) fn offered_anew(
    plan: &Plan,
    spool: &mut Spool,
    settled: &Settled,
    schedules: &[(PublicId, Box<str>)],
) -> Result<FxHashSet<(PublicId, i64)>> {
    let mut offered = FxHashSet::default();
    for_each_block_of_facts(plan, spool, |first, facts| {
        let new = (first..).zip(facts).filter(|(ordinal, _)| settled.fate(*ordinal).is_none());
        offered.extend(new.map(|(_, fact)| (schedules[fact.schedule as usize].0, fact.start.0)));
    })?;
    Ok(offered)
}

/// What is known of all staged slots, by block, with the ordinal of the block's first line.
fn for_each_block_of_facts(plan: &Plan, spool: &mut Spool, mut each: impl FnMut(u32, &[SlotFact])) -> Result<()> {
    let (mut bytes, mut facts) = (Vec::new(), Vec::new());
    for file in slot_files(plan) {
        for (block, staged) in file.stage.blocks.iter().enumerate() {
            spool.read(staged.facts, &mut bytes)?;
            read_slots(&bytes, &mut facts)?;
            each(file.ordinal_of_block(block), &facts);
        }
    }
    Ok(())
}

fn slot_files(plan: &Plan) -> impl Iterator<Item = &PlannedFile> {
    plan.files.iter().filter(|file| file.stage.content == Some(Content::Slots))
}

/// For each id among the claims, in order, the token of the row it has now. Empty: the publisher has no slots.
pub(crate) fn old_tokens(context: &Context<'_>, claims: &[Claim], n_slots: u64) -> Result<Vec<Option<u64>>> {
    if n_slots == 0 {
        return Ok(Vec::new());
    }
    let token = |row: i64| slot_token(SlotRow(row as u64)).0;
    let ids = claims.chunk_by(|a, b| a.id == b.id).filter_map(|group| group.first()).map(|claim| claim.id);
    let mut tokens = Vec::new();
    if claims.len() as u64 * WALK_FROM_SHARE < n_slots {
        let mut statement = context.tx.prepare_cached("SELECT row FROM slot_id WHERE publisher = ?1 AND id = ?2")?;
        for id in ids {
            let row = statement.query_row((context.publisher.0, id.as_bytes()), |row| row.get(0)).optional()?;
            tokens.push(row.map(token));
        }
        return Ok(tokens);
    }
    let mut statement = context.tx.prepare_cached("SELECT id, row FROM slot_id WHERE publisher = ?1 ORDER BY id")?;
    let mut rows = statement.query([context.publisher.0])?;
    let mut next = next_id(&mut rows)?;
    for id in ids {
        while next.is_some_and(|(known, _)| known < id) {
            next = next_id(&mut rows)?;
        }
        tokens.push(next.filter(|(known, _)| *known == id).map(|(_, row)| token(row)));
    }
    Ok(tokens)
}

fn next_id(rows: &mut rusqlite::Rows<'_>) -> Result<Option<(PublicId, i64)>> {
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((PublicId::from_bytes(row.get(0)?), row.get(1)?)))
}

/// Removes the rows that settled claims replace and those that vanished; the latter lose their ids as well.
pub(crate) fn remove(
    context: &Context<'_>,
    settled: &Settled,
    vanished: &RoaringTreemap,
    effects: &mut Effects,
) -> Result<()> {
    let replaced = settled.fates.values().filter_map(|fate| match fate {
        Fate::Replaces(token) => slot_row(*token),
        Fate::Reused(_) | Fate::Lost => None,
    });
    let mut rows: Vec<SlotRow> = replaced.collect();
    let vanished: Vec<SlotRow> = vanished.iter().filter_map(slot_row).collect();
    let lost_ids = remove_ids(context, &vanished)?;
    rows.extend(vanished);
    rows.sort_unstable();
    let mut statement =
        context.tx.prepare_cached("DELETE FROM slot WHERE row = ?1 RETURNING schedule, traits, start")?;
    for row in rows {
        let (schedule, number, start): (u32, u32, i64) = statement
            .query_row([row.0 as i64], |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?)))
            .optional()?
            .ok_or_else(|| Error::damaged(format!("slot row {row} is missing")))?;
        let is_free = effects.traits_numbers.is_free(context, number)?;
        effects.counts.count(schedule, is_free, -1);
        effects.dead.add(row.0);
        effects.change.removed.push((ResourceNumber(schedule), row));
        let before = Facts { schedule, start, traits: number };
        match lost_ids.binary_search_by_key(&row, |(row, _)| *row) {
            Ok(place) => {
                let id = lost_ids[place].1;
                effects.old_slot_ids.lose(id, ResourceNumber(schedule), UnixSeconds(start));
                effects.history.vanish(context, id, before)?;
            }
            Err(_) => effects.history.replace(row, before),
        }
    }
    Ok(())
}

const fn slot_row(token: u64) -> Option<SlotRow> {
    match held_by(token) {
        Held::Slot(row) => Some(row),
        Held::Resource(_) => None,
    }
}

/// Removes the ids of rows (sorted), and gives them with their rows. A row does not know its id: it is read from its
/// line.
fn remove_ids(context: &Context<'_>, rows: &[SlotRow]) -> Result<Vec<(SlotRow, PublicId)>> {
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows {
        let json = context.lines().slot(*row)?;
        let slot = openslots_fhir::resource::Slot::parse(&json)?;
        ids.push((PublicId::of(context.slug, ResourceKind::Slot, &slot.id), *row));
    }
    ids.sort_unstable();
    let mut statement =
        context.tx.prepare_cached("DELETE FROM slot_id WHERE publisher = ?1 AND id = ?2 AND row = ?3")?;
    for (id, row) in &ids {
        if statement.execute((context.publisher.0, id.as_bytes(), row.0 as i64))? != 1 {
            return Err(Error::damaged(format!("slot {id} does not lead to its row {row}")));
        }
    }
    let mut ids: Vec<_> = ids.into_iter().map(|(id, row)| (row, id)).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// What the rows of staged slots are made of.
pub(crate) struct Insertion<'a> {
    pub(crate) settled: &'a Settled,
    /// The claims that were settled.
    pub(crate) claims: &'a [Claim],
    /// Schedules and traits by the run's own count.
    pub(crate) schedules: &'a [(PublicId, Box<str>)],
    pub(crate) traits: &'a [SlotTraits],
    pub(crate) first_block: u64,
}

impl Insertion<'_> {
    /// Keeps the blocks and the rows of all staged slots that are new or changed.
    pub(crate) fn insert(
        &self,
        context: &Context<'_>,
        plan: &Plan,
        spool: &mut Spool,
        effects: &mut Effects,
    ) -> Result<()> {
        let mut schedules: Vec<Option<ResourceNumber>> = vec![None; self.schedules.len()];
        let mut traits: Vec<Option<KnownTraits>> = vec![None; self.traits.len()];
        let mut slots = BulkInsert::new(context.tx)?;
        let (mut bytes, mut facts) = (Vec::new(), Vec::new());
        for file in slot_files(plan) {
            for (block, staged) in file.stage.blocks.iter().enumerate() {
                let first = file.ordinal_of_block(block);
                let live = live_lines(self.settled, first, staged.n_lines);
                if live == 0 {
                    continue;
                }
                let first_row = locator(self.first_block, first);
                spool.read(staged.data, &mut bytes)?;
                insert_block(context.tx, context.codec, first_row / LINES_PER_BLOCK, staged.n_lines, live, &bytes)?;
                spool.read(staged.facts, &mut bytes)?;
                read_slots(&bytes, &mut facts)?;
                for (index, fact) in facts.iter().enumerate().filter(|(index, _)| live >> index & 1 == 1) {
                    let schedule = match schedules[fact.schedule as usize] {
                        Some(number) => number,
                        None => {
                            let (id, source_id) = &self.schedules[fact.schedule as usize];
                            let numbers = &mut effects.resource_numbers;
                            let number = numbers.get_or_insert(context, *id, ResourceKind::Schedule, source_id)?;
                            *schedules[fact.schedule as usize].insert(number)
                        }
                    };
                    let traits = match traits[fact.traits as usize] {
                        Some(known) => known,
                        None => {
                            let of_run = &self.traits[fact.traits as usize];
                            let known = effects.traits_numbers.get_or_insert(context, of_run)?;
                            *traits[fact.traits as usize].insert(known)
                        }
                    };
                    let row = SlotRow(first_row + index as u64);
                    let slot = SlotRecord { row, schedule, start: fact.start, traits: traits.number };
                    slots.push(slot)?;
                    effects.counts.count(schedule.0, traits.is_free, 1);
                    effects.change.add_row(row);
                    effects.fresh_slots.push(slot);
                    let ordinal = first + index as u32;
                    let in_place_of = match self.settled.fate(ordinal) {
                        Some(Fate::Replaces(token)) => slot_row(token),
                        _ => {
                            effects.old_slot_ids.offer(schedule, fact.start, ordinal);
                            None
                        }
                    };
                    let after = Facts { schedule: schedule.0, start: fact.start.0, traits: traits.number.0 };
                    effects.history.come(context, fact.id, in_place_of, after)?;
                }
            }
        }
        slots.finish()?;
        self.insert_ids(context, &mut effects.old_slot_ids)
    }

    /// Leads the ids of new and changed slots to their rows, in order of the ids: pages are filled one after the other.
    fn insert_ids(&self, context: &Context<'_>, old_slot_ids: &mut OldSlotIds) -> Result<()> {
        let mut new_ids = BulkInsert::new(context.tx)?;
        let mut update = context.tx.prepare_cached("UPDATE slot_id SET row = ?3 WHERE publisher = ?1 AND id = ?2")?;
        for claim in self.claims {
            let row = locator(self.first_block, claim.ordinal);
            match self.settled.fate(claim.ordinal) {
                None => {
                    new_ids.push(SlotIdTableRow { publisher: context.publisher.0, id: claim.id, row })?;
                    old_slot_ids.name(claim.ordinal, claim.id);
                }
                Some(Fate::Replaces(_)) => {
                    if update.execute((context.publisher.0, claim.id.as_bytes(), row as i64))? != 1 {
                        return Err(Error::damaged(format!("slot {} has no row", claim.id)));
                    }
                }
                Some(Fate::Reused(_) | Fate::Lost) => {}
            }
        }
        new_ids.finish()
    }
}

/// Which of the `n` staged lines from an ordinal on are to be kept, as bits.
pub(crate) fn live_lines(settled: &Settled, first: u32, n: u32) -> u64 {
    let all = u64::MAX >> (LINES_PER_BLOCK as u32 - n);
    if settled.fates.is_empty() {
        return all;
    }
    (0..n)
        .filter(|index| matches!(settled.fate(first + index), Some(Fate::Reused(_) | Fate::Lost)))
        .fold(all, |live, index| live & !(1 << index))
}
