//! What to simulate.

use jiff::civil::Date;

use crate::{Error, Fault};

/// What to simulate: the same plan gives the same bytes, on every machine and at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationPlan {
    /// Where all variety comes from.
    pub seed: u64,
    /// The first day that slots lie on.
    pub start_date: Date,
    /// Number of publishers, from 1.
    pub n_publishers: u32,
    /// Locations of each publisher, from 1; each has four schedules.
    pub n_locations: u32,
    /// Days that slots lie on, from 1. Clinics open on weekdays, stores every day.
    pub n_days: u32,
    /// Slots of all publishers together; any number.
    ///
    /// More than fit into a schedule's opening hours lie in parallel, as in a place with several rooms.
    pub n_slots: u64,
    /// What goes wrong. Each one hits one publisher, in turn: the first fault the first publisher, and so on.
    pub faults: Vec<Fault>,
    /// The state of the world: 0 first; each step flips the status of [`Self::changed_per_mille`] of all slots.
    pub generation: u32,
    /// Slots in a thousand whose status flips between free and busy from one generation to the next, to 1000.
    pub changed_per_mille: u32,
}

impl SimulationPlan {
    /// The most publishers, locations of a publisher, and days.
    const MOST: u32 = 100_000;
    /// The most slots; keeps products with the number of days within 64 bits.
    const MOST_SLOTS: u64 = 10_000_000_000;

    /// A small world from a day on: 4 publishers with 25 locations each, 14 days, 4,000 slots, no faults.
    pub fn small(seed: u64, start_date: Date) -> Self {
        Self {
            seed,
            start_date,
            n_publishers: 4,
            n_locations: 25,
            n_days: 14,
            n_slots: 4_000,
            faults: Vec::new(),
            generation: 0,
            changed_per_mille: 10,
        }
    }

    /// The world that performance is measured on, scaled to a number of slots: 50 slots a schedule over 28 days, so
    /// that 1,000,000 slots are 20 publishers with 5,000 locations and 20,000 schedules, and 10,000,000 are 50
    /// publishers with 50,000 locations.
    pub fn benchmark(seed: u64, start_date: Date, n_slots: u64) -> Self {
        let n_publishers = match n_slots {
            0..10_000 => 2,
            10_000..500_000 => 5,
            500_000..5_000_000 => 20,
            _ => 50,
        };
        let n_schedules = n_slots.div_ceil(50);
        let n_locations = n_schedules.div_ceil(4 * u64::from(n_publishers)).clamp(1, u64::from(Self::MOST));
        Self { n_publishers, n_locations: n_locations as u32, n_days: 28, n_slots, ..Self::small(seed, start_date) }
    }

    /// Refuses sizes that nothing can be made of.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let sizes = [
            ("publishers", u64::from(self.n_publishers), 1, u64::from(Self::MOST), "1 to 100000"),
            ("locations a publisher", u64::from(self.n_locations), 1, u64::from(Self::MOST), "1 to 100000"),
            ("days", u64::from(self.n_days), 1, 3_660, "1 to 3660"),
            ("slots", self.n_slots, 0, Self::MOST_SLOTS, "at most 10000000000"),
            ("changed slots in a thousand", u64::from(self.changed_per_mille), 0, 1_000, "0 to 1000"),
        ];
        for (what, value, least, most, allowed) in sizes {
            if value < least || value > most {
                return Err(Error::Size { what, value, allowed });
            }
        }
        Ok(())
    }
}
