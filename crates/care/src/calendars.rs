//! Calendars of the patient and of caregivers: what is kept of them, and how it is shown.

use jiff::tz::TimeZone;
use openslots_model::{OffsetInstant, UnixSeconds};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::access::{Acting, Right};
use crate::calendar::{BusyKind, BusyWindow, Limits, Skipped, TimeRange, busy_times};
use crate::database::{CalendarRow, calendars};
use crate::resource::{CareId, CareKind};
use crate::work::Work;
use crate::{Error, FaultCode, Result};

/// How far back busy times are kept, in seconds.
const PAST_SECONDS: i64 = 24 * 3_600;
/// How far ahead they are known, in seconds: no portal publishes slots for later.
const AHEAD_SECONDS: i64 = 400 * 24 * 3_600;

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attendee {
    /// The patient.
    Patient,
    /// A caregiver: the id of a RelatedPerson.
    Caregiver(CareId),
}

/// What a calendar is read from.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarSource<'a> {
    /// iCalendar text.
    pub text: &'a [u8],
    /// The zone of times that name none.
    pub zone: String,
    /// Where it came from and will be read anew from.
    pub url: Option<String>,
}

impl std::fmt::Debug for CalendarSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CalendarSource").field("n_bytes", &self.text.len()).finish_non_exhaustive()
    }
}

/// Busy times that a client has worked out itself: Slots of FHIR, of which the times and the status are kept.
///
/// # Errors
/// [`Error::Invalid`] with the element: a Slot that is free is no busy time, and one that ends before it starts is none.
pub fn busy_of_slots(slots: &[Value]) -> Result<Vec<BusyWindow>> {
    slots.iter().enumerate().map(|(place, slot)| busy_of_slot(place, slot)).collect()
}

fn busy_of_slot(place: usize, slot: &Value) -> Result<BusyWindow> {
    let bad = |element: &str, detail: &str| {
        Err(Error::invalid(FaultCode::Value, format!("Parameters.slot[{place}].{element}"), detail))
    };
    let kind = match slot.get("status").and_then(Value::as_str) {
        Some("busy") => BusyKind::Busy,
        Some("busy-unavailable") => BusyKind::Unavailable,
        Some("busy-tentative") => BusyKind::Tentative,
        _ => return bad("status", "must be busy, busy-unavailable or busy-tentative"),
    };
    let instant = |name: &str| {
        let text = slot.get(name).and_then(Value::as_str).unwrap_or_default();
        OffsetInstant::parse_strict(text).map(|at| at.instant)
    };
    match (instant("start"), instant("end")) {
        (Err(error), _) => bad("start", &error.to_string()),
        (_, Err(error)) => bad("end", &error.to_string()),
        (Ok(start), Ok(end)) if start < end => Ok(BusyWindow { start, end, kind }),
        _ => bad("end", "must be after the start"),
    }
}

/// What was read of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCalendar {
    /// The calendar.
    pub calendar: CalendarRow,
    /// How many busy windows it has.
    pub n_windows: usize,
    /// Why components could not be read: at those times somebody may be busy.
    pub skipped: Vec<String>,
}

impl Work<'_> {
    /// Takes a calendar in the place of the one of the same name. Nothing but busy windows is kept of it.
    ///
    /// # Errors
    /// When it is no iCalendar text or too large, its zone is unknown, or the caller may not.
    pub fn import_calendar(&self, of: Attendee, name: &str, source: &CalendarSource<'_>) -> Result<ImportedCalendar> {
        let participant = self.participant(of, Right::Change)?;
        let zone = TimeZone::get(&source.zone).map_err(|_| {
            let detail = "is no IANA time zone, as America/New_York is";
            Error::invalid(FaultCode::Value, "Parameters.timezone", detail)
        })?;
        let row = CalendarRow {
            id: calendar_id(participant, name),
            participant: participant.to_string(),
            patient: self.caller.patient.to_string(),
            url: source.url.clone(),
            zone: source.zone.clone(),
            read_at: self.now,
            until: self.now,
            n_skipped: 0,
        };
        let (calendar, busy, skipped) = read(row, source.text, &zone, self.now)?;
        calendars::replace(self.conn, &calendar, &busy)?;
        Ok(ImportedCalendar { calendar, n_windows: busy.len(), skipped })
    }

    /// Takes busy times in the place of those of the same name.
    ///
    /// # Errors
    /// When the caller may not.
    pub fn import_busy(&self, of: Attendee, name: &str, busy: &[BusyWindow]) -> Result<ImportedCalendar> {
        let participant = self.participant(of, Right::Change)?;
        let calendar = CalendarRow {
            id: calendar_id(participant, name),
            participant: participant.to_string(),
            patient: self.caller.patient.to_string(),
            url: None,
            zone: "UTC".to_owned(),
            read_at: self.now,
            until: self.now.plus_seconds(AHEAD_SECONDS),
            n_skipped: 0,
        };
        calendars::replace(self.conn, &calendar, busy)?;
        Ok(ImportedCalendar { calendar, n_windows: busy.len(), skipped: Vec::new() })
    }

    /// Forgets a calendar.
    ///
    /// # Errors
    /// When there is none of this name, or the caller may not.
    pub fn forget_calendar(&self, of: Attendee, name: &str) -> Result<()> {
        let participant = self.participant(of, Right::Change)?;
        let id = calendar_id(participant, name);
        if calendars::find(self.conn, &id)?.is_none() {
            return Err(Error::NotFound { kind: "Schedule", id });
        }
        calendars::delete(self.conn, &id)
    }

    /// The calendars of a participant.
    ///
    /// # Errors
    /// When the caller may not see them.
    pub fn calendars(&self, of: Attendee) -> Result<Vec<CalendarRow>> {
        let participant = self.participant(of, Right::Read)?;
        calendars::of_participant(self.conn, participant)
    }

    /// When a participant is busy, sorted, and whether everything was understood.
    ///
    /// # Errors
    /// When the caller may not see it.
    pub fn busy_windows(&self, of: Attendee) -> Result<Vec<BusyWindow>> {
        let participant = self.participant(of, Right::Read)?;
        calendars::busy_of(self.conn, participant)
    }

    /// The participant's id, if the caller may.
    fn participant(&self, of: Attendee, right: Right) -> Result<CareId> {
        self.permit_busy(right)?;
        match of {
            Attendee::Patient => Ok(self.caller.patient),
            Attendee::Caregiver(id) => {
                self.get(CareKind::RelatedPerson, id)?;
                // A caregiver's calendar is brought by the caregiver, or by the patient's own application.
                let is_own = self.caller.acting == Acting::Caregiver(id);
                if right == Right::Change && !is_own && self.caller.acting != Acting::Patient {
                    return Err(Error::PatientOnly);
                }
                Ok(id)
            }
        }
    }

    /// The busy times of a participant as FHIR: a Schedule, and a Slot for each window from now on.
    ///
    /// # Errors
    /// When the caller may not see them.
    pub fn busy_resources(&self, of: Attendee, from: UnixSeconds, to: UnixSeconds) -> Result<(Value, Vec<Value>)> {
        let participant = self.participant(of, Right::Read)?;
        let actor = match of {
            Attendee::Patient => self.patient_reference(),
            Attendee::Caregiver(id) => json!({ "reference": format!("RelatedPerson/{id}") }),
        };
        let rows = calendars::of_participant(self.conn, participant)?;
        let horizon = rows.iter().map(|row| row.until).min();
        let mut schedule = json!({
            "resourceType": "Schedule",
            "id": participant.to_string(),
            "active": true,
            "actor": [actor],
        });
        if let (Some(end), Some(start)) = (horizon, rows.iter().map(|row| row.read_at).max()) {
            schedule["planningHorizon"] = json!({ "start": start.to_string(), "end": end.to_string() });
        }
        let windows = calendars::busy_of(self.conn, participant)?;
        let slots = windows.iter().filter(|window| window.end > from && window.start < to);
        let slots = slots.map(|window| {
            json!({
                "resourceType": "Slot",
                "id": window_id(participant, window),
                "schedule": { "reference": format!("Schedule/{participant}") },
                "status": status_of(window.kind),
                "start": window.start.to_string(),
                "end": window.end.to_string(),
            })
        });
        Ok((schedule, slots.collect()))
    }
}

/// What a calendar holds now: its row as it is to be, its busy windows, and what was not understood.
fn read(
    row: CalendarRow,
    text: &[u8],
    zone: &TimeZone,
    now: UnixSeconds,
) -> Result<(CalendarRow, Vec<BusyWindow>, Vec<String>)> {
    let until = now.plus_seconds(AHEAD_SECONDS);
    let window = TimeRange { start: now.plus_seconds(-PAST_SECONDS), end: until };
    let read = busy_times(text, window, zone, &Limits::default())
        .map_err(|error| Error::invalid(FaultCode::Value, "Parameters.calendar", error.to_string()))?;
    let told = |skipped: &Skipped| format!("component {}: {}", skipped.component, skipped.reason);
    let skipped: Vec<String> = read.skipped.iter().map(told).collect();
    let n_skipped = u32::try_from(skipped.len()).unwrap_or(u32::MAX);
    Ok((CalendarRow { read_at: now, until, n_skipped, ..row }, read.windows, skipped))
}

/// The same for a calendar that was read before.
pub(crate) fn read_again(
    calendar: &CalendarRow,
    text: &[u8],
    now: UnixSeconds,
) -> Result<(CalendarRow, Vec<BusyWindow>)> {
    let corrupt = |_| Error::Corrupt { kind: "calendar".to_owned(), id: calendar.id.clone() };
    let zone = TimeZone::get(&calendar.zone).map_err(corrupt)?;
    let (row, busy, _) = read(calendar.clone(), text, &zone, now)?;
    Ok((row, busy))
}

const fn status_of(kind: BusyKind) -> &'static str {
    match kind {
        BusyKind::Busy => "busy",
        BusyKind::Unavailable => "busy-unavailable",
        BusyKind::Tentative => "busy-tentative",
    }
}

fn hashed(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The same name of the same participant is the same calendar; the name itself is not kept.
fn calendar_id(participant: CareId, name: &str) -> String {
    hashed(&[participant.to_string().as_bytes(), name.as_bytes()])
}

fn window_id(participant: CareId, window: &BusyWindow) -> String {
    let kind = status_of(window.kind);
    hashed(&[
        participant.to_string().as_bytes(),
        &window.start.0.to_be_bytes(),
        &window.end.0.to_be_bytes(),
        kind.as_bytes(),
    ])
}
