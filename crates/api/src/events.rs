//! What happens to requests and connections, told once: each event writes its line in the log and its metrics together.
//!
//! Labels are bounded: routes are templates of the router and one word for all unknown paths, methods are those that
//! are served and one word for all others. They are counted in whatever recorder the process has installed.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const REQUESTS: &str = "openslots_http_requests_total";
const IN_FLIGHT: &str = "openslots_http_requests_in_flight";
const RATE_LIMITED: &str = "openslots_http_rate_limited_total";
const SHED: &str = "openslots_http_shed_total";
const CONNECTIONS: &str = "openslots_http_connections";
const PORTAL_RETURNS: &str = "openslots_portal_returns_total";
const STALLED: &str = "openslots_http_connections_stalled_total";

/// How long requests took; its buckets are [`REQUEST_DURATION_BUCKETS`].
pub const REQUEST_DURATION: &str = "openslots_http_request_duration_seconds";
/// From an answer that is known by heart to one that is given up, in seconds.
pub const REQUEST_DURATION_BUCKETS: [f64; 12] =
    [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The route of a path that leads nowhere.
pub(crate) const UNKNOWN_ROUTE: &str = "unknown";

/// Says what each metric of the API means, to whatever recorder the process has installed.
pub fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by route, method and class of the status.");
    describe_histogram!(REQUEST_DURATION, "How long requests took until their answers began, by route.");
    describe_gauge!(IN_FLIGHT, "Requests whose answers have not begun.");
    describe_counter!(RATE_LIMITED, "Requests refused because their client asks too often.");
    describe_counter!(SHED, "Requests and connections refused or given up because there was no room or time.");
    describe_gauge!(CONNECTIONS, "Connections that are open.");
    describe_counter!(
        PORTAL_RETURNS,
        "Patients who came back from a portal, by outcome, or by why nothing was changed."
    );
    describe_counter!(STALLED, "Connections closed because their client took nothing of its answer for too long.");
}

/// Why something was refused or given up under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shed {
    /// Too many calls wait for room.
    QueueFull,
    /// A call has waited for room for too long.
    WaitedTooLong,
    /// A request has taken too long.
    TookTooLong,
    /// Too many connections are open.
    Connections,
    /// Too many connections of one client are open.
    ConnectionsOfAddress,
}

impl Shed {
    const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue-full",
            Self::WaitedTooLong => "waited-too-long",
            Self::TookTooLong => "took-too-long",
            Self::Connections => "connections",
            Self::ConnectionsOfAddress => "connections-of-address",
        }
    }

    pub(crate) fn emit(self) {
        counter!(SHED, "reason" => self.as_str()).increment(1);
        // One line for each would make an overload worse; the counter has them all.
        tracing::debug!(reason = self.as_str(), "shed");
    }
}

/// Somebody came back from a portal. Who and from where is told nowhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PortalReturned {
    /// The outcome, or why nothing was changed; one of a few words.
    pub(crate) what: &'static str,
}

impl PortalReturned {
    pub(crate) fn emit(self) {
        counter!(PORTAL_RETURNS, "outcome" => self.what).increment(1);
        tracing::info!(outcome = self.what, "portal return");
    }
}

/// A client asks too often.
pub(crate) fn rate_limited(client: IpAddr) {
    counter!(RATE_LIMITED).increment(1);
    tracing::debug!(client.address = %client, "request refused: too many from this address");
}

/// A client takes nothing of its answer.
pub(crate) fn stalled() {
    counter!(STALLED).increment(1);
    tracing::debug!("connection closed: its client takes nothing");
}

/// A request has been answered, as far as the head of the answer.
pub(crate) struct RequestAnswered<'a> {
    /// The template of its path.
    pub(crate) route: &'a str,
    pub(crate) method: &'a Method,
    pub(crate) status: StatusCode,
    pub(crate) duration: Duration,
}

impl RequestAnswered<'_> {
    pub(crate) fn emit(self) {
        let Self { route, method, status, duration } = self;
        let labels =
            [("route", route.to_owned()), ("method", method_label(method).into()), ("status", class(status).into())];
        counter!(REQUESTS, &labels).increment(1);
        histogram!(REQUEST_DURATION, "route" => route.to_owned()).record(duration.as_secs_f64());
        let duration_ms = duration.as_secs_f64() * 1_000.0;
        tracing::info!(status = status.as_u16(), duration_ms, "request answered");
    }
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// Counts something as there until dropped.
pub(crate) struct Present(&'static str);

impl Present {
    /// A request whose answer has not begun.
    pub(crate) fn request() -> Self {
        Self::begin(IN_FLIGHT)
    }

    /// An open connection.
    pub(crate) fn connection() -> Self {
        Self::begin(CONNECTIONS)
    }

    fn begin(name: &'static str) -> Self {
        gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1.0);
    }
}
