//! What each schedule offers: who, where, what.

use openslots_model::ResourceKind;

use crate::blueprint::{Blueprint, SCHEDULES_A_LOCATION};
use crate::codes::{self, ClinicSpecialty, Code};
use crate::random::Purpose;

/// What may be booked in a schedule.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// Type and number of each actor, in the order they are published.
    pub(crate) actors: Vec<(ResourceKind, u64)>,
    pub(crate) service_types: Vec<Code>,
    pub(crate) specialty: Option<&'static ClinicSpecialty>,
    /// Vaccine and dose in its series.
    pub(crate) vaccine: Option<(Code, u64)>,
}

/// What the fourth schedule of a clinic's location is, in turn over the locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    /// A role alone; the place is found through it.
    RoleAlone,
    /// A service of the place.
    Service,
    /// A person instead of a role.
    Person,
    /// A device.
    Device,
    /// A second role.
    Role,
    /// The place alone: walk in.
    WalkIn,
}

impl Blueprint {
    /// What the fourth schedule of a location is.
    pub(crate) fn special(&self, location: u32) -> Special {
        match location % 6 {
            0 => Special::RoleAlone,
            1 => Special::Service,
            2 if self.style.has_practitioner_file => Special::Person,
            3 if self.style.has_devices => Special::Device,
            5 => Special::WalkIn,
            _ => Special::Role,
        }
    }

    /// The specialty of a clinic's role.
    pub(crate) fn specialty_of(&self, role: u32) -> Option<&'static ClinicSpecialty> {
        // Whatever the seed, the first person one finds in Boston is a dermatologist: what people try first.
        if self.number == 0 && role == 0 {
            return ClinicSpecialty::named("dermatology");
        }
        ClinicSpecialty::choose(self.key.for_purpose(Purpose::Specialty).of(u64::from(role)))
    }

    /// The second place of a role that works at two: the next one of the same region.
    pub(crate) fn second_location_of(&self, role: u32) -> Option<u32> {
        let location = self.location_of(role);
        let is_of_two = role % SCHEDULES_A_LOCATION == 3 && location.is_multiple_of(12);
        let region = self.regions.iter().find(|region| region.locations.contains(&location))?;
        (is_of_two && region.locations.contains(&(location + 1))).then_some(location + 1)
    }

    /// What a schedule offers.
    pub(crate) fn offer(&self, schedule: u32) -> Offer {
        let (location, turn) = (self.location_of(schedule), schedule % SCHEDULES_A_LOCATION);
        let place = (ResourceKind::Location, u64::from(location));
        let service = (ResourceKind::HealthcareService, u64::from(location));
        let is_place_first = self.key.for_purpose(Purpose::ActorOrder).of(u64::from(schedule)).below(3) == 0;
        let in_order = |who: Vec<(ResourceKind, u64)>| {
            let (before, after) = if is_place_first { (Some(place), None) } else { (None, Some(place)) };
            before.into_iter().chain(who).chain(after).collect::<Vec<_>>()
        };
        let plain =
            |actors, service_type| Offer { actors, service_types: vec![service_type], specialty: None, vaccine: None };
        if !self.is_clinic() {
            return match turn {
                3 => plain(in_order(vec![service]), codes::WALK_IN),
                _ => self.vaccination(location, turn),
            };
        }
        let with_role = |actors| {
            let specialty = self.specialty_of(schedule);
            let service_type = specialty.map_or(codes::WALK_IN, |specialty| specialty.service_type);
            Offer { specialty, ..plain(actors, service_type) }
        };
        let number = u64::from(schedule);
        let role = (ResourceKind::PractitionerRole, number);
        match (turn, self.special(location)) {
            (0 | 1, _) | (3, Special::Role) => with_role(in_order(vec![role])),
            (3, Special::RoleAlone) => with_role(vec![role]),
            (3, Special::Service) => plain(in_order(vec![service]), codes::WALK_IN),
            (3, Special::Person) => with_role(in_order(vec![(ResourceKind::Practitioner, number)])),
            (3, Special::Device) => {
                plain(in_order(vec![(ResourceKind::Device, u64::from(location / 6))]), codes::IMAGING)
            }
            (3, Special::WalkIn) => plain(vec![place], codes::WALK_IN),
            // The third role books through the place's service as well.
            _ => with_role(in_order(vec![role, service])),
        }
    }

    /// A vaccine at a store: Location actor only, as the text of 2021 allowed.
    fn vaccination(&self, location: u32, turn: u32) -> Offer {
        let vaccine = codes::VACCINES[(2 * turn + location % 2) as usize];
        let service_types =
            if turn == 0 { vec![codes::IMMUNIZATION, codes::COVID_2021] } else { vec![codes::IMMUNIZATION] };
        Offer {
            actors: vec![(ResourceKind::Location, u64::from(location))],
            service_types,
            specialty: None,
            vaccine: Some((vaccine, 1 + u64::from(location % 4 / 2))),
        }
    }
}
