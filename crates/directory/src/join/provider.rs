//! Providers: roles, people and services as people look for them.

use openslots_fhir::resource::{Actor, HealthcareService, Practitioner};
use openslots_model::{Coding, Identifier, Place, Provider, ProviderKind, ResourceKind};

use super::actors::Actors;
use super::target::{Resolver, Scope, Target, each_once};
use super::{place, union};

/// A provider before it meets its places.
pub(super) struct Candidate {
    pub(super) provider: Provider,
    /// What the service that it is, or those beside it, add to the schedule's service types.
    pub(super) service_types: Vec<Coding>,
    /// Whether any of these services takes people without an appointment.
    pub(super) is_walk_in: bool,
    /// Where it works, as far as known and in use; looked up only for schedules that name no place themselves.
    pub(super) places: Vec<Place>,
    /// Whether all places where it is known to work are out of use.
    pub(super) is_closed: bool,
}

/// The providers among the actors; empty if nobody is named, `None` if all who are named are out of use.
pub(super) fn candidates<E>(resolver: &mut Resolver<'_, E>, actors: &Actors) -> Result<Option<Vec<Candidate>>, E> {
    let services: Vec<&Target> = actors.services.iter().filter(|target| is_service_in_use(target)).collect();
    let needs_places = actors.places.is_empty();
    let mut builder = Builder { resolver, services: &services, needs_places };
    let mut candidates = Vec::new();
    if !actors.roles.is_empty() {
        // With several roles nobody can tell whose person stands beside them.
        let person_beside = match (&actors.roles[..], &actors.practitioners[..]) {
            ([_], [person]) => Some(person),
            _ => None,
        };
        for target in actors.roles.iter().filter(|target| target.role().and_then(|role| role.is_active) != Some(false))
        {
            candidates.push(builder.role(target, person_beside)?);
        }
    } else if !actors.practitioners.is_empty() {
        for target in &actors.practitioners {
            candidates.push(builder.person(target)?);
        }
    } else {
        for target in &services {
            candidates.push(builder.service(target)?);
        }
    }
    let is_any_named = [&actors.roles, &actors.practitioners, &actors.services].iter().any(|list| !list.is_empty());
    Ok((!is_any_named || !candidates.is_empty()).then_some(candidates))
}

fn is_service_in_use(target: &Target) -> bool {
    target.service().and_then(|service| service.is_active) != Some(false)
}

struct Builder<'b, 'r, E> {
    resolver: &'b mut Resolver<'r, E>,
    /// The services among the actors.
    services: &'b [&'b Target],
    /// Whether the schedule names no place, so that those of its providers are looked for.
    needs_places: bool,
}

impl<E> Builder<'_, '_, E> {
    fn role(&mut self, target: &Target, person_beside: Option<&Target>) -> Result<Candidate, E> {
        let mut provider = blank(target, ProviderKind::PractitionerRole);
        let mut person = None;
        let mut organization = None;
        let mut locations = Vec::new();
        let mut own_services = Vec::new();
        if let Some(role) = target.role() {
            provider.identifiers = role.identifiers.clone();
            provider.specialties = role.specialties.clone();
            provider.phones = role.phones.clone();
            if let Some(actor) = &role.practitioner {
                person = self.resolver.resolve(&target.scope, actor, ResourceKind::Practitioner)?;
            }
            organization =
                self.organization(&target.scope, role.organization.as_ref(), &mut provider.organization_npis)?;
            own_services =
                self.resolver.resolve_all(&target.scope, &role.healthcare_services, ResourceKind::HealthcareService)?;
            own_services.retain(is_service_in_use);
            self.add_networks(&target.scope, &role.networks, &mut provider)?;
            if self.needs_places {
                locations = self.resolver.resolve_all(&target.scope, &role.locations, ResourceKind::Location)?;
            }
        }
        if let Some(person) = person.as_ref().or(person_beside) {
            if let Some(practitioner) = person.practitioner() {
                add_person(&mut provider, practitioner);
            }
            provider.name = provider.name.or_else(|| person.display.clone());
        }
        let own_services: Vec<&Target> = own_services.iter().collect();
        describe_services(&mut provider, self.services);
        if provider.specialties.is_empty() {
            provider.specialties = union(resources(&own_services).map(|service| &service.specialties[..]));
        }
        // What one of several services says of itself need not hold for the schedule.
        if let [only] = own_services[..]
            && provider.description.is_none()
        {
            provider.description = only.service().and_then(|service| service.comment.clone());
        }
        let own_and_beside = [self.services, &own_services].concat();
        provider.organization = organization;
        self.finish(target, provider, locations, &own_and_beside)
    }

    fn person(&mut self, target: &Target) -> Result<Candidate, E> {
        let mut provider = blank(target, ProviderKind::Practitioner);
        if let Some(practitioner) = target.practitioner() {
            add_person(&mut provider, practitioner);
        }
        describe_services(&mut provider, self.services);
        self.finish(target, provider, Vec::new(), self.services)
    }

    fn service(&mut self, target: &Target) -> Result<Candidate, E> {
        let mut provider = blank(target, ProviderKind::HealthcareService);
        if let Some(service) = target.service() {
            provider.name = service.name.clone();
            provider.identifiers = service.identifiers.clone();
            provider.description = service.comment.clone();
        }
        let itself = &[target][..];
        add_services(&mut provider, itself);
        let mut candidate = self.finish(target, provider, Vec::new(), itself)?;
        candidate.service_types = service_types(itself);
        Ok(candidate)
    }

    /// Fills in what does not come from the provider's own resource: the organisation of its services where it has
    /// none, and the places: its own, else those of its services.
    fn finish(
        &mut self,
        target: &Target,
        mut provider: Provider,
        mut locations: Vec<Target>,
        services: &[&Target],
    ) -> Result<Candidate, E> {
        provider.name = provider.name.or_else(|| target.display.clone());
        provider.specialties = union([&provider.specialties[..]]);
        provider.identifiers = each_usable_once(&provider.identifiers);
        for service in services {
            let Some(resource) = service.service() else { continue };
            if service.id != provider.id {
                add_npis(&mut provider.organization_npis, &resource.identifiers);
            }
            self.add_networks(&service.scope, &resource.networks, &mut provider)?;
            if provider.organization.is_none() {
                let npis = &mut provider.organization_npis;
                provider.organization = self.organization(&service.scope, resource.provided_by.as_ref(), npis)?;
            }
        }
        if self.needs_places && locations.is_empty() {
            for service in services {
                let named = service.service().map_or(&[][..], |resource| &resource.locations);
                locations.extend(self.resolver.resolve_all(&service.scope, named, ResourceKind::Location)?);
            }
            locations = each_once(locations);
        }
        let places: Vec<Place> = place::in_use(&locations).map(place::of_target).collect();
        let is_closed = places.is_empty() && !locations.is_empty();
        let is_walk_in = resources(services).any(|service| service.is_appointment_required == Some(false));
        Ok(Candidate { provider, service_types: service_types(self.services), is_walk_in, places, is_closed })
    }

    /// Adds the names of insurance networks.
    fn add_networks(&mut self, scope: &Scope, networks: &[Actor], provider: &mut Provider) -> Result<(), E> {
        for network in networks {
            // The network's NPI, if it has one, is nothing by which one looks for a provider.
            let name = self.organization(scope, Some(network), &mut Vec::new())?;
            add_each(&mut provider.networks, name.as_slice());
        }
        Ok(())
    }

    /// The name of an organisation, its display where it has not come; its NPIs are added to those given.
    fn organization(
        &mut self,
        scope: &Scope,
        actor: Option<&Actor>,
        npis: &mut Vec<String>,
    ) -> Result<Option<String>, E> {
        let Some(actor) = actor else { return Ok(None) };
        let target = self.resolver.resolve(scope, actor, ResourceKind::Organization)?;
        let organization = target.as_ref().and_then(Target::organization);
        if let Some(organization) = organization {
            add_npis(npis, &organization.identifiers);
        }
        let name = organization.and_then(|organization| organization.name.clone());
        Ok(name.or_else(|| actor.display.clone()))
    }
}

/// A provider of which nothing is known yet but its reference.
fn blank(target: &Target, kind: ProviderKind) -> Provider {
    Provider {
        id: target.id,
        kind,
        name: None,
        identifiers: Vec::new(),
        specialties: Vec::new(),
        languages: Vec::new(),
        gender: None,
        networks: Vec::new(),
        organization: None,
        organization_npis: Vec::new(),
        phones: Vec::new(),
        description: None,
    }
}

fn add_person(provider: &mut Provider, practitioner: &Practitioner) {
    provider.name = practitioner.name.clone();
    provider.gender = practitioner.gender.clone();
    provider.identifiers.extend_from_slice(&practitioner.identifiers);
    add_each(&mut provider.languages, &practitioner.languages);
    add_each(&mut provider.phones, &practitioner.phones);
}

/// Adds what services know to the provider that they stand beside, or that is the service itself.
fn add_services(provider: &mut Provider, services: &[&Target]) {
    let has_phones = !provider.phones.is_empty();
    for service in resources(services) {
        provider.specialties.extend_from_slice(&service.specialties);
        add_each(&mut provider.languages, &service.languages);
        // The provider's own telephone reaches it sooner.
        if !has_phones {
            add_each(&mut provider.phones, &service.phones);
        }
    }
}

/// What services say of themselves, or else are called, is what people read of them beside a person.
fn describe_services(provider: &mut Provider, services: &[&Target]) {
    add_services(provider, services);
    let mut texts = Vec::new();
    for target in services {
        let text = target.service().and_then(|service| service.comment.clone().or_else(|| service.name.clone()));
        texts.extend(text.or_else(|| target.display.clone()));
    }
    texts.dedup();
    provider.description = (!texts.is_empty()).then(|| texts.join("\n"));
}

fn service_types(services: &[&Target]) -> Vec<Coding> {
    union(resources(services).map(|service| &service.types[..]))
}

fn resources<'a>(services: &[&'a Target]) -> impl Iterator<Item = &'a HealthcareService> {
    services.iter().filter_map(|target| target.service())
}

fn add_each(list: &mut Vec<String>, texts: &[String]) {
    for text in texts {
        if !list.contains(text) {
            list.push(text.clone());
        }
    }
}

fn add_npis(list: &mut Vec<String>, identifiers: &[Identifier]) {
    for identifier in identifiers.iter().filter(|identifier| identifier.is_npi() && is_usable(&identifier.value)) {
        if !list.contains(&identifier.value) {
            list.push(identifier.value.clone());
        }
    }
}

/// The identifiers that identify something, each once; NPIs under one system.
pub(super) fn each_usable_once(identifiers: &[Identifier]) -> Vec<Identifier> {
    let mut list: Vec<Identifier> = Vec::new();
    for identifier in identifiers.iter().filter(|identifier| is_usable(&identifier.value)) {
        let identifier = identifier.clone().canonical();
        if !list.contains(&identifier) {
            list.push(identifier);
        }
    }
    list
}

/// Whether an identifier's value is one: real feeds hold the texts of missing values (`null`, `unknown VTrckS pin for ...`).
fn is_usable(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    let is_missing =
        matches!(value.as_str(), "" | "-" | "n/a" | "na" | "nil" | "none" | "null" | "undefined" | "unknown");
    !is_missing && !value.starts_with("unknown ")
}
