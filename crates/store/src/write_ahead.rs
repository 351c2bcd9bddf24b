//! The log beside the database: brought into the database beside the writer, so that no commit waits for the disk.
//!
//! To bring 32 MB of it into the file takes some 80 ms, most of it waiting. The writer does so itself only where the log
//! has grown to four times as much in spite of that: only between two commits can it begin at its beginning again.

use rusqlite::Connection;

use crate::{Result, Store};

/// Pages of eight kilobytes in the log from which on it is brought into the database beside the writer: 32 MiB.
const LONG_PAGES: i64 = 4_096;
/// Pages from which on the writer does it after its commit: 128 MiB.
pub(crate) const TOO_LONG_PAGES: i64 = 16_384;

impl Store {
    /// Brings the log into the database if it is long; passed over while another does.
    pub(crate) fn shorten_log(&self) {
        let Some(conn) = self.free_checkpointer() else { return };
        let shorten = |conn: &Connection| -> Result<()> {
            if n_pages_waiting(conn, "NOOP")? >= LONG_PAGES {
                n_pages_waiting(conn, "PASSIVE")?;
            }
            Ok(())
        };
        if let Err(error) = shorten(&conn) {
            // The next commit's thread tries again, and the writer itself in the end.
            tracing::warn!(%error, "the database's log could not be shortened");
        }
    }

    /// Writes what the log beside the database holds back into the database file; whether all of it could be, which it
    /// cannot while somebody reads an older state.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn checkpoint(&self) -> Result<bool> {
        // Two at once would get in each other's way.
        let _alone = self.checkpointer();
        let is_busy: bool = self.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!is_busy)
    }
}

/// How many pages of the log are not in the database after a checkpoint of this mode.
fn n_pages_waiting(conn: &Connection, mode: &str) -> Result<i64> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let (n_in_log, n_done): (i64, i64) = conn.query_row(&sql, [], |row| Ok((row.get(1)?, row.get(2)?)))?;
    Ok(n_in_log - n_done)
}
