//! Rows of resources and their versions.

use openslots_model::UnixSeconds;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::access::ApplicationId;
use crate::resource::{Body, CareId, CareKind, Stored};
use crate::{Error, Result};

const COLUMNS: &str = "kind, id, patient, version, updated_at, body";

struct Raw {
    kind: String,
    id: String,
    patient: String,
    version: u32,
    updated_at: i64,
    body: String,
}

impl Raw {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            id: row.get(1)?,
            patient: row.get(2)?,
            version: row.get(3)?,
            updated_at: row.get(4)?,
            body: row.get(5)?,
        })
    }

    fn read(self) -> Result<Stored> {
        let corrupt = || Error::Corrupt { kind: self.kind.clone(), id: self.id.clone() };
        Ok(Stored {
            kind: self.kind.parse().map_err(|_| corrupt())?,
            id: self.id.parse().map_err(|_| corrupt())?,
            patient: self.patient.parse().map_err(|_| corrupt())?,
            version: self.version,
            updated_at: UnixSeconds(self.updated_at),
            body: serde_json::from_str::<Body>(&self.body).map_err(|_| corrupt())?,
        })
    }
}

/// A resource of a type, whoever's it is.
pub(crate) fn find(conn: &Connection, kind: CareKind, id: CareId) -> Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM resource WHERE id = ?1 AND kind = ?2");
    let raw = conn.prepare_cached(&sql)?.query_row((id.to_string(), kind.as_str()), Raw::of).optional()?;
    raw.map(Raw::read).transpose()
}

/// All of a type that a patient has, in the order in which they came.
pub(crate) fn of_patient(conn: &Connection, kind: CareKind, patient: CareId) -> Result<Vec<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM resource WHERE patient = ?1 AND kind = ?2 ORDER BY number");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map((patient.to_string(), kind.as_str()), Raw::of)?;
    rows.map(|raw| raw?.read()).collect()
}

/// The versions of a resource, the newest first.
pub(crate) fn versions(conn: &Connection, of: &Stored) -> Result<Vec<Stored>> {
    let sql = "SELECT version, updated_at, body FROM version WHERE id = ?1 ORDER BY version DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([of.id.to_string()], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    })?;
    rows.map(|row| {
        let (version, updated_at, body) = row?;
        let corrupt = |_| Error::Corrupt { kind: of.kind.to_string(), id: of.id.to_string() };
        let body = serde_json::from_str(&body).map_err(corrupt)?;
        Ok(Stored { version, updated_at: UnixSeconds(updated_at), body, ..of.clone() })
    })
    .collect()
}

/// Whether an application has this patient.
pub(crate) fn has_patient(conn: &Connection, application: &ApplicationId, patient: CareId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM resource WHERE id = ?1 AND kind = 'Patient' AND application = ?2)";
    Ok(conn.prepare_cached(sql)?.query_row((patient.to_string(), application.as_str()), |row| row.get(0))?)
}

/// The application that has a resource's patient.
pub(crate) fn application_of(conn: &Connection, id: CareId) -> Result<Option<ApplicationId>> {
    let sql = "SELECT application FROM resource WHERE id = ?1";
    let found: Option<String> = conn.query_row(sql, [id.to_string()], |row| row.get(0)).optional()?;
    let corrupt = |_| Error::Corrupt { kind: "application".to_owned(), id: id.to_string() };
    found.map(|text| text.parse().map_err(corrupt)).transpose()
}

/// Keeps a resource that is new.
pub(crate) fn insert(conn: &Connection, application: &ApplicationId, new: &Stored) -> Result<()> {
    let body = json_text(&new.body);
    conn.prepare_cached(
        "INSERT INTO resource (kind, id, patient, application, version, updated_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        new.kind.as_str(),
        new.id.to_string(),
        new.patient.to_string(),
        application.as_str(),
        new.version,
        new.updated_at.0,
        &body,
    ))?;
    insert_version(conn, new, &body)
}

/// Keeps a new version of a resource.
pub(crate) fn update(conn: &Connection, changed: &Stored) -> Result<()> {
    let body = json_text(&changed.body);
    conn.prepare_cached("UPDATE resource SET version = ?2, updated_at = ?3, body = ?4 WHERE id = ?1")?.execute((
        changed.id.to_string(),
        changed.version,
        changed.updated_at.0,
        &body,
    ))?;
    insert_version(conn, changed, &body)
}

fn insert_version(conn: &Connection, of: &Stored, body: &str) -> Result<()> {
    conn.prepare_cached("INSERT INTO version (id, version, updated_at, body) VALUES (?1, ?2, ?3, ?4)")?.execute((
        of.id.to_string(),
        of.version,
        of.updated_at.0,
        body,
    ))?;
    Ok(())
}

/// Removes a resource, its versions, and what hangs on it.
pub(crate) fn delete(conn: &Connection, id: CareId) -> Result<()> {
    conn.prepare_cached("DELETE FROM resource WHERE id = ?1")?.execute([id.to_string()])?;
    Ok(())
}

/// Removes all that is held of a patient, but the audit trail; how many resources.
pub(crate) fn delete_patient(conn: &Connection, patient: CareId) -> Result<usize> {
    conn.execute("DELETE FROM calendar WHERE patient = ?1", [patient.to_string()])?;
    Ok(conn.execute("DELETE FROM resource WHERE patient = ?1", [patient.to_string()])?)
}

/// Ids and patients of resources of a type that nobody has changed since.
pub(crate) fn unchanged_since(conn: &Connection, kind: CareKind, since: UnixSeconds) -> Result<Vec<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM resource WHERE kind = ?1 AND updated_at < ?2 ORDER BY number");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map((kind.as_str(), since.0), Raw::of)?;
    rows.map(|raw| raw?.read()).collect()
}

fn json_text(body: &Body) -> String {
    serde_json::Value::Object(body.clone()).to_string()
}
