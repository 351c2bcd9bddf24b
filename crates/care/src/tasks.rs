//! Tasks: who has to do what before an appointment, with one owner at a time.

use serde_json::{Value, json};

use crate::codes::{BOOKING_OUTCOMES, BookingOutcome, TASK_TYPES, TaskCode};
use crate::resource::{Body, CareKind, ResourceReference, Stored, code_in};
use crate::status::{TaskStatus, step};
use crate::work::Work;
use crate::{Error, Fault, FaultCode, Result};

/// Who may own or request a task (profile `AppointmentCoordinationTask`).
const ACTORS: [&str; 4] = ["Patient", "RelatedPerson", "Organization", "Device"];
/// What stays as it was when a task was made.
const FIXED: [&str; 5] = ["code", "for", "authoredOn", "intent", "basedOn"];

impl Work<'_> {
    /// Makes a task by hand.
    pub(crate) fn create_task(&self, mut body: Body) -> Result<Stored> {
        body.entry("authoredOn").or_insert_with(|| json!(self.now.to_string()));
        body.entry("for").or_insert_with(|| self.patient_reference());
        body.entry("requester").or_insert_with(|| self.actor_reference());
        let code = self.check_task(&body)?;
        if code == TaskCode::BookAppointment {
            let detail = "an attempt to book is opened with Slot/{id}/$book";
            return Err(Error::invalid(FaultCode::BusinessRule, "Task.code", detail));
        }
        let text = body.get("status").and_then(Value::as_str);
        step("Task.status", text, None, TaskStatus::FIRST, &[])?;
        body.insert("lastModified".to_owned(), json!(self.now.to_string()));
        self.insert(CareKind::Task, body)
    }

    /// Changes a task: its state, owner, notes. Its history keeps who owned it before.
    pub(crate) fn update_task(&self, before: Stored, mut body: Body) -> Result<Stored> {
        let code = self.check_task(&body)?;
        let corrupt = || Error::Corrupt { kind: before.kind.to_string(), id: before.id.to_string() };
        let was: TaskStatus = before.text("status").and_then(|text| text.parse().ok()).ok_or_else(corrupt)?;
        let text = body.get("status").and_then(Value::as_str);
        let status = step("Task.status", text, Some(was), TaskStatus::FIRST, was.next())?;
        if code == TaskCode::BookAppointment && status != was {
            let detail = "the state of a booking attempt follows its outcome; tell it with Task/{id}/$report-outcome";
            return Err(Error::invalid(FaultCode::BusinessRule, "Task.status", detail));
        }
        let mut faults: Vec<Fault> = Vec::new();
        let mut fixed = FIXED.to_vec();
        if code == TaskCode::BookAppointment {
            fixed.extend(["focus", "businessStatus", "input", "output"]);
        }
        for name in fixed {
            if body.get(name) != before.body.get(name) {
                let detail = "stays as it was; it was left out or is another one";
                faults.push(Fault::new(FaultCode::BusinessRule, format!("Task.{name}"), detail));
            }
        }
        if !was.is_open() && body.get("owner") != before.body.get("owner") {
            let detail = format!("a task that is {was} is not handed on");
            faults.push(Fault::new(FaultCode::BusinessRule, "Task.owner", detail));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        body.insert("lastModified".to_owned(), json!(self.now.to_string()));
        self.update(Stored { body, ..before })
    }

    fn check_task(&self, body: &Body) -> Result<TaskCode> {
        let mut faults = Vec::new();
        let mut fault = |code, element: &str, detail: String| faults.push(Fault::new(code, element, detail));
        if body.get("intent").and_then(Value::as_str) != Some("order") {
            fault(FaultCode::Value, "Task.intent", "must be order".to_owned());
        }
        let code = body.get("code").and_then(TaskCode::of);
        if code.is_none() {
            let known = TaskCode::ALL.map(TaskCode::as_str).join(", ");
            fault(FaultCode::Required, "Task.code", format!("must have one of {known} of {TASK_TYPES}"));
        }
        if !body.contains_key("authoredOn") {
            fault(FaultCode::Required, "Task.authoredOn", "must be there".to_owned());
        }
        if body.get("for") != Some(&self.patient_reference()) {
            let detail = "must refer to the patient that the call names, and say no more".to_owned();
            fault(FaultCode::Value, "Task.for", detail);
        }
        if let Some(outcome) = body.get("businessStatus")
            && code_in(outcome, BOOKING_OUTCOMES).and_then(BookingOutcome::of).is_none()
        {
            let known = BookingOutcome::ALL.map(BookingOutcome::as_str).join(", ");
            fault(FaultCode::Value, "Task.businessStatus", format!("must be one of {known} of {BOOKING_OUTCOMES}"));
        }
        for (name, allowed) in [("owner", &ACTORS[..]), ("requester", &ACTORS[..]), ("focus", &["Appointment"][..])] {
            let Some(element) = body.get(name) else { continue };
            let path = format!("Task.{name}");
            let Some(named) = ResourceReference::of(element) else {
                fault(FaultCode::Value, &path, "must be a relative reference, Type/id".to_owned());
                continue;
            };
            if !allowed.contains(&named.type_name) {
                fault(FaultCode::Value, &path, format!("must be one of {}", allowed.join(", ")));
            } else if !self.leads_somewhere(&named)? {
                fault(FaultCode::Value, &path, "leads nowhere in this patient's data".to_owned());
            }
        }
        match code {
            Some(code) if faults.is_empty() => Ok(code),
            _ => Err(Error::Invalid(faults)),
        }
    }
}
