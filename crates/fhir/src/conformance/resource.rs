//! A resource that somebody sends, held against the structure that FHIR R4 gives its type.

use serde_json::{Map, Value};

use super::finding::{Finding, Findings};
use super::json::{Json, Object};
use super::{elements, structure};

/// Why what was sent is not a resource of the type that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceFault {
    /// It is no JSON object.
    Json(String),
    /// It is of another type; `None`: it names none.
    Type(Option<String>),
    /// Elements that FHIR R4 does not have, or not like this. At least one.
    Structure(Vec<Finding>),
}

/// Reads a resource of a type, strictly: FHIR R4's elements, JSON types, cardinalities, formats and required codes.
///
/// # Errors
/// All that is wrong with its structure, each with its element.
pub fn read_resource(type_name: &str, json: &[u8]) -> Result<Map<String, Value>, ResourceFault> {
    let text = std::str::from_utf8(json).map_err(|error| ResourceFault::Json(error.to_string()))?;
    // Once as it was written, since names that come twice are seen only there.
    let written: Json<'_> = serde_json::from_str(text).map_err(|error| ResourceFault::Json(error.to_string()))?;
    let Some(object) = written.as_object() else {
        return Err(ResourceFault::Json(format!("it is {} instead of an object", written.kind())));
    };
    match object.text("resourceType") {
        Some(found) if found == type_name => {}
        other => return Err(ResourceFault::Type(other.map(str::to_owned))),
    }
    let found = faults_of(type_name, object);
    if !found.is_empty() {
        return Err(ResourceFault::Structure(found));
    }
    serde_json::from_str(text).map_err(|error| ResourceFault::Json(error.to_string()))
}

fn faults_of(type_name: &str, object: &Object<'_>) -> Vec<Finding> {
    debug_assert!(elements::of_type(type_name).is_some(), "{type_name} is not in the tables");
    let mut findings = Findings::default();
    findings.within(type_name, None, |findings| structure::check_object(type_name, object, findings));
    findings.found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements_of(type_name: &str, json: &str) -> Vec<String> {
        match read_resource(type_name, json.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(ResourceFault::Structure(found)) => found.into_iter().map(|fault| fault.element).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_is_told_with_its_element() {
        for (type_name, json, want) in [
            ("Task", r#"{"resourceType":"Task","status":"requested","intent":"order"}"#, &[][..]),
            (
                "Task",
                r#"{"resourceType":"Task","status":"begun","owner":{"reference":"Slot/1"}}"#,
                &["Task.status", "Task.owner.reference", "Task.intent"],
            ),
            (
                "Appointment",
                r#"{"resourceType":"Appointment","status":"booked","participant":[{"actor":{"reference":"Patient/1"}}],"colour":1}"#,
                &["Appointment.participant[0].status", "Appointment.colour"],
            ),
            (
                "Patient",
                r#"{"resourceType":"Patient","name":{"family":"A"},"birthDate":"1990-13-01"}"#,
                &["Patient.name", "Patient.birthDate"],
            ),
            ("Parameters", r#"{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"b"}]}"#, &[]),
        ] {
            assert_eq!(elements_of(type_name, json), want, "{json}");
        }
    }

    #[test]
    fn what_is_no_resource_of_the_type_is_refused() {
        for (json, want) in [
            (&b"[]"[..], ResourceFault::Json("it is a list instead of an object".to_owned())),
            (b"{}", ResourceFault::Type(None)),
            (br#"{"resourceType":"Slot"}"#, ResourceFault::Type(Some("Slot".to_owned()))),
        ] {
            assert_eq!(read_resource("Task", json), Err(want));
        }
        for json in [&b"\xff"[..], b"", b"{", b"{} {}"] {
            assert!(matches!(read_resource("Task", json), Err(ResourceFault::Json(_))), "{json:?}");
        }
    }
}
