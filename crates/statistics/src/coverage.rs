//! How many places there are, and how many of them have something to book.

use std::collections::BTreeMap;

use openslots_model::{Dimension, LocalDate, PublisherSlug};

use crate::units::{Part, units};
use crate::{Group, Held, OfferList, OfferNumber, Question};

/// How many places there were, and how many had something to book.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    rows: BTreeMap<Group, CoverageRow>,
}

/// Places of a group; each counts once for each day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CoverageRow {
    /// Provider locations of publishers that were heard.
    pub n_places: u64,
    /// Those with a free appointment.
    pub n_with_appointment: u64,
    /// Those with a free appointment or window.
    pub n_with_slot: u64,
    /// Provider locations of publishers whose data were too old to offer: in none of the counts above.
    pub n_silent: u64,
}

impl CoverageRow {
    /// The share of places with something to book; `None`: no place was heard of.
    pub fn share_with_slot(&self) -> Option<f64> {
        (self.n_places > 0).then(|| self.n_with_slot as f64 / self.n_places as f64)
    }
}

impl Coverage {
    /// Takes what was held of a publisher on a day in. `is_silent`: its data were too old to offer then.
    pub fn add(
        &mut self,
        question: &Question,
        publisher: &PublisherSlug,
        offers: &OfferList,
        (day, is_silent): (LocalDate, bool),
        held: &[(OfferNumber, Held)],
    ) {
        let part = match question.by {
            Some(Dimension::Specialty) => Part::Specialty,
            Some(Dimension::ServiceType) => Part::ServiceType,
            _ => Part::Whole,
        };
        let choice = question.choose(publisher, offers);
        for (group, held) in units(&choice, part, day, held) {
            let row = self.rows.entry(group).or_default();
            if is_silent {
                row.n_silent += 1;
                continue;
            }
            row.n_places += 1;
            row.n_with_appointment += u64::from(held.n_exact > 0);
            row.n_with_slot += u64::from(held.n_free() > 0);
        }
    }

    /// The rows, by group.
    pub fn rows(self) -> BTreeMap<Group, CoverageRow> {
        self.rows
    }
}
