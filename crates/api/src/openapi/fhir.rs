//! The paths of the FHIR facade: made of the table that its requests are read against.

use openslots_fhir::search::{ParameterType, SearchParameter, parameters_of};
use openslots_model::ResourceKind;
use serde_json::{Map, Value, json};

use super::responses::{OF_ALL, header_references, outcome_name};
use crate::fhir::{KINDS, includes_of, reverse_includes_of, told_modifiers};
use crate::problem::ProblemKind;

/// The media type of what is answered, as the document names it: without the charset that is always UTF-8.
pub(super) const FHIR_MEDIA_TYPE: &str = "application/fhir+json";

/// Adds the paths of the facade to the document, and tells errors under `/fhir` as they are told there.
pub(super) fn add_fhir(document: &mut Value) {
    let schemas =
        [("OperationOutcome", outcome_schema()), ("Bundle", bundle_schema()), ("FhirResource", resource_schema())];
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = schema;
    }
    tell_as_outcomes(document);
    for (path, operations) in paths() {
        document["paths"][path] = operations;
    }
}

/// Errors of the handlers under `/fhir` that are described where they stand.
fn tell_as_outcomes(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (_, operations) in paths.iter_mut().filter(|(path, _)| path.starts_with("/fhir/")) {
        for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
            for response in operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
                let name = response["$ref"].as_str().and_then(|name| name.strip_prefix("#/components/responses/"));
                if let Some(kind) = ProblemKind::ALL.into_iter().find(|kind| name == Some(&kind.response_name())) {
                    *response = reference(kind);
                }
            }
        }
    }
}

fn reference(kind: ProblemKind) -> Value {
    json!({ "$ref": format!("#/components/responses/{}", outcome_name(kind)) })
}

/// A resource: FHIR's own definitions say what is in it.
fn resource_schema() -> Value {
    json!({
        "type": "object",
        "description": "A resource of FHIR R4, whole as its publisher has it, with what an aggregator adds.",
        "required": ["resourceType"],
        "properties": { "resourceType": { "type": "string" }, "id": { "type": "string" } },
        "additionalProperties": true,
    })
}

fn outcome_schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong: an issue for each bad parameter, or one in all.",
        "required": ["resourceType", "issue"],
        "properties": {
            "resourceType": { "const": "OperationOutcome" },
            "issue": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["severity", "code", "diagnostics"],
                "properties": {
                    "severity": { "enum": ["error", "warning", "information"] },
                    "code": { "type": "string" },
                    "diagnostics": { "type": "string" },
                    "expression": { "type": "array", "items": { "type": "string" } },
                },
            } },
        },
    })
}

fn bundle_schema() -> Value {
    json!({
        "type": "object",
        "description": "A page of answers, and where it goes on.",
        "required": ["resourceType", "type", "total", "link"],
        "properties": {
            "resourceType": { "const": "Bundle" },
            "type": { "const": "searchset" },
            "total": { "type": "integer", "minimum": 0, "description": "How many match in all." },
            "link": { "type": "array", "items": {
                "type": "object",
                "required": ["relation", "url"],
                "properties": {
                    "relation": { "enum": ["self", "first", "next"] },
                    "url": { "type": "string", "format": "uri" },
                },
            } },
            "entry": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["resource", "search"],
                "properties": {
                    "fullUrl": { "type": "string" },
                    "resource": { "$ref": "#/components/schemas/FhirResource" },
                    "search": {
                        "type": "object",
                        "required": ["mode"],
                        "properties": {
                            "mode": { "enum": ["match", "include", "outcome"] },
                            "extension": { "type": "array", "items": { "type": "object", "additionalProperties": true } },
                        },
                    },
                },
            } },
        },
    })
}

/// A value of a parameter, as it would be asked.
fn example_of(parameter: &SearchParameter) -> String {
    let text = match (parameter.name, parameter.parameter_type) {
        ("address-city" | "address", _) => "Boston",
        ("address-state", _) => "MA",
        ("address-postalcode", _) => "02115",
        ("near", _) => "42.36|-71.06|25|[mi_us]",
        ("status", _) if parameter.kind == ResourceKind::Slot => "free",
        ("status", _) => "active",
        ("specialty", _) => "http://snomed.info/sct|394582007",
        ("identifier", _) if parameter.kind == ResourceKind::Slot => {
            "https://slots.example.org/publishers/harbor|Slot/57"
        }
        ("identifier", _) => "http://hl7.org/fhir/sid/us-npi|1234567893",
        ("gender", _) => "female",
        ("communication", _) => "es",
        ("active", _) => "true",
        (_, ParameterType::String) => "ruiz",
        (_, ParameterType::Reference) => {
            let target = parameter.targets.first().map_or("Location", |kind| kind.as_str());
            return format!("{target}/kj5wjdjzynprte39");
        }
        (_, ParameterType::Date) => "ge2026-12-01",
        (_, ParameterType::Token | ParameterType::Special) => "57",
    };
    text.to_owned()
}

fn example_bundle(kind: &str) -> Value {
    let link =
        |relation: &str| json!({ "relation": relation, "url": format!("https://slots.example.org/fhir/{kind}") });
    json!({ "resourceType": "Bundle", "type": "searchset", "total": 0, "link": [link("self"), link("first")] })
}

fn responses(description: &str, schema: &str, example: &Value, others: &[ProblemKind]) -> Value {
    let names = ["X-Request-Id", "X-Correlation-Id", "Cache-Control", "ETag"];
    let mut responses = json!({
        "200": {
            "description": description,
            "headers": header_references(&names),
            "content": { FHIR_MEDIA_TYPE: { "schema": { "$ref": format!("#/components/schemas/{schema}") }, "example": example } },
        },
        "304": { "$ref": "#/components/responses/NotModified" },
    });
    for kind in others.iter().copied().chain([ProblemKind::NotAcceptable]).chain(OF_ALL) {
        responses[kind.status().as_str()] = reference(kind);
    }
    responses
}

fn query(name: &str, description: &str, schema: Value, example: Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema, "example": example })
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// The parameters that shape an answer.
fn shown() -> Vec<Value> {
    vec![
        query(
            "_format",
            "JSON is all that is spoken.",
            json!({ "enum": ["json", "application/json", "application/fhir+json"] }),
            json!("json"),
        ),
        query("_pretty", "Whether it is laid out for people.", json!({ "type": "boolean" }), json!(true)),
        query(
            "_summary",
            "Which part of each resource is shown.",
            json!({ "enum": ["true", "text", "data", "count", "false"] }),
            json!("true"),
        ),
        query("_elements", "The elements that are shown, parted by commas.", text(), json!("name,address")),
    ]
}

fn search_parameters(kind: ResourceKind) -> Vec<Value> {
    let mut parameters = vec![query("_id", "The id, or several parted by commas.", text(), json!("kj5wjdjzynprte39"))];
    if kind != ResourceKind::Slot {
        parameters.push(query(
            "_lastUpdated",
            "When the publisher last updated it, by its own word.",
            text(),
            json!("ge2026-12-01"),
        ));
    }
    for parameter in parameters_of(kind) {
        let mut description = parameter.documentation.to_owned();
        if parameter.parameter_type == ParameterType::Reference {
            description.push_str(" A dot and a parameter of what it leads to follow it (chaining).");
        }
        description.push_str(&told_modifiers(parameter));
        parameters.push(query(parameter.name, &description, text(), json!(example_of(parameter))));
    }
    let count = json!({ "type": "integer", "minimum": 0, "default": 25 });
    parameters.push(query("_count", "Answers of a page, at most 100.", count, json!(10)));
    parameters.push(query(
        "_cursor",
        "Where a page begins: taken whole from the `next` link.",
        text(),
        json!("1796130000_640"),
    ));
    parameters.push(query(
        "_sort",
        "The order; - before it for the reverse.",
        text(),
        json!(if kind == ResourceKind::Slot { "start" } else { "_id" }),
    ));
    if let Some(example) = includes_of(kind).next() {
        let description = "What comes along: Type:parameter, or Type:parameter:Type.";
        parameters.push(query("_include", description, text(), json!(example)));
    }
    if let Some(example) = reverse_includes_of(kind).next() {
        let description = "What refers to the answers and comes along: Type:parameter.";
        parameters.push(query("_revinclude", description, text(), json!(example)));
    }
    parameters.push(query(
        "_total",
        "The total is always told, and exact.",
        json!({ "enum": ["none", "estimate", "accurate"] }),
        json!("accurate"),
    ));
    parameters.extend(shown());
    parameters
}

/// A form with the same parameters: those of the query and those of the form count alike.
fn form_of(kind: ResourceKind) -> Value {
    let of_form = |parameter: Value| Some((parameter["name"].as_str()?.to_owned(), parameter["schema"].clone()));
    let properties: Map<String, Value> = search_parameters(kind).into_iter().filter_map(of_form).collect();
    json!({ "type": "object", "properties": properties })
}

fn paths() -> Vec<(String, Value)> {
    let mut paths = vec![(
        "/fhir/metadata".to_owned(),
        json!({ "get": {
            "operationId": "capabilities",
            "tags": ["fhir"],
            "summary": "Read what the FHIR facade can do",
            "parameters": [shown().swap_remove(0)],
            "responses": responses("The capability statement.", "FhirResource", &json!({ "resourceType": "CapabilityStatement" }), &[]),
        } }),
    )];
    for kind in KINDS {
        let search = |operation: String, summary: String| {
            json!({
                "operationId": operation,
                "tags": ["fhir"],
                "summary": summary,
                "description": "What is not understood is refused by name; under `Prefer: handling=lenient` it is left out and told.",
                "parameters": search_parameters(kind),
                "responses": responses("A page of what is found.", "Bundle", &example_bundle(kind.as_str()), &[ProblemKind::InvalidParameters]),
            })
        };
        paths.push((
            format!("/fhir/{kind}"),
            json!({ "get": search(format!("searchFhir{kind}"), format!("Search {kind} resources")) }),
        ));
        let mut posted = search(format!("searchFhir{kind}ByForm"), format!("Search {kind} resources by a form"));
        posted["requestBody"] =
            json!({ "content": { "application/x-www-form-urlencoded": { "schema": form_of(kind) } } });
        posted["responses"]["415"] = json!({
            "description": "The body is no form.",
            "headers": header_references(&["X-Request-Id", "X-Correlation-Id", "Cache-Control"]),
            "content": { FHIR_MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/OperationOutcome" } } },
        });
        paths.push((format!("/fhir/{kind}/_search"), json!({ "post": posted })));
        let mut parameters =
            vec![json!({ "name": "id", "in": "path", "required": true, "description": "The id.", "schema": text() })];
        parameters.extend(shown());
        let others = [ProblemKind::InvalidParameters, ProblemKind::NotFound];
        paths.push((
            format!("/fhir/{kind}/{{id}}"),
            json!({ "get": {
                "operationId": format!("readFhir{kind}"),
                "tags": ["fhir"],
                "summary": format!("Read {} {kind}", if kind == ResourceKind::Organization { "an" } else { "a" }),
                "parameters": parameters,
                "responses": responses("The resource.", "FhirResource", &json!({ "resourceType": kind.as_str(), "id": "kj5wjdjzynprte39" }), &others),
            } }),
        ));
    }
    paths.push(("/fhir/Appointment/$find".to_owned(), find()));
    paths
}

fn find() -> Value {
    let required = |name: &str, description: &str, example: &str| {
        let mut parameter = query(name, description, text(), json!(example));
        parameter["required"] = json!(true);
        parameter
    };
    let parameters = json!([
        required("start", "From when: a date or instant.", "2026-12-01"),
        required("end", "To when: a date, of which all counts, or an instant.", "2026-12-08"),
        query("specialty", "A code or system|code; any of several.", text(), json!("http://snomed.info/sct|394582007")),
        query("visit-type", "A service type or appointment type; any of several.", text(), json!("ROUTINE")),
        query(
            "practitioner",
            "Practitioner/id or PractitionerRole/id; any of several.",
            text(),
            json!("Practitioner/kj5wjdjzynprte39")
        ),
        query("organization", "Organization/id; any of several.", text(), json!("Organization/kj5wjdjzynprte39")),
        query("location-reference", "Location/id; any of several.", text(), json!("Location/kj5wjdjzynprte39")),
        query("location-string", "A part of the place's name or address; any of several.", text(), json!("Boston")),
        query("_count", "Answers, at most 100.", json!({ "type": "integer", "minimum": 0, "default": 25 }), json!(10)),
        shown().swap_remove(0),
    ]);
    let described = |operation: &str, summary: &str| {
        json!({
            "operationId": operation,
            "tags": ["fhir"],
            "summary": summary,
            "description": "As in IHE ITI Scheduling (ITI-115): proposed Appointments, the earliest first.",
            "responses": responses("What can be booked.", "Bundle", &example_bundle("Appointment/$find"), &[ProblemKind::InvalidParameters]),
        })
    };
    let mut get = described("findAppointment", "Find what can be booked");
    get["parameters"] = parameters;
    let mut post = described("findAppointmentByParameters", "Find what can be booked, by a Parameters resource");
    let body = json!({ "schema": { "$ref": "#/components/schemas/FhirResource" } });
    post["requestBody"] = json!({ "required": true, "content": { "application/fhir+json": body } });
    json!({ "get": get, "post": post })
}
