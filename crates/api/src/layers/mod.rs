//! What every request passes: its id, limits, the log, and the one place where errors are written.

mod bounds;
mod client;
mod identity;
mod problems;
mod rate;
mod status;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower::util::option_layer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

pub(crate) use self::client::ClientKey;
pub use self::client::{ForwardedHeader, TrustedProxies};
use self::identity::{X_CORRELATION_ID, X_REQUEST_ID};
use self::rate::RateLimiter;
use crate::limits::RequestLimits;

/// Whom routes are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody, every page of every site included.
    Everybody,
    /// The operator: no page of another site may ask.
    Operator,
}

/// Wraps routers in what their requests pass; all that are wrapped share the limits of their clients.
pub(crate) struct Layers {
    bounds: bounds::Bounds,
    limiter: Option<std::sync::Arc<RateLimiter>>,
    max_body_bytes: usize,
}

impl Layers {
    pub(crate) fn new(limits: &RequestLimits) -> Self {
        let limiter = RateLimiter::new(limits);
        Self { bounds: bounds::Bounds::of(limits), limiter, max_body_bytes: limits.max_body_bytes }
    }

    /// The same, for routes that take larger bodies than others.
    pub(crate) fn for_bodies_up_to(&self, max_body_bytes: usize) -> Self {
        let max_body_bytes = max_body_bytes.max(self.max_body_bytes);
        Self { bounds: self.bounds.with_bodies_up_to(max_body_bytes), limiter: self.limiter.clone(), max_body_bytes }
    }

    /// Puts everything round a router that its requests pass.
    pub(crate) fn wrap(&self, router: Router, audience: Audience) -> Router {
        router.layer(
            // The first is the outermost: errors from within pass everything above them.
            ServiceBuilder::new()
                .layer(from_fn(identity::identify))
                .layer(option_layer((audience == Audience::Everybody).then(cors)))
                .map_response(status::restore_status)
                .map_response(vary_by_encoding)
                // Level 1 of each: at 40 kB an answer the higher ones cost more time than they save on the wire.
                .layer(
                    CompressionLayer::new()
                        .quality(CompressionLevel::Fastest)
                        .compress_when(DefaultPredicate::new().and(is_whole)),
                )
                .map_response(status::note_status)
                .layer(from_fn(problems::write_problems))
                .layer(CatchPanicLayer::custom(problems::answer_panic))
                .layer(from_fn_with_state(self.limiter.clone(), rate::limit_rate))
                .layer(from_fn_with_state(self.bounds, bounds::bound))
                .layer(DefaultBodyLimit::max(self.max_body_bytes)),
        )
    }
}

/// Leaves out what parts can be asked of: they and their validators are those of the bytes as they are.
fn is_whole(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES)
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

/// Open to every page: the data are public and nothing here depends on who asks, neither answers of the API nor pages.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::OPTIONS])
        // Mirrored, because a `*` would not cover `Authorization`, which some clients send though it is not needed.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            X_REQUEST_ID,
            X_CORRELATION_ID,
            header::ETAG,
            header::RETRY_AFTER,
            header::LOCATION,
            rate::RATELIMIT_POLICY,
            rate::RATELIMIT,
        ])
        .max_age(Duration::from_secs(86_400))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::bounds::MAX_QUERY_BYTES;
    use super::*;
    use crate::problem::PROBLEM_JSON;

    async fn panics() -> &'static str {
        panic!("a secret of ours")
    }

    async fn answer(request: axum::http::request::Builder) -> (StatusCode, HeaderMap, String) {
        let router = Router::new()
            .route("/panic", get(panics))
            .route("/never", get(std::future::pending::<&'static str>))
            .route("/bare", get(|| async { StatusCode::UNSUPPORTED_MEDIA_TYPE }))
            .route("/good", get(|| async { "good" }));
        let router = Layers::new(&RequestLimits::default()).wrap(router, Audience::Everybody);
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
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

    #[tokio::test]
    async fn bodies_that_say_they_are_large_are_refused_unread() {
        for (length, want) in [("65536", StatusCode::OK), ("65537", StatusCode::PAYLOAD_TOO_LARGE)] {
            let (status, headers, body) = answer(Request::get("/good").header(header::CONTENT_LENGTH, length)).await;
            assert_eq!(status, want, "{body}");
            assert_eq!(body.contains("at most 65536 are read"), status != StatusCode::OK, "{body}");
            assert!(headers.contains_key(X_REQUEST_ID));
        }
    }
}
