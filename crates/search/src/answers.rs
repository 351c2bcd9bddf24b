//! What schedules and slots answer to the filters that both can answer.
//!
//! A slot's own word overrides its schedule's, list by list: service types, specialties, languages, appointments. So
//! answers are kept by list, and put together for each combination of slot traits and schedule.

use std::cell::RefCell;
use std::sync::Arc;

use openslots_directory::languages::same_language;
use openslots_model::AvailabilityQuery;
use rustc_hash::FxHashMap;

use crate::codes::{CodeId, CodeSelection, CodeSet};
use crate::state::{State, TraitsEntry};

/// The filters that schedules and slots answer; `None` or empty: nothing is asked.
pub(crate) struct Wanted<'a> {
    state: &'a State,
    pub(crate) service_types: Option<CodeSelection>,
    pub(crate) specialties: Option<CodeSelection>,
    /// Codes of whatever list that mean the specialties asked for.
    pub(crate) meant: Option<CodeSelection>,
    /// Codes that mean what the words of the text mean.
    words: Option<CodeSelection>,
    languages: &'a [String],
    vaccines: Option<CodeSelection>,
    vaccine_doses: &'a [u32],
    is_walk_in: Option<bool>,
    /// Whether what is published is a language asked for, as far as it was compared.
    spoken: RefCell<FxHashMap<Arc<str>, bool>>,
}

/// What a list of service types answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct ServiceAnswers {
    is_wanted: bool,
    /// They mean a specialty asked for.
    is_specialty: bool,
    /// They do, by what any practice calls its services: believed where no specialty says who gives them.
    is_general_specialty: bool,
    is_of_words: bool,
    is_general_of_words: bool,
    /// The vocabulary knows what they mean.
    is_known: bool,
}

/// What a list of specialties answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct SpecialtyAnswers {
    is_wanted: bool,
    is_of_words: bool,
    is_known: bool,
}

/// What a schedule answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct ScheduleAnswers {
    services: ServiceAnswers,
    specialties: SpecialtyAnswers,
    language: bool,
    vaccine: bool,
    walk_in: bool,
}

/// What a slot answers itself; `None`: it says nothing, its schedule's word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnAnswers {
    services: Option<ServiceAnswers>,
    specialties: Option<SpecialtyAnswers>,
    language: Option<bool>,
    walk_in: Option<bool>,
}

/// Which of service types, specialties, languages and appointment types a slot has of its own, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OwnLists(u8);

impl OwnLists {
    /// How many combinations there are.
    pub(crate) const N: usize = 16;

    /// Those that are there.
    pub(crate) fn of(are_there: [bool; 4]) -> Self {
        Self(are_there.into_iter().rev().fold(0, |bits, is_there| bits << 1 | u8::from(is_there)))
    }

    /// Those that either has.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of them are among others.
    pub(crate) const fn are_among(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// The number of the combination.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every combination, in the order of their numbers.
    pub(crate) fn all() -> [Self; Self::N] {
        std::array::from_fn(|bits| Self(bits as u8))
    }
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(state: &'a State, query: &'a AvailabilityQuery) -> Self {
        Self {
            state,
            service_types: state.codes.select(&query.service_types),
            specialties: state.codes.select(&query.specialties),
            meant: state.codes.select_meant(&query.specialties),
            words: state.codes.select_keys(query.meant_specialties.iter().map(String::as_str)),
            languages: &query.languages,
            vaccines: state.codes.select(&query.vaccines),
            vaccine_doses: &query.vaccine_doses,
            is_walk_in: query.is_walk_in,
            spoken: RefCell::default(),
        }
    }

    /// Whether anything is asked.
    pub(crate) const fn asks(&self) -> bool {
        self.service_types.is_some()
            || self.specialties.is_some()
            || self.words.is_some()
            || !self.languages.is_empty()
            || self.vaccines.is_some()
            || !self.vaccine_doses.is_empty()
            || self.is_walk_in.is_some()
    }

    fn services(&self, codes: &[CodeId]) -> ServiceAnswers {
        let is_wanted = has_any(&self.service_types, codes);
        if self.meant.is_none() && self.words.is_none() {
            return ServiceAnswers { is_wanted, ..ServiceAnswers::default() };
        }
        let is_general = |id: CodeId| self.state.codes.specialties(id).iter().all(|specialty| specialty.is_general());
        let means = |selection: &Option<CodeSelection>, general: bool| {
            let is_meant = |id: &CodeId| selection.as_ref().is_some_and(|selection| selection.has_any(&[*id]));
            codes.iter().any(|id| is_meant(id) && is_general(*id) == general)
        };
        ServiceAnswers {
            is_wanted,
            is_specialty: means(&self.meant, false),
            is_general_specialty: means(&self.meant, true),
            is_of_words: means(&self.words, false),
            is_general_of_words: means(&self.words, true),
            is_known: self.is_known(codes),
        }
    }

    fn specialties(&self, codes: &[CodeId]) -> SpecialtyAnswers {
        let is_wanted = has_any(&self.specialties, codes);
        if self.meant.is_none() && self.words.is_none() {
            return SpecialtyAnswers { is_wanted, ..SpecialtyAnswers::default() };
        }
        SpecialtyAnswers { is_wanted, is_of_words: has_any(&self.words, codes), is_known: self.is_known(codes) }
    }

    fn is_known(&self, codes: &[CodeId]) -> bool {
        codes.iter().any(|id| !self.state.codes.specialties(*id).is_empty())
    }

    fn has_language(&self, languages: &[Arc<str>]) -> bool {
        if self.languages.is_empty() {
            return true;
        }
        let mut spoken = self.spoken.borrow_mut();
        languages.iter().any(|own| match spoken.get(own) {
            Some(is_spoken) => *is_spoken,
            None => {
                let is_spoken = self.languages.iter().any(|wanted| same_language(wanted, own));
                spoken.insert(Arc::clone(own), is_spoken);
                is_spoken
            }
        })
    }

    /// What a schedule with these codes answers.
    pub(crate) fn schedule(&self, set: &CodeSet) -> ScheduleAnswers {
        let has_dose =
            self.vaccine_doses.is_empty() || set.vaccine_doses.iter().any(|dose| self.vaccine_doses.contains(dose));
        ScheduleAnswers {
            services: self.services(&set.service_types),
            specialties: self.specialties(&set.specialties),
            language: self.has_language(&set.languages),
            vaccine: has_any(&self.vaccines, &set.vaccines) && has_dose,
            walk_in: self.is_walk_in.is_none_or(|wanted| set.is_walk_in == wanted),
        }
    }

    /// What slots with these traits answer themselves.
    pub(crate) fn own(&self, traits: &TraitsEntry) -> OwnAnswers {
        let says = |is_silent: bool| (!is_silent).then_some(());
        OwnAnswers {
            services: says(traits.service_types.is_empty()).map(|()| self.services(&traits.service_types)),
            specialties: says(traits.specialties.is_empty()).map(|()| self.specialties(&traits.specialties)),
            language: says(traits.languages.is_empty()).map(|()| self.has_language(&traits.languages)),
            walk_in: says(traits.appointment_types.is_empty())
                .map(|()| self.is_walk_in.is_none_or(|wanted| traits.is_walk_in == wanted)),
        }
    }

    /// Whether a slot that says this itself, of a schedule that says that, is what is asked for.
    pub(crate) fn is_met(&self, own: &OwnAnswers, schedule: &ScheduleAnswers) -> bool {
        let services = own.services.unwrap_or(schedule.services);
        let specialties = own.specialties.unwrap_or(schedule.specialties);
        services.is_wanted
            && self.has_specialty(services, specialties)
            && self.fits_words(services, specialties)
            && own.language.unwrap_or(schedule.language)
            && schedule.vaccine
            && own.walk_in.unwrap_or(schedule.walk_in)
    }

    fn has_specialty(&self, services: ServiceAnswers, specialties: SpecialtyAnswers) -> bool {
        specialties.is_wanted || services.is_specialty || services.is_general_specialty && !specialties.is_known
    }

    /// Whether nothing is known to be something else than the words mean.
    fn fits_words(&self, services: ServiceAnswers, specialties: SpecialtyAnswers) -> bool {
        let is_known = services.is_known || specialties.is_known;
        let is_meant =
            specialties.is_of_words || services.is_of_words || services.is_general_of_words && !specialties.is_known;
        self.words.is_none() || is_meant || !is_known
    }

    /// Whether a provider location without slots is what is asked for: each filter is met by any of its schedules.
    pub(crate) fn is_met_by_any(&self, schedules: impl Iterator<Item = ScheduleAnswers>) -> bool {
        let (mut all, mut fits_words) = (ScheduleAnswers::default(), false);
        for schedule in schedules {
            fits_words |= self.fits_words(schedule.services, schedule.specialties);
            all = all.or(schedule);
        }
        all.services.is_wanted
            && self.has_specialty(all.services, all.specialties)
            && fits_words
            && all.language
            && all.vaccine
    }

    /// Whether slots with these traits may have service types (or specialties) of their own that are asked for, so
    /// that their schedules' say nothing: `(service types, specialties)`.
    pub(crate) fn has_own_codes(&self, own: &OwnAnswers) -> (bool, bool) {
        let services = own.services.unwrap_or_default();
        let by_service = services.is_specialty || services.is_general_specialty;
        let by_specialty = own.specialties.is_some_and(|answers| answers.is_wanted);
        (self.service_types.is_some() && services.is_wanted, self.specialties.is_some() && (by_specialty || by_service))
    }
}

impl ScheduleAnswers {
    /// What any of two answers.
    const fn or(self, other: Self) -> Self {
        let (a, b) = (self.services, other.services);
        Self {
            services: ServiceAnswers {
                is_wanted: a.is_wanted || b.is_wanted,
                is_specialty: a.is_specialty || b.is_specialty,
                is_general_specialty: a.is_general_specialty || b.is_general_specialty,
                is_of_words: a.is_of_words || b.is_of_words,
                is_general_of_words: a.is_general_of_words || b.is_general_of_words,
                is_known: a.is_known || b.is_known,
            },
            specialties: SpecialtyAnswers {
                is_wanted: self.specialties.is_wanted || other.specialties.is_wanted,
                is_of_words: self.specialties.is_of_words || other.specialties.is_of_words,
                is_known: self.specialties.is_known || other.specialties.is_known,
            },
            language: self.language || other.language,
            vaccine: self.vaccine || other.vaccine,
            walk_in: self.walk_in || other.walk_in,
        }
    }
}

/// Whether any of the codes is selected; without a selection all are.
fn has_any(selection: &Option<CodeSelection>, codes: &[CodeId]) -> bool {
    selection.as_ref().is_none_or(|selection| selection.has_any(codes))
}
