//! Rows of notices that must still reach somebody.

use openslots_model::UnixSeconds;
use rusqlite::Connection;

use crate::resource::CareId;
use crate::{Error, Result};

/// A notice of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number; the same for every try, so that whoever gets it twice can see it.
    pub number: i64,
    /// The Subscription.
    pub subscription: CareId,
    /// What changed, as `Type/id`.
    pub resource: String,
    /// Its version then.
    pub version: u32,
    /// How often it was tried.
    pub n_tries: u32,
}

/// Puts a notice in line.
pub(crate) fn insert(
    conn: &Connection,
    subscription: CareId,
    resource: &str,
    version: u32,
    now: UnixSeconds,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO notice (subscription, resource, version, n_tries, due_at) VALUES (?1, ?2, ?3, 0, ?4)",
    )?
    .execute((subscription.to_string(), resource, version, now.0))?;
    Ok(())
}

/// What is due, the oldest first.
pub(crate) fn due(conn: &Connection, now: UnixSeconds, limit: usize) -> Result<Vec<Notice>> {
    let mut statement = conn.prepare_cached(
        "SELECT number, subscription, resource, version, n_tries FROM notice
         WHERE due_at <= ?1 ORDER BY number LIMIT ?2",
    )?;
    let rows = statement.query_map((now.0, limit as i64), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    })?;
    rows.map(|row| {
        let (number, subscription, resource, version, n_tries) = row?;
        let corrupt = |_| Error::Corrupt { kind: "notice".to_owned(), id: number.to_string() };
        Ok(Notice { number, subscription: subscription.parse().map_err(corrupt)?, resource, version, n_tries })
    })
    .collect()
}

/// When the next one is due.
pub(crate) fn next_due(conn: &Connection) -> Result<Option<UnixSeconds>> {
    let at: Option<i64> = conn.query_row("SELECT min(due_at) FROM notice", [], |row| row.get(0))?;
    Ok(at.map(UnixSeconds))
}

/// It has reached whom it is for, or is given up.
pub(crate) fn delete(conn: &Connection, number: i64) -> Result<()> {
    conn.execute("DELETE FROM notice WHERE number = ?1", [number])?;
    Ok(())
}

/// It has not; the next try.
pub(crate) fn put_off(conn: &Connection, number: i64, n_tries: u32, due_at: UnixSeconds) -> Result<()> {
    conn.execute("UPDATE notice SET n_tries = ?2, due_at = ?3 WHERE number = ?1", (number, n_tries, due_at.0))?;
    Ok(())
}
