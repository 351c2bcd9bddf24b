//! Provider locations by where they are: cells of a quarter of a degree.
//!
//! What is near a place is then found without a look at what is not.

use std::sync::Arc;

use openslots_model::{Position, ProviderLocationNumber};

use crate::enclosure::Enclosure;
use crate::paged::Paged;

/// Cells in a degree. At 25 miles round a place some twenty cells are looked at, of which it fills the better half.
const CELLS_PER_DEGREE: f64 = 4.0;
const N_ROWS: u32 = 180 * CELLS_PER_DEGREE as u32;
const N_COLUMNS: u32 = 360 * CELLS_PER_DEGREE as u32;

/// The provider locations of each cell, ascending. A clone shares what neither side changes.
#[derive(Clone, Default)]
pub(crate) struct Grid {
    cells: Paged<Arc<[ProviderLocationNumber]>>,
}

/// Some cells of the grid: ranges of columns in a range of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Area {
    rows: (u32, u32),
    columns: Vec<(u32, u32)>,
}

impl Area {
    /// The cells that a box touches.
    pub(crate) fn of(enclosure: &Enclosure) -> Self {
        let (south, north) = enclosure.latitudes();
        let columns = match enclosure.longitudes() {
            None => vec![(0, N_COLUMNS - 1)],
            Some((west, east)) if west <= east => vec![(column(west), column(east))],
            Some((west, east)) => vec![(column(west), N_COLUMNS - 1), (0, column(east))],
        };
        Self { rows: (row(south), row(north)), columns }
    }

    fn cells(&self) -> impl Iterator<Item = u32> {
        let (first, last) = self.rows;
        (first..=last).flat_map(|row| {
            self.columns
                .iter()
                .flat_map(move |(west, east)| (*west..=*east).map(move |column| row * N_COLUMNS + column))
        })
    }

    /// How many cells they are.
    pub(crate) fn n_cells(&self) -> usize {
        let n_columns = self.columns.iter().map(|(west, east)| (east - west + 1) as usize).sum::<usize>();
        (self.rows.1 + 1).saturating_sub(self.rows.0) as usize * n_columns
    }
}

/// The northernmost and easternmost borders belong to the last cells. A float that is too small is cast to 0.
fn row(latitude: f64) -> u32 {
    (((latitude + 90.0) * CELLS_PER_DEGREE) as u32).min(N_ROWS - 1)
}

fn column(longitude: f64) -> u32 {
    (((longitude + 180.0) * CELLS_PER_DEGREE) as u32).min(N_COLUMNS - 1)
}

fn cell(position: Position) -> u32 {
    row(position.latitude) * N_COLUMNS + column(position.longitude)
}

impl Grid {
    /// Enters a provider location where it is.
    pub(crate) fn add(&mut self, number: ProviderLocationNumber, position: Position) {
        let cell = cell(position);
        let held = self.cells.get(cell).map_or(&[][..], |held| held);
        if let Err(place) = held.binary_search(&number) {
            let held = [&held[..place], &[number], &held[place..]].concat();
            self.cells.insert(cell, held.into());
        }
    }

    /// Takes a provider location out from where it was.
    pub(crate) fn remove(&mut self, number: ProviderLocationNumber, position: Position) {
        let cell = cell(position);
        let held = self.cells.get(cell).map_or(&[][..], |held| held);
        let left = held.iter().copied().filter(|held| *held != number).collect::<Arc<[_]>>();
        if left.is_empty() {
            self.cells.remove(cell);
        } else {
            self.cells.insert(cell, left);
        }
    }

    /// How many are in the cells of an area.
    pub(crate) fn count(&self, area: &Area) -> usize {
        area.cells().filter_map(|cell| self.cells.get(cell)).map(|held| held.len()).sum()
    }

    /// Those in the cells of an area: all that are in the box it was made of, and some around.
    pub(crate) fn within<'a>(&'a self, area: &'a Area) -> impl Iterator<Item = ProviderLocationNumber> + 'a {
        area.cells().filter_map(|cell| self.cells.get(cell)).flat_map(|held| held.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{BoundingBox, Near};
    use proptest::prelude::*;

    use super::*;

    fn positions() -> impl Strategy<Value = Position> {
        let whole = (-90i32..=90, -180i32..=180).prop_map(|(latitude, longitude)| (latitude.into(), longitude.into()));
        let any = (-90.0f64..=90.0, -180.0f64..=180.0);
        prop_oneof![1 => whole, 4 => any]
            .prop_map(|(latitude, longitude)| Position::new(latitude, longitude).expect("on the globe"))
    }

    proptest! {
        #[test]
        fn all_that_an_enclosure_holds_is_within_its_area(
            places in prop::collection::vec(positions(), 1..60),
            centre in positions(),
            radius_miles in 0.0f64..4_000.0,
            other in positions(),
        ) {
            let mut grid = Grid::default();
            let numbered = || (0..).map(ProviderLocationNumber).zip(places.iter().copied());
            numbered().for_each(|(number, position)| grid.add(number, position));
            let (south, north) = (centre.latitude.min(other.latitude), centre.latitude.max(other.latitude));
            let bounding_box = BoundingBox { south, north, west: centre.longitude, east: other.longitude };
            let near = Near { position: centre, radius_miles };
            for enclosure in [Enclosure::of_circle(near), Enclosure::of_box(bounding_box)] {
                let area = Area::of(&enclosure);
                let found = grid.within(&area).collect::<Vec<_>>();
                prop_assert_eq!(found.len(), grid.count(&area));
                for (number, _) in numbered().filter(|(_, position)| enclosure.holds(*position)) {
                    prop_assert!(found.contains(&number));
                }
            }
        }

        #[test]
        fn what_is_taken_out_is_gone_and_older_clones_stay(
            places in prop::collection::vec(positions(), 1..40),
            is_removed in prop::collection::vec(any::<bool>(), 40),
        ) {
            let everywhere = Area::of(&Enclosure::of_box(BoundingBox { south: -90.0, north: 90.0, west: -180.0, east: 180.0 }));
            let mut grid = Grid::default();
            let numbered = || (0..).map(ProviderLocationNumber).zip(places.iter().copied());
            for (number, position) in numbered() {
                grid.add(number, position);
                grid.add(number, position);
            }
            let older = grid.clone();
            let kept = numbered().zip(&is_removed).filter(|(_, is_removed)| !**is_removed);
            let kept = kept.map(|((number, _), _)| number).collect::<Vec<_>>();
            for ((number, position), is_removed) in numbered().zip(&is_removed) {
                if *is_removed {
                    grid.remove(number, position);
                }
            }
            let mut left = grid.within(&everywhere).collect::<Vec<_>>();
            left.sort_unstable();
            prop_assert_eq!(left, kept);
            prop_assert_eq!(older.count(&everywhere), places.len());
        }
    }

    #[test]
    fn areas_are_no_larger_than_need_be() {
        let circle = |latitude, longitude, radius_miles| {
            let position = Position::new(latitude, longitude).expect("on the globe");
            Area::of(&Enclosure::of_circle(Near { position, radius_miles })).n_cells()
        };
        for (latitude, longitude, radius_miles, most) in
            [(42.36, -71.06, 0.0, 1), (42.36, -71.06, 25.0, 20), (52.0, 180.0, 25.0, 24), (90.0, 0.0, 1.0, 1_440)]
        {
            let n_cells = circle(latitude, longitude, radius_miles);
            assert!((1..=most).contains(&n_cells), "{n_cells} cells at {latitude}, {longitude}");
        }
    }
}
