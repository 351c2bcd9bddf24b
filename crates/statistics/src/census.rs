//! What was held of an offer at one moment of a day.

use openslots_model::UnixSeconds;

/// The longest lead time that is told apart, in hours: 366 days.
pub const MAX_LEAD_HOURS: u32 = 366 * 24;

/// Hours from a moment to the first, second and third appointment that is free then, ascending: whole hours, rounded
/// down, at most [`MAX_LEAD_HOURS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NextThree {
    hours: [u32; 3],
    n: u8,
}

impl NextThree {
    /// Takes an appointment in, so many hours ahead.
    pub fn add(&mut self, hours: u32) {
        let hours = hours.min(MAX_LEAD_HOURS);
        let n = usize::from(self.n);
        let place = self.hours[..n].partition_point(|known| *known <= hours);
        if place == 3 {
            return;
        }
        self.hours[place..].rotate_right(1);
        self.hours[place] = hours;
        self.n = (self.n + 1).min(3);
    }

    /// Takes an appointment in that starts then.
    pub fn add_start(&mut self, start: UnixSeconds, now: UnixSeconds) {
        let seconds = start.0.saturating_sub(now.0).max(0);
        self.add(u32::try_from(seconds / 3_600).unwrap_or(u32::MAX));
    }

    /// Takes in what another offer has.
    pub fn add_all(&mut self, other: &Self) {
        other.hours().iter().for_each(|hours| self.add(*hours));
    }

    /// Up to three, ascending.
    pub fn hours(&self) -> &[u32] {
        &self.hours[..usize::from(self.n)]
    }

    /// To the next available appointment.
    pub fn next(&self) -> Option<u32> {
        self.hours().first().copied()
    }

    /// To the third next available appointment.
    pub fn third(&self) -> Option<u32> {
        self.hours().get(2).copied()
    }
}

/// What was held of an offer: slots that could be booked and whose time was not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Appointments.
    pub n_exact: u32,
    /// Windows of hours or days.
    pub n_coarse: u32,
    /// Of both: those whose publisher says how many can be booked in one.
    pub n_with_capacity: u32,
    /// How many can be booked in those.
    pub capacity: u64,
    /// How soon the next appointments are; windows do not count.
    pub next: NextThree,
}

impl Held {
    /// Slots of either kind.
    pub const fn n_free(&self) -> u64 {
        self.n_exact as u64 + self.n_coarse as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_three_smallest_are_kept(mut hours in proptest::collection::vec(0u32..20_000, 0..9), split in 0usize..9) {
            let (mut next, mut other) = (NextThree::default(), NextThree::default());
            let split = split.min(hours.len());
            hours[..split].iter().for_each(|hours| next.add(*hours));
            hours[split..].iter().for_each(|hours| other.add(*hours));
            next.add_all(&other);
            hours.iter_mut().for_each(|hours| *hours = (*hours).min(MAX_LEAD_HOURS));
            hours.sort_unstable();
            hours.truncate(3);
            prop_assert_eq!(next.hours(), &hours[..]);
        }
    }
}
