//! What a run removes at once, and what waits for a second run that agrees.
//!
//! Removing needs a complete snapshot that was read to its end, or the publisher's own word (a withdrawal). Even then a
//! loss that looks like a fault waits: of more than a share of the free slots, of the lines of a file, or of the
//! resources of a type. What waited and is still missing in the next complete run is gone.
//!
//! A slot that comes back under another id, on the same schedule at the same time, is not lost: some publishers give
//! new ids with every export, and to hold the old ones would offer each slot twice.

use std::collections::BTreeMap;

use openslots_model::{
    Coverage, HeldRemoval, PublicId, ResourceKind, ResourceNumber, SlotRow, UnixSeconds, Withdrawal,
};
use roaring::RoaringTreemap;
use rusqlite::{OptionalExtension, Row};
use rustc_hash::FxHashSet;

use super::Context;
use super::plan::{Plan, Role};
use super::status::State;
use crate::Result;
use crate::commit::Effects;
use crate::token::{Held, held_by, resource_token, slot_token};

/// A file of fewer lines may lose any number of them but all.
const MIN_LINES_TO_WAIT: u64 = 10;

/// Up to which loss a run is believed at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    max_removed_percent: u64,
}

impl Tolerance {
    pub(crate) fn of_percent(max_removed_percent: u8) -> Self {
        Self { max_removed_percent: u64::from(max_removed_percent) }
    }

    /// Whether the loss of so many out of so many is more than is believed at once.
    fn is_too_much(self, n_lost: u64, n_before: u64) -> bool {
        self.max_removed_percent < 100 && n_lost * 100 > n_before * self.max_removed_percent
    }

    /// Whether a file that held so many lines and holds so many now has lost more than is believed at once.
    pub(crate) fn is_shrunken(self, n_before: u64, n_now: u64) -> bool {
        n_now < n_before
            && (n_before >= MIN_LINES_TO_WAIT || n_now == 0)
            && self.is_too_much(n_before - n_now, n_before)
    }
}

/// What becomes of what vanished.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    /// It goes.
    pub(crate) removed: RoaringTreemap,
    /// It is missing for the first time, and more than is believed at once.
    pub(crate) waiting: RoaringTreemap,
    /// Whether the run could remove at all.
    pub(crate) is_possible: bool,
}

impl Removal {
    /// Decides about what vanished in a complete run; in any other, nothing that merely vanished goes.
    pub(crate) fn decide(
        context: &Context<'_>,
        plan: &Plan,
        state: &State,
        vanished: &RoaringTreemap,
        is_complete: bool,
        offered_anew: impl FnOnce() -> Result<FxHashSet<(PublicId, i64)>>,
        effects: &mut Effects,
    ) -> Result<Self> {
        if !is_complete {
            return Ok(Self::default());
        }
        let fresh = vanished - &state.waiting;
        let mut waiting = &plan.shrunken & &fresh;
        // What waits is as good as gone: what is lost now is measured against the rest.
        let as_good_as_gone = Counts::of(context, &state.waiting, effects)?;
        let n_free_before = state.n_free_slots.saturating_sub(as_good_as_gone.n_free_slots);
        let mut counts = Counts::of(context, &fresh, effects)?;
        let mut lost = fresh.clone();
        if plan.tolerance.is_too_much(counts.n_free_slots, n_free_before) {
            lost -= come_back(context, &fresh, &offered_anew()?)?;
            counts = Counts::of(context, &lost, effects)?;
        }
        if plan.tolerance.is_too_much(counts.n_free_slots, n_free_before) {
            waiting = lost;
        } else if plan.tolerance.max_removed_percent < 100 && !counts.resources.is_empty() {
            let held = n_resources(context)?;
            for (kind, numbers) in &counts.resources {
                let n_waiting = as_good_as_gone.resources.get(kind).map_or(0, RoaringTreemap::len);
                let n_before = held.get(kind).copied().unwrap_or(0).saturating_sub(n_waiting);
                if plan.tolerance.is_too_much(numbers.len(), n_before) {
                    waiting |= numbers;
                }
            }
        }
        Ok(Self { removed: vanished - &waiting, waiting, is_possible: true })
    }

    /// What waits, for people; `None` if nothing does.
    pub(crate) fn held(
        waiting: &RoaringTreemap,
        before: Option<HeldRemoval>,
        context: &Context<'_>,
        started_at: UnixSeconds,
        effects: &mut Effects,
    ) -> Result<Option<HeldRemoval>> {
        if waiting.is_empty() {
            return Ok(None);
        }
        let counts = Counts::of(context, waiting, effects)?;
        let n_resources = counts.resources.values().map(RoaringTreemap::len).sum();
        let held = HeldRemoval {
            n_slots: counts.n_slots,
            n_free_slots: counts.n_free_slots,
            n_resources,
            since: before.map_or(started_at, |before| before.since),
        };
        Ok(Some(held))
    }
}

/// What tokens stand for.
#[derive(Debug, Default)]
struct Counts {
    n_slots: u64,
    n_free_slots: u64,
    /// Tokens of the resources other than slots, by type.
    resources: BTreeMap<String, RoaringTreemap>,
}

impl Counts {
    fn of(context: &Context<'_>, tokens: &RoaringTreemap, effects: &mut Effects) -> Result<Self> {
        let mut counts = Self::default();
        let mut traits_of = context.tx.prepare_cached("SELECT traits FROM slot WHERE row = ?1")?;
        let mut kind_of = context.tx.prepare_cached("SELECT kind FROM resource WHERE number = ?1")?;
        for token in tokens {
            match held_by(token) {
                Held::Slot(row) => {
                    // A slot that something replaced meanwhile is not missing.
                    let traits: Option<u32> = traits_of.query_row([row.0 as i64], |row| row.get(0)).optional()?;
                    let Some(traits) = traits else { continue };
                    counts.n_slots += 1;
                    counts.n_free_slots += u64::from(effects.traits_numbers.is_free(context, traits)?);
                }
                Held::Resource(number) => {
                    let kind: Option<String> = kind_of.query_row([number.0], |row| row.get(0)).optional()?;
                    let Some(kind) = kind else { continue };
                    counts.resources.entry(kind).or_default().insert(token);
                }
            }
        }
        Ok(counts)
    }
}

/// Those of the slots that something offers anew: on their schedule, at their time.
fn come_back(
    context: &Context<'_>,
    tokens: &RoaringTreemap,
    offered_anew: &FxHashSet<(PublicId, i64)>,
) -> Result<RoaringTreemap> {
    let sql = "SELECT r.id, s.start FROM slot s JOIN resource r ON r.number = s.schedule WHERE s.row = ?1";
    let mut statement = context.tx.prepare_cached(sql)?;
    let mut found = RoaringTreemap::new();
    for token in tokens {
        let Held::Slot(row) = held_by(token) else { continue };
        let read = |row: &Row<'_>| Ok((PublicId::from_bytes(row.get(0)?), row.get(1)?));
        let offer: Option<(PublicId, i64)> = statement.query_row([row.0 as i64], read).optional()?;
        if offer.is_some_and(|offer| offered_anew.contains(&offer)) {
            found.insert(token);
        }
    }
    Ok(found)
}

/// How many resources are held of the publisher, by type.
fn n_resources(context: &Context<'_>) -> Result<BTreeMap<String, u64>> {
    let mut statement = context.tx.prepare_cached(
        "SELECT kind, count(*) FROM resource WHERE publisher = ?1 AND line IS NOT NULL GROUP BY kind",
    )?;
    let rows = statement.query_map([context.publisher.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What the publisher has taken back and no later file brings back. `taken` have staged lines that came after.
pub(crate) fn withdrawn(
    context: &Context<'_>,
    plan: &mut Plan,
    withdrawals: &[Withdrawal],
    coverage: Coverage,
    taken: [&RoaringTreemap; 2],
) -> Result<RoaringTreemap> {
    let mut page_by_token = BTreeMap::new();
    for withdrawal in withdrawals {
        let token = token_of(context, withdrawal)?;
        if let Some(token) = token.filter(|token| !taken.iter().any(|taken| taken.contains(*token))) {
            page_by_token.insert(token, withdrawal.page);
        }
    }
    let tokens: Vec<u64> = page_by_token.keys().copied().collect();
    let holders = plan.holders(context.tx, &tokens)?;
    let is_withdrawn = |token: &u64| {
        let page = page_by_token.get(token).copied().unwrap_or_default();
        holders.get(token).is_none_or(|holder| {
            let file = &plan.files[holder.file];
            match &file.finished {
                Some(finished) => finished.page <= page,
                // It may stand on a later page that was not read, and bring it back.
                None => file.role == Role::Unlisted && coverage != Coverage::Partial,
            }
        })
    };
    Ok(tokens.into_iter().filter(is_withdrawn).collect())
}

fn token_of(context: &Context<'_>, withdrawal: &Withdrawal) -> Result<Option<u64>> {
    let id = withdrawal.resource.public_id(context.slug);
    if withdrawal.resource.kind == ResourceKind::Slot {
        let mut statement = context.tx.prepare_cached("SELECT row FROM slot_id WHERE publisher = ?1 AND id = ?2")?;
        let row: Option<i64> =
            statement.query_row((context.publisher.0, id.as_bytes()), |row| row.get(0)).optional()?;
        return Ok(row.map(|row| slot_token(SlotRow(row as u64)).0));
    }
    let mut statement = context.tx.prepare_cached("SELECT number FROM resource WHERE id = ?1 AND line IS NOT NULL")?;
    let number: Option<u32> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    Ok(number.map(|number| resource_token(ResourceNumber(number)).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_believed_up_to_a_share() {
        let half = Tolerance::of_percent(50);
        for (n_before, n_now, want) in
            [(10, 5, false), (10, 4, true), (10, 12, false), (4, 1, false), (4, 0, true), (1, 0, true), (0, 0, false)]
        {
            assert_eq!(half.is_shrunken(n_before, n_now), want, "{n_before} -> {n_now}");
        }
        assert!(Tolerance::of_percent(0).is_shrunken(10, 9));
        assert!(!Tolerance::of_percent(100).is_shrunken(10, 0));
        assert!(half.is_too_much(6, 10) && !half.is_too_much(5, 10) && half.is_too_much(1, 1));
    }
}
