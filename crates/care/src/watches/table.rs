//! The tables of watches: what is looked for, what was seen, what was told.

use openslots_model::{PublicId, UnixSeconds};
use rusqlite::{Connection, OptionalExtension, Row};

use super::delivery::WebhookState;
use super::{MAX_TOLD, NewMatch, SeenAppointment};
use crate::{Error, Result};

/// The number of a watch, inside this program only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WatchNumber(pub(super) i64);

/// A saved slot search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Its number.
    pub number: WatchNumber,
    /// The search, as a query string of `/slots`.
    pub query: String,
    /// When it was made.
    pub created_at: UnixSeconds,
    /// When it is forgotten.
    pub expires_at: UnixSeconds,
    /// Whether more match than are looked at.
    pub is_too_wide: bool,
    /// How many appointments were told in all.
    pub n_told: u32,
    /// How its webhook fares, if it has one.
    pub webhook: Option<WebhookState>,
}

/// A slot as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldSlot {
    /// Its place among all that were told.
    pub seq: i64,
    /// When it was told.
    pub told_at: UnixSeconds,
    /// Its published id.
    pub slot: PublicId,
    /// What was told of it, as JSON.
    pub body: String,
}

const COLUMNS: &str = "number, query, created_at, expires_at, is_too_wide, n_told, state
    FROM watch LEFT JOIN webhook ON webhook.watch = watch.number";

pub(super) fn count(conn: &Connection) -> Result<u32> {
    Ok(conn.query_row("SELECT count(*) FROM watch", [], |row| row.get(0))?)
}

pub(super) fn insert(
    conn: &Connection,
    key_hash: &[u8; 32],
    query: &str,
    now: UnixSeconds,
    expires_at: UnixSeconds,
) -> Result<WatchNumber> {
    conn.execute(
        "INSERT INTO watch (key_hash, query, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        (&key_hash[..], query, now.0, expires_at.0),
    )?;
    Ok(WatchNumber(conn.last_insert_rowid()))
}

pub(super) fn find(conn: &Connection, key_hash: &[u8; 32], now: UnixSeconds) -> Result<Option<Watch>> {
    let sql = format!("SELECT {COLUMNS} WHERE key_hash = ?1 AND expires_at > ?2");
    let found = conn.prepare_cached(&sql)?.query_row((&key_hash[..], now.0), read).optional()?;
    found.transpose()
}

pub(super) fn all(conn: &Connection, now: UnixSeconds) -> Result<Vec<Watch>> {
    let sql = format!("SELECT {COLUMNS} WHERE expires_at > ?1 ORDER BY number");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([now.0], read)?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Watch>> {
    let state: Option<String> = row.get(6)?;
    let number: i64 = row.get(0)?;
    let webhook = state.map(|state| {
        WebhookState::of(&state).ok_or_else(|| Error::Corrupt { kind: "watch".to_owned(), id: number.to_string() })
    });
    let webhook = match webhook.transpose() {
        Ok(webhook) => webhook,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(Watch {
        number: WatchNumber(number),
        query: row.get(1)?,
        created_at: UnixSeconds(row.get(2)?),
        expires_at: UnixSeconds(row.get(3)?),
        is_too_wide: row.get(4)?,
        n_told: row.get(5)?,
        webhook,
    }))
}

pub(super) fn delete(conn: &Connection, key_hash: &[u8; 32]) -> Result<bool> {
    Ok(conn.execute("DELETE FROM watch WHERE key_hash = ?1", [&key_hash[..]])? > 0)
}

/// Notes how much matches; whether the watch is still there.
pub(super) fn note_width(conn: &Connection, watch: WatchNumber, is_too_wide: bool) -> Result<bool> {
    let sql = "UPDATE watch SET is_too_wide = ?2 WHERE number = ?1";
    Ok(conn.prepare_cached(sql)?.execute((watch.0, is_too_wide))? > 0)
}

/// Notes that an appointment was seen; whether it is new.
pub(super) fn see(conn: &Connection, watch: WatchNumber, seen: SeenAppointment) -> Result<bool> {
    let sql = "INSERT OR IGNORE INTO seen (watch, start, schedule) VALUES (?1, ?2, ?3)";
    Ok(conn.prepare_cached(sql)?.execute((watch.0, seen.start.0, &seen.schedule.as_bytes()[..]))? > 0)
}

pub(super) fn has_seen(conn: &Connection, watch: WatchNumber, seen: SeenAppointment) -> Result<bool> {
    let sql = "SELECT 1 FROM seen WHERE watch = ?1 AND start = ?2 AND schedule = ?3";
    Ok(conn.prepare_cached(sql)?.exists((watch.0, seen.start.0, &seen.schedule.as_bytes()[..]))?)
}

pub(super) fn insert_told(conn: &Connection, watch: WatchNumber, found: &NewMatch, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT INTO told (watch, told_at, slot, body) VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute((watch.0, now.0, &found.slot.as_bytes()[..], &found.body))?;
    Ok(())
}

/// Counts what was told, keeps the newest of it, and forgets appointments that are over: no search finds those again.
pub(super) fn count_told(conn: &Connection, watch: WatchNumber, n_told: u32, now: UnixSeconds) -> Result<()> {
    if n_told == 0 {
        return Ok(());
    }
    let over = now.plus_seconds(-SEEN_AFTER_START_SECONDS);
    conn.prepare_cached("DELETE FROM seen WHERE watch = ?1 AND start < ?2")?.execute((watch.0, over.0))?;
    conn.prepare_cached("UPDATE watch SET n_told = n_told + ?2 WHERE number = ?1")?.execute((watch.0, n_told))?;
    // What a webhook still waits for stays.
    conn.prepare_cached(
        "DELETE FROM told WHERE watch = ?1
             AND seq <= coalesce((SELECT delivered FROM webhook WHERE watch = ?1 AND state <> 'failed'), seq)
             AND seq NOT IN (SELECT seq FROM told WHERE watch = ?1 ORDER BY seq DESC LIMIT ?2)",
    )?
    .execute((watch.0, MAX_TOLD))?;
    Ok(())
}

pub(super) fn told(conn: &Connection, watch: WatchNumber, limit: u32) -> Result<Vec<ToldSlot>> {
    let sql = "SELECT seq, told_at, slot, body FROM told WHERE watch = ?1 ORDER BY seq DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map((watch.0, limit), read_told)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn read_told(row: &Row<'_>) -> rusqlite::Result<ToldSlot> {
    Ok(ToldSlot {
        seq: row.get(0)?,
        told_at: UnixSeconds(row.get(1)?),
        slot: PublicId::from_bytes(row.get(2)?),
        body: row.get(3)?,
    })
}

/// Forgets watches at their time.
pub(super) fn forget(conn: &Connection, now: UnixSeconds) -> Result<()> {
    conn.execute("DELETE FROM watch WHERE expires_at <= ?1", [now.0])?;
    Ok(())
}

/// How long an appointment is remembered after its start, in seconds: a search may ask for slots that have begun.
const SEEN_AFTER_START_SECONDS: i64 = 24 * 3_600;
