//! Searches for slots: from clauses to schedules, and from these to slots.

use std::sync::Arc;

use openslots_fhir::search::{Target, find_parameter};
use openslots_model::{
    PageStart, PublicId, PublisherNumber, ResourceKind, ResourceNumber, SlotRow, SlotStatus, SortKey,
};
use openslots_search::resources::{Criterion, Resources, Test};
use openslots_search::{ScheduleSlotQuery, SlotCodeTest, SlotCodes};
use openslots_store::StoredSlot;
use rustc_hash::FxHashSet;

use super::clauses::{Clause, SlotClause};
use super::evaluate;
use super::request::SearchRequest;
use crate::{ApiState, Error};

/// A page of slots.
pub(super) struct SlotsFound {
    pub(super) slots: Vec<Arc<StoredSlot>>,
    pub(super) total: u64,
    /// The key of the last of the page, if more follow.
    pub(super) next: Option<SortKey>,
}

const ALL_STATUSES: [SlotStatus; 4] =
    [SlotStatus::Free, SlotStatus::Busy, SlotStatus::BusyUnavailable, SlotStatus::BusyTentative];

/// What clauses ask of slots, put together.
struct Asked {
    query: ScheduleSlotQuery,
    /// Only these, by id.
    ids: Option<FxHashSet<PublicId>>,
    is_impossible: bool,
}

impl Asked {
    fn of(state: &ApiState, resources: &Resources, excluded: &[PublisherNumber], clauses: &[Clause]) -> Self {
        let mut asked = Self { query: ScheduleSlotQuery::default(), ids: None, is_impossible: false };
        let mut schedules: Option<FxHashSet<Target>> = None;
        let mut only = |found: FxHashSet<Target>| {
            schedules = Some(match schedules.take() {
                Some(before) => before.intersection(&found).copied().collect(),
                None => found,
            });
        };
        for clause in clauses {
            let Clause::Slot(clause) = clause else { continue };
            match clause {
                SlotClause::Schedules(targets) => only(targets.iter().copied().collect()),
                SlotClause::Chain(clause) => {
                    only(evaluate::targets(resources, excluded, ResourceKind::Schedule, clause));
                }
                SlotClause::Statuses(statuses) => asked.only_statuses(|status| statuses.contains(&status)),
                SlotClause::NotStatuses(statuses) => asked.only_statuses(|status| !statuses.contains(&status)),
                SlotClause::Start(date) => match SlotClause::window(*date) {
                    Some((from, before)) => {
                        let query = &mut asked.query;
                        query.from = query.from.into_iter().chain(from).max();
                        query.before = query.before.into_iter().chain(before).min();
                    }
                    None => asked.query.not_within.push((date.from, date.to)),
                },
                SlotClause::Codes(test) => {
                    let schedules = with_codes(resources, excluded, test);
                    asked.query.codes.push(SlotCodeTest { schedules, ..test.clone() });
                }
                SlotClause::Ids(targets) => asked.only_ids(targets.iter().map(|target| target.id).collect()),
                SlotClause::Sources(sources) => {
                    let publishers = state.publishers();
                    let id = |(slug, id): &(String, String)| {
                        let slug = slug.parse().ok()?;
                        publishers.by_slug(&slug)?;
                        Some(PublicId::of(&slug, ResourceKind::Slot, id))
                    };
                    asked.only_ids(sources.iter().filter_map(id).collect());
                }
                SlotClause::Everywhere(is_met) => asked.is_impossible |= !is_met,
            }
        }
        // All schedules that are held, also those that belong to no provider location.
        asked.query.schedules = match schedules {
            Some(schedules) => numbers(resources, excluded, &schedules),
            None => all_numbers(resources, excluded),
        };
        asked
    }

    fn only_statuses(&mut self, is_wanted: impl Fn(SlotStatus) -> bool) {
        let before = if self.query.statuses.is_empty() { ALL_STATUSES.to_vec() } else { self.query.statuses.clone() };
        self.query.statuses = before.into_iter().filter(|status| is_wanted(*status)).collect();
        self.is_impossible |= self.query.statuses.is_empty();
    }

    fn only_ids(&mut self, ids: FxHashSet<PublicId>) {
        self.ids = Some(match self.ids.take() {
            Some(before) => before.intersection(&ids).copied().collect(),
            None => ids,
        });
    }
}

/// The numbers of some schedules, those of excluded publishers left out.
fn numbers(resources: &Resources, excluded: &[PublisherNumber], schedules: &FxHashSet<Target>) -> Vec<ResourceNumber> {
    let found = schedules.iter().filter_map(|target| resources.find(*target));
    let found = found.filter(|(publisher, _)| !excluded.contains(publisher));
    sorted(found.map(|(_, entry)| entry.number()).collect())
}

fn all_numbers(resources: &Resources, excluded: &[PublisherNumber]) -> Vec<ResourceNumber> {
    let found = evaluate::find(resources, excluded, ResourceKind::Schedule, &[]);
    sorted(found.into_iter().map(|entry| entry.number()).collect())
}

fn sorted(mut numbers: Vec<ResourceNumber>) -> Vec<ResourceNumber> {
    numbers.sort_unstable();
    numbers
}

/// The schedules that have codes which slots may have from them.
fn with_codes(resources: &Resources, excluded: &[PublisherNumber], asked: &SlotCodeTest) -> Vec<ResourceNumber> {
    let name = match asked.codes {
        SlotCodes::ServiceTypes | SlotCodes::VisitTypes => "service-type",
        SlotCodes::Specialties => "specialty",
        SlotCodes::AppointmentTypes => return Vec::new(),
    };
    let Some(parameter) = find_parameter(ResourceKind::Schedule, name) else { return Vec::new() };
    let test = asked.tokens.as_ref().map_or(Test::Missing(false), |tokens| Test::Tokens(tokens.clone()));
    let clause = Clause::Own(Criterion { parameter: Some(parameter.number()), test });
    let found = evaluate::find(resources, excluded, ResourceKind::Schedule, std::slice::from_ref(&clause));
    sorted(found.into_iter().map(|entry| entry.number()).collect())
}

/// The slots that a request asks for.
pub(super) fn search(
    state: &ApiState,
    resources: &Resources,
    excluded: &[PublisherNumber],
    request: &SearchRequest,
    cursor: Option<SortKey>,
) -> Result<SlotsFound, Error> {
    let nothing = SlotsFound { slots: Vec::new(), total: 0, next: None };
    let mut asked = Asked::of(state, resources, excluded, &request.clauses);
    if asked.is_impossible {
        return Ok(nothing);
    }
    let snapshot = state.search().snapshot();
    let mut rows_of_ids = None;
    if let Some(ids) = &asked.ids {
        // Few: each is looked up, and its schedule is all that is walked.
        let mut slots = Vec::new();
        for id in ids {
            slots.extend(state.store().slot_by_id(*id)?.filter(|slot| !excluded.contains(&slot.publisher)));
        }
        let mut schedules: Vec<ResourceNumber> = slots.iter().map(|slot| slot.schedule).collect();
        schedules.sort_unstable();
        schedules.dedup();
        schedules.retain(|schedule| asked.query.schedules.binary_search(schedule).is_ok());
        asked.query.schedules = schedules;
        rows_of_ids = Some(slots.iter().map(|slot| slot.row).collect::<FxHashSet<SlotRow>>());
    }
    let (start, limit) = match rows_of_ids {
        // What is looked for by id is on one page.
        Some(_) => (PageStart::Offset(0), usize::MAX / 4),
        None => (cursor.map_or(PageStart::Offset(0), PageStart::Behind), request.count + 1),
    };
    let mut page = snapshot.slots_of_schedules(&asked.query, request.is_descending, start, limit);
    if let Some(rows) = rows_of_ids {
        page.rows.retain(|(row, key)| rows.contains(row) && cursor.is_none_or(|cursor| *key > cursor));
        page.total = page.rows.len() as u64;
    }
    let has_more = page.rows.len() > request.count;
    page.rows.truncate(request.count);
    let next = page.rows.last().map(|(_, key)| *key).filter(|_| has_more);
    let rows: Vec<SlotRow> = page.rows.iter().map(|(row, _)| *row).collect();
    // One that went meanwhile is left out of its page.
    let slots = state.store().slots(&rows)?.into_iter().flatten().collect();
    Ok(SlotsFound { slots, total: page.total, next })
}

/// The slots of schedules, so many at most.
pub(super) fn slots_of(
    state: &ApiState,
    resources: &Resources,
    excluded: &[PublisherNumber],
    schedules: &[Target],
    limit: usize,
) -> Result<Vec<Target>, Error> {
    let schedules = schedules.iter().copied().filter(|target| target.kind == ResourceKind::Schedule).collect();
    let schedules = numbers(resources, excluded, &schedules);
    let query = ScheduleSlotQuery { schedules, ..ScheduleSlotQuery::default() };
    let page = state.search().snapshot().slots_of_schedules(&query, false, PageStart::Offset(0), limit);
    let rows: Vec<SlotRow> = page.rows.iter().map(|(row, _)| *row).collect();
    let slots = state.store().slots(&rows)?.into_iter().flatten();
    Ok(slots.map(|slot| Target { kind: ResourceKind::Slot, id: slot.id }).collect())
}

/// Whether a slot may be shown at all: its traits say so.
pub(super) fn may_be_shown(slot: &StoredSlot) -> bool {
    slot.slot.traits.is_servable()
}

/// Reads the key that a page of slots handed on.
pub(super) fn key_of_cursor(cursor: &str) -> Option<SortKey> {
    let (start, tie) = cursor.split_once('_')?;
    Some(SortKey { rank: 0, start: start.parse().ok()?, tie: tie.parse().ok()? })
}

/// The text of a key.
pub(super) fn cursor_of_key(key: SortKey) -> String {
    format!("{}_{}", key.start, key.tie)
}

/// The clause that keeps slots of certain places or people, for those who ask by other names.
pub(super) fn of_actors(actors: FxHashSet<Target>, actor: u16) -> Clause {
    let criterion = Criterion { parameter: Some(actor), test: Test::References(actors) };
    Clause::Slot(SlotClause::Chain(Box::new(Clause::Own(criterion))))
}
