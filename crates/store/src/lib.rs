//! The SQLite store: schema, one writer, many readers, commit of a crawl run, change feed.
//!
//! SQLite holds the truth. A crawl run of a publisher is staged beside the database ([`Store::begin_run`]) and becomes
//! visible in one transaction ([`StagedRun::commit`]); until then nobody sees any of it, and a run that is dropped
//! leaves nothing behind. Every commit that changes data adds one batch to the change feed
//! ([`Store::next_update`]), from which the index follows.
//!
//! All calls block. They are made on blocking threads only; a [`Store`] is cheap to clone and shared freely.
//!
//! # What is kept
//! - The source JSON of every slot and resource, whole, in compressed blocks of up to 64 lines.
//!   The place of a line, `block * 64 + index`, is the row of a slot, so that no index leads from one to the other.
//! - Of each output file: hash and token of each of its lines, so that a line that is as before costs
//!   neither a parse nor a write, and what no file holds any more is known to have vanished.
//! - Of each slot: schedule, start and interned traits; all that a query filters by.
//! - What happened to each slot, and how each run ended: [`ReadSnapshot::history_runs`].
//! - What figures are made of, day by day: [`Store::take_census`], [`Store::close_days`].
//! - Provider locations, joined from schedules whenever anything that they are joined from changes.

mod block;
mod codec;
mod columns;
mod commit;
mod connection;
mod error;
mod feed;
mod file_lines;
mod fresh;
mod history;
mod issues;
mod lines;
mod pool;
mod provider_location;
mod publishers;
mod read;
mod recent;
mod shards;
mod snapshot;
mod staging;
mod statistics;
mod store;
mod token;
mod upkeep;
mod write_ahead;

pub use error::Error;
pub use feed::NextUpdate;
pub use history::{HistoryRetention, HistorySize, TrimmedHistory};
pub use issues::FileIssues;
pub use publishers::NewPublisher;
pub use read::StoredSlot;
pub use snapshot::{HeldResource, LinkedSchedule, ReadSnapshot};
pub use staging::{SealedRun, StagedRun};
pub use store::Store;

/// A result with the store's own [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
