//! What happened to slots, and how each crawl run ended.

use std::fmt;
use std::sync::Arc;

use crate::{CrawlOutcome, PublicId, PublisherNumber, SlotTraits, UnixSeconds};

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
}
