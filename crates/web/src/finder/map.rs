//! The places of the list as a drawing: where they lie round the place asked for, to scale, with rings of distance.
//!
//! Drawn from positions alone, so that no other host learns what is looked for. Distances and directions from the middle
//! are true (azimuthal equidistant), so the drawing says what the list says. Outlines of the states and towns of the
//! bundled postal codes help the eye.

mod outlines;
mod towns;

use maud::{Markup, html};
use openslots_model::{EARTH_RADIUS_MILES, Position};

use self::outlines::outlines;
use self::towns::labels;
use crate::language::Language;
use crate::messages::Say;

/// Makes the tables of towns and outlines now instead of for the first reader.
pub(super) fn load() {
    towns::load();
    outlines::load();
}

/// Width and height of the drawing, in its own units.
const SIZE: f64 = 352.0;
/// The middle of the drawing.
const MIDDLE: f64 = SIZE / 2.0;
/// How far from the middle markers lie at most.
const REACH: f64 = MIDDLE - MARKER - 4.0;
/// Radius of a marker: with its neighbours at a distance it is large enough to be hit with a thumb.
const MARKER: f64 = 13.0;
/// Rings are this far apart, in miles, or scales this long.
const STEPS: [f64; 14] = [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_500.0];
/// The most rings.
const MAX_RINGS: f64 = 4.0;
/// Where nothing lies farther away, in miles.
const LEAST_MILES: f64 = 0.25;

/// A place of the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    /// Its number in the list.
    pub(super) number: usize,
    pub(super) name: String,
    /// Where it is, if one can go there.
    pub(super) position: Option<Position>,
}

/// From positions to the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Projection {
    middle: Position,
    /// Miles from the middle to its reach.
    miles: f64,
}

/// A point of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

impl Point {
    fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

impl Projection {
    fn point(self, position: Position) -> Point {
        let miles = self.middle.distance_miles(position);
        let (from, to) = (self.middle.latitude.to_radians(), position.latitude.to_radians());
        let east = (position.longitude - self.middle.longitude).to_radians();
        let bearing = (east.sin() * to.cos()).atan2(from.cos() * to.sin() - from.sin() * to.cos() * east.cos());
        let distance = self.units(miles);
        Point { x: MIDDLE + distance * bearing.sin(), y: MIDDLE - distance * bearing.cos() }
    }

    fn units(self, miles: f64) -> f64 {
        miles * REACH / self.miles
    }

    /// Whether a position may lie in the drawing; cheap, so that many can be asked.
    fn may_hold(self, position: Position) -> bool {
        let miles_per_degree = EARTH_RADIUS_MILES.to_radians();
        let reach = self.miles * SIZE / REACH;
        let north = (position.latitude - self.middle.latitude).abs() * miles_per_degree;
        // Half of what a degree of longitude spans in the middle, since it spans less towards the pole.
        let east = (position.longitude - self.middle.longitude).abs();
        let east = east.min(360.0 - east) * miles_per_degree * self.middle.latitude.to_radians().cos() / 2.0;
        north < reach && east < reach
    }
}

/// Some places so near to each other that one marker stands for them.
#[derive(Debug, Clone, PartialEq)]
struct Marker<'a> {
    at: Point,
    spots: Vec<&'a Spot>,
}

impl Marker<'_> {
    /// The number of its place, or of the first of several: `4`, `4+`.
    fn label(&self) -> String {
        match self.spots.as_slice() {
            [one] => one.number.to_string(),
            [first, ..] => format!("{}+", first.number),
            [] => String::new(),
        }
    }

    fn title(&self) -> String {
        let of_spot = |spot: &&Spot| format!("{}. {}", spot.number, spot.name);
        self.spots.iter().map(of_spot).collect::<Vec<_>>().join("\n")
    }
}

/// Markers for the places, none over another.
fn markers<'a>(spots: &'a [Spot], projection: Projection) -> Vec<Marker<'a>> {
    let mut markers: Vec<Marker<'a>> = Vec::new();
    for spot in spots {
        let Some(position) = spot.position else { continue };
        let at = projection.point(position);
        match markers.iter_mut().find(|marker| marker.at.distance(at) < 2.0 * MARKER) {
            Some(marker) => marker.spots.push(spot),
            None => markers.push(Marker { at, spots: vec![spot] }),
        }
    }
    markers
}

/// The smallest step of which at most so many span the miles.
fn step_for(miles: f64, at_most: f64) -> f64 {
    STEPS.into_iter().find(|step| miles / step <= at_most).unwrap_or(5_000.0)
}

/// The middle between the farthest of some positions.
fn middle_of(positions: &[Position]) -> Option<Position> {
    let first = positions.first()?;
    // Degrees east of the first, so that places on both sides of the antimeridian lie beside each other.
    let east = |position: &Position| (position.longitude - first.longitude + 540.0).rem_euclid(360.0) - 180.0;
    let bounds = |of: &dyn Fn(&Position) -> f64| {
        positions
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (south, north) = bounds(&|position| position.latitude);
    let (west, farthest_east) = bounds(&east);
    let longitude = (first.longitude + f64::midpoint(west, farthest_east) + 540.0).rem_euclid(360.0) - 180.0;
    Position::new(f64::midpoint(south, north), longitude).ok()
}

/// The drawing of the places of a list; `asked` is the place that distances are measured from. Empty where no position is
/// known.
pub(super) fn show(spots: &[Spot], asked: Option<Position>, language: Language) -> Markup {
    let positions: Vec<Position> = spots.iter().filter_map(|spot| spot.position).collect();
    let Some(middle) = asked.or_else(|| middle_of(&positions)) else { return html! {} };
    if positions.is_empty() {
        return html! {};
    }
    let farthest = positions.iter().map(|position| middle.distance_miles(*position)).fold(LEAST_MILES, f64::max);
    let step = step_for(farthest, MAX_RINGS);
    let n_rings = (farthest / step).ceil();
    let miles = if asked.is_some() { n_rings * step } else { farthest };
    let projection = Projection { middle, miles };
    let markers = markers(spots, projection);
    let rings: Vec<Ring> = match asked {
        Some(_) => (1..=n_rings as u32).map(|ring| Ring::new(f64::from(ring) * step, projection)).collect(),
        None => Vec::new(),
    };
    // Names keep off markers, and off what is written on rings.
    let of_markers = markers.iter().map(|marker| marker.at);
    let taken: Vec<Point> = of_markers.chain(rings.iter().map(Ring::label)).collect();
    let n_missing = (spots.len() - positions.len()) as u64;
    html! {
        aside.map #map aria-labelledby="map-title" {
            h2 #map-title { (language.say(Say::Map)) }
            svg viewBox={ "0 0 " (SIZE) " " (SIZE) } role="group" aria-label=(language.say(Say::MapOf)) {
                path.outlines transform=(outlines::TRANSFORM) d=(outlines(projection)) {}
                @for ring in &rings { (ring.show(language)) }
                @for label in labels(projection, &taken) {
                    circle.town cx=(units(label.at.x)) cy=(units(label.at.y)) r="1.5" {}
                    text.town.west[label.is_west] x=(units(label.text_x())) y=(units(label.at.y + 4.0)) aria-hidden="true" { (label.name) }
                }
                @if asked.is_some() {
                    path.asked d={ "M" (MIDDLE - 6.0) " " (MIDDLE) "h12m-6-6v12" } { title { (language.say(Say::YouAsked)) } }
                } @else {
                    (show_scale(projection, language))
                }
                text.north x=(SIZE - 12.0) y="16" aria-hidden="true" { "↑" (language.say(Say::North)) }
                @for marker in &markers { (show_marker(marker)) }
            }
            p.quiet {
                @match n_missing {
                    0 => {}
                    _ => (language.count(n_missing, Say::OneNotOnMap, Say::NotOnMap)),
                }
            }
        }
    }
}

/// A coordinate with as many places as the eye sees.
fn units(value: f64) -> String {
    format!("{value:.1}")
}

/// A ring of one distance round the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ring {
    miles: f64,
    radius: f64,
}

impl Ring {
    fn new(miles: f64, projection: Projection) -> Self {
        Self { miles, radius: projection.units(miles) }
    }

    /// Where its distance is written.
    const fn label(&self) -> Point {
        Point { x: MIDDLE, y: MIDDLE + self.radius - 3.0 }
    }

    fn show(&self, language: Language) -> Markup {
        let Point { x, y } = self.label();
        html! {
            circle.ring cx=(MIDDLE) cy=(MIDDLE) r=(units(self.radius)) {}
            text.ring x=(x) y=(units(y)) { (language.fill(Say::DistanceMiles, &[&self.miles])) }
        }
    }
}

fn show_scale(projection: Projection, language: Language) -> Markup {
    let miles = step_for(projection.miles, MAX_RINGS);
    let length = projection.units(miles);
    html! {
        path.scale d={ "M10 " (SIZE - 12.0) "v4h" (units(length)) "v-4" } {}
        text.scale x="14" y=(SIZE - 14.0) { (language.fill(Say::DistanceMiles, &[&miles])) }
    }
}

fn show_marker(marker: &Marker<'_>) -> Markup {
    let first = marker.spots.first().map_or(0, |spot| spot.number);
    html! {
        a.marker href={ "#r" (first) } {
            title { (marker.title()) }
            circle cx=(units(marker.at.x)) cy=(units(marker.at.y)) r=(MARKER) {}
            text x=(units(marker.at.x)) y=(units(marker.at.y + 4.0)) { (marker.label()) }
        }
    }
}

#[cfg(test)]
mod tests;
