//! Conformance: what is asked of publishers, and what of it a line or a manifest does not meet.
//!
//! Unlike [`crate::decode`], which makes the best of what it gets, nothing is forgiven here. Sources: FHIR R4, the
//! SMART Scheduling Links text of 2021, the HL7 guide STU 1, and the Bulk Publish draft; [`Requirement::source`] says
//! which of them asks.

mod codes;
mod deletion;
mod elements;
mod extensions;
mod finding;
mod grade;
mod json;
mod line;
mod manifest;
mod primitives;
mod profiles;
mod requirement;
mod resource;
mod structure;
#[cfg(test)]
mod tests;

pub use deletion::check_deletion_line;
pub use finding::Finding;
pub use grade::{Grade, Tally};
pub use line::{LineFacts, NamedReference, check_line};
pub use manifest::{ListedFile, ManifestCheck, check_manifest};
pub use requirement::{Requirement, Severity};
pub use resource::{ResourceFault, read_resource};
