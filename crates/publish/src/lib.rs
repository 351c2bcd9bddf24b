//! Re-publication as a Slot Aggregator.
//!
//! [`aggregate`] adds to a publisher's resource what the specification asks of an aggregator, and loses nothing of what
//! the source said. Manifests, files and exports are built from it.

mod aggregate;

pub use aggregate::{Error, Provenance, aggregate};
