//! What places and lead times are counted by: one provider location, or one with one of its specialties or services.

use openslots_model::{Dimension, LocalDate};
use rustc_hash::FxHashMap;

use crate::question::Choice;
use crate::{Group, Held, OfferNumber};

/// What a provider location is told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Specialty,
    ServiceType,
}

/// A provider location and, where it is told apart by it, one of its specialties or services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Unit {
    place: u32,
    code: Option<u32>,
}

/// What the offers of each unit hold together on a day, with the group that it belongs to.
pub(crate) fn units(
    choice: &Choice<'_>,
    part: Part,
    day: LocalDate,
    held: &[(OfferNumber, Held)],
) -> impl Iterator<Item = (Group, Held)> {
    let mut units: FxHashMap<Unit, Held> = FxHashMap::default();
    for (offer, held) in choice.asked(held) {
        let mut codes: Vec<Option<u32>> = match part {
            Part::Whole => Vec::new(),
            Part::Specialty => choice.specialties(offer).map(Some).collect(),
            Part::ServiceType => choice.service_types(offer).map(Some).collect(),
        };
        if codes.is_empty() {
            codes.push(None);
        }
        for place in choice.places(offer) {
            for code in &codes {
                let unit = units.entry(Unit { place, code: *code }).or_default();
                unit.n_exact += held.n_exact;
                unit.n_coarse += held.n_coarse;
                unit.next.add_all(&held.next);
            }
        }
    }
    units.into_iter().map(move |(unit, held)| (group_of(choice, day, unit), held))
}

/// The group of a day that a unit belongs to.
fn group_of(choice: &Choice<'_>, day: LocalDate, unit: Unit) -> Group {
    match choice.question.by {
        None => choice.question.group(day, None),
        Some(Dimension::Specialty | Dimension::ServiceType) => choice.group_of_code(day, unit.code),
        Some(by) => choice.question.group(day, choice.value_of_place(by, unit.place).as_deref()),
    }
}
