//! The line of a slot: what is the same for all slots of a schedule is made once, and cut where they differ.

use openslots_model::ResourceKind;

use crate::blueprint::{Blueprint, SCHEDULES_A_LOCATION};
use crate::calendar::{Calendar, TimeStyle, Zone};
use crate::codes::{self, ACCEPTING_PATIENTS, APPOINTMENT_TYPE, BCP_47};
use crate::ids::IdsOfKind;
use crate::json::{self, Array, Object};
use crate::random::{Key, Purpose};
use crate::style::LinkStyle;
use crate::words;

use super::layout::PlacedSlot;

/// Stand for what differs, in the order in which it comes.
const CUTS: [&str; 5] = ["{id}", "{status}", "{start}", "{end}", "{slot}"];

/// What all slots of one schedule have in common, cut where they differ.
#[derive(Debug)]
pub(crate) struct SlotTemplate {
    /// The text before each of [`CUTS`], and after the last.
    parts: [Vec<u8>; CUTS.len() + 1],
    /// Whether the booking link holds the slot's number, so that the last cut is there.
    has_slot_links: bool,
    zone: Zone,
}

/// What is the same for all slots of a publisher in one generation.
#[derive(Debug)]
pub(crate) struct SlotWriter<'a> {
    calendar: &'a Calendar,
    times: TimeStyle,
    ids: IdsOfKind,
    statuses: Statuses,
}

/// Which status a slot has in a generation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statuses {
    key: Key,
    /// Slots in a thousand that have changed so far, counting those that changed several times as often.
    n_changed_per_mille: u64,
}

impl Statuses {
    pub(crate) fn new(publisher: &Blueprint, generation: u32) -> Self {
        Self {
            key: publisher.key.for_purpose(Purpose::Status),
            n_changed_per_mille: u64::from(generation) * u64::from(publisher.changed_per_mille),
        }
    }

    /// Each step changes the slots of the next slice of a thousand; after the last slice it begins anew.
    #[inline]
    pub(crate) fn of(&self, slot: u64) -> &'static str {
        let bits = self.key.of(slot).bits();
        let per_mille = |half: u64| (half * 1_000) >> 32;
        let (kind, slice) = (per_mille(bits >> 32), per_mille(bits & 0xffff_ffff));
        let n_flips = (self.n_changed_per_mille + 999 - slice) / 1_000;
        let first = match kind {
            0..700 => "free",
            700..950 => "busy",
            950..980 => "busy-unavailable",
            _ => "busy-tentative",
        };
        match (n_flips % 2, kind) {
            (0, _) => first,
            (_, 0..700) => "busy",
            _ => "free",
        }
    }
}

impl<'a> SlotWriter<'a> {
    pub(crate) fn new(publisher: &'a Blueprint, generation: u32) -> Self {
        Self {
            calendar: &publisher.calendar,
            times: publisher.style.times,
            ids: publisher.ids.of(ResourceKind::Slot),
            statuses: Statuses::new(publisher, generation),
        }
    }

    /// Appends the line of a slot.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>, template: &SlotTemplate, slot: PlacedSlot) {
        let [before_id, before_status, before_start, before_end, before_slot, rest] = &template.parts;
        out.extend_from_slice(before_id);
        self.ids.write(out, slot.number);
        out.extend_from_slice(before_status);
        out.extend_from_slice(self.statuses.of(slot.number).as_bytes());
        out.extend_from_slice(before_start);
        self.calendar.write_instant(out, self.times, slot.day, slot.start, template.zone);
        out.extend_from_slice(before_end);
        self.calendar.write_instant(out, self.times, slot.day, slot.start + slot.minutes, template.zone);
        out.extend_from_slice(before_slot);
        if template.has_slot_links {
            json::number(out, 1_000_000 + slot.number);
            out.extend_from_slice(rest);
        }
        out.push(b'\n');
    }

    /// When a slot starts, in minutes from the plan's first midnight UTC.
    pub(crate) fn utc_start(&self, template: &SlotTemplate, slot: PlacedSlot) -> u32 {
        self.calendar.utc_minutes(slot.day, slot.start, template.zone)
    }
}

impl Blueprint {
    /// What the slots of a schedule have in common.
    pub(crate) fn slot_template(&self, schedule: u32) -> SlotTemplate {
        let location = self.location_of(schedule);
        let mut whole = Vec::with_capacity(640);
        json::object(&mut whole, |o| {
            o.text("resourceType", "Slot").text("id", "{id}");
            o.object("schedule", |o| {
                o.text("reference", &self.ids.reference(ResourceKind::Schedule, u64::from(schedule)));
            });
            o.text("status", "{status}").text("start", "{start}").text("end", "{end}");
            if self.style.is_rich {
                self.slot_types(o, schedule);
            }
            let mut extensions = Vec::with_capacity(512);
            json::array(&mut extensions, |list| self.slot_extensions(list, schedule));
            // FHIR has no empty lists.
            if extensions != b"[]" {
                o.member("extension").append(&mut extensions);
            }
        });
        let (parts, n_cuts) = cut(whole);
        SlotTemplate { parts, has_slot_links: n_cuts == CUTS.len(), zone: self.sites[location as usize].zone }
    }

    /// Types on the slot itself, for every tenth schedule.
    fn slot_types(&self, o: &mut Object<'_>, schedule: u32) {
        if schedule % 10 != 1 {
            return;
        }
        let offer = self.offer(schedule);
        let overrides_schedule = schedule % 20 == 1;
        let (code, display) =
            if overrides_schedule { ("ROUTINE", "Routine appointment") } else { ("FOLLOWUP", "A follow up visit") };
        o.object("appointmentType", |o| {
            o.array("coding", |list| {
                list.object(|o| {
                    o.text("system", APPOINTMENT_TYPE).text("code", code).text("display", display);
                });
            });
        });
        if overrides_schedule {
            o.array("serviceType", |list| codes::concept(list, &offer.service_types));
            if let Some(specialty) = offer.specialty {
                o.array("specialty", |list| codes::concept(list, &specialty.codes(self.style.specialty_system)));
            }
        }
    }

    fn slot_extensions(&self, list: &mut Array<'_>, schedule: u32) {
        let style = &self.style;
        let location = self.location_of(schedule);
        let extension = |list: &mut Array<'_>, name: &str, fill: &dyn Fn(&mut Object<'_>)| {
            list.object(|o| {
                o.text("url", &format!("{}/{name}", style.extension_base));
                fill(o);
            });
        };
        let brand = self.brand().to_ascii_lowercase();
        let link = match style.links {
            LinkStyle::Query => Some(format!("https://{brand}.example.org/bookings?slot={{slot}}")),
            LinkStyle::Fragment => Some(format!("https://{brand}.example.org/?dept={location}#/book/{{slot}}")),
            LinkStyle::PerPlace => Some(format!("https://www.{}.example.com/locations/{location}/book", self.slug)),
            LinkStyle::None => None,
        };
        // Places without links leave half of their schedules without a telephone number as well.
        let has_phone = style.has_phones && (style.links != LinkStyle::None || schedule.is_multiple_of(2));
        let phone = has_phone.then(|| self.location_phone(location));
        let key = self.key.for_purpose(Purpose::Shape).of(u64::from(schedule));
        let is_for_many = !self.is_clinic() && schedule.is_multiple_of(SCHEDULES_A_LOCATION);
        let capacity = if is_for_many { 10 + 10 * key.below(10) } else { 1 };

        // A rich publisher says for whom slots are on two schedules of seven, in either of the two ways.
        if style.is_rich && schedule % 7 < 2 {
            let patients = key.of(1).pick(&["newpt", "newpt", "existptonly", "existptfam"]);
            let write_patients = |o: &mut Object<'_>| {
                o.text("system", ACCEPTING_PATIENTS).text("code", patients);
            };
            if schedule.is_multiple_of(7) {
                extension(list, "patient-type", &|o| {
                    o.object("valueCoding", write_patients);
                });
            } else {
                extension(list, "characteristic", &|o| {
                    o.array("extension", |list| self.characteristics(list, schedule, &write_patients));
                });
            }
        }
        if let Some(phone) = &phone {
            extension(list, "booking-phone", &|o| {
                o.text("valueString", phone);
            });
        }
        if style.has_capacities || is_for_many && style.links != LinkStyle::None {
            extension(list, "slot-capacity", &|o| {
                o.integer("valueInteger", capacity);
            });
        }
        if let Some(link) = &link {
            extension(list, "booking-deep-link", &|o| {
                o.text("valueUrl", link);
            });
        }
    }

    fn characteristics(&self, list: &mut Array<'_>, schedule: u32, write_patients: &dyn Fn(&mut Object<'_>)) {
        let characteristic = |list: &mut Array<'_>, name: &str, fill: &dyn Fn(&mut Object<'_>)| {
            list.object(|o| {
                o.text("url", name).object("valueCodeableConcept", |o| {
                    o.array("coding", |codings| {
                        codings.object(fill);
                    });
                });
            });
        };
        characteristic(list, "acceptingPatients", write_patients);
        for (tag, name) in words::languages(self.key.of(u64::from(schedule))) {
            characteristic(list, "languagesSpoken", &|o| {
                o.text("system", BCP_47).text("code", tag).text("display", name);
            });
        }
    }
}

/// Cuts a line at each of [`CUTS`]; says how many were there.
fn cut(whole: Vec<u8>) -> ([Vec<u8>; CUTS.len() + 1], usize) {
    let mut parts: [Vec<u8>; CUTS.len() + 1] = Default::default();
    let mut rest = whole.as_slice();
    let mut n_cuts = 0;
    for mark in CUTS {
        let Some(at) = rest.windows(mark.len()).position(|window| window == mark.as_bytes()) else { break };
        parts[n_cuts] = rest[..at].to_vec();
        rest = &rest[at + mark.len()..];
        n_cuts += 1;
    }
    parts[n_cuts] = rest.to_vec();
    (parts, n_cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_flips_its_share_and_nothing_else() {
        let statuses = |n_changed_per_mille| Statuses { key: Key::new(3), n_changed_per_mille };
        let n_slots = 20_000;
        let free = (0..n_slots).filter(|slot| statuses(0).of(*slot) == "free").count();
        assert!((13_700..14_300).contains(&free), "{free}");
        let mut n_flipped = [0; 20_000];
        for step in 0..100 {
            let (before, after) = (statuses(step * 10), statuses((step + 1) * 10));
            let mut n_now = 0;
            for slot in 0..n_slots {
                if before.of(slot) != after.of(slot) {
                    n_flipped[slot as usize] += 1;
                    n_now += 1;
                }
            }
            assert!((120..290).contains(&n_now), "{n_now} in step {step}");
        }
        // A hundred steps of ten in a thousand change every slot exactly once.
        assert!(n_flipped.iter().all(|n| *n == 1));
    }
}
