//! The store over real files.

mod commit;
mod duplicates;
mod durability;
mod issues;
mod joins;
mod stateful;
mod support;
