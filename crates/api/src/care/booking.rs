//! Setting out to book a slot, telling how it ended, and comparing with what the provider has.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use openslots_care::Interaction;
use openslots_care::booking::{AttemptRequest, BookingResult, NamedReference, SlotFacts};
use openslots_care::codes::{BookingOutcome, FailureReason};
use openslots_model::PublicId;
use serde_json::{Value, json};

use super::Handlers;
use super::answer::{Refusal, fhir, outcome, stored};
use super::caller::{Call, care_id};
use super::parameters::{Given, bad_value};
use super::resources::{Body, PathId, whole};
use crate::calls::{Booking, FoundSlot, Lookup, Referral, alternatives_to, book_slot, find_slot};
use crate::fhir::ServiceBase;
use crate::routes::path_text;

/// `POST /fhir/Slot/{id}/$book`: opens an attempt; the answer is where to send the patient's browser.
pub(super) async fn book(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Refusal> {
    let caller = call.caller()?;
    let mut given = Given::read(&whole(body)?)?;
    let retry_of = given.text("retryOf")?;
    let retry_of = retry_of.map(|text| {
        let id = text.strip_prefix("Task/").unwrap_or(&text);
        id.parse().map_err(|_| bad_value("retryOf", "must be the Task of an earlier attempt"))
    });
    let request = AttemptRequest {
        source: given.text("source")?,
        referral: given.text("bookingReferral")?,
        wants_transport: given.boolean("transport")?.unwrap_or(false),
        retry_of: retry_of.transpose()?,
    };
    given.finish()?;
    let text = path_text(path)?;
    let no_such = || outcome(StatusCode::NOT_FOUND, "not-found", "there is no such Slot in the directory");
    let id: PublicId = text.parse().map_err(|_| no_such())?;
    let link = match book_slot(&handlers.state, id, Referral::default()).await.map_err(Refusal::of_call)? {
        Booking::Online(url) => url,
        Booking::Unknown => return Err(no_such()),
        Booking::Expired(_) => {
            return Err(outcome(
                StatusCode::CONFLICT,
                "conflict",
                "the data of the slot's publisher are too old to offer",
            ));
        }
        Booking::NotFree { alternatives } => {
            return Err(not_bookable(&call.base, "the slot is no longer free", &alternatives));
        }
        Booking::NotOnline { phone, alternatives } => {
            let detail = match phone {
                Some(phone) => {
                    format!("the slot is not booked online; call {phone}, then make the Appointment by hand")
                }
                None => "the slot has no booking link; make the Appointment by hand".to_owned(),
            };
            return Err(not_bookable(&call.base, &detail, &alternatives));
        }
    };
    let Lookup::Found(found) = find_slot(&handlers.state, id).await.map_err(Refusal::of_call)? else {
        return Err(no_such());
    };
    let facts = facts_of(&found, link.as_str());
    let of = ("Slot", None);
    let interaction = Interaction::operation("$book");
    let opened = handlers.call(caller, interaction, of, move |work| work.open_attempt(facts, &request)).await?;
    Ok(fhir(
        StatusCode::CREATED,
        &json!({
            "resourceType": "Parameters",
            "parameter": [
                { "name": "url", "valueUrl": opened.url.as_str() },
                { "name": "expires", "valueInstant": opened.expires_at.to_string() },
                { "name": "task", "resource": opened.task.to_json() },
            ],
        }),
    ))
}

/// What an attempt keeps of a slot.
fn facts_of(found: &FoundSlot, link: &str) -> SlotFacts {
    let slot = &found.stored.slot;
    let provider_location = found.provider_location.as_deref();
    let place = provider_location.and_then(|of| of.place.as_ref());
    let location = place.and_then(|place| {
        let reference = format!("Location/{}", place.id?);
        Some(NamedReference { reference, display: place.name.clone() })
    });
    let provider = provider_location.and_then(|of| of.provider.as_ref()).map(|provider| NamedReference {
        reference: format!("{}/{}", provider.kind.resource_kind(), provider.id),
        display: provider.name.clone(),
    });
    let codings = slot.traits.service_types.iter().map(|coding| json!({ "coding": [coding] }));
    SlotFacts {
        slot: found.stored.id,
        start: slot.start.instant,
        end: slot.start.instant.plus_seconds(i64::from(slot.traits.duration_seconds)),
        booking_deep_link: link.to_owned(),
        location,
        position: place.and_then(|place| place.position),
        provider,
        service_types: codings.collect(),
    }
}

/// A slot that cannot be booked, and others that can.
fn not_bookable(base: &ServiceBase, detail: &str, alternatives: &[PublicId]) -> Refusal {
    let mut issues = vec![json!({ "severity": "error", "code": "conflict", "diagnostics": detail })];
    issues.extend(alternatives.iter().map(|id| {
        let place = format!("{}/Slot/{id}", base.fhir());
        json!({ "severity": "information", "code": "informational", "diagnostics": format!("free instead: {place}") })
    }));
    Refusal::of(StatusCode::CONFLICT, &Value::Array(issues))
}

/// `POST /fhir/Task/{id}/$report-outcome`: how an attempt ended, for portals that never come back.
pub(super) async fn report_outcome(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let mut given = Given::read(&whole(body)?)?;
    let known = BookingOutcome::ALL.map(BookingOutcome::as_str).join(", ");
    let told = given.text("outcome")?.as_deref().and_then(BookingOutcome::of);
    let told = told.ok_or_else(|| bad_value("outcome", &format!("must be one of {known}")))?;
    let reason = given.text("reason")?.map(|text| {
        let known = FailureReason::ALL.map(FailureReason::as_str).join(", ");
        FailureReason::of(&text).ok_or_else(|| bad_value("reason", &format!("must be one of {known}")))
    });
    let reason = reason.transpose()?;
    let booking_ref = given.text("bookingRef")?;
    given.finish()?;
    let interaction = Interaction::operation("$report-outcome");
    let result = handlers
        .call(caller, interaction, ("Task", Some(id)), move |work| work.report_outcome(id, told, reason, booking_ref))
        .await?;
    let alternatives = handlers.alternatives(&result).await?;
    Ok(fhir(StatusCode::OK, &result_parameters(&call.base, &result, &alternatives)))
}

impl Handlers {
    /// Other slots near the time that was wanted, for whoever did not get it.
    async fn alternatives(&self, result: &BookingResult) -> Result<Vec<PublicId>, Refusal> {
        if result.outcome != BookingOutcome::Failed {
            return Ok(Vec::new());
        }
        let found = alternatives_to(&self.state, result.slot).await;
        found.map_err(Refusal::of_call)
    }
}

fn result_parameters(base: &ServiceBase, result: &BookingResult, alternatives: &[PublicId]) -> Value {
    let mut parameters = vec![
        json!({ "name": "outcome", "valueCode": result.outcome.as_str() }),
        json!({ "name": "task", "resource": result.task.to_json() }),
    ];
    parameters.extend(
        result
            .appointment
            .iter()
            .map(|appointment| json!({ "name": "appointment", "resource": appointment.to_json() })),
    );
    parameters.extend(alternatives.iter().map(|id| alternative(base, *id)));
    json!({ "resourceType": "Parameters", "parameter": parameters })
}

/// `GET /fhir/Task/{id}/$alternatives`: free slots near the one that an attempt wants.
pub(super) async fn alternatives(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let interaction = Interaction::operation("$alternatives");
    let slot = handlers.call(caller, interaction, ("Task", Some(id)), move |work| work.wanted_slot(id)).await?;
    let found = alternatives_to(&handlers.state, slot).await.map_err(Refusal::of_call)?;
    let parameters: Vec<Value> = found.iter().map(|id| alternative(&call.base, *id)).collect();
    let mut answer = json!({ "resourceType": "Parameters" });
    if !parameters.is_empty() {
        answer["parameter"] = Value::Array(parameters);
    }
    Ok(fhir(StatusCode::OK, &answer))
}

fn alternative(base: &ServiceBase, id: PublicId) -> Value {
    json!({ "name": "alternative", "valueUrl": format!("{}/Slot/{id}", base.fhir()) })
}

/// `POST /fhir/Appointment/{id}/$reconcile`: takes over what the provider's own Appointment says.
pub(super) async fn reconcile(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Refusal> {
    let (id, caller, body) = (care_id(path)?, call.caller()?, whole(body)?);
    let interaction = Interaction::operation("$reconcile");
    let of = ("Appointment", Some(id));
    let done = handlers.call(caller, interaction, of, move |work| work.reconcile(id, &body)).await?;
    Ok(stored(StatusCode::OK, &call.base, &done.appointment))
}
