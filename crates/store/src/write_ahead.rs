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
        self.shorten_log_from(LONG_PAGES);
    }

    /// The same from so many pages on.
    fn shorten_log_from(&self, n_pages: i64) {
        let Some(conn) = self.free_checkpointer() else { return };
        let shorten = |conn: &Connection| -> Result<()> {
            if n_pages_waiting(conn, "NOOP")? >= n_pages {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_brought_into_the_database_while_the_writer_is_at_work() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.checkpoint().unwrap();
        store.writer().execute_batch("CREATE TABLE extra (body); INSERT INTO extra VALUES (zeroblob(100000))").unwrap();
        let waiting = || n_pages_waiting(&store.checkpointer(), "NOOP").unwrap();
        let n_pages = waiting();
        assert!(n_pages > 12, "{n_pages} pages of eight kilobytes");
        store.shorten_log_from(n_pages + 1);
        assert_eq!(waiting(), n_pages, "it is not long");
        let writer = store.writer();
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO extra VALUES (1)").unwrap();
        store.shorten_log_from(n_pages);
        assert_eq!(waiting(), 0);
        writer.execute_batch("COMMIT").unwrap();
        assert!(waiting() > 0, "what came meanwhile");
        store.shorten_log();
        assert!(waiting() > 0, "is not much");
    }

    #[test]
    fn who_finds_another_at_it_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let _at_it = store.checkpointer();
        store.shorten_log_from(0);
    }
}
