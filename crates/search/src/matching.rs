//! Which slots match, decided once for each combination of traits and each set of codes.
//!
//! A slot matches by its own traits and, where it says nothing of service types, specialties, languages or appointments
//! itself, by its schedule at a provider location. Each of these is met by the schedule or not, which makes a handful of
//! cases; each traits number gets a mask with a bit for each: in which of the cases its slots match.

mod wanted;

use openslots_model::{AcceptingPatients, AvailabilityQuery, SlotStatus, TimeWindow};

use crate::clocks::LocalMatcher;
use wanted::{Verdict, Wanted};

use crate::codes::{CodeId, CodeSelection, CodeSetId};
use crate::columns::ColumnWindow;
use crate::state::{State, TraitsEntry};

/// A case, as bits: which of the schedule's own answers are what is asked for. What is not asked for always is.
pub(crate) type Case = u8;
/// A set of cases, a bit for each.
pub(crate) type Mask = u128;

const SERVICE_TYPES: Case = 1;
const SPECIALTIES: Case = 2;
/// Its service types mean the specialty asked for.
const SPECIALTIES_BY_SERVICE: Case = 4;
/// Nothing it offers is known to be something else than the words of the text mean.
const WORDS: Case = 8;
const LANGUAGES: Case = 16;
const VACCINES: Case = 32;
const WALK_IN: Case = 64;
const ALL: Case = 127;

/// The parts of a query that look at slots, worked out for one state.
pub(crate) struct SlotMatcher<'a> {
    state: &'a State,
    wanted: Wanted<'a>,
    /// For each traits number the cases in which its slots match.
    masks: Vec<Mask>,
    /// For each traits number how long after their start its slots are offered.
    offered_seconds: Vec<u32>,
    /// For each case that came up, whether slots of a traits number match: what a walk over many slots looks at.
    tables: Vec<Box<[bool]>>,
    /// The cases in which any slot at all may match.
    any_mask: Mask,
    /// The longest time that a slot which may match is offered after its start.
    max_offered_seconds: u32,
    /// The cases in which the slots that match are just those that can be booked.
    bookable_cases: Mask,
    /// Whether slots may match by service types of their own.
    pub(crate) has_own_service_types: bool,
    /// Whether slots may match by specialties of their own.
    pub(crate) has_own_specialties: bool,
    /// The case of each code set, as far as it was asked for; empty: nothing is asked for.
    cases: Vec<Option<Case>>,
    /// What is asked of the clock of the place.
    pub(crate) local: Option<LocalMatcher<'a>>,
}

impl<'a> SlotMatcher<'a> {
    pub(crate) fn new(state: &'a State, query: &'a AvailabilityQuery) -> Self {
        let wanted = Wanted {
            service_types: state.codes.select(&query.service_types),
            specialties: state.codes.select(&query.specialties),
            meant: state.codes.select_meant(&query.specialties),
            words: state.codes.select_keys(query.meant_specialties.iter().map(String::as_str)),
            languages: &query.languages,
            vaccines: state.codes.select(&query.vaccines),
            vaccine_doses: &query.vaccine_doses,
            is_walk_in: query.is_walk_in,
        };
        let cases = vec![None; if wanted.asked() == 0 { 0 } else { state.codes.n_sets() }];
        let clocks = &state.profiles.clocks;
        let mut matcher = Self {
            state,
            wanted,
            masks: vec![0; state.traits.number_limit()],
            offered_seconds: vec![0; state.traits.number_limit()],
            tables: vec![Box::default(); usize::from(ALL) + 1],
            any_mask: 0,
            max_offered_seconds: 0,
            bookable_cases: Mask::MAX,
            has_own_service_types: false,
            has_own_specialties: false,
            cases,
            local: query.local_times.as_ref().map(|times| LocalMatcher::new(times, clocks, query.window)),
        };
        let filter = TraitsFilter {
            status: query.status,
            appointment_types: state.codes.select(&query.appointment_types),
            accepting_patients: query.accepting_patients,
            min_duration_seconds: query.min_duration_seconds,
            is_coarse: query.is_coarse,
        };
        for (number, traits) in state.traits.iter() {
            let mask = if filter.matches(traits) { matcher.mask(traits) } else { 0 };
            matcher.masks[number as usize] = mask;
            matcher.offered_seconds[number as usize] = traits.offered_seconds;
            matcher.any_mask |= mask;
            if mask != 0 {
                matcher.max_offered_seconds = matcher.max_offered_seconds.max(traits.offered_seconds);
            }
            matcher.bookable_cases &= if traits.is_bookable() { mask } else { !mask };
        }
        if matcher.local.is_some() {
            // Which of the bookable slots are wanted hangs on the clock.
            matcher.bookable_cases = 0;
        }
        matcher
    }

    fn mask(&mut self, traits: &TraitsEntry) -> Mask {
        let wanted = &self.wanted;
        let of_codes = |own: &[CodeId], selection: &Option<CodeSelection>| {
            Verdict::of(own.is_empty(), || selection.as_ref().is_none_or(|selection| selection.has_any(own)))
        };
        let service_types = of_codes(&traits.service_types, &wanted.service_types);
        let specialties = of_codes(&traits.specialties, &wanted.specialties);
        let by_service = Verdict::of(traits.service_types.is_empty(), || {
            wanted.meant.as_ref().is_some_and(|meant| meant.has_any(&traits.service_types))
        });
        let words = wanted.words_verdict(self.state, &traits.service_types, &traits.specialties);
        let languages = Verdict::of(traits.languages.is_empty(), || wanted.has_language(&traits.languages));
        let walk_in = Verdict::of(traits.appointment_types.is_empty(), || {
            wanted.is_walk_in.is_none_or(|is_wanted| is_wanted == traits.is_walk_in)
        });
        if wanted.service_types.is_some() {
            self.has_own_service_types |= service_types == Verdict::Met;
        }
        if wanted.specialties.is_some() {
            self.has_own_specialties |= specialties == Verdict::Met || by_service == Verdict::Met;
        }
        let is_met = |case: Case| {
            service_types.is_met(case, SERVICE_TYPES)
                && (specialties.is_met(case, SPECIALTIES) || by_service.is_met(case, SPECIALTIES_BY_SERVICE))
                && words.is_met(case, WORDS)
                && languages.is_met(case, LANGUAGES)
                && Verdict::AsSchedule.is_met(case, VACCINES)
                && walk_in.is_met(case, WALK_IN)
        };
        self.wanted.cases().filter(|case| is_met(*case)).fold(0, |mask, case| mask | 1 << case)
    }

    /// The cases in which slots of a traits number match.
    #[inline]
    pub(crate) fn mask_of(&self, traits: u32) -> Mask {
        self.masks.get(traits as usize).copied().unwrap_or(0)
    }

    /// The query's window in the columns' terms.
    pub(crate) fn window(&self, window: TimeWindow) -> ColumnWindow {
        ColumnWindow::new(window, self.max_offered_seconds)
    }

    /// How long after its start a slot of a traits number is offered; 0: an appointment.
    pub(crate) fn offered_seconds(&self, traits: u32) -> u32 {
        self.offered_seconds.get(traits as usize).copied().unwrap_or(0)
    }

    /// The cases in which a slot matches that began before `from`: none if it is over by then.
    pub(crate) fn mask_of_running(&self, start: u32, traits: u32, from: u32) -> Mask {
        let offered = self.offered_seconds(traits);
        if u64::from(start) + u64::from(offered) > u64::from(from) { self.mask_of(traits) } else { 0 }
    }

    /// The case of a schedule that offers these codes; `None` if no slot matches in it.
    pub(crate) fn case_with_slots(&mut self, codes: CodeSetId) -> Option<Case> {
        let case = self.case(codes);
        if self.any_mask & 1 << case == 0 {
            return None;
        }
        let table = &mut self.tables[usize::from(case)];
        if table.is_empty() {
            *table = self.masks.iter().map(|mask| mask >> case & 1 != 0).collect();
        }
        Some(case)
    }

    /// Whether slots match in a case that [`SlotMatcher::case_with_slots`] gave, by traits number.
    pub(crate) fn table(&self, case: Case) -> &[bool] {
        &self.tables[usize::from(case)]
    }

    /// Whether in a case the slots that match are just those that can be booked, so that summaries answer.
    #[inline]
    pub(crate) const fn is_bookable_case(&self, case: Case) -> bool {
        self.bookable_cases & 1 << case != 0
    }

    /// Whether the provider location's own answers match, those of its slots aside: each by any of its schedules.
    pub(crate) fn codes_match(&mut self, mut sets: impl Iterator<Item = CodeSetId>) -> bool {
        let mut answers = 0;
        sets.any(|codes| {
            answers |= self.case(codes);
            answers | SPECIALTIES | SPECIALTIES_BY_SERVICE == ALL
                && answers & (SPECIALTIES | SPECIALTIES_BY_SERVICE) != 0
        })
    }

    /// The service types that mean the specialties asked for.
    pub(crate) const fn meant(&self) -> Option<&CodeSelection> {
        self.wanted.meant.as_ref()
    }

    /// The service types asked for.
    pub(crate) const fn service_types(&self) -> Option<&CodeSelection> {
        self.wanted.service_types.as_ref()
    }

    /// The specialties asked for.
    pub(crate) const fn specialties(&self) -> Option<&CodeSelection> {
        self.wanted.specialties.as_ref()
    }

    fn case(&mut self, codes: CodeSetId) -> Case {
        if self.cases.is_empty() {
            return ALL;
        }
        let (state, wanted) = (self.state, &self.wanted);
        *self.cases[codes as usize].get_or_insert_with(|| wanted.case(state, state.codes.set(codes)))
    }
}

/// The filters that traits alone decide.
struct TraitsFilter {
    status: Option<SlotStatus>,
    appointment_types: Option<CodeSelection>,
    accepting_patients: Option<AcceptingPatients>,
    min_duration_seconds: Option<u32>,
    is_coarse: Option<bool>,
}

impl TraitsFilter {
    fn matches(&self, traits: &TraitsEntry) -> bool {
        let is_offered = self.status != Some(SlotStatus::Free) || !traits.is_full;
        let accepts = self
            .accepting_patients
            .is_none_or(|wanted| traits.accepting_patients.is_empty() || traits.accepting_patients.contains(&wanted));
        // Windows say nothing of how long their appointments are: none is long enough for sure.
        let is_coarse = traits.appointment_seconds == 0;
        self.status.is_none_or(|status| traits.status == status)
            && traits.is_servable
            && is_offered
            && accepts
            && self.min_duration_seconds.is_none_or(|seconds| !is_coarse && traits.appointment_seconds >= seconds)
            && self.is_coarse.is_none_or(|wanted| is_coarse == wanted)
            && self.appointment_types.as_ref().is_none_or(|types| types.has_any(&traits.appointment_types))
    }
}
