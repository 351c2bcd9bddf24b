//! Outlines of the states: as much of them as lies in the drawing, and no finer than the eye sees.

use openslots_directory::geography::{StateLine, state_lines};
use openslots_model::{EARTH_RADIUS_MILES, Position};

use super::{MIDDLE, Point, Projection, REACH, SIZE};

/// Parts of a unit of the drawing in which outlines are written, so that they are whole numbers.
const PARTS: f64 = 2.0;
/// From those parts to units.
pub(super) const TRANSFORM: &str = "scale(0.5)";
/// What is nearer than this to the point before is left out, in units.
const TOLERANCE: f64 = 1.0;
/// From how many miles on outlines are drawn: they are those of a whole country, and off by a mile here and there.
const FROM_MILES: f64 = 20.0;
/// Lines go on so far beyond the drawing, in units, that their ends are not seen.
const MARGIN: f64 = 4.0;

/// Reads the table.
pub(super) fn load() {
    state_lines();
}

/// The path of the outlines in a drawing; empty where there are none, or too little is shown.
pub(super) fn outlines(projection: Projection) -> String {
    let mut path = Path::default();
    if projection.miles < FROM_MILES {
        return path.text;
    }
    // From the middle to a corner.
    let reach_miles = projection.miles * (MIDDLE + MARGIN) * std::f64::consts::SQRT_2 / REACH;
    let may_be_seen =
        |line: &&StateLine| projection.middle.distance_miles(line.middle) < reach_miles + line.reach_miles;
    for line in state_lines().iter().filter(may_be_seen) {
        let mut before: Option<Point> = None;
        for position in thinned(&line.points, projection) {
            let point = projection.point(position);
            if let Some((from, to)) = before.and_then(|before| clipped(before, point)) {
                path.draw(from, to);
            }
            before = Some(point);
        }
    }
    path.text
}

/// The points of a line that the eye can tell from those before them, its ends always.
fn thinned(points: &[Position], projection: Projection) -> impl Iterator<Item = Position> {
    let tolerance = TOLERANCE * projection.miles / REACH / EARTH_RADIUS_MILES.to_radians();
    let mut kept: Option<Position> = None;
    points.iter().enumerate().filter_map(move |(n, point)| {
        let is_near = kept.is_some_and(|kept| {
            let east = (point.longitude - kept.longitude) * point.latitude.to_radians().cos();
            (point.latitude - kept.latitude).hypot(east) < tolerance
        });
        if is_near && n + 1 < points.len() {
            return None;
        }
        kept = Some(*point);
        kept
    })
}

/// What of a straight line lies in the drawing (by Liang and Barsky).
fn clipped(from: Point, to: Point) -> Option<(Point, Point)> {
    let (east, south) = (to.x - from.x, to.y - from.y);
    let (low, high) = (-MARGIN, SIZE + MARGIN);
    let (mut begin, mut end) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-east, from.x - low), (east, high - from.x), (-south, from.y - low), (south, high - from.y)] {
        match step {
            0.0 if room < 0.0 => return None,
            0.0 => {}
            step if step < 0.0 => begin = begin.max(room / step),
            step => end = end.min(room / step),
        }
    }
    let at = |part: f64| Point { x: from.x + part * east, y: from.y + part * south };
    (begin < end).then(|| (at(begin), at(end)))
}

/// A path that is being written, in whole parts.
#[derive(Debug, Default)]
struct Path {
    text: String,
    /// Where it has got to.
    at: Option<(i32, i32)>,
}

impl Path {
    fn draw(&mut self, from: Point, to: Point) {
        let parts = |point: Point| ((point.x * PARTS).round() as i32, (point.y * PARTS).round() as i32);
        let (from, to) = (parts(from), parts(to));
        if self.at != Some(from) {
            self.text.push_str(&format!("M{} {}", from.0, from.1));
        }
        if from != to {
            self.text.push_str(&format!("l{} {}", to.0 - from.0, to.1 - from.1));
        }
        self.at = Some(to);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).expect("a position")
    }

    /// The corners of a path, in units.
    fn corners(path: &str) -> Vec<Point> {
        let mut corners: Vec<Point> = Vec::new();
        for part in path.replace('M', "|M").replace('l', "|l").split('|').skip(1) {
            let (command, numbers) = part.split_at(1);
            let (x, y) = numbers.split_once(' ').expect("two numbers");
            let read = |text: &str| text.parse::<f64>().expect("a number") / PARTS;
            let origin = match corners.last() {
                Some(last) if command == "l" => *last,
                _ => Point { x: 0.0, y: 0.0 },
            };
            corners.push(Point { x: origin.x + read(x), y: origin.y + read(y) });
        }
        corners
    }

    #[test]
    fn borders_are_drawn_where_they_are() {
        // Four Corners, from 80 miles to its east.
        let projection = Projection { middle: at(37.0, -107.6), miles: 100.0 };
        let corners = corners(&outlines(projection));
        let four_corners = projection.point(at(36.999, -109.045));
        assert!(corners.iter().any(|corner| corner.distance(four_corners) < 1.5), "{corners:?}");
        // A street is not where such a coast would have it; within a state there is nothing to draw.
        assert_eq!(outlines(Projection { middle: at(42.36, -71.06), miles: 5.0 }), "");
        assert_eq!(outlines(Projection { middle: at(39.5, -98.4), miles: 25.0 }), "");
        assert_eq!(outlines(Projection { middle: at(48.85, 2.35), miles: 500.0 }), "");
    }

    #[test]
    fn a_whole_country_is_light() {
        let path = outlines(Projection { middle: at(38.0, -97.0), miles: 1_500.0 });
        assert!((3_000..20_000).contains(&path.len()), "{} bytes", path.len());
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_outside_and_no_line_is_missed(
            latitude in 18.0..65.0_f64,
            longitude in -160.0..-66.0_f64,
            miles in FROM_MILES..2_500.0_f64,
        ) {
            let projection = Projection { middle: at(latitude, longitude), miles };
            let corners = corners(&outlines(projection));
            for corner in &corners {
                let inside = -MARGIN - 1.0..=SIZE + MARGIN + 1.0;
                prop_assert!(inside.contains(&corner.x) && inside.contains(&corner.y), "{corner:?}");
            }
            // Ends of lines are never left out.
            for line in state_lines() {
                for end in [line.points.first(), line.points.last()].into_iter().flatten() {
                    let end = projection.point(*end);
                    let is_inside = (0.0..=SIZE).contains(&end.x) && (0.0..=SIZE).contains(&end.y);
                    let is_drawn = || corners.iter().any(|corner| corner.distance(end) < 1.0);
                    prop_assert!(!is_inside || is_drawn(), "{end:?}");
                }
            }
        }

        #[test]
        fn clipping_keeps_what_is_inside(x in -900.0..900.0_f64, y in -900.0..900.0_f64, to_x in -900.0..900.0_f64, to_y in -900.0..900.0_f64) {
            let (from, to) = (Point { x, y }, Point { x: to_x, y: to_y });
            let is_inside = |point: Point| {
                let inside = -MARGIN..=SIZE + MARGIN;
                inside.contains(&point.x) && inside.contains(&point.y)
            };
            let middle = |part: f64| Point { x: x + part * (to_x - x), y: y + part * (to_y - y) };
            let n_inside = (0..=1_000).filter(|n| is_inside(middle(f64::from(*n) / 1_000.0))).count();
            match clipped(from, to) {
                None => prop_assert!(n_inside <= 1, "{n_inside}"),
                Some((begin, end)) => {
                    let share = begin.distance(end) / from.distance(to);
                    prop_assert!((share * 1_000.0 - n_inside as f64).abs() <= 1.01, "{share} for {n_inside}");
                }
            }
        }
    }
}
