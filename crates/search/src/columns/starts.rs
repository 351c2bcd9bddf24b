//! When slots start, mostly in two bytes each.
//!
//! Publishers offer their slots at full minutes or quarters of an hour, weeks ahead. So a start is kept as the number of
//! steps from the earliest of its chunk, the step being the longest that leads to them all; two bytes hold 45 days of
//! minutes.

use std::ops::Range;

use super::narrow::Narrow;

/// The starts of a chunk's slots, in seconds since 1970.
#[derive(Debug)]
pub(super) struct Starts {
    earliest: u32,
    /// At least one.
    step_seconds: u32,
    steps: Narrow,
}

/// The greatest common divisor; of 0 and a number, that number.
const fn common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Starts {
    /// Starts in any order.
    pub(super) fn of(starts: &[u32]) -> Self {
        let earliest = starts.iter().copied().min().unwrap_or(0);
        let seconds = starts.iter().map(|start| start - earliest);
        let step_seconds = seconds.clone().fold(0, common_divisor).max(1);
        Self { earliest, step_seconds, steps: Narrow::of(seconds.map(|seconds| seconds / step_seconds)) }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> u32 {
        self.earliest + self.steps.get(place) * self.step_seconds
    }

    /// How many at places whose starts ascend are before an instant.
    #[inline]
    pub(super) fn n_before(&self, places: Range<usize>, instant: u32) -> usize {
        // A start is before the instant if its steps are fewer than those that lead to the instant or past it.
        self.steps.n_less(places, instant.saturating_sub(self.earliest).div_ceil(self.step_seconds))
    }

    /// Reads a little of each cache line at places.
    #[inline]
    pub(super) fn touch(&self, places: Range<usize>) -> u32 {
        self.steps.touch(places)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn starts_come_out_as_they_went_in(
            earliest in any::<u32>(),
            step in prop_oneof![Just(1u32), Just(60), Just(300), any::<u32>()],
            n_steps in prop::collection::vec(0u32..100_000, 0..50),
            instants in prop::collection::vec(any::<u32>(), 0..10),
        ) {
            let mut seconds = n_steps.iter().map(|n| earliest.saturating_add(n.saturating_mul(step))).collect::<Vec<_>>();
            seconds.sort_unstable();
            let starts = Starts::of(&seconds);
            prop_assert_eq!(starts.len(), seconds.len());
            for (place, start) in seconds.iter().enumerate() {
                prop_assert_eq!(starts.get(place), *start);
            }
            let near = seconds.iter().flat_map(|start| [start.saturating_sub(1), *start, start.saturating_add(1)]);
            let middle = seconds.len() / 2;
            for instant in near.chain(instants) {
                let want = seconds[middle..].iter().filter(|start| **start < instant).count();
                prop_assert_eq!(starts.n_before(middle..seconds.len(), instant), want, "before {}", instant);
            }
        }
    }

    #[test]
    fn weeks_of_full_minutes_take_two_bytes_each() {
        let day = 86_400;
        let starts = Starts::of(&[7 * day, 7 * day + 60, 50 * day]);
        assert!(matches!(&starts.steps, Narrow::Two(steps) if steps[1] == 1));
        // 45 days and a half are more than 65,535 minutes.
        let starts = Starts::of(&[7 * day, 7 * day + 60, 53 * day]);
        assert!(matches!(&starts.steps, Narrow::Four(steps) if steps[1] == 1));
    }
}
