//! The lines of everything but slots.

mod people;
mod place;
mod schedule;
mod service;

use openslots_model::ResourceKind;

use crate::blueprint::Blueprint;
use crate::json::Object;
use crate::random::Purpose;
use crate::words::{self, Person};

impl Blueprint {
    /// State whose area code the telephone numbers of a location have.
    fn phone_state(&self, location: u32) -> &'static str {
        self.sites[location as usize].zip.map_or("", |zip| zip.state)
    }

    /// The telephone number of a location.
    pub(crate) fn location_phone(&self, location: u32) -> String {
        words::phone(self.key.for_purpose(Purpose::Phone).of(u64::from(location)), self.phone_state(location))
    }

    /// What a location is called.
    pub(crate) fn location_name(&self, location: u32) -> String {
        match self.sites[location as usize].zip {
            Some(zip) => {
                let (_, street) = words::street(self.key.for_purpose(Purpose::Street).of(u64::from(location)));
                words::place_name(self.brand(), location, !self.is_clinic(), street, zip.city)
            }
            None => format!("{} Virtual Care", self.brand()),
        }
    }

    /// The first word of the publisher's name.
    pub(crate) fn brand(&self) -> &str {
        self.name.split(' ').next().unwrap_or(&self.name)
    }

    /// The person behind a role.
    pub(crate) fn person(&self, role: u32) -> Person {
        Person::new(self.key.for_purpose(Purpose::Person).of(u64::from(role)))
    }

    /// What people call the `number`-th resource of a kind.
    fn display(&self, kind: ResourceKind, number: u64) -> String {
        let number = number as u32;
        match kind {
            ResourceKind::Practitioner | ResourceKind::PractitionerRole => self.person(number).display(),
            ResourceKind::HealthcareService => self.service_name(number),
            ResourceKind::Device => self.device_name(number).to_owned(),
            ResourceKind::Location => self.location_name(number),
            ResourceKind::Organization | ResourceKind::Schedule | ResourceKind::Slot => self.name.clone(),
        }
    }

    /// Writes a reference with its display.
    fn write_reference(&self, o: &mut Object<'_>, kind: ResourceKind, number: u64) {
        o.text("reference", &self.ids.reference(kind, number)).text("display", &self.display(kind, number));
    }

    /// Writes a reference to the publisher's organisation: by its name alone where no such file is published.
    fn write_organization_reference(&self, o: &mut Object<'_>) {
        if self.style.has_organization_file {
            self.write_reference(o, ResourceKind::Organization, 0);
        } else {
            o.text("display", &self.name);
        }
    }

    fn write_type_and_id(&self, o: &mut Object<'_>, kind: ResourceKind, number: u32) {
        o.text("resourceType", kind.as_str()).text("id", &self.ids.text(kind, u64::from(number)));
    }
}

/// Writes the telecom element of a telephone number.
fn write_phone(o: &mut Object<'_>, phone: &str) {
    o.array("telecom", |list| {
        list.object(|o| {
            o.text("system", "phone").text("value", phone);
        });
    });
}
