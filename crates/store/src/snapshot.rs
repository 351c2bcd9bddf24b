//! Everything the index needs, as of one moment.

use std::collections::{BTreeMap, HashMap};

use openslots_model::{
    ChangeSeq, ProviderLocation, ProviderLocationNumber, PublicId, PublisherNumber, PublisherStatus, ResourceKind,
    ResourceNumber, SlotRecord, SlotTraits, TraitsNumber,
};
use rusqlite::{Connection, OptionalExtension};

use crate::block::{BlockCache, BlockCodec};
use crate::columns::{blob, text, unsigned};
use crate::commit::read_traits;
use crate::feed::last_seq;
use crate::lines::LineReader;
use crate::pool::Pooled;
use crate::provider_location;
use crate::publishers::statuses;
use crate::read::slot_record;
use crate::{Error, Result, Store};

/// One read transaction: all that it gives is of the same moment, whatever is committed meanwhile.
///
/// While it is open the write-ahead log cannot be cut back; it is meant to be read through and dropped.
#[derive(Debug)]
pub struct ReadSnapshot {
    store: Store,
    conn: Pooled<Connection>,
    seq: ChangeSeq,
    /// Its own: blocks of another moment may lack lines of this one, and to read everything would leave nothing in the
    /// store's that is asked for often.
    blocks: BlockCache,
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
        let mut snapshot =
            ReadSnapshot { store: self.clone(), conn, seq: ChangeSeq::default(), blocks: BlockCache::default() };
        snapshot.seq = last_seq(&snapshot.conn)?;
        Ok(snapshot)
    }

    /// Two that hold the same moment, for two threads.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn twin_snapshots(&self) -> Result<[ReadSnapshot; 2]> {
        let _nobody_commits = self.writer();
        Ok([self.snapshot()?, self.snapshot()?])
    }
}

/// A resource other than a slot that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldResource {
    /// Its number.
    pub number: ResourceNumber,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// Its type.
    pub kind: ResourceKind,
    /// Its published id.
    pub id: PublicId,
    /// Where its line is ([`ReadSnapshot::line`]). A line that changes is elsewhere afterwards.
    pub line: u64,
}

/// A schedule with the provider locations that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedSchedule {
    /// Its published id.
    pub id: PublicId,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// Where its slots are found, by number; none before the schedule itself has come.
    pub provider_locations: Vec<ProviderLocation>,
}

impl ReadSnapshot {
    pub(crate) fn connection(&self) -> &Connection {
        &self.conn
    }

    pub(crate) fn codec(&self) -> &BlockCodec {
        self.store.codec()
    }

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

    /// The publishers and their state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn publisher_statuses(&self) -> Result<Vec<PublisherStatus>> {
        statuses(&self.conn)
    }

    /// Calls back with every resource other than slots that is held, by number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_resource(&self, mut visit: impl FnMut(HeldResource)) -> Result<()> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number, publisher, kind, id, line FROM resource WHERE line IS NOT NULL ORDER BY number",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(HeldResource {
                number: ResourceNumber(row.get(0)?),
                publisher: PublisherNumber(row.get(1)?),
                kind: text(row, 2)?.parse().map_err(|error| Error::damaged(format!("a resource's type: {error}")))?,
                id: PublicId::from_bytes(row.get(3)?),
                line: unsigned(row, 4)?,
            });
        }
        Ok(())
    }

    /// Calls back with every reference between resources other than slots: who refers, and to what. What is referred to
    /// need not be held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn for_each_reference(&self, mut visit: impl FnMut(ResourceNumber, ResourceNumber)) -> Result<()> {
        let mut statement = self.conn.prepare_cached("SELECT referrer, target FROM resource_reference")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(ResourceNumber(row.get(0)?), ResourceNumber(row.get(1)?));
        }
        Ok(())
    }

    /// Up to so many lines of each type of each publisher, in ascending order: which ones is as good as random, and the
    /// same as long as they are held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sample_lines(&self, n_of_each: usize) -> Result<Vec<(PublisherNumber, ResourceKind, u64)>> {
        // By published id: ids are hashes.
        let mut by_id: HashMap<(PublisherNumber, ResourceKind), BTreeMap<PublicId, u64>> = HashMap::new();
        self.for_each_resource(|held| {
            let sample = by_id.entry((held.publisher, held.kind)).or_default();
            sample.insert(held.id, held.line);
            if sample.len() > n_of_each {
                sample.pop_last();
            }
        })?;
        let of_resources = by_id.into_iter().flat_map(|((publisher, kind), sample)| {
            sample.into_values().map(move |line| (publisher, kind, line)).collect::<Vec<_>>()
        });
        let mut lines: Vec<_> = of_resources.collect();
        let mut statement =
            self.conn.prepare_cached("SELECT row FROM slot_id WHERE publisher = ?1 ORDER BY id LIMIT ?2")?;
        for status in self.publisher_statuses()? {
            let publisher = status.publisher.number;
            let mut rows = statement.query((publisher.0, i64::try_from(n_of_each).unwrap_or(i64::MAX)))?;
            while let Some(row) = rows.next()? {
                lines.push((publisher, ResourceKind::Slot, unsigned(row, 0)?));
            }
        }
        lines.sort_unstable_by_key(|(_, _, line)| *line);
        Ok(lines)
    }

    /// How many lines of each publisher are held, and how many were refused.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn line_counts(&self) -> Result<HashMap<PublisherNumber, (u64, u64)>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT publisher, sum(n_held), sum(n_rejected) FROM output_file GROUP BY publisher")?;
        let mut rows = statement.query([])?;
        let mut counts = HashMap::new();
        while let Some(row) = rows.next()? {
            counts.insert(PublisherNumber(row.get(0)?), (unsigned(row, 1)?, unsigned(row, 2)?));
        }
        Ok(counts)
    }

    /// The source JSON of a line. Lines that are asked for in ascending order are read block by block.
    ///
    /// # Errors
    /// When the database cannot be read, or has no such line.
    pub fn line(&self, line: u64) -> Result<String> {
        let lines = LineReader { conn: &self.conn, codec: self.store.codec(), blocks: &self.blocks };
        lines.text(line)
    }

    /// What a schedule leads to; `None`: there is none of that number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn schedule(&self, number: ResourceNumber) -> Result<Option<LinkedSchedule>> {
        let mut statement = self.conn.prepare_cached("SELECT id, publisher FROM resource WHERE number = ?1")?;
        let mut rows = statement.query([number.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (id, publisher) = (PublicId::from_bytes(row.get(0)?), PublisherNumber(row.get(1)?));
        let mut statement = self.conn.prepare_cached(
            "SELECT l.body FROM schedule_link s JOIN provider_location l ON l.number = s.provider_location
             WHERE s.schedule = ?1 ORDER BY l.number",
        )?;
        let mut rows = statement.query([number.0])?;
        let mut provider_locations = Vec::new();
        while let Some(row) = rows.next()? {
            provider_locations.push(provider_location::decode(self.store.codec(), blob(row, 0)?)?);
        }
        Ok(Some(LinkedSchedule { id, publisher, provider_locations }))
    }

    /// The number of the schedule of a published id, if it is still known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn schedule_number(&self, id: PublicId) -> Result<Option<ResourceNumber>> {
        let mut statement = self.conn.prepare_cached("SELECT number FROM resource WHERE id = ?1")?;
        let number = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        Ok(number.map(ResourceNumber))
    }

    /// The number of each publisher's last crawl run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_crawl_runs(&self) -> Result<HashMap<PublisherNumber, u64>> {
        let mut statement = self.conn.prepare_cached("SELECT publisher, max(id) FROM crawl_run GROUP BY publisher")?;
        let mut rows = statement.query([])?;
        let mut runs = HashMap::new();
        while let Some(row) = rows.next()? {
            runs.insert(PublisherNumber(row.get(0)?), unsigned(row, 1)?);
        }
        Ok(runs)
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
