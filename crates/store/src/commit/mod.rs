//! The commit of a crawl run: everything it changes, in one transaction.
//!
//! 1. [`plan`]: which files there are and which tokens nobody is known to hold any more.
//! 2. [`claims`]: who gets an id that is claimed more than once, and which old line each new one replaces.
//! 3. [`files`]: what is kept of each file.
//! 4. [`slots`] and [`resources`]: rows and lines go, rows and lines come.
//! 5. [`joins`]: schedules that are touched find their provider locations anew.
//! 6. [`status`], the change feed and [history](crate::history).

mod blocks;
mod bulk;
mod claims;
mod files;
mod issues;
mod joins;
mod line_tokens;
mod numbers;
mod old_keys;
mod old_slot_ids;
mod plan;
mod read_file;
mod removal;
mod resources;
mod shares;
mod slots;
mod status;

use openslots_model::{
    Coverage, CrawlOutcome, CrawlRun, FileContent, FileOutcome, FinishedRun, PublisherNumber, PublisherSlug, SlotRow,
};
use roaring::RoaringTreemap;
use rusqlite::{Connection, TransactionBehavior};

pub(crate) use self::blocks::next_block;
use self::blocks::{DeadLines, locator};
use self::claims::{Claim, Settled};
pub(crate) use self::issues::{read_code, read_run_issue};
use self::line_tokens::LineTokens;
pub(crate) use self::numbers::read_traits;
use self::numbers::{ResourceNumbers, TraitsNumbers};
use self::old_slot_ids::OldSlotIds;
use self::plan::Plan;
use self::removal::{Removal, Tolerance, withdrawn};
use self::resources::ResourceChanges;
use self::slots::{Insertion, SlotCounts};
use self::status::State;
pub(crate) use self::status::{n_free_slots, write_run};
use crate::block::{BlockCache, BlockCodec};
use crate::feed::Change;
use crate::file_lines::LineRuns;
use crate::fresh::{FreshCommit, FreshSlots};
use crate::history::EventLog;
use crate::lines::LineReader;
use crate::staging::Staged;
use crate::token::{Held, held_by, resource_token, slot_token};
use crate::{Error, Result, Store};

/// Lines from which on the writer's cache is given back after a commit.
const LARGE_COMMIT_LINES: u64 = 100_000;

/// What every step of a commit needs.
pub(crate) struct Context<'a> {
    pub(crate) tx: &'a Connection,
    pub(crate) codec: &'a BlockCodec,
    /// Of this commit alone: if it fails, the numbers of its blocks are given to others.
    blocks: BlockCache,
    pub(crate) slug: &'a PublisherSlug,
    pub(crate) publisher: PublisherNumber,
}

impl Context<'_> {
    pub(crate) const fn lines(&self) -> LineReader<'_> {
        LineReader { conn: self.tx, codec: self.codec, blocks: &self.blocks }
    }

    pub(crate) fn unfit(&self, detail: impl Into<String>) -> Error {
        Error::UnfitRun { publisher: self.slug.clone(), detail: detail.into() }
    }

    /// The source line that a token stands for.
    pub(crate) fn text_of(&self, token: u64) -> Result<String> {
        match held_by(token) {
            Held::Slot(row) => self.lines().slot(row),
            Held::Resource(number) => match self.lines().locator(number)? {
                Some(locator) => self.lines().text(locator),
                None => Err(Error::damaged(format!("resource {number} is held and has no line"))),
            },
        }
    }
}

/// Commits a staged run.
pub(crate) fn commit_run(store: &Store, staged: Staged, run: FinishedRun) -> Result<CrawlRun> {
    let mut writer = store.writer();
    let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let n_lines: u64 = staged.files.values().map(|file| file.n_lines).sum();
    let slug = staged.slug.clone();
    let context = Context {
        tx: &tx,
        codec: store.codec(),
        blocks: BlockCache::default(),
        slug: &slug,
        publisher: staged.publisher,
    };
    let Applied { run, fresh, change } = apply(&context, staged, run)?;
    tx.commit()?;
    store.recent().forget(&change.removed, &change.provider_locations);
    store.fresh().put(fresh);
    if n_lines >= LARGE_COMMIT_LINES {
        writer.execute_batch("PRAGMA shrink_memory")?;
    }
    drop(writer);
    store.shorten_log();
    Ok(run)
}

/// What a commit did.
struct Applied {
    run: CrawlRun,
    fresh: FreshCommit,
    change: Change,
}

/// What a commit does, gathered on its way.
#[derive(Debug)]
pub(crate) struct Effects {
    pub(crate) history: EventLog,
    pub(crate) resource_numbers: ResourceNumbers,
    pub(crate) traits_numbers: TraitsNumbers,
    pub(crate) resources: ResourceChanges,
    pub(crate) counts: SlotCounts,
    pub(crate) old_slot_ids: OldSlotIds,
    pub(crate) dead: DeadLines,
    pub(crate) change: Change,
    pub(crate) fresh_slots: FreshSlots,
}

impl Effects {
    /// `is_first`: nothing of the publisher was committed before.
    fn begin(context: &Context<'_>, is_first: bool) -> Result<Self> {
        let history = EventLog::begin(context)?;
        let resource_numbers = ResourceNumbers::new(is_first);
        let (traits_numbers, resources, counts) = Default::default();
        let (old_slot_ids, dead, change, fresh_slots) = Default::default();
        Ok(Self {
            history,
            resource_numbers,
            traits_numbers,
            resources,
            counts,
            old_slot_ids,
            dead,
            change,
            fresh_slots,
        })
    }
}

fn apply(context: &Context<'_>, mut staged: Staged, finished: FinishedRun) -> Result<Applied> {
    let mut state = State::read(context.tx, context.publisher)?;
    if state.generation != staged.generation {
        return Err(Error::Superseded(context.slug.clone()));
    }
    let FinishedRun { run, files, coverage, withdrawals, resume, max_removed_percent, leaves_out_test_places, issues } =
        finished;
    // What vanished may stand in a file that failed, whatever its URL: removing needs a snapshot that is complete and
    // was read to its end.
    let is_complete = coverage == Coverage::Complete && files.iter().all(|file| file.content != FileContent::Failed);
    let spool = &mut staged.spool;
    let tolerance = Tolerance::of_percent(max_removed_percent);
    let stages = std::mem::take(&mut staged.files);
    let mut plan = Plan::new(context, files, stages, is_complete, &state.leftover, tolerance)?;

    let mut resources = resources::staged(context, &plan, spool)?;
    let claims: Vec<Claim> = resources.iter().map(|resource| resource.claim).collect();
    let old = resources::old_tokens(context, &claims)?;
    let settled_resources = Settled::new(&mut plan, context.tx, &claims, &old)?;
    let claims = slots::claims(&plan, spool)?;
    let old = slots::old_tokens(context, &claims, state.n_slots)?;
    let settled_slots = Settled::new(&mut plan, context.tx, &claims, &old)?;
    drop(old);
    let taken = [&settled_resources.taken, &settled_slots.taken];
    let withdrawn = withdrawn(context, &mut plan, &withdrawals, coverage, taken)?;
    let vanished = &(&(&plan.gone - taken[0]) - taken[1]) - &withdrawn;

    let mut effects = Effects::begin(context, state.generation == 0)?;
    let offered_anew = || slots::offered_anew(&plan, spool, &settled_slots, &staged.schedules);
    let removal = Removal::decide(context, &plan, &state, &vanished, is_complete, offered_anew, &mut effects)?;
    let removed = &removal.removed | &withdrawn;
    let first_block = next_block(context.tx)?;
    // In the order of their lines, so that neighbours by number share a block.
    resources.sort_unstable_by_key(|resource| resource.claim.ordinal);
    resources::number(context, &resources, &settled_resources, &mut effects)?;
    let new_token = |ordinal: u32| match effects.resources.numbers.get(&ordinal) {
        Some(number) => resource_token(*number).0,
        None => slot_token(SlotRow(locator(first_block, ordinal))).0,
    };
    let settled = [&settled_resources, &settled_slots];
    let tokens = LineTokens { settled, new_token: &new_token, removed: &removed };
    files::write(context, &mut plan, spool, &tokens, is_complete)?;
    issues::write_run_issues(context, &plan, &issues, coverage)?;

    slots::remove(context, &settled_slots, &removed, &mut effects)?;
    effects.old_slot_ids.seek(run.started_at);
    resources::remove(context, &removed, &mut effects)?;
    resources::write(context, &resources, &settled_resources, first_block, &mut effects)?;
    std::mem::take(&mut effects.dead).bury(context)?;
    resources::insert_blocks(context, &plan, spool, &settled_resources, first_block)?;
    let (schedules, traits) = (&staged.schedules, &staged.traits);
    let insertion = Insertion { settled: &settled_slots, claims: &claims, schedules, traits, first_block };
    insertion.insert(context, &plan, spool, &mut effects)?;
    effects.old_slot_ids.write(context)?;
    let place = effects.history.run();
    effects.history.finish(context)?;

    let mut change = std::mem::take(&mut effects.change);
    let mut changes = std::mem::take(&mut effects.resources);
    let counts = std::mem::take(&mut effects.counts);
    change.traits = std::mem::take(&mut effects.traits_numbers.new);
    if leaves_out_test_places != state.leaves_out_test_places {
        // All that was joined otherwise so far.
        changes.changed.extend(joins::all_schedules(context)?);
    }
    let parsed = resources.into_iter().filter_map(|resource| {
        let number = changes.numbers.get(&resource.claim.ordinal)?;
        Some((resource.claim.id, *number, resource.ahead?))
    });
    let provider_locations = joins::rejoin(context, &changes.changed, leaves_out_test_places, parsed, &mut change)?;
    changes.maybe_unused.extend(counts.write(context)?);
    resources::forget_unused(context, &changes.maybe_unused)?;
    // Also where the index has nothing to learn: who re-publishes the resources has.
    let is_changed = !change.is_empty() || !changes.changed.is_empty();
    let seq = if is_changed { Some(change.write(context.tx, context.publisher)?) } else { None };

    state.generation += 1;
    state.n_slots = state.n_slots.saturating_add_signed(counts.n_slots);
    state.n_free_slots = state.n_free_slots.saturating_add_signed(counts.n_free);
    let waiting = if removal.is_possible {
        removal.waiting
    } else {
        // It can neither agree nor disagree, but what it found is not missing.
        let waited = &(&(&std::mem::take(&mut state.waiting) - &removed) - taken[0]) - taken[1];
        plan.without_listed(context.tx, waited)?
    };
    let before = state.held_removal.filter(|_| !removal.is_possible);
    state.held_removal = Removal::held(&waiting, before, context, run.started_at, &mut effects)?;
    // Only a run that reads all that there is can agree, so the next one must be of that kind.
    state.resume = resume.filter(|_| waiting.is_empty());
    state.waiting = waiting;
    state.leftover = leftover(&mut plan, context.tx, &(&vanished - &removed))?;
    state.leaves_out_test_places = leaves_out_test_places;
    state.write(context.tx, context.publisher)?;
    let run = complete(run, coverage, is_changed, &state);
    write_run(context.tx, context.codec, context.publisher, &run, Some(place))?;
    Ok(Applied { run, fresh: FreshCommit { provider_locations, slots: effects.fresh_slots, seq }, change })
}

/// What stands without a file: all that vanished and was not removed, unless a file that is not listed still holds it.
fn leftover(plan: &mut Plan, tx: &Connection, standing: &RoaringTreemap) -> Result<LineRuns> {
    if standing.is_empty() {
        return Ok(LineRuns::default());
    }
    let mut leftover = standing.clone();
    for file in plan.files.iter_mut().filter(|file| file.role == plan::Role::Unlisted) {
        leftover -= file.load_runs(tx)?.held();
    }
    Ok(LineRuns::of_tokens(&leftover))
}

/// The run with what only the store knows.
fn complete(run: CrawlRun, coverage: Coverage, is_changed: bool, state: &State) -> CrawlRun {
    let held_removal = state.held_removal;
    let is_partial = coverage == Coverage::Partial || run.n_files(FileOutcome::Failed) > 0 || held_removal.is_some();
    let outcome = match run.outcome {
        given @ (CrawlOutcome::Failed | CrawlOutcome::TooSoon) => given,
        _ if is_partial => CrawlOutcome::Partial,
        _ if is_changed => CrawlOutcome::Updated,
        _ => CrawlOutcome::Unchanged,
    };
    let waits = held_removal.map(|held| held.to_string());
    let reason = match (run.reason, waits) {
        (Some(reason), Some(waits)) => Some(format!("{reason}; {waits}")),
        (reason, waits) => reason.or(waits),
    };
    CrawlRun { outcome, reason, held_removal, n_free_slots: state.n_free_slots, ..run }
}
