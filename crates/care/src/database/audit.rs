//! The audit trail: who did what to whose data. Ids only.

use openslots_model::UnixSeconds;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::Result;
use crate::access::{Acting, Caller};
use crate::resource::CareId;

/// What was done, as FHIR names it (`restful-interaction`), or an operation of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interaction {
    /// Its name: `read`, `search-type`, `create`, `update`, `delete`, `history-instance`, or `$book` and the like.
    pub name: &'static str,
    /// `C`, `R`, `U`, `D` or `E` (execute), as `audit-event-action` has it.
    pub action: &'static str,
}

#[allow(missing_docs, reason = "FHIR's own names")]
impl Interaction {
    pub const READ: Self = Self { name: "read", action: "R" };
    pub const SEARCH: Self = Self { name: "search-type", action: "E" };
    pub const HISTORY: Self = Self { name: "history-instance", action: "R" };
    pub const CREATE: Self = Self { name: "create", action: "C" };
    pub const UPDATE: Self = Self { name: "update", action: "U" };
    pub const DELETE: Self = Self { name: "delete", action: "D" };

    /// An operation.
    pub const fn operation(name: &'static str) -> Self {
        Self { name, action: "E" }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused: the caller may not, or sent what cannot be taken.
    Refused,
    /// It failed here.
    Failed,
}

impl AuditOutcome {
    /// The code of `audit-event-outcome`.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "0",
            Self::Refused => "4",
            Self::Failed => "8",
        }
    }
}

/// An access that was made, or tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    number: i64,
    at: UnixSeconds,
    application: String,
    patient: String,
    caregiver: Option<String>,
    action: String,
    interaction: String,
    kind: String,
    id: Option<String>,
    outcome: String,
}

impl AuditEntry {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            at: UnixSeconds(row.get(1)?),
            application: row.get(2)?,
            patient: row.get(3)?,
            caregiver: row.get(4)?,
            action: row.get(5)?,
            interaction: row.get(6)?,
            kind: row.get(7)?,
            id: row.get(8)?,
            outcome: row.get(9)?,
        })
    }

    /// Its number; later ones are greater.
    pub const fn number(&self) -> i64 {
        self.number
    }

    /// The entry as an AuditEvent.
    pub fn to_json(&self) -> Value {
        let subject = match &self.caregiver {
            Some(caregiver) => format!("RelatedPerson/{caregiver}"),
            None => format!("Patient/{}", self.patient),
        };
        let what = match &self.id {
            Some(id) => format!("{}/{id}", self.kind),
            None => self.kind.clone(),
        };
        let mut entities = vec![json!({ "what": { "reference": format!("Patient/{}", self.patient) } })];
        entities.push(match &self.id {
            Some(_) => json!({ "what": { "reference": what } }),
            None => json!({ "name": what }),
        });
        json!({
            "resourceType": "AuditEvent",
            "id": format!("a{}", self.number),
            "type": {
                "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
                "code": "rest",
                "display": "RESTful Operation",
            },
            "subtype": [{ "code": self.interaction }],
            "action": self.action,
            "recorded": self.at.to_string(),
            "outcome": self.outcome,
            "agent": [
                { "who": { "reference": subject }, "requestor": true },
                { "who": { "display": self.application }, "requestor": false },
            ],
            "source": { "observer": { "display": "openslots" } },
            "entity": entities,
        })
    }
}

/// Writes down an access.
pub(crate) fn record(
    conn: &Connection,
    caller: &Caller,
    interaction: Interaction,
    of: (&str, Option<CareId>),
    outcome: AuditOutcome,
    now: UnixSeconds,
) -> Result<()> {
    let caregiver = match caller.acting {
        Acting::Patient => None,
        Acting::Caregiver(id) => Some(id.to_string()),
    };
    conn.prepare_cached(
        "INSERT INTO audit (at, application, patient, caregiver, action, interaction, kind, id, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        now.0,
        caller.application.as_str(),
        caller.patient.to_string(),
        caregiver,
        interaction.action,
        interaction.name,
        of.0,
        of.1.map(|id| id.to_string()),
        outcome.as_str(),
    ))?;
    Ok(())
}

/// What was done to a patient's data, the newest first, older than a number where one is given.
pub(crate) fn of_patient(
    conn: &Connection,
    patient: CareId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<AuditEntry>> {
    let mut statement = conn.prepare_cached(
        "SELECT number, at, application, patient, caregiver, action, interaction, kind, id, outcome
         FROM audit WHERE patient = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((patient.to_string(), before.unwrap_or(i64::MAX), limit as i64), AuditEntry::of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets what is older.
pub(crate) fn delete_before(conn: &Connection, before: UnixSeconds) -> Result<usize> {
    Ok(conn.execute("DELETE FROM audit WHERE at < ?1", [before.0])?)
}
