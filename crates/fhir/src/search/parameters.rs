//! The table of search parameters.

use openslots_model::ResourceKind::{
    self, Device, HealthcareService, Location, Organization, Practitioner, PractitionerRole, Schedule, Slot,
};

use super::ParameterType::{self, Date, Reference, Special, String, Token};
use super::SearchParameter;

const fn parameter(
    kind: ResourceKind,
    name: &'static str,
    parameter_type: ParameterType,
    paths: &'static [&'static str],
    documentation: &'static str,
) -> SearchParameter {
    SearchParameter { kind, name, parameter_type, paths, targets: &[], documentation }
}

const fn reference(
    kind: ResourceKind,
    name: &'static str,
    paths: &'static [&'static str],
    targets: &'static [ResourceKind],
    documentation: &'static str,
) -> SearchParameter {
    SearchParameter { kind, name, parameter_type: Reference, paths, targets, documentation }
}

/// The codes by which specialties of a schedule are said: an extension of either generation of the specification.
const SCHEDULE_SPECIALTY: &[&str] = &["specialty", "extension(specialty)", "extension(schedule-specialty)"];

/// All search parameters, by type.
pub static PARAMETERS: &[SearchParameter] = &[
    parameter(Location, "address", String, &["address"], "Any part of the address."),
    parameter(Location, "address-city", String, &["address.city"], "The city."),
    parameter(Location, "address-postalcode", String, &["address.postalCode"], "The ZIP code."),
    parameter(Location, "address-state", String, &["address.state"], "The state, as published."),
    parameter(Location, "identifier", Token, &["identifier"], "An identifier, the aggregator's own included."),
    parameter(Location, "name", String, &["name", "alias"], "The name or another name."),
    parameter(
        Location,
        "near",
        Special,
        &[],
        "latitude|longitude|distance|units: within the distance (50 km if none is given), the nearest first. Units are km (if \
         none are given), m, mi or [mi_us]. Where no position is published, the centre of the ZIP code counts; a place \
         without either is near nothing.",
    ),
    reference(Location, "organization", &["managingOrganization"], &[Organization], "Who runs it."),
    reference(Location, "partof", &["partOf"], &[Location], "The place that it is a part of."),
    parameter(Location, "status", Token, &["status"], "active, suspended or inactive."),
    parameter(Location, "type", Token, &["type"], "What is done there."),
    parameter(Practitioner, "active", Token, &["active"], "Whether the record is in use."),
    parameter(Practitioner, "communication", Token, &["communication"], "A language that is spoken with patients."),
    parameter(Practitioner, "family", String, &["name.family"], "The family name."),
    parameter(Practitioner, "gender", Token, &["gender"], "The administrative gender."),
    parameter(Practitioner, "given", String, &["name.given"], "A given name."),
    parameter(Practitioner, "identifier", Token, &["identifier"], "An identifier, such as an NPI."),
    parameter(Practitioner, "name", String, &["name"], "Any part of the name."),
    parameter(PractitionerRole, "active", Token, &["active"], "Whether the role is in use."),
    parameter(PractitionerRole, "identifier", Token, &["identifier"], "An identifier, such as an NPI."),
    reference(PractitionerRole, "location", &["location"], &[Location], "A place where care is given."),
    reference(PractitionerRole, "organization", &["organization"], &[Organization], "Where the role is held."),
    reference(PractitionerRole, "practitioner", &["practitioner"], &[Practitioner], "Who has the role."),
    parameter(PractitionerRole, "role", Token, &["code"], "The role."),
    reference(PractitionerRole, "service", &["healthcareService"], &[HealthcareService], "A service that is given."),
    parameter(PractitionerRole, "specialty", Token, &["specialty"], "A specialty."),
    parameter(HealthcareService, "active", Token, &["active"], "Whether the service is in use."),
    parameter(HealthcareService, "identifier", Token, &["identifier"], "An identifier."),
    reference(HealthcareService, "location", &["location"], &[Location], "A place where it is given."),
    parameter(HealthcareService, "name", String, &["name"], "The name."),
    reference(HealthcareService, "organization", &["providedBy"], &[Organization], "Who gives it."),
    parameter(HealthcareService, "service-category", Token, &["category"], "The category."),
    parameter(HealthcareService, "service-type", Token, &["type"], "The type."),
    parameter(HealthcareService, "specialty", Token, &["specialty"], "A specialty."),
    parameter(Organization, "active", Token, &["active"], "Whether the record is in use."),
    parameter(Organization, "address", String, &["address"], "Any part of an address."),
    parameter(Organization, "address-city", String, &["address.city"], "The city."),
    parameter(Organization, "address-postalcode", String, &["address.postalCode"], "The ZIP code."),
    parameter(Organization, "address-state", String, &["address.state"], "The state, as published."),
    parameter(Organization, "identifier", Token, &["identifier"], "An identifier."),
    parameter(Organization, "name", String, &["name", "alias"], "The name or another name."),
    reference(Organization, "partof", &["partOf"], &[Organization], "The organisation that it is a part of."),
    parameter(Organization, "type", Token, &["type"], "The kind of organisation."),
    parameter(Schedule, "active", Token, &["active"], "Whether the schedule is in use."),
    reference(
        Schedule,
        "actor",
        &["actor"],
        &[Location, PractitionerRole, Practitioner, HealthcareService, Device],
        "Whose schedule it is: place, role, person or service.",
    ),
    parameter(Schedule, "date", Date, &["planningHorizon"], "Within the planning horizon."),
    parameter(Schedule, "identifier", Token, &["identifier"], "An identifier."),
    parameter(Schedule, "service-type", Token, &["serviceType"], "The type of appointment."),
    parameter(Schedule, "specialty", Token, SCHEDULE_SPECIALTY, "A specialty, of the resource or its extension."),
    parameter(
        Slot,
        "appointment-type",
        Token,
        &[],
        "The type of appointment that may be booked, such as WALKIN or ROUTINE.",
    ),
    parameter(
        Slot,
        "identifier",
        Token,
        &[],
        "The publisher's own id: the system names the publisher (base URL, /publishers/ and its slug), the value is Slot/ and \
         the id.",
    ),
    reference(Slot, "schedule", &[], &[Schedule], "The schedule that it belongs to."),
    parameter(
        Slot,
        "service-type",
        Token,
        &[],
        "The type of appointment: the slot's own, or that of its schedule where it says none.",
    ),
    parameter(
        Slot,
        "specialty",
        Token,
        &[],
        "A specialty: the slot's own, or those of its schedule and provider where it says none.",
    ),
    parameter(Slot, "start", Date, &[], "When it starts."),
    parameter(Slot, "status", Token, &[], "free, busy, busy-unavailable or busy-tentative."),
];

/// The parameters of a type.
pub fn parameters_of(kind: ResourceKind) -> impl Iterator<Item = &'static SearchParameter> {
    PARAMETERS.iter().filter(move |parameter| parameter.kind == kind)
}

/// The parameter of a type that has this name.
pub fn find_parameter(kind: ResourceKind, name: &str) -> Option<&'static SearchParameter> {
    parameters_of(kind).find(|parameter| parameter.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parameter_is_there_twice_and_references_lead_somewhere() {
        for (place, parameter) in PARAMETERS.iter().enumerate() {
            assert_eq!(usize::from(parameter.number()), place, "{} of {}", parameter.name, parameter.kind);
            assert_eq!(parameter.targets.is_empty(), parameter.parameter_type != Reference, "{}", parameter.name);
            assert!(parameter.documentation.ends_with('.'), "{}", parameter.name);
            assert!(parameter.kind != Device);
        }
    }
}
