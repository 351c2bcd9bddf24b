//! The calls behind every surface: typed questions in, typed answers out.
//!
//! The JSON API renders these answers as JSON, the pages as HTML; neither asks the store or the index by itself.
//! Each call runs on a blocking thread and asks one unmoving snapshot of the index; what the snapshot names but the
//! store no longer holds (a crawl was committed in between) is passed over, and the page is filled from behind it.

mod booking;
mod codes;
mod days;
mod explain;
mod facets;
mod issues;
mod locations;
mod metrics;
mod page;
mod provider_locations;
mod publishers;
mod readiness;
mod slots;
mod statistics;
mod stored;
mod watches;

use std::sync::Arc;

use openslots_model::{PublisherNumber, PublisherStatus};

pub(crate) use booking::is_bookable;
pub use booking::{Booking, Referral, alternatives_to, book_slot};
pub use codes::{CountedCoding, codes};
pub use days::{DaysAnswer, count_days};
pub use explain::{Explanation, Match};
pub use facets::{CountedFacet, CountedValue};
pub use issues::{IssueSelection, IssuesAnswer, issues};
pub(crate) use locations::position_of_location;
pub use metrics::metrics;
pub use openslots_search::CodeList;
pub use openslots_store::StoredSlot;
pub use provider_locations::{
    AlsoPublished, FoundProviderLocation, ProviderLocationsAnswer, find_provider_location, search_provider_locations,
};
pub use publishers::{PublisherView, crawl_runs, find_publisher, publishers, run_histories, run_history};
pub use readiness::{Readiness, readiness};
pub use slots::{FoundSlot, SlotsAnswer, find_slot, search_slots};
pub use statistics::{
    CountedDays, StatisticsAnswer, StatisticsOutcome, StatisticsRows, counted_days, read_statistics, statistics,
};
pub use watches::{
    FeedEntry, MAX_WATCHED_SLOTS, Making, SeenRows, WatchAccess, delete_watch, find_watch, look_for_new, make_watch,
    read_feed,
};

pub(crate) use publishers::views;

use crate::{ApiState, Error};

/// What is found under an id or a key.
#[derive(Debug, Clone)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// It is held, but the data of its publisher are too old to offer.
    Expired(Arc<PublisherStatus>),
    /// It is not held, or must not be served to anybody.
    Unknown,
}

/// The publisher of something that was found; reads the table anew for one that was added since.
fn publisher_of(state: &ApiState, number: PublisherNumber) -> Result<Arc<PublisherStatus>, Error> {
    if let Some(status) = state.publishers().by_number(number) {
        return Ok(Arc::clone(status));
    }
    state.refresh_publishers()?;
    state.publishers().by_number(number).cloned().ok_or(Error::UnknownPublisher(number))
}
