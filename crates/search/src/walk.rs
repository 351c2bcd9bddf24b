//! From the provider locations of a query to their schedules and slots, each slot once.

use openslots_model::{ProviderLocationNumber, ResourceNumber};

use crate::Error;
use crate::candidates::{Candidate, CandidateFinder, N_AHEAD};
use crate::clocks::{ClockId, LocalMatcher};
use crate::codes::CodeSetId;
use crate::columns::{ColumnWindow, Columns, FoundSlot, Slots};
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

/// Whoever is shown schedules one after the other.
pub(crate) trait ScheduleVisitor<'s> {
    /// Whether a schedule that one provider location has is done with as it is, before any of its slots are read, or the
    /// visitor will look at it later.
    #[inline]
    fn settles(&mut self, _matcher: &SlotMatcher<'_>, _schedule: ResourceNumber, _owner: &Owner<'s>) -> bool {
        false
    }

    /// Looks at a schedule.
    fn visit(&mut self, matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owners: &[Owner<'s>]);
}

impl<'s, F: FnMut(&SlotMatcher<'_>, ResourceNumber, &[Owner<'s>])> ScheduleVisitor<'s> for F {
    fn visit(&mut self, matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owners: &[Owner<'s>]) {
        self(matcher, schedule, owners);
    }
}

/// Hands each schedule over in which slots may match, once, with the provider locations that have it and match: the
/// best first, never none; of those that ask the same of its slots the best alone.
pub(crate) fn for_each_schedule<'s>(
    snapshot: &'s Snapshot,
    finder: &CandidateFinder<'s>,
    matcher: &mut SlotMatcher<'_>,
    measure: Option<Measure>,
    reads: Reads,
    visitor: &mut impl ScheduleVisitor<'s>,
) -> Result<(), Error> {
    let mut waiting = Waiting { columns: &snapshot.state.columns, reads, schedules: Vec::with_capacity(N_AHEAD) };
    // Schedules of several provider locations wait until all that match are known: each slot counts once.
    let mut shared: Vec<(ResourceNumber, Owner<'s>)> = Vec::new();
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
            } else {
                waiting.push((link.schedule, owner), matcher, visitor);
            }
        }
    })?;
    shared.sort_unstable_by(|(a, by_a), (b, by_b)| a.cmp(b).then_with(|| by_a.order().cmp(&by_b.order())));
    // Whatever matches through a provider location matches through a better one already that asks the same of slots.
    let asks_the_same =
        |a: &Owner<'_>, b: &Owner<'_>| a.case == b.case && (a.clock == b.clock || matcher.local.is_none());
    let mut owners: Vec<Owner<'s>> = Vec::new();
    for of_schedule in shared.chunk_by(|(a, _), (b, _)| a == b) {
        let schedule = of_schedule[0].0;
        owners.clear();
        for (_, owner) in of_schedule {
            if !owners.iter().any(|before| asks_the_same(before, owner)) {
                owners.push(*owner);
            }
        }
        match owners[..] {
            [owner] => waiting.push((schedule, owner), matcher, visitor),
            _ => visitor.visit(matcher, schedule, &owners),
        }
    }
    waiting.hand_over(matcher, visitor);
    Ok(())
}

/// What a walk reads of the slots that match, their starts aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Whether they match.
    Verdicts,
    /// Their traits as well.
    Traits,
}

/// Schedules of one provider location that are looked at soon.
struct Waiting<'s> {
    columns: &'s Columns,
    reads: Reads,
    schedules: Vec<(ResourceNumber, Owner<'s>)>,
}

impl<'s> Waiting<'s> {
    /// Lets one more wait, unless it is settled; if those are enough, all are handed over.
    #[inline]
    fn push(
        &mut self,
        (schedule, owner): (ResourceNumber, Owner<'s>),
        matcher: &SlotMatcher<'_>,
        visitor: &mut impl ScheduleVisitor<'s>,
    ) {
        if visitor.settles(matcher, schedule, &owner) {
            return;
        }
        self.schedules.push((schedule, owner));
        if self.schedules.len() == N_AHEAD {
            self.hand_over(matcher, visitor);
        }
    }

    /// Hands all over, their slots read ahead.
    fn hand_over(&mut self, matcher: &SlotMatcher<'_>, visitor: &mut impl ScheduleVisitor<'s>) {
        let reads_traits =
            |owner: &Owner<'_>| self.reads == Reads::Traits || !matcher.is_bookable_by_traits(owner.case);
        let ahead = self.schedules.iter().map(|(schedule, owner)| (schedule.0, reads_traits(owner)));
        self.columns.look_ahead(ahead);
        self.schedules.drain(..).for_each(|(schedule, owner)| visitor.visit(matcher, schedule, &[owner]));
    }
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
    let Some(all) = columns.slots(schedule.0) else { return };
    let (before, slots) = (all.before(window), all.within(window));
    let is_running = |slot: &FoundSlot<'_>| matcher.is_running(slot, window.from);
    if let ([owner], Some(local)) = (owners, &matcher.local)
        && !all.has_windows
        && matcher.is_bookable_by_traits(owner.case)
    {
        return for_each_appointment(slots, owner, local, take);
    }
    if let ([owner], None) = (owners, &matcher.local) {
        if matcher.is_bookable_by_traits(owner.case) {
            before.bookable().filter(is_running).chain(slots.bookable()).for_each(|slot| take(owner, slot));
            return;
        }
        let table = matcher.table(owner.case);
        let matches = |slot: &FoundSlot<'_>| table.get(slot.traits() as usize) == Some(&true);
        before.found().filter(is_running).chain(slots.found()).filter(matches).for_each(|slot| take(owner, slot));
        return;
    }
    for slot in before.found().filter(is_running).chain(slots.found()) {
        if let Some(owner) = owners.iter().find(|owner| matcher.wants(owner.case, owner.clock, &slot)) {
            take(owner, slot);
        }
    }
}

/// Hands each slot over that can be booked and is wanted by the clock of the place. They are appointments, wanted by their
/// starts alone.
// Apart from the rest, so that the compiler does not call what is taken where most slots are walked over.
#[inline(never)]
fn for_each_appointment<'o, 'a, 'c>(
    slots: Slots<'c>,
    owner: &'o Owner<'a>,
    local: &LocalMatcher<'_>,
    mut take: impl FnMut(&'o Owner<'a>, FoundSlot<'c>),
) {
    let Some(clock) = owner.clock else { return };
    let wanted = local.appointments(clock);
    slots.bookable().filter(|slot| wanted.contains(slot.start)).for_each(|slot| take(owner, slot));
}
