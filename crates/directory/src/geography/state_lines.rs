//! Lines of the states, for drawings: borders between them, and the edge of the country.

use std::sync::OnceLock;

use openslots_model::Position;

const TABLE: &str = include_str!("../../data/us_state_lines.tsv");
/// Coordinates are in such parts of a degree.
const PER_DEGREE: f64 = 1_000.0;

/// What a line parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateLineKind {
    /// Two states.
    Border,
    /// A state from the sea, a lake or another country.
    Edge,
}

/// A line from point to point. Where it ends at another one, both have the same point.
#[derive(Debug, Clone, PartialEq)]
pub struct StateLine {
    /// What it parts.
    pub kind: StateLineKind,
    /// Its points, two or more; those of a closed line end where they began.
    pub points: Vec<Position>,
    /// A point from which all others are at most `reach_miles` away.
    pub middle: Position,
    /// How far its points are from its middle, in miles.
    pub reach_miles: f64,
}

/// The lines of all states and territories: cartographic boundaries of the US Census Bureau, made simpler for drawings of
/// a whole country. Nearer by, they are off by a mile here and there.
pub fn state_lines() -> &'static [StateLine] {
    static LINES: OnceLock<Vec<StateLine>> = OnceLock::new();
    LINES.get_or_init(|| TABLE.lines().skip(1).filter_map(line).collect())
}

fn line(row: &str) -> Option<StateLine> {
    let (kind, points) = row.split_once('\t')?;
    let kind = if kind == "border" { StateLineKind::Border } else { StateLineKind::Edge };
    let points = decode(points);
    let middle = *points.get(points.len() / 2)?;
    let reach_miles = points.iter().map(|point| middle.distance_miles(*point)).fold(0.0, f64::max);
    Some(StateLine { kind, points, middle, reach_miles })
}

/// Points in the Encoded Polyline Algorithm Format, up to where it ends or is broken.
fn decode(text: &str) -> Vec<Position> {
    let mut bytes = text.bytes();
    let (mut latitude, mut longitude) = (0, 0);
    let mut points = Vec::new();
    while let (Some(north), Some(east)) = (number(&mut bytes), number(&mut bytes)) {
        latitude += north;
        longitude += east;
        let Ok(point) = Position::new(f64::from(latitude) / PER_DEGREE, f64::from(longitude) / PER_DEGREE) else {
            break;
        };
        points.push(point);
    }
    points
}

fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<i32> {
    let mut value: u32 = 0;
    for place in 0..6 {
        let five = u32::from(bytes.next()?.checked_sub(63)?);
        value |= (five & 0x1f) << (5 * place);
        if five < 0x20 {
            let half = (value >> 1) as i32;
            return Some(if value & 1 == 1 { !half } else { half });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_line() {
        let lines = state_lines();
        assert_eq!(lines.len(), TABLE.lines().count() - 1);
        assert!(lines.iter().all(|line| line.points.len() >= 2));
        assert!(lines.iter().map(|line| line.points.len()).sum::<usize>() > 11_000);
    }

    #[test]
    fn well_known_lines_are_where_they_are() {
        // The border of the states at a point, if one is as near as that.
        let is_near = |kind, latitude, longitude, miles: f64| {
            let at = Position::new(latitude, longitude).expect("a position");
            let of_kind = state_lines().iter().filter(|line| line.kind == kind);
            of_kind.flat_map(|line| &line.points).any(|point| at.distance_miles(*point) < miles)
        };
        assert!(is_near(StateLineKind::Border, 36.999, -109.045, 1.0), "Four Corners");
        assert!(is_near(StateLineKind::Border, 42.03, -71.38, 2.0), "Massachusetts and Rhode Island");
        assert!(is_near(StateLineKind::Edge, 25.80, -80.13, 3.0), "Miami Beach");
        assert!(is_near(StateLineKind::Edge, 21.28, -157.83, 3.0), "Waikiki");
        assert!(!is_near(StateLineKind::Border, 39.74, -104.99, 50.0), "Denver lies within Colorado");
    }

    #[test]
    fn what_is_broken_ends_a_line() {
        // The first is the example of the format's documentation, which counts in parts a hundred times as small.
        for (text, n_points) in
            [("_p~iF~ps|U", 0), ("??", 1), ("????", 2), ("???", 1), ("?", 0), ("~~~~~~~?", 0), ("é", 0)]
        {
            assert_eq!(decode(text).len(), n_points, "{text}");
        }
        // 1 is `A`, -1 is `@`, 33 is `aA`.
        let points: Vec<(f64, f64)> = decode("A@aA?").iter().map(|point| (point.latitude, point.longitude)).collect();
        assert_eq!(points, [(0.001, -0.001), (0.034, -0.001)]);
    }
}
