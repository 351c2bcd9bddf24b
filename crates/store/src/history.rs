//! History: what happened to slots, and how each crawl run ended.
//!
//! Events are appended in the transaction of the run that brought them, a compressed block of columns for up to 65536 of
//! them rather than a row each: what a first crawl brings takes some 13 bytes a slot, ten of which are its id. An event
//! says what was before and what is after, so neither is looked for elsewhere: a past state is the present one with
//! later events undone ([`crate::ReadSnapshot::slots_as_of`]), however much of what came before was forgotten.
//!
//! What is too old or too much goes from the oldest run on, and the file gives the space back ([`crate::Store::trim_history`]).

mod block;
mod log;
mod past;
mod read;
mod retention;

use std::fmt;
use std::sync::Arc;

use openslots_model::{CrawlOutcome, PublicId, PublisherNumber, SlotTraits, UnixSeconds};

pub(crate) use block::Facts;
pub(crate) use log::{EventLog, enter_run};
pub use past::PastSlot;
pub use retention::{HistoryRetention, TrimmedHistory};

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
