//! Query strings into typed requests.
//!
//! Every fault of a query string is found before any is told: one issue for each bad parameter, and nothing is
//! ignored, because a search that drops a filter answers a question nobody asked.

mod codes;
mod described;
mod facets;
mod fields;
mod filters;
mod given;
mod local_times;
mod order;
mod page;
mod place;
mod search;
mod specialties;
mod statistics;
mod understood;
mod window;
mod words;

pub use described::{DESCRIBED, Form, PUBLIC_ID, Parameter, describe};
pub use facets::{FACETS, facet_name};
pub use fields::Fields;
pub use order::Order;
pub use place::{MAX_RADIUS_MILES, NearPoint, NearSource};
pub use search::{Context, Search, SearchKind};
pub use statistics::{
    DIMENSIONS, MAX_STATISTICS_DAYS, StatisticsFormat, StatisticsRequest, dimension_name, parameters_of,
};
pub use understood::Understood;

pub(crate) use codes::parse_issue_codes;
pub(crate) use fields::{MAX_FIELDS, Shape, parse_fields};
pub(crate) use given::Given;
pub(crate) use page::parse_limit;
pub(crate) use window::BEGINNING;

/// The parameters of what is read by its id and has fields to choose from.
pub(crate) const READ_PARAMETERS: &[&str] = &["fields"];
/// The parameters of a list of issues.
pub(crate) const ISSUE_PARAMETERS: &[&str] = &["code", "limit"];
/// The parameters of a booking hand-off.
pub(crate) const BOOKING_PARAMETERS: &[&str] = &["source", "booking-referral"];

/// How many values a comma list may have.
pub const MAX_LIST_VALUES: usize = 100;
/// How long the text of `q` and of place names may be, in characters.
pub const MAX_TEXT_CHARS: usize = 200;
