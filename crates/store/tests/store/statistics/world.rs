//! Random publishers, and what they publish from crawl to crawl.

use openslots_model::{Coverage, CrawlRun, PublisherSlug, ResourceKind, UnixSeconds};
use openslots_store::Store;
use proptest::prelude::*;

use crate::support::{Crawl, File, crawl_with};

pub(crate) const HOUR: i64 = 3_600;
/// Two hours before the end of a day of UTC.
pub(crate) const BEGIN: i64 = 1_700_000_000;

/// Specialties and services, by number: the last two have no system, and no code.
pub(crate) const SPECIALTIES: [&str; 3] = [
    r#"{"coding":[{"system":"http://snomed.info/sct","code":"394582007","display":"Dermatology"}]}"#,
    r#"{"coding":[{"code":"X1"}]}"#,
    r#"{"text":"Knees"}"#,
];
pub(crate) const SPECIALTY_NAMES: [&str; 3] = ["http://snomed.info/sct|394582007", "X1", "Knees"];
pub(crate) const SERVICES: [&str; 2] =
    [r#"{"coding":[{"system":"urn:s","code":"57","display":"Immunization"}]}"#, r#"{"text":"Talk"}"#];
pub(crate) const SERVICE_NAMES: [&str; 2] = ["urn:s|57", "Talk"];

/// Where: state, county and postal code. The last is nowhere: of schedules that name no place.
pub(crate) const PLACES: [(Option<&str>, Option<&str>, Option<&str>); 5] = [
    (Some("MA"), Some("Suffolk"), Some("02139")),
    (Some("MA"), None, Some("02114")),
    (Some("NH"), Some("Hillsborough"), Some("03101")),
    (None, None, None),
    (None, None, None),
];
pub(crate) const NOWHERE: usize = PLACES.len() - 1;

/// A schedule of every publisher.
#[derive(Debug, Clone)]
pub(crate) struct PlannedSchedule {
    /// Places in [`PLACES`], each once; [`NOWHERE`] alone where it names none.
    pub(crate) places: Vec<usize>,
    pub(crate) specialties: Vec<usize>,
    pub(crate) services: Vec<usize>,
}

/// What does not change from crawl to crawl.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) schedules: Vec<PlannedSchedule>,
}

/// A slot as it is listed.
#[derive(Debug, Clone)]
pub(crate) struct PlannedSlot {
    pub(crate) id: u8,
    pub(crate) schedule: usize,
    /// Hours after [`BEGIN`].
    pub(crate) start: i64,
    pub(crate) minutes: i64,
    pub(crate) is_free: bool,
    pub(crate) capacity: Option<u32>,
    pub(crate) own_specialty: Option<usize>,
    pub(crate) own_service: Option<usize>,
}

/// A crawl of one of the publishers.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) hours: u8,
    pub(crate) publisher: u8,
    pub(crate) fails: bool,
    pub(crate) slots: Vec<PlannedSlot>,
}

impl Step {
    /// Some slots of the first schedule.
    pub(crate) fn of_slots(n: u8) -> Self {
        let slot = |id| PlannedSlot {
            id,
            schedule: 0,
            start: 30_000,
            minutes: 30,
            is_free: true,
            capacity: None,
            own_specialty: None,
            own_service: None,
        };
        Self { hours: 0, publisher: 0, fails: false, slots: (0..n).map(slot).collect() }
    }
}

fn some(n: usize, max: usize) -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::btree_set(0..n, 0..=max).prop_map(|set| set.into_iter().collect())
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let schedule = (some(NOWHERE, 2), some(SPECIALTIES.len(), 2), some(SERVICES.len(), 2))
        .prop_map(|(places, specialties, services)| PlannedSchedule { places, specialties, services });
    proptest::collection::vec(schedule, 1..5).prop_map(|mut schedules| {
        // A schedule that names no place is a provider location of its own; one is enough.
        for (number, schedule) in schedules.iter_mut().enumerate().filter(|(_, schedule)| schedule.places.is_empty()) {
            schedule.places.push(if number == 0 { NOWHERE } else { number % NOWHERE });
        }
        World { schedules }
    })
}

fn slot() -> impl Strategy<Value = PlannedSlot> {
    (
        (0u8..12, 0usize..4, 0i64..150),
        (prop_oneof![3 => Just(30), 1 => Just(0), 1 => Just(300)], any::<bool>()),
        (proptest::option::of(0u32..4), proptest::option::of(0usize..3), proptest::option::of(0usize..2)),
    )
        .prop_map(|((id, schedule, start), (minutes, is_free), (capacity, own_specialty, own_service))| {
            PlannedSlot {
                id,
                schedule,
                start,
                minutes,
                is_free,
                capacity,
                own_specialty: own_specialty.filter(|_| id % 3 == 0),
                own_service: own_service.filter(|_| id % 4 == 0),
            }
        })
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let slots = proptest::collection::vec(slot(), 0..14).prop_map(|mut slots| {
        // One line for each id.
        slots.sort_by_key(|slot| slot.id);
        slots.dedup_by_key(|slot| slot.id);
        slots
    });
    let step = (0u8..20, 0u8..2, proptest::bool::weighted(0.15), slots)
        .prop_map(|(hours, publisher, fails, slots)| Step { hours, publisher, fails, slots });
    proptest::collection::vec(step, 1..16).prop_map(|mut steps| {
        // A slot mostly stays as it is from crawl to crawl.
        for index in 2..steps.len() {
            let (before, after) = steps.split_at_mut(index);
            for slot in &mut after[0].slots {
                let known = before.iter().rev().flat_map(|step| &step.slots).find(|known| known.id == slot.id);
                if let Some(known) = known.filter(|_| slot.start % 5 != 0) {
                    *slot = PlannedSlot { is_free: slot.is_free, capacity: slot.capacity, ..known.clone() };
                }
            }
        }
        steps
    })
}

impl World {
    /// One schedule at one place.
    pub(crate) fn small() -> Self {
        Self { schedules: vec![PlannedSchedule { places: vec![0], specialties: vec![0], services: vec![] }] }
    }

    /// Offers of [`World::small`].
    pub(crate) fn n_offers(&self) -> usize {
        self.schedules.len()
    }

    /// Lets a publisher list what a step says.
    pub(crate) fn crawl(&self, store: &Store, slug: &PublisherSlug, step: &Step, at: i64) -> CrawlRun {
        let locations = PLACES[..NOWHERE].iter().enumerate().map(|(number, (state, county, zip))| {
            let part = |name: &str, value: &Option<&str>| {
                value.map(|value| format!(r#","{name}":"{value}""#)).unwrap_or_default()
            };
            let parts = [part("state", state), part("district", county), part("postalCode", zip)].concat();
            format!(
                r#"{{"resourceType":"Location","id":"{number}","name":"Place {number}","address":{{"line":["1 Main St"]{parts}}}}}"#
            )
        });
        let schedules = self.schedules.iter().enumerate().map(|(number, schedule)| {
            let places = schedule.places.iter().filter(|place| **place != NOWHERE);
            let actors: Vec<_> = places.map(|place| format!(r#"{{"reference":"Location/{place}"}}"#)).collect();
            let specialties: Vec<_> = schedule.specialties.iter().map(|code| SPECIALTIES[*code]).collect();
            let services: Vec<_> = schedule.services.iter().map(|code| SERVICES[*code]).collect();
            format!(
                r#"{{"resourceType":"Schedule","id":"{number}","actor":[{}],"specialty":[{}],"serviceType":[{}]}}"#,
                actors.join(","),
                specialties.join(","),
                services.join(",")
            )
        });
        let slots = step.slots.iter().map(|slot| {
            let PlannedSlot { id, schedule, start, minutes, is_free, capacity, own_specialty, own_service } = slot;
            let schedule = schedule % self.schedules.len();
            let begin = BEGIN + start * HOUR;
            let (begin, end) = (UnixSeconds(begin), UnixSeconds(begin + minutes * 60));
            let status = if *is_free { "free" } else { "busy" };
            let capacity = capacity.map(|n| {
                format!(r#","extension":[{{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity","valueInteger":{n}}}]"#)
            });
            let specialty = own_specialty.map(|code| format!(r#","specialty":[{}]"#, SPECIALTIES[code]));
            let service = own_service.map(|code| format!(r#","serviceType":[{}]"#, SERVICES[code]));
            let parts = [capacity, specialty, service].map(Option::unwrap_or_default).concat();
            format!(
                r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/{schedule}"}},"status":"{status}","start":"{begin}","end":"{end}"{parts}}}"#
            )
        });
        let files = [
            File::new("locations", ResourceKind::Location, locations),
            File::new("schedules", ResourceKind::Schedule, schedules),
            File::slots("slots", slots),
        ];
        let crawl = Crawl { coverage: Coverage::Complete, started_at: at, ..Crawl::default() };
        crawl_with(store, slug.as_str(), &files, crawl).unwrap()
    }
}
