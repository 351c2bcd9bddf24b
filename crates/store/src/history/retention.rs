//! How long history is kept.

use openslots_model::UnixSeconds;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::{Result, Store};

/// The file gives space back when more than one part in so many of it is free: what is free is mostly used again soon.
const FREE_PART: i64 = 8;

/// How much of history is kept: whichever is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryRetention {
    /// Up to this age, in seconds.
    pub keep_seconds: u32,
    /// Up to this size of all events.
    pub max_bytes: u64,
}

impl Default for HistoryRetention {
    /// Ninety days, two gibibytes.
    fn default() -> Self {
        Self { keep_seconds: 90 * 86_400, max_bytes: 2 << 30 }
    }
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrimmedHistory {
    /// Runs with all that they brought.
    pub n_runs: u64,
    /// Pages that the file gave back.
    pub n_pages: u64,
}

impl Store {
    /// Forgets what is too old or too much, the oldest runs first, and gives the space back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn trim_history(&self, retention: HistoryRetention, now: UnixSeconds) -> Result<TrimmedHistory> {
        // What goes is counted first.
        self.count_events()?;
        self.count_polls()?;
        self.close_days(now)?;
        let mut writer = self.writer();
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last = last_forgotten(&tx, retention, now)?;
        let n_runs = match last {
            Some(last) => forget(&tx, last)?,
            None => 0,
        };
        tx.commit()?;
        let n_pages = if n_runs > 0 { give_back(&writer)? } else { 0 };
        Ok(TrimmedHistory { n_runs, n_pages })
    }
}

/// The newest run that is to be forgotten. Runs are forgotten in the order of history, so that what is left has no holes.
fn last_forgotten(tx: &Connection, retention: HistoryRetention, now: UnixSeconds) -> Result<Option<i64>> {
    let before = now.plus_seconds(-i64::from(retention.keep_seconds));
    let sql = "SELECT max(seq) FROM history_run WHERE at < ?1
               AND seq < (SELECT coalesce(min(seq), 9223372036854775807) FROM history_run WHERE at >= ?1)";
    let too_old: Option<i64> = tx.query_row(sql, [before.0], |row| row.get(0))?;
    let max_bytes = i64::try_from(retention.max_bytes).unwrap_or(i64::MAX);
    let too_much: Option<i64> = tx
        .query_row(
            "SELECT run FROM (
                 SELECT run, sum(sum(length(ids) + length(body))) OVER (ORDER BY run DESC) AS n_bytes
                 FROM history_block GROUP BY run
             ) WHERE n_bytes > ?1 ORDER BY run DESC LIMIT 1",
            [max_bytes],
            |row| row.get(0),
        )
        .optional()?;
    // A run that came meanwhile is not counted yet.
    let counted: i64 = tx.query_row("SELECT run FROM daily_count_end", [], |row| row.get(0))?;
    Ok(too_old.max(too_much).map(|last| last.min(counted)))
}

fn forget(tx: &Connection, last: i64) -> Result<u64> {
    tx.execute(
        "INSERT INTO history_horizon (at) SELECT max(at) FROM history_run WHERE seq <= ?1 HAVING max(at) IS NOT NULL",
        [last],
    )?;
    tx.execute("DELETE FROM history_horizon WHERE at < (SELECT max(at) FROM history_horizon)", [])?;
    tx.execute("DELETE FROM vanished_slot WHERE run <= ?1", [last])?;
    Ok(tx.execute("DELETE FROM history_run WHERE seq <= ?1", [last])? as u64)
}

/// Gives free pages back, if there are many.
fn give_back(writer: &Connection) -> Result<u64> {
    let pages = |pragma: &str| writer.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let (n_free, n_pages) = (pages("freelist_count")?, pages("page_count")?);
    if n_free * FREE_PART <= n_pages {
        return Ok(0);
    }
    let mut statement = writer.prepare("PRAGMA incremental_vacuum")?;
    let mut rows = statement.query([])?;
    // A page a step.
    while rows.next()?.is_some() {}
    Ok(u64::try_from(n_pages - pages("page_count")?).unwrap_or(0))
}
