//! Good answers: JSON with a validator.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::Error;
use crate::parameters::Fields;
use crate::problem::Problem;

/// How long an answer may be used again without asking where nothing else is said of it (`caching.rs` does of searches
/// and reads): slots go by the minute, and a page that is refreshed must not show an old one.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=15");

/// A JSON answer, or a 304 when the client has the same one.
///
/// The validator is a hash of the answer's bytes, so it changes exactly when the answer does; it is weak because the
/// same answer goes out in several encodings.
pub(crate) fn json(request_headers: &HeaderMap, body: &impl Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(body).map_err(Error::Render)?;
    Ok(with_validator(request_headers, bytes, HeaderValue::from_static("application/json")))
}

/// An answer of these bytes, with a validator of them, or a 304.
pub(crate) fn with_validator(request_headers: &HeaderMap, bytes: Vec<u8>, content_type: HeaderValue) -> Response {
    let etag = format!("W/\"{:016x}\"", xxh3_64(&bytes));
    let mut response = if is_known(request_headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes));
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response
    };
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE_CONTROL);
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// The same, with only the wanted fields of each of the answers that stand in a list of this name.
pub(crate) fn json_page(
    request_headers: &HeaderMap,
    body: &impl Serialize,
    list: &str,
    fields: Option<&Fields>,
) -> Result<Response, Problem> {
    let Some(fields) = fields else { return json(request_headers, body) };
    let mut body = serde_json::to_value(body).map_err(Error::Render)?;
    let answers = body.get_mut(list).and_then(Value::as_array_mut);
    answers.into_iter().flatten().for_each(|answer| fields.prune(answer));
    json(request_headers, &body)
}

/// The same for a single answer.
pub(crate) fn json_item(
    request_headers: &HeaderMap,
    body: &impl Serialize,
    fields: Option<&Fields>,
) -> Result<Response, Problem> {
    let Some(fields) = fields else { return json(request_headers, body) };
    let mut body = serde_json::to_value(body).map_err(Error::Render)?;
    fields.prune(&mut body);
    json(request_headers, &body)
}

/// Whether the client has what a validator stands for.
pub(crate) fn is_known(request_headers: &HeaderMap, etag: &str) -> bool {
    let values = request_headers.get_all(header::IF_NONE_MATCH).iter();
    values.filter_map(|value| value.to_str().ok()).any(|value| names_etag(value, etag))
}

/// Whether an `If-None-Match` names a validator, by the weak comparison of RFC 9110.
fn names_etag(if_none_match: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if_none_match.trim() == "*" || if_none_match.split(',').any(|tag| opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_are_compared_weakly() {
        for (header, want) in [
            ("W/\"1\"", true),
            ("\"1\"", true),
            ("\"0\", W/\"1\"", true),
            ("*", true),
            ("\"2\"", false),
            ("1", false),
            ("", false),
        ] {
            assert_eq!(names_etag(header, "W/\"1\""), want, "{header}");
        }
    }
}
