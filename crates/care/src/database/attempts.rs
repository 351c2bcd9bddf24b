//! Rows of booking attempts.

use openslots_model::{PublicId, UnixSeconds};
use rusqlite::{Connection, OptionalExtension};

use crate::booking::SlotFacts;
use crate::resource::CareId;
use crate::{Error, Result};

/// An attempt to book a slot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) task: CareId,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) used_at: Option<UnixSeconds>,
    pub(crate) facts: SlotFacts,
}

type Columns = (String, i64, Option<i64>, String);

fn read((task, expires_at, used_at, facts): Columns) -> Result<Attempt> {
    let corrupt = || Error::Corrupt { kind: "attempt".to_owned(), id: task.clone() };
    Ok(Attempt {
        task: task.parse().map_err(|_| corrupt())?,
        expires_at: UnixSeconds(expires_at),
        used_at: used_at.map(UnixSeconds),
        facts: serde_json::from_str(&facts).map_err(|_| corrupt())?,
    })
}

fn find(conn: &Connection, column: &str, value: &dyn rusqlite::ToSql) -> Result<Option<Attempt>> {
    let sql = format!("SELECT task, expires_at, used_at, facts FROM attempt WHERE {column} = ?1");
    let columns = conn
        .prepare_cached(&sql)?
        .query_row([value], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    columns.map(read).transpose()
}

/// The attempt whose state has this hash.
pub(crate) fn by_state(conn: &Connection, hash: &[u8]) -> Result<Option<Attempt>> {
    find(conn, "state_hash", &hash)
}

/// The attempt of a task.
pub(crate) fn of_task(conn: &Connection, task: CareId) -> Result<Option<Attempt>> {
    find(conn, "task", &task.to_string())
}

pub(crate) fn insert(conn: &Connection, attempt: &Attempt, state_hash: &[u8]) -> Result<()> {
    let facts = serde_json::to_string(&attempt.facts)
        .map_err(|_| Error::Corrupt { kind: "attempt".to_owned(), id: attempt.task.to_string() })?;
    conn.execute(
        "INSERT INTO attempt (task, state_hash, slot, expires_at, facts) VALUES (?1, ?2, ?3, ?4, ?5)",
        (attempt.task.to_string(), state_hash, attempt.facts.slot.to_string(), attempt.expires_at.0, facts),
    )?;
    Ok(())
}

/// Uses the state up; whether it was still unused.
pub(crate) fn mark_used(conn: &Connection, task: CareId, at: UnixSeconds) -> Result<bool> {
    let n =
        conn.execute("UPDATE attempt SET used_at = ?2 WHERE task = ?1 AND used_at IS NULL", (task.to_string(), at.0))?;
    Ok(n == 1)
}

/// The slots that somebody is booking at the moment, and by which tasks.
pub(crate) fn pending(conn: &Connection, now: UnixSeconds) -> Result<Vec<(PublicId, CareId)>> {
    let mut statement =
        conn.prepare_cached("SELECT slot, task FROM attempt WHERE used_at IS NULL AND expires_at > ?1")?;
    let rows = statement.query_map([now.0], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (slot, task) = row?;
        let corrupt = || Error::Corrupt { kind: "attempt".to_owned(), id: task.clone() };
        Ok((slot.parse().map_err(|_| corrupt())?, task.parse().map_err(|_| corrupt())?))
    })
    .collect()
}

/// Keeps the provider's own reference to what was booked.
pub(crate) fn keep_appointment_ref(conn: &Connection, task: CareId, reference: &str) -> Result<()> {
    conn.execute("UPDATE attempt SET appointment_ref = ?2 WHERE task = ?1", (task.to_string(), reference))?;
    Ok(())
}

/// The provider's own reference to what was booked, if the portal told it.
pub(crate) fn appointment_ref(conn: &Connection, task: CareId) -> Result<Option<String>> {
    let sql = "SELECT appointment_ref FROM attempt WHERE task = ?1";
    Ok(conn.query_row(sql, [task.to_string()], |row| row.get(0)).optional()?.flatten())
}
