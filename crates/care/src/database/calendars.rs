//! Rows of calendars: when a participant is busy, and nothing else.

use openslots_model::UnixSeconds;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Result;
use crate::calendar::{BusyKind, BusyWindow};
use crate::resource::CareId;

/// A calendar of a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarRow {
    /// Its id.
    pub id: String,
    /// The Patient or RelatedPerson.
    pub participant: String,
    /// In whose compartment it is.
    pub patient: String,
    /// Where it is read anew from.
    pub url: Option<String>,
    /// The zone of times that name none, an IANA name.
    pub zone: String,
    /// When it was read.
    pub read_at: UnixSeconds,
    /// Up to when it is known; nothing is known of later times.
    pub until: UnixSeconds,
    /// How many of its components could not be read: at those times somebody may be busy.
    pub n_skipped: u32,
}

impl CalendarRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            participant: row.get(1)?,
            patient: row.get(2)?,
            url: row.get(3)?,
            zone: row.get(4)?,
            read_at: UnixSeconds(row.get(5)?),
            until: UnixSeconds(row.get(6)?),
            n_skipped: row.get(7)?,
        })
    }
}

const COLUMNS: &str = "id, participant, patient, url, zone, read_at, until, n_skipped";

const fn number_of(kind: BusyKind) -> i64 {
    match kind {
        BusyKind::Busy => 0,
        BusyKind::Unavailable => 1,
        BusyKind::Tentative => 2,
    }
}

/// Puts a calendar in the place of the one of the same id.
pub(crate) fn replace(conn: &Connection, calendar: &CalendarRow, busy: &[BusyWindow]) -> Result<()> {
    conn.execute("DELETE FROM calendar WHERE id = ?1", [&calendar.id])?;
    conn.execute(
        "INSERT INTO calendar (id, participant, patient, url, zone, read_at, until, n_skipped)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            &calendar.id,
            &calendar.participant,
            &calendar.patient,
            &calendar.url,
            &calendar.zone,
            calendar.read_at.0,
            calendar.until.0,
            calendar.n_skipped,
        ),
    )?;
    let mut insert =
        conn.prepare_cached("INSERT OR IGNORE INTO busy (calendar, start, until, kind) VALUES (?1, ?2, ?3, ?4)")?;
    for window in busy {
        insert.execute((&calendar.id, window.start.0, window.end.0, number_of(window.kind)))?;
    }
    Ok(())
}

/// The calendars of a participant.
pub(crate) fn of_participant(conn: &Connection, participant: CareId) -> Result<Vec<CalendarRow>> {
    let sql = format!("SELECT {COLUMNS} FROM calendar WHERE participant = ?1 ORDER BY id");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([participant.to_string()], CalendarRow::of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One calendar.
pub(crate) fn find(conn: &Connection, id: &str) -> Result<Option<CalendarRow>> {
    let sql = format!("SELECT {COLUMNS} FROM calendar WHERE id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id], CalendarRow::of).optional()?)
}

/// Calendars with an address, read longer ago than that.
pub(crate) fn subscribed_before(conn: &Connection, before: UnixSeconds) -> Result<Vec<CalendarRow>> {
    let sql = format!("SELECT {COLUMNS} FROM calendar WHERE url IS NOT NULL AND read_at < ?1 ORDER BY read_at");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([before.0], CalendarRow::of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When a participant is busy, sorted, by all calendars.
pub(crate) fn busy_of(conn: &Connection, participant: CareId) -> Result<Vec<BusyWindow>> {
    let mut statement = conn.prepare_cached(
        "SELECT start, busy.until, kind FROM busy JOIN calendar ON calendar.id = busy.calendar
         WHERE participant = ?1 ORDER BY start, busy.until, kind",
    )?;
    let rows = statement.query_map([participant.to_string()], |row| {
        let kind = match row.get::<_, i64>(2)? {
            0 => BusyKind::Busy,
            1 => BusyKind::Unavailable,
            _ => BusyKind::Tentative,
        };
        Ok(BusyWindow { start: UnixSeconds(row.get(0)?), end: UnixSeconds(row.get(1)?), kind })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Removes a calendar.
pub(crate) fn delete(conn: &Connection, id: &str) -> Result<()> {
    conn.execute("DELETE FROM calendar WHERE id = ?1", [id])?;
    Ok(())
}

/// Forgets what is over.
pub(crate) fn delete_busy_before(conn: &Connection, before: UnixSeconds) -> Result<usize> {
    Ok(conn.execute("DELETE FROM busy WHERE until < ?1", [before.0])?)
}
