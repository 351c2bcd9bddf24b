//! Healthcare services: one for each place.

use openslots_model::ResourceKind;

use crate::blueprint::{Blueprint, SCHEDULES_A_LOCATION};
use crate::codes::{IMMUNIZATION, WALK_IN, concept};
use crate::json::object;

use super::write_phone;

impl Blueprint {
    /// What a service is called.
    pub(super) fn service_name(&self, number: u32) -> String {
        let place = self.location_name(number);
        match (self.is_clinic(), is_walk_in(number)) {
            (false, _) => format!("{place} Vaccines and Walk-in Care"),
            (true, true) => format!("{place} Walk-in Clinic"),
            (true, false) => format!("{place} Appointments"),
        }
    }

    /// The service of the location of the same number.
    pub(crate) fn write_service(&self, out: &mut Vec<u8>, number: u32) {
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::HealthcareService, number);
            o.boolean("active", true);
            o.object("providedBy", |o| self.write_organization_reference(o));
            o.array("type", |list| {
                if !self.is_clinic() {
                    concept(list, &[IMMUNIZATION]);
                }
                concept(list, &[WALK_IN]);
            });
            if let Some(specialty) = self.specialty_of(number * SCHEDULES_A_LOCATION).filter(|_| self.is_clinic()) {
                o.array("specialty", |list| concept(list, &specialty.codes(self.style.specialty_system)));
            }
            o.array("location", |list| {
                list.object(|o| self.write_reference(o, ResourceKind::Location, u64::from(number)));
            });
            o.text("name", &self.service_name(number));
            if is_walk_in(number) {
                o.text("comment", "No appointment needed; please come at least half an hour before closing.");
            }
            write_phone(o, &self.location_phone(number));
            o.boolean("appointmentRequired", !is_walk_in(number));
            o.array("availableTime", |list| {
                list.object(|o| {
                    o.array("daysOfWeek", |list| {
                        for day in ["mon", "tue", "wed", "thu", "fri"] {
                            list.text(day);
                        }
                    });
                    o.text("availableStartTime", "08:00:00").text("availableEndTime", "17:00:00");
                });
            });
        });
    }
}

/// Whether people may come without an appointment: at every third place.
const fn is_walk_in(number: u32) -> bool {
    number.is_multiple_of(3)
}
