//! What every request passes: its id, limits, the log, and the one place where errors are written.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use tracing::Instrument;

use crate::problem::{PROBLEM_JSON, Problem, ProblemKind};

/// The header that carries a request's id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header that says which id a client gave its request.
const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a query string may be: a hundred codes with their systems fit.
const MAX_QUERY_BYTES: usize = 16 * 1_024;
/// How long an id given by a client may be.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// Puts everything round a router that its requests pass.
pub(crate) fn wrap(router: Router) -> Router {
    router.layer(
        // The first is the outermost: errors from within pass everything above them.
        ServiceBuilder::new()
            .layer(from_fn(identify))
            .layer(cors())
            .map_response(restore_status)
            .map_response(vary_by_encoding)
            // Level 1 of each: at 40 kB an answer the higher ones cost more time than they save on the wire.
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .map_response(note_status)
            .layer(from_fn(write_problems))
            .layer(CatchPanicLayer::custom(answer_panic))
            .layer(from_fn(limit)),
    )
}

/// Open to every page: the data are public and nothing here depends on who asks, neither answers of the API nor pages.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::OPTIONS])
        // Mirrored, because a `*` would not cover `Authorization`, which some clients send though it is not needed.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([X_REQUEST_ID, X_CORRELATION_ID, header::ETAG, header::RETRY_AFTER, header::LOCATION])
        .max_age(Duration::from_secs(86_400))
}

/// The id of a request, as it is sent back and logged.
#[derive(Debug, Clone)]
struct RequestId {
    value: HeaderValue,
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
        Self { is_given: given.is_some(), value: given.unwrap_or_else(new_request_id) }
    }

    fn as_str(&self) -> &str {
        self.value.to_str().unwrap_or_default()
    }

    /// The id as a URI, where it is a UUID: what RFC 9457 calls the `instance` of a problem.
    fn to_uri(&self) -> Option<String> {
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

/// Gives each request an id, a log span and a line when it ends.
async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        request_id = id.as_str(),
    );
    request.extensions_mut().insert(id.clone());
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let duration_ms = began.elapsed().as_secs_f64() * 1_000.0;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), duration_ms, "request answered"));
    if id.is_given {
        // What the client called it, under the name by which programs that make their own ids look for it.
        response.headers_mut().insert(X_CORRELATION_ID, id.value.clone());
    }
    response.headers_mut().insert(X_REQUEST_ID, id.value);
    // Errors repeat what was asked: no browser may take them for a page.
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Writes problems as RFC 9457 bodies, and makes problems of the bare errors that libraries answer with. An error that
/// is a page for people stays as it is.
async fn write_problems(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let instance = id.as_ref().and_then(RequestId::to_uri).unwrap_or_else(|| request.uri().path().to_owned());
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let problem = match problem {
        Some(problem) => problem,
        None if (status.is_client_error() || status.is_server_error()) && !is_page(&response) => {
            Problem::of_status(status)
        }
        None => return response,
    };
    let body = problem.to_json(&instance, id.as_ref().map(RequestId::as_str));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = if is_head { Body::empty() } else { Body::from(body) };
    response
}

/// Whether an answer is HTML.
fn is_page(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|content_type| content_type.as_bytes().starts_with(b"text/html"))
}

/// The status of an answer before compression saw it.
#[derive(Debug, Clone, Copy)]
struct StatusBefore(StatusCode);

fn note_status<B>(mut response: Response<B>) -> Response<B> {
    let status = StatusBefore(response.status());
    response.extensions_mut().insert(status);
    response
}

/// Gives an answer its own status back.
///
/// Where `Accept-Encoding` leaves nothing, not even the answer as it is, compression lets the body through and makes
/// the status a 406. An answer that is told as it was is of more use than one that contradicts itself.
fn restore_status<B>(mut response: Response<B>) -> Response<B> {
    if let Some(StatusBefore(status)) = response.extensions_mut().remove() {
        *response.status_mut() = status;
    }
    response
}

/// Says of every answer that it depends on `Accept-Encoding`.
///
/// Compression says so only where there is something to compress; but an answer to HEAD and a 304 must say what the
/// answer to GET says (RFC 9110, sections 9.3.2 and 15.4.5).
fn vary_by_encoding<B>(mut response: Response<B>) -> Response<B> {
    let names_it =
        |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(header::ACCEPT_ENCODING.as_str().as_bytes());
    if !response.headers().get_all(header::VARY).iter().any(names_it) {
        response.headers_mut().append(header::VARY, HeaderValue::from_name(header::ACCEPT_ENCODING));
    }
    response
}

/// Refuses what is too long to be a search, and gives up on what takes too long.
async fn limit(request: Request, next: Next) -> Response {
    let n_query_bytes = request.uri().query().map_or(0, str::len);
    if n_query_bytes > MAX_QUERY_BYTES {
        let detail = format!("the query string has {n_query_bytes} bytes, at most {MAX_QUERY_BYTES} are read");
        return Problem::new(ProblemKind::QueryTooLong, detail).into_response();
    }
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(timeout_secs = REQUEST_TIMEOUT.as_secs(), "request given up");
            Problem::unavailable("the answer took too long; try again later", 5).into_response()
        }
    }
}

/// What a client sees of a panic: nothing of its cause. The panic itself is in the log.
fn answer_panic(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = text.as_deref().unwrap_or("(no text)"), "handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> &'static str {
        panic!("a secret of ours")
    }

    async fn answer(request: axum::http::request::Builder) -> (StatusCode, axum::http::HeaderMap, String) {
        let router = Router::new()
            .route("/panic", get(panics))
            .route("/never", get(std::future::pending::<&'static str>))
            .route("/bare", get(|| async { StatusCode::UNSUPPORTED_MEDIA_TYPE }))
            .route("/good", get(|| async { "good" }));
        let response = wrap(router).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_told_without_its_cause() {
        let (status, headers, body) = answer(Request::get("/panic").header(X_REQUEST_ID, "abc-1")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(headers[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(headers[X_REQUEST_ID], "abc-1");
        assert!(body.contains(r#""requestId":"abc-1""#) && !body.contains("secret"), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_given_up() {
        let (status, headers, body) = answer(Request::get("/never")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers[header::RETRY_AFTER], "5");
        assert!(body.contains(r#""title":"Temporarily unavailable""#), "{body}");
    }

    #[tokio::test]
    async fn bare_errors_become_problems() {
        let (status, headers, body) = answer(Request::get("/bare")).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(headers[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert!(body.contains(r#""type":"about:blank""#), "{body}");
    }

    #[tokio::test]
    async fn long_queries_are_refused() {
        let just_short_enough = format!("/good?{}", "a".repeat(MAX_QUERY_BYTES));
        assert_eq!(answer(Request::get(&just_short_enough)).await.0, StatusCode::OK);
        let (status, _, body) = answer(Request::get(just_short_enough + "a")).await;
        assert_eq!(status, StatusCode::URI_TOO_LONG);
        assert!(body.contains("at most 16384 are read"), "{body}");
    }

    #[tokio::test]
    async fn only_harmless_request_ids_are_taken_over() {
        for (given, is_kept) in [("Ab.1-_:", true), ("a b", false), ("", false), ("<x>", false)] {
            let (_, headers, _) = answer(Request::get("/good").header(X_REQUEST_ID, given)).await;
            assert_eq!(headers[X_REQUEST_ID] == given, is_kept, "{given}");
        }
        let (_, first, _) = answer(Request::get("/good")).await;
        let (_, second, _) = answer(Request::get("/good")).await;
        assert_ne!(first[X_REQUEST_ID], second[X_REQUEST_ID]);
    }
}
