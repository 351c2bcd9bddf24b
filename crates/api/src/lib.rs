//! The HTTP surfaces: JSON API, FHIR and operations.
//!
//! Thin on purpose: a request is parsed into typed values ([`parameters`]), one of the [`calls`] is made, and its
//! answer is rendered ([`render`]).
//! Pages make the same calls without HTTP.
//!
//! # Errors
//! Whatever goes wrong is answered as a [`problem::Problem`] (RFC 9457), and there is one place that writes it.
//! What a client can put right is told in full, one issue for each bad parameter; what only the operator can is logged
//! and told in a fixed sentence.
//! A failed read is an error and never an empty list.
//!
//! # Blocking work
//! The store and the index are read on blocking threads only, through one function that also bounds how many such
//! reads run at once (`blocking::run_blocking`).

mod admin;
mod answer;
mod blocking;
mod caching;
pub mod calls;
mod care;
pub mod conformance;
mod cursor;
mod data_time;
mod error;
pub mod events;
mod fhir;
mod gauges;
mod layers;
mod limits;
mod openapi;
pub mod parameters;
pub mod problem;
pub mod render;
mod routes;
pub mod server;
mod state;

pub use admin::{
    Admin, AdminError, AdminFuture, AdminOperations, AdminReply, AdminRequest, AdminToken, AdminTokenError,
};
pub use care::{CalendarFuture, CareAccess, FetchCalendar, Vendor, VendorSecret, VendorSecretError, note_taken_slots};
pub use error::Error;
pub use layers::{ForwardedHeader, TrustedProxies};
pub use limits::{RateLimit, RequestLimits};
pub use openapi::document as openapi_document;
pub use routes::{router, router_with};
pub use state::{ApiOptions, ApiState, Clock, NextDue, ProcessMetrics, Published, PublisherTable};
