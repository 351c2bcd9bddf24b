//! The tantivy index of provider locations and the slot columns in memory.
//!
//! tantivy holds one document for each provider location (its words, codes, place and position); slots are no documents
//! but sit in columns in memory, some eight bytes each, by schedule and start. A query first finds provider locations, then
//! walks the slots of their schedules: exact totals, earliest first, and nothing to re-index when slots come and go.
//!
//! [`SearchIndex::begin`] loads it from the store, [`SearchIndex::apply`] takes the changes of each commit, and
//! [`SearchIndex::snapshot`] gives an unmoving state to ask. Everything here blocks; call it off the async threads.

mod answer;
mod answers;
mod bits;
mod calendar;
mod candidates;
mod clocks;
mod code_lists;
mod codes;
mod columns;
mod corpus;
mod disk;
mod documents;
mod enclosure;
mod error;
mod facets;
mod grid;
mod index;
mod loader;
mod matching;
mod number_set;
mod packed;
mod paged;
mod postponed;
mod profiles;
mod provider_location_search;
mod rank;
pub mod resources;
mod same_places;
mod schedule_slots;
mod slot_search;
mod snapshot;
mod source;
mod state;
mod text;
mod top;
mod traits;
mod walk;
mod words;

use std::ops::RangeInclusive;

pub use answer::{CodeList, ProviderLocationHit, ProviderLocationPage, SlotHit, SlotPage};
pub use calendar::{Calendar, SlotCounts};
pub use error::Error;
pub use facets::{Facet, FacetCount, FacetCounts, FacetValue};
pub use index::SearchIndex;
pub use loader::{IndexLoader, SlotLoader};
use openslots_model::UnixSeconds;
pub use same_places::SamePlace;
pub use schedule_slots::{ScheduleSlotPage, ScheduleSlotQuery, SlotCodeTest, SlotCodes};
pub use snapshot::Snapshot;
pub use words::count_words;

/// The starts that columns tell apart: 1970-01-01T00:00:00Z to 2106-02-07T06:28:15Z. A start outside
/// counts as the nearer end, in results and comparisons alike.
pub const START_RANGE: RangeInclusive<UnixSeconds> = UnixSeconds(0)..=UnixSeconds(u32::MAX as i64);

/// The most distinct words that a free text may have.
pub const MAX_WORDS: usize = 16;
