//! Answers of the patient side: resources with their versions, and OperationOutcomes that name the element.

use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_care::resource::Stored;
use openslots_care::{Error, Fault, FaultCode};
use serde_json::{Value, json};

use crate::fhir::{FHIR_JSON, ServiceBase};
use crate::problem::Problem;

/// An answer that says why there is none. In a box, because it is seldom made and travels through many hands.
#[derive(Debug)]
pub(super) struct Refusal(Box<Response>);

impl Refusal {
    /// Of these issues.
    pub(super) fn of(status: StatusCode, issues: &Value) -> Self {
        Self(Box::new(fhir(status, &json!({ "resourceType": "OperationOutcome", "issue": issues }))))
    }

    /// Of a call of the public side that failed.
    pub(super) fn of_call(error: crate::Error) -> Self {
        Problem::from(error).into()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_response()))
    }
}

impl From<BytesRejection> for Refusal {
    fn from(rejection: BytesRejection) -> Self {
        Self(Box::new(rejection.into_response()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// An answer of this resource.
pub(super) fn fhir(status: StatusCode, resource: &Value) -> Response {
    let mut response = (status, resource.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
    response
}

/// A resource with its version and place.
pub(super) fn stored(status: StatusCode, base: &ServiceBase, resource: &Stored) -> Response {
    let mut response = fhir(status, &resource.to_json());
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::try_from(format!("W/\"{}\"", resource.version)) {
        headers.insert(header::ETAG, etag);
    }
    if status == StatusCode::CREATED {
        let location = format!("{}/{}/{}/_history/{}", base.fhir(), resource.kind, resource.id, resource.version);
        if let Ok(location) = HeaderValue::try_from(location) {
            headers.insert(header::LOCATION, location);
        }
    }
    response
}

/// A Bundle of resources.
pub(super) fn bundle(kind: &str, base: &ServiceBase, resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| entry(kind, base, resource)).collect();
    let mut bundle = json!({ "resourceType": "Bundle", "type": kind, "total": entries.len() });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn entry(kind: &str, base: &ServiceBase, resource: &Value) -> Value {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    let place = format!("{}/{}/{}", base.fhir(), text("resourceType"), text("id"));
    let mut entry = json!({ "fullUrl": place, "resource": resource });
    match kind {
        "searchset" => entry["search"] = json!({ "mode": "match" }),
        "history" => {
            let version = resource["meta"]["versionId"].as_str().unwrap_or("1");
            let method = if version == "1" { "POST" } else { "PUT" };
            let url = if version == "1" {
                text("resourceType").to_owned()
            } else {
                format!("{}/{}", text("resourceType"), text("id"))
            };
            entry["request"] = json!({ "method": method, "url": url });
            entry["response"] = json!({ "status": "200", "etag": format!("W/\"{version}\"") });
        }
        _ => {}
    }
    entry
}

/// One issue.
pub(super) fn outcome(status: StatusCode, code: &str, detail: &str) -> Refusal {
    let issue = json!({ "severity": "error", "code": code, "diagnostics": detail });
    Refusal::of(status, &json!([issue]))
}

/// No token, or one that is not good (RFC 6750, section 3).
pub(super) fn unauthorized(has_token: bool) -> Refusal {
    let (challenge, detail) = if has_token {
        ("Bearer realm=\"openslots\", error=\"invalid_token\"", "the token is not known or has expired")
    } else {
        ("Bearer realm=\"openslots\"", "send an access token as `Authorization: Bearer …`")
    };
    let mut refusal = outcome(StatusCode::UNAUTHORIZED, "login", detail);
    refusal.0.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    refusal
}

/// What went wrong, as the caller may know it; what is our fault is logged.
pub(super) fn refused(error: &Error) -> Refusal {
    let told = |status, code| outcome(status, code, &error.to_string());
    match error {
        Error::Invalid(faults) => invalid(faults),
        Error::UnknownSubject | Error::NoConsent { .. } | Error::PatientOnly => {
            told(StatusCode::FORBIDDEN, "forbidden")
        }
        Error::NotFound { .. } => told(StatusCode::NOT_FOUND, "not-found"),
        Error::VersionConflict { .. } => told(StatusCode::PRECONDITION_FAILED, "conflict"),
        Error::NotAllowed { .. } => told(StatusCode::UNPROCESSABLE_ENTITY, "not-supported"),
        Error::Link { .. } | Error::Scheme { .. } => told(StatusCode::CONFLICT, "conflict"),
        Error::Open { .. } | Error::Database(_) | Error::Corrupt { .. } | Error::Random(_) => {
            tracing::error!(%error, "the patient side failed");
            Refusal::from(Problem::internal())
        }
    }
}

fn invalid(faults: &[Fault]) -> Refusal {
    let is_malformed = faults.iter().any(|fault| fault.code == FaultCode::Structure);
    let status = if is_malformed { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
    let issues = faults.iter().map(|fault| {
        json!({
            "severity": "error",
            "code": fault.code.as_str(),
            "diagnostics": format!("{} {}", fault.element, fault.detail),
            "expression": [fault.element],
        })
    });
    Refusal::of(status, &issues.collect::<Value>())
}
