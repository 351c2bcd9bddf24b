//! What a client may ask for, and how a client is told from another.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::layers::TrustedProxies;

/// How many requests a client address may send.
///
/// A bucket that holds `burst` requests and is filled again at `requests_per_second`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a second that go on for ever.
    pub requests_per_second: NonZeroU32,
    /// Requests at once, after a pause.
    pub burst: NonZeroU32,
}

/// What one request and one client may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLimits {
    /// How many requests a client address may send; `None`: as many as it likes.
    ///
    /// Loopback and the probes of operators (`/healthz`, `/readyz`, `/metrics`) are never limited.
    pub rate: Option<RateLimit>,
    /// Whose word is taken for a client's address.
    pub proxies: TrustedProxies,
    /// How long a request may take until its answer begins.
    pub timeout: Duration,
    /// How large the body of a request may be, in bytes.
    pub max_body_bytes: usize,
}

impl Default for RequestLimits {
    /// Fifty requests a second in bursts of two hundred, no proxies, thirty seconds, and 64 KiB: more than any form of
    /// the API needs.
    fn default() -> Self {
        Self {
            rate: NonZeroU32::new(50)
                .zip(NonZeroU32::new(200))
                .map(|(requests_per_second, burst)| RateLimit { requests_per_second, burst }),
            proxies: TrustedProxies::default(),
            timeout: Duration::from_secs(30),
            max_body_bytes: 64 * 1_024,
        }
    }
}
