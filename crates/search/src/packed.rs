//! Numbers in as few bytes as the widest of them needs.
//!
//! Rows that were crawled together lie near each other, and so do the numbers of a publisher's resources.

/// Numbers, each as its distance from the least.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    least: u64,
    distances: Distances,
}

#[derive(Debug)]
enum Distances {
    Two(Box<[u16]>),
    /// The lower two bytes, and the third: millions of rows and values need no fourth.
    Three(Box<[u16]>, Box<[u8]>),
    Four(Box<[u32]>),
    Eight(Box<[u64]>),
}

impl Default for Distances {
    fn default() -> Self {
        Self::Two(Box::default())
    }
}

fn three(low: u16, high: u8) -> u64 {
    u64::from(high) << 16 | u64::from(low)
}

impl Packed {
    pub(crate) fn of<T: Copy + Into<u64>>(numbers: &[T]) -> Self {
        let numbers = numbers.iter().map(|number| (*number).into());
        let least = numbers.clone().min().unwrap_or(0);
        let farthest = numbers.clone().max().unwrap_or(0) - least;
        let distances = numbers.map(|number| number - least);
        // No distance is more than the farthest, so none is cut off.
        let distances = match farthest {
            ..=0xffff => Distances::Two(distances.map(|distance| distance as u16).collect()),
            0x1_0000..=0xff_ffff => Distances::Three(
                distances.clone().map(|distance| distance as u16).collect(),
                distances.map(|distance| (distance >> 16) as u8).collect(),
            ),
            0x100_0000..=0xffff_ffff => Distances::Four(distances.map(|distance| distance as u32).collect()),
            _ => Distances::Eight(distances.collect()),
        };
        Self { least, distances }
    }

    #[inline]
    pub(crate) fn get(&self, place: usize) -> u64 {
        self.least
            + match &self.distances {
                Distances::Two(distances) => u64::from(distances[place]),
                Distances::Three(low, high) => three(low[place], high[place]),
                Distances::Four(distances) => u64::from(distances[place]),
                Distances::Eight(distances) => distances[place],
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
        }
    }
}
