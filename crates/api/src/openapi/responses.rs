//! Which errors a request can be answered with, and the answers that several requests share.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::response::Response;
use utoipa::openapi::{Ref, RefOr};

use super::fhir::FHIR_MEDIA_TYPE;
use crate::fhir;
use crate::problem::{PROBLEM_JSON, ParameterIssue, Problem, ProblemKind};

/// What any request can be answered with.
pub(super) const OF_ALL: [ProblemKind; 5] = [
    ProblemKind::BodyTooLarge,
    ProblemKind::QueryTooLong,
    ProblemKind::TooManyRequests,
    ProblemKind::Internal,
    ProblemKind::Unavailable,
];

/// Names the problems of requests, for the handlers' descriptions.
macro_rules! problems {
    ($($(#[doc = $doc:literal])+ $name:ident = [$($kind:ident),*];)*) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(ProblemKind::$kind,)*]
                    .into_iter()
                    .chain(OF_ALL)
                    .map(|kind| {
                        (kind.status().as_u16().to_string(), Ref::from_response_name(kind.response_name()).into())
                    })
                    .collect()
            }
        }
    )*};
}

problems! {
    /// Of the making of a watch.
    WatchProblems = [InvalidParameters, NotFound];
    /// Of what takes parameters.
    SearchProblems = [InvalidParameters];
    /// Of what is found by its id and takes none or some.
    ReadProblems = [InvalidParameters, NotFound];
    /// Of what is found by its name alone.
    FileProblems = [NotFound];
    /// Of a booking hand-off.
    BookingProblems = [InvalidParameters, NotFound, NotBookable];
    /// Of what neither takes nor looks for anything.
    Problems = [];
}

/// The headers that answers carry, by name: whether each is always there, what it says, and one.
const HEADERS: &[(&str, bool, &str, &str)] = &[
    (
        "X-Request-Id",
        true,
        "The id of the request: the client's own where it has a harmless form, else a new one. The operator's log has it.",
        "7f3d2c1a-9b8e-4f60-a1b2-c3d4e5f60718",
    ),
    (
        "X-Correlation-Id",
        false,
        "The client's own id of the request, where it gave one of a harmless form in `X-Request-Id`.",
        "my-request-1",
    ),
    ("ETag", true, "Names this very answer: send it back as `If-None-Match`.", "W/\"5d1f7c2b9a3e4860\""),
    ("Cache-Control", true, "How long the answer may be used again without asking.", "public, max-age=15"),
    ("Retry-After", true, "After how many seconds another try makes sense.", "1"),
    ("Allow", true, "The methods that the path has.", "GET,HEAD"),
    ("Location", true, "Where to go.", "https://flynn.example.org/book?slot=1"),
    (
        "Content-Location",
        false,
        "Where the answer is found from now on, where it was asked for under an id that it had before.",
        "/v1/scheduling/provider-locations/qxvbfzagsest15t1",
    ),
];

/// The shared headers of the document.
pub(super) fn headers() -> Value {
    let header = |(name, required, description, example): &(&str, bool, &str, &str)| {
        let is_number = *name == "Retry-After";
        let schema = if is_number { json!({"type": "integer", "minimum": 0}) } else { json!({"type": "string"}) };
        let example = example.parse::<u32>().ok().filter(|_| is_number).map_or_else(|| json!(example), Value::from);
        let header = json!({"description": description, "required": required, "schema": schema, "example": example});
        ((*name).to_owned(), header)
    };
    HEADERS.iter().map(header).collect()
}

/// References to shared headers.
pub(super) fn header_references(names: &[&str]) -> Value {
    let reference = |name: &&str| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    names.iter().map(reference).collect()
}

/// The shared answers of the document: two for each kind of problem, as the API and as FHIR tells it, and a 304.
pub(super) fn responses() -> Value {
    let problem = |kind: ProblemKind| {
        let content = json!({PROBLEM_JSON: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": example(kind),
        }});
        (kind.response_name(), response(kind, content))
    };
    let outcome = |kind: ProblemKind| {
        let content = json!({FHIR_MEDIA_TYPE: {
            "schema": {"$ref": "#/components/schemas/OperationOutcome"},
            "example": fhir::outcome_of(&problem_of(kind).0),
        }});
        (outcome_name(kind), response(kind, content))
    };
    let mut responses: serde_json::Map<String, Value> = ProblemKind::ALL.into_iter().map(problem).collect();
    responses.extend(ProblemKind::ALL.into_iter().map(outcome));
    let not_modified = json!({
        "description": "The answer is the one that `If-None-Match` names.",
        "headers": header_references(&["X-Request-Id", "X-Correlation-Id", "ETag", "Cache-Control"]),
    });
    responses.insert("NotModified".to_owned(), not_modified);
    responses.into()
}

/// The answer to a kind of problem.
fn response(kind: ProblemKind, content: Value) -> Value {
    let mut names = vec!["X-Request-Id", "X-Correlation-Id", "Cache-Control"];
    match kind {
        ProblemKind::Unavailable | ProblemKind::TooManyRequests => names.push("Retry-After"),
        ProblemKind::MethodNotAllowed => names.push("Allow"),
        _ => {}
    }
    json!({ "description": kind.explanation(), "headers": header_references(&names), "content": content })
}

/// The name of a kind's answer under `/fhir`.
pub(super) fn outcome_name(kind: ProblemKind) -> String {
    format!("Fhir{}", kind.response_name())
}

/// A problem as a client would see it.
fn example(kind: ProblemKind) -> Value {
    let (problem, instance) = problem_of(kind);
    let bytes = problem.to_json(&instance, Some("7f3d2c1a-9b8e-4f60-a1b2-c3d4e5f60718"));
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// A problem of a kind, and the path that was asked for.
fn problem_of(kind: ProblemKind) -> (Problem, String) {
    let slot = "/v1/scheduling/slots/kj5wjdjzynprte39";
    match kind {
        ProblemKind::InvalidParameters => {
            let detail = "must be a whole number from 1 to 100, not `0`".to_owned();
            let issue = ParameterIssue { parameter: "limit".to_owned(), detail };
            (Problem::invalid_parameters(vec![issue]), "/v1/scheduling/slots".to_owned())
        }
        ProblemKind::NotFound => (Problem::not_found("no slot `kj5wjdjzynprte39` is known"), slot.to_owned()),
        ProblemKind::NotBookable => {
            let problem = Problem::new(kind, "the slot is no longer free");
            (
                Problem { alternatives: Some("4p1p4pejkqkm8d5a".parse().into_iter().collect()), ..problem },
                format!("{slot}/book"),
            )
        }
        ProblemKind::Internal => (Problem::internal(), slot.to_owned()),
        ProblemKind::Unavailable => {
            (Problem::unavailable("too many requests at this moment; try again soon", 1), slot.to_owned())
        }
        other => (Problem::new(other, other.explanation()), slot.to_owned()),
    }
}
