//! Places and positions.

use serde::{Deserialize, Serialize};

use crate::{Identifier, PublicId};

/// Mean radius of the earth in miles (IUGG mean radius 6371.0088 km).
pub const EARTH_RADIUS_MILES: f64 = 6371.0088 / KM_PER_MILE;
/// Kilometres in an international mile.
pub const KM_PER_MILE: f64 = 1.609_344;

/// Why a pair of numbers is not a position.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// Not finite, or outside the globe.
    #[error("latitude must lie in -90..90 and longitude in -180..180, got {0}, {1}")]
    OutOfRange(f64, f64),
    /// The "null island" that stands for a missing position.
    #[error("0, 0 is how a missing position is written, not a place")]
    NullIsland,
    /// Both numbers are whole degrees: a truncated position, wrong by up to 70 miles.
    #[error("{0}, {1} are whole degrees, too coarse to be the position of a place")]
    WholeDegrees(f64, f64),
}

/// A point on the earth in WGS 84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

impl Position {
    /// Any point on the globe, as a searcher may name it.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, PositionError> {
        let inside = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        if inside { Ok(Self { latitude, longitude }) } else { Err(PositionError::OutOfRange(latitude, longitude)) }
    }

    /// A position that a publisher gave for a place: null island and whole degrees are refused.
    pub fn published(latitude: f64, longitude: f64) -> Result<Self, PositionError> {
        let position = Self::new(latitude, longitude)?;
        if latitude == 0.0 && longitude == 0.0 {
            return Err(PositionError::NullIsland);
        }
        if latitude.fract() == 0.0 && longitude.fract() == 0.0 {
            return Err(PositionError::WholeDegrees(latitude, longitude));
        }
        Ok(position)
    }

    /// Great-circle distance in miles (haversine on a sphere, within 0.5 % of the ellipsoid).
    pub fn distance_miles(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (lat_b - lat_a) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_MILES * h.min(1.0).sqrt().asin()
    }
}

/// Where a place's position comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PositionSource {
    /// The publisher gave it.
    Published,
    /// It is the centroid of the place's postal code.
    PostalCode,
}

impl PositionSource {
    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::PostalCode => "postal-code",
        }
    }
}

/// The physical type of a place: a code with its system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhysicalType {
    /// Canonical URL of the code system.
    pub system: Option<String>,
    /// The code, `vi` for virtual.
    pub code: String,
}

/// Where care happens: a Location as people look for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Published id of the Location.
    pub id: Option<PublicId>,
    /// The source's own identifiers.
    pub identifiers: Vec<Identifier>,
    /// What it is called.
    pub name: Option<String>,
    /// What the publisher says about it.
    pub description: Option<String>,
    /// Telephone numbers as published.
    pub phones: Vec<String>,
    /// Web pages as published.
    pub websites: Vec<String>,
    /// Street lines.
    pub address_lines: Vec<String>,
    /// City as published.
    pub city: Option<String>,
    /// Two-letter state where it could be told, else as published.
    pub state: Option<String>,
    /// Five-digit ZIP where it could be told, else as published.
    pub postal_code: Option<String>,
    /// County as published.
    pub district: Option<String>,
    /// Physical type as published.
    pub physical_type: Option<PhysicalType>,
    /// Where it is, if known.
    pub position: Option<Position>,
    /// Where the position comes from; present exactly when `position` is.
    pub position_source: Option<PositionSource>,
    /// IANA name of the place's time zone, if known.
    pub time_zone: Option<String>,
    /// Whether care is given virtually here (physical type `vi`).
    pub is_virtual: bool,
    /// Two-letter states that virtual care is licensed for.
    pub licensed_states: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_agree_with_published_figures() {
        let at = |lat, lon| Position::new(lat, lon).expect("a position");
        // Great-circle figures of well-known city pairs, within half a percent.
        for (a, b, miles) in [
            (at(42.3584, -71.0598), at(40.7128, -74.0060), 190.0),
            (at(34.0522, -118.2437), at(40.7128, -74.0060), 2446.0),
            (at(64.8378, -147.7164), at(21.3069, -157.8583), 3040.0),
        ] {
            let got = a.distance_miles(b);
            assert!((got - miles).abs() / miles < 0.006, "{got} against {miles}");
        }
        assert_eq!(at(1.5, 2.5).distance_miles(at(1.5, 2.5)), 0.0);
    }

    #[test]
    fn positions_that_are_none_are_refused() {
        assert_eq!(Position::published(0.0, 0.0), Err(PositionError::NullIsland));
        assert_eq!(Position::published(24.0, 92.0), Err(PositionError::WholeDegrees(24.0, 92.0)));
        assert!(Position::published(24.1, 92.0).is_ok());
        assert!(Position::new(f64::NAN, 1.0).is_err());
        assert!(Position::new(91.0, 1.0).is_err());
        assert!(Position::new(42.0, -71.0).is_ok());
    }
}
