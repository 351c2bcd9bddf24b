//! Joins: from a schedule's actors to provider locations.
//!
//! Actors come in any number and order, so each is taken for what it is, never for where it stands:
//!
//! | among the actors | provider | place |
//! |---|---|---|
//! | PractitionerRole | each role, with its person and organisation | Location actors, else the role's locations, else those of its services |
//! | no role, but Practitioner | each person | Location actors, else the services' locations |
//! | neither, but HealthcareService | each service | Location actors, else the service's locations |
//! | none of them | unknown | Location actors |
//!
//! A HealthcareService beside a role or a person adds what it knows to them and its types to the schedule; a
//! Practitioner beside a role fills in the person. Devices, patients and organisations are neither provider nor place.
//! Several providers and several places give every pair.
//!
//! A reference whose target has not come keeps its id and its display, so the key of the provider location stays the
//! same when the target arrives. What is not in use (`active: false`, a Location that is `inactive`) is left out.

use std::sync::Arc;

use openslots_fhir::resource::{Resource, Schedule};
use openslots_model::{
    Coding, Place, Provider, ProviderLocationKey, PublicId, PublisherSlug, ResourceKind, ResourceNumber, ResourceRef,
    ScheduleSummary,
};

mod actors;
mod guess;
mod place;
mod provider;
mod target;

#[cfg(test)]
mod tests;

use actors::Actors;
pub use place::{position_of_location, states_of_location};
use provider::Candidate;
use target::{Resolver, Scope};

/// How many provider locations one schedule may belong to. Real ones have a handful; a line with thousands of actors
/// must not fill the memory with their pairs. The first in the order of the ids are kept, so it is always the same ones.
pub const MAX_PAIRS: usize = 1_000;

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

/// Looks a resource of the same publisher up; `Ok(None)` is one that has not come (yet).
pub type Find<'a, E> = dyn FnMut(&ResourceRef) -> Result<Option<Arc<Resource>>, E> + 'a;

/// Joins one schedule. Gives a provider location for each provider and place named (at most [`MAX_PAIRS`]), ordered by
/// key.
///
/// Gives none if nothing of it can be booked: the schedule is not active, or all its providers or all its places are
/// out of use. A schedule without any usable actor stands alone under its own id.
///
/// Looked up are the actors, what a role refers to, what a service refers to, and organisations: at most three steps
/// from the schedule (schedule, role, service, location). A schedule has to be joined anew when any of them changes.
///
/// # Errors
/// Those of `find`.
pub fn join_schedule<E>(
    publisher: &PublisherSlug,
    number: ResourceNumber,
    schedule: &Schedule,
    find: &mut Find<'_, E>,
) -> Result<Vec<JoinedSchedule>, E> {
    if schedule.is_active == Some(false) {
        return Ok(Vec::new());
    }
    let mut resolver = Resolver { publisher, find };
    let scope = Scope::of_schedule(schedule);
    let actors = Actors::resolve(&mut resolver, &scope, &schedule.actors)?;
    let named_places: Vec<Place> = place::in_use(&actors.places).map(place::of_target).collect();
    if named_places.is_empty() && !actors.places.is_empty() {
        return Ok(Vec::new());
    }
    let Some(candidates) = provider::candidates(&mut resolver, &actors)? else { return Ok(Vec::new()) };

    let id = PublicId::of(publisher, ResourceKind::Schedule, &schedule.id);
    let mut joined: Vec<JoinedSchedule> = Vec::new();
    let mut join = |candidate: Option<&Candidate>, place: Option<&Place>| {
        if joined.len() == MAX_PAIRS {
            return;
        }
        let provider = candidate.map(|candidate| &candidate.provider);
        let place_id = place.and_then(|place| place.id);
        let key = ProviderLocationKey::of(publisher, provider.map(|provider| provider.id), place_id, id);
        let schedule = summary(number, id, schedule, candidate);
        joined.push(JoinedSchedule { key, provider: provider.cloned(), place: place.cloned(), schedule });
    };
    let nobody = [None];
    let somebody: Vec<Option<&Candidate>> = candidates.iter().map(Some).collect();
    for candidate in if somebody.is_empty() { &nobody[..] } else { &somebody[..] } {
        let own_places = candidate.map_or(&[][..], |candidate| &candidate.places);
        let places = if named_places.is_empty() { own_places } else { &named_places };
        for place in places {
            join(*candidate, Some(place));
        }
        if places.is_empty() && !candidate.is_some_and(|candidate| candidate.is_closed) {
            join(*candidate, None);
        }
    }
    joined.sort_by_key(|side| side.key);
    Ok(joined)
}

fn summary(
    number: ResourceNumber,
    id: PublicId,
    schedule: &Schedule,
    candidate: Option<&Candidate>,
) -> ScheduleSummary {
    let of_service = candidate.map_or(&[][..], |candidate| &candidate.service_types);
    let of_provider = candidate.map_or(&[][..], |candidate| &candidate.provider.specialties);
    ScheduleSummary {
        number,
        id,
        service_types: union([&schedule.service_types[..], of_service]),
        specialties: union([&schedule.specialties[..], of_provider]),
        vaccines: union([&schedule.vaccines[..]]),
        vaccine_doses: schedule.vaccine_doses.clone(),
        is_walk_in: candidate.is_some_and(|candidate| candidate.is_walk_in),
        has_availability: schedule.has_availability,
    }
}

/// The codings of several lists, each once, in the order of their first coming.
fn union<'a>(lists: impl IntoIterator<Item = &'a [Coding]>) -> Vec<Coding> {
    let mut all = Vec::new();
    for coding in lists.into_iter().flatten() {
        coding.clone().add_to(&mut all);
    }
    all
}
