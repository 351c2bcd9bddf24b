//! Reading history: runs and events, the oldest first.

use std::sync::Arc;

use openslots_model::{HistoryRun, PublisherNumber, SlotEvent, SlotEventKind, SlotState, SlotTraits, UnixSeconds};
use rusqlite::{Connection, Row, Rows};
use rustc_hash::FxHashMap;

use super::block::{Block, Event, Facts};
use crate::columns::{blob, text, unsigned};
use crate::commit::read_traits;
use crate::publishers::read_outcome;
use crate::{ReadSnapshot, Result, Store};

/// How much history there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistorySize {
    /// Events.
    pub n_events: u64,
    /// What they take, compressed.
    pub n_bytes: u64,
}

impl ReadSnapshot {
    /// The instant before which nothing can be told; `None`: all that ever happened is known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_horizon(&self) -> Result<Option<UnixSeconds>> {
        let sql = "SELECT max(at) FROM history_horizon";
        Ok(self.connection().query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.map(UnixSeconds))
    }

    /// When the outcome of the oldest run that history holds could be seen; `None`: it holds none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_begin(&self) -> Result<Option<UnixSeconds>> {
        let sql = "SELECT min(at) FROM history_run";
        Ok(self.connection().query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.map(UnixSeconds))
    }

    /// When the outcome of the newest run could be seen; `None`: there was none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_end(&self) -> Result<Option<UnixSeconds>> {
        let sql = "SELECT max(at) FROM history_run";
        Ok(self.connection().query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.map(UnixSeconds))
    }

    /// How much history there is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_size(&self) -> Result<HistorySize> {
        let sql = "SELECT coalesce(sum(n_events), 0), coalesce(sum(length(ids) + length(body)), 0) FROM history_block";
        Ok(self.connection().query_row(sql, [], |row| {
            Ok(HistorySize { n_events: row.get::<_, i64>(0)? as u64, n_bytes: row.get::<_, i64>(1)? as u64 })
        })?)
    }

    /// The runs that history holds, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_runs(&self) -> Result<Vec<HistoryRun>> {
        let mut statement =
            self.connection().prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM history_run ORDER BY seq"))?;
        read_runs(statement.query([])?)
    }

    /// The runs whose outcome could be seen from one instant to another, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_runs_between(&self, first: UnixSeconds, last: UnixSeconds) -> Result<Vec<HistoryRun>> {
        let sql = format!("SELECT {RUN_COLUMNS} FROM history_run WHERE at >= ?1 AND at <= ?2 ORDER BY seq");
        let mut statement = self.connection().prepare_cached(&sql)?;
        read_runs(statement.query((first.0, last.0))?)
    }

    /// The last run of each publisher whose outcome could be seen at an instant, as far as history holds it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_history_runs(&self, at: UnixSeconds) -> Result<Vec<HistoryRun>> {
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT {RUN_COLUMNS} FROM history_run
             WHERE seq IN (SELECT max(seq) FROM history_run WHERE at <= ?1 GROUP BY publisher) ORDER BY seq"
        ))?;
        read_runs(statement.query([at.0])?)
    }

    /// Calls back with each event of a run, in no particular order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_event(&self, run: &HistoryRun, mut visit: impl FnMut(SlotEvent)) -> Result<()> {
        let mut known = KnownTraits::default();
        self.for_each_block(run.seq, |block| {
            let traits = known.of(&block)?;
            let state = |facts: Facts| state(&block, &traits, facts);
            for Event { id, before, after, is_again } in &block.events {
                let kind = match (before, after) {
                    (None, _) if *is_again => SlotEventKind::Reappeared,
                    (None, _) => SlotEventKind::Appeared,
                    (Some(_), Some(_)) => SlotEventKind::Changed,
                    (Some(_), None) => SlotEventKind::Vanished,
                };
                visit(SlotEvent { kind, slot: *id, before: before.map(state), after: after.map(state) });
            }
            Ok(())
        })
    }

    /// Calls back with each block of a run, in order.
    pub(super) fn for_each_block(&self, run: u64, mut visit: impl FnMut(Block) -> Result<()>) -> Result<()> {
        let mut statement =
            self.connection().prepare_cached("SELECT ids, body FROM history_block WHERE run = ?1 ORDER BY id")?;
        let mut rows = statement.query([run as i64])?;
        while let Some(row) = rows.next()? {
            let body = self.codec().decompress(blob(row, 1)?)?;
            visit(Block::decode(blob(row, 0)?, &body)?)?;
        }
        Ok(())
    }
}

impl Store {
    /// The runs of a publisher whose outcome could be seen at an instant or later, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_runs_since(&self, publisher: PublisherNumber, from: UnixSeconds) -> Result<Vec<HistoryRun>> {
        runs_since(&*self.reader()?, publisher, from)
    }
}

/// The runs of a publisher whose outcome could be seen at an instant or later, the oldest first.
pub(super) fn runs_since(conn: &Connection, publisher: PublisherNumber, from: UnixSeconds) -> Result<Vec<HistoryRun>> {
    // Of one publisher `at` never falls, so the last run before the instant ends what is left out.
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {RUN_COLUMNS} FROM history_run WHERE publisher = ?1 AND seq > coalesce((
                 SELECT before.seq FROM history_run AS before WHERE before.publisher = ?1 AND before.at < ?2
                 ORDER BY before.seq DESC LIMIT 1), 0)
             ORDER BY seq"
    ))?;
    read_runs(statement.query((publisher.0, from.0))?)
}

/// What [`history_run`] reads.
const RUN_COLUMNS: &str = "seq, publisher, at, started_at, crawl_run, outcome, transaction_time, n_slots, n_free_slots";

fn read_runs(mut rows: Rows<'_>) -> Result<Vec<HistoryRun>> {
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(history_run(row)?);
    }
    Ok(runs)
}

fn history_run(row: &Row<'_>) -> Result<HistoryRun> {
    Ok(HistoryRun {
        seq: unsigned(row, 0)?,
        publisher: PublisherNumber(row.get(1)?),
        at: UnixSeconds(row.get(2)?),
        started_at: UnixSeconds(row.get(3)?),
        crawl_run: unsigned(row, 4)?,
        outcome: read_outcome(text(row, 5)?)?,
        transaction_time: row.get(6)?,
        n_slots: unsigned(row, 7)?,
        n_free_slots: unsigned(row, 8)?,
    })
}

/// Traits that were read, so that those of many blocks are read once.
#[derive(Debug, Default)]
pub(super) struct KnownTraits {
    known: FxHashMap<String, Arc<SlotTraits>>,
}

impl KnownTraits {
    /// The traits of a block, in its order.
    pub(super) fn of(&mut self, block: &Block) -> Result<Vec<Arc<SlotTraits>>> {
        let traits = block.traits.iter().map(|body| {
            if let Some(known) = self.known.get(body) {
                return Ok(Arc::clone(known));
            }
            let read = Arc::new(read_traits(body)?);
            self.known.insert(body.clone(), Arc::clone(&read));
            Ok(read)
        });
        traits.collect()
    }
}

/// What facts of a block say.
pub(super) fn state(block: &Block, traits: &[Arc<SlotTraits>], facts: Facts) -> SlotState {
    SlotState {
        // Both were seen to lie within their lists when the block was read.
        schedule: block.schedules[facts.schedule as usize],
        start: UnixSeconds(facts.start),
        traits: Arc::clone(&traits[facts.traits as usize]),
    }
}
