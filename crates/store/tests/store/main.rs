//! The store over real files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commit;
mod duplicates;
mod durability;
mod history;
mod issues;
mod joins;
mod old_keys;
mod old_slot_ids;
mod removals;
mod schemas;
mod stateful;
mod statistics;
mod support;
