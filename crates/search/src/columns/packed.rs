//! Numbers of a chunk in as few bytes as the widest of them needs.
//!
//! Traits have few numbers, and rows that were crawled together lie near each other: of the 16 bytes that a slot would
//! take, ten are enough nearly everywhere.

use std::ops::Range;

/// Numbers, each as its distance from the least.
#[derive(Debug)]
pub(super) struct Packed {
    least: u64,
    distances: Distances,
}

#[derive(Debug)]
enum Distances {
    Two(Box<[u16]>),
    Four(Box<[u32]>),
    Eight(Box<[u64]>),
}

impl Packed {
    pub(super) fn of(numbers: &[u64]) -> Self {
        let least = numbers.iter().copied().min().unwrap_or(0);
        let farthest = numbers.iter().copied().max().unwrap_or(0) - least;
        let distances = numbers.iter().map(|number| number - least);
        // No distance is more than the farthest, so none is cut off.
        let distances = match farthest {
            ..=0xffff => Distances::Two(distances.map(|distance| distance as u16).collect()),
            0x1_0000..=0xffff_ffff => Distances::Four(distances.map(|distance| distance as u32).collect()),
            _ => Distances::Eight(distances.collect()),
        };
        Self { least, distances }
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> u64 {
        self.least
            + match &self.distances {
                Distances::Two(distances) => u64::from(distances[place]),
                Distances::Four(distances) => u64::from(distances[place]),
                Distances::Eight(distances) => distances[place],
            }
    }

    /// How many at these places are such.
    pub(super) fn count(&self, places: Range<usize>, is_such: impl Fn(u64) -> bool) -> usize {
        let is_such = |distance: u64| is_such(self.least + distance);
        match &self.distances {
            Distances::Two(distances) => {
                distances[places].iter().filter(|distance| is_such(u64::from(**distance))).count()
            }
            Distances::Four(distances) => {
                distances[places].iter().filter(|distance| is_such(u64::from(**distance))).count()
            }
            Distances::Eight(distances) => distances[places].iter().filter(|distance| is_such(**distance)).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_out_as_they_went_in(
            (least, width) in (any::<u64>(), 0u32..64),
            distances in prop::collection::vec(any::<u64>(), 0..50),
        ) {
            let numbers: Vec<u64> =
                distances.into_iter().map(|distance| least.saturating_add(distance >> width)).collect();
            let packed = Packed::of(&numbers);
            for (place, number) in numbers.iter().enumerate() {
                prop_assert_eq!(packed.get(place), *number);
            }
            let middle = numbers.len() / 2;
            let n_even = numbers[middle..].iter().filter(|number| number.is_multiple_of(2)).count();
            prop_assert_eq!(packed.count(middle..numbers.len(), |number| number.is_multiple_of(2)), n_even);
        }
    }
}
