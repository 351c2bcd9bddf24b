//! From wire types to resources.

use openslots_model::{Availability, Coding, Identifier, IssueCode, PhysicalType, Position};

use super::read::contained;
use super::wire::{
    ContactWire, HealthcareServiceWire, LocationWire, OrganizationWire, PositionWire, PractitionerRoleWire,
    PractitionerWire, ReferenceExtensionWire, ScheduleWire,
};
use super::{Actor, HealthcareService, Location, Organization, Practitioner, PractitionerRole, Schedule};
use crate::decode::{Repairs, quoted};
use crate::systems::{ExtensionName, NETWORK_EXTENSIONS, PHYSICAL_TYPE};
use crate::wire::{
    ConceptWire, ExtensionValue, Extensions, Many, One, ReferenceWire, TelecomWire, Text, actors, codings, identifiers,
    name_for_people, telecoms, words,
};

/// The store number that pharmacies give to a store that is none.
const TEST_STORE: &str = "99999";

pub(super) fn location(id: String, wire: LocationWire<'_>, repairs: &mut Repairs) -> Location {
    let address = wire.address.0.unwrap_or_default();
    let mut licensed_states = Vec::new();
    for state in wire.extension.values(ExtensionName::LicensedStates).filter_map(ExtensionValue::text) {
        if !licensed_states.contains(&state) {
            licensed_states.push(state);
        }
    }
    let phones = with_contacts(&wire.telecom, &wire.contact, "phone");
    let identifiers = identifiers(&wire.identifier);
    note_test_data(&id, &identifiers, &phones, repairs);
    Location {
        id,
        name: words(&wire.name),
        description: words(&wire.description),
        status: words(&wire.status),
        phones,
        websites: with_contacts(&wire.telecom, &wire.contact, "url"),
        address_lines: address.line.0.iter().filter_map(Text::words).collect(),
        city: words(&address.city),
        state: words(&address.state),
        postal_code: words(&address.postal_code),
        district: words(&address.district),
        position: wire.position.0.and_then(|position| usable_position(&position, repairs)),
        identifiers,
        physical_type: physical_type(&wire.physical_type).or_else(|| physical_type(&wire.form)),
        licensed_states,
        managing_organization: actor(&wire.managing_organization),
    }
}

pub(super) fn practitioner(id: String, wire: PractitionerWire<'_>) -> Practitioner {
    Practitioner {
        id,
        name: name_for_people(&wire.name),
        identifiers: identifiers(&wire.identifier),
        gender: words(&wire.gender),
        languages: languages(&wire.communication),
        phones: telecoms(&wire.telecom, "phone"),
    }
}

pub(super) fn practitioner_role(id: String, wire: PractitionerRoleWire<'_>, repairs: &mut Repairs) -> PractitionerRole {
    PractitionerRole {
        id,
        is_active: wire.active.map(|flag| flag.0),
        identifiers: identifiers(&wire.identifier),
        practitioner: actor(&wire.practitioner),
        organization: actor(&wire.organization),
        codes: codings(&wire.code),
        specialties: codings(&wire.specialty),
        locations: actors(&wire.location),
        healthcare_services: actors(&wire.healthcare_service),
        phones: with_contacts(&wire.telecom, &wire.contact, "phone"),
        networks: networks(&wire.extension),
        contained: contained(&wire.contained, repairs),
    }
}

pub(super) fn healthcare_service(id: String, wire: HealthcareServiceWire<'_>) -> HealthcareService {
    HealthcareService {
        id,
        is_active: wire.active.map(|flag| flag.0),
        name: words(&wire.name),
        comment: words(&wire.comment),
        identifiers: identifiers(&wire.identifier),
        provided_by: actor(&wire.provided_by),
        categories: codings(&wire.category),
        types: codings(&wire.types),
        specialties: codings(&wire.specialty),
        locations: actors(&wire.location),
        phones: with_contacts(&wire.telecom, &wire.contact, "phone"),
        languages: languages(&wire.communication),
        networks: networks(&wire.extension),
        is_appointment_required: wire.appointment_required.map(|flag| flag.0),
    }
}

pub(super) fn organization(id: String, wire: OrganizationWire<'_>) -> Organization {
    Organization { id, name: words(&wire.name), identifiers: identifiers(&wire.identifier) }
}

pub(super) fn schedule(id: String, wire: ScheduleWire<'_>, repairs: &mut Repairs) -> Schedule {
    let mut specialties = codings(&wire.specialty);
    add_codings(&wire.extension, ExtensionName::Specialty, &mut specialties);
    let mut vaccines = Vec::new();
    add_codings(&wire.extension, ExtensionName::VaccineProduct, &mut vaccines);
    Schedule {
        id,
        is_active: wire.active.map(|flag| flag.0),
        actors: actors(&wire.actor),
        service_types: codings(&wire.service_type),
        specialties,
        vaccines,
        vaccine_doses: vaccine_doses(&wire.extension, repairs),
        has_availability: has_availability(&wire.extension, repairs),
        contained: contained(&wire.contained, repairs),
    }
}

pub(super) fn actor(wire: &One<ReferenceWire<'_>>) -> Option<Actor> {
    wire.0.as_ref().and_then(ReferenceWire::actor)
}

fn add_codings(extensions: &Extensions<'_>, name: ExtensionName, list: &mut Vec<Coding>) {
    for value in extensions.values(name) {
        value.add_codings_to(list);
    }
}

/// The contact points of a system, those of R5's contacts included.
fn with_contacts(own: &Many<TelecomWire<'_>>, contacts: &Many<ContactWire<'_>>, system: &str) -> Vec<String> {
    let mut found = telecoms(own, system);
    for value in contacts.0.iter().flat_map(|contact| telecoms(&contact.telecom, system)) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// The insurance networks that directories of the Da Vinci guide name by an extension (`network-reference`).
fn networks(extensions: &Many<ReferenceExtensionWire<'_>>) -> Vec<Actor> {
    let is_network = |extension: &&ReferenceExtensionWire<'_>| {
        extension.url.as_ref().is_some_and(|url| NETWORK_EXTENSIONS.contains(&url.as_str()))
    };
    extensions.0.iter().filter(is_network).filter_map(|extension| actor(&extension.value)).collect()
}

/// BCP 47 codes; a language that is only named is kept by its name.
fn languages(concepts: &Many<ConceptWire<'_>>) -> Vec<String> {
    let mut found = Vec::new();
    for concept in &concepts.0 {
        let codings = concept.codings();
        let code = codings.iter().find_map(|coding| coding.code.clone());
        let language = code.or_else(|| codings.into_iter().find_map(|coding| coding.display));
        if let Some(language) = language.filter(|language| !found.contains(language)) {
            found.push(language);
        }
    }
    found
}

/// Says that a place is a test's, or has a placeholder for a telephone. Both are kept: nobody can be sure.
fn note_test_data(id: &str, identifiers: &[Identifier], phones: &[String], repairs: &mut Repairs) {
    if is_test_store(id, identifiers) {
        repairs.push((IssueCode::TestData, format!("its number {TEST_STORE} is that of a test")));
    }
    for phone in phones.iter().filter(|phone| is_of_zeros(phone)) {
        repairs.push((IssueCode::TestData, format!("the telephone {} stands for a missing one", quoted(phone))));
    }
}

/// Whether a place has the number that stands for a test.
pub(super) fn is_test_store(id: &str, identifiers: &[Identifier]) -> bool {
    id == TEST_STORE || identifiers.iter().any(|identifier| identifier.value == TEST_STORE)
}

/// Whether all digits of a telephone number, seven at least, are zero.
fn is_of_zeros(phone: &str) -> bool {
    let mut digits = phone.bytes().filter(u8::is_ascii_digit);
    digits.clone().count() >= 7 && digits.all(|digit| digit == b'0')
}

fn usable_position(wire: &PositionWire, repairs: &mut Repairs) -> Option<Position> {
    let (Some(latitude), Some(longitude)) = (wire.latitude, wire.longitude) else {
        repairs.push((IssueCode::UnusablePosition, "position lacks its latitude or longitude".to_owned()));
        return None;
    };
    match Position::published(latitude.0, longitude.0) {
        Ok(position) => Some(position),
        Err(error) => {
            repairs.push((IssueCode::UnusablePosition, format!("position is left out: {error}")));
            None
        }
    }
}

/// The physical type; of several the virtual one, as that decides who can be served there, else the standard one.
fn physical_type(concepts: &Many<ConceptWire<'_>>) -> Option<PhysicalType> {
    let rank = |found: &PhysicalType| match (found.code.as_str(), found.system.as_deref()) {
        ("vi", _) => 0,
        (_, Some(PHYSICAL_TYPE)) => 1,
        _ => 2,
    };
    let coded = |coding: Coding| Some(PhysicalType { system: coding.system, code: coding.code? });
    codings(concepts).into_iter().filter_map(coded).min_by_key(rank)
}

fn vaccine_doses(extensions: &Extensions<'_>, repairs: &mut Repairs) -> Vec<u32> {
    let mut doses = Vec::new();
    for value in extensions.values(ExtensionName::VaccineDose) {
        match value.number() {
            Some(number) if number.fract() == 0.0 && (1.0..=99.0).contains(&number) => {
                let dose = number as u32;
                if !doses.contains(&dose) {
                    doses.push(dose);
                }
            }
            _ => ignore("vaccine-dose", value.text(), "a whole number from 1", repairs),
        }
    }
    doses
}

fn has_availability(extensions: &Extensions<'_>, repairs: &mut Repairs) -> Option<Availability> {
    let mut found = None;
    for code in extensions.values(ExtensionName::HasAvailability).filter_map(ExtensionValue::text) {
        match code.as_str() {
            "some" => found = found.or(Some(Availability::Some)),
            "none" => found = found.or(Some(Availability::None)),
            "unknown" => found = found.or(Some(Availability::Unknown)),
            _ => ignore("has-availability", Some(code), "some, none or unknown", repairs),
        }
    }
    found
}

fn ignore(name: &str, text: Option<String>, wanted: &str, repairs: &mut Repairs) {
    let text = text.map_or_else(|| "without a value".to_owned(), |text| quoted(&text));
    repairs.push((IssueCode::IgnoredElement, format!("{name} {text} is left out: it is not {wanted}")));
}
