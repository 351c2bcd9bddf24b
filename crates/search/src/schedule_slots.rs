//! Slots of given schedules, as FHIR asks for them: by status, start and codes, without any filter that is not asked for.

use openslots_model::{Coding, PageStart, ResourceNumber, SlotRow, SlotStatus, SortKey};
use rustc_hash::FxHashMap;

use crate::codes::{CodeId, CodeSet, CodeSetId};
use crate::resources::TokenTest;
use crate::snapshot::Snapshot;
use crate::top::Top;
use crate::traits::{Offer, OwnWords};

/// Which codes of a slot are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotCodes {
    /// Service types: its own, else its schedule's.
    ServiceTypes,
    /// Specialties: its own, else those of its schedule and provider.
    Specialties,
    /// Appointment types, which only slots have.
    AppointmentTypes,
    /// Service types or appointment types.
    VisitTypes,
}

/// What is asked of the codes of a slot.
#[derive(Debug, Clone)]
pub struct SlotCodeTest {
    /// Of which codes.
    pub codes: SlotCodes,
    /// Any of these; `None`: whether there is any at all.
    pub tokens: Option<Vec<TokenTest>>,
    /// Whether the answer must be no.
    pub is_negated: bool,
    /// Of the schedules that belong to no provider location, of which nothing is known here, those that have such codes
    /// themselves; ascending.
    pub schedules: Vec<ResourceNumber>,
}

impl SlotCodeTest {
    /// A test that no schedule meets by itself.
    pub const fn new(codes: SlotCodes, tokens: Option<Vec<TokenTest>>, is_negated: bool) -> Self {
        Self { codes, tokens, is_negated, schedules: Vec::new() }
    }
}

/// What is asked of slots.
#[derive(Debug, Clone, Default)]
pub struct ScheduleSlotQuery {
    /// Those of these schedules.
    pub schedules: Vec<ResourceNumber>,
    /// Their status is any of these; empty: whatever it is.
    pub statuses: Vec<SlotStatus>,
    /// They start at or after this, in seconds since 1970.
    pub from: Option<i64>,
    /// They start before this.
    pub before: Option<i64>,
    /// They do not start from one to before the other.
    pub not_within: Vec<(i64, i64)>,
    /// What is asked of their codes, all of it.
    pub codes: Vec<SlotCodeTest>,
}

/// A page of slots, by start and row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSlotPage {
    /// Their rows, each with its key.
    pub rows: Vec<(SlotRow, SortKey)>,
    /// How many there are in all.
    pub total: u64,
}

/// A test with the numbers of the codes that meet it.
struct Prepared<'a> {
    codes: SlotCodes,
    /// By number of the code; `None`: any code meets it.
    is_wanted: Option<Vec<bool>>,
    is_negated: bool,
    schedules: &'a [ResourceNumber],
}

/// What slots that say nothing themselves have from their schedule.
#[derive(Clone, Copy)]
enum Inherited<'a> {
    /// Codes of schedule and provider.
    Codes(&'a CodeSet),
    /// Those of this schedule, which belongs to no provider location.
    Alone(ResourceNumber),
}

impl<'a> Prepared<'a> {
    fn new(snapshot: &Snapshot, test: &'a SlotCodeTest) -> Self {
        let is_wanted = test.tokens.as_ref().map(|tokens| {
            let is_wanted = |coding: &Coding| {
                let code = coding.code.as_deref();
                code.is_some_and(|code| tokens.iter().any(|token| token.matches(code, coding.system.as_deref())))
            };
            snapshot.state.codes.codings().map(is_wanted).collect()
        });
        Self { codes: test.codes, is_wanted, is_negated: test.is_negated, schedules: &test.schedules }
    }

    fn is_met(&self, offer: &Offer, own: &OwnWords, inherited: Inherited<'_>) -> bool {
        let has = |codes: &[CodeId]| match &self.is_wanted {
            None => !codes.is_empty(),
            Some(is_wanted) => codes.iter().any(|id| is_wanted.get(*id as usize) == Some(&true)),
        };
        let own_or = |own: &[CodeId], of_schedule: &dyn Fn(&CodeSet) -> &[CodeId]| match inherited {
            _ if !own.is_empty() => has(own),
            Inherited::Codes(set) => has(of_schedule(set)),
            Inherited::Alone(schedule) => self.schedules.binary_search(&schedule).is_ok(),
        };
        let has = match self.codes {
            SlotCodes::ServiceTypes => own_or(&own.service_types, &|set| &set.service_types),
            SlotCodes::Specialties => own_or(&own.specialties, &|set| &set.specialties),
            SlotCodes::AppointmentTypes => has(&offer.appointment_types),
            SlotCodes::VisitTypes => {
                own_or(&own.service_types, &|set| &set.service_types) || has(&offer.appointment_types)
            }
        };
        has != self.is_negated
    }
}

pub(crate) fn search(
    snapshot: &Snapshot,
    query: &ScheduleSlotQuery,
    is_descending: bool,
    page: PageStart,
    limit: usize,
) -> ScheduleSlotPage {
    let state = &snapshot.state;
    let tests: Vec<Prepared> = query.codes.iter().map(|test| Prepared::new(snapshot, test)).collect();
    let is_of_status =
        |offer: &Offer| offer.is_servable && (query.statuses.is_empty() || query.statuses.contains(&offer.status));
    let mut verdicts: FxHashMap<(CodeSetId, u32), bool> = FxHashMap::default();
    let (mut top, mut total) = (Top::new(page, limit), 0);
    for schedule in query.schedules.iter().copied() {
        // The codes of a schedule are the same wherever it belongs, but for those of the provider.
        let owner = state.owners(schedule).first().and_then(|owner| state.provider_locations.get(owner.0));
        let link = owner.and_then(|owner| owner.schedules.iter().find(|link| link.schedule == schedule));
        let inherited = match link {
            Some(link) => Inherited::Codes(state.codes.set(link.codes)),
            None => Inherited::Alone(schedule),
        };
        let Some(slots) = state.columns.slots(schedule.0) else { continue };
        let bound = |bound: i64| u32::try_from(bound.max(0)).unwrap_or(u32::MAX);
        let first = query.from.map_or(0, |from| slots.n_before(bound(from)));
        let end = query.before.map_or(slots.len(), |before| slots.n_before(bound(before)));
        for slot in slots.range(first..end).found() {
            let traits = slot.traits();
            let judge = || {
                let (offer, own) = (state.traits.offer(traits), state.traits.own(traits));
                is_of_status(offer) && tests.iter().all(|test| test.is_met(offer, own, inherited))
            };
            let is_wanted = match link {
                Some(link) => *verdicts.entry((link.codes, traits)).or_insert_with(judge),
                None => judge(),
            };
            let start = i64::from(slot.start);
            if !is_wanted || query.not_within.iter().any(|(from, to)| (*from..*to).contains(&start)) {
                continue;
            }
            total += 1;
            let key = SortKey { rank: 0, start: if is_descending { -start } else { start }, tie: slot.row() };
            if top.wants(key) {
                top.push(key, ());
            }
        }
    }
    let rows = top.into_page().into_iter().map(|(key, ())| (SlotRow(key.tie), key)).collect();
    ScheduleSlotPage { rows, total }
}
