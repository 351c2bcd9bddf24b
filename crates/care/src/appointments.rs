//! Appointments: made by hand or by a portal's answer, changed, taken back, compared with what the provider has.

use openslots_model::OffsetInstant;
use serde_json::{Value, json};

use crate::follow_up::Change;
use crate::resource::{Body, CareId, CareKind, ResourceReference, Stored, instant_of};
use crate::status::{AppointmentStatus, step};
use crate::work::Work;
use crate::{Error, Fault, FaultCode, Result};

/// Who may take part (profile `AppointmentCoordinationAppointment`).
const PARTICIPANTS: [&str; 6] =
    ["Patient", "RelatedPerson", "Location", "Practitioner", "PractitionerRole", "HealthcareService"];

/// What differs between an appointment and what the provider has.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// The appointment as it is now.
    pub appointment: Stored,
    /// The elements that were taken over.
    pub changed: Vec<&'static str>,
}

impl Work<'_> {
    /// Makes an appointment by hand: for what was booked by phone, or is only wished for.
    pub(crate) fn create_appointment(&self, mut body: Body) -> Result<Stored> {
        self.check_appointment(&body)?;
        let first = AppointmentStatus::FIRST;
        let status = step("Appointment.status", text(&body, "status"), None, first, &[])?;
        body.entry("created").or_insert_with(|| json!(self.now.to_string()));
        let made = self.insert(CareKind::Appointment, body)?;
        if status.is_booked() {
            self.begin_follow_up(&made, false)?;
        }
        Ok(made)
    }

    /// Changes an appointment.
    pub(crate) fn update_appointment(&self, before: Stored, body: Body) -> Result<Stored> {
        self.check_appointment(&body)?;
        let was = status_of(&before)?;
        let element = "Appointment.status";
        let status = step(element, text(&body, "status"), Some(was), AppointmentStatus::FIRST, was.next())?;
        let moved = is_moved(&before.body, &body);
        if moved && !may_move(was) {
            let detail = format!("an appointment that is {was} cannot be moved");
            return Err(Error::invalid(FaultCode::BusinessRule, "Appointment.start", detail));
        }
        let after = self.update(Stored { body, ..before })?;
        self.follow(was, status, moved, &after)?;
        Ok(after)
    }

    fn follow(&self, was: AppointmentStatus, is: AppointmentStatus, moved: bool, after: &Stored) -> Result<()> {
        let is_off =
            matches!(is, AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError | AppointmentStatus::NoShow);
        if was != is && is_off {
            return self.follow_change(after, Change::TakenBack(is));
        }
        if moved {
            self.follow_change(after, Change::Moved)?;
        }
        if was != is && is == AppointmentStatus::Booked {
            self.begin_follow_up(after, false)?;
        }
        Ok(())
    }

    /// Takes over status and time from the provider's own Appointment, as somebody read it there.
    ///
    /// # Errors
    /// When it is not the one that the portal spoke of, or its state cannot follow.
    pub fn reconcile(&self, id: CareId, provider_json: &[u8]) -> Result<Reconciled> {
        self.permit_change(CareKind::Appointment)?;
        let mut appointment = self.get(CareKind::Appointment, id)?;
        let theirs_id = provider_id(provider_json);
        let theirs = crate::resource::read(CareKind::Appointment, provider_json)?;
        self.check_is_the_same(&appointment, theirs_id.as_deref())?;
        let was = status_of(&appointment)?;
        let element = "Appointment.status";
        let status = step(element, text(&theirs, "status"), Some(was), AppointmentStatus::FIRST, was.next())?;
        let moved = is_moved(&appointment.body, &theirs);
        let mut changed = Vec::new();
        for name in ["status", "start", "end", "minutesDuration", "cancelationReason", "patientInstruction"] {
            if let Some(value) = theirs.get(name)
                && appointment.body.get(name) != Some(value)
            {
                appointment.body.insert(name.to_owned(), value.clone());
                changed.push(name);
            }
        }
        if changed.is_empty() {
            return Ok(Reconciled { appointment, changed });
        }
        check_times(&appointment.body).map_or(Ok(()), |fault| Err(Error::Invalid(vec![fault])))?;
        let appointment = self.update(appointment)?;
        self.follow(was, status, moved, &appointment)?;
        Ok(Reconciled { appointment, changed })
    }

    /// Where the portal named the provider's appointment, only that one is taken for it.
    fn check_is_the_same(&self, appointment: &Stored, theirs: Option<&str>) -> Result<()> {
        for task in self.tasks_of(appointment)? {
            let Some(told) = crate::database::attempts::appointment_ref(self.conn, task.id)? else { continue };
            let told_id = told.trim_end_matches('/').rsplit('/').next().unwrap_or(&told);
            if theirs != Some(told_id) {
                let detail = "is not the appointment that the portal named when it was booked";
                return Err(Error::invalid(FaultCode::BusinessRule, "Appointment.id", detail));
            }
        }
        Ok(())
    }

    fn check_appointment(&self, body: &Body) -> Result<()> {
        let mut faults = Vec::new();
        for name in ["start"] {
            if !body.contains_key(name) {
                faults.push(Fault::new(FaultCode::Required, format!("Appointment.{name}"), "must be there"));
            }
        }
        if !body.contains_key("end") && !body.contains_key("minutesDuration") {
            let detail = "either end or minutesDuration must be there";
            faults.push(Fault::new(FaultCode::Required, "Appointment.end", detail));
        }
        faults.extend(check_times(body));
        let participants = body.get("participant").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut n_patients = 0;
        for (place, participant) in participants.iter().enumerate() {
            let element = format!("Appointment.participant[{place}].actor");
            let Some(named) = participant.get("actor").and_then(ResourceReference::of) else {
                faults.push(Fault::new(FaultCode::Required, element, "must be there, as a relative reference"));
                continue;
            };
            if !PARTICIPANTS.contains(&named.type_name) {
                let detail = format!("must be one of {}", PARTICIPANTS.join(", "));
                faults.push(Fault::new(FaultCode::Value, element, detail));
            } else if !self.leads_somewhere(&named)? {
                faults.push(Fault::new(FaultCode::Value, element, "leads nowhere in this patient's data"));
            } else if named.type_name == "Patient" {
                n_patients += 1;
            }
        }
        if n_patients != 1 {
            let detail = format!("needs the patient exactly once, and has {n_patients}");
            faults.push(Fault::new(FaultCode::Required, "Appointment.participant", detail));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

fn text<'a>(body: &'a Body, name: &str) -> Option<&'a str> {
    body.get(name)?.as_str()
}

fn status_of(appointment: &Stored) -> Result<AppointmentStatus> {
    let corrupt = || Error::Corrupt { kind: appointment.kind.to_string(), id: appointment.id.to_string() };
    appointment.text("status").and_then(|text| text.parse().ok()).ok_or_else(corrupt)
}

const fn may_move(status: AppointmentStatus) -> bool {
    matches!(
        status,
        AppointmentStatus::Proposed
            | AppointmentStatus::Pending
            | AppointmentStatus::Waitlist
            | AppointmentStatus::Booked
    )
}

/// The id that the provider gave it; ours is not theirs to say, so reading leaves it out.
fn provider_id(json: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(json).ok()?;
    Some(value.get("id")?.as_str()?.to_owned())
}

/// Whether time or place differ.
fn is_moved(before: &Body, after: &Body) -> bool {
    let instant = |body: &Body, name: &str| instant_of(body, name).map(|at: OffsetInstant| at.instant);
    let places = |body: &Body| -> Vec<String> {
        let participants = body.get("participant").and_then(Value::as_array);
        let actors = participants.into_iter().flatten().filter_map(|it| it.get("actor"));
        let named = actors.filter_map(ResourceReference::of).filter(|named| named.type_name == "Location");
        named.map(|named| named.id.to_owned()).collect()
    };
    let differs = |name: &str| after.contains_key(name) && instant(before, name) != instant(after, name);
    differs("start") || differs("end") || after.contains_key("participant") && places(before) != places(after)
}

fn check_times(body: &Body) -> Option<Fault> {
    let (start, end) = (instant_of(body, "start")?, instant_of(body, "end")?);
    (end.instant <= start.instant)
        .then(|| Fault::new(FaultCode::Value, "Appointment.end", "must be after Appointment.start"))
}
