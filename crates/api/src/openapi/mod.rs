//! The API's own description: an OpenAPI 3.1 document, generated from the handlers and completed here.
//!
//! Paths, ids and answers stand at the handlers (`#[utoipa::path]`), shapes at the types that are rendered, and
//! parameters with their parsers ([`crate::parameters::DESCRIBED`]).
//! A route is added by `routes!`, which takes its description along, so none can be served without being told; routes
//! that come from a table bring their paths by `OpenApiRouter::with_openapi`.
//! What holds for all of them is added here: what every answer carries, examples, and that nothing is ever null.
//!
//! Objects are open in the document, because fields may be added to answers; the tests close them.

mod admin;
mod care;
mod chosen;
mod examples;
mod fhir;
pub(crate) mod manifest;
pub(crate) mod parameters;
pub(crate) mod responses;
pub(crate) mod shapes;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use self::chosen::add_chosen;
use self::responses::header_references;
use crate::problem::ProblemBody;
use crate::routes;

/// What the document says of the whole.
const DESCRIPTION: &str = "Free appointment slots of many publishers of SMART Scheduling Links, found by who, what, where and when.\n\n\
Every path that is read with GET answers HEAD as well; any other method is answered with 405, `Allow` and a problem. \
Parameters that a request does not have are refused by name rather than ignored. \
What is not known is left out of answers; nothing is ever null, and fields may be added. \
Errors are problem details (RFC 9457) with one issue for each bad parameter. \
An `Authorization` header is accepted and not needed. \
Answers are compressed with gzip, br or zstd where `Accept-Encoding` allows it, and every page of every host may read them.";

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        // Made of texts, numbers and lists alone, which can all be written.
        let generated = serde_json::to_value(routes::documented().into_openapi()).unwrap_or_default();
        complete(generated)
    });
    &DOCUMENT
}

/// Adds to a generated document what holds for all paths.
fn complete(mut document: Value) -> Value {
    drop_nulls(&mut document);
    document["info"] = json!({
        "title": "openslots",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "Open appointments of many publishers.",
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/", "description": "This service."}]);
    document["tags"] = json!([
        {"name": "scheduling", "description": "Slots, and who offers them where."},
        {"name": "bulk", "description": "All data that are held, as FHIR Bulk Publish manifests and NDJSON files."},
        {"name": "exports", "description": "Files for research, of each day that is over: what was held at its end, and what happened on it."},
        {"name": "fhir", "description": "The same resources as FHIR R4: read, search, and what can be booked. Errors are OperationOutcomes."},
        {"name": "publishers", "description": "Where the data come from, how old they are and what is wrong with them."},
        {"name": "statistics", "description": "What was available, where and when: figures of each day, with what they mean and what they do not."},
        {"name": "care", "description": "The patient side, where the operator has opened it: booking attempts, appointments, tasks, rides, calendars. Never public."},
        {"name": "operations", "description": "For those who run the service."},
    ]);
    document["components"]["responses"] = responses::responses();
    document["components"]["headers"] = responses::headers();
    add_schema::<ProblemBody<'_>>(&mut document);
    let mut schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    if let Some(paths) = document["paths"].as_object_mut() {
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
            complete_operation(operation);
            add_chosen(&mut schemas, operation);
        }
    }
    document["components"]["schemas"] = schemas.into();
    fhir::add_fhir(&mut document);
    admin::add_admin(&mut document);
    care::add_care(&mut document);
    document
}

/// Adds a shape and those that it is made of.
fn add_schema<T: ToSchema>(document: &mut Value) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    for (name, schema) in schemas {
        let mut schema = serde_json::to_value(schema).unwrap_or_default();
        drop_nulls(&mut schema);
        document["components"]["schemas"][name] = schema;
    }
}

/// Adds to one operation what its good answers carry, and an example of them.
fn complete_operation(operation: &mut Value) {
    let operation_id = operation["operationId"].as_str().map(str::to_owned);
    let example = operation_id.as_deref().and_then(examples::of);
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    let mut has_validator = false;
    for (status, response) in responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
        let mut names = vec!["X-Request-Id", "X-Correlation-Id", "Cache-Control"];
        let declared = response["headers"].as_object().map(|headers| headers.keys().cloned().collect::<Vec<_>>());
        let declared = declared.unwrap_or_default();
        names.extend(declared.iter().map(String::as_str));
        has_validator |= names.contains(&"ETag");
        response["headers"] = header_references(&names);
        if let (Some(example), "200") = (&example, status.as_str())
            && let Some(content) = response["content"].as_object_mut()
        {
            for (name, media_type) in content.iter_mut() {
                let of_csv = || operation_id.as_deref().and_then(examples::csv_of);
                let csv = if name == "text/csv" { of_csv() } else { None };
                media_type["example"] = csv.unwrap_or_else(|| example.clone());
            }
        }
    }
    if has_validator {
        responses.insert("304".to_owned(), json!({"$ref": "#/components/responses/NotModified"}));
    }
}

/// Takes null out of every type: what is not known is left out of an answer.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(drop_nulls);
            if let Some(types) = members.get_mut("type").and_then(Value::as_array_mut) {
                types.retain(|one| one != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            if let Some(choices) = members.get_mut("oneOf").and_then(Value::as_array_mut) {
                choices.retain(|choice| choice["type"] != "null");
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    members.remove("oneOf");
                    members.extend(only);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
