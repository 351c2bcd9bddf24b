//! ZIP codes, cities and states of the United States.

use openslots_model::Position;

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

/// All ZIP codes, ascending.
pub fn zip_codes() -> &'static [ZipCode] {
    unimplemented!()
}

/// The ZIP code of a text: leading zeros restored, ZIP+4 cut off. `None` if it is none or not known.
pub fn find_zip(text: &str) -> Option<&'static ZipCode> {
    let _ = text;
    unimplemented!()
}

/// The five digits of a text that looks like a ZIP (`2139`, `02139-1234`, `02139`), known or not.
pub fn normalize_zip(text: &str) -> Option<String> {
    let _ = text;
    unimplemented!()
}

/// The two letters of a state given as letters or name, in any case.
pub fn normalize_state(text: &str) -> Option<&'static str> {
    let _ = text;
    unimplemented!()
}

/// The point that a searcher means by `lat,lon`, a ZIP, or `City, ST` (also `City` where only one state has it).
pub fn locate(text: &str) -> Result<Position, PlaceError> {
    let _ = text;
    unimplemented!()
}
