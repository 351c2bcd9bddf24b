//! The actors of a schedule, by what they are.

use openslots_fhir::resource::Actor;
use openslots_model::ResourceKind;

use super::guess::Guess;
use super::target::{Resolver, Scope, Target, each_once, kind_of};

/// Actors that make providers and places; each once, ordered by id.
#[derive(Default)]
pub(super) struct Actors {
    pub(super) roles: Vec<Target>,
    pub(super) practitioners: Vec<Target>,
    pub(super) services: Vec<Target>,
    pub(super) places: Vec<Target>,
}

impl Actors {
    /// Resolves all of them.
    ///
    /// A display that names nobody can tell whom is a place where no other actor is one (care happens somewhere), else
    /// a person where no other actor is a provider, else left out.
    pub(super) fn resolve<E>(resolver: &mut Resolver<'_, E>, scope: &Scope, actors: &[Actor]) -> Result<Self, E> {
        let kinds: Vec<Guess> = actors.iter().map(|actor| kind_of(scope, actor)).collect();
        let names = |wanted: &[ResourceKind]| {
            kinds.iter().any(|guess| matches!(guess, Guess::Kind(kind) if wanted.contains(kind)))
        };
        use ResourceKind::{HealthcareService, Location, Practitioner, PractitionerRole};
        let undecided = if !names(&[Location]) {
            Some(Location)
        } else if !names(&[PractitionerRole, Practitioner, HealthcareService]) {
            Some(Practitioner)
        } else {
            None
        };
        let mut resolved = Self::default();
        for (actor, guess) in actors.iter().zip(kinds) {
            let kind = match guess {
                Guess::Kind(kind) => Some(kind),
                Guess::PersonOrPlace => undecided,
                Guess::Nothing => None,
            };
            let (kind, list) = match kind {
                Some(Location) => (Location, &mut resolved.places),
                Some(PractitionerRole) => (PractitionerRole, &mut resolved.roles),
                Some(Practitioner) => (Practitioner, &mut resolved.practitioners),
                Some(HealthcareService) => (HealthcareService, &mut resolved.services),
                _ => continue,
            };
            list.extend(resolver.resolve(scope, actor, kind)?);
        }
        for list in [&mut resolved.roles, &mut resolved.practitioners, &mut resolved.services, &mut resolved.places] {
            *list = each_once(std::mem::take(list));
        }
        Ok(resolved)
    }
}
