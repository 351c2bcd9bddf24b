//! What is asked of schedules, and of slots where they say something themselves.

use std::sync::Arc;

use openslots_directory::languages::same_language;

use super::{ALL, Case, LANGUAGES, SERVICE_TYPES, SPECIALTIES, SPECIALTIES_BY_SERVICE, VACCINES, WALK_IN, WORDS};
use crate::codes::{CodeId, CodeSelection, CodeSet};
use crate::state::State;

/// The filters that schedules answer; `None` or empty: nothing is asked.
pub(super) struct Wanted<'a> {
    pub(super) service_types: Option<CodeSelection>,
    pub(super) specialties: Option<CodeSelection>,
    /// Codes of whatever list that mean the specialties asked for.
    pub(super) meant: Option<CodeSelection>,
    /// Codes that mean what the words of the text mean.
    pub(super) words: Option<CodeSelection>,
    pub(super) languages: &'a [String],
    pub(super) vaccines: Option<CodeSelection>,
    pub(super) vaccine_doses: &'a [u32],
    pub(super) is_walk_in: Option<bool>,
}

impl Wanted<'_> {
    /// What is asked for.
    pub(super) fn asked(&self) -> Case {
        let asks = [
            (self.service_types.is_some(), SERVICE_TYPES),
            (self.specialties.is_some(), SPECIALTIES | SPECIALTIES_BY_SERVICE),
            (self.words.is_some(), WORDS),
            (!self.languages.is_empty(), LANGUAGES),
            (self.vaccines.is_some() || !self.vaccine_doses.is_empty(), VACCINES),
            (self.is_walk_in.is_some(), WALK_IN),
        ];
        asks.iter().filter(|(is_asked, _)| *is_asked).fold(0, |asked, (_, bits)| asked | bits)
    }

    /// All cases that there are: each thing asked for met or not, all others met.
    pub(super) fn cases(&self) -> impl Iterator<Item = Case> + use<> {
        let asked = self.asked();
        // The subsets of a set of bits, in descending order.
        let subsets = std::iter::successors(Some(asked), move |subset| (*subset != 0).then(|| (subset - 1) & asked));
        subsets.map(move |met| met | (ALL & !asked))
    }

    pub(super) fn has_language(&self, languages: &[Arc<str>]) -> bool {
        let is_spoken = |wanted: &String| languages.iter().any(|own| same_language(wanted, own));
        self.languages.is_empty() || self.languages.iter().any(is_spoken)
    }

    /// What these codes say to what the words of the text mean: what the vocabulary does not know contradicts nothing.
    pub(super) fn words_verdict(&self, state: &State, service_types: &[CodeId], specialties: &[CodeId]) -> Verdict {
        let Some(words) = &self.words else { return Verdict::Met };
        let is_known = |codes: &[CodeId]| codes.iter().any(|id| !state.codes.specialties(*id).is_empty());
        if words.has_any(specialties) || words.has_any(service_types) {
            Verdict::Met
        } else if is_known(specialties) || is_known(service_types) {
            Verdict::NotMet
        } else {
            Verdict::AsSchedule
        }
    }

    /// What a schedule with these codes answers.
    pub(super) fn case(&self, state: &State, set: &CodeSet) -> Case {
        let has = |selection: &Option<CodeSelection>, codes: &[CodeId]| {
            selection.as_ref().is_none_or(|selection| selection.has_any(codes))
        };
        let is_specialty = |codes: &[CodeId]| self.meant.as_ref().is_some_and(|meant| meant.has_any(codes));
        let has_dose =
            self.vaccine_doses.is_empty() || set.vaccine_doses.iter().any(|dose| self.vaccine_doses.contains(dose));
        let words = self.words_verdict(state, &set.service_types, &set.specialties);
        let answers = [
            (has(&self.service_types, &set.service_types), SERVICE_TYPES),
            (has(&self.specialties, &set.specialties), SPECIALTIES),
            (self.specialties.is_none() || is_specialty(&set.service_types), SPECIALTIES_BY_SERVICE),
            (words != Verdict::NotMet, WORDS),
            (self.has_language(&set.languages), LANGUAGES),
            (has(&self.vaccines, &set.vaccines) && has_dose, VACCINES),
            (self.is_walk_in.is_none_or(|wanted| set.is_walk_in == wanted), WALK_IN),
        ];
        answers.iter().filter(|(is_met, _)| *is_met).fold(0, |case, (_, bit)| case | bit)
    }
}

/// What a slot's own word says to a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It says something itself, and that is meant.
    Met,
    /// It says something itself, and that is not meant.
    NotMet,
    /// It says nothing: its schedule's word counts.
    AsSchedule,
}

impl Verdict {
    pub(super) fn of(is_silent: bool, is_met: impl FnOnce() -> bool) -> Self {
        match is_silent {
            true => Self::AsSchedule,
            false if is_met() => Self::Met,
            false => Self::NotMet,
        }
    }

    /// Whether the filter is met where its schedule answers as in a case.
    pub(super) const fn is_met(self, case: Case, bit: Case) -> bool {
        match self {
            Self::Met => true,
            Self::NotMet => false,
            Self::AsSchedule => case & bit != 0,
        }
    }
}
