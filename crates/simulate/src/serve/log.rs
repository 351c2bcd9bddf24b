//! What was asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, Method, StatusCode, Uri};

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// When it came.
    pub at: Instant,
    /// Method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Headers as sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Status of the answer.
    pub status: u16,
}

impl RequestRecord {
    /// The value of a header, its name given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// How much was asked for and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Requests answered.
    pub n_requests: u64,
    /// Requests answered with 304.
    pub n_not_modified: u64,
    /// Bytes of bodies handed to the network, as they go over the wire.
    pub n_body_bytes: u64,
}

/// Counts always, remembers if asked to.
#[derive(Debug, Default)]
pub(super) struct Log {
    records: Option<Mutex<Vec<RequestRecord>>>,
    n_requests: AtomicU64,
    n_not_modified: AtomicU64,
    n_body_bytes: AtomicU64,
}

impl Log {
    pub(super) fn new(remembers: bool) -> Self {
        Self { records: remembers.then(Mutex::default), ..Self::default() }
    }

    pub(super) fn add_request(&self, at: Instant, method: &Method, uri: &Uri, headers: &HeaderMap, status: StatusCode) {
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        if status == StatusCode::NOT_MODIFIED {
            self.n_not_modified.fetch_add(1, Ordering::Relaxed);
        }
        let Some(records) = &self.records else { return };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
        let target = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
        let record = RequestRecord { at, method: method.to_string(), target, headers, status: status.as_u16() };
        records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    pub(super) fn add_body_bytes(&self, n: usize) {
        self.n_body_bytes.fetch_add(n as u64, Ordering::Relaxed);
    }

    pub(super) fn records(&self) -> Vec<RequestRecord> {
        let Some(records) = &self.records else { return Vec::new() };
        records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn clear(&self) {
        if let Some(records) = &self.records {
            records.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        for counter in [&self.n_requests, &self.n_not_modified, &self.n_body_bytes] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn traffic(&self) -> Traffic {
        Traffic {
            n_requests: self.n_requests.load(Ordering::Relaxed),
            n_not_modified: self.n_not_modified.load(Ordering::Relaxed),
            n_body_bytes: self.n_body_bytes.load(Ordering::Relaxed),
        }
    }
}
