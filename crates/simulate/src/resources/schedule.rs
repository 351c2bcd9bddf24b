//! Schedules.

use openslots_model::ResourceKind;

use crate::blueprint::Blueprint;
use crate::codes::{BASE_2021, concept};
use crate::json::object;

impl Blueprint {
    pub(crate) fn write_schedule(&self, out: &mut Vec<u8>, number: u32) {
        let offer = self.offer(number);
        let base = self.style.extension_base;
        object(out, |o| {
            self.write_type_and_id(o, ResourceKind::Schedule, number);
            o.array("serviceType", |list| concept(list, &offer.service_types));
            o.array("actor", |list| {
                for (kind, actor) in &offer.actors {
                    list.object(|o| self.write_reference(o, *kind, *actor));
                }
            });
            let specialties =
                offer.specialty.map(|specialty| specialty.codes(self.style.specialty_system)).unwrap_or_default();
            if specialties.is_empty() && offer.vaccine.is_none() {
                return;
            }
            o.array("extension", |list| {
                // The extension was renamed when it moved to the new base.
                let name = if base == BASE_2021 { "specialty" } else { "schedule-specialty" };
                for specialty in &specialties {
                    list.object(|o| {
                        o.text("url", &format!("{base}/{name}")).object("valueCoding", |o| specialty.write(o));
                    });
                }
                if let Some((vaccine, dose)) = &offer.vaccine {
                    list.object(|o| {
                        o.text("url", &format!("{base}/vaccine-dose")).integer("valueInteger", *dose);
                    });
                    list.object(|o| {
                        o.text("url", &format!("{base}/vaccine-product")).object("valueCoding", |o| vaccine.write(o));
                    });
                }
            });
        });
    }
}
