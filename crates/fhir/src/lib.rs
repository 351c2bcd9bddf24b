//! FHIR R4 and manifest wire types, NDJSON lines in and out, leniency with recorded issues.
//!
//! Pure and total: bytes come in, values and issues go out; no I/O, no clock.

pub mod conformance;
pub mod decode;
pub mod lines;
pub mod manifest;
pub mod reference;
pub mod resource;
pub mod search;
pub mod systems;
mod wire;
