//! Upkeep of the database file.

use crate::{Result, Store};

impl Store {
    /// Writes what the log beside the database holds back into the database file; whether all of it could be, which it
    /// cannot while somebody reads an older state.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn checkpoint(&self) -> Result<bool> {
        let is_busy: bool = self.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!is_busy)
    }
}
