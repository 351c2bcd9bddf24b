//! What the facade can do, as a CapabilityStatement: made of the table that requests are read against.

use openslots_fhir::search::{ParameterType, SearchParameter, parameters_of};
use openslots_model::{ResourceKind, UnixSeconds};
use serde_json::{Value, json};

use super::KINDS;
use super::base::ServiceBase;
use crate::care::capabilities as care;

/// The capability statement.
pub(super) fn capability_statement(base: &ServiceBase, has_patient_side: bool, now: UnixSeconds) -> Value {
    let mut statement = public_statement(base, now);
    if has_patient_side {
        care::add_to(&mut statement["rest"][0], base);
    }
    statement
}

/// What is open to everyone.
fn public_statement(base: &ServiceBase, now: UnixSeconds) -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.to_string(),
        "kind": "instance",
        "software": { "name": "openslots", "version": env!("CARGO_PKG_VERSION") },
        "implementation": {
            "description": "Open appointments of many SMART Scheduling Links publishers. Read only; open to everyone.",
            "url": base.fhir(),
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{
            "mode": "server",
            "documentation": "What is not understood in a search is refused by name; with `Prefer: handling=lenient` it is left \
                              out of the self link and told in an OperationOutcome.",
            "resource": resources(base),
            "operation": [{
                "name": "bulk-publish",
                "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/bulk-publish",
                "documentation": "All of it as NDJSON files by type and state, with a chain of increments.",
            }],
        }],
    })
}

fn resources(base: &ServiceBase) -> Vec<Value> {
    let mut resources: Vec<Value> = KINDS.into_iter().map(resource).collect();
    resources.push(json!({
        "type": "Appointment",
        "documentation": "Proposed only: what can be booked at the publishers' own portals.",
        "operation": [{
            "name": "find",
            "definition": format!("{}/metadata#Appointment-find", base.fhir()),
            "documentation": "As in IHE ITI Scheduling (ITI-115), of which hold and book are not offered.",
        }],
    }));
    resources
}

/// Which modifiers a parameter takes, as a sentence behind others; empty if it takes none.
pub(crate) fn told_modifiers(parameter: &SearchParameter) -> String {
    let modifiers = parameter.parameter_type.modifiers();
    if modifiers.is_empty() { String::new() } else { format!(" Modifiers: :{}.", modifiers.join(", :")) }
}

/// What `_include` takes of a type.
pub(crate) fn includes_of(kind: ResourceKind) -> impl Iterator<Item = String> {
    references_of(kind).map(told_include)
}

/// What `_revinclude` takes of a type.
pub(crate) fn reverse_includes_of(kind: ResourceKind) -> impl Iterator<Item = String> {
    KINDS.into_iter().flat_map(references_of).filter(move |it| it.targets.contains(&kind)).map(told_include)
}

fn references_of(kind: ResourceKind) -> impl Iterator<Item = &'static SearchParameter> {
    parameters_of(kind).filter(|parameter| parameter.parameter_type == ParameterType::Reference)
}

fn told_include(parameter: &SearchParameter) -> String {
    format!("{}:{}", parameter.kind, parameter.name)
}

fn resource(kind: ResourceKind) -> Value {
    let mut parameters = vec![json!({ "name": "_id", "type": "token", "documentation": "The id." })];
    if kind != ResourceKind::Slot {
        let documentation = "When the publisher last updated it, by its own word; where it says none, it is not found.";
        parameters.push(json!({ "name": "_lastUpdated", "type": "date", "documentation": documentation }));
    }
    for parameter in parameters_of(kind) {
        parameters.push(json!({
            "name": parameter.name,
            "type": parameter.parameter_type.as_str(),
            "documentation": format!("{}{}", parameter.documentation, told_modifiers(parameter)),
        }));
    }
    let includes: Vec<String> = includes_of(kind).collect();
    let reverse: Vec<String> = reverse_includes_of(kind).collect();
    let mut resource = json!({
        "type": kind.as_str(),
        "interaction": [{ "code": "read" }, { "code": "search-type" }],
        "versioning": "no-version",
        "readHistory": false,
        "updateCreate": false,
        "conditionalRead": "not-match",
        "referencePolicy": ["literal", "logical"],
        "searchParam": parameters,
    });
    if !includes.is_empty() {
        resource["searchInclude"] = json!(includes);
    }
    if !reverse.is_empty() {
        resource["searchRevInclude"] = json!(reverse);
    }
    resource
}
