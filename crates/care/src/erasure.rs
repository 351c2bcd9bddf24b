//! All that is held of a patient: given out, erased, or forgotten when its time is over.

use openslots_model::UnixSeconds;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::Result;
use crate::database::{audit, calendars, resources};
use crate::resource::{CareKind, Stored, instant_of};
use crate::status::{AppointmentStatus, TaskStatus};
use crate::work::Work;

/// How long things are kept after they are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Appointments with their tasks and rides, and tasks without an appointment, in seconds.
    pub keep_seconds: i64,
    /// The audit trail, in seconds.
    pub keep_audit_seconds: i64,
}

impl Default for Retention {
    /// A bit more than a year, and six years for the audit trail (45 CFR 164.316(b)(2)(i)).
    fn default() -> Self {
        Self { keep_seconds: 400 * 86_400, keep_audit_seconds: 6 * 366 * 86_400 }
    }
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Resources.
    pub n_resources: usize,
    /// Busy windows.
    pub n_windows: usize,
    /// Entries of the audit trail.
    pub n_audit_entries: usize,
}

impl Work<'_> {
    /// Everything that is held of the patient, the present versions: resources, busy times, the audit trail.
    ///
    /// # Errors
    /// When somebody else than the patient asks.
    pub fn everything(&self) -> Result<Vec<Value>> {
        self.permit_patient()?;
        let mut all = Vec::new();
        for kind in CareKind::ALL {
            all.extend(self.all(kind)?.iter().map(Stored::to_json));
        }
        let caregivers = self.all(CareKind::RelatedPerson)?;
        let participants = std::iter::once(crate::Attendee::Patient)
            .chain(caregivers.iter().map(|person| crate::Attendee::Caregiver(person.id)));
        for participant in participants {
            if self.calendars(participant)?.is_empty() {
                continue;
            }
            let (schedule, slots) = self.busy_resources(participant, UnixSeconds(i64::MIN), UnixSeconds(i64::MAX))?;
            all.push(schedule);
            all.extend(slots);
        }
        let entries = audit::of_patient(self.conn, self.caller.patient, None, usize::MAX >> 1)?;
        all.extend(entries.iter().map(audit::AuditEntry::to_json));
        Ok(all)
    }

    /// Erases the patient: every resource and version, calendars, attempts, notices. What stays is the audit trail, which
    /// has ids only.
    ///
    /// # Errors
    /// When somebody else than the patient asks.
    pub fn erase(&self) -> Result<Value> {
        self.permit_patient()?;
        let n_resources = resources::delete_patient(self.conn, self.caller.patient)?;
        Ok(json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "information",
                "code": "informational",
                "diagnostics": format!("{n_resources} resources were erased with all their versions; the audit trail keeps ids"),
            }],
        }))
    }
}

/// Forgets what has been over for long enough.
pub(crate) fn forget(conn: &Connection, retention: Retention, now: UnixSeconds) -> Result<Forgotten> {
    let since = now.plus_seconds(-retention.keep_seconds);
    let mut n_resources = 0;
    for kind in [CareKind::Appointment, CareKind::Task, CareKind::ServiceRequest] {
        for old in resources::unchanged_since(conn, kind, since)? {
            if is_over(&old, since) {
                resources::delete(conn, old.id)?;
                n_resources += 1;
            }
        }
    }
    Ok(Forgotten {
        n_resources,
        n_windows: calendars::delete_busy_before(conn, now.plus_seconds(-86_400))?,
        n_audit_entries: audit::delete_before(conn, now.plus_seconds(-retention.keep_audit_seconds))?,
    })
}

/// Whether nobody waits for it any more, long before now.
fn is_over(old: &Stored, since: UnixSeconds) -> bool {
    let ended = |name: &str| instant_of(&old.body, name).is_none_or(|at| at.instant < since);
    match old.kind {
        CareKind::Appointment => {
            let status = old.text("status").and_then(|text| text.parse::<AppointmentStatus>().ok());
            ended("start") || matches!(status, Some(AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError))
        }
        CareKind::Task => {
            let status = old.text("status").and_then(|text| text.parse::<TaskStatus>().ok());
            let due = old.body.get("restriction").and_then(|it| it.get("period")?.get("end")?.as_str());
            let due = due.and_then(|text| openslots_model::OffsetInstant::parse_strict(text).ok());
            !status.is_some_and(TaskStatus::is_open) || due.is_none_or(|due| due.instant < since)
        }
        _ => !matches!(old.text("status"), Some("active")) || ended("authoredOn"),
    }
}
