//! The one place where errors are written.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::identity::RequestId;
use crate::fhir;
use crate::problem::{PROBLEM_JSON, Problem, Told};

/// Writes problems as RFC 9457 bodies, under `/fhir` as OperationOutcomes, and makes problems of the bare errors that
/// libraries answer with. An error that says itself what went wrong stays as it is.
pub(super) async fn write_problems(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let id = request.extensions().get::<RequestId>().cloned();
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let problem = match problem {
        Some(problem) => problem,
        None if (status.is_client_error() || status.is_server_error()) && !is_told(&response) => {
            Problem::of_status(status)
        }
        None => return response,
    };
    let (body, content_type) = if path == "/fhir" || path.starts_with("/fhir/") {
        (fhir::outcome_of(&problem).to_string().into_bytes(), fhir::FHIR_JSON)
    } else {
        let instance = id.as_ref().and_then(RequestId::to_uri).unwrap_or(path);
        (problem.to_json(&instance, id.as_ref().map(RequestId::as_str)), PROBLEM_JSON)
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = if is_head { Body::empty() } else { Body::from(body) };
    response
}

/// Whether an error says itself what went wrong: to people, in FHIR, or in another protocol's own form.
fn is_told(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let is_form = content_type.starts_with(b"text/html") || content_type.starts_with(b"application/fhir+json");
    is_form || response.extensions().get::<Told>().is_some()
}

/// What a client sees of a panic: nothing of its cause. The panic itself is in the log.
pub(super) fn answer_panic(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = text.as_deref().unwrap_or("(no text)"), "handler panicked");
    Problem::internal().into_response()
}
