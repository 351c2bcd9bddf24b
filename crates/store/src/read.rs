//! Reading single things: slots, provider locations, source JSON.

use std::sync::Arc;

use openslots_fhir::resource::Slot;
use openslots_model::{
    ProviderLocation, ProviderLocationKey, ProviderLocationNumber, PublicId, PublisherNumber, PublisherSlug,
    ResourceKind, ResourceNumber, SlotRecord, SlotRow, TraitsNumber, UnixSeconds,
};
use rusqlite::{Connection, OptionalExtension, Row};
use rustc_hash::FxHashMap;

use crate::columns::{blob, text};
use crate::lines::LineReader;
use crate::provider_location;
use crate::{Error, Result, Store};

/// A slot with all that is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSlot {
    /// Published id.
    pub id: PublicId,
    /// Its row.
    pub row: SlotRow,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// Number of its schedule.
    pub schedule: ResourceNumber,
    /// Published id of its schedule.
    pub schedule_id: PublicId,
    /// The slot, read from its source JSON.
    pub slot: Slot,
    /// Its source JSON.
    pub json: String,
}

impl Store {
    /// The slots of these rows, in their order; `None`: gone meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn slots(&self, rows: &[SlotRow]) -> Result<Vec<Option<Arc<StoredSlot>>>> {
        let mut slots: Vec<Option<Arc<StoredSlot>>> = rows.iter().map(|row| self.recent().slot(*row)).collect();
        if slots.iter().all(Option::is_some) {
            return Ok(slots);
        }
        let begun = self.recent().now();
        let conn = self.reader()?;
        // One moment for rows and lines, so that a row that is found has its line.
        let tx = conn.unchecked_transaction()?;
        let mut reader = SlotReader::new(self, &tx);
        for (row, slot) in rows.iter().zip(&mut slots).filter(|(_, slot)| slot.is_none()) {
            *slot = reader.slot(*row)?.map(Arc::new);
            if let Some(slot) = slot {
                self.recent().keep_slot(begun, slot);
            }
        }
        Ok(slots)
    }

    /// The slot of a published id, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn slot_by_id(&self, id: PublicId) -> Result<Option<Arc<StoredSlot>>> {
        let conn = self.reader()?;
        let tx = conn.unchecked_transaction()?;
        match slot_row(&tx, id)? {
            Some(row) => match self.recent().slot(row) {
                Some(slot) => Ok(Some(slot)),
                None => Ok(SlotReader::new(self, &tx).slot(row)?.map(Arc::new)),
            },
            None => Ok(None),
        }
    }

    /// The provider locations of these numbers, in their order; `None`: gone meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn provider_locations(&self, numbers: &[ProviderLocationNumber]) -> Result<Vec<Option<Arc<ProviderLocation>>>> {
        let recent = self.recent();
        let mut found: Vec<_> = numbers.iter().map(|number| recent.provider_location(*number)).collect();
        if found.iter().all(Option::is_some) {
            return Ok(found);
        }
        let begun = recent.now();
        let conn = self.reader()?;
        let tx = conn.unchecked_transaction()?;
        for (number, found) in numbers.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            *found = provider_location::read(&tx, self.codec(), *number, |_| None)?.map(Arc::new);
            if let Some(found) = found {
                recent.keep_provider_location(begun, *number, found);
            }
        }
        Ok(found)
    }

    /// Forgets slots, provider locations and blocks that were read lately, so that they are read anew: for whoever
    /// measures how long that takes.
    pub fn forget_what_was_read(&self) {
        self.recent().clear();
        self.blocks().clear();
    }

    /// The provider location of a key, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn provider_location_by_key(
        &self,
        key: ProviderLocationKey,
    ) -> Result<Option<(ProviderLocationNumber, ProviderLocation)>> {
        let conn = self.reader()?;
        let mut statement = conn.prepare_cached("SELECT number, body FROM provider_location WHERE key = ?1")?;
        let mut rows = statement.query([key.0.as_bytes()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let found = provider_location::decode(self.codec(), blob(row, 1)?)?;
        Ok(Some((ProviderLocationNumber(row.get(0)?), found)))
    }

    /// The key that leads to what a provider location was that is gone under its own: the one that has its schedules
    /// now. `None`: it never was, is still there, or left nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn successor_of(&self, key: ProviderLocationKey) -> Result<Option<ProviderLocationKey>> {
        let conn = self.reader()?;
        let mut statement = conn.prepare_cached("SELECT successor FROM provider_location_alias WHERE key = ?1")?;
        let mut rows = statement.query([key.0.as_bytes()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let successor: [u8; 10] = row.get(0)?;
        Ok(Some(ProviderLocationKey(PublicId::from_bytes(successor))))
    }

    /// The slot that came in the stead of one that is gone, under another id on the same schedule at the same time;
    /// `None` where none is known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn successor_of_slot(&self, id: PublicId) -> Result<Option<PublicId>> {
        let conn = self.reader()?;
        let mut statement = conn.prepare_cached("SELECT successor FROM slot_alias WHERE id = ?1")?;
        let successor: Option<[u8; 10]> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        Ok(successor.map(PublicId::from_bytes))
    }

    /// The provider locations that a schedule belongs to; none before the schedule itself has come.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn provider_locations_of_schedule(&self, schedule: ResourceNumber) -> Result<Vec<ProviderLocationNumber>> {
        let conn = self.reader()?;
        let mut statement =
            conn.prepare_cached("SELECT provider_location FROM schedule_link WHERE schedule = ?1 ORDER BY 1")?;
        let rows = statement.query_map([schedule.0], |row| row.get(0).map(ProviderLocationNumber))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The source JSON of any resource (slots included), if it is held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn resource_json(&self, id: PublicId) -> Result<Option<String>> {
        let conn = self.reader()?;
        let tx = conn.unchecked_transaction()?;
        let line: Option<Option<i64>> = tx
            .prepare_cached("SELECT line FROM resource WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?;
        let locator = match line.flatten() {
            Some(line) => Some(line as u64),
            None => slot_row(&tx, id)?.map(|row| row.0),
        };
        locator.map(|locator| self.lines(&tx).text(locator)).transpose()
    }

    fn lines<'a>(&'a self, conn: &'a Connection) -> LineReader<'a> {
        LineReader { conn, codec: self.codec(), blocks: self.blocks() }
    }
}

/// The row of a slot's published id. An id does not tell its publisher, so each of them is asked.
fn slot_row(conn: &Connection, id: PublicId) -> Result<Option<SlotRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT s.row FROM publisher p CROSS JOIN slot_id s ON s.publisher = p.number AND s.id = ?1 LIMIT 1",
    )?;
    let row: Option<i64> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    Ok(row.map(|row| SlotRow(row as u64)))
}

/// What slots share and is looked up once for all of them.
#[derive(Debug, Clone)]
struct ScheduleOfSlots {
    id: PublicId,
    publisher: PublisherNumber,
    slug: PublisherSlug,
}

/// Reads slots within one read transaction.
struct SlotReader<'a> {
    conn: &'a Connection,
    lines: LineReader<'a>,
    schedules: FxHashMap<ResourceNumber, ScheduleOfSlots>,
}

impl<'a> SlotReader<'a> {
    fn new(store: &'a Store, conn: &'a Connection) -> Self {
        Self { conn, lines: store.lines(conn), schedules: FxHashMap::default() }
    }

    fn slot(&mut self, row: SlotRow) -> Result<Option<StoredSlot>> {
        let mut statement = self.conn.prepare_cached("SELECT schedule FROM slot WHERE row = ?1")?;
        let found = statement.query_row([row.0 as i64], |found| found.get(0)).optional()?;
        let Some(schedule) = found.map(ResourceNumber) else { return Ok(None) };
        let of = match self.schedules.get(&schedule) {
            Some(of) => of,
            None => {
                let of = self.schedule(schedule)?;
                self.schedules.entry(schedule).or_insert(of)
            }
        };
        let json = self.lines.slot(row)?;
        let slot = Slot::parse(&json)?;
        let id = PublicId::of(&of.slug, ResourceKind::Slot, &slot.id);
        Ok(Some(StoredSlot { id, row, publisher: of.publisher, schedule, schedule_id: of.id, slot, json }))
    }

    fn schedule(&self, number: ResourceNumber) -> Result<ScheduleOfSlots> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.id, p.number, p.slug FROM resource r JOIN publisher p ON p.number = r.publisher
             WHERE r.number = ?1",
        )?;
        let mut rows = statement.query([number.0])?;
        let row = rows.next()?.ok_or_else(|| Error::damaged(format!("schedule {number} of a slot is missing")))?;
        let slug = text(row, 2)?;
        Ok(ScheduleOfSlots {
            id: PublicId::from_bytes(row.get(0)?),
            publisher: PublisherNumber(row.get(1)?),
            slug: slug.parse().map_err(|error| Error::damaged(format!("{error}")))?,
        })
    }
}

/// A row of columns (row, schedule, start, traits).
pub(crate) fn slot_record(row: &Row<'_>) -> rusqlite::Result<SlotRecord> {
    Ok(SlotRecord {
        row: SlotRow(row.get::<_, i64>(0)? as u64),
        schedule: ResourceNumber(row.get(1)?),
        start: UnixSeconds(row.get(2)?),
        traits: TraitsNumber(row.get(3)?),
    })
}
