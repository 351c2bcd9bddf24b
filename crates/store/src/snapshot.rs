//! Everything the index needs, as of one moment.

use openslots_model::{ChangeSeq, ProviderLocation, ProviderLocationNumber, SlotRecord, SlotTraits, TraitsNumber};
use rusqlite::Connection;

use crate::columns::{blob, text};
use crate::commit::read_traits;
use crate::feed::last_seq;
use crate::pool::Pooled;
use crate::provider_location;
use crate::read::slot_record;
use crate::{Result, Store};

/// One read transaction: all that it gives is of the same moment, whatever is committed meanwhile.
///
/// While it is open the write-ahead log cannot be cut back; it is meant to be read through and dropped.
#[derive(Debug)]
pub struct ReadSnapshot {
    store: Store,
    conn: Pooled<Connection>,
    seq: ChangeSeq,
}

impl Store {
    /// Begins to read everything as of now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn snapshot(&self) -> Result<ReadSnapshot> {
        let conn = self.reader()?;
        conn.execute_batch("BEGIN")?;
        // From here on it is closed again by its drop; the first read sets its moment.
        let mut snapshot = ReadSnapshot { store: self.clone(), conn, seq: ChangeSeq::default() };
        snapshot.seq = last_seq(&snapshot.conn)?;
        Ok(snapshot)
    }
}

impl ReadSnapshot {
    /// The newest place in the change feed that it holds.
    pub const fn seq(&self) -> ChangeSeq {
        self.seq
    }

    /// All combinations of traits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn traits(&self) -> Result<Vec<(TraitsNumber, SlotTraits)>> {
        let mut statement = self.conn.prepare_cached("SELECT number, body FROM slot_traits ORDER BY number")?;
        let mut rows = statement.query([])?;
        let mut traits = Vec::new();
        while let Some(row) = rows.next()? {
            let body = text(row, 1)?;
            traits.push((TraitsNumber(row.get(0)?), read_traits(body)?));
        }
        Ok(traits)
    }

    /// Calls back with every provider location, by number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_provider_location(
        &self,
        mut visit: impl FnMut(ProviderLocationNumber, ProviderLocation),
    ) -> Result<()> {
        let mut statement = self.conn.prepare_cached("SELECT number, body FROM provider_location ORDER BY number")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let found = provider_location::decode(self.store.codec(), blob(row, 1)?)?;
            visit(ProviderLocationNumber(row.get(0)?), found);
        }
        Ok(())
    }

    /// Calls back with every slot, by row; also with those whose schedule has not come.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_slot(&self, mut visit: impl FnMut(SlotRecord)) -> Result<()> {
        let mut statement = self.conn.prepare_cached("SELECT row, schedule, start, traits FROM slot ORDER BY row")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(slot_record(row)?);
        }
        Ok(())
    }
}

impl Drop for ReadSnapshot {
    fn drop(&mut self) {
        // A connection that cannot leave its transaction must not go back to the others.
        if self.conn.execute_batch("ROLLBACK").is_err() || !self.conn.is_autocommit() {
            self.conn.discard();
        }
    }
}
