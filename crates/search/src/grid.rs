//! Provider locations by where they are: cells of a quarter of a degree.
//!
//! What is near a place is then found without a look at what is not.

use std::sync::Arc;

use openslots_model::{Position, ProviderLocationNumber};

use crate::enclosure::Enclosure;
use crate::paged::Paged;
use crate::state::ScheduleLink;

/// Cells in a degree. At 25 miles round a place some twenty cells are looked at, of which it fills the better half.
const CELLS_PER_DEGREE: f64 = 4.0;
const N_ROWS: u32 = 180 * CELLS_PER_DEGREE as u32;
const N_COLUMNS: u32 = 360 * CELLS_PER_DEGREE as u32;

/// A provider location in its cell: once for each of its schedules, so that most of those that are near are ruled out
/// without a look at anything else; once without where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held {
    pub(crate) number: ProviderLocationNumber,
    pub(crate) link: Option<ScheduleLink>,
}

/// The provider locations of each cell, ascending. A clone shares what neither side changes.
#[derive(Clone, Default)]
pub(crate) struct Grid {
    cells: Paged<Arc<[Held]>>,
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
    /// Enters a provider location with its schedules where it is, or what is new of it.
    pub(crate) fn put(&mut self, number: ProviderLocationNumber, position: Position, links: &[ScheduleLink]) {
        let cell = cell(position);
        let all = self.cells.get(cell).map_or(&[][..], |held| held);
        let (before, after) = around(all, number);
        let alone = links.is_empty().then_some(Held { number, link: None });
        let own = links.iter().map(|link| Held { number, link: Some(*link) }).chain(alone);
        let held = before.iter().copied().chain(own).chain(after.iter().copied()).collect::<Vec<_>>();
        self.cells.insert(cell, held.into());
    }

    /// Takes a provider location out from where it was.
    pub(crate) fn remove(&mut self, number: ProviderLocationNumber, position: Position) {
        let cell = cell(position);
        let (before, after) = around(self.cells.get(cell).map_or(&[][..], |held| held), number);
        let left: Arc<[Held]> = [before, after].concat().into();
        if left.is_empty() {
            self.cells.remove(cell);
        } else {
            self.cells.insert(cell, left);
        }
    }

    /// How many are in the cells of an area, by schedule.
    pub(crate) fn count(&self, area: &Area) -> usize {
        area.cells().filter_map(|cell| self.cells.get(cell)).map(|held| held.len()).sum()
    }

    /// Those in the cells of an area: all that are in the box it was made of, and some around; each with its schedules.
    pub(crate) fn within<'g, 'q>(&'g self, area: &'q Area) -> impl Iterator<Item = &'g [Held]> + use<'g, 'q> {
        let cells = area.cells().filter_map(|cell| self.cells.get(cell));
        cells.flat_map(|held| held.chunk_by(|a, b| a.number == b.number))
    }
}

/// What stands before a provider location in its cell, and what behind it.
fn around(all: &[Held], number: ProviderLocationNumber) -> (&[Held], &[Held]) {
    let begin = all.partition_point(|held| held.number < number);
    let end = all.partition_point(|held| held.number <= number);
    (&all[..begin], &all[end..])
}

#[cfg(test)]
mod tests {
    use openslots_model::{BoundingBox, Near, ResourceNumber};
    use proptest::prelude::*;

    use super::*;

    fn positions() -> impl Strategy<Value = Position> {
        let whole = (-90i32..=90, -180i32..=180).prop_map(|(latitude, longitude)| (latitude.into(), longitude.into()));
        let any = (-90.0f64..=90.0, -180.0f64..=180.0);
        prop_oneof![1 => whole, 4 => any]
            .prop_map(|(latitude, longitude)| Position::new(latitude, longitude).expect("on the globe"))
    }

    /// Two, one or no schedules, as the number has it.
    fn links(number: ProviderLocationNumber) -> Vec<ScheduleLink> {
        (0..number.0 % 3).map(|n| ScheduleLink { schedule: ResourceNumber(10 * number.0 + n), codes: n }).collect()
    }

    fn held(number: ProviderLocationNumber) -> Vec<Held> {
        let links = links(number);
        let alone = links.is_empty().then_some(Held { number, link: None });
        links.into_iter().map(|link| Held { number, link: Some(link) }).chain(alone).collect()
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
            numbered().for_each(|(number, position)| grid.put(number, position, &links(number)));
            let (south, north) = (centre.latitude.min(other.latitude), centre.latitude.max(other.latitude));
            let bounding_box = BoundingBox { south, north, west: centre.longitude, east: other.longitude };
            let near = Near { position: centre, radius_miles };
            for enclosure in [Enclosure::of_circle(near), Enclosure::of_box(bounding_box)] {
                let area = Area::of(&enclosure);
                let found = grid.within(&area).collect::<Vec<_>>();
                prop_assert_eq!(found.iter().map(|held| held.len()).sum::<usize>(), grid.count(&area));
                for (number, _) in numbered().filter(|(_, position)| enclosure.holds(*position)) {
                    prop_assert!(found.contains(&&*held(number)));
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
                grid.put(number, position, &[]);
                grid.put(number, position, &links(number));
            }
            let older = grid.clone();
            let kept = numbered().zip(&is_removed).filter(|(_, is_removed)| !**is_removed);
            let kept = kept.map(|((number, _), _)| number).collect::<Vec<_>>();
            for ((number, position), is_removed) in numbered().zip(&is_removed) {
                if *is_removed {
                    grid.remove(number, position);
                }
            }
            let mut left = grid.within(&everywhere).map(<[Held]>::to_vec).collect::<Vec<_>>();
            left.sort_unstable();
            prop_assert_eq!(left, kept.into_iter().map(held).collect::<Vec<_>>());
            prop_assert_eq!(older.within(&everywhere).count(), places.len());
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
