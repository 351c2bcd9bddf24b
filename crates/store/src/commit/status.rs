//! The publisher's state and history after a run.

use openslots_model::{CrawlOutcome, CrawlRun, PublisherNumber, Validators};
use rusqlite::{Connection, OptionalExtension};

use crate::block::BlockCodec;
use crate::file_lines::LineRuns;
use crate::{Error, Result};

/// Crawl runs that are kept of each publisher: three weeks at one an hour.
const MAX_CRAWL_RUNS: i64 = 500;

/// What a commit must know of the publisher's state, and changes of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    pub(crate) generation: i64,
    pub(crate) n_slots: u64,
    pub(crate) n_free_slots: u64,
    /// Tokens that no file holds any more and that still stand.
    pub(crate) leftover: LineRuns,
    /// Whether the last complete run would have removed more than half of the slots, and did not.
    pub(crate) removal_waits: bool,
}

impl State {
    pub(crate) fn read(tx: &Connection, publisher: PublisherNumber) -> Result<Self> {
        let mut statement = tx.prepare_cached(
            "SELECT generation, n_slots, n_free_slots, leftover, removal_waits FROM publisher_state
             WHERE publisher = ?1",
        )?;
        let mut rows = statement.query([publisher.0])?;
        let Some(row) = rows.next()? else { return Ok(Self::default()) };
        let leftover: Option<Vec<u8>> = row.get(3)?;
        let counts: [i64; 2] = [row.get(1)?, row.get(2)?];
        Ok(Self {
            generation: row.get(0)?,
            n_slots: counts[0] as u64,
            n_free_slots: counts[1] as u64,
            leftover: LineRuns::decode(&leftover.unwrap_or_default())?,
            removal_waits: row.get(4)?,
        })
    }

    /// Keeps the state after a committed run.
    pub(crate) fn write(&self, tx: &Connection, publisher: PublisherNumber, manifest: &Validators) -> Result<()> {
        let leftover = Some(self.leftover.encode()).filter(|bytes| !bytes.is_empty());
        tx.prepare_cached(
            "INSERT INTO publisher_state (publisher, generation, n_slots, n_free_slots, leftover, removal_waits,
                 manifest_etag, manifest_last_modified)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET (generation, n_slots, n_free_slots, leftover, removal_waits, manifest_etag,
                 manifest_last_modified) = (excluded.generation, excluded.n_slots, excluded.n_free_slots,
                 excluded.leftover, excluded.removal_waits, excluded.manifest_etag, excluded.manifest_last_modified)",
        )?
        .execute((
            publisher.0,
            self.generation,
            self.n_slots as i64,
            self.n_free_slots as i64,
            leftover,
            self.removal_waits,
            &manifest.etag,
            &manifest.last_modified,
        ))?;
        Ok(())
    }
}

/// Enters a run into the publisher's status and history. A run that was too soon was no attempt and is not entered.
pub(crate) fn write_run(tx: &Connection, codec: &BlockCodec, publisher: PublisherNumber, run: &CrawlRun) -> Result<()> {
    if run.outcome == CrawlOutcome::TooSoon {
        return Ok(());
    }
    let success_at = run.outcome.is_success().then_some(run.started_at.0);
    let read_at = (run.outcome != CrawlOutcome::Failed).then_some(run.started_at.0);
    tx.prepare_cached(
        "INSERT INTO publisher_state (publisher, last_attempt_at, last_success_at, last_read_at, last_outcome,
             reason, transaction_time)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET last_attempt_at = excluded.last_attempt_at,
             last_success_at = coalesce(excluded.last_success_at, last_success_at),
             last_read_at = coalesce(excluded.last_read_at, last_read_at),
             last_outcome = excluded.last_outcome,
             reason = excluded.reason,
             transaction_time = coalesce(excluded.transaction_time, transaction_time)",
    )?
    .execute((
        publisher.0,
        run.started_at.0,
        success_at,
        read_at,
        run.outcome.as_str(),
        &run.reason,
        &run.transaction_time,
    ))?;
    let body = serde_json::to_vec(run).map_err(|source| Error::Json { what: "a crawl run", source })?;
    tx.prepare_cached("INSERT INTO crawl_run (publisher, started_at, body) VALUES (?1, ?2, ?3)")?.execute((
        publisher.0,
        run.started_at.0,
        codec.compress(&body)?,
    ))?;
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
