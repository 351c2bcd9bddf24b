//! Events on their way into the database, in the transaction of the run that brings them.

use openslots_model::{CrawlOutcome, CrawlRun, PublicId, PublisherNumber, ResourceNumber, SlotRow, UnixSeconds};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;

use super::block::{BlockWriter, Event, Facts, MAX_EVENTS};
use crate::commit::{Context, next_block};
use crate::{Error, Result};

/// Slots that vanished are remembered so many of a publisher, the newest: one that gives new ids with every export must
/// not fill the disk.
const MAX_VANISHED: i64 = 100_000;

/// Gathers the events of a run.
#[derive(Debug)]
pub(crate) struct EventLog {
    run: i64,
    block: BlockWriter,
    /// What replaced rows said.
    replaced: FxHashMap<u64, Facts>,
    /// Whether any slot of the publisher is known to have vanished before this run.
    is_any_vanished: bool,
    vanished: Vec<PublicId>,
}

impl EventLog {
    /// Begins the events of a run, which is entered at its end ([`enter_run`]).
    pub(crate) fn begin(context: &Context<'_>) -> Result<Self> {
        let sql = "SELECT EXISTS (SELECT 1 FROM vanished_slot WHERE publisher = ?1)";
        let is_any_vanished = context.tx.prepare_cached(sql)?.query_row([context.publisher.0], |row| row.get(0))?;
        let run = next_run(context.tx, context.publisher)?;
        let (block, replaced, vanished) = Default::default();
        Ok(Self { run, block, replaced, is_any_vanished, vanished })
    }

    /// The place of the run in history.
    pub(crate) const fn run(&self) -> i64 {
        self.run
    }

    /// A slot vanished.
    pub(crate) fn vanish(&mut self, context: &Context<'_>, id: PublicId, before: Facts) -> Result<()> {
        self.vanished.push(id);
        self.push(context, Event { id, before: Some(before), after: None, is_again: false })
    }

    /// A row goes in whose place another one will come.
    pub(crate) fn replace(&mut self, row: SlotRow, before: Facts) {
        self.replaced.insert(row.0, before);
    }

    /// A slot came, or took the place of a row.
    pub(crate) fn come(
        &mut self,
        context: &Context<'_>,
        id: PublicId,
        in_place_of: Option<SlotRow>,
        after: Facts,
    ) -> Result<()> {
        let before = match in_place_of {
            Some(row) => {
                let before = self.replaced.remove(&row.0);
                Some(before.ok_or_else(|| Error::damaged(format!("slot row {row} was replaced before it went")))?)
            }
            None => None,
        };
        if before == Some(after) {
            return Ok(());
        }
        let is_again = before.is_none() && self.is_any_vanished && {
            let sql = "DELETE FROM vanished_slot WHERE publisher = ?1 AND id = ?2";
            context.tx.prepare_cached(sql)?.execute((context.publisher.0, id.as_bytes()))? > 0
        };
        self.push(context, Event { id, before, after: Some(after), is_again })
    }

    fn push(&mut self, context: &Context<'_>, event: Event) -> Result<()> {
        self.block.push(event);
        if self.block.n_events() == MAX_EVENTS { self.write_block(context) } else { Ok(()) }
    }

    fn write_block(&mut self, context: &Context<'_>) -> Result<()> {
        let n_events = self.block.n_events();
        let (ids, body) =
            self.block.finish(|number| schedule_id(context, number), |number| traits_body(context, number))?;
        context
            .tx
            .prepare_cached("INSERT INTO history_block (run, n_events, ids, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute((self.run, n_events as i64, ids, context.codec.compress(&body)?))?;
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self, context: &Context<'_>) -> Result<()> {
        if self.block.n_events() > 0 {
            self.write_block(context)?;
        }
        if self.vanished.is_empty() {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO vanished_slot (publisher, id, run) VALUES (?1, ?2, ?3)";
        let mut remember = context.tx.prepare_cached(sql)?;
        // In the order of the ids: pages are filled one after the other.
        self.vanished.sort_unstable();
        for id in self.vanished.iter().take(MAX_VANISHED as usize) {
            remember.execute((context.publisher.0, id.as_bytes(), self.run))?;
        }
        let sql = "DELETE FROM vanished_slot WHERE publisher = ?1 AND seq <= (
                       SELECT seq FROM vanished_slot WHERE publisher = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
                   )";
        context.tx.prepare_cached(sql)?.execute((context.publisher.0, MAX_VANISHED))?;
        Ok(())
    }
}

fn schedule_id(context: &Context<'_>, number: u32) -> Result<PublicId> {
    let number = ResourceNumber(number);
    let mut statement = context.tx.prepare_cached("SELECT id FROM resource WHERE number = ?1")?;
    let id: Option<[u8; 10]> = statement.query_row([number.0], |row| row.get(0)).optional()?;
    id.map(PublicId::from_bytes).ok_or_else(|| Error::damaged(format!("schedule {number} of a slot is missing")))
}

fn traits_body(context: &Context<'_>, number: u32) -> Result<Box<str>> {
    let mut statement = context.tx.prepare_cached("SELECT body FROM slot_traits WHERE number = ?1")?;
    let body: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
    body.map(String::into_boxed_str).ok_or_else(|| Error::damaged(format!("traits {number} are missing")))
}

/// Takes the next place in history for a run, which holds nothing yet and none of whose lines have come.
fn next_run(tx: &Connection, publisher: PublisherNumber) -> Result<i64> {
    tx.prepare_cached(
        "INSERT INTO history_run (publisher, at, started_at, crawl_run, outcome, n_slots, n_free_slots, first_block)
         VALUES (?1, 0, 0, 0, '', 0, 0, ?2)",
    )?
    .execute((publisher.0, next_block(tx)? as i64))?;
    Ok(tx.last_insert_rowid())
}

/// Enters how a run ended, at the place that its events were given; one that brought none gets its place now.
pub(crate) fn enter_run(
    tx: &Connection,
    publisher: PublisherNumber,
    place: Option<i64>,
    crawl_run: i64,
    run: &CrawlRun,
) -> Result<()> {
    debug_assert!(run.outcome != CrawlOutcome::TooSoon, "a run that was too soon was no attempt");
    let seq = match place {
        Some(seq) => seq,
        None => next_run(tx, publisher)?,
    };
    let duration_seconds = i64::try_from(run.duration_ms.div_ceil(1_000)).unwrap_or(i64::MAX);
    let UnixSeconds(ended_at) = run.started_at.plus_seconds(duration_seconds);
    let sql = "SELECT coalesce(max(n_slots), 0) FROM publisher_state WHERE publisher = ?1";
    let n_slots: i64 = tx.prepare_cached(sql)?.query_row([publisher.0], |row| row.get(0))?;
    // A clock that was put back does not put history out of order.
    tx.prepare_cached(
        "UPDATE history_run SET
             at = max(?2, coalesce((
                 SELECT before.at FROM history_run AS before WHERE before.publisher = ?3 AND before.seq < ?1
                 ORDER BY before.seq DESC LIMIT 1), ?2)),
             started_at = ?4, crawl_run = ?5, outcome = ?6, transaction_time = ?7, n_slots = ?8, n_free_slots = ?9
         WHERE seq = ?1",
    )?
    .execute((
        seq,
        ended_at,
        publisher.0,
        run.started_at.0,
        crawl_run,
        run.outcome.as_str(),
        &run.transaction_time,
        n_slots,
        run.n_free_slots as i64,
    ))?;
    Ok(())
}
