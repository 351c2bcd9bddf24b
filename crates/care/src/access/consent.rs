//! What a patient's consents let caregivers do.
//!
//! A Consent grants something where it is active, its provision's type is `permit`, its period holds, it names the
//! caregiver as an actor, and the resource type as a class (system `http://hl7.org/fhir/resource-types`); the action
//! `access` lets read, `correct` lets change. A provision of type `deny` takes away what others grant.
//! What this crate cannot weigh is refused when a Consent is written, so that none grants more than its author meant.

use openslots_model::UnixSeconds;
use rusqlite::Connection;
use serde_json::Value;

use super::{Acting, Caller, Right};
use crate::database::resources;
use crate::resource::{Body, CareId, CareKind, ResourceReference, Stored};
use crate::{Error, Fault, FaultCode, Result};

/// Code system of consent actions.
const ACTIONS: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
/// Code system of resource types.
const TYPES: &str = "http://hl7.org/fhir/resource-types";
/// What a caregiver can be granted. Busy times are `Slot`s.
const GRANTABLE: [&str; 6] = ["Patient", "RelatedPerson", "Appointment", "Task", "ServiceRequest", "Slot"];
/// Parts of a provision that narrow it in ways that are not weighed here.
const NOT_WEIGHED: [&str; 7] =
    ["provision", "code", "data", "dataPeriod", "purpose", "securityLabel", "modifierExtension"];

/// Whether the caller may do something to resources of a type.
///
/// # Errors
/// [`Error::UnknownSubject`] and [`Error::NoConsent`]; those of the database.
pub(crate) fn permit(
    conn: &Connection,
    caller: &Caller,
    kind: &'static str,
    right: Right,
    now: UnixSeconds,
) -> Result<()> {
    if !resources::has_patient(conn, &caller.application, caller.patient)? {
        return Err(Error::UnknownSubject);
    }
    let Acting::Caregiver(caregiver) = caller.acting else { return Ok(()) };
    let person = resources::find(conn, CareKind::RelatedPerson, caregiver)?;
    let is_of_patient = person.is_some_and(|person| person.patient == caller.patient && is_current(&person.body, now));
    if !is_of_patient {
        return Err(Error::UnknownSubject);
    }
    let consents = resources::of_patient(conn, CareKind::Consent, caller.patient)?;
    let about = |consent: &&Stored| applies(&consent.body, caregiver, kind, right, now);
    let found: Vec<&Stored> = consents.iter().filter(about).collect();
    let says = |consent: &Stored, what: &str| provision_type(&consent.body) == Some(what);
    let is_granted = found.iter().any(|consent| says(consent, "permit"));
    let is_denied = found.iter().any(|consent| says(consent, "deny"));
    if is_granted && !is_denied { Ok(()) } else { Err(Error::NoConsent { right: right.as_str(), kind }) }
}

/// Whether a caregiver still is one.
fn is_current(person: &Body, now: UnixSeconds) -> bool {
    person.get("active").and_then(Value::as_bool) != Some(false) && holds(person.get("period"), now)
}

fn provision_type(consent: &Body) -> Option<&str> {
    consent.get("provision")?.get("type")?.as_str()
}

fn applies(consent: &Body, caregiver: CareId, kind: &str, right: Right, now: UnixSeconds) -> bool {
    let Some(provision) = consent.get("provision") else { return false };
    let list = |name: &str| provision.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_active = consent.get("status").and_then(Value::as_str) == Some("active");
    let names_caregiver = list("actor").iter().any(|actor| {
        let named = actor.get("reference").and_then(ResourceReference::of);
        named.and_then(|named| named.care_id(CareKind::RelatedPerson)) == Some(caregiver)
    });
    let names_type = list("class").iter().any(|class| code(class) == Some(kind));
    // A denial of reading denies changing too.
    let is_denial = provision.get("type").and_then(Value::as_str) == Some("deny");
    let names_action = list("action").iter().any(|action| {
        let mut codes = action.get("coding").and_then(Value::as_array).into_iter().flatten().filter_map(code);
        codes.any(|code| code == right.consent_action() || is_denial && code == Right::Read.consent_action())
    });
    is_active && names_caregiver && names_type && names_action && holds(provision.get("period"), now)
}

fn code(coding: &Value) -> Option<&str> {
    coding.get("code")?.as_str()
}

/// Whether a Period holds; its ends are days or instants, and a day holds in every zone of the earth.
fn holds(period: Option<&Value>, now: UnixSeconds) -> bool {
    let Some(period) = period else { return true };
    let today = now.to_string();
    let end_of = |name: &str| period.get(name).and_then(Value::as_str);
    // As far as both are written; an instant with an offset is read.
    let instant = |text: &str| openslots_model::OffsetInstant::parse_strict(text).ok().map(|at| at.instant);
    let has_begun = end_of("start").is_none_or(|text| match instant(text) {
        Some(at) => at <= now,
        None => today.get(..text.len()).is_some_and(|today| text <= today),
    });
    let has_not_ended = end_of("end").is_none_or(|text| match instant(text) {
        Some(at) => now < at,
        None => today.get(..text.len()).is_some_and(|today| today <= text),
    });
    has_begun && has_not_ended
}

/// What is wrong with a Consent beyond its structure.
pub(crate) fn check_consent(consent: &Body, patient: CareId) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |code, element: &str, detail: &str| faults.push(Fault::new(code, element, detail));
    let is_of_patient = consent
        .get("patient")
        .and_then(ResourceReference::of)
        .is_some_and(|named| named.care_id(CareKind::Patient) == Some(patient));
    if !is_of_patient {
        fault(FaultCode::Value, "Consent.patient", "must be the patient that the call names");
    }
    let Some(provision) = consent.get("provision") else {
        fault(FaultCode::Required, "Consent.provision", "says whom the patient lets do what");
        return faults;
    };
    if provision.get("type").is_none() {
        fault(FaultCode::Required, "Consent.provision.type", "is permit or deny");
    }
    for name in NOT_WEIGHED.iter().filter(|name| provision.get(**name).is_some()) {
        let detail = "is not weighed here; leave it out, or write one Consent for each rule";
        faults.push(Fault::new(FaultCode::BusinessRule, format!("Consent.provision.{name}"), detail));
    }
    let list = |name: &str| provision.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for name in ["actor", "action", "class"] {
        if list(name).is_empty() {
            let detail = "must be there: what is not named is not granted";
            faults.push(Fault::new(FaultCode::Required, format!("Consent.provision.{name}"), detail));
        }
    }
    for (place, actor) in list("actor").iter().enumerate() {
        let named = actor.get("reference").and_then(ResourceReference::of);
        if named.and_then(|named| named.care_id(CareKind::RelatedPerson)).is_none() {
            let element = format!("Consent.provision.actor[{place}].reference");
            faults.push(Fault::new(FaultCode::Value, element, "must be a RelatedPerson of this patient"));
        }
    }
    let is_of = |coding: &Value, system: &str| coding.get("system").and_then(Value::as_str) == Some(system);
    for (place, class) in list("class").iter().enumerate() {
        if !is_of(class, TYPES) || !code(class).is_some_and(|code| GRANTABLE.contains(&code)) {
            let detail = format!("must be one of {} of {TYPES}", GRANTABLE.join(", "));
            let element = format!("Consent.provision.class[{place}]");
            faults.push(Fault::new(FaultCode::Value, element, detail));
        }
    }
    for (place, action) in list("action").iter().enumerate() {
        let codings = action.get("coding").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let is_known = |coding: &Value| is_of(coding, ACTIONS) && matches!(code(coding), Some("access" | "correct"));
        if codings.is_empty() || !codings.iter().all(is_known) {
            let detail = format!("must be `access` (read) or `correct` (change) of {ACTIONS}");
            let element = format!("Consent.provision.action[{place}]");
            faults.push(Fault::new(FaultCode::Value, element, detail));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_hold_between_their_ends() {
        let now = UnixSeconds(1_764_000_000); // 2025-11-24T16:00:00Z
        for (period, want) in [
            (r#"{}"#, true),
            (r#"{"start":"2025-11-24"}"#, true),
            (r#"{"start":"2025-11-25"}"#, false),
            (r#"{"start":"2025"}"#, true),
            (r#"{"start":"2026"}"#, false),
            (r#"{"end":"2025-11"}"#, true),
            (r#"{"end":"2025-11-23"}"#, false),
            (r#"{"end":"2025-11-24"}"#, true),
            (r#"{"start":"2025-11-24T16:00:00Z","end":"2025-11-24T16:00:01Z"}"#, true),
            (r#"{"end":"2025-11-24T16:00:00Z"}"#, false),
            (r#"{"start":"2025-11-24T12:00:00-05:00"}"#, false),
        ] {
            let period: Value = serde_json::from_str(period).expect("JSON");
            assert_eq!(holds(Some(&period), now), want, "{period}");
        }
        assert!(holds(None, now));
    }
}
