//! Which slots match, decided once for each combination of traits and each kind of schedule.
//!
//! Schedules that answer alike to what is asked for make a *case*; there are a handful. For each case a table says which
//! traits match, so that a walk over many slots looks up a byte for each.

use openslots_model::{AcceptingPatients, AvailabilityQuery, SlotStatus, TimeWindow};
use rustc_hash::FxHashMap;

use crate::answers::{OwnAnswers, OwnLists, ScheduleAnswers, Wanted};
use crate::clocks::{ClockId, LocalMatcher};
use crate::codes::{CodeSelection, CodeSetId};
use crate::columns::{ColumnWindow, FoundSlot};
use crate::state::{ScheduleLink, State, TraitsEntry};

/// Number of a kind of schedule in one query.
pub(crate) type Case = u16;

/// What matches in a case.
struct Table {
    /// For each traits number whether its slots match.
    matches: Box<[bool]>,
    /// Whether any do in a schedule whose slots have some lists of their own, by the number of the combination.
    may_match: [bool; OwnLists::N],
    /// Whether those that match are just those that can be booked.
    is_bookable: bool,
    answers: ScheduleAnswers,
}

/// The parts of a query that look at slots, worked out for one state.
pub(crate) struct SlotMatcher<'a> {
    state: &'a State,
    wanted: Wanted<'a>,
    /// For each traits number what its slots answer themselves, if they are offered and pass the filters on traits; and
    /// which lists they have of their own.
    own: Vec<Option<(OwnAnswers, OwnLists)>>,
    /// For each traits number whether its slots can be booked.
    is_bookable: Vec<bool>,
    /// For each traits number how long after their start its slots are offered.
    offered_seconds: Vec<u32>,
    /// The longest of them of slots that may match.
    max_offered_seconds: u32,
    tables: Vec<Table>,
    case_of_answers: FxHashMap<ScheduleAnswers, Case>,
    /// The case of each code set, as far as it was asked for; one entry for all where nothing is asked.
    case_of_set: Vec<Option<Case>>,
    /// Whether slots may match by service types of their own.
    pub(crate) has_own_service_types: bool,
    /// Whether slots may match by specialties of their own.
    pub(crate) has_own_specialties: bool,
    /// What is asked of the clock of the place.
    pub(crate) local: Option<LocalMatcher<'a>>,
}

impl<'a> SlotMatcher<'a> {
    pub(crate) fn new(state: &'a State, query: &'a AvailabilityQuery) -> Self {
        let wanted = Wanted::new(state, query);
        let clocks = &state.profiles.clocks;
        let local = query.local_times.as_ref().map(|times| LocalMatcher::new(times, clocks, query.window));
        let n_sets = if wanted.asks() { state.codes.n_sets() } else { 1 };
        let mut matcher = Self {
            state,
            wanted,
            own: vec![None; state.traits.number_limit()],
            is_bookable: vec![false; state.traits.number_limit()],
            offered_seconds: vec![0; state.traits.number_limit()],
            max_offered_seconds: 0,
            tables: Vec::new(),
            case_of_answers: FxHashMap::default(),
            case_of_set: vec![None; n_sets],
            has_own_service_types: false,
            has_own_specialties: false,
            local,
        };
        let filter = TraitsFilter {
            status: query.status,
            appointment_types: state.codes.select(&query.appointment_types),
            accepting_patients: query.accepting_patients,
            min_duration_seconds: query.min_duration_seconds,
            is_coarse: query.is_coarse,
        };
        for (number, traits) in state.traits.iter() {
            matcher.is_bookable[number as usize] = traits.is_bookable();
            if !filter.matches(traits) {
                continue;
            }
            let own = matcher.wanted.own(traits);
            let (service_types, specialties) = matcher.wanted.has_own_codes(&own);
            matcher.has_own_service_types |= service_types;
            matcher.has_own_specialties |= specialties;
            matcher.own[number as usize] = Some((own, traits.own_lists()));
            matcher.offered_seconds[number as usize] = traits.offered_seconds;
            matcher.max_offered_seconds = matcher.max_offered_seconds.max(traits.offered_seconds);
        }
        matcher
    }

    /// The query's window in the columns' terms.
    pub(crate) fn window(&self, window: TimeWindow) -> ColumnWindow {
        ColumnWindow::new(window, self.max_offered_seconds)
    }

    /// How long after its start a slot of a traits number is offered, if it may match; 0: an appointment.
    pub(crate) fn offered_seconds(&self, traits: u32) -> u32 {
        self.offered_seconds.get(traits as usize).copied().unwrap_or(0)
    }

    /// Whether a slot that began before `from` is not over by then.
    pub(crate) fn is_running(&self, start: u32, traits: u32, from: u32) -> bool {
        u64::from(start) + u64::from(self.offered_seconds(traits)) > u64::from(from)
    }

    /// The case of a schedule; `None` if none of its slots can match.
    pub(crate) fn case_with_slots(&mut self, link: &ScheduleLink) -> Option<Case> {
        let case = self.case(link.codes);
        let may_match = &self.tables[usize::from(case)].may_match;
        // Slots that say themselves what is asked for may be anywhere; most schedules have no such slots.
        let own = || self.state.columns.own_lists(link.schedule.0);
        (may_match[OwnLists::N - 1] && may_match[own().index()]).then_some(case)
    }

    /// Whether slots of a traits number can be booked.
    #[inline]
    pub(crate) fn is_bookable(&self, traits: u32) -> bool {
        self.is_bookable.get(traits as usize).copied().unwrap_or(false)
    }

    /// Whether slots match in a case, by traits number.
    pub(crate) fn table(&self, case: Case) -> &[bool] {
        &self.tables[usize::from(case)].matches
    }

    /// Whether slots of a traits number match in a case.
    #[inline]
    pub(crate) fn matches(&self, case: Case, traits: u32) -> bool {
        self.table(case).get(traits as usize).copied().unwrap_or(false)
    }

    /// Whether a slot matches in a case and, on the clock of its place, lies when it is asked for.
    #[inline]
    pub(crate) fn wants(&self, case: Case, clock: Option<ClockId>, slot: &FoundSlot<'_>) -> bool {
        let is_then = |local: &LocalMatcher<'_>| local.contains(clock, slot.start, self.offered_seconds(slot.traits));
        self.matches(case, slot.traits) && self.local.as_ref().is_none_or(is_then)
    }

    /// Whether in a case the slots that match are just those that can be booked, so that summaries answer.
    #[inline]
    pub(crate) fn is_bookable_case(&self, case: Case) -> bool {
        self.tables[usize::from(case)].is_bookable
    }

    /// Whether the provider location's own answers match, those of its slots aside: each by any of its schedules.
    pub(crate) fn codes_match(&mut self, sets: impl Iterator<Item = CodeSetId>) -> bool {
        let cases = sets.map(|codes| self.case(codes)).collect::<Vec<_>>();
        let answers = cases.into_iter().map(|case| self.tables[usize::from(case)].answers);
        self.wanted.is_met_by_any(answers)
    }

    /// The service types asked for.
    pub(crate) const fn service_types(&self) -> Option<&CodeSelection> {
        self.wanted.service_types.as_ref()
    }

    /// The specialties asked for.
    pub(crate) const fn specialties(&self) -> Option<&CodeSelection> {
        self.wanted.specialties.as_ref()
    }

    /// The service types that mean the specialties asked for.
    pub(crate) const fn meant(&self) -> Option<&CodeSelection> {
        self.wanted.meant.as_ref()
    }

    fn case(&mut self, codes: CodeSetId) -> Case {
        // Where nothing is asked all schedules answer alike.
        let place = if self.case_of_set.len() == 1 { 0 } else { codes as usize };
        if let Some(case) = self.case_of_set[place] {
            return case;
        }
        let answers = self.wanted.schedule(codes);
        let case = match self.case_of_answers.get(&answers) {
            Some(case) => *case,
            None => {
                let case = Case::try_from(self.tables.len()).unwrap_or(Case::MAX);
                self.tables.push(self.new_table(answers));
                self.case_of_answers.insert(answers, case);
                case
            }
        };
        self.case_of_set[place] = Some(case);
        case
    }

    fn new_table(&self, answers: ScheduleAnswers) -> Table {
        let is_met = |(own, _): &(OwnAnswers, OwnLists)| self.wanted.is_met(own, &answers);
        let matches = self.own.iter().map(|own| own.as_ref().is_some_and(is_met)).collect::<Box<[bool]>>();
        let mut has_lists = [false; OwnLists::N];
        for (_, own) in matches.iter().zip(&self.own).filter(|(matches, _)| **matches) {
            if let Some((_, lists)) = own {
                has_lists[lists.index()] = true;
            }
        }
        let mut may_match = [false; OwnLists::N];
        for own in OwnLists::all().into_iter().filter(|own| has_lists[own.index()]) {
            for among in OwnLists::all().into_iter().filter(|among| own.are_among(*among)) {
                may_match[among.index()] = true;
            }
        }
        // Which of the bookable slots are wanted hangs on the clock, if one is asked.
        let is_bookable = self.local.is_none() && *matches == *self.is_bookable;
        Table { matches, may_match, is_bookable, answers }
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
