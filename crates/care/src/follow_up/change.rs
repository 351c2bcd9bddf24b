//! An appointment changes: its open tasks show it. Their states stay with their owners.

use serde_json::{Value, json};

use crate::Result;
use crate::codes::TaskCode;
use crate::resource::{CareKind, Stored};
use crate::status::{AppointmentStatus, TaskStatus};
use crate::work::Work;

/// What happened to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is at another time or place.
    Moved,
    /// It was cancelled, or an error.
    TakenBack(AppointmentStatus),
}

impl Change {
    /// What `Task.statusReason` says of it.
    const fn reason(self) -> &'static str {
        match self {
            Self::Moved => "appointment-moved",
            Self::TakenBack(AppointmentStatus::Cancelled) => "appointment-cancelled",
            Self::TakenBack(AppointmentStatus::NoShow) => "appointment-missed",
            Self::TakenBack(_) => "appointment-entered-in-error",
        }
    }
}

impl Work<'_> {
    /// Tells the open tasks of an appointment, and the requests that they fulfil.
    pub(crate) fn follow_change(&self, appointment: &Stored, change: Change) -> Result<()> {
        for mut task in self.tasks_of(appointment)? {
            let status = task.text("status").and_then(|text| text.parse::<TaskStatus>().ok());
            let code = task.body.get("code").and_then(TaskCode::of);
            if !status.is_some_and(TaskStatus::is_open) || code == Some(TaskCode::BookAppointment) {
                continue;
            }
            task.body.insert("statusReason".to_owned(), json!({ "text": change.reason() }));
            task.body.insert("lastModified".to_owned(), json!(self.now.to_string()));
            let template = self.settings.templates.iter().find(|template| Some(template.code) == code);
            if let (Change::Moved, Some(template)) = (change, template)
                && let Some(due) = self.due(appointment, template.due_before_seconds)
            {
                task.body.insert("restriction".to_owned(), json!({ "period": { "end": due } }));
            }
            let task = self.update(task)?;
            self.put_rides_on_hold(&task, change)?;
        }
        Ok(())
    }

    /// A ride is for a time and place: until somebody has looked at it, it is on hold, and without an appointment off.
    fn put_rides_on_hold(&self, task: &Stored, change: Change) -> Result<()> {
        let based_on = task.body.get("basedOn").and_then(Value::as_array);
        let requests = based_on.into_iter().flatten().filter_map(crate::resource::ResourceReference::of);
        let ids: Vec<_> = requests.filter_map(|named| named.care_id(CareKind::ServiceRequest)).collect();
        for id in ids {
            let mut request = self.get(CareKind::ServiceRequest, id)?;
            let status = match change {
                Change::Moved => "on-hold",
                Change::TakenBack(_) => "revoked",
            };
            if matches!(request.text("status"), Some("active" | "on-hold")) && request.text("status") != Some(status) {
                request.body.insert("status".to_owned(), json!(status));
                self.update(request)?;
            }
        }
        Ok(())
    }
}
