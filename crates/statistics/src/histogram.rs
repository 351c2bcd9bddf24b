//! How often each whole number was met.

use std::collections::BTreeMap;

/// How often each of some whole numbers was met: what a median can be taken of, and what adds up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    counts: BTreeMap<u32, u64>,
}

impl Histogram {
    /// Counts a number once more.
    pub fn add(&mut self, value: u32) {
        self.add_n(value, 1);
    }

    /// Counts a number so many times more.
    pub fn add_n(&mut self, value: u32, n: u64) {
        if n > 0 {
            *self.counts.entry(value).or_default() += n;
        }
    }

    /// Counts all that another one has counted.
    pub fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|(value, n)| self.add_n(value, n));
    }

    /// How many were counted.
    pub fn n(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The numbers that were met, ascending, and how often each was.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.counts.iter().map(|(value, n)| (*value, *n))
    }

    /// The smallest number that at least so many percent of all are not above (the nearest-rank percentile); `None`:
    /// nothing was counted.
    pub fn percentile(&self, percent: u32) -> Option<u32> {
        let rank = (self.n() * u64::from(percent)).div_ceil(100).max(1);
        let mut below = 0;
        self.iter().find_map(|(value, n)| {
            below += n;
            (below >= rank).then_some(value)
        })
    }
}

impl FromIterator<u32> for Histogram {
    fn from_iter<I: IntoIterator<Item = u32>>(values: I) -> Self {
        let mut histogram = Self::default();
        values.into_iter().for_each(|value| histogram.add(value));
        histogram
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_sorted_list(
            mut values in proptest::collection::vec(0u32..50, 0..60),
            percent in 0u32..=100,
        ) {
            let histogram: Histogram = values.iter().copied().collect();
            values.sort_unstable();
            let place = (values.len() * percent as usize).div_ceil(100).max(1) - 1;
            prop_assert_eq!(histogram.percentile(percent), values.get(place).copied());
            prop_assert_eq!(histogram.n(), values.len() as u64);
        }
    }
}
