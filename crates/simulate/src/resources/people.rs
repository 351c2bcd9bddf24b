//! Practitioners, their roles, and the organisation.

use openslots_model::ResourceKind;

use crate::blueprint::Blueprint;
use crate::codes::{BCP_47, Code, NPI, SNOMED, concept};
use crate::ids::npi;
use crate::json::{Array, object};
use crate::random::Purpose;
use crate::words;

use super::write_phone;

const MEDICAL_PRACTITIONER: Code = Code { system: SNOMED, code: "158965000", display: "Medical practitioner" };

impl Blueprint {
    fn npi_of(&self, role: u32) -> String {
        npi(self.key.for_purpose(Purpose::Npi).of(u64::from(role)))
    }

    fn write_npi(&self, list: &mut Array<'_>, role: u32) {
        list.object(|o| {
            o.text("system", NPI).text("value", &self.npi_of(role));
        });
    }

    /// The person behind the role of the same number.
    pub(crate) fn write_practitioner(&self, out: &mut Vec<u8>, number: u32) {
        let person = self.person(number);
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::Practitioner, number);
            o.array("identifier", |list| self.write_npi(list, number)).boolean("active", true);
            o.array("name", |list| {
                list.object(|o| {
                    o.text("use", "official").text("text", &person.display()).text("family", person.family);
                    o.array("given", |list| {
                        list.text(person.given).text(&format!("{}.", person.middle));
                    });
                    o.array("prefix", |list| {
                        list.text("Dr.");
                    });
                });
            });
            o.text("gender", person.gender);
            o.array("communication", |list| {
                for (tag, name) in words::languages(self.key.for_purpose(Purpose::Person).of(u64::from(number))) {
                    list.object(|o| {
                        o.array("coding", |list| {
                            list.object(|o| {
                                o.text("system", BCP_47).text("code", tag).text("display", name);
                            });
                        });
                    });
                }
            });
        });
    }

    pub(crate) fn write_role(&self, out: &mut Vec<u8>, number: u32) {
        let location = self.location_of(number);
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::PractitionerRole, number);
            o.array("identifier", |list| {
                list.object(|o| {
                    o.text("system", &format!("https://www.{}.example.com/roles", self.slug));
                    o.text("value", &format!("ROLE-{number:06}"));
                });
                self.write_npi(list, number);
            });
            o.boolean("active", true);
            o.object("practitioner", |o| {
                if self.style.has_practitioner_file {
                    self.write_reference(o, ResourceKind::Practitioner, u64::from(number));
                } else {
                    o.text("display", &self.person(number).display());
                }
            });
            o.object("organization", |o| self.write_organization_reference(o));
            o.array("code", |list| concept(list, &[MEDICAL_PRACTITIONER]));
            if let Some(specialty) = self.specialty_of(number) {
                o.array("specialty", |list| concept(list, &specialty.codes(self.style.specialty_system)));
            }
            o.array("location", |list| {
                for location in [Some(location), self.second_location_of(number)].into_iter().flatten() {
                    list.object(|o| self.write_reference(o, ResourceKind::Location, u64::from(location)));
                }
            });
            let key = self.key.for_purpose(Purpose::Phone).of(u64::from(number)).of(1);
            write_phone(o, &words::phone(key, self.phone_state(location)));
        });
    }

    pub(crate) fn write_organization(&self, out: &mut Vec<u8>) {
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::Organization, 0);
            o.array("identifier", |list| {
                list.object(|o| {
                    o.text("system", NPI).text("value", &npi(self.key.for_purpose(Purpose::Npi)));
                });
            });
            o.boolean("active", true).text("name", &self.name);
            o.array("telecom", |list| {
                list.object(|o| {
                    o.text("system", "url").text("value", &format!("https://www.{}.example.com", self.slug));
                });
            });
        });
    }
}
