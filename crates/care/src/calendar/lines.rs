//! From bytes to components: content lines are unfolded, and those that say when something is are kept.
//!
//! A line of any other property is looked at as far as its name and forgotten.

use std::borrow::Cow;

use super::CalendarError;
use super::property::{Name, Property};

/// The components that say when somebody is busy, or what the zones of the others are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ComponentKind {
    /// `VCALENDAR`; it holds the others.
    Calendar,
    /// `VEVENT`.
    Event,
    /// `VFREEBUSY`.
    FreeBusy,
    /// `VAVAILABILITY` (RFC 7953).
    Availability,
    /// `VTIMEZONE`.
    Zone,
}

impl ComponentKind {
    fn named(name: &[u8]) -> Option<Self> {
        let kinds = [
            (&b"VCALENDAR"[..], Self::Calendar),
            (b"VEVENT", Self::Event),
            (b"VFREEBUSY", Self::FreeBusy),
            (b"VAVAILABILITY", Self::Availability),
            (b"VTIMEZONE", Self::Zone),
        ];
        kinds.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, kind)| kind)
    }
}

/// A component with those of its properties that say when something is.
#[derive(Debug)]
pub(super) struct Component<'a> {
    pub(super) kind: ComponentKind,
    /// Which of the events and free/busy lists it is, from 1; for a calendar or a zone which one would come next.
    pub(super) number: usize,
    /// Which calendar of the text it belongs to.
    pub(super) calendar: usize,
    /// Whether its end was found.
    pub(super) is_ended: bool,
    /// Whether the calendar it is in takes back what it lists (`METHOD:CANCEL`).
    pub(super) is_withdrawn: bool,
    pub(super) properties: Vec<Property<'a>>,
    /// The observances of a zone (`STANDARD`, `DAYLIGHT`).
    pub(super) observances: Vec<Vec<Property<'a>>>,
}

/// Components in one another; a calendar, an event and an alarm are three.
const MAX_DEPTH: usize = 32;

/// A component that has begun.
struct Open<'a> {
    name: Cow<'a, [u8]>,
    /// What it is; `None` for one that is of no interest.
    component: Option<Component<'a>>,
}

/// The components of a text, each calendar before what it holds is closed, in the order in which they end.
///
/// # Errors
/// When no calendar begins, or more components begin than `max_components`, or too many in one another.
pub(super) fn components(text: &[u8], max_components: usize) -> Result<Vec<Component<'_>>, CalendarError> {
    let mut reader = Reader::default();
    let mut n_begun = 0;
    let lines = ContentLines { rest: text };
    for line in lines {
        let (name, value) = split_name(&line);
        if name.eq_ignore_ascii_case(b"BEGIN") {
            n_begun += 1;
            if n_begun > max_components {
                return Err(CalendarError::TooManyComponents { limit: max_components });
            }
            if reader.open.len() >= MAX_DEPTH {
                return Err(CalendarError::TooDeep);
            }
            reader.begin(value.trim_ascii());
        } else if name.eq_ignore_ascii_case(b"END") {
            reader.end(value.trim_ascii());
        } else if let Some(name) = Name::of(name) {
            reader.property(Property::new(name, line));
        }
    }
    while let Some(open) = reader.open.pop() {
        reader.close(open, false);
    }
    if reader.n_calendars == 0 { Err(CalendarError::NotACalendar) } else { Ok(reader.closed) }
}

#[derive(Default)]
struct Reader<'a> {
    open: Vec<Open<'a>>,
    closed: Vec<Component<'a>>,
    n_calendars: usize,
    n_numbered: usize,
    is_withdrawn: bool,
}

impl<'a> Reader<'a> {
    fn begin(&mut self, name: &[u8]) {
        let mut kind = ComponentKind::named(name);
        if let Some(kind) = kind {
            self.end_before(kind);
        }
        if kind == Some(ComponentKind::Calendar) {
            self.n_calendars += 1;
            self.is_withdrawn = false;
        } else if self.n_calendars == 0 {
            kind = None;
        }
        let is_numbered = !matches!(kind, None | Some(ComponentKind::Calendar | ComponentKind::Zone));
        self.n_numbered += usize::from(is_numbered);
        if kind.is_none()
            && (name.eq_ignore_ascii_case(b"STANDARD") || name.eq_ignore_ascii_case(b"DAYLIGHT"))
            && let Some(zone) = self.innermost(ComponentKind::Zone)
        {
            zone.observances.push(Vec::new());
        }
        let component = kind.map(|kind| Component {
            kind,
            number: self.n_numbered + usize::from(!is_numbered),
            calendar: self.n_calendars,
            is_ended: false,
            is_withdrawn: self.is_withdrawn,
            properties: Vec::new(),
            observances: Vec::new(),
        });
        self.open.push(Open { name: Cow::Owned(name.to_ascii_uppercase()), component });
    }

    /// Ends a component and what began in it and has no end of its own. An end of nothing is passed over.
    fn end(&mut self, name: &[u8]) {
        let Some(place) = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) else { return };
        while self.open.len() > place + 1 {
            if let Some(open) = self.open.pop() {
                self.close(open, false);
            }
        }
        if let Some(open) = self.open.pop() {
            self.close(open, true);
        }
    }

    /// None of these components can be in another but a calendar: what is open has lost its end.
    fn end_before(&mut self, kind: ComponentKind) {
        let around = |open: &Open<'_>| match &open.component {
            Some(component) => component.kind == ComponentKind::Calendar && kind != ComponentKind::Calendar,
            None => false,
        };
        let n_kept = self.open.iter().rposition(around).map_or(0, |place| place + 1);
        while self.open.len() > n_kept {
            if let Some(open) = self.open.pop() {
                self.close(open, false);
            }
        }
    }

    fn close(&mut self, open: Open<'a>, is_ended: bool) {
        self.closed.extend(open.component.map(|component| Component { is_ended, ..component }));
    }

    fn property(&mut self, property: Property<'a>) {
        let Some(open) = self.open.last_mut() else { return };
        match &mut open.component {
            Some(component) => {
                if component.kind == ComponentKind::Calendar && property.name == Name::Method {
                    self.is_withdrawn = property.has_value("CANCEL");
                }
                component.properties.push(property);
            }
            None if matches!(&*open.name, b"STANDARD" | b"DAYLIGHT") => {
                if let Some(observance) =
                    self.innermost(ComponentKind::Zone).and_then(|zone| zone.observances.last_mut())
                {
                    observance.push(property);
                }
            }
            None => {}
        }
    }

    /// The component around what is open innermost and of no interest itself, if it is of this kind.
    fn innermost(&mut self, kind: ComponentKind) -> Option<&mut Component<'a>> {
        let known = self.open.iter_mut().rev().find_map(|open| open.component.as_mut());
        known.filter(|component| component.kind == kind)
    }
}

/// Name of a line, and what follows its first colon.
fn split_name(line: &[u8]) -> (&[u8], &[u8]) {
    let name_end = line.iter().position(|byte| matches!(byte, b':' | b';')).unwrap_or(line.len());
    let value = line.iter().position(|byte| *byte == b':').map_or(&[][..], |colon| &line[colon + 1..]);
    (line[..name_end].trim_ascii(), value)
}

/// The lines of a text, those that were folded in one piece, ends of lines of either sort.
struct ContentLines<'a> {
    rest: &'a [u8],
}

impl<'a> ContentLines<'a> {
    fn physical_line(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = end.map_or((self.rest, &[][..]), |end| (&self.rest[..end], &self.rest[end + 1..]));
        self.rest = rest;
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

impl<'a> Iterator for ContentLines<'a> {
    type Item = Cow<'a, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let mut line = Cow::Borrowed(self.physical_line());
            while let [b' ' | b'\t', ..] = self.rest {
                let more = self.physical_line();
                line.to_mut().extend_from_slice(&more[1..]);
            }
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}
