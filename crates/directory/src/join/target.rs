//! References, resolved: what they name, and the resource itself if it has come.

use std::sync::Arc;

use openslots_fhir::reference::Reference;
use openslots_fhir::resource::{
    Actor, HealthcareService, Location, Organization, Practitioner, PractitionerRole, Resource, Schedule,
};
use openslots_model::{PublicId, PublisherSlug, ResourceKind, ResourceRef};

use super::Find;
use super::guess::{Guess, guess, named_type};

/// A reference and what is known of its target.
#[derive(Clone)]
pub(super) struct Target {
    /// Published id of the target.
    pub(super) id: PublicId,
    /// What people call it where it is referred to.
    pub(super) display: Option<String>,
    /// The target itself, of the type that was asked for; `None` if it has not come.
    resource: Option<Arc<Resource>>,
    /// What `#id` means inside the target.
    pub(super) scope: Scope,
}

macro_rules! resource_of_type {
    ($($method:ident: $kind:ident),*) => {$(
        /// The resource, if it has come.
        pub(super) fn $method(&self) -> Option<&$kind> {
            match self.resource.as_deref() {
                Some(Resource::$kind(resource)) => Some(resource),
                _ => None,
            }
        }
    )*};
}

impl Target {
    resource_of_type! {
        location: Location,
        practitioner: Practitioner,
        role: PractitionerRole,
        service: HealthcareService,
        organization: Organization
    }
}

/// Each target once, ordered by id, so that the order of the references does not show. Of several references to one
/// target that with a display counts, of several displays the first in the order of the alphabet.
pub(super) fn each_once(mut targets: Vec<Target>) -> Vec<Target> {
    targets.sort_by(|a, b| (a.id, a.display.is_none(), &a.display).cmp(&(b.id, b.display.is_none(), &b.display)));
    targets.dedup_by_key(|target| target.id);
    targets
}

/// The contained resources that `#id` may mean, and whose they are.
#[derive(Clone)]
pub(super) struct Scope {
    /// `Type/id` of the resource that contains them.
    owner: String,
    contained: Arc<[Arc<Resource>]>,
}

impl Scope {
    /// Inside a schedule.
    pub(super) fn of_schedule(schedule: &Schedule) -> Self {
        Self::new(ResourceKind::Schedule, &schedule.id, &schedule.contained)
    }

    /// Inside another resource. Of those only roles contain resources that are looked for here.
    fn of_target(target: &ResourceRef, resource: Option<&Resource>) -> Self {
        let contained = match resource {
            Some(Resource::PractitionerRole(role)) => &role.contained[..],
            _ => &[],
        };
        Self::new(target.kind, &target.source_id, contained)
    }

    fn new(kind: ResourceKind, id: &str, contained: &[Resource]) -> Self {
        Self { owner: format!("{kind}/{id}"), contained: contained.iter().cloned().map(Arc::new).collect() }
    }

    fn find(&self, id: &str) -> Option<&Arc<Resource>> {
        self.contained.iter().find(|resource| kind_and_id(resource).1.trim_start_matches('#') == id)
    }
}

fn kind_and_id(resource: &Resource) -> (ResourceKind, &str) {
    match resource {
        Resource::Location(location) => (ResourceKind::Location, &location.id),
        Resource::Practitioner(practitioner) => (ResourceKind::Practitioner, &practitioner.id),
        Resource::PractitionerRole(role) => (ResourceKind::PractitionerRole, &role.id),
        Resource::HealthcareService(service) => (ResourceKind::HealthcareService, &service.id),
        Resource::Organization(organization) => (ResourceKind::Organization, &organization.id),
        Resource::Schedule(schedule) => (ResourceKind::Schedule, &schedule.id),
    }
}

/// What an actor is, without looking it up.
pub(super) fn kind_of(scope: &Scope, actor: &Actor) -> Guess {
    match &actor.reference {
        Reference::Resource(target) => Guess::Kind(target.kind),
        Reference::Contained(id) => match scope.find(id) {
            Some(resource) => Guess::Kind(kind_and_id(resource).0),
            // It may be a Device, which is not read here: only a display that says more is believed.
            None => match guess("", actor.display.as_deref()) {
                Guess::PersonOrPlace => Guess::Nothing,
                told => told,
            },
        },
        Reference::Other(text) => guess(text, actor.display.as_deref()),
    }
}

/// Looks references of one publisher up.
pub(super) struct Resolver<'a, E> {
    pub(super) publisher: &'a PublisherSlug,
    pub(super) find: &'a mut Find<'a, E>,
}

impl<E> Resolver<'_, E> {
    /// The target of a reference that is to name a resource of that kind; `None` if it names another, or nothing.
    ///
    /// Source ids of what has none of its own: a contained resource is `Type/id#id` of container and contained, a
    /// reference that is not understood `other:` and its text, a mere display `display:` and its text. Legal ids hold
    /// neither `#` nor `:`, so none of these is taken for another's.
    pub(super) fn resolve(&mut self, scope: &Scope, actor: &Actor, kind: ResourceKind) -> Result<Option<Target>, E> {
        let display = actor.display.clone();
        let (source_id, resource, scope) = match &actor.reference {
            Reference::Resource(target) if target.kind == kind => {
                let resource = (self.find)(target)?;
                let scope = Scope::of_target(target, resource.as_deref());
                (target.source_id.clone(), resource, scope)
            }
            Reference::Resource(_) => return Ok(None),
            Reference::Contained(id) => {
                // Contained resources refer to one another by the ids of their container.
                (format!("{}#{id}", scope.owner), scope.find(id).cloned(), scope.clone())
            }
            Reference::Other(text) => {
                let names_another = named_type(text).is_some_and(|named| named != Guess::Kind(kind));
                let source_id = match &display {
                    _ if names_another => return Ok(None),
                    _ if !text.is_empty() => format!("other:{text}"),
                    Some(display) => format!("display:{display}"),
                    None => return Ok(None),
                };
                (source_id, None, scope.clone())
            }
        };
        if resource.as_deref().is_some_and(|resource| kind_and_id(resource).0 != kind) {
            return Ok(None);
        }
        let id = PublicId::of(self.publisher, kind, &source_id);
        Ok(Some(Target { id, display, resource, scope }))
    }

    /// The targets of a list of references to resources of that kind, each once.
    pub(super) fn resolve_all(
        &mut self,
        scope: &Scope,
        actors: &[Actor],
        kind: ResourceKind,
    ) -> Result<Vec<Target>, E> {
        let mut targets = Vec::new();
        for actor in actors {
            targets.extend(self.resolve(scope, actor, kind)?);
        }
        Ok(each_once(targets))
    }
}
