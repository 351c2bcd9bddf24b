//! Upkeep of the database file.

use crate::{Result, Store};

/// Fewer combinations of traits are not worth a walk over all slots.
const MIN_TRAITS: i64 = 10_000;

impl Store {
    /// Forgets combinations of traits that no slot has any more, once there are many; how many went.
    ///
    /// A publisher that words its slots anew with each export would else fill the disk. The newest combination stays,
    /// so that no number is ever given twice: the index knows traits by their numbers.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_unused_traits(&self) -> Result<u64> {
        let writer = self.writer();
        let n: i64 = writer.query_row("SELECT count(*) FROM slot_traits", [], |row| row.get(0))?;
        if n < MIN_TRAITS {
            return Ok(0);
        }
        let sql = "DELETE FROM slot_traits WHERE number NOT IN (SELECT traits FROM slot)
                   AND number < (SELECT max(number) FROM slot_traits)";
        Ok(writer.execute(sql, [])? as u64)
    }
}
