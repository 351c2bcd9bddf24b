//! Towns between the places, by name.

use std::collections::HashMap;
use std::sync::OnceLock;

use openslots_directory::geography::zip_codes;
use openslots_model::Position;

use super::{MARKER, Point, Projection, SIZE};

/// The most towns that are named.
const MAX_LABELS: usize = 10;
/// Height of a name, and about how wide one of its letters is.
const LETTER: (f64, f64) = (11.0, 6.2);
/// Between a town and its name.
const GAP: f64 = 4.0;

/// A town.
struct Town {
    name: &'static str,
    position: Position,
    n_zips: usize,
}

/// Makes the table of towns.
pub(super) fn load() {
    towns();
}

/// All towns; those with most postal codes, which are the largest, come first.
fn towns() -> &'static [Town] {
    static TOWNS: OnceLock<Vec<Town>> = OnceLock::new();
    TOWNS.get_or_init(|| {
        let mut by_name: HashMap<(&str, &str), Town> = HashMap::new();
        for code in zip_codes() {
            let town = Town { name: code.city, position: code.position, n_zips: 0 };
            by_name.entry((code.city, code.state)).or_insert(town).n_zips += 1;
        }
        let mut towns: Vec<Town> = by_name.into_values().collect();
        towns.sort_by(|a, b| {
            b.n_zips.cmp(&a.n_zips).then(a.name.cmp(b.name)).then(a.position.latitude.total_cmp(&b.position.latitude))
        });
        towns
    })
}

/// A name where there is room for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub(super) at: Point,
    pub(super) name: &'static str,
    /// Whether it is written to the left of its town.
    pub(super) is_west: bool,
}

impl Label {
    /// Where its text begins, or ends if it is written to the left.
    pub(super) fn text_x(&self) -> f64 {
        if self.is_west { self.at.x - GAP } else { self.at.x + GAP }
    }

    /// How far it reaches to the left and to the right, its town included.
    fn span(&self) -> (f64, f64) {
        let width = self.name.chars().count() as f64 * LETTER.1 + 2.0 * GAP;
        if self.is_west { (self.at.x - width, self.at.x + GAP) } else { (self.at.x - GAP, self.at.x + width) }
    }

    fn fits(&self) -> bool {
        let (left, right) = self.span();
        left > 0.0 && right < SIZE && self.at.y > 22.0 && self.at.y < SIZE - 26.0
    }

    fn is_over(&self, other: &Self) -> bool {
        let ((left, right), (other_left, other_right)) = (self.span(), other.span());
        left < other_right && other_left < right && (self.at.y - other.at.y).abs() < LETTER.0 + 2.0
    }

    fn is_over_point(&self, point: Point) -> bool {
        let (left, right) = self.span();
        let nearest = Point { x: point.x.clamp(left, right), y: self.at.y };
        nearest.distance(point) < MARKER + LETTER.0 / 2.0
    }
}

/// Names of the largest towns that do not cover each other or what is drawn at the points that are taken.
pub(super) fn labels(projection: Projection, taken: &[Point]) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for town in towns().iter().filter(|town| projection.may_hold(town.position)) {
        let at = projection.point(town.position);
        let sides = [false, true].map(|is_west| Label { at, name: town.name, is_west });
        let has_room = |label: &Label| {
            label.fits()
                && !taken.iter().any(|point| label.is_over_point(*point))
                && !labels.iter().any(|other| label.is_over(other))
        };
        let Some(label) = sides.into_iter().find(has_room) else { continue };
        labels.push(label);
        if labels.len() == MAX_LABELS {
            break;
        }
    }
    labels
}
