//! Numbers in two bytes each if all of them fit, else in four.

use std::ops::Range;

/// What a processor reads at once, in bytes.
const CACHE_LINE: usize = 64;

/// Numbers that are mostly small.
#[derive(Debug)]
pub(super) enum Narrow {
    Two(Box<[u16]>),
    Four(Box<[u32]>),
}

impl Narrow {
    pub(super) fn of(numbers: impl Iterator<Item = u32> + Clone) -> Self {
        if numbers.clone().all(|number| u16::try_from(number).is_ok()) {
            // None is cut off.
            Self::Two(numbers.map(|number| number as u16).collect())
        } else {
            Self::Four(numbers.collect())
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Two(numbers) => numbers.len(),
            Self::Four(numbers) => numbers.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> u32 {
        match self {
            Self::Two(numbers) => u32::from(numbers[place]),
            Self::Four(numbers) => numbers[place],
        }
    }

    /// How many at places are such.
    #[inline]
    pub(super) fn count(&self, places: Range<usize>, is_such: impl Fn(u32) -> bool) -> usize {
        match self {
            Self::Two(numbers) => numbers[places].iter().filter(|number| is_such(u32::from(**number))).count(),
            Self::Four(numbers) => numbers[places].iter().filter(|number| is_such(**number)).count(),
        }
    }

    /// How many at places where numbers ascend are less than one.
    #[inline]
    pub(super) fn n_less(&self, places: Range<usize>, than: u32) -> usize {
        match self {
            Self::Two(numbers) => numbers[places].partition_point(|number| u32::from(*number) < than),
            Self::Four(numbers) => numbers[places].partition_point(|number| *number < than),
        }
    }

    /// Reads a little of each cache line at places.
    #[inline]
    pub(super) fn touch(&self, places: Range<usize>) -> u32 {
        match self {
            Self::Two(numbers) => numbers[places]
                .iter()
                .step_by(CACHE_LINE / size_of::<u16>())
                .fold(0, |all, number| all ^ u32::from(*number)),
            Self::Four(numbers) => {
                numbers[places].iter().step_by(CACHE_LINE / size_of::<u32>()).fold(0, |all, number| all ^ number)
            }
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
            mut numbers in prop::collection::vec(prop_oneof![0u32..100_000, any::<u32>()], 0..50),
            width in 0u32..32,
            than in any::<u32>(),
        ) {
            numbers.iter_mut().for_each(|number| *number >>= width);
            numbers.sort_unstable();
            let narrow = Narrow::of(numbers.iter().copied());
            prop_assert_eq!(narrow.len(), numbers.len());
            prop_assert!(numbers.iter().enumerate().all(|(place, number)| narrow.get(place) == *number));
            prop_assert_eq!(matches!(narrow, Narrow::Two(_)), numbers.iter().all(|number| *number <= 0xffff));
            let places = numbers.len() / 2..numbers.len();
            let upper = &numbers[places.clone()];
            for than in upper.iter().flat_map(|number| [*number, number.saturating_add(1)]).chain([than]) {
                let want = upper.iter().filter(|number| **number < than).count();
                prop_assert_eq!(narrow.n_less(places.clone(), than), want);
                prop_assert_eq!(narrow.count(places.clone(), |number| number < than), want);
            }
        }
    }
}
