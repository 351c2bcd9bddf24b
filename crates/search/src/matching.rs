//! Which slots match, decided once for each combination of traits and each set of codes.
//!
//! A slot matches by its own traits and, where it names no service types or specialties itself, by those of its
//! schedule at a provider location. The second part has four cases (service types match or not, specialties match or
//! not), so each traits number gets a mask of four bits: in which of the cases its slots match.

use openslots_model::{AcceptingPatients, AvailabilityQuery, SlotStatus, TimeWindow};

use crate::codes::{CodeId, CodeSelection, CodeSetId};
use crate::columns::ColumnWindow;
use crate::state::{State, TraitsEntry};

/// The case in which a schedule's service types match (or are not asked for).
const SERVICE_TYPES: u8 = 1;
/// The case in which a schedule's specialties match (or are not asked for).
const SPECIALTIES: u8 = 2;
/// Number of cases: neither, either, both.
pub(crate) const N_CASES: usize = 4;
const ALL_CASES: u8 = (1 << N_CASES) - 1;

/// The parts of a query that look at slots, worked out for one state.
pub(crate) struct SlotMatcher<'a> {
    state: &'a State,
    service_types: Option<CodeSelection>,
    specialties: Option<CodeSelection>,
    /// For each traits number the cases in which its slots match, a bit for each.
    masks: Vec<u8>,
    /// The cases in which any slot at all may match.
    any_mask: u8,
    /// The longest time that a slot which may match is offered after its start.
    max_offered_seconds: u32,
    /// The cases, a bit for each, in which the slots that match are just those that can be booked.
    bookable_cases: u8,
    /// Whether slots may match by service types of their own.
    pub(crate) has_own_service_types: bool,
    /// Whether slots may match by specialties of their own.
    pub(crate) has_own_specialties: bool,
    /// The case of each code set, as far as it was asked for.
    cases: Vec<Option<u8>>,
}

impl<'a> SlotMatcher<'a> {
    pub(crate) fn new(state: &'a State, query: &AvailabilityQuery) -> Self {
        let service_types = state.codes.select(&query.service_types);
        let specialties = state.codes.select(&query.specialties);
        let has_codes = service_types.is_some() || specialties.is_some();
        let mut matcher = Self {
            state,
            service_types,
            specialties,
            masks: vec![0; state.traits.number_limit()],
            any_mask: 0,
            max_offered_seconds: 0,
            bookable_cases: ALL_CASES,
            has_own_service_types: false,
            has_own_specialties: false,
            cases: vec![None; if has_codes { state.codes.n_sets() } else { 0 }],
        };
        let filter = TraitsFilter {
            status: query.status,
            appointment_types: state.codes.select(&query.appointment_types),
            accepting_patients: query.accepting_patients,
        };
        for (number, traits) in state.traits.iter() {
            let mask = if filter.matches(traits) { matcher.mask(traits) } else { 0 };
            matcher.masks[number as usize] = mask;
            matcher.any_mask |= mask;
            if mask != 0 {
                matcher.max_offered_seconds = matcher.max_offered_seconds.max(traits.offered_seconds);
            }
            matcher.bookable_cases &= if traits.is_bookable() { mask } else { !mask };
        }
        matcher
    }

    fn mask(&mut self, traits: &TraitsEntry) -> u8 {
        let service_types = Verdict::of(&traits.service_types, self.service_types.as_ref());
        let specialties = Verdict::of(&traits.specialties, self.specialties.as_ref());
        if service_types == Verdict::Never || specialties == Verdict::Never {
            return 0;
        }
        self.has_own_service_types |= service_types == Verdict::OwnCodes;
        self.has_own_specialties |= specialties == Verdict::OwnCodes;
        (0..N_CASES as u8)
            .filter(|case| service_types != Verdict::AsSchedule || case & SERVICE_TYPES != 0)
            .filter(|case| specialties != Verdict::AsSchedule || case & SPECIALTIES != 0)
            .fold(0, |mask, case| mask | 1 << case)
    }

    /// The cases, a bit for each, in which slots of a traits number match.
    #[inline]
    pub(crate) fn mask_of(&self, traits: u32) -> u8 {
        self.masks.get(traits as usize).copied().unwrap_or(0)
    }

    /// The query's window in the columns' terms.
    pub(crate) fn window(&self, window: TimeWindow) -> ColumnWindow {
        ColumnWindow::new(window, self.max_offered_seconds)
    }

    /// The cases in which a slot matches that began before `from`: none if it is over by then.
    pub(crate) fn mask_of_running(&self, start: u32, traits: u32, from: u32) -> u8 {
        let offered = self.state.traits.get(traits).map_or(0, |traits| traits.offered_seconds);
        if u64::from(start) + u64::from(offered) > u64::from(from) { self.mask_of(traits) } else { 0 }
    }

    /// The case of a schedule that offers these codes; `None` if no slot matches in it.
    pub(crate) fn case_with_slots(&mut self, codes: CodeSetId) -> Option<usize> {
        let case = self.case(codes);
        (self.any_mask & 1 << case != 0).then_some(usize::from(case))
    }

    /// Whether in a case the slots that match are just those that can be booked, so that summaries answer.
    #[inline]
    pub(crate) const fn is_bookable_case(&self, case: usize) -> bool {
        self.bookable_cases & 1 << case != 0
    }

    /// Whether the provider location's own codes match, those of its slots aside: service types of any of its
    /// schedules and specialties of any.
    pub(crate) fn codes_match(&mut self, mut sets: impl Iterator<Item = CodeSetId>) -> bool {
        let both = SERVICE_TYPES | SPECIALTIES;
        let mut cases = 0;
        sets.any(|codes| {
            cases |= self.case(codes);
            cases == both
        })
    }

    /// The service types asked for.
    pub(crate) const fn service_types(&self) -> Option<&CodeSelection> {
        self.service_types.as_ref()
    }

    /// The specialties asked for.
    pub(crate) const fn specialties(&self) -> Option<&CodeSelection> {
        self.specialties.as_ref()
    }

    fn case(&mut self, codes: CodeSetId) -> u8 {
        if self.cases.is_empty() {
            return SERVICE_TYPES | SPECIALTIES;
        }
        let (service_types, specialties) = (&self.service_types, &self.specialties);
        let set = || self.state.codes.set(codes);
        *self.cases[codes as usize].get_or_insert_with(|| {
            let set = set();
            let has = |selection: &Option<CodeSelection>, codes: &[CodeId]| {
                selection.as_ref().is_none_or(|selection| selection.has_any(codes))
            };
            u8::from(has(service_types, &set.service_types)) * SERVICE_TYPES
                + u8::from(has(specialties, &set.specialties)) * SPECIALTIES
        })
    }
}

/// What a slot's own codes say to a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Nothing is asked for.
    Always,
    /// It has codes of its own, and one is meant.
    OwnCodes,
    /// It has codes of its own, and none is meant.
    Never,
    /// It has none: its schedule's count.
    AsSchedule,
}

impl Verdict {
    fn of(own: &[CodeId], selection: Option<&CodeSelection>) -> Self {
        match selection {
            None => Self::Always,
            Some(_) if own.is_empty() => Self::AsSchedule,
            Some(selection) if selection.has_any(own) => Self::OwnCodes,
            Some(_) => Self::Never,
        }
    }
}

/// The filters that traits alone decide.
struct TraitsFilter {
    status: SlotStatus,
    appointment_types: Option<CodeSelection>,
    accepting_patients: Option<AcceptingPatients>,
}

impl TraitsFilter {
    fn matches(&self, traits: &TraitsEntry) -> bool {
        let is_offered = self.status != SlotStatus::Free || !traits.is_full;
        let accepts = self
            .accepting_patients
            .is_none_or(|wanted| traits.accepting_patients.is_empty() || traits.accepting_patients.contains(&wanted));
        traits.status == self.status
            && traits.is_servable
            && is_offered
            && accepts
            && self.appointment_types.as_ref().is_none_or(|types| types.has_any(&traits.appointment_types))
    }
}
