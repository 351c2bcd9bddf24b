//! From the provider locations of a query to their schedules and slots, each slot once.

use openslots_model::{ProviderLocationNumber, ResourceNumber};

use crate::Error;
use crate::candidates::{Candidate, CandidateFinder, N_AHEAD};
use crate::clocks::ClockId;
use crate::codes::CodeSetId;
use crate::columns::{ColumnWindow, Columns, FoundSlot};
use crate::matching::{Case, SlotMatcher};
use crate::rank::{Measure, millimetres, rank};
use crate::snapshot::Snapshot;
use crate::state::{ProviderLocationEntry, ScheduleLink};

/// A provider location through which the slots of a schedule are found.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) number: ProviderLocationNumber,
    pub(crate) entry: &'a ProviderLocationEntry,
    pub(crate) rank: i64,
    pub(crate) distance_miles: Option<f64>,
    score: u32,
    /// What the schedule offers there.
    pub(crate) codes: CodeSetId,
    pub(crate) case: Case,
    /// The clock of the place.
    pub(crate) clock: Option<ClockId>,
}

impl<'a> Owner<'a> {
    /// A provider location by itself, for a schedule of its; `None` if none of the schedule's slots can match there.
    pub(crate) fn of_link(
        number: ProviderLocationNumber,
        entry: &'a ProviderLocationEntry,
        link: &ScheduleLink,
        matcher: &mut SlotMatcher<'_>,
    ) -> Option<Self> {
        let case = matcher.case_with_slots(link)?;
        let clock = entry.clock;
        Some(Self { number, entry, rank: 0, distance_miles: None, score: 0, codes: link.codes, case, clock })
    }

    /// Of several the least is taken: best by the sort, then the nearest, the best match of the text, the first.
    fn order(&self) -> (i64, i64, u32, ProviderLocationNumber) {
        (self.rank, self.distance_miles.map_or(0, millimetres), u32::MAX - self.score, self.number)
    }
}

/// Hands each schedule over in which slots may match, once, with the provider locations that have it and match: the
/// best first, never none.
pub(crate) fn for_each_schedule<'s>(
    snapshot: &'s Snapshot,
    finder: &CandidateFinder<'s>,
    matcher: &mut SlotMatcher<'_>,
    measure: Option<Measure>,
    mut take: impl FnMut(&SlotMatcher<'_>, ResourceNumber, &[Owner<'s>]),
) -> Result<(), Error> {
    // Schedules of several provider locations wait until all that match are known: each slot counts once.
    let mut shared: Vec<(ResourceNumber, Owner<'s>)> = Vec::new();
    let mut waiting = Vec::with_capacity(N_AHEAD);
    let columns = &snapshot.state.columns;
    finder.for_each(matcher, true, |matcher, unmeasured| {
        let mut found = None;
        for link in unmeasured.links() {
            let Some(case) = matcher.case_with_slots(&link) else { continue };
            if found.is_none() {
                let Some(candidate) = finder.measured(unmeasured) else { return };
                found = Some((candidate, rank(measure, &candidate)));
            }
            let Some((Candidate { number, entry, distance_miles, score }, rank)) = found else { return };
            let owner =
                Owner { number, entry, rank, distance_miles, score, codes: link.codes, case, clock: entry.clock };
            if snapshot.state.is_shared(link.schedule) {
                shared.push((link.schedule, owner));
                continue;
            }
            waiting.push((link.schedule, owner));
            if waiting.len() == N_AHEAD {
                hand_over(columns, &mut waiting, |schedule, owner| take(matcher, schedule, &[owner]));
            }
        }
    })?;
    hand_over(columns, &mut waiting, |schedule, owner| take(matcher, schedule, &[owner]));
    shared.sort_unstable_by(|(a, by_a), (b, by_b)| a.cmp(b).then_with(|| by_a.order().cmp(&by_b.order())));
    let mut owners = Vec::new();
    for of_schedule in shared.chunk_by(|(a, _), (b, _)| a == b) {
        owners.clear();
        owners.extend(of_schedule.iter().map(|(_, owner)| *owner));
        take(matcher, of_schedule[0].0, &owners);
    }
    Ok(())
}

/// Hands schedules over that wait, their slots read ahead.
fn hand_over<'s>(
    columns: &Columns,
    waiting: &mut Vec<(ResourceNumber, Owner<'s>)>,
    mut take: impl FnMut(ResourceNumber, Owner<'s>),
) {
    columns.look_ahead(waiting.iter().map(|(schedule, _)| schedule.0));
    waiting.drain(..).for_each(|(schedule, owner)| take(schedule, owner));
}

/// Hands each slot of a schedule over that matches, with the first of its owners through which it does.
///
/// Those that are running when the window begins come first, then the others by start.
pub(crate) fn for_each_slot<'o, 'a, 'c>(
    columns: &'c Columns,
    window: ColumnWindow,
    matcher: &SlotMatcher<'_>,
    (schedule, owners): (ResourceNumber, &'o [Owner<'a>]),
    mut take: impl FnMut(&'o Owner<'a>, FoundSlot<'c>),
) {
    let all = columns.slots(schedule.0);
    let running = all.before(window).found();
    let running = running.filter(|slot| matcher.is_running(slot.start, slot.traits, window.from));
    let slots = running.chain(all.within(window).found());
    if let ([owner], None) = (owners, &matcher.local) {
        let table = matcher.table(owner.case);
        slots.filter(|slot| table.get(slot.traits as usize) == Some(&true)).for_each(|slot| take(owner, slot));
        return;
    }
    for slot in slots {
        if let Some(owner) = owners.iter().find(|owner| matcher.wants(owner.case, owner.clock, &slot)) {
            take(owner, slot);
        }
    }
}
