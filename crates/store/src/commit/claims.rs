//! Who gets an id: staged lines and held lines that claim the same one are settled by manifest order, the last one wins.

use std::collections::BTreeSet;

use openslots_model::PublicId;
use roaring::{RoaringBitmap, RoaringTreemap};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use super::plan::{Holder, Plan};
use crate::Result;
use crate::file_lines::LineState;

/// A staged line that claims an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    pub(crate) id: PublicId,
    /// Its place among all accepted lines of the run, in manifest order: `block * 64 + index` of the blocks staged.
    pub(crate) ordinal: u32,
    /// Hash of the line.
    pub(crate) hash: u64,
}

/// What becomes of a staged line. Most are simply new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It takes the place of what this token stands for.
    Replaces(u64),
    /// It is byte for byte what this token stands for: that stays, the staged line is dropped.
    Reused(u64),
    /// Its id comes again later.
    Lost,
}

/// How all claims came out.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// By ordinal; a line that is missing here is new.
    pub(crate) fates: FxHashMap<u32, Fate>,
    /// Ordinals of winners that others contest.
    pub(crate) contested: RoaringBitmap,
    /// Tokens that the winners have taken over, replaced or reused.
    pub(crate) taken: RoaringTreemap,
    /// Lines of files as they are kept that have lost their id, or won against a staged line.
    pub(crate) edits: FxHashMap<u64, LineState>,
    /// Files that share an id with another one, by index in the plan.
    pub(crate) sharing: BTreeSet<usize>,
}

/// Claims of one id.
struct Group<'a> {
    claims: &'a [Claim],
    old: Option<u64>,
}

impl Settled {
    pub(crate) fn fate(&self, ordinal: u32) -> Option<Fate> {
        if self.fates.is_empty() { None } else { self.fates.get(&ordinal).copied() }
    }

    /// Settles claims, sorted by id and ordinal. `old` has the token that stands for the id of each group of claims so far;
    /// it is empty where there is none at all.
    pub(crate) fn new(plan: &mut Plan, tx: &Connection, claims: &[Claim], old: &[Option<u64>]) -> Result<Self> {
        let groups = claims.chunk_by(|a, b| a.id == b.id).enumerate().filter_map(|(index, claims)| {
            let old = old.get(index).copied().flatten();
            (old.is_some() || claims.len() > 1).then_some(Group { claims, old })
        });
        let groups: Vec<Group<'_>> = groups.collect();
        let mut tokens: Vec<u64> = groups.iter().filter_map(|group| group.old).collect();
        tokens.sort_unstable();
        let held: Vec<u64> = tokens.iter().copied().filter(|token| !plan.gone.contains(*token)).collect();
        let holders = plan.holders(tx, &held)?;
        let hashes = plan.hashes(tx, &tokens)?;
        let mut settled = Self::default();
        for group in &groups {
            let holder = group.old.and_then(|token| holders.get(&token).copied());
            settled.settle(plan, group, holder, &hashes);
        }
        Ok(settled)
    }

    fn settle(&mut self, plan: &Plan, group: &Group<'_>, holder: Option<Holder>, hashes: &FxHashMap<u64, u64>) {
        let Some((last, others)) = group.claims.split_last() else { return };
        let is_contested = !others.is_empty() || holder.is_some();
        let staged_wins = holder.is_none_or(|holder| last.ordinal >= holder.before);
        for claim in others {
            self.fates.insert(claim.ordinal, Fate::Lost);
        }
        if staged_wins {
            if let Some(token) = group.old {
                let is_same = hashes.get(&token) == Some(&last.hash);
                self.fates.insert(last.ordinal, if is_same { Fate::Reused(token) } else { Fate::Replaces(token) });
                self.taken.insert(token);
                if holder.is_some() {
                    self.edits.insert(token, LineState::Unheld);
                }
            }
            if is_contested {
                self.contested.insert(last.ordinal);
            }
        } else {
            self.fates.insert(last.ordinal, Fate::Lost);
            if let Some(token) = group.old {
                self.edits.insert(token, LineState::Contested);
            }
        }
        if is_contested {
            let mut files: BTreeSet<usize> = group.claims.iter().map(|claim| plan.file_of(claim.ordinal)).collect();
            files.extend(holder.map(|holder| holder.file));
            if files.len() > 1 {
                self.sharing.extend(files);
            }
        }
    }
}
