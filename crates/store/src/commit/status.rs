//! The publisher's state and history after a run.

use openslots_model::{CrawlOutcome, CrawlRun, HeldRemoval, PublisherHints, PublisherNumber, ResumePoint, RunScope};
use roaring::RoaringTreemap;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::block::BlockCodec;
use crate::file_lines::LineRuns;
use crate::history::enter_run;
use crate::{Error, Result};

/// Crawl runs that are kept of each publisher: three weeks at one an hour.
const MAX_CRAWL_RUNS: i64 = 500;

/// What a commit must know of the publisher's state, and changes of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    pub(crate) generation: i64,
    pub(crate) n_slots: u64,
    pub(crate) n_free_slots: u64,
    /// Tokens that no file holds any more and that still stand.
    pub(crate) leftover: LineRuns,
    /// Tokens whose removal waits for a second run that agrees.
    pub(crate) waiting: RoaringTreemap,
    /// The same, for people.
    pub(crate) held_removal: Option<HeldRemoval>,
    /// Where the next run begins.
    pub(crate) resume: Option<ResumePoint>,
    /// Whether schedules were joined without places that are tests.
    pub(crate) leaves_out_test_places: bool,
}

impl State {
    pub(crate) fn read(tx: &Connection, publisher: PublisherNumber) -> Result<Self> {
        let mut statement = tx.prepare_cached(
            "SELECT generation, n_slots, n_free_slots, leftover, waiting, held_removal,
                 leaves_out_test_places
             FROM publisher_state
             WHERE publisher = ?1",
        )?;
        let mut rows = statement.query([publisher.0])?;
        let Some(row) = rows.next()? else { return Ok(Self::default()) };
        let runs = |column| LineRuns::decode(&row.get::<_, Option<Vec<u8>>>(column)?.unwrap_or_default());
        let counts: [i64; 2] = [row.get(1)?, row.get(2)?];
        let held_removal: Option<String> = row.get(5)?;
        let held_removal = held_removal.map(|text| {
            serde_json::from_str(&text).map_err(|source| Error::Json { what: "a removal that waits", source })
        });
        Ok(Self {
            generation: row.get(0)?,
            n_slots: counts[0] as u64,
            n_free_slots: counts[1] as u64,
            leftover: runs(3)?,
            waiting: runs(4)?.held(),
            held_removal: held_removal.transpose()?,
            // The run that is committed says where it got to.
            resume: None,
            leaves_out_test_places: row.get(6)?,
        })
    }

    /// Keeps the state after a committed run.
    pub(crate) fn write(&self, tx: &Connection, publisher: PublisherNumber) -> Result<()> {
        let kept = |runs: LineRuns| Some(runs.encode()).filter(|bytes| !bytes.is_empty());
        tx.prepare_cached(
            "INSERT INTO publisher_state (publisher, generation, n_slots, n_free_slots, leftover, waiting,
                 held_removal, resume, leaves_out_test_places)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT DO UPDATE SET (generation, n_slots, n_free_slots, leftover, waiting, held_removal, resume,
                 leaves_out_test_places) = (excluded.generation, excluded.n_slots, excluded.n_free_slots,
                 excluded.leftover, excluded.waiting, excluded.held_removal, excluded.resume,
                 excluded.leaves_out_test_places)",
        )?
        .execute((
            publisher.0,
            self.generation,
            self.n_slots as i64,
            self.n_free_slots as i64,
            kept(self.leftover.clone()),
            kept(LineRuns::of_tokens(&self.waiting)),
            self.held_removal.as_ref().map(to_json).transpose()?,
            self.resume.as_ref().map(to_json).transpose()?,
            self.leaves_out_test_places,
        ))?;
        Ok(())
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::Json { what: "the state of a publisher", source })
}

/// Enters a run into the publisher's status and history, at the place in history that its events were given. A run that
/// was too soon was no attempt and is not entered.
pub(crate) fn write_run(
    tx: &Connection,
    codec: &BlockCodec,
    publisher: PublisherNumber,
    run: &CrawlRun,
    place: Option<i64>,
) -> Result<()> {
    if run.outcome == CrawlOutcome::TooSoon {
        return Ok(());
    }
    let success_at = run.outcome.is_success().then_some(run.started_at.0);
    let is_read = run.outcome != CrawlOutcome::Failed;
    let read_at = is_read.then_some(run.started_at.0);
    let snapshot_at = success_at.filter(|_| run.scope == RunScope::Snapshot);
    let PublisherHints { wished_interval_seconds, left_alone_until, clock_skew_seconds } = run.hints;
    tx.prepare_cached(
        "INSERT INTO publisher_state (publisher, last_attempt_at, last_success_at, last_read_at, last_outcome,
             reason, transaction_time, last_snapshot_at, n_failures, wished_interval_seconds, left_alone_until,
             clock_skew_seconds)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT DO UPDATE SET last_attempt_at = excluded.last_attempt_at,
             last_success_at = coalesce(excluded.last_success_at, last_success_at),
             last_read_at = coalesce(excluded.last_read_at, last_read_at),
             last_outcome = excluded.last_outcome,
             reason = excluded.reason,
             transaction_time = CASE WHEN ?13 THEN excluded.transaction_time
                 ELSE coalesce(excluded.transaction_time, transaction_time) END,
             last_snapshot_at = coalesce(excluded.last_snapshot_at, last_snapshot_at),
             n_failures = CASE WHEN ?14 THEN 0 ELSE n_failures + excluded.n_failures END,
             wished_interval_seconds = CASE WHEN ?13 THEN excluded.wished_interval_seconds
                 ELSE coalesce(excluded.wished_interval_seconds, wished_interval_seconds) END,
             left_alone_until = excluded.left_alone_until,
             clock_skew_seconds = coalesce(excluded.clock_skew_seconds, clock_skew_seconds)",
    )?
    .execute((
        publisher.0,
        run.started_at.0,
        success_at,
        read_at,
        run.outcome.as_str(),
        &run.reason,
        &run.transaction_time,
        snapshot_at,
        // A full disk of ours is no failure of the publisher.
        u32::from(!is_read && !run.is_own_fault),
        wished_interval_seconds,
        left_alone_until.map(|at| at.0),
        clock_skew_seconds,
        // Whoever read the whole manifest knows that nothing else is wished.
        is_read && run.scope == RunScope::Snapshot,
        is_read,
    ))?;
    let body = serde_json::to_vec(run).map_err(|source| Error::Json { what: "a crawl run", source })?;
    tx.prepare_cached("INSERT INTO crawl_run (publisher, started_at, body) VALUES (?1, ?2, ?3)")?.execute((
        publisher.0,
        run.started_at.0,
        codec.compress(&body)?,
    ))?;
    enter_run(tx, publisher, place, tx.last_insert_rowid(), run)?;
    tx.prepare_cached(
        "DELETE FROM crawl_run WHERE publisher = ?1 AND id <= (
             SELECT id FROM crawl_run WHERE publisher = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute((publisher.0, MAX_CRAWL_RUNS))?;
    Ok(())
}

/// The number of a publisher's free slots.
pub(crate) fn n_free_slots(tx: &Connection, publisher: PublisherNumber) -> Result<u64> {
    let n: Option<i64> = tx
        .prepare_cached("SELECT n_free_slots FROM publisher_state WHERE publisher = ?1")?
        .query_row([publisher.0], |row| row.get(0))
        .optional()?;
    Ok(n.unwrap_or(0) as u64)
}
