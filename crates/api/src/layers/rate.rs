//! How often a client may ask: the generic cell rate algorithm, a time for each client address.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lru::LruCache;

use super::client::{ClientKey, TrustedProxies};
use crate::events;
use crate::limits::{RateLimit, RequestLimits};
use crate::problem::{Problem, ProblemKind};

/// How many clients are remembered, those that asked last: some hundred bytes each.
///
/// Whoever has so many addresses is not held back by a limit for each of them.
const MAX_CLIENTS: NonZeroUsize = NonZeroUsize::new(50_000).expect("a number above zero");

/// `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-10.
pub(super) const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// `RateLimit` of the same.
pub(super) const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Paths that are asked by those who run the service, at any time and whatever their rate.
const UNLIMITED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Where a client stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    /// How many more requests would be let through at once.
    n_left: u32,
    /// How long until the whole burst is there again.
    until_full: Duration,
    /// How long until the next request is let through, if this one was not.
    refused_for: Option<Duration>,
}

/// The buckets of all clients.
pub(super) struct RateLimiter {
    limit: RateLimit,
    proxies: TrustedProxies,
    began: Instant,
    /// When each client's bucket is full again, since `began`: what the algorithm calls the theoretical arrival time.
    full_at: Mutex<LruCache<ClientKey, Duration>>,
}

impl RateLimiter {
    /// A limiter, unless there is no limit.
    pub(super) fn new(limits: &RequestLimits) -> Option<Arc<Self>> {
        let limit = limits.rate?;
        let full_at = Mutex::new(LruCache::new(MAX_CLIENTS));
        Some(Arc::new(Self { limit, proxies: limits.proxies.clone(), began: Instant::now(), full_at }))
    }

    /// Counts a request of a client.
    fn count(&self, client: ClientKey, now: Duration) -> Standing {
        let interval = Duration::from_secs(1) / self.limit.requests_per_second.get();
        let whole = interval * self.limit.burst.get();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let known = full_at.get_or_insert_mut(client, || now);
        let next = now.max(*known) + interval;
        let needed = next - now;
        if let Some(too_much) = needed.checked_sub(whole).filter(|too_much| !too_much.is_zero()) {
            return Standing { n_left: 0, until_full: needed - interval, refused_for: Some(too_much) };
        }
        *known = next;
        let n_left = (whole - needed).as_nanos() / interval.as_nanos().max(1);
        Standing { n_left: u32::try_from(n_left).unwrap_or(u32::MAX), until_full: needed, refused_for: None }
    }

    fn tell(&self, standing: Standing, headers: &mut HeaderMap) {
        let RateLimit { requests_per_second, burst } = self.limit;
        let window_seconds = burst.get().div_ceil(requests_per_second.get());
        let policy = format!("\"address\";q={burst};w={window_seconds}");
        let state = format!("\"address\";r={};t={}", standing.n_left, whole_seconds(standing.until_full));
        for (name, value) in [(RATELIMIT_POLICY, policy), (RATELIMIT, state)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

/// Seconds, the last one begun counted whole.
fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos().div_ceil(1_000_000_000)).unwrap_or(u32::MAX)
}

/// Refuses clients that ask too often. A request without a connection has no address, and is let through.
pub(super) async fn limit_rate(
    State(limiter): State<Option<Arc<RateLimiter>>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let limited = limiter.zip(peer).filter(|_| !UNLIMITED.contains(&request.uri().path()));
    let Some((limiter, peer)) = limited else { return next.run(request).await };
    let client = limiter.proxies.client_of(peer, request.headers());
    if client.is_loopback() {
        return next.run(request).await;
    }
    let standing = limiter.count(ClientKey::of(client), limiter.began.elapsed());
    let mut response = match standing.refused_for {
        None => next.run(request).await,
        Some(refused_for) => {
            events::rate_limited(client);
            let seconds = whole_seconds(refused_for);
            let detail = format!("too many requests from your address; try again in {seconds} s");
            let problem = Problem::new(ProblemKind::TooManyRequests, detail);
            Problem { retry_after_seconds: Some(seconds), ..problem }.into_response()
        }
    };
    limiter.tell(standing, response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn limiter(requests_per_second: u32, burst: u32) -> Arc<RateLimiter> {
        let rate = RateLimit {
            requests_per_second: NonZeroU32::new(requests_per_second).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        };
        RateLimiter::new(&RequestLimits { rate: Some(rate), ..RequestLimits::default() }).unwrap()
    }

    fn client(number: u32) -> ClientKey {
        ClientKey::of(std::net::Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let limiter = limiter(2, 3);
        let at = Duration::from_millis;
        for (now_ms, n_left, until_full_ms, refused_for_ms) in [
            (0, 2, 500, None),
            (0, 1, 1_000, None),
            (0, 0, 1_500, None),
            (0, 0, 1_500, Some(500)),
            (400, 0, 1_100, Some(100)),
            (500, 0, 1_500, None),
            (10_000, 2, 500, None),
        ] {
            let want = Standing { n_left, until_full: at(until_full_ms), refused_for: refused_for_ms.map(at) };
            assert_eq!(limiter.count(client(1), at(now_ms)), want, "at {now_ms} ms");
        }
        assert_eq!(limiter.count(client(2), at(0)).n_left, 2);
    }

    #[test]
    fn no_more_clients_are_remembered_than_there_is_room_for() {
        let limiter = limiter(1, 1);
        let n_clients = MAX_CLIENTS.get() as u32;
        for number in 0..=n_clients {
            assert_eq!(limiter.count(client(number), Duration::ZERO).refused_for, None);
        }
        assert_eq!(limiter.full_at.lock().unwrap().len(), MAX_CLIENTS.get());
        assert!(limiter.count(client(n_clients), Duration::ZERO).refused_for.is_some(), "the last is remembered");
        assert_eq!(limiter.count(client(0), Duration::ZERO).refused_for, None, "the first is forgotten");
    }

    #[test]
    fn a_second_that_has_begun_counts_whole() {
        for (duration_ms, want) in [(0, 0), (1, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(duration_ms)), want);
        }
    }
}
