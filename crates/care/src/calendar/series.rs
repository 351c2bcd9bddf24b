//! From events to the times that they take up: what repeats is followed, what was moved or called off is left out.
//!
//! Events of one UID belong together: those without a `RECURRENCE-ID` say when all occurrences are, those with one
//! replace an occurrence, or an occurrence and all after it. Of several versions the one with the highest `SEQUENCE`
//! counts.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use openslots_model::UnixSeconds;

use super::event::{Event, Replaced};
use super::expand::{Budget, OverBudget, Stretch, occurrences};
use super::values::{Moment, Span};
use super::wall::{DAY_SECONDS, instant_at, wall_at};
use super::{BusyKind, Found, SkipReason, TimeRange};

/// A clock and its neighbour differ by a day at most; so much more than the window is looked at.
const SLACK_SECONDS: i64 = 2 * DAY_SECONDS;

/// Notes when all these events take up time.
pub(super) fn find_occurrences(
    mut events: Vec<Event>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OverBudget> {
    events.sort_by(|a, b| a.uid.cmp(&b.uid));
    for related in events.chunk_by(|a, b| a.uid.is_some() && a.uid == b.uid) {
        let newest = related.iter().filter(|event| event.replaces.is_none()).map(|event| event.sequence).max();
        let replacements = newest_replacements(related);
        for event in related.iter().filter(|event| event.replaces.is_none() && Some(event.sequence) == newest) {
            budget.spend(replacements.len())?;
            Series::new(event, &replacements).find(budget, found)?;
        }
        for (event, replaced) in replacements {
            take_up(event.start.wall, event.start.instant(), event, found);
            if replaced.and_following && newest.is_none() && event.kind.is_some() {
                // What all the others were is not in this calendar.
                found.skip(event.component, SkipReason::Unsupported);
            }
        }
    }
    Ok(())
}

/// The events that replace something, of several for the same occurrence the newest.
fn newest_replacements(related: &[Event]) -> Vec<(&Event, &Replaced)> {
    let mut newest: HashMap<Option<i64>, i64> = HashMap::new();
    let all = || related.iter().filter_map(|event| Some((event, event.replaces.as_ref()?)));
    for (event, replaced) in all() {
        let sequence = newest.entry(replaced.moment.instant()).or_insert(event.sequence);
        *sequence = event.sequence.max(*sequence);
    }
    all().filter(|(event, replaced)| newest.get(&replaced.moment.instant()) == Some(&event.sequence)).collect()
}

/// Notes the time that an event itself takes up.
fn take_up(wall: i64, instant: Option<i64>, event: &Event, found: &mut Found) {
    if let (Some(start), Some(kind)) = (instant, event.kind) {
        note(wall, start, event.span, &event.start.zone, kind, found);
    }
}

fn note(wall: i64, start: i64, span: Span, zone: &TimeZone, kind: BusyKind, found: &mut Found) {
    if let Some(end) = span.end(wall, start, zone) {
        found.busy(TimeRange { start: UnixSeconds(start), end: UnixSeconds(end) }, kind);
    }
}

/// An event and what replaces occurrences of it.
struct Series<'a> {
    event: &'a Event,
    /// Instants at which, and days on the clock of the event on which, no occurrence begins.
    excluded_instants: HashSet<i64>,
    excluded_days: HashSet<i64>,
    /// What holds for the occurrences from an instant on, by that instant.
    changes: Vec<Change>,
}

/// What replaces an occurrence and all after it.
struct Change {
    from: i64,
    /// So much later on the clock.
    shift: i64,
    span: Span,
    kind: Option<BusyKind>,
}

impl<'a> Series<'a> {
    fn new(event: &'a Event, replacements: &[(&Event, &Replaced)]) -> Self {
        let zone = &event.start.zone;
        let mut series =
            Self { event, excluded_instants: HashSet::new(), excluded_days: HashSet::new(), changes: Vec::new() };
        for moment in &event.excluded {
            series.exclude(moment);
        }
        for (replacement, replaced) in replacements {
            series.exclude(&replaced.moment);
            let walls = replacement.start.wall_on(zone).zip(replaced.moment.wall_on(zone));
            if let (true, Some(from), Some((to_wall, from_wall))) =
                (replaced.and_following, replaced.moment.instant(), walls)
            {
                let (span, kind) = (replacement.span, replacement.kind);
                series.changes.push(Change { from, shift: to_wall - from_wall, span, kind });
            }
        }
        series.changes.sort_by_key(|change| change.from);
        series
    }

    /// A day excludes what begins on it; of whole days, a time excludes the day that it lies on.
    fn exclude(&mut self, moment: &Moment) {
        let start = &self.event.start;
        if start.is_date || moment.is_date {
            self.excluded_days.extend(moment.wall_on(&start.zone).map(|wall| wall.div_euclid(DAY_SECONDS)));
        } else {
            self.excluded_instants.extend(moment.instant());
        }
    }

    /// Notes the time that all occurrences take up that nothing replaces.
    fn find(&self, budget: &mut Budget, found: &mut Found) -> Result<(), OverBudget> {
        let Event { start, rules, added, .. } = self.event;
        if self.event.kind.is_none() && self.changes.iter().all(|change| change.kind.is_none()) {
            return Ok(());
        }
        if let Some(instant) = start.instant() {
            self.occur(start.wall, instant, None, found);
        }
        for (moment, span) in added {
            budget.spend(1)?;
            let Some((wall, instant)) = moment.wall_on(&start.zone).zip(moment.instant()) else { continue };
            match (start.is_date, moment.is_date) {
                (true, false) => self.occur_at(wall - wall.rem_euclid(DAY_SECONDS), *span, found),
                (false, true) => self.occur_at(wall + start.wall.rem_euclid(DAY_SECONDS), *span, found),
                _ => self.occur(wall, instant, *span, found),
            }
        }
        let stretch = self.stretch(found.window);
        for bounded in rules {
            let mut last = stretch.last;
            if let Some(until) = bounded.until {
                last = last.min(wall_at(until, &start.zone).saturating_add(SLACK_SECONDS));
            }
            let is_over = |instant: i64| bounded.until.is_some_and(|until| instant > until);
            occurrences(&bounded.rule, start.wall, start.is_date, Stretch { last, ..stretch }, budget, &mut |wall| {
                if let Some(instant) = instant_at(wall, &start.zone).filter(|instant| !is_over(*instant)) {
                    self.occur(wall, instant, None, found);
                }
            })?;
        }
        Ok(())
    }

    /// What the clock shows when an occurrence that could be in the window begins.
    fn stretch(&self, window: TimeRange) -> Stretch {
        let spans = self.changes.iter().map(|change| change.span).chain([self.event.span]);
        let longest = spans.map(Span::at_most_seconds).max().unwrap_or(0);
        let shift = self.changes.iter().map(|change| change.shift.abs()).max().unwrap_or(0);
        let (begin, end) = (window.start.0, window.end.0);
        let zone = &self.event.start.zone;
        Stretch {
            from: wall_at(begin, zone).saturating_sub(longest + shift + SLACK_SECONDS),
            last: wall_at(end, zone).saturating_add(shift + SLACK_SECONDS),
        }
    }

    fn occur_at(&self, wall: i64, span: Option<Span>, found: &mut Found) {
        if let Some(instant) = instant_at(wall, &self.event.start.zone) {
            self.occur(wall, instant, span, found);
        }
    }

    /// Notes an occurrence, as what holds from then on has it, unless it is excluded.
    fn occur(&self, wall: i64, instant: i64, span: Option<Span>, found: &mut Found) {
        let zone = &self.event.start.zone;
        if self.excluded_instants.contains(&instant) || self.excluded_days.contains(&wall.div_euclid(DAY_SECONDS)) {
            return;
        }
        let n_begun = self.changes.partition_point(|change| change.from <= instant);
        match n_begun.checked_sub(1).map(|last| &self.changes[last]) {
            None => {
                if let Some(kind) = self.event.kind {
                    note(wall, instant, span.unwrap_or(self.event.span), zone, kind, found);
                }
            }
            Some(change) => {
                let moved = wall + change.shift;
                if let (Some(kind), Some(start)) = (change.kind, instant_at(moved, zone)) {
                    note(moved, start, change.span, zone, kind, found);
                }
            }
        }
    }
}
