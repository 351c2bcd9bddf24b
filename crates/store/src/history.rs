//! History: what happened to slots, and how each crawl run ended.
//!
//! Events are appended in the transaction of the run that brought them, a compressed block of columns for up to 65536 of
//! them rather than a row each: what a first crawl brings takes some 11 bytes a slot, ten of which are its id. An event
//! says what was before and what is after, so neither is looked for elsewhere: a past state is the present one with
//! later events undone ([`crate::ReadSnapshot::slots_as_of`]), however much of what came before was forgotten.
//!
//! Counts by day outlive the events ([`crate::Store::count_events`]).
//!
//! What is too old or too much goes from the oldest run on, and the file gives the space back ([`crate::Store::trim_history`]).

mod block;
mod daily;
mod log;
mod past;
mod read;
mod retention;

pub(crate) use block::Facts;
pub(crate) use log::{EventLog, enter_run};
pub use read::HistorySize;
pub use retention::{HistoryRetention, TrimmedHistory};
