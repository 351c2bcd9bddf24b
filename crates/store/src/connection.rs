//! Connections: pragmas on every one of them, migrations on the first.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::write_ahead::TOO_LONG_PAGES;
use crate::{Error, Result};

/// Every schema there was, the oldest first. A published one is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_left_alone_for_years.sql"),
    include_str!("../migrations/0003_old_keys.sql"),
    include_str!("../migrations/0004_old_slot_ids.sql"),
    include_str!("../migrations/0005_feed_beginning.sql"),
    include_str!("../migrations/0006_history.sql"),
    include_str!("../migrations/0007_first_block_of_a_run.sql"),
    include_str!("../migrations/0008_statistics.sql"),
    include_str!("../migrations/0009_rest_of_a_block.sql"),
];

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const STATEMENT_CACHE_CAPACITY: usize = 64;

/// Opens the one connection that writes, and brings the schema up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    let open_error = |source| Error::Open { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(open_error)?;
    prepare_writer(&conn).map_err(open_error)?;
    if conn.is_readonly("main")? {
        let source = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "the database file is read-only");
        return Err(Error::DataDir { path: path.to_owned(), source });
    }
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(open_error)?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(Error::NewerSchema { path: path.to_owned(), found, known });
    }
    let migrations = Migrations::new(MIGRATIONS.iter().copied().map(M::up).collect());
    migrations.to_latest(&mut conn).map_err(|source| Error::Migration { path: path.to_owned(), source })?;
    Ok(conn)
}

fn prepare_writer(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    // Takes effect only before the first table, and must come before WAL.
    conn.pragma_update(None, "page_size", 8192)?;
    // So too: what history lets go can be given back to the disk without writing the whole file anew.
    conn.pragma_update(None, "auto_vacuum", "incremental")?;
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // In WAL mode a commit is durable at the next checkpoint and always atomic: a power cut may lose the last run, which is
    // crawled again, and never leaves half of one.
    conn.pragma_update(None, "synchronous", "normal")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cache_size", -64 * 1024)?;
    conn.pragma_update(None, "wal_autocheckpoint", TOO_LONG_PAGES)?;
    // A first crawl's log is as large as the crawl; it need not stay so.
    conn.pragma_update_and_check(None, "journal_size_limit", 64 * 1024 * 1024, |_| Ok(()))?;
    conn.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    Ok(())
}

/// Opens a connection that brings the log into the database, of a database that a writer has opened.
pub(crate) fn open_checkpointer(path: &Path) -> Result<Connection> {
    let open_error = |source| Error::Open { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(open_error)?;
    conn.busy_timeout(BUSY_TIMEOUT).map_err(open_error)?;
    Ok(conn)
}

/// Opens a connection that only reads, of a database that a writer has opened.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let open_error = |source| Error::Open { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(open_error)?;
    let prepare = || {
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        // Small: there may be many of them, and the system's own cache holds the pages for all.
        conn.pragma_update(None, "cache_size", -1024)
    };
    prepare().map_err(open_error)?;
    conn.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    Ok(conn)
}
