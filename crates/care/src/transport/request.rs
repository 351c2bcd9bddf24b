//! A ride is asked for: a ServiceRequest says what is wanted, a Task fulfils it.

use openslots_model::{Position, UnixSeconds};
use serde_json::{Value, json};

use super::TravelEstimate;
use super::estimate::position_of;
use crate::codes::TaskCode;
use crate::database::attempts;
use crate::resource::{Body, CareId, CareKind, ResourceReference, Stored, instant_of};
use crate::status::{AppointmentStatus, TaskStatus};
use crate::work::Work;
use crate::{Error, FaultCode, Result};

/// How long before the appointment the patient should be there, in minutes.
const ARRIVE_BEFORE_MINUTES: i64 = 15;
/// How long a vendor may take to come, in minutes.
const WINDOW_MINUTES: i64 = 20;

/// Where a ride begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Pickup {
    /// The patient's home address.
    #[default]
    Home,
    /// Another place, as people write it.
    Address(String),
    /// A Location of the directory, and where it is.
    Location(String, Option<Position>),
}

/// What is wanted of a ride.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RideRequest {
    /// Where it begins.
    pub pickup: Pickup,
    /// What the vendor must know, as in "wheelchair".
    pub note: Option<String>,
    /// Who is to drive, by name.
    pub vendor: Option<String>,
}

/// A ride that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrangedRide {
    /// What is wanted.
    pub request: Stored,
    /// What fulfils it.
    pub task: Stored,
    /// How long it is thought to take.
    pub estimate: TravelEstimate,
}

impl Work<'_> {
    /// Asks for a ride to an appointment.
    ///
    /// # Errors
    /// When the appointment is not booked or not in the future, has no place, or has a ride already.
    pub fn arrange_ride(&self, appointment: CareId, wanted: &RideRequest) -> Result<ArrangedRide> {
        for kind in [CareKind::ServiceRequest, CareKind::Task] {
            self.permit_change(kind)?;
        }
        self.permit_read(CareKind::Appointment)?;
        let appointment = self.get(CareKind::Appointment, appointment)?;
        let start = self.future_start(&appointment)?;
        let destination = destination(&appointment).ok_or_else(|| {
            let detail = "has no Location, so nobody knows where to drive";
            Error::invalid(FaultCode::BusinessRule, "Appointment.participant", detail)
        })?;
        let tasks = self.tasks_of(&appointment)?;
        let open = tasks.into_iter().find(|task| {
            let status = task.text("status").and_then(|text| text.parse::<TaskStatus>().ok());
            task.body.get("code").and_then(TaskCode::of) == Some(TaskCode::ArrangeTransportation)
                && status.is_some_and(TaskStatus::is_open)
        });
        if open.as_ref().is_some_and(|task| task.body.contains_key("basedOn")) {
            let detail = "has a ride already; cancel its task first";
            return Err(Error::invalid(FaultCode::BusinessRule, "Appointment", detail));
        }
        let (pickup, from) = self.pickup(&wanted.pickup)?;
        let estimate = TravelEstimate::between(from, self.destination_position(&appointment)?);
        let latest = start.plus_seconds(-60 * (estimate.minutes + ARRIVE_BEFORE_MINUTES));
        let window = (latest.plus_seconds(-60 * WINDOW_MINUTES), latest);
        let request = self.insert(
            CareKind::ServiceRequest,
            self.request_body(&appointment, window, &pickup, &destination, &estimate, wanted),
        )?;
        let task = self.ride_task(open, &appointment, &request, wanted)?;
        Ok(ArrangedRide { request, task, estimate })
    }

    fn future_start(&self, appointment: &Stored) -> Result<UnixSeconds> {
        let status = appointment.text("status").and_then(|text| text.parse::<AppointmentStatus>().ok());
        if status != Some(AppointmentStatus::Booked) {
            let detail = "must be booked before a ride to it is";
            return Err(Error::invalid(FaultCode::BusinessRule, "Appointment.status", detail));
        }
        let start = instant_of(&appointment.body, "start").map(|start| start.instant);
        start
            .filter(|start| *start > self.now)
            .ok_or_else(|| Error::invalid(FaultCode::BusinessRule, "Appointment.start", "must be in the future"))
    }

    /// Where the ride begins, as an element of type Reference with what people call it, and where that is.
    fn pickup(&self, pickup: &Pickup) -> Result<(Value, Option<Position>)> {
        match pickup {
            Pickup::Location(reference, position) => Ok((json!({ "reference": reference }), *position)),
            Pickup::Address(text) => Ok((json!({ "display": text }), position_of(text))),
            Pickup::Home => {
                let patient = self.get(CareKind::Patient, self.caller.patient)?;
                let addresses = patient.body.get("address").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let is_home = |address: &&Value| address.get("use").and_then(Value::as_str) == Some("home");
                let Some(home) = addresses.iter().find(is_home).or_else(|| addresses.first()) else {
                    let detail = "is not known; name a pickup address or Location";
                    return Err(Error::invalid(FaultCode::Required, "Patient.address", detail));
                };
                let postal_code = home.get("postalCode").and_then(Value::as_str);
                let position = postal_code.and_then(position_of);
                // Where it is stands in the Patient; it is not copied.
                Ok((json!({ "reference": format!("Patient/{}", self.caller.patient), "display": "home" }), position))
            }
        }
    }

    /// Where the appointment's place is, as far as the slot told when it was booked.
    fn destination_position(&self, appointment: &Stored) -> Result<Option<Position>> {
        for task in self.tasks_of(appointment)? {
            if let Some(attempt) = attempts::of_task(self.conn, task.id)? {
                return Ok(attempt.facts.position);
            }
        }
        Ok(None)
    }

    fn request_body(
        &self,
        appointment: &Stored,
        window: (UnixSeconds, UnixSeconds),
        pickup: &Value,
        destination: &Value,
        estimate: &TravelEstimate,
        wanted: &RideRequest,
    ) -> Body {
        let mut request = Body::new();
        let mut put = |name: &str, value: Value| request.insert(name.to_owned(), value);
        put("status", json!("active"));
        put("intent", json!("order"));
        put("code", TaskCode::ArrangeTransportation.service());
        put("subject", self.patient_reference());
        put("requester", self.actor_reference());
        put("authoredOn", json!(self.now.to_string()));
        put("occurrencePeriod", json!({ "start": window.0.to_string(), "end": window.1.to_string() }));
        // The first is what the ride is for, the second where it begins.
        put("supportingInfo", json!([appointment.reference(), pickup]));
        put("locationReference", json!([destination]));
        let mut notes = vec![json!({ "text": estimate.sentence() })];
        notes.extend(wanted.note.iter().map(|note| json!({ "text": note })));
        put("note", Value::Array(notes));
        if let Some(vendor) = &wanted.vendor {
            put("performer", json!([{ "type": "Organization", "display": vendor }]));
        }
        request
    }

    /// The task of the template, where there is one, else another.
    fn ride_task(
        &self,
        open: Option<Stored>,
        appointment: &Stored,
        request: &Stored,
        wanted: &RideRequest,
    ) -> Result<Stored> {
        let now = self.now.to_string();
        let mut body = open.as_ref().map_or_else(Body::new, |task| task.body.clone());
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("basedOn", json!([request.reference()]));
        put("lastModified", json!(now));
        if let Some(vendor) = &wanted.vendor {
            put("owner", json!({ "type": "Organization", "display": vendor }));
        }
        if let Some(task) = open {
            return self.update(Stored { body, ..task });
        }
        put("status", json!("requested"));
        put("intent", json!("order"));
        put("code", TaskCode::ArrangeTransportation.concept());
        put("for", self.patient_reference());
        put("focus", appointment.reference());
        put("authoredOn", json!(now));
        put("requester", self.actor_reference());
        if wanted.vendor.is_none() {
            put("owner", self.actor_reference());
        }
        self.insert(CareKind::Task, body)
    }
}

/// The place of an appointment.
fn destination(appointment: &Stored) -> Option<Value> {
    let participants = appointment.body.get("participant")?.as_array()?;
    let mut actors = participants.iter().filter_map(|participant| participant.get("actor"));
    actors.find(|actor| ResourceReference::of(actor).is_some_and(|named| named.type_name == "Location")).cloned()
}
