//! Which part of the slots was taken, and how long they were on offer.

use std::collections::BTreeMap;

use openslots_model::{LocalDate, PublisherSlug};

use crate::{Fates, Group, Histogram, OfferList, OfferNumber, Question};

/// Which part of the slots was taken.
#[derive(Debug, Clone, Default)]
pub struct FillRates {
    rows: BTreeMap<Group, FillRateRow>,
}

/// What became of the appointments of a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FillRateRow {
    /// Listed as taken when they started.
    pub n_taken: u64,
    /// No longer listed when they started.
    pub n_withdrawn: u64,
    /// Still free when they started.
    pub n_unfilled: u64,
    /// Nobody knows.
    pub n_unknown: u64,
    /// Windows of hours or days: in none of the counts above.
    pub n_coarse: u64,
    /// Whole hours for which those that went were on offer, where it is known.
    pub lifetimes: Histogram,
}

impl FillRateRow {
    fn share(&self, n: u64) -> Option<f64> {
        let n_known = self.n_taken + self.n_withdrawn + self.n_unfilled;
        (n_known > 0).then(|| n as f64 / n_known as f64)
    }

    /// The share of those that were surely taken, of those whose fate is known: the least that the fill rate can be.
    pub fn least(&self) -> Option<f64> {
        self.share(self.n_taken)
    }

    /// The share of those that were taken or withdrawn, of those whose fate is known: the most that it can be.
    pub fn most(&self) -> Option<f64> {
        self.share(self.n_taken + self.n_withdrawn)
    }
}

impl FillRates {
    /// Takes in what became of a publisher's slots that started on a day.
    pub fn add(
        &mut self,
        question: &Question,
        publisher: &PublisherSlug,
        offers: &OfferList,
        day: LocalDate,
        fates: &[(OfferNumber, Fates)],
    ) {
        let choice = question.choose(publisher, offers);
        for (offer, fates) in choice.asked(fates) {
            for group in choice.groups(day, offer) {
                let row = self.rows.entry(group).or_default();
                row.n_taken += u64::from(fates.n_taken);
                row.n_withdrawn += u64::from(fates.n_withdrawn);
                row.n_unfilled += u64::from(fates.n_unfilled);
                row.n_unknown += u64::from(fates.n_unknown);
                row.n_coarse += u64::from(fates.n_coarse);
                row.lifetimes.add_all(&fates.lifetimes);
            }
        }
    }

    /// The rows, by group.
    pub fn rows(self) -> BTreeMap<Group, FillRateRow> {
        self.rows
    }
}
