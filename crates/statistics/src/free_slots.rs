//! How many slots are free.

use std::collections::BTreeMap;

use openslots_model::{LocalDate, PublisherSlug};

use crate::{Group, Held, OfferList, OfferNumber, Question};

/// How many slots were free.
#[derive(Debug, Clone, Default)]
pub struct FreeSlots {
    rows: BTreeMap<Group, FreeSlotsRow>,
}

/// Free slots of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FreeSlotsRow {
    /// Appointments.
    pub n_exact: u64,
    /// Windows of hours or days.
    pub n_coarse: u64,
    /// Of both: those whose publisher says how many can be booked in one.
    pub n_with_capacity: u64,
    /// How many can be booked in those.
    pub capacity: u64,
    /// Slots of publishers whose data were too old to offer: in none of the counts above.
    pub n_silent: u64,
}

impl FreeSlots {
    /// Takes what was held of a publisher on a day in. `is_silent`: its data were too old to offer then.
    pub fn add(
        &mut self,
        question: &Question,
        publisher: &PublisherSlug,
        offers: &OfferList,
        (day, is_silent): (LocalDate, bool),
        held: &[(OfferNumber, Held)],
    ) {
        let choice = question.choose(publisher, offers);
        for (offer, held) in choice.asked(held) {
            for group in choice.groups(day, offer) {
                let row = self.rows.entry(group).or_default();
                if is_silent {
                    row.n_silent += held.n_free();
                    continue;
                }
                row.n_exact += u64::from(held.n_exact);
                row.n_coarse += u64::from(held.n_coarse);
                row.n_with_capacity += u64::from(held.n_with_capacity);
                row.capacity += held.capacity;
            }
        }
    }

    /// The rows, by group.
    pub fn rows(self) -> BTreeMap<Group, FreeSlotsRow> {
        self.rows
    }
}
