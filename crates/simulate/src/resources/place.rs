//! Locations, devices, the endpoint.

use openslots_directory::geography::ZipCode;
use openslots_model::ResourceKind;

use crate::blueprint::Blueprint;
use crate::codes::{PHYSICAL_TYPE, VTRCKS};
use crate::json::{Array, Object, object};
use crate::random::Purpose;
use crate::words;

/// Type, name and SNOMED code of the devices of clinics, in turn.
const DEVICES: [(&str, &str, &str); 3] = [
    ("CT scanner", "77477000", "Computed tomography scanner"),
    ("MRI scanner", "113091000", "Magnetic resonance imaging unit"),
    ("Ultrasound", "16310003", "Ultrasound scanner"),
];

impl Blueprint {
    pub(crate) fn write_location(&self, out: &mut Vec<u8>, number: u32) {
        let site = self.sites[number as usize];
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::Location, number);
            o.array("identifier", |list| self.location_identifiers(list, number));
            o.text("status", "active").text("name", &self.location_name(number));
            if site.zip.is_none() {
                o.text("description", "Video visits; no travel needed.");
            }
            o.array("telecom", |list| {
                list.object(|o| {
                    o.text("system", "phone").text("value", &self.location_phone(number));
                });
                list.object(|o| {
                    o.text("system", "url");
                    o.text("value", &format!("https://www.{}.example.com/locations/{number}", self.slug));
                });
            });
            match site.zip {
                Some(zip) => {
                    o.object("address", |o| self.address(o, number, zip));
                    if let Some((latitude, longitude)) = site.position_e5 {
                        o.object("position", |o| {
                            o.degrees_e5("latitude", latitude).degrees_e5("longitude", longitude);
                        });
                    }
                }
                None => self.virtual_elements(o, number),
            }
            o.object("managingOrganization", |o| self.write_organization_reference(o));
        });
    }

    fn location_identifiers(&self, list: &mut Array<'_>, number: u32) {
        list.object(|o| {
            o.text("system", &format!("https://www.{}.example.com/facilities", self.slug));
            o.text("value", &format!("FAC-{number:05}"));
        });
        if !self.is_clinic() {
            list.object(|o| {
                o.text("system", VTRCKS).text("value", &format!("simulated-pin-{:02}-{number}", self.number));
            });
        }
    }

    fn address(&self, o: &mut Object<'_>, number: u32, zip: &ZipCode) {
        let (line, _) = words::street(self.key.for_purpose(Purpose::Street).of(u64::from(number)));
        o.array("line", |list| {
            list.text(&line);
            if number % 9 == 4 {
                list.text(&format!("Suite {}", 100 + number % 400));
            }
        });
        o.text("city", zip.city).text("district", zip.county).text("state", zip.state);
        o.text("postalCode", zip.zip).text("country", "US");
    }

    /// A virtual place has no address; it says where it may serve.
    fn virtual_elements(&self, o: &mut Object<'_>, number: u32) {
        o.object("physicalType", |o| {
            o.array("coding", |list| {
                list.object(|o| {
                    o.text("system", PHYSICAL_TYPE).text("code", "vi").text("display", "Virtual");
                });
            });
        });
        let region = self.regions.iter().find(|region| region.locations.contains(&number));
        o.array("extension", |list| {
            for state in region.iter().flat_map(|region| &region.states) {
                list.object(|o| {
                    o.text("url", &format!("{}/licensed-states", self.style.extension_base));
                    o.text("valueString", state);
                });
            }
        });
    }

    /// What a device is called.
    pub(super) fn device_name(&self, device: u32) -> &'static str {
        DEVICES[device as usize % DEVICES.len()].0
    }

    /// The device of every sixth location, from the fourth on.
    pub(crate) fn write_device(&self, out: &mut Vec<u8>, number: u32) {
        let (name, code, display) = DEVICES[number as usize % DEVICES.len()];
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::Device, number);
            o.text("status", "active");
            o.array("deviceName", |list| {
                list.object(|o| {
                    o.text("name", name).text("type", "user-friendly-name");
                });
            });
            o.object("type", |o| {
                o.array("coding", |list| {
                    list.object(|o| {
                        o.text("system", crate::codes::SNOMED).text("code", code).text("display", display);
                    });
                });
                o.text("text", name);
            });
            let location = u64::from(number) * 6 + 3;
            o.object("location", |o| self.write_reference(o, ResourceKind::Location, location));
        });
    }

    /// The one resource of a type that aggregators of slots pass over; with its line end.
    pub(crate) fn write_endpoint(&self, out: &mut Vec<u8>) {
        object(out, |o| {
            o.text("resourceType", "Endpoint").text("id", "fhir").text("status", "active");
            o.object("connectionType", |o| {
                o.text("system", "http://terminology.hl7.org/CodeSystem/endpoint-connection-type");
                o.text("code", "hl7-fhir-rest");
            });
            o.text("address", &format!("https://fhir.{}.example.org/r4", self.slug));
        });
        out.push(b'\n');
    }
}
