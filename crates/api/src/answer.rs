//! Good answers: JSON with a validator.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::Error;
use crate::parameters::Fields;
use crate::problem::Problem;
use crate::render::part_of;

/// How long an answer may be used again without asking where nothing else is said of it (`caching.rs` does of searches
/// and reads): slots go by the minute, and a page that is refreshed must not show an old one.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=15");

/// A JSON answer, or a 304 when the client has the same one.
///
/// The validator is a hash of the answer's bytes, so it changes exactly when the answer does; it is weak because the
/// same answer goes out in several encodings.
pub(crate) fn json(request_headers: &HeaderMap, body: &impl Serialize) -> Result<Response, Problem> {
    json_part(request_headers, body, None)
}

/// The same with some fields of the body only, where they are given.
pub(crate) fn json_part(
    request_headers: &HeaderMap,
    body: &impl Serialize,
    fields: Option<&Fields>,
) -> Result<Response, Problem> {
    let mut bytes = serde_json::to_vec(body).map_err(Error::Render)?;
    if let Some(fields) = fields {
        bytes = part_of(&bytes, fields).map_err(Error::Render)?;
    }
    let etag = format!("W/\"{:016x}\"", xxh3_64(&bytes));
    let is_known = request_headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| names_etag(value, &etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    };
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE_CONTROL);
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
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
