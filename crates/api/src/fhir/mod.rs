//! FHIR R4: read and search of what publishers say, with what an aggregator adds.
//!
//! A request is read against the table of search parameters ([`openslots_fhir::search::PARAMETERS`]), which the
//! capability statement is made from as well, so that neither promises what the other does not keep.
//! What is not understood is refused by name, or, where the client asks for leniency, left out of the `self` link and
//! told in an outcome.

mod base;
mod bundle;
mod clauses;
mod evaluate;
mod find;
mod include;
mod metadata;
mod outcome;
mod parse;
mod render;
mod request;
mod resources;
mod routes;
mod slots;

pub(crate) use base::ServiceBase;
pub(crate) use metadata::{includes_of, reverse_includes_of, told_modifiers};
pub(crate) use outcome::outcome_of;
pub(crate) use parse::short;
pub(crate) use routes::router;

use openslots_model::ResourceKind;

/// The types that are offered.
pub(crate) const KINDS: [ResourceKind; 7] = [
    ResourceKind::Location,
    ResourceKind::Organization,
    ResourceKind::Practitioner,
    ResourceKind::PractitionerRole,
    ResourceKind::HealthcareService,
    ResourceKind::Schedule,
    ResourceKind::Slot,
];

/// Media type of FHIR's JSON.
pub(crate) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";
