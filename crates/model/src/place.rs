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

/// A box of latitudes and longitudes in WGS 84 degrees, its borders included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    /// Southern border.
    pub south: f64,
    /// Northern border.
    pub north: f64,
    /// Western border; where it lies east of the eastern one, the box crosses the antimeridian.
    pub west: f64,
    /// Eastern border.
    pub east: f64,
}

impl BoundingBox {
    /// Whether a position lies in it.
    pub fn contains(&self, position: Position) -> bool {
        let Position { latitude, longitude } = position;
        let is_between = if self.west <= self.east {
            (self.west..=self.east).contains(&longitude)
        } else {
            longitude >= self.west || longitude <= self.east
        };
        is_between && (self.south..=self.north).contains(&latitude)
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

impl Place {
    /// Whether one can go there: a virtual place with a street address offers both.
    pub const fn is_in_person(&self) -> bool {
        !self.is_virtual || !self.address_lines.is_empty()
    }

    /// The states where care here is for: its own, and of virtual care those it is licensed for, where they are given.
    pub fn served_states(&self) -> impl Iterator<Item = &str> {
        let licensed = if self.is_virtual { self.licensed_states.as_slice() } else { &[] };
        let has_own = self.is_in_person() || licensed.is_empty();
        let own = self.state.as_deref().filter(|own| has_own && !licensed.iter().any(|state| state == own));
        licensed.iter().map(String::as_str).chain(own)
    }
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
    fn boxes_hold_their_borders_and_may_cross_the_antimeridian() {
        let new_england = BoundingBox { south: 41.0, north: 47.5, west: -73.7, east: -66.9 };
        let aleutians = BoundingBox { south: 51.0, north: 55.0, west: 172.0, east: -163.0 };
        for (area, latitude, longitude, want) in [
            (new_england, 42.36, -71.06, true),
            (new_england, 41.0, -73.7, true),
            (new_england, 40.99, -71.06, false),
            (new_england, 42.36, -74.0, false),
            (aleutians, 51.88, -176.65, true),
            (aleutians, 52.9, 172.9, true),
            (aleutians, 52.9, 0.0, false),
        ] {
            let position = Position::new(latitude, longitude).expect("a position");
            assert_eq!(area.contains(position), want, "{latitude}, {longitude}");
        }
    }

    #[test]
    fn virtual_care_is_for_its_licensed_states_and_hybrid_care_for_its_own_too() {
        let place = |is_virtual, street: &[&str], licensed: &[&str]| Place {
            is_virtual,
            address_lines: street.iter().map(ToString::to_string).collect(),
            licensed_states: licensed.iter().map(ToString::to_string).collect(),
            state: Some("MA".to_owned()),
            ..Place::default()
        };
        for (place, is_in_person, states) in [
            (place(false, &["1 Main St"], &[]), true, &["MA"][..]),
            (place(false, &[], &["NH"]), true, &["MA"]),
            (place(true, &[], &["NH", "ME"]), false, &["NH", "ME"]),
            (place(true, &[], &[]), false, &["MA"]),
            (place(true, &["1 Main St"], &["NH"]), true, &["NH", "MA"]),
            (place(true, &["1 Main St"], &["MA", "NH"]), true, &["MA", "NH"]),
        ] {
            assert_eq!(place.is_in_person(), is_in_person);
            assert_eq!(place.served_states().collect::<Vec<_>>(), states);
        }
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
