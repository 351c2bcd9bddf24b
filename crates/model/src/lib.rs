//! The domain of openslots: identifiers, places, providers, schedules, slots, queries, freshness and time.
//!
//! Plain types without I/O.
//! Everything that comes from outside is parsed into these types once, at the edge; the rest of the program
//! never sees an unchecked identifier, code or time.
//! The types derive `serde` so that the store can keep them and interfaces can render them; which format that
//! happens in is not decided here.

mod coding;
mod freshness;
mod history;
mod id;
mod issue;
mod local_times;
mod place;
mod provider;
mod provider_location;
mod publisher;
mod query;
mod run;
mod schedule;
mod slot;
mod staging;
mod time;
mod update;
mod warning;

pub use coding::{Coding, Identifier, NPI_SYSTEMS};
pub use freshness::{Freshness, FreshnessPolicy};
pub use history::{DailyCount, Dimension, EventCounts, HistoryRun, PastSlot, SlotEvent, SlotEventKind, SlotState};
pub use id::{
    ChangeSeq, IdError, ProviderLocationKey, ProviderLocationNumber, PublicId, PublisherNumber, PublisherSlug,
    ResourceKind, ResourceNumber, SlotRow, TraitsNumber,
};
pub use issue::{EXCERPT_LIMIT_CHARS, Issue, IssueCode};
pub use local_times::{DaySpan, LocalDate, LocalTimes, TimeOfDay, Weekday, Weekdays};
pub use place::{
    BoundingBox, EARTH_RADIUS_MILES, KM_PER_MILE, PhysicalType, Place, Position, PositionError, PositionSource,
};
pub use provider::{Gender, Provider, ProviderKind};
pub use provider_location::{BookingMethod, ProviderLocation};
pub use publisher::{Publisher, PublisherStatus, Validators};
pub use query::{
    AvailabilityQuery, CodeFilter, Near, PageStart, ProviderLocationSort, SlotSort, SortKey, TextQuery, TimeWindow,
};
pub use run::{CrawlOutcome, CrawlRun, FileOutcome, FileReport, HeldRemoval, PublisherHints, RunScope};
pub use schedule::{Availability, ScheduleSummary};
pub use slot::{AcceptingPatients, COARSE_FROM_SECONDS, SlotPrecision, SlotRecord, SlotStatus, SlotTraits};
pub use staging::{
    ChainPosition, Coverage, FileContent, FileIndex, FinishedFile, FinishedRun, KnownFile, KnownLine, LineBatch,
    LineEntry, LineToken, ResourceRef, ResumePoint, StagedContent, Withdrawal,
};
pub use time::{OffsetInstant, TimeError, TimeRepair, UnixSeconds};
pub use update::IndexUpdate;
pub use warning::{Warning, WarningCode};
