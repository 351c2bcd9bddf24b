//! Resources of a commit other than slots: their lines, and what they refer to.

use std::collections::BTreeSet;
use std::sync::Arc;

use openslots_fhir::resource::Resource;
use openslots_model::{PublicId, ResourceNumber, ResourceRef};
use roaring::RoaringTreemap;
use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use super::blocks::{insert_block, locator};
use super::claims::{Claim, Fate, Settled};
use super::plan::Plan;
use super::slots::live_lines;
use super::{Context, Effects};
use crate::Result;
use crate::block::LINES_PER_BLOCK;
use crate::staging::facts::read_resources;
use crate::staging::file::Content;
use crate::staging::spool::Spool;
use crate::token::{Held, held_by, resource_token};

/// A staged resource.
#[derive(Debug)]
pub(crate) struct StagedResource {
    pub(crate) claim: Claim,
    resource: ResourceRef,
    references: Vec<ResourceRef>,
    /// The resource itself, if it was parsed ahead.
    pub(crate) ahead: Option<Arc<Resource>>,
}

/// What a commit did to the resources.
#[derive(Debug, Default)]
pub(crate) struct ResourceChanges {
    /// New, changed and removed ones.
    pub(crate) changed: BTreeSet<ResourceNumber>,
    /// Those that something stopped to refer to, or that are gone themselves.
    pub(crate) maybe_unused: BTreeSet<ResourceNumber>,
    /// Numbers of the staged ones that were taken, by ordinal.
    pub(crate) numbers: FxHashMap<u32, ResourceNumber>,
}

/// All staged resources, sorted by their claims.
pub(crate) fn staged(context: &Context<'_>, plan: &Plan, spool: &mut Spool) -> Result<Vec<StagedResource>> {
    let mut staged = Vec::new();
    let mut bytes = Vec::new();
    for file in plan.files.iter().filter(|file| file.stage.content == Some(Content::Resources)) {
        let mut ahead = file.stage.ahead.iter();
        for (block, staged_block) in file.stage.blocks.iter().enumerate() {
            spool.read(staged_block.facts, &mut bytes)?;
            let first = file.ordinal_of_block(block);
            for (ordinal, fact) in (first..).zip(read_resources(&bytes)?) {
                let claim = Claim { id: fact.resource.public_id(context.slug), ordinal, hash: fact.hash };
                let (resource, references) = (fact.resource, fact.references);
                staged.push(StagedResource { claim, resource, references, ahead: ahead.next().cloned() });
            }
        }
    }
    staged.sort_unstable_by_key(|resource| resource.claim);
    Ok(staged)
}

/// For each id among the claims, in order, the token of the resource if its line is held.
pub(crate) fn old_tokens(context: &Context<'_>, claims: &[Claim]) -> Result<Vec<Option<u64>>> {
    let mut statement = context.tx.prepare_cached("SELECT number FROM resource WHERE id = ?1 AND line IS NOT NULL")?;
    let ids = claims.chunk_by(|a, b| a.id == b.id).filter_map(|group| group.first()).map(|claim| claim.id);
    ids.map(|id| {
        let number = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        Ok(number.map(|number| resource_token(ResourceNumber(number)).0))
    })
    .collect()
}

/// Whether a staged resource is new or changed.
fn is_taken(staged: &StagedResource, settled: &Settled) -> bool {
    matches!(settled.fate(staged.claim.ordinal), None | Some(Fate::Replaces(_)))
}

/// Numbers the staged resources that are new or changed.
pub(crate) fn number(
    context: &Context<'_>,
    staged: &[StagedResource],
    settled: &Settled,
    effects: &mut Effects,
) -> Result<()> {
    for staged in staged.iter().filter(|staged| is_taken(staged, settled)) {
        let StagedResource { claim, resource, .. } = staged;
        let numbers = &mut effects.resource_numbers;
        let number = numbers.get_or_insert(context, claim.id, resource.kind, &resource.source_id)?;
        effects.resources.numbers.insert(claim.ordinal, number);
        effects.resources.changed.insert(number);
    }
    Ok(())
}

/// Enters the lines of the staged resources that are new or changed, and what they refer to.
pub(crate) fn write(
    context: &Context<'_>,
    staged: &[StagedResource],
    settled: &Settled,
    first_block: u64,
    effects: &mut Effects,
) -> Result<()> {
    let mut put = context.tx.prepare_cached("UPDATE resource SET line = ?2 WHERE number = ?1")?;
    for staged in staged.iter().filter(|staged| is_taken(staged, settled)) {
        let ordinal = staged.claim.ordinal;
        let Some(number) = effects.resources.numbers.get(&ordinal).copied() else { continue };
        if settled.fate(ordinal).is_some() {
            effects.dead.extend(context.lines().locator(number)?);
        }
        put.execute((number.0, locator(first_block, ordinal) as i64))?;
        let mut targets = BTreeSet::new();
        for reference in &staged.references {
            let id: PublicId = reference.public_id(context.slug);
            let numbers = &mut effects.resource_numbers;
            targets.insert(numbers.get_or_insert(context, id, reference.kind, &reference.source_id)?);
        }
        let is_new = effects.resource_numbers.is_new(number);
        write_references(context, number, is_new, &targets, &mut effects.resources)?;
    }
    Ok(())
}

/// Makes `targets` what the resource refers to; `is_new`: it has referred to nothing so far.
fn write_references(
    context: &Context<'_>,
    referrer: ResourceNumber,
    is_new: bool,
    targets: &BTreeSet<ResourceNumber>,
    changes: &mut ResourceChanges,
) -> Result<()> {
    let mut old = BTreeSet::new();
    if !is_new {
        let mut select = context.tx.prepare_cached("SELECT target FROM resource_reference WHERE referrer = ?1")?;
        for target in select.query_map([referrer.0], |row| row.get(0).map(ResourceNumber))? {
            old.insert(target?);
        }
    }
    let mut insert = context.tx.prepare_cached("INSERT INTO resource_reference (target, referrer) VALUES (?1, ?2)")?;
    for target in targets.difference(&old) {
        insert.execute((target.0, referrer.0))?;
    }
    let mut delete = context.tx.prepare_cached("DELETE FROM resource_reference WHERE target = ?1 AND referrer = ?2")?;
    for target in old.difference(targets) {
        delete.execute((target.0, referrer.0))?;
        changes.maybe_unused.insert(*target);
    }
    Ok(())
}

/// Keeps the blocks of the staged resources that are new or changed.
pub(crate) fn insert_blocks(
    context: &Context<'_>,
    plan: &Plan,
    spool: &mut Spool,
    settled: &Settled,
    first_block: u64,
) -> Result<()> {
    let mut bytes = Vec::new();
    for file in plan.files.iter().filter(|file| file.stage.content == Some(Content::Resources)) {
        for (block, staged) in file.stage.blocks.iter().enumerate() {
            let first = file.ordinal_of_block(block);
            let live = live_lines(settled, first, staged.n_lines);
            if live != 0 {
                spool.read(staged.data, &mut bytes)?;
                let id = locator(first_block, first) / LINES_PER_BLOCK;
                insert_block(context.tx, context.codec, id, staged.n_lines, live, &bytes)?;
            }
        }
    }
    Ok(())
}

/// Removes the lines of resources that vanished. What others refer to, or slots name, stays as a bare number.
pub(crate) fn remove(context: &Context<'_>, vanished: &RoaringTreemap, effects: &mut Effects) -> Result<()> {
    let mut clear = context.tx.prepare_cached("UPDATE resource SET line = NULL WHERE number = ?1")?;
    for token in vanished {
        let Held::Resource(number) = held_by(token) else { continue };
        effects.dead.extend(context.lines().locator(number)?);
        clear.execute([number.0])?;
        write_references(context, number, false, &BTreeSet::new(), &mut effects.resources)?;
        effects.resources.changed.insert(number);
        effects.resources.maybe_unused.insert(number);
    }
    Ok(())
}

/// Forgets those resources that are not held and that nothing refers to any more.
pub(crate) fn forget_unused(context: &Context<'_>, maybe_unused: &BTreeSet<ResourceNumber>) -> Result<()> {
    let mut delete = context.tx.prepare_cached(
        "DELETE FROM resource WHERE number = ?1 AND line IS NULL AND n_slots = 0
         AND NOT EXISTS (SELECT 1 FROM resource_reference WHERE target = ?1)",
    )?;
    for number in maybe_unused {
        delete.execute([number.0])?;
    }
    Ok(())
}
