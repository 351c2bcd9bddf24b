//! Joins: from a schedule's actors to provider locations.

use std::sync::Arc;

use openslots_fhir::resource::{Resource, Schedule};
use openslots_model::{
    Place, Provider, ProviderLocationKey, PublisherSlug, ResourceNumber, ResourceRef, ScheduleSummary,
};

/// One side of a join: the provider location that a schedule belongs to, and what is known of it now.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinedSchedule {
    /// The key of the provider location.
    pub key: ProviderLocationKey,
    /// Who, as far as known; also of a reference to a resource that has not come (its display).
    pub provider: Option<Provider>,
    /// Where, as far as known.
    pub place: Option<Place>,
    /// What.
    pub schedule: ScheduleSummary,
}

/// Joins one schedule. Gives at least one provider location, several where several providers or places are named.
///
/// `find` looks a resource of the same publisher up; `Ok(None)` is one that has not come (yet).
///
/// # Errors
/// Those of `find`.
pub fn join_schedule<E>(
    publisher: &PublisherSlug,
    number: ResourceNumber,
    schedule: &Schedule,
    find: &mut dyn FnMut(&ResourceRef) -> Result<Option<Arc<Resource>>, E>,
) -> Result<Vec<JoinedSchedule>, E> {
    let _ = (publisher, number, schedule, find);
    unimplemented!()
}
