//! What a vendor says of a ride, by its webhook or by hand.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::codes::TaskCode;
use crate::resource::{CareKind, Stored};
use crate::status::{TaskStatus, step};
use crate::work::Work;
use crate::{Error, FaultCode, Result};

/// How far a ride is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RideStatus {
    /// The vendor has taken it.
    Accepted,
    /// It is under way.
    InProgress,
    /// It is over.
    Completed,
    /// It does not take place.
    Cancelled,
}

impl RideStatus {
    /// The state of a code, as FHIR writes those of tasks.
    pub fn of(code: &str) -> Option<Self> {
        [Self::Accepted, Self::InProgress, Self::Completed, Self::Cancelled]
            .into_iter()
            .find(|status| status.as_str() == code)
    }

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a vendor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RideUpdate {
    /// Who says it.
    pub vendor: String,
    /// The vendor's own id of the ride.
    pub trip_id: String,
    /// How far it is.
    pub status: RideStatus,
    /// For people.
    pub note: Option<String>,
}

impl Work<'_> {
    /// Applies what a vendor says to the task of a ride. Saying the same twice changes nothing.
    ///
    /// # Errors
    /// When the task is no ride, another vendor has it, or its state cannot follow.
    pub(crate) fn update_ride(&self, mut task: Stored, update: &RideUpdate) -> Result<Stored> {
        let is_ride = task.body.get("code").and_then(TaskCode::of) == Some(TaskCode::ArrangeTransportation);
        let Some(request) = self.request_of(&task)?.filter(|_| is_ride) else {
            return Err(Error::invalid(FaultCode::BusinessRule, "Task.code", "is no ride that somebody asked for"));
        };
        let owner = crate::resource::text_at(task.body.get("owner").unwrap_or(&Value::Null), &["display"]);
        if owner != Some(&update.vendor) {
            return Err(Error::invalid(FaultCode::BusinessRule, "Task.owner", "somebody else has this ride"));
        }
        let corrupt = || Error::Corrupt { kind: task.kind.to_string(), id: task.id.to_string() };
        let was: TaskStatus = task.text("status").and_then(|text| text.parse().ok()).ok_or_else(corrupt)?;
        let code = update.status.as_str();
        let status = step("Task.status", Some(code), Some(was), TaskStatus::FIRST, was.next())?;
        let system = format!("{}/identifiers/trip/{}", self.settings.identifier_base, update.vendor);
        let trip = json!([{ "system": system, "value": update.trip_id }]);
        let has_note = |task: &Stored, note: &str| {
            let notes = task.body.get("note").and_then(Value::as_array);
            notes.into_iter().flatten().any(|it| it.get("text").and_then(Value::as_str) == Some(note))
        };
        let new_note = update.note.as_deref().filter(|note| !has_note(&task, note));
        if status == was && task.body.get("identifier") == Some(&trip) && new_note.is_none() {
            return Ok(task);
        }
        if let Some(note) = new_note {
            let note = json!({ "authorString": update.vendor, "time": self.now.to_string(), "text": note });
            match task.body.get_mut("note").and_then(Value::as_array_mut) {
                Some(notes) => notes.push(note),
                None => _ = task.body.insert("note".to_owned(), json!([note])),
            }
        }
        task.body.insert("status".to_owned(), json!(status.as_str()));
        task.body.insert("identifier".to_owned(), trip);
        task.body.insert("lastModified".to_owned(), json!(self.now.to_string()));
        let task = self.update(task)?;
        self.close_request(request, status)?;
        Ok(task)
    }

    fn request_of(&self, task: &Stored) -> Result<Option<Stored>> {
        let based_on = task.body.get("basedOn").and_then(Value::as_array);
        let mut named = based_on.into_iter().flatten().filter_map(crate::resource::ResourceReference::of);
        let id = named.find_map(|named| named.care_id(CareKind::ServiceRequest));
        id.map(|id| self.get(CareKind::ServiceRequest, id)).transpose()
    }

    fn close_request(&self, mut request: Stored, ride: TaskStatus) -> Result<()> {
        let status = match ride {
            TaskStatus::Completed => "completed",
            TaskStatus::Cancelled => "revoked",
            _ => return Ok(()),
        };
        if matches!(request.text("status"), Some("active" | "on-hold")) {
            request.body.insert("status".to_owned(), json!(status));
            self.update(request)?;
        }
        Ok(())
    }
}

/// The task that a vendor speaks of, whosever it is.
pub(crate) fn find_task(conn: &Connection, id: crate::resource::CareId) -> Result<Stored> {
    let found = crate::database::resources::find(conn, CareKind::Task, id)?;
    found.ok_or_else(|| Error::NotFound { kind: "Task", id: id.to_string() })
}
