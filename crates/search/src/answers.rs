//! What schedules and slots answer to the filters that both can answer.
//!
//! A slot's own word overrides its schedule's, list by list: service types, specialties, languages, appointments. So
//! answers are kept by list, and put together for each combination of slot traits and schedule.

use std::cell::RefCell;
use std::sync::Arc;

use openslots_directory::languages::same_language;
use openslots_model::AvailabilityQuery;
use rustc_hash::FxHashMap;

use crate::codes::{CodeId, CodeSelection, CodeSet, CodeSetId};
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
    /// What each code answers as a service type; empty where no code is asked for.
    of_services: Vec<ServiceAnswers>,
    /// The same as a specialty.
    of_specialties: Vec<SpecialtyAnswers>,
    /// Whether what is published is a language asked for, as far as it was compared.
    spoken: RefCell<FxHashMap<Arc<str>, bool>>,
    /// What lists of schedules answer, as far as it was worked out.
    lists: RefCell<ListAnswers>,
}

/// Answers of lists, by their numbers.
#[derive(Default)]
struct ListAnswers {
    services: Vec<Option<ServiceAnswers>>,
    specialties: Vec<Option<SpecialtyAnswers>>,
    languages: Vec<Option<bool>>,
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
        let (n_code_lists, n_language_lists) = state.codes.n_lists();
        let mut wanted = Self {
            state,
            service_types: state.codes.select(&query.service_types),
            specialties: state.codes.select(&query.specialties),
            meant: state.codes.select_meant(&query.specialties),
            words: state.codes.select_keys(query.meant_specialties.iter().map(String::as_str)),
            languages: &query.languages,
            vaccines: state.codes.select(&query.vaccines),
            vaccine_doses: &query.vaccine_doses,
            is_walk_in: query.is_walk_in,
            of_services: Vec::new(),
            of_specialties: Vec::new(),
            spoken: RefCell::default(),
            lists: RefCell::new(ListAnswers {
                services: vec![None; n_code_lists],
                specialties: vec![None; n_code_lists],
                languages: vec![None; n_language_lists],
            }),
        };
        wanted.judge_codes();
        wanted
    }

    /// Works out once what each code answers: schedules have thousands of lists of them.
    fn judge_codes(&mut self) {
        let selections = [&self.service_types, &self.specialties, &self.meant, &self.words];
        if selections.iter().all(|selection| selection.is_none()) {
            return;
        }
        let codes = &self.state.codes;
        self.of_services = vec![ServiceAnswers::default(); codes.n_codes()];
        self.of_specialties = vec![SpecialtyAnswers::default(); codes.n_codes()];
        let ids = |selection: &'_ Option<CodeSelection>| -> Vec<usize> {
            selection.iter().flat_map(|selection| selection.ids()).map(|id| *id as usize).collect()
        };
        ids(&self.service_types).into_iter().for_each(|id| self.of_services[id].is_wanted = true);
        ids(&self.specialties).into_iter().for_each(|id| self.of_specialties[id].is_wanted = true);
        for id in ids(&self.meant) {
            let is_general = codes.is_general(id as CodeId);
            self.of_services[id].is_specialty = !is_general;
            self.of_services[id].is_general_specialty = is_general;
        }
        for id in ids(&self.words) {
            let is_general = codes.is_general(id as CodeId);
            self.of_services[id].is_of_words = !is_general;
            self.of_services[id].is_general_of_words = is_general;
            self.of_specialties[id].is_of_words = true;
        }
        if self.meant.is_some() || self.words.is_some() {
            for id in 0..codes.n_codes() {
                let is_known = codes.is_known(id as CodeId);
                self.of_services[id].is_known = is_known;
                self.of_specialties[id].is_known = is_known;
            }
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
        let silent = ServiceAnswers { is_wanted: self.service_types.is_none(), ..ServiceAnswers::default() };
        let answers = codes.iter().filter_map(|id| self.of_services.get(*id as usize));
        answers.fold(silent, |all, answers| all.or(*answers))
    }

    fn specialties(&self, codes: &[CodeId]) -> SpecialtyAnswers {
        let silent = SpecialtyAnswers { is_wanted: self.specialties.is_none(), ..SpecialtyAnswers::default() };
        let answers = codes.iter().filter_map(|id| self.of_specialties.get(*id as usize));
        answers.fold(silent, |all, answers| all.or(*answers))
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
    pub(crate) fn schedule(&self, id: CodeSetId) -> ScheduleAnswers {
        if !self.asks() {
            return self.silent();
        }
        // Sets are many and lie apart: only what is asked of them is looked at.
        let codes = &self.state.codes;
        let (set, numbers) = (|| codes.set(id), codes.lists(id));
        let mut lists = self.lists.borrow_mut();
        let ListAnswers { services, specialties, languages } = &mut *lists;
        let services = &mut services[numbers.service_types as usize];
        let specialties = &mut specialties[numbers.specialties as usize];
        let languages = &mut languages[numbers.languages as usize];
        ScheduleAnswers {
            services: *services.get_or_insert_with(|| self.services(codes.list(numbers.service_types))),
            specialties: *specialties.get_or_insert_with(|| self.specialties(codes.list(numbers.specialties))),
            language: *languages.get_or_insert_with(|| self.has_language(&set().languages)),
            vaccine: self.vaccines.is_none() && self.vaccine_doses.is_empty() || self.has_vaccine(set()),
            walk_in: self.is_walk_in.is_none_or(|wanted| set().is_walk_in == wanted),
        }
    }

    /// What any schedule answers where nothing is asked.
    fn silent(&self) -> ScheduleAnswers {
        let (services, specialties) = (self.services(&[]), self.specialties(&[]));
        ScheduleAnswers { services, specialties, language: true, vaccine: true, walk_in: true }
    }

    fn has_vaccine(&self, set: &CodeSet) -> bool {
        let has_dose =
            self.vaccine_doses.is_empty() || set.vaccine_doses.iter().any(|dose| self.vaccine_doses.contains(dose));
        has_any(&self.vaccines, &set.vaccines) && has_dose
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

impl ServiceAnswers {
    /// What any of two answers.
    const fn or(self, other: Self) -> Self {
        Self {
            is_wanted: self.is_wanted || other.is_wanted,
            is_specialty: self.is_specialty || other.is_specialty,
            is_general_specialty: self.is_general_specialty || other.is_general_specialty,
            is_of_words: self.is_of_words || other.is_of_words,
            is_general_of_words: self.is_general_of_words || other.is_general_of_words,
            is_known: self.is_known || other.is_known,
        }
    }
}

impl SpecialtyAnswers {
    /// What any of two answers.
    const fn or(self, other: Self) -> Self {
        Self {
            is_wanted: self.is_wanted || other.is_wanted,
            is_of_words: self.is_of_words || other.is_of_words,
            is_known: self.is_known || other.is_known,
        }
    }
}

impl ScheduleAnswers {
    /// What any of two answers.
    const fn or(self, other: Self) -> Self {
        Self {
            services: self.services.or(other.services),
            specialties: self.specialties.or(other.specialties),
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
