//! How long it is to the next and the third next available appointment.

use std::collections::BTreeMap;

use openslots_model::{Dimension, LocalDate, PublisherSlug};

use crate::units::{Part, units};
use crate::{Group, Held, Histogram, OfferList, OfferNumber, Question};

/// How long it was to the next and the third next available appointment.
#[derive(Debug, Clone, Default)]
pub struct LeadTimes {
    rows: BTreeMap<Group, LeadTimeRow>,
}

/// Lead times of a group, of each provider location with each of its specialties (with each of its services, where
/// figures are told apart by service). Each counts once for each day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeadTimeRow {
    /// Provider locations with a specialty or service, of publishers that were heard.
    pub n_offered: u64,
    /// Whole hours to the next free appointment, of those that have one.
    pub next: Histogram,
    /// Whole hours to the third, of those that have three.
    pub third: Histogram,
    /// Those without a free appointment that have a window of hours or days.
    pub n_only_coarse: u64,
    /// Those of publishers whose data were too old to offer: in none of the counts above.
    pub n_silent: u64,
}

impl LeadTimes {
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
            Some(Dimension::ServiceType) => Part::ServiceType,
            _ => Part::Specialty,
        };
        let choice = question.choose(publisher, offers);
        for (group, held) in units(&choice, part, day, held) {
            let row = self.rows.entry(group).or_default();
            if is_silent {
                row.n_silent += 1;
                continue;
            }
            row.n_offered += 1;
            held.next.next().into_iter().for_each(|hours| row.next.add(hours));
            held.next.third().into_iter().for_each(|hours| row.third.add(hours));
            row.n_only_coarse += u64::from(held.n_exact == 0 && held.n_coarse > 0);
        }
    }

    /// The rows, by group.
    pub fn rows(self) -> BTreeMap<Group, LeadTimeRow> {
        self.rows
    }
}
