//! The change feed: what each commit changed, in order, for the index to follow.

use std::collections::BTreeSet;

use openslots_model::{
    ChangeSeq, IndexUpdate, ProviderLocationNumber, PublisherNumber, ResourceNumber, SlotRow, TraitsNumber,
};
use rusqlite::{Connection, OptionalExtension};

use crate::codec::{Decoder, put_delta, put_varint};
use crate::columns::{blob, unsigned};
use crate::commit::read_traits;
use crate::provider_location;
use crate::read::slot_record;
use crate::{Error, Result, Store};

/// Batches that are kept: one that missed more reads a snapshot sooner than it would catch up.
const MAX_BATCHES: i64 = 1_000;
/// Bytes of batches that are kept.
const MAX_BYTES: i64 = 64 * 1024 * 1024;

/// What comes after a place in the change feed.
#[derive(Debug, Clone, PartialEq)]
pub enum NextUpdate {
    /// Nothing.
    UpToDate,
    /// The next batch, resolved to what is there now.
    Update(Box<IndexUpdate>),
    /// The feed no longer reaches back that far (or never had that place): read a snapshot instead.
    Trimmed,
}

/// What a commit changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Change {
    /// Rows that came: first of a range and how many.
    added: Vec<(u64, u64)>,
    /// Rows that went, each with its schedule.
    pub(crate) removed: Vec<(ResourceNumber, SlotRow)>,
    /// Provider locations that came, changed or went.
    pub(crate) provider_locations: BTreeSet<ProviderLocationNumber>,
    /// Traits that came.
    pub(crate) traits: Vec<TraitsNumber>,
}

impl Change {
    /// Adds a row; rows come in ascending order.
    pub(crate) fn add_row(&mut self, row: SlotRow) {
        match self.added.last_mut() {
            Some((first, n)) if *first + *n == row.0 => *n += 1,
            _ => self.added.push((row.0, 1)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, self.added.len() as u64);
        let mut before = 0;
        for (first, n) in &self.added {
            put_delta(&mut bytes, first.wrapping_sub(before) as i64);
            put_varint(&mut bytes, *n);
            before = first + n;
        }
        put_varint(&mut bytes, self.removed.len() as u64);
        let (mut row_before, mut schedule_before) = (0, 0);
        for (schedule, row) in &self.removed {
            put_delta(&mut bytes, row.0.wrapping_sub(row_before) as i64);
            put_delta(&mut bytes, i64::from(schedule.0) - schedule_before);
            (row_before, schedule_before) = (row.0, i64::from(schedule.0));
        }
        put_numbers(&mut bytes, self.provider_locations.iter().map(|number| number.0));
        put_numbers(&mut bytes, self.traits.iter().map(|number| number.0));
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut decoder = Decoder::new(bytes, "a batch of the change feed");
        let mut change = Self::default();
        let mut before = 0u64;
        for _ in 0..decoder.varint()? {
            let first = before.wrapping_add(decoder.delta()? as u64);
            let n = decoder.varint()?;
            before = first.checked_add(n).ok_or_else(|| decoder.damaged())?;
            change.added.push((first, n));
        }
        let (mut row, mut schedule) = (0u64, 0i64);
        for _ in 0..decoder.varint()? {
            row = row.wrapping_add(decoder.delta()? as u64);
            schedule = schedule.wrapping_add(decoder.delta()?);
            let schedule = u32::try_from(schedule).map_err(|_| decoder.damaged())?;
            change.removed.push((ResourceNumber(schedule), SlotRow(row)));
        }
        change.provider_locations = numbers(&mut decoder)?.into_iter().map(ProviderLocationNumber).collect();
        change.traits = numbers(&mut decoder)?.into_iter().map(TraitsNumber).collect();
        Ok(change)
    }

    /// Appends the change to the feed, and trims the feed; gives its place.
    pub(crate) fn write(&self, tx: &Connection, publisher: PublisherNumber) -> Result<ChangeSeq> {
        tx.prepare_cached("INSERT INTO change (publisher, payload) VALUES (?1, ?2)")?
            .execute((publisher.0, self.encode()))?;
        let seq = ChangeSeq(tx.last_insert_rowid() as u64);
        // The newest batch stays whatever its size: without it even the index that is up to date would start anew.
        tx.prepare_cached(
            "DELETE FROM change WHERE seq <= (
                 SELECT max(seq) FROM (
                     SELECT seq, row_number() OVER newest AS n, sum(length(payload)) OVER newest AS n_bytes
                     FROM change WINDOW newest AS (ORDER BY seq DESC)
                 ) WHERE n > ?1 OR (n > 1 AND n_bytes > ?2)
             )",
        )?
        .execute((MAX_BATCHES, MAX_BYTES))?;
        Ok(seq)
    }
}

fn put_numbers(bytes: &mut Vec<u8>, numbers: impl ExactSizeIterator<Item = u32>) {
    put_varint(bytes, numbers.len() as u64);
    let mut before = 0;
    for number in numbers {
        put_delta(bytes, i64::from(number) - before);
        before = i64::from(number);
    }
}

fn numbers(decoder: &mut Decoder<'_>) -> Result<Vec<u32>> {
    let mut number = 0i64;
    (0..decoder.varint()?)
        .map(|_| {
            number = number.wrapping_add(decoder.delta()?);
            u32::try_from(number).map_err(|_| decoder.damaged())
        })
        .collect()
}

/// The newest place in the change feed.
pub(crate) fn last_seq(conn: &Connection) -> Result<ChangeSeq> {
    let seq: Option<u64> = conn
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'change'")?
        .query_row([], |row| unsigned(row, 0))
        .optional()?;
    seq.map(ChangeSeq).ok_or_else(|| Error::damaged("the change feed has no beginning"))
}

/// The batches after `after`, at most `limit`; `None`: the feed does not reach back (or forward) that far.
fn changes_after(conn: &Connection, after: ChangeSeq, limit: i64) -> Result<Option<Vec<(ChangeSeq, Change)>>> {
    let last = last_seq(conn)?;
    if after >= last {
        return Ok((after == last).then(Vec::new));
    }
    let mut statement = conn.prepare_cached("SELECT seq, payload FROM change WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let mut rows = statement.query((after.0 as i64, limit))?;
    let mut changes = Vec::new();
    let mut expected = after.0 + 1;
    while let Some(row) = rows.next()? {
        let seq = unsigned(row, 0)?;
        if seq != expected {
            return Ok(None);
        }
        expected += 1;
        let payload = blob(row, 1)?;
        changes.push((ChangeSeq(seq), Change::decode(payload)?));
    }
    Ok((!changes.is_empty()).then_some(changes))
}

impl Store {
    /// The newest place in the change feed.
    ///
    /// Places count up by one for each commit that changed anything. The first of a database is the time of its creation
    /// in milliseconds, so that an index which followed a database that was since rebuilt finds its place nowhere.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_seq(&self) -> Result<ChangeSeq> {
        last_seq(&*self.reader()?)
    }

    /// Where the change feed of this database began; what names a place before it speaks of another database.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn feed_began(&self) -> Result<ChangeSeq> {
        let seq = self.reader()?.query_row("SELECT seq FROM feed_beginning", [], |row| unsigned(row, 0))?;
        Ok(ChangeSeq(seq))
    }

    /// The batch after `after`, resolved to what is there now; rows that are gone meanwhile may be absent from it, and the
    /// batch that removed them names them in either case.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_update(&self, after: ChangeSeq) -> Result<NextUpdate> {
        let conn = self.reader()?;
        let tx = conn.unchecked_transaction()?;
        let Some(changes) = changes_after(&tx, after, 1)? else { return Ok(NextUpdate::Trimmed) };
        match changes.into_iter().next() {
            None => {
                self.fresh().clear();
                Ok(NextUpdate::UpToDate)
            }
            Some((seq, change)) => Ok(NextUpdate::Update(Box::new(self.resolve(&tx, seq, change)?))),
        }
    }

    /// Which provider locations were changed after `after`, each once; `None`: the feed no longer reaches back.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn changed_provider_locations_since(&self, after: ChangeSeq) -> Result<Option<Vec<ProviderLocationNumber>>> {
        let conn = self.reader()?;
        let tx = conn.unchecked_transaction()?;
        let changes = changes_after(&tx, after, i64::MAX)?;
        Ok(changes.map(|changes| {
            let numbers: BTreeSet<_> = changes.into_iter().flat_map(|(_, change)| change.provider_locations).collect();
            numbers.into_iter().collect()
        }))
    }

    fn resolve(&self, conn: &Connection, seq: ChangeSeq, change: Change) -> Result<IndexUpdate> {
        let mut update = IndexUpdate { seq, slots_removed: change.removed, ..IndexUpdate::default() };
        let mut statement = conn.prepare_cached("SELECT body FROM slot_traits WHERE number = ?1")?;
        for number in change.traits {
            let body: String = statement.query_row([number.0], |row| row.get(0))?;
            update.traits.push((number, read_traits(&body)?));
        }
        for number in change.provider_locations {
            let known = |body: &[u8]| self.fresh().take_provider_location(number, body);
            let provider_location = provider_location::read(conn, self.codec(), number, known)?;
            update.provider_locations.push((number, provider_location));
        }
        if let Some(slots) = self.fresh().take_slots(seq) {
            update.slots_added = slots;
            return Ok(update);
        }
        let mut statement = conn
            .prepare_cached("SELECT row, schedule, start, traits FROM slot WHERE row BETWEEN ?1 AND ?2 ORDER BY row")?;
        for (first, n) in change.added {
            let rows = statement.query_map((first as i64, (first + n) as i64 - 1), slot_record)?;
            for row in rows {
                update.slots_added.push(row?);
            }
        }
        Ok(update)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_side_by_side_are_one_range() {
        let mut change = Change::default();
        assert!(change.is_empty());
        for row in [64, 65, 66, 128, 129, 200] {
            change.add_row(SlotRow(row));
        }
        assert_eq!(change.added, [(64, 3), (128, 2), (200, 1)]);
    }

    #[test]
    fn the_feed_keeps_its_newest_batches() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let begin = store.last_seq().unwrap().0;
        let after = |n: u64| ChangeSeq(begin + n);
        let numbers = |n: u64| {
            let found = store.changed_provider_locations_since(after(n)).unwrap();
            found.map(|found| found.into_iter().map(|number| number.0).collect::<Vec<_>>())
        };
        let writer = store.writer();
        writer.execute_batch("BEGIN").unwrap();
        for n in 1..=1_010 {
            let change = Change { provider_locations: [ProviderLocationNumber(n)].into(), ..Change::default() };
            change.write(&writer, PublisherNumber(1)).unwrap();
        }
        writer.execute_batch("COMMIT").unwrap();
        drop(writer);
        assert_eq!(store.last_seq().unwrap(), after(1_010));
        assert_eq!(numbers(1_010), Some(vec![]));
        assert_eq!(numbers(1_008), Some(vec![1_009, 1_010]));
        assert_eq!(numbers(10).map(|found| found.len()), Some(1_000));
        assert_eq!(numbers(9), None, "trimmed");
        assert_eq!(numbers(1_011), None, "not of this database");
        let wanted = [(0, true), (9, true), (10, false), (1_011, true)];
        for (n, is_trimmed) in wanted {
            assert_eq!(store.next_update(after(n)).unwrap() == NextUpdate::Trimmed, is_trimmed, "{n}");
        }
        assert_eq!(store.next_update(ChangeSeq(0)).unwrap(), NextUpdate::Trimmed, "of an older database");
        assert_eq!(store.next_update(after(1_010)).unwrap(), NextUpdate::UpToDate);
    }

    #[test]
    fn the_feed_does_not_grow_beyond_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let begin = store.last_seq().unwrap().0;
        let writer = store.writer();
        let size = MAX_BYTES / 2 + 1;
        for _ in 0..3 {
            let sql = "INSERT INTO change (publisher, payload) VALUES (1, zeroblob(?1))";
            writer.execute(sql, [size]).unwrap();
        }
        Change::default().write(&writer, PublisherNumber(1)).unwrap();
        let left: i64 = writer.query_row("SELECT min(seq) FROM change", [], |row| row.get(0)).unwrap();
        assert_eq!(left as u64, begin + 3, "the newest two are left");
        // However large, the newest stays.
        writer.execute("UPDATE change SET payload = zeroblob(?1)", [MAX_BYTES + 1]).unwrap();
        Change::default().write(&writer, PublisherNumber(1)).unwrap();
        let left: i64 = writer.query_row("SELECT min(seq) FROM change", [], |row| row.get(0)).unwrap();
        assert_eq!(left as u64, begin + 5);
    }

    proptest! {
        #[test]
        fn a_change_survives_being_written_and_read(
            added in proptest::collection::vec((0u64..1 << 50, 1u64..1000), 0..9),
            removed in proptest::collection::vec((any::<u32>(), any::<u64>()), 0..9),
            numbers in proptest::collection::btree_set(any::<u32>(), 0..9),
        ) {
            let change = Change {
                added,
                removed: removed.into_iter().map(|(schedule, row)| (ResourceNumber(schedule), SlotRow(row))).collect(),
                provider_locations: numbers.iter().copied().map(ProviderLocationNumber).collect(),
                traits: numbers.iter().copied().map(TraitsNumber).collect(),
            };
            prop_assert_eq!(Change::decode(&change.encode()).unwrap(), change);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            drop(Change::decode(&bytes));
        }
    }
}
