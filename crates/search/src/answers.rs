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
use crate::state::State;
use crate::traits::OwnWords;

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
    of_services: Vec<Answers>,
    /// The same as a specialty.
    of_specialties: Vec<Answers>,
    /// Whether what is published is a language asked for, as far as it was compared.
    spoken: RefCell<FxHashMap<Arc<str>, bool>>,
    /// What lists of schedules answer, as far as it was worked out.
    lists: RefCell<ListAnswers>,
}

/// Answers of lists, by their numbers.
#[derive(Default)]
struct ListAnswers {
    services: Vec<Option<Answers>>,
    specialties: Vec<Option<Answers>>,
    languages: Vec<Option<Answers>>,
}

/// What schedules and slots answer, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Answers(u16);

impl Answers {
    const NONE: Self = Self(0);
    /// A service type that is asked for is among them, or none is asked for; so with all that follow which name no words
    /// and no meaning.
    const SERVICE: Self = Self(1);
    /// Service types mean a specialty asked for.
    const SERVICE_IS_SPECIALTY: Self = Self(1 << 1);
    /// They do, by what any practice calls its services: believed where no specialty says who gives them.
    const SERVICE_IS_GENERAL_SPECIALTY: Self = Self(1 << 2);
    /// Service types mean what the words of the text mean.
    const SERVICE_OF_WORDS: Self = Self(1 << 3);
    /// They do, by what any practice calls its services.
    const GENERAL_SERVICE_OF_WORDS: Self = Self(1 << 4);
    /// The vocabulary knows what the service types mean.
    const SERVICE_IS_KNOWN: Self = Self(1 << 5);
    const SPECIALTY: Self = Self(1 << 6);
    /// Specialties mean what the words of the text mean.
    const SPECIALTY_OF_WORDS: Self = Self(1 << 7);
    /// The vocabulary knows what the specialties mean.
    const SPECIALTY_IS_KNOWN: Self = Self(1 << 8);
    const LANGUAGE: Self = Self(1 << 9);
    const VACCINE: Self = Self(1 << 10);
    const WALK_IN: Self = Self(1 << 11);
    /// All that service types answer.
    const OF_SERVICES: Self = Self(0b11_1111);
    /// All that specialties answer.
    const OF_SPECIALTIES: Self = Self(0b111 << 6);

    /// Itself where something is so.
    const fn when(self, is_so: bool) -> Self {
        if is_so { self } else { Self::NONE }
    }

    /// What either answers.
    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of these are among them.
    const fn have(self, all: Self) -> bool {
        self.0 & all.0 == all.0
    }

    /// Whether any of these is among them.
    const fn have_any(self, some: Self) -> bool {
        self.0 & some.0 != 0
    }
}

/// What a slot answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnAnswers {
    /// What it has a word on; for all else that of its schedule counts.
    said: Answers,
    answers: Answers,
}

impl OwnAnswers {
    /// What it answers in a schedule that answers this.
    const fn over(self, schedule: Answers) -> Answers {
        Answers(schedule.0 & !self.said.0 | self.answers.0)
    }
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
        self.of_services = vec![Answers::NONE; codes.n_codes()];
        self.of_specialties = vec![Answers::NONE; codes.n_codes()];
        let ids = |selection: &'_ Option<CodeSelection>| -> Vec<usize> {
            selection.iter().flat_map(|selection| selection.ids()).map(|id| *id as usize).collect()
        };
        let is_general = |id: usize| codes.is_general(id as CodeId);
        let add = |answers: &mut Answers, more: Answers| *answers = answers.or(more);
        ids(&self.service_types).into_iter().for_each(|id| add(&mut self.of_services[id], Answers::SERVICE));
        ids(&self.specialties).into_iter().for_each(|id| add(&mut self.of_specialties[id], Answers::SPECIALTY));
        for id in ids(&self.meant) {
            let kinds = [Answers::SERVICE_IS_SPECIALTY, Answers::SERVICE_IS_GENERAL_SPECIALTY];
            add(&mut self.of_services[id], kinds[usize::from(is_general(id))]);
        }
        for id in ids(&self.words) {
            let kinds = [Answers::SERVICE_OF_WORDS, Answers::GENERAL_SERVICE_OF_WORDS];
            add(&mut self.of_services[id], kinds[usize::from(is_general(id))]);
            add(&mut self.of_specialties[id], Answers::SPECIALTY_OF_WORDS);
        }
        if self.meant.is_some() || self.words.is_some() {
            for id in (0..codes.n_codes()).filter(|id| codes.is_known(*id as CodeId)) {
                add(&mut self.of_services[id], Answers::SERVICE_IS_KNOWN);
                add(&mut self.of_specialties[id], Answers::SPECIALTY_IS_KNOWN);
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

    fn services(&self, codes: &[CodeId]) -> Answers {
        let silent = Answers::SERVICE.when(self.service_types.is_none());
        let answers = codes.iter().filter_map(|id| self.of_services.get(*id as usize));
        answers.fold(silent, |all, answers| all.or(*answers))
    }

    fn specialties(&self, codes: &[CodeId]) -> Answers {
        let silent = Answers::SPECIALTY.when(self.specialties.is_none());
        let answers = codes.iter().filter_map(|id| self.of_specialties.get(*id as usize));
        answers.fold(silent, |all, answers| all.or(*answers))
    }

    fn language(&self, languages: &[Arc<str>]) -> Answers {
        Answers::LANGUAGE.when(self.has_language(languages))
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
    pub(crate) fn schedule(&self, id: CodeSetId) -> Answers {
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
        let has_vaccine = self.vaccines.is_none() && self.vaccine_doses.is_empty() || self.has_vaccine(set());
        let is_walk_in = self.is_walk_in.is_none_or(|wanted| set().is_walk_in == wanted);
        (*services.get_or_insert_with(|| self.services(codes.list(numbers.service_types))))
            .or(*specialties.get_or_insert_with(|| self.specialties(codes.list(numbers.specialties))))
            .or(*languages.get_or_insert_with(|| self.language(&set().languages)))
            .or(Answers::VACCINE.when(has_vaccine))
            .or(Answers::WALK_IN.when(is_walk_in))
    }

    /// What any schedule answers where nothing is asked.
    fn silent(&self) -> Answers {
        let others = Answers::LANGUAGE.or(Answers::VACCINE).or(Answers::WALK_IN);
        self.services(&[]).or(self.specialties(&[])).or(others)
    }

    fn has_vaccine(&self, set: &CodeSet) -> bool {
        let has_dose =
            self.vaccine_doses.is_empty() || set.vaccine_doses.iter().any(|dose| self.vaccine_doses.contains(dose));
        has_any(&self.vaccines, &set.vaccines) && has_dose
    }

    /// What slots answer that say this themselves.
    pub(crate) fn own(&self, own: &OwnWords) -> OwnAnswers {
        let mut answers = OwnAnswers { said: Answers::NONE, answers: Answers::NONE };
        let mut say = |on: Answers, word: Answers| {
            answers = OwnAnswers { said: answers.said.or(on), answers: answers.answers.or(word) };
        };
        if !own.service_types.is_empty() {
            say(Answers::OF_SERVICES, self.services(&own.service_types));
        }
        if !own.specialties.is_empty() {
            say(Answers::OF_SPECIALTIES, self.specialties(&own.specialties));
        }
        if !own.languages.is_empty() {
            say(Answers::LANGUAGE, self.language(&own.languages));
        }
        if let Some(is_walk_in) = own.is_walk_in {
            let is_wanted = self.is_walk_in.is_none_or(|wanted| is_walk_in == wanted);
            say(Answers::WALK_IN, Answers::WALK_IN.when(is_wanted));
        }
        answers
    }

    /// Whether a slot that says this itself, of a schedule that says that, is what is asked for.
    pub(crate) const fn is_met(&self, own: OwnAnswers, schedule: Answers) -> bool {
        let answers = own.over(schedule);
        answers.have(Answers::SERVICE.or(Answers::LANGUAGE).or(Answers::VACCINE).or(Answers::WALK_IN))
            && has_specialty(answers)
            && self.fits_words(answers)
    }

    /// Whether nothing is known to be something else than the words mean.
    const fn fits_words(&self, answers: Answers) -> bool {
        let is_known = answers.have_any(Answers::SERVICE_IS_KNOWN.or(Answers::SPECIALTY_IS_KNOWN));
        let is_meant = answers.have_any(Answers::SPECIALTY_OF_WORDS.or(Answers::SERVICE_OF_WORDS))
            || answers.have(Answers::GENERAL_SERVICE_OF_WORDS) && !answers.have(Answers::SPECIALTY_IS_KNOWN);
        self.words.is_none() || is_meant || !is_known
    }

    /// Whether a provider location without slots is what is asked for: each filter is met by any of its schedules.
    pub(crate) fn is_met_by_any(&self, schedules: impl Iterator<Item = Answers>) -> bool {
        let (mut all, mut fits_words) = (Answers::NONE, false);
        for schedule in schedules {
            fits_words |= self.fits_words(schedule);
            all = all.or(schedule);
        }
        all.have(Answers::SERVICE.or(Answers::LANGUAGE).or(Answers::VACCINE)) && has_specialty(all) && fits_words
    }

    /// Whether slots that say this themselves have service types (or specialties) that are asked for, so that their
    /// schedules' say nothing: `(service types, specialties)`.
    pub(crate) const fn has_own_codes(&self, own: OwnAnswers) -> (bool, bool) {
        let answers = own.answers;
        let by_code = Answers::SPECIALTY.or(Answers::SERVICE_IS_SPECIALTY).or(Answers::SERVICE_IS_GENERAL_SPECIALTY);
        (
            self.service_types.is_some() && answers.have(Answers::SERVICE),
            self.specialties.is_some() && answers.have_any(by_code),
        )
    }
}

/// Whether a specialty asked for is among them.
const fn has_specialty(answers: Answers) -> bool {
    answers.have_any(Answers::SPECIALTY.or(Answers::SERVICE_IS_SPECIALTY))
        || answers.have(Answers::SERVICE_IS_GENERAL_SPECIALTY) && !answers.have(Answers::SPECIALTY_IS_KNOWN)
}

/// Whether any of the codes is selected; without a selection all are.
fn has_any(selection: &Option<CodeSelection>, codes: &[CodeId]) -> bool {
    selection.as_ref().is_none_or(|selection| selection.has_any(codes))
}
