//! Where provider locations are looked for: ranges of latitude and longitude.

use openslots_model::{BoundingBox, EARTH_RADIUS_MILES, Near, Position};

/// Latitudes and longitudes: a box, or one that holds a circle.
#[derive(Debug, PartialEq)]
pub(crate) struct Enclosure {
    latitudes: (f64, f64),
    /// `None`: a pole lies within, so every longitude does. The first may be larger than the second: the box then
    /// crosses the antimeridian.
    longitudes: Option<(f64, f64)>,
}

impl Enclosure {
    /// One that holds a circle, a little wider than need be.
    pub(crate) fn of_circle(near: Near) -> Self {
        /// About four inches, against rounding.
        const SLACK_DEGREES: f64 = 1e-6;
        let angle = near.radius_miles / EARTH_RADIUS_MILES;
        let (latitude, longitude) = (near.position.latitude, near.position.longitude);
        let half_height = angle.to_degrees() + SLACK_DEGREES;
        let latitudes = (latitude - half_height, latitude + half_height);
        if latitudes.0 <= -90.0 || latitudes.1 >= 90.0 {
            return Self { latitudes, longitudes: None };
        }
        // The widest point of a circle lies towards the pole from its centre.
        let half_width = (angle.sin() / latitude.to_radians().cos()).asin().to_degrees() + SLACK_DEGREES;
        let wrap = |degrees: f64| (degrees + 180.0).rem_euclid(360.0) - 180.0;
        let longitudes =
            (half_width < 180.0 - SLACK_DEGREES).then(|| (wrap(longitude - half_width), wrap(longitude + half_width)));
        Self { latitudes, longitudes }
    }

    /// One that is a box.
    pub(crate) const fn of_box(area: BoundingBox) -> Self {
        let BoundingBox { south, north, west, east } = area;
        Self { latitudes: (south, north), longitudes: Some((west, east)) }
    }

    /// Whether a position lies in it.
    pub(crate) fn holds(&self, position: Position) -> bool {
        let Position { latitude, longitude } = position;
        let is_between = |(from, to): (f64, f64)| {
            if from <= to { (from..=to).contains(&longitude) } else { longitude >= from || longitude <= to }
        };
        (self.latitudes.0..=self.latitudes.1).contains(&latitude) && self.longitudes.is_none_or(is_between)
    }

    /// From the southernmost to the northernmost; beyond the poles where a circle reaches over one.
    pub(crate) const fn latitudes(&self) -> (f64, f64) {
        self.latitudes
    }

    /// From the western to the eastern border, which may lie west of it: across the antimeridian then. `None`: all.
    pub(crate) const fn longitudes(&self) -> Option<(f64, f64)> {
        self.longitudes
    }
}
