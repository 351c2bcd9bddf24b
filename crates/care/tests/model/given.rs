//! What the tests begin with: options, slots, consents.

use openslots_care::CareOptions;
use openslots_care::Retention;
use openslots_care::access::Caller;
use openslots_care::booking::{NamedReference, SlotFacts};
use openslots_care::follow_up::TaskTemplate;
use openslots_care::resource::CareId;
use openslots_model::{PublicId, ResourceKind, UnixSeconds};
use serde_json::{Value, json};

/// How long a portal's answer is waited for.
pub(crate) const ATTEMPT_SECONDS: i64 = 600;

/// The options that the tests open the patient side with.
pub(crate) fn options() -> CareOptions {
    CareOptions {
        return_url: "https://slots.example.org/care/return".parse().expect("a URL"),
        identifier_base: "https://slots.example.org".to_owned(),
        attempt_seconds: ATTEMPT_SECONDS,
        templates: TaskTemplate::defaults(),
        retention: Retention::default(),
    }
}

/// A slot that can be booked.
pub(crate) fn facts(number: u32, start: UnixSeconds) -> SlotFacts {
    let slug = "clinic".parse().expect("a slug");
    let location = NamedReference { reference: "Location/place-1".to_owned(), display: Some("Clinic".to_owned()) };
    SlotFacts {
        slot: PublicId::of(&slug, ResourceKind::Slot, &number.to_string()),
        start,
        end: start.plus_seconds(1_800),
        booking_deep_link: format!("https://portal.example.org/book?slot={number}"),
        location: Some(location),
        position: None,
        provider: None,
        service_types: vec![json!({ "coding": [{ "code": "124" }] })],
    }
}

/// The state that a hand-off carries.
pub(crate) fn state_of(url: &url::Url) -> String {
    url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned()
}

/// A Consent that lets a caregiver read and change everything that can be granted, or denies it.
pub(crate) fn consent(caller: &Caller, caregiver: CareId, is_permit: bool) -> Value {
    let class = |code: &str| json!({ "system": "http://hl7.org/fhir/resource-types", "code": code });
    let action = |code: &str| json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": code }] });
    let kinds = ["Patient", "RelatedPerson", "Appointment", "Task", "ServiceRequest", "Slot"];
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
        "patient": { "reference": format!("Patient/{}", caller.patient) },
        "policyRule": { "text": "As the patient says here" },
        "provision": {
            "type": if is_permit { "permit" } else { "deny" },
            "actor": [{
                "role": { "text": "caregiver" },
                "reference": { "reference": format!("RelatedPerson/{caregiver}") },
            }],
            "action": [action("access"), action("correct")],
            "class": kinds.map(class),
        },
    })
}
