//! What an outcome does to the attempt and its appointment.
//!
//! | outcome | effect |
//! |---|---|
//! | `booked` | the Appointment is made, or becomes, `booked`; follow-up tasks begin |
//! | `cancelled` | the attempt is cancelled; an Appointment that is there becomes `cancelled` |
//! | `entered-in-error` | so does the Appointment |
//! | `failed` | no Appointment; the attempt is kept with its reason |

use serde_json::{Value, json};

use super::SlotFacts;
use crate::codes::{BookingOutcome, FailureReason};
use crate::database::Attempt;
use crate::resource::{Body, CareId, CareKind, Stored};
use crate::status::{AppointmentStatus, TaskStatus};
use crate::work::Work;
use crate::{Error, FaultCode, Result};

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingResult {
    /// How it ended.
    pub outcome: BookingOutcome,
    /// Why, where it did not end in an appointment.
    pub reason: Option<FailureReason>,
    /// The attempt as it is now.
    pub task: Stored,
    /// The appointment, where there is one.
    pub appointment: Option<Stored>,
    /// The slot that was wanted: whoever failed wants others near its time.
    pub slot: openslots_model::PublicId,
}

/// What was said of an attempt's end, by the portal or by hand.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) outcome: BookingOutcome,
    pub(crate) reason: Option<FailureReason>,
    pub(crate) booking_ref: Option<String>,
    pub(crate) appointment_ref: Option<String>,
}

impl Work<'_> {
    /// Tells by hand how an attempt ended, for portals that never come back. Uses its state up.
    ///
    /// # Errors
    /// When the task is no attempt, or has ended already and not in a way that the new outcome can follow.
    pub fn report_outcome(
        &self,
        task: CareId,
        outcome: BookingOutcome,
        reason: Option<FailureReason>,
        booking_ref: Option<String>,
    ) -> Result<BookingResult> {
        self.permit_change(CareKind::Task)?;
        self.permit_change(CareKind::Appointment)?;
        self.get(CareKind::Task, task)?;
        let Some(attempt) = crate::database::attempts::of_task(self.conn, task)? else {
            return Err(Error::invalid(FaultCode::BusinessRule, "Task.code", "the task is no booking attempt"));
        };
        crate::database::attempts::mark_used(self.conn, task, self.now)?;
        self.settle(attempt, &Said { outcome, reason, booking_ref, appointment_ref: None })
    }

    /// The slot that an attempt wants: whoever did not get it wants others near its time.
    ///
    /// # Errors
    /// When the task is no attempt, or the caller may not see it.
    pub fn wanted_slot(&self, task: CareId) -> Result<openslots_model::PublicId> {
        self.permit_read(CareKind::Task)?;
        self.get(CareKind::Task, task)?;
        let attempt = crate::database::attempts::of_task(self.conn, task)?;
        let fault = || Error::invalid(FaultCode::BusinessRule, "Task.code", "the task is no booking attempt");
        Ok(attempt.ok_or_else(fault)?.facts.slot)
    }

    /// Applies an outcome to an attempt.
    pub(crate) fn settle(&self, attempt: Attempt, said: &Said) -> Result<BookingResult> {
        let mut task = self.get(CareKind::Task, attempt.task)?;
        let before: Option<TaskStatus> = task.text("status").and_then(|text| text.parse().ok());
        let earlier = self.appointment_of(&task)?;
        // Once there is an appointment it can only be taken back; once there is none, nothing follows.
        let is_open = before == Some(TaskStatus::InProgress);
        let takes_back = matches!(said.outcome, BookingOutcome::Cancelled | BookingOutcome::EnteredInError);
        let may_follow = is_open || earlier.is_some() && takes_back;
        if !may_follow {
            let status = before.map_or("unknown", TaskStatus::as_str);
            let detail = format!("the attempt has ended ({status}); open another one");
            return Err(Error::invalid(FaultCode::BusinessRule, "Task.status", detail));
        }
        let facts = &attempt.facts;
        let appointment = match (said.outcome, earlier) {
            (BookingOutcome::Booked, None) => Some(self.book(&task, facts, said)?),
            (BookingOutcome::Cancelled, Some(earlier)) => Some(self.take_back(earlier, AppointmentStatus::Cancelled)?),
            (BookingOutcome::EnteredInError, Some(earlier)) => {
                Some(self.take_back(earlier, AppointmentStatus::EnteredInError)?)
            }
            (_, earlier) => earlier,
        };
        let status = match said.outcome {
            BookingOutcome::Booked => TaskStatus::Completed,
            BookingOutcome::Cancelled => TaskStatus::Cancelled,
            BookingOutcome::EnteredInError => TaskStatus::EnteredInError,
            BookingOutcome::Failed => TaskStatus::Failed,
        };
        task.body.insert("status".to_owned(), json!(status.as_str()));
        task.body.insert("businessStatus".to_owned(), said.outcome.concept());
        if let Some(reason) = said.reason.filter(|_| said.outcome != BookingOutcome::Booked) {
            task.body.insert("statusReason".to_owned(), json!({ "text": reason.as_str() }));
        }
        if let Some(appointment) = &appointment {
            task.body.insert("focus".to_owned(), appointment.reference());
        }
        if let Some(number) = &said.booking_ref {
            let output = json!({ "type": { "text": "provider-confirmation-id" }, "valueString": number });
            match task.body.get_mut("output").and_then(Value::as_array_mut) {
                Some(outputs) => outputs.push(output),
                None => _ = task.body.insert("output".to_owned(), json!([output])),
            }
        }
        task.body.insert("lastModified".to_owned(), json!(self.now.to_string()));
        if let Some(reference) = &said.appointment_ref {
            crate::database::attempts::keep_appointment_ref(self.conn, attempt.task, reference)?;
        }
        let slot = facts.slot;
        let wants_transport = has_input(&task, "wants-transport");
        let task = self.update(task)?;
        if let Some(booked) = appointment.as_ref().filter(|_| said.outcome == BookingOutcome::Booked) {
            self.begin_follow_up(booked, wants_transport)?;
        }
        Ok(BookingResult { outcome: said.outcome, reason: said.reason, task, appointment, slot })
    }

    /// The appointment that a task is about, if there is one.
    pub(crate) fn appointment_of(&self, task: &Stored) -> Result<Option<Stored>> {
        let named = task.reference_at("focus").and_then(|named| named.care_id(CareKind::Appointment));
        named.map(|id| self.get(CareKind::Appointment, id)).transpose()
    }

    fn book(&self, task: &Stored, facts: &SlotFacts, said: &Said) -> Result<Stored> {
        let mut body = Body::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("status", json!(AppointmentStatus::Booked.as_str()));
        put("start", json!(facts.start.to_string()));
        put("end", json!(facts.end.to_string()));
        put("minutesDuration", json!(facts.minutes()));
        put("created", json!(self.now.to_string()));
        put("slot", json!([{ "reference": format!("Slot/{}", facts.slot) }]));
        let mut participants = vec![json!({ "actor": self.patient_reference(), "status": "accepted" })];
        let others = [&facts.location, &facts.provider];
        let others = others.into_iter().flatten();
        participants.extend(others.map(|of| json!({ "actor": of.to_json(), "status": "accepted" })));
        let requester = task.reference_at("requester");
        if let Some(caregiver) = requester.filter(|who| who.type_name == CareKind::RelatedPerson.as_str()) {
            let reference = format!("RelatedPerson/{}", caregiver.id);
            participants.push(json!({ "actor": { "reference": reference }, "status": "accepted" }));
        }
        put("participant", Value::Array(participants));
        if !facts.service_types.is_empty() {
            put("serviceType", Value::Array(facts.service_types.clone()));
        }
        let base = self.settings.identifier_base.as_str();
        let attempt_id = task.id.to_string();
        let told = [("booking-attempt", Some(&attempt_id)), ("booking-reference", said.booking_ref.as_ref())];
        let identifiers = told.into_iter().filter_map(|(name, value)| {
            value.map(|value| json!({ "system": format!("{base}/identifiers/{name}"), "value": value }))
        });
        put("identifier", Value::Array(identifiers.collect()));
        self.insert(CareKind::Appointment, body)
    }

    fn take_back(&self, mut appointment: Stored, status: AppointmentStatus) -> Result<Stored> {
        let before: Option<AppointmentStatus> = appointment.text("status").and_then(|text| text.parse().ok());
        let may = before.is_some_and(|before| before == status || before.next().contains(&status));
        if !may || before == Some(status) {
            return Ok(appointment);
        }
        appointment.body.insert("status".to_owned(), json!(status.as_str()));
        let changed = self.update(appointment)?;
        self.follow_change(&changed, crate::follow_up::Change::TakenBack(status))?;
        Ok(changed)
    }
}

/// Whether a task has an input of this name.
pub(crate) fn has_input(task: &Stored, name: &str) -> bool {
    let inputs = task.body.get("input").and_then(Value::as_array);
    inputs.into_iter().flatten().any(|input| crate::resource::text_at(input, &["type", "text"]) == Some(name))
}
