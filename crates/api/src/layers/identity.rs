//! The id of a request, its span in the log, and what is told of it when it is answered.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::events::{Present, RequestAnswered, UNKNOWN_ROUTE};

/// The header that carries a request's id.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header in which a client finds its own id of a request again.
pub(super) const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// How long an id given by a client may be.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// The id of a request, as it is sent back and logged.
#[derive(Debug, Clone)]
pub(super) struct RequestId {
    id: HeaderValue,
    /// Whether the client gave it.
    is_given: bool,
}

impl RequestId {
    /// The client's own id where it has a harmless form, else a new one.
    fn of(request: &Request) -> Self {
        let is_harmless = |value: &&HeaderValue| {
            let is_legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
            !value.is_empty() && value.len() <= MAX_REQUEST_ID_BYTES && value.as_bytes().iter().all(is_legal)
        };
        let given = request.headers().get(X_REQUEST_ID).filter(is_harmless).cloned();
        let is_given = given.is_some();
        Self { id: given.unwrap_or_else(new_request_id), is_given }
    }

    pub(super) fn as_str(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// The id as a URI, where it is a UUID: what RFC 9457 calls the `instance` of a problem.
    pub(super) fn to_uri(&self) -> Option<String> {
        let is_uuid = self.as_str().len() == 36
            && self.as_str().bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        is_uuid.then(|| format!("urn:uuid:{}", self.as_str()))
    }
}

/// A new id: a counter, hashed under keys that the process drew at random, so that it tells nothing and does not come
/// again. It has the form of a random UUID (RFC 9562, version 4), which programs know how to read.
fn new_request_id() -> HeaderValue {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    static KEYS: LazyLock<(RandomState, RandomState)> = LazyLock::new(|| (RandomState::new(), RandomState::new()));
    let n = COUNTER.fetch_add(1, Ordering::Relaxed);
    let (high, low) = (KEYS.0.hash_one(n), KEYS.1.hash_one(n));
    let text = format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("unnamed"))
}

/// A path as the log may have it: the key of a watch is all that it takes to read and to forget it.
fn logged_path(path: &str) -> &str {
    const WATCHES: &str = "/v1/scheduling/watches/";
    if path.starts_with(WATCHES) { WATCHES } else { path }
}

/// Gives each request an id and a log span, and tells how it was answered.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    // At the highest level, so that a log of warnings alone names the request too.
    let span = tracing::error_span!(
        "request",
        method = %request.method(),
        path = logged_path(request.uri().path()),
        request_id = id.as_str(),
    );
    request.extensions_mut().insert(id.clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let began = Instant::now();
    let present = Present::request();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(present);
    let route = route.as_ref().map_or(UNKNOWN_ROUTE, MatchedPath::as_str);
    let answered = RequestAnswered { route, method: &method, status: response.status(), duration: began.elapsed() };
    span.in_scope(|| answered.emit());
    if id.is_given {
        response.headers_mut().insert(X_CORRELATION_ID, id.id.clone());
    }
    response.headers_mut().insert(X_REQUEST_ID, id.id);
    // Errors repeat what was asked: no browser may take them for a page.
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
