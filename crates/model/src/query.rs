//! What people ask: typed queries, checked at the edge.

use crate::{
    AcceptingPatients, BoundingBox, Gender, LocalTimes, Position, ProviderLocationKey, PublisherNumber, SlotRow,
    SlotStatus, SlotTraits, UnixSeconds,
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
    /// Words that are all in the display.
    Words(String),
    /// What the vocabulary knows under this key, whatever the system; as a specialty also told by service types.
    Meaning(String),
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
    /// Any of these specialties (the slot's own override the schedule's and the provider's).
    pub specialties: Vec<CodeFilter>,
    /// Keys of the vocabulary that words of the text mean: what is known to be none of them does not match, however
    /// well the words do.
    pub meant_specialties: Vec<String>,
    /// Any of these National Provider Identifiers.
    pub npis: Vec<String>,
    /// Words that are all in the name of the organisation.
    pub organization: Option<String>,
    /// Any of these languages (BCP 47), spoken by the provider; the slot's own override them.
    pub languages: Vec<String>,
    /// The provider's gender, where published.
    pub gender: Option<Gender>,
    /// Any of these insurance networks, where published: all words of one are in the network's name.
    pub networks: Vec<String>,
    /// Any of these vaccine products (CVX) of the schedule.
    pub vaccines: Vec<CodeFilter>,
    /// Any of these doses of a series.
    pub vaccine_doses: Vec<u32>,
    /// Any of these appointment type codes.
    pub appointment_types: Vec<CodeFilter>,
    /// Slots for these patients, or for patients not said.
    pub accepting_patients: Option<AcceptingPatients>,
    /// Slots for those who come without an appointment, or others.
    pub is_walk_in: Option<bool>,
    /// Appointments at least this long, in seconds; a window does not say how long its appointments are.
    pub min_duration_seconds: Option<u32>,
    /// Windows of hours or days, or exact times.
    pub is_coarse: Option<bool>,
    /// Virtual care, or care in person; a place that offers both is either.
    pub is_virtual: Option<bool>,
    /// City, compared without case and accents.
    pub city: Option<String>,
    /// Two-letter state; virtual care counts in its licensed states.
    pub state: Option<String>,
    /// Within a radius.
    pub near: Option<Near>,
    /// Within a box.
    pub bounding_box: Option<BoundingBox>,
    /// Exactly this provider location.
    pub provider_location: Option<ProviderLocationKey>,
    /// The status of the slots; `None`: any that may be told.
    pub status: Option<SlotStatus>,
    /// When the slots start.
    pub window: TimeWindow,
    /// When on the clock of the place.
    pub local_times: Option<LocalTimes>,
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
            meant_specialties: Vec::new(),
            npis: Vec::new(),
            organization: None,
            languages: Vec::new(),
            gender: None,
            networks: Vec::new(),
            vaccines: Vec::new(),
            vaccine_doses: Vec::new(),
            appointment_types: Vec::new(),
            accepting_patients: None,
            is_walk_in: None,
            min_duration_seconds: None,
            is_coarse: None,
            is_virtual: None,
            city: None,
            state: None,
            near: None,
            bounding_box: None,
            provider_location: None,
            status: Some(SlotStatus::Free),
            window: TimeWindow { from, before: None, with_running: true },
            local_times: None,
        }
    }

    /// Whether it has a filter that only slots can answer: a provider location without a matching one is not found.
    pub const fn needs_slots(&self) -> bool {
        !self.appointment_types.is_empty()
            || self.accepting_patients.is_some()
            || self.is_walk_in.is_some()
            || self.min_duration_seconds.is_some()
            || self.is_coarse.is_some()
            || self.window.before.is_some()
            || self.local_times.is_some()
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
