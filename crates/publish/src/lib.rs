//! Re-publication as a Slot Aggregator.
//!
//! [`aggregate`] adds to a publisher's resource what the specification asks of an aggregator, and loses nothing of what
//! the source said. [`Publication`] keeps manifests and files that are built from it.
//! [`export`] writes the data set for research: slots, provider locations and publishers, typed and one row each;
//! [`daily_exports`] keeps such files of each day that is over.

mod aggregate;
pub mod daily_exports;
mod error;
pub mod export;
pub mod publication;
mod valid;

pub use aggregate::{Provenance, aggregate, aggregate_within};
pub use error::Error;
pub use publication::Publication;
pub use valid::make_valid;
