//! What the patient side can do, for the capability statement.

use openslots_care::resource::CareKind;
use serde_json::{Value, json};

use crate::fhir::ServiceBase;

/// Operations, by the type that they are called on.
const OPERATIONS: [(&str, &str); 12] = [
    ("Patient", "everything"),
    ("Patient", "erase"),
    ("Patient", "import-calendar"),
    ("Patient", "forget-calendar"),
    ("Patient", "find-mutual-slots"),
    ("RelatedPerson", "import-calendar"),
    ("RelatedPerson", "forget-calendar"),
    ("Slot", "book"),
    ("Task", "report-outcome"),
    ("Task", "alternatives"),
    ("Appointment", "reconcile"),
    ("Appointment", "arrange-transportation"),
];

/// The interactions of each type.
const INTERACTIONS: [&str; 6] = ["read", "search-type", "create", "update", "delete", "history-instance"];

/// Adds the patient side to the `rest` of a capability statement.
pub(crate) fn add_to(rest: &mut Value, base: &ServiceBase) {
    rest["security"] = json!({
        "service": [{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
            "code": "SMART-on-FHIR",
        }] }],
        "description": "The directory is open. The patient side wants a token of an application (SMART Backend Services); \
                        X-Patient names the patient, X-Caregiver the RelatedPerson on whose behalf a call is made.",
    });
    let Some(resources) = rest["resource"].as_array_mut() else { return };
    for kind in CareKind::ALL {
        let own = own(kind);
        match resources.iter_mut().find(|known| known["type"] == kind.as_str()) {
            Some(known) => merge(known, own),
            None => resources.push(own),
        }
    }
    resources.push(json!({
        "type": "AuditEvent",
        "documentation": "Every access to a patient's data; for the patient only.",
        "interaction": [{ "code": "search-type" }],
    }));
    for (kind, name) in OPERATIONS {
        let definition = format!("{}/metadata#{kind}-{name}", base.fhir());
        let Some(resource) = resources.iter_mut().find(|known| known["type"] == kind) else { continue };
        let operation = json!({ "name": name, "definition": definition });
        match resource["operation"].as_array_mut() {
            Some(operations) => operations.push(operation),
            None => resource["operation"] = json!([operation]),
        }
    }
}

fn own(kind: CareKind) -> Value {
    let is_possible = |code: &&&str| match kind {
        CareKind::Patient => **code != "delete",
        CareKind::Appointment | CareKind::Task => **code != "delete",
        CareKind::ServiceRequest => !["delete", "create", "update"].contains(code),
        _ => true,
    };
    let interactions = INTERACTIONS.iter().filter(is_possible).map(|code| json!({ "code": code }));
    let parameters: &[(&str, &str)] = match kind {
        CareKind::Patient | CareKind::RelatedPerson => &[],
        CareKind::Task => &[
            ("status", "token"),
            ("owner", "reference"),
            ("code", "token"),
            ("business-status", "token"),
            ("focus", "reference"),
        ],
        _ => &[("status", "token")],
    };
    let parameters = std::iter::once(&("_id", "token")).chain(parameters);
    json!({
        "type": kind.as_str(),
        "documentation": "Of the patient side: one patient's compartment.",
        "interaction": interactions.collect::<Vec<_>>(),
        "versioning": "versioned-update",
        "readHistory": true,
        "searchParam": parameters.map(|(name, kind)| json!({ "name": name, "type": kind })).collect::<Vec<_>>(),
    })
}

fn merge(known: &mut Value, own: Value) {
    let Value::Object(own) = own else { return };
    for (name, value) in own {
        if name != "documentation" || known.get("documentation").is_none() {
            known[name] = value;
        }
    }
}
