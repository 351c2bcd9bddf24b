//! ZIP codes, cities and states of the United States.
//!
//! Centroids are those of GeoNames (CC BY 4.0); the table lacks the territories except the Marshall Islands.

mod cities;
mod locate;
mod nearest;
mod state_lines;
mod state_set;
mod states;
mod zip;

use openslots_model::Position;

pub(crate) use cities::fold_county;
pub use cities::{City, find_city, find_county, fold_city, is_city_name};
pub use locate::locate;
pub(crate) use locate::locate_bare_city;
pub(crate) use nearest::is_in_or_near;
pub use nearest::{nearest_zip, zips_within};
pub use state_lines::{StateLine, StateLineKind, state_lines};
pub use state_set::StateSet;
pub use states::normalize_state;
pub use zip::{find_zip, normalize_zip, zip_codes};

/// Reads the tables now instead of on first use.
pub(crate) fn load() {
    zip_codes();
    cities::cities();
    cities::counties();
    nearest::by_latitude();
}

/// Why a place that a searcher named cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No such ZIP code.
    #[error("no ZIP code `{0}` is known; give a five-digit ZIP, a point `lat,lon` or `City, ST`")]
    UnknownZip(String),
    /// No such city.
    #[error("no city `{0}` is known; write it as `City, ST`, or give a ZIP or a point `lat,lon`")]
    UnknownCity(String),
    /// A city name without state that several states have.
    #[error("`{0}` is in several states ({1}); add the state, as in `{0}, {2}`")]
    AmbiguousCity(String, String, String),
    /// Not a point.
    #[error("`{0}` is not a point: {1}")]
    BadPoint(String, String),
}

/// A postal code and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ZipCode {
    /// Five digits.
    pub zip: &'static str,
    /// City or place name.
    pub city: &'static str,
    /// Two letters.
    pub state: &'static str,
    /// County.
    pub county: &'static str,
    /// Centroid.
    pub position: Position,
}
