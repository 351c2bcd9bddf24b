//! One `VEVENT`: when it is, how it repeats, what it replaces, whether it takes up time.

use super::lines::Component;
use super::property::{Name, Property};
use super::rule::{Frequency, Rule};
use super::values::{Form, Moment, Span, Written, moments};
use super::wall::{DAY_SECONDS, instant_at};
use super::zones::{ZoneScope, Zones};
use super::{BusyKind, Found, SkipReason};

/// Properties that say when, of which there may be one.
const ONCE: [Name; 4] = [Name::DtStart, Name::DtEnd, Name::Duration, Name::RecurrenceId];

/// An event, without what it is about.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) component: usize,
    /// What it has in common with events that replace occurrences of it; it does not leave this module.
    pub(super) uid: Option<Vec<u8>>,
    pub(super) sequence: i64,
    pub(super) start: Moment,
    pub(super) span: Span,
    /// How it takes up time; `None`: not at all.
    pub(super) kind: Option<BusyKind>,
    pub(super) rules: Vec<BoundedRule>,
    /// Further occurrences, those given as a period with their length.
    pub(super) added: Vec<(Moment, Option<Span>)>,
    pub(super) excluded: Vec<Moment>,
    pub(super) replaces: Option<Replaced>,
}

/// A rule and the last instant at which an occurrence of it may begin.
#[derive(Debug)]
pub(super) struct BoundedRule {
    pub(super) rule: Rule,
    pub(super) until: Option<i64>,
}

/// The occurrence of another event that an event stands for.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) moment: Moment,
    /// `RANGE=THISANDFUTURE`
    pub(super) and_following: bool,
}

/// Reads an event; what cannot be read is noted, and `None` when that leaves nothing.
pub(super) fn read(component: &Component<'_>, zones: &Zones<'_>, found: &mut Found) -> Option<Event> {
    let reading = Reading { component, zones: zones.of(component.calendar) };
    let kind = reading.kind();
    let mut faults = Vec::new();
    let event = reading.event(kind, &mut faults);
    // What takes up no time hides none.
    if kind.is_some() {
        for reason in faults.into_iter().chain(event.as_ref().err().copied()) {
            found.skip(component.number, reason);
        }
    }
    event.ok()
}

struct Reading<'a> {
    component: &'a Component<'a>,
    zones: ZoneScope<'a>,
}

impl Reading<'_> {
    fn all(&self, name: Name) -> impl Iterator<Item = &Property<'_>> {
        self.component.properties.iter().filter(move |property| property.name == name)
    }

    fn first(&self, name: Name) -> Option<&Property<'_>> {
        self.all(name).next()
    }

    fn has(&self, name: Name, value: &str) -> bool {
        self.first(name).is_some_and(|property| property.has_value(value))
    }

    /// How the event takes up time. Microsoft's own property is the more exact word where it is there: their
    /// programs derive the other two from it.
    fn kind(&self) -> Option<BusyKind> {
        if self.component.is_withdrawn || self.has(Name::Status, "CANCELLED") {
            return None;
        }
        for (value, kind) in [
            ("FREE", None),
            ("TENTATIVE", Some(BusyKind::Tentative)),
            ("BUSY", Some(BusyKind::Busy)),
            ("OOF", Some(BusyKind::Unavailable)),
            ("WORKINGELSEWHERE", Some(BusyKind::Busy)),
        ] {
            if self.has(Name::BusyStatus, value) {
                return kind;
            }
        }
        if self.has(Name::Transparency, "TRANSPARENT") {
            None
        } else if self.has(Name::Status, "TENTATIVE") {
            Some(BusyKind::Tentative)
        } else {
            Some(BusyKind::Busy)
        }
    }

    /// The one time of a property.
    fn moment(&self, name: Name, clock: &jiff::tz::TimeZone) -> Option<Result<Moment, SkipReason>> {
        let property = self.first(name)?;
        let mut times = moments(property, clock, &self.zones);
        let moment = times.next().unwrap_or(Err(SkipReason::Time)).map(|(moment, _)| moment);
        Some(if times.next().is_some() { Err(SkipReason::Time) } else { moment })
    }

    fn event(&self, kind: Option<BusyKind>, faults: &mut Vec<SkipReason>) -> Result<Event, SkipReason> {
        if ONCE.into_iter().any(|name| self.all(name).nth(1).is_some()) {
            return Err(SkipReason::Repeated);
        }
        let start = match self.moment(Name::DtStart, self.zones.home()) {
            Some(start) => start?,
            // What was called off need not say when it would have been.
            None if kind.is_none() => {
                self.moment(Name::RecurrenceId, self.zones.home()).unwrap_or(Err(SkipReason::NoStart))?
            }
            None => return Err(SkipReason::NoStart),
        };
        let mut uid = self.first(Name::Uid).map(|uid| uid.bytes().trim_ascii().to_vec()).filter(|uid| !uid.is_empty());
        let replaces = match self.moment(Name::RecurrenceId, &start.zone) {
            None => None,
            Some(Ok(moment)) => Some(Replaced { moment, and_following: self.replaces_following() }),
            Some(Err(reason)) => {
                // Nobody knows what it replaces, so it replaces nothing.
                faults.push(reason);
                uid = None;
                None
            }
        };
        let mut event = Event {
            component: self.component.number,
            uid,
            sequence: self.first(Name::Sequence).and_then(|number| number.value()?.parse().ok()).unwrap_or(0),
            span: self.span(&start)?,
            kind,
            rules: self.rules(&start, faults),
            added: Vec::new(),
            excluded: Vec::new(),
            replaces,
            start,
        };
        for (name, list) in [(Name::RDate, &mut event.added), (Name::ExDate, &mut Vec::new())] {
            for time in self.all(name).flat_map(|property| moments(property, &event.start.zone, &self.zones)) {
                time.map_or_else(|reason| faults.push(reason), |time| list.push(time));
            }
            if name == Name::ExDate {
                event.excluded = std::mem::take(list).into_iter().map(|(moment, _)| moment).collect();
            }
        }
        if self.first(Name::ExRule).is_some() {
            faults.push(SkipReason::Unsupported);
        }
        if event.replaces.is_some() && !event.rules.is_empty() {
            event.rules.clear();
            faults.push(SkipReason::Unsupported);
        }
        Ok(event)
    }

    fn replaces_following(&self) -> bool {
        let range = self.first(Name::RecurrenceId).and_then(|property| property.parameter("RANGE").ok()?);
        range.is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"))
    }

    /// How long the event takes: to its `DTEND`, its `DURATION`, the day that it starts on, or no time.
    fn span(&self, start: &Moment) -> Result<Span, SkipReason> {
        let span = if let Some(end) = self.moment(Name::DtEnd, &start.zone) {
            Span::between(
                start,
                &end.map_err(|reason| if reason == SkipReason::Time { SkipReason::Length } else { reason })?,
            )?
        } else if let Some(duration) = self.first(Name::Duration) {
            let span = duration.value().and_then(Span::parse).ok_or(SkipReason::Length)?;
            if span.days < 0 || span.seconds < 0 {
                return Err(SkipReason::Length);
            }
            span
        } else {
            Span::NONE
        };
        // Some programs end a day on itself.
        Ok(if start.is_date && span == Span::NONE { Span::DAY } else { span })
    }

    fn rules(&self, start: &Moment, faults: &mut Vec<SkipReason>) -> Vec<BoundedRule> {
        let mut rules = Vec::new();
        for property in self.all(Name::RRule) {
            let rule = property.value().and_then(Rule::parse);
            match rule.filter(|rule| !start.is_date || rule.frequency >= Frequency::Daily) {
                Some(rule) => rules.push(BoundedRule { until: rule.until.and_then(|last| until(last, start)), rule }),
                None => faults.push(SkipReason::Rule),
            }
        }
        rules
    }
}

/// The last instant for an occurrence to begin. A day is over when it is over on the clock of the start.
fn until(last: Written, start: &Moment) -> Option<i64> {
    match last.form {
        Form::Date => instant_at(last.wall + DAY_SECONDS - 1, &start.zone),
        Form::Local => instant_at(last.wall, &start.zone),
        Form::Utc => Some(last.wall),
    }
}
