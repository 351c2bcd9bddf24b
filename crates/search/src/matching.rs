//! Which slots match, decided once for each combination of traits and each kind of schedule.
//!
//! Schedules that answer alike to what is asked for make a *case*; there are a handful. For each case whose slots are looked
//! at a table says which traits match, so that a walk over many slots looks up a byte for each.

use std::borrow::Cow;
use std::cell::OnceCell;

use openslots_model::{AcceptingPatients, AvailabilityQuery, SlotStatus, TimeWindow};
use rustc_hash::FxHashMap;

use crate::answers::{Answers, OwnAnswers, OwnLists, Wanted};
use crate::clocks::{ClockId, LocalMatcher};
use crate::codes::{CodeSelection, CodeSetId};
use crate::columns::{ColumnWindow, FoundSlot};
use crate::state::{ScheduleLink, State};
use crate::traits::{Offer, TraitsParts, TraitsTable};

/// Number of a kind of schedule in one query.
pub(crate) type Case = u16;

/// What matches in a case.
struct Table<'a> {
    /// For each part that slots say themselves whether slots that say so are what is asked for.
    is_met: Box<[bool]>,
    /// Whether any may match in a schedule whose slots have some lists of their own, by the number of the combination.
    may_match: [bool; OwnLists::N],
    answers: Answers,
    /// Worked out for the first schedule whose slots are looked at: in many a case no slot matches.
    verdicts: OnceCell<Verdicts<'a>>,
}

/// Which slots match in a case.
struct Verdicts<'a> {
    /// By traits number.
    matches: Cow<'a, [bool]>,
    /// Whether those that match are just those that can be booked, clocks aside.
    is_bookable: bool,
}

/// The parts of a query that look at slots, worked out for one state.
pub(crate) struct SlotMatcher<'a> {
    state: &'a State,
    wanted: Wanted<'a>,
    /// For each offer whether it passes the filters on offers.
    fits: Vec<bool>,
    /// For each part that slots say themselves what they answer and which lists they have; `None`: all that say so are
    /// ruled out by how they are offered.
    own: Vec<Option<(OwnAnswers, OwnLists)>>,
    /// The longest that slots which may match are offered after their start.
    max_offered_seconds: u32,
    tables: Vec<Table<'a>>,
    case_of_answers: FxHashMap<Answers, Case>,
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
        let filter = OfferFilter {
            status: query.status,
            appointment_types: state.codes.select(&query.appointment_types),
            accepting_patients: query.accepting_patients,
            min_duration_seconds: query.min_duration_seconds,
            is_coarse: query.is_coarse,
        };
        let fits = state.traits.offers().iter().map(|offer| filter.matches(offer)).collect::<Vec<_>>();
        let fitting = state.traits.offers().iter().zip(&fits).filter(|(_, fits)| **fits);
        let max_offered_seconds = fitting.map(|(offer, _)| offer.offered_seconds).max().unwrap_or(0);
        let is_offered = filter.own_words_offered(&state.traits, &fits);
        let own = state.traits.own_words().iter().zip(is_offered);
        let own = own.map(|(own, is_offered)| is_offered.then(|| (wanted.own(own), own.lists()))).collect::<Vec<_>>();
        let (mut has_own_service_types, mut has_own_specialties) = (false, false);
        for (own, _) in own.iter().flatten() {
            let (service_types, specialties) = wanted.has_own_codes(*own);
            has_own_service_types |= service_types;
            has_own_specialties |= specialties;
        }
        Self {
            state,
            wanted,
            fits,
            own,
            max_offered_seconds,
            tables: Vec::new(),
            case_of_answers: FxHashMap::default(),
            case_of_set: vec![None; n_sets],
            has_own_service_types,
            has_own_specialties,
            local,
        }
    }

    /// The query's window in the columns' terms.
    pub(crate) fn window(&self, window: TimeWindow) -> ColumnWindow {
        ColumnWindow::new(window, self.max_offered_seconds)
    }

    /// How long after its start a slot of a traits number is offered; 0: an appointment.
    #[inline]
    pub(crate) fn offered_seconds(&self, traits: u32) -> u32 {
        self.state.traits.kinds().offered_seconds(traits)
    }

    /// Whether a slot that began before `from` is not over by then.
    #[inline]
    pub(crate) fn is_running(&self, slot: &FoundSlot<'_>, from: u32) -> bool {
        u64::from(slot.start) + u64::from(self.offered_seconds(slot.traits())) > u64::from(from)
    }

    /// The case of a schedule; `None` if none of its slots can match.
    pub(crate) fn case_with_slots(&mut self, link: &ScheduleLink) -> Option<Case> {
        let case = self.case(link.codes);
        let may_match = &self.tables[usize::from(case)].may_match;
        // Slots that say themselves what is asked for may be anywhere; most schedules have no such slots.
        let own = || self.state.columns.own_lists(link.schedule.0);
        (may_match[OwnLists::N - 1] && may_match[own().index()]).then_some(case)
    }

    /// Whether slots match in a case, by traits number.
    pub(crate) fn table(&self, case: Case) -> &[bool] {
        &self.verdicts(case).matches
    }

    /// Whether slots of a traits number match in a case.
    #[inline]
    pub(crate) fn matches(&self, case: Case, traits: u32) -> bool {
        self.table(case).get(traits as usize).copied().unwrap_or(false)
    }

    /// Whether a slot matches in a case and, on the clock of its place, lies when it is asked for.
    #[inline]
    pub(crate) fn wants(&self, case: Case, clock: Option<ClockId>, slot: &FoundSlot<'_>) -> bool {
        let traits = slot.traits();
        let is_then = |local: &LocalMatcher<'_>| local.contains(clock, slot.start, self.offered_seconds(traits));
        self.matches(case, traits) && self.local.as_ref().is_none_or(is_then)
    }

    /// Whether in a case the slots that match are just those that can be booked, so that summaries answer.
    #[inline]
    pub(crate) fn is_bookable_case(&self, case: Case) -> bool {
        self.local.is_none() && self.verdicts(case).is_bookable
    }

    /// Whether in a case the slots whose traits match are just those that can be booked; a clock may be asked besides.
    #[inline]
    pub(crate) fn is_bookable_by_traits(&self, case: Case) -> bool {
        self.verdicts(case).is_bookable
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

    fn new_table(&self, answers: Answers) -> Table<'a> {
        let mut has_lists = [false; OwnLists::N];
        let is_met = self.own.iter().map(|own| {
            let Some((own, lists)) = own else { return false };
            let is_met = self.wanted.is_met(*own, answers);
            has_lists[lists.index()] |= is_met;
            is_met
        });
        let is_met = is_met.collect::<Box<[bool]>>();
        let mut may_match = [false; OwnLists::N];
        for own in OwnLists::all().into_iter().filter(|own| has_lists[own.index()]) {
            for among in OwnLists::all().into_iter().filter(|among| own.are_among(*among)) {
                may_match[among.index()] = true;
            }
        }
        Table { is_met, may_match, answers, verdicts: OnceCell::new() }
    }

    #[inline]
    fn verdicts(&self, case: Case) -> &Verdicts<'a> {
        let table = &self.tables[usize::from(case)];
        table.verdicts.get_or_init(|| self.judge(&table.is_met))
    }

    fn judge(&self, is_met: &[bool]) -> Verdicts<'a> {
        let traits = &self.state.traits;
        let bookable = traits.kinds().is_bookable();
        let mut fits = traits.offers().iter().zip(&self.fits);
        if is_met.iter().all(|is_met| *is_met) && fits.all(|(offer, fits)| offer.is_bookable() == *fits) {
            return Verdicts { matches: Cow::Borrowed(bookable), is_bookable: true };
        }
        let matches = |parts: &TraitsParts| self.fits[parts.offer as usize] && is_met[parts.own as usize];
        let matches = traits.parts().iter().map(matches).collect::<Vec<_>>();
        let is_bookable = *matches == *bookable;
        Verdicts { matches: Cow::Owned(matches), is_bookable }
    }
}

/// The filters on how slots are offered.
struct OfferFilter {
    status: Option<SlotStatus>,
    appointment_types: Option<CodeSelection>,
    accepting_patients: Option<AcceptingPatients>,
    min_duration_seconds: Option<u32>,
    is_coarse: Option<bool>,
}

impl OfferFilter {
    /// For each part that slots say themselves whether any that say so may be offered in a way that passes.
    ///
    /// Of a status alone most parts have some, and to look for them takes as long as the rest of a short query.
    fn own_words_offered(&self, traits: &TraitsTable, fits: &[bool]) -> Vec<bool> {
        let asks = self.appointment_types.is_some()
            || self.accepting_patients.is_some()
            || self.min_duration_seconds.is_some()
            || self.is_coarse.is_some();
        if !asks {
            return vec![fits.contains(&true); traits.own_words().len()];
        }
        let mut is_offered = vec![false; traits.own_words().len()];
        for parts in traits.parts() {
            is_offered[parts.own as usize] |= fits[parts.offer as usize];
        }
        is_offered
    }

    fn matches(&self, offer: &Offer) -> bool {
        let is_offered = self.status != Some(SlotStatus::Free) || !offer.is_full;
        let accepts = self
            .accepting_patients
            .is_none_or(|wanted| offer.accepting_patients.is_empty() || offer.accepting_patients.contains(&wanted));
        // Windows say nothing of how long their appointments are: none is long enough for sure.
        let is_coarse = offer.appointment_seconds == 0;
        self.status.is_none_or(|status| offer.status == status)
            && offer.is_servable
            && is_offered
            && accepts
            && self.min_duration_seconds.is_none_or(|seconds| !is_coarse && offer.appointment_seconds >= seconds)
            && self.is_coarse.is_none_or(|wanted| is_coarse == wanted)
            && self.appointment_types.as_ref().is_none_or(|types| types.has_any(&offer.appointment_types))
    }
}
