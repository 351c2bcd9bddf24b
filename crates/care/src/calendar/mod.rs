//! When a participant is busy, from an iCalendar text (RFC 5545), and nothing else of it.
//!
//! [`busy_times`] reads the properties that say when something is and whether it takes up time; no other property is
//! even taken apart, and what comes out is instants and a kind.
//! Titles, places, people and UIDs are in no value, no error and no log line.
//!
//! | in the text | is |
//! |---|---|
//! | `X-MICROSOFT-CDO-BUSYSTATUS`, where it is there | `FREE` nothing, `TENTATIVE` tentative, `OOF` unavailable, else busy |
//! | `STATUS:CANCELLED`, `METHOD:CANCEL`, `TRANSP:TRANSPARENT` | nothing |
//! | `STATUS:TENTATIVE` | tentative |
//! | any other `VEVENT` | busy |
//! | `FREEBUSY` by its `FBTYPE` | `FREE` nothing, `BUSY-UNAVAILABLE` unavailable, `BUSY-TENTATIVE` tentative, else busy |
//! | `VTODO`, `VJOURNAL`, `VALARM` | nothing |
//!
//! An invitation that was declined is busy unless the calendar marks it as one of the above: whose calendar it is
//! cannot be told without looking at people.
//!
//! **Clocks.** Whole days, and times without a zone, are on the clock of the participant's home zone.
//! A `TZID` is an IANA name, a Windows name, or described by a `VTIMEZONE` of the same calendar, in this order: what
//! programs write into a `VTIMEZONE` is often cut down to the rules of one year.
//! What repeats, repeats on the clock of its start. A time that a clock skips is read with the offset before the gap,
//! one that it shows twice is the first (RFC 5545, 3.3.5).
//! An end given as `DTEND` keeps its length in seconds when it repeats, whole days and days of a `DURATION` keep
//! their length on the clock (3.8.5.3).
//!
//! **What cannot be read** is told in [`BusyCalendar::skipped`] and never passed over: an event left out is a time
//! that looks free and is not. What can be read of it counts: an event whose rule makes no sense is busy at its start.
//!
//! **Bounds.** A rule without `COUNT` is not walked from its start but entered just before the window; all steps of
//! all rules of a text together are limited ([`Limits`]).

mod event;
mod expand;
mod free_busy;
mod lines;
mod property;
mod rule;
mod series;
mod values;
mod wall;
mod zones;

#[cfg(test)]
mod tests;

use openslots_model::UnixSeconds;

use expand::Budget;
use lines::ComponentKind;
use zones::Zones;

pub(crate) use wall::wall_at;

/// Instants from `start` to `end`, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeRange {
    /// The first instant.
    pub start: UnixSeconds,
    /// Behind the last instant.
    pub end: UnixSeconds,
}

impl TimeRange {
    /// Whether an instant lies in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end && self.start < self.end && other.start < other.end
    }
}

/// How a time is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BusyKind {
    /// By something that was agreed.
    Busy,
    /// Out of office and the like: nothing can be asked for.
    Unavailable,
    /// By something that is not settled.
    Tentative,
}

/// A time that is taken up; all that is kept of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BusyWindow {
    /// The first instant.
    pub start: UnixSeconds,
    /// Behind the last instant.
    pub end: UnixSeconds,
    /// How it is taken up.
    pub kind: BusyKind,
}

impl BusyWindow {
    /// Its instants.
    pub const fn range(self) -> TimeRange {
        TimeRange { start: self.start, end: self.end }
    }
}

/// Why something in a calendar could not be read, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum SkipReason {
    /// The text ends, or another component does, before this one has.
    #[error("it has no end; the calendar is cut off or damaged")]
    NotEnded,
    /// An event without a start.
    #[error("it has no start")]
    NoStart,
    /// A date or time that cannot be read, or does not exist.
    #[error("a date or time of it cannot be read")]
    Time,
    /// A time zone that is neither known nor described in the calendar.
    #[error("its time zone is neither known nor described in the calendar")]
    Zone,
    /// An end before the start, or a duration that cannot be read.
    #[error("its end or duration cannot be read, or it ends before it starts")]
    Length,
    /// A recurrence rule that cannot be read, or that RFC 5545 forbids.
    #[error("its recurrence rule cannot be read")]
    Rule,
    /// A property that may be there once is there twice.
    #[error("it states a time twice")]
    Repeated,
    /// `VAVAILABILITY`, `EXRULE`, and a change of all further occurrences that brings a rule of its own.
    #[error("it says when in a way that is not supported")]
    Unsupported,
}

/// Something in a calendar that could not be read, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Skipped {
    /// Which of the calendar's events and free/busy lists, from 1, in the order of the text.
    pub component: usize,
    /// Why.
    pub reason: SkipReason,
}

/// What a calendar says about a window of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BusyCalendar {
    /// When the participant is busy, by start; those of one kind neither overlap nor touch.
    /// Whole windows that overlap the one asked for, not cut to it.
    pub windows: Vec<BusyWindow>,
    /// What could not be read. While there is anything, a time that looks free may not be.
    pub skipped: Vec<Skipped>,
    /// The time that the calendar is about, if it is of free/busy lists alone and they say so: outside of it nothing is
    /// known. A calendar of events is about all time.
    pub covers: Option<TimeRange>,
}

/// How much is read of one text before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub max_bytes: usize,
    /// Components (events, alarms, zones ...).
    pub max_components: usize,
    /// Days and times that are looked at to find the occurrences of everything that repeats.
    pub max_steps: u64,
}

impl Default for Limits {
    /// Room for ten years of a very busy person, and a second or so at most.
    fn default() -> Self {
        Self { max_bytes: 20 << 20, max_components: 100_000, max_steps: 5_000_000 }
    }
}

/// Why a calendar was not read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No iCalendar text.
    #[error("the text holds no calendar (no BEGIN:VCALENDAR); give the calendar in iCalendar format, an .ics file")]
    NotACalendar,
    /// UTF-16.
    #[error("the calendar is written in UTF-16; save it as UTF-8")]
    Utf16,
    /// More bytes than are read.
    #[error("the calendar has {n_bytes} bytes, more than the {limit} that are read; export a shorter time")]
    TooLarge {
        /// How many it has.
        n_bytes: usize,
        /// How many are read.
        limit: usize,
    },
    /// More components than are read.
    #[error("the calendar has more than {limit} events and other parts; export a shorter time")]
    TooManyComponents {
        /// How many are read.
        limit: usize,
    },
    /// Components in one another, deeper than any program writes.
    #[error("the calendar has too many parts within one another; it is damaged, export it again")]
    TooDeep,
    /// What repeats does so too often.
    #[error(
        "what repeats in the calendar takes more than {limit} steps to follow; ask for a shorter time, or take out \
         events that repeat every second or minute"
    )]
    TooManyOccurrences {
        /// How many steps are made.
        limit: u64,
    },
}

/// When somebody is busy in a window of time, by their calendar.
///
/// `home_zone` is where whole days and times without a zone are meant. See the [module](self) for what counts.
///
/// # Errors
/// [`CalendarError`] when the text is no calendar or goes beyond `limits`; nothing of it is used then.
pub fn busy_times(
    text: &[u8],
    window: TimeRange,
    home_zone: &jiff::tz::TimeZone,
    limits: &Limits,
) -> Result<BusyCalendar, CalendarError> {
    if text.len() > limits.max_bytes {
        return Err(CalendarError::TooLarge { n_bytes: text.len(), limit: limits.max_bytes });
    }
    if text.starts_with(&[0xFE, 0xFF]) || text.starts_with(&[0xFF, 0xFE]) {
        return Err(CalendarError::Utf16);
    }
    let text = text.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(text);
    let components = lines::components(text, limits.max_components)?;
    let mut budget = Budget::new(limits.max_steps);
    let mut found = Found { window, windows: Vec::new(), skipped: Vec::new(), covers: None };
    let read = read_all(&components, home_zone, &mut budget, &mut found);
    read.map_err(|_| CalendarError::TooManyOccurrences { limit: limits.max_steps })?;
    found.skipped.sort_unstable();
    found.skipped.dedup();
    let has_events = components.iter().any(|component| component.kind == ComponentKind::Event);
    let covers = found.covers.filter(|_| !has_events);
    Ok(BusyCalendar { windows: merged(found.windows), skipped: found.skipped, covers })
}

fn read_all(
    components: &[lines::Component<'_>],
    home_zone: &jiff::tz::TimeZone,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), expand::OverBudget> {
    let zones = Zones::read(components, home_zone, found.window, budget)?;
    let mut events = Vec::new();
    for component in components {
        match component.kind {
            ComponentKind::Zone => {}
            _ if !component.is_ended => found.skip(component.number, SkipReason::NotEnded),
            ComponentKind::Calendar => {}
            ComponentKind::Availability => found.skip(component.number, SkipReason::Unsupported),
            ComponentKind::FreeBusy => free_busy::read(component, &zones, budget, found)?,
            ComponentKind::Event => events.extend(event::read(component, &zones, found)),
        }
    }
    series::find_occurrences(events, budget, found)
}

/// What has been found so far.
struct Found {
    window: TimeRange,
    windows: Vec<BusyWindow>,
    skipped: Vec<Skipped>,
    covers: Option<TimeRange>,
}

impl Found {
    /// Notes a time that is taken up, if it is in the window.
    fn busy(&mut self, range: TimeRange, kind: BusyKind) {
        if !range.overlaps(self.window) {
            return;
        }
        // What repeats every second is one time, not a million.
        if let Some(last) = self.windows.last_mut()
            && last.kind == kind
            && (last.start..=last.end).contains(&range.start)
        {
            last.end = last.end.max(range.end);
            return;
        }
        self.windows.push(BusyWindow { start: range.start, end: range.end, kind });
    }

    /// Notes what a free/busy list is about; of several, from the first to the last.
    fn cover(&mut self, range: TimeRange) {
        let before = self.covers.unwrap_or(range);
        self.covers = Some(TimeRange { start: before.start.min(range.start), end: before.end.max(range.end) });
    }

    fn skip(&mut self, component: usize, reason: SkipReason) {
        self.skipped.push(Skipped { component, reason });
    }
}

/// The same times, those of one kind joined where they overlap or touch, by start.
fn merged(mut windows: Vec<BusyWindow>) -> Vec<BusyWindow> {
    windows.sort_unstable_by_key(|window| (window.kind, window.start, window.end));
    windows.dedup_by(|next, before| {
        let is_joined = next.kind == before.kind && next.start <= before.end;
        if is_joined {
            before.end = before.end.max(next.end);
        }
        is_joined
    });
    windows.sort_unstable_by_key(|window| (window.start, window.end, window.kind));
    windows
}
