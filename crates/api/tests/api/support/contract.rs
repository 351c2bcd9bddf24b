//! Holds every answer of the tests against the API's own document: its status, headers, content type and body must be
//! documented, and objects have no fields but those that are.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::Method;
use jsonschema::Validator;
use openslots_api::openapi_document;
use serde_json::{Value, json};

use super::Answer;

/// The shared parts of the document, with closed objects.
static COMPONENTS: LazyLock<Value> = LazyLock::new(|| {
    let mut components = openapi_document()["components"].clone();
    close_objects(&mut components["schemas"]);
    components
});

/// Forbids fields that are not told.
fn close_objects(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close_objects);
            if members.contains_key("properties") && members.get("type").is_some_and(|kind| kind == "object") {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close_objects),
        _ => {}
    }
}

/// What a body breaks of a schema of the document.
pub(crate) fn faults_of_body(schema: &Value, body: &Value) -> Vec<String> {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let validator = Arc::clone(VALIDATORS.lock().unwrap().entry(schema.to_string()).or_insert_with(|| {
        let whole = json!({"components": &*COMPONENTS, "allOf": [schema]});
        Arc::new(jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap())
    }));
    validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The path of the document that a request's path is one of, and what is told of it.
fn told_of(path: &str) -> Option<&'static Value> {
    let is_same = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(part, given)| part == given || (part.starts_with('{') && !given.is_empty()))
    };
    let paths = openapi_document()["paths"].as_object().unwrap();
    paths.iter().find(|(template, _)| is_same(template)).map(|(_, item)| item)
}

/// A part of the document, behind its reference if it is one.
fn resolve(part: &Value) -> &Value {
    match part["$ref"].as_str() {
        Some(reference) => openapi_document().pointer(reference.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

/// The answer that the document tells for a request and a status.
fn told_answer(method: &Method, path: &str, answer: &Answer) -> Result<Option<&'static Value>, String> {
    let content_type = answer.header("content-type");
    let family = if path == "/fhir" || path.starts_with("/fhir/") { "Fhir" } else { "" };
    let shared = |name: &str| Ok(Some(&openapi_document()["components"]["responses"][format!("{family}{name}")]));
    let status = answer.status.as_u16();
    match (told_of(path), method) {
        // A browser's question about other pages, answered before any route.
        (_, &Method::OPTIONS) => Ok(None),
        (Some(item), &Method::GET | &Method::HEAD) if item["get"].is_object() => told_status(&item["get"], status),
        (Some(item), &Method::POST) if item["post"].is_object() => told_status(&item["post"], status),
        (Some(item), &Method::PUT) if item["put"].is_object() => told_status(&item["put"], status),
        (Some(item), &Method::DELETE) if item["delete"].is_object() => told_status(&item["delete"], status),
        (_, _) if status == 405 => shared("MethodNotAllowed"),
        (_, _) if status == 414 => shared("QueryTooLong"),
        (None, _) if status == 404 && !content_type.starts_with("text/html") => shared("NotFound"),
        (None, _) if content_type.starts_with("application/problem+json") => shared("Internal"),
        (None, _) if family == "Fhir" => shared("Internal"),
        // Pages are for people and no part of the API.
        (None, _) if content_type.starts_with("text/") => Ok(None),
        _ => Err(format!("neither {method} of this path nor its answer {status} is documented")),
    }
}

fn told_status(operation: &'static Value, status: u16) -> Result<Option<&'static Value>, String> {
    match operation["responses"].get(status.to_string()) {
        Some(told) => Ok(Some(resolve(told))),
        None => Err(format!("the status {status} is not documented")),
    }
}

/// What an answer breaks of the document.
pub(crate) fn faults(method: &Method, uri: &str, answer: &Answer) -> Vec<String> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let told = match told_answer(method, path, answer) {
        Ok(Some(told)) => told,
        Ok(None) => return Vec::new(),
        Err(fault) => return vec![fault],
    };
    let mut faults = Vec::new();
    for (name, header) in told["headers"].as_object().unwrap() {
        if resolve(header)["required"] == true && !answer.headers.contains_key(name.as_str()) {
            faults.push(format!("the header {name} is missing"));
        }
    }
    let content_type = answer.header("content-type");
    let Some(content) = told["content"].as_object() else {
        if !answer.body.is_empty() || !content_type.is_empty() {
            faults.push(format!("a body is not documented, but there is one: {content_type}"));
        }
        return faults;
    };
    // FHIR's JSON says its charset, which is no other type.
    let content_type =
        content_type.strip_suffix("; charset=utf-8").filter(|bare| content.contains_key(*bare)).unwrap_or(content_type);
    let Some(media_type) = content.get(content_type) else {
        faults.push(format!("the content type `{content_type}` is not documented"));
        return faults;
    };
    if *method != Method::HEAD && !answer.headers.contains_key("content-encoding") {
        let body = match content_type.ends_with("/json") || content_type.ends_with("+json") {
            true => answer.json(),
            false => Value::from(answer.body.as_str()),
        };
        // Only where fields are chosen may others be missing.
        let schema = &media_type["schema"];
        let schema = schema.pointer("/anyOf/0").filter(|_| !query.contains("fields=")).unwrap_or(schema);
        faults.extend(faults_of_body(schema, &body));
    }
    faults
}
