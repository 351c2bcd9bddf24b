//! Old ids of slots: each leads to the slot that came in its stead, on the same schedule at the same time.
//!
//! Some publishers give new ids with every export. Who holds the old one, in a bookmark or an open page, still means
//! that appointment.
//! An old id never leads to another time, and only to a slot that came in the commit in which the old one went: a slot
//! that is merely booked leads nowhere.

use openslots_model::{PublicId, ResourceNumber, UnixSeconds};
use rustc_hash::FxHashMap;

use super::Context;
use crate::Result;

/// Old ids that are kept of a publisher, the newest, and of one commit those of the slots that start first: one that
/// gives new ids with every export must not fill the disk.
const MAX_OLD_IDS: usize = 10_000;

/// A slot that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gone {
    start: UnixSeconds,
    schedule: ResourceNumber,
    id: PublicId,
}

/// Schedule and start.
type Offer = (ResourceNumber, UnixSeconds);

/// The slots that went in a commit, and what came in their stead. Empty where none went, so that a first crawl pays
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct OldSlotIds {
    gone: Vec<Gone>,
    /// How many of `gone` (they are sorted by then) may find a successor.
    n_sought: usize,
    /// New slots by what they offer, as ordinals; no more of each than are sought.
    came: FxHashMap<Offer, Came>,
    new_ids: FxHashMap<u32, Option<PublicId>>,
}

#[derive(Debug, Default)]
struct Came {
    n_sought: usize,
    ordinals: Vec<u32>,
}

impl OldSlotIds {
    /// A slot went.
    pub(super) fn lose(&mut self, id: PublicId, schedule: ResourceNumber, start: UnixSeconds) {
        self.gone.push(Gone { start, schedule, id });
    }

    /// All that went are told; successors are sought for those that start from `now` on.
    pub(super) fn seek(&mut self, now: UnixSeconds) {
        self.gone.sort_unstable_by_key(|gone| (gone.start < now, *gone));
        self.n_sought = self.gone.partition_point(|gone| gone.start >= now).min(MAX_OLD_IDS);
        for gone in &self.gone[..self.n_sought] {
            self.came.entry((gone.schedule, gone.start)).or_default().n_sought += 1;
        }
    }

    /// A new slot came.
    pub(super) fn offer(&mut self, schedule: ResourceNumber, start: UnixSeconds, ordinal: u32) {
        if let Some(came) = self.came.get_mut(&(schedule, start))
            && came.ordinals.len() < came.n_sought
        {
            came.ordinals.push(ordinal);
            self.new_ids.insert(ordinal, None);
        }
    }

    /// What a new slot is called.
    pub(super) fn name(&mut self, ordinal: u32, id: PublicId) {
        if let Some(new_id) = self.new_ids.get_mut(&ordinal) {
            *new_id = Some(id);
        }
    }

    /// Leads the ids of what went to what came, and forgets those that lead nowhere.
    pub(super) fn write(&self, context: &Context<'_>) -> Result<()> {
        if self.gone.is_empty() {
            return Ok(());
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM slot_alias WHERE publisher = ?1)";
        let has_aliases: bool = context.tx.query_row(sql, [context.publisher.0], |row| row.get(0))?;
        let mut follow = context.tx.prepare_cached("UPDATE slot_alias SET successor = ?2 WHERE successor = ?1")?;
        let sql = "INSERT OR REPLACE INTO slot_alias (publisher, id, successor) VALUES (?1, ?2, ?3)";
        let mut insert = context.tx.prepare_cached(sql)?;
        let mut forget = context.tx.prepare_cached("DELETE FROM slot_alias WHERE id = ?1 OR successor = ?1")?;
        let mut n_taken: FxHashMap<Offer, usize> = FxHashMap::default();
        for (place, gone) in self.gone.iter().enumerate() {
            let offer = (gone.schedule, gone.start);
            let came = self.came.get(&offer).filter(|_| place < self.n_sought);
            // Several slots at one time are as good as each other; the last stands for all that it outlives.
            let n_before = n_taken.entry(offer).or_default();
            let ordinal = came.and_then(|came| came.ordinals.get(*n_before).or(came.ordinals.last()));
            *n_before += 1;
            match ordinal.and_then(|ordinal| self.new_ids.get(ordinal).copied().flatten()) {
                Some(successor) => {
                    if has_aliases {
                        follow.execute((gone.id.as_bytes(), successor.as_bytes()))?;
                    }
                    insert.execute((context.publisher.0, gone.id.as_bytes(), successor.as_bytes()))?;
                }
                None if has_aliases => {
                    forget.execute([gone.id.as_bytes()])?;
                }
                None => {}
            }
        }
        self.trim(context)
    }

    /// Forgets the oldest of a publisher's old ids, if there are too many.
    fn trim(&self, context: &Context<'_>) -> Result<()> {
        let sql = "DELETE FROM slot_alias WHERE publisher = ?1 AND seq <= (
                       SELECT seq FROM slot_alias WHERE publisher = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
                   )";
        context.tx.prepare_cached(sql)?.execute((context.publisher.0, MAX_OLD_IDS as i64))?;
        Ok(())
    }
}
