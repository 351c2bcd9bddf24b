//! What happened to slots, and how each crawl run ended.

use std::fmt;
use std::sync::Arc;

use crate::{CrawlOutcome, LocalDate, PublicId, PublisherNumber, SlotRow, SlotTraits, UnixSeconds};

/// What an event says of a slot at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotState {
    /// Published id of its schedule.
    pub schedule: PublicId,
    /// When it starts.
    pub start: UnixSeconds,
    /// Status, length and all else that a query filters by.
    pub traits: Arc<SlotTraits>,
}

/// What happened to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlotEventKind {
    /// It came.
    Appeared,
    /// It came after it had vanished.
    Reappeared,
    /// Its status, time, schedule or traits are others.
    Changed,
    /// It is listed no longer.
    Vanished,
}

impl SlotEventKind {
    /// The name in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Reappeared => "reappeared",
            Self::Changed => "changed",
            Self::Vanished => "vanished",
        }
    }
}

impl fmt::Display for SlotEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotEvent {
    /// What happened.
    pub kind: SlotEventKind,
    /// Published id of the slot.
    pub slot: PublicId,
    /// What it was; `None`: it was not there.
    pub before: Option<SlotState>,
    /// What it is now; `None`: it is gone.
    pub after: Option<SlotState>,
}

/// A crawl run as history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRun {
    /// Its place in history; larger is later.
    pub seq: u64,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// When its outcome could be seen.
    pub at: UnixSeconds,
    /// When it began.
    pub started_at: UnixSeconds,
    /// Its number among crawl runs.
    pub crawl_run: u64,
    /// How it ended.
    pub outcome: CrawlOutcome,
    /// The publisher's own claim of how recent its data are.
    pub transaction_time: Option<String>,
    /// Slots held of the publisher after it.
    pub n_slots: u64,
    /// Those that were free.
    pub n_free_slots: u64,
}

/// A slot as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSlot {
    /// Its published id.
    pub id: PublicId,
    /// Whose it is.
    pub publisher: PublisherNumber,
    /// What it was.
    pub state: SlotState,
    /// Its row, where the source line of then is still held.
    pub row: Option<SlotRow>,
}

/// What events are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Dimension {
    Publisher,
    State,
    County,
    PostalCode,
    Specialty,
    ServiceType,
    ProviderLocation,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 7] = [
        Self::Publisher,
        Self::State,
        Self::County,
        Self::PostalCode,
        Self::Specialty,
        Self::ServiceType,
        Self::ProviderLocation,
    ];

    /// The name in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publisher => "publisher",
            Self::State => "state",
            Self::County => "county",
            Self::PostalCode => "postal-code",
            Self::Specialty => "specialty",
            Self::ServiceType => "service-type",
            Self::ProviderLocation => "provider-location",
        }
    }
}

/// How many events there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the kinds of events")]
pub struct EventCounts {
    pub appeared: u64,
    pub reappeared: u64,
    pub changed: u64,
    pub vanished: u64,
    /// Of all of these: slots that could be booked afterwards and not before.
    pub freed: u64,
    /// Of all of these: slots that could be booked before and not afterwards.
    pub taken: u64,
}

impl EventCounts {
    /// Counts one more.
    pub fn add(&mut self, event: &SlotEvent) {
        let of_kind = match event.kind {
            SlotEventKind::Appeared => &mut self.appeared,
            SlotEventKind::Reappeared => &mut self.reappeared,
            SlotEventKind::Changed => &mut self.changed,
            SlotEventKind::Vanished => &mut self.vanished,
        };
        *of_kind += 1;
        let is_bookable = |state: &Option<SlotState>| state.as_ref().is_some_and(|state| state.traits.is_bookable());
        match (is_bookable(&event.before), is_bookable(&event.after)) {
            (false, true) => self.freed += 1,
            (true, false) => self.taken += 1,
            (true, true) | (false, false) => {}
        }
    }
}

/// Events of a day with something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyCount {
    /// The day, of UTC.
    pub day: LocalDate,
    /// What they have in common.
    pub dimension: Dimension,
    /// And what it is there.
    pub value: String,
    /// How many there were.
    pub counts: EventCounts,
}
