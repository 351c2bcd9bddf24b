//! What people ask: typed queries, checked at the edge.

use crate::{
    AcceptingPatients, Position, ProviderLocationKey, PublisherNumber, SlotRow, SlotStatus, SlotTraits, UnixSeconds,
};

/// One wanted code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CodeFilter {
    /// The code in whatever system.
    Code(String),
    /// The code in exactly this system (`system|code`).
    Exact {
        /// Canonical URL of the system.
        system: String,
        /// The code.
        code: String,
    },
    /// Plain words, understood with the vocabulary across code systems.
    Words(String),
}

/// Free text: every word must be found (typos forgiven) in what describes a provider location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextQuery(pub String);

/// A place to measure from, and how far to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The centre.
    pub position: Position,
    /// The largest distance in miles.
    pub radius_miles: f64,
}

/// Slots that start in `[from, before)`, and those that began before and can still be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeWindow {
    /// Earliest start, inclusive.
    pub from: UnixSeconds,
    /// Latest start, exclusive.
    pub before: Option<UnixSeconds>,
    /// Whether windows of hours or days that began before `from` and are not over then belong to it.
    pub with_running: bool,
}

impl TimeWindow {
    /// Whether a slot with these traits that starts then belongs to the window.
    pub fn contains(&self, start: UnixSeconds, traits: &SlotTraits) -> bool {
        let is_running = || self.with_running && traits.is_coarse() && !traits.is_over(start, self.from);
        (start >= self.from || is_running()) && self.before.is_none_or(|before| start < before)
    }
}

/// The filters that slots, provider locations and availability have in common; all must hold.
///
/// An empty list (or `None`) does not filter.
#[derive(Debug, Clone, PartialEq)]
pub struct AvailabilityQuery {
    /// Free text.
    pub text: Option<TextQuery>,
    /// Any of these publishers. `Some(empty)` matches nothing: every named publisher is unknown.
    pub publishers: Option<Vec<PublisherNumber>>,
    /// Publishers whose data are too old to offer.
    pub excluded_publishers: Vec<PublisherNumber>,
    /// Any of these service types (codes; the slot's own override the schedule's).
    pub service_types: Vec<CodeFilter>,
    /// Any of these specialties.
    pub specialties: Vec<CodeFilter>,
    /// Any of these National Provider Identifiers.
    pub npis: Vec<String>,
    /// Any of these appointment type codes.
    pub appointment_types: Vec<CodeFilter>,
    /// Slots for these patients, or for patients not said.
    pub accepting_patients: Option<AcceptingPatients>,
    /// Virtual care or not.
    pub is_virtual: Option<bool>,
    /// City, compared without case and accents.
    pub city: Option<String>,
    /// Two-letter state; virtual care counts in its licensed states.
    pub state: Option<String>,
    /// Within a radius.
    pub near: Option<Near>,
    /// Exactly this provider location.
    pub provider_location: Option<ProviderLocationKey>,
    /// The status of the slots.
    pub status: SlotStatus,
    /// When the slots start.
    pub window: TimeWindow,
}

impl AvailabilityQuery {
    /// Everything free from an instant on, windows that are running then included.
    pub fn free_from(from: UnixSeconds) -> Self {
        Self {
            text: None,
            publishers: None,
            excluded_publishers: Vec::new(),
            service_types: Vec::new(),
            specialties: Vec::new(),
            npis: Vec::new(),
            appointment_types: Vec::new(),
            accepting_patients: None,
            is_virtual: None,
            city: None,
            state: None,
            near: None,
            provider_location: None,
            status: SlotStatus::Free,
            window: TimeWindow { from, before: None, with_running: true },
        }
    }
}

/// How slots are ordered; ties always by start, then by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SlotSort {
    /// Earliest first.
    Start,
    /// Latest first.
    StartDescending,
    /// Nearest first; needs [`AvailabilityQuery::near`].
    Distance,
    /// Best match of the text first; needs [`AvailabilityQuery::text`].
    Relevance,
}

/// How provider locations are ordered; ties always by next start (none last), then by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderLocationSort {
    /// Next available first.
    Start,
    /// Last next available first; those without come last all the same.
    StartDescending,
    /// Nearest first; needs [`AvailabilityQuery::near`].
    Distance,
    /// Best match of the text first; needs [`AvailabilityQuery::text`].
    Relevance,
}

/// The place of an answer in its order; smaller comes first whatever the sort.
///
/// It is what a cursor carries: the next page starts behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    /// Distance in millimetres, relevance turned round, or 0 where the sort has no such part.
    pub rank: i64,
    /// Start in seconds (negated when descending; the far future for none).
    pub start: i64,
    /// Row of the slot or number of the provider location.
    pub tie: u64,
}

impl SortKey {
    /// The key of a slot sorted by its start.
    pub const fn of_start(start: UnixSeconds, row: SlotRow) -> Self {
        Self { rank: 0, start: start.0, tie: row.0 }
    }
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// That many answers are passed over.
    Offset(u64),
    /// Behind this answer.
    Behind(SortKey),
}
