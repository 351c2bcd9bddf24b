//! The database file of the patient side: how it is opened, and what its tables hold.
//!
//! One connection behind a lock. A portal's patients come one click at a time, each call is a few statements, and one
//! writer at a time is what SQLite has anyway.

pub(crate) mod attempts;
pub(crate) mod audit;
pub(crate) mod calendars;
pub(crate) mod notices;
pub(crate) mod resources;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use rusqlite_migration::{M, Migrations};

pub(crate) use self::attempts::Attempt;
pub use self::audit::{AuditEntry, AuditOutcome, Interaction};
pub use self::calendars::CalendarRow;
pub use self::notices::Notice;
use crate::{Error, Result};

/// Every schema there was, the oldest first. A published one is never changed.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_initial.sql")];
const WATCHES_MIGRATIONS: &[&str] = &[include_str!("../../migrations/watches_0001_initial.sql")];

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Nobody but the service's own user may read it.
const FILE_MODE: u32 = 0o600;

/// Opens the database file, and brings its schema up to date.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    open_file(path, MIGRATIONS)
}

/// Opens the database file of watches, likewise.
pub(crate) fn open_watches(path: &Path) -> Result<Connection> {
    open_file(path, WATCHES_MIGRATIONS)
}

fn open_file(path: &Path, migrations: &[&str]) -> Result<Connection> {
    let failed = |reason: String| Error::Open { path: path.to_owned(), reason };
    // Before SQLite does, which would ask for the mode that the process's mask leaves. Its log gets the file's mode.
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(FILE_MODE)
        .open(path)
        .and_then(|_| fs::set_permissions(path, fs::Permissions::from_mode(FILE_MODE)))
        .map_err(|error| failed(error.to_string()))?;
    let conn = Connection::open(path).map_err(|error| failed(error.to_string()))?;
    prepare(conn, migrations).map_err(|error| match error {
        Error::Open { reason, .. } => failed(reason),
        other => failed(other.to_string()),
    })
}

fn prepare(mut conn: Connection, migrations: &[&str]) -> Result<Connection> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // What a patient was told is done must be so after a power cut too.
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // What is erased is overwritten, not just forgotten.
    conn.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = migrations.len() as i64;
    let failed = |reason: String| Error::Open { path: Path::new("").to_owned(), reason };
    if found > known {
        return Err(failed(format!("its schema {found} is newer than {known}; update openslots")));
    }
    let migrations = Migrations::new(migrations.iter().copied().map(M::up).collect());
    migrations.to_latest(&mut conn).map_err(|error| failed(error.to_string()))?;
    Ok(conn)
}

/// A key of the server's own, made when it is asked for the first time.
pub(crate) fn secret(conn: &Connection, name: &str) -> Result<[u8; 32]> {
    let found: Option<Vec<u8>> =
        conn.query_row("SELECT value FROM secret WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    if let Some(found) = found {
        return found.try_into().map_err(|_| Error::Corrupt { kind: "secret".to_owned(), id: name.to_owned() });
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Error::Random(error.to_string()))?;
    conn.execute("INSERT INTO secret (name, value) VALUES (?1, ?2)", (name, &key[..]))?;
    Ok(key)
}
