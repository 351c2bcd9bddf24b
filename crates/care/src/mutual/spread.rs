//! Which of the mutual slots are offered, and in which order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use openslots_model::LocalDate;

use super::{MutualSlot, Ranking, Wanted};
use crate::calendar::wall_at;

const DAY_SECONDS: i64 = 86_400;
const MINUTE_SECONDS: i64 = 60;

/// The earliest of some mutual slots, and so many of them as are wanted, best first.
pub(super) fn choose<K: Clone>(
    mutual: Vec<MutualSlot<K>>,
    wanted: &Wanted,
) -> (Option<MutualSlot<K>>, Vec<MutualSlot<K>>) {
    let merits: Vec<Merit> =
        mutual.iter().enumerate().map(|(number, slot)| Merit::of(number, slot, wanted.ranking)).collect();
    let earliest = merits.iter().map(|merit| (merit.start, merit.number)).min().map(|(_, number)| number);
    let mut chosen = earliest.map_or_else(Vec::new, |earliest| spread(&merits, earliest, wanted));
    chosen.sort_unstable_by(|a, b| a.compare(b));
    let slot = |number: usize| mutual[number].clone();
    (earliest.map(slot), chosen.iter().map(|merit| slot(merit.number)).collect())
}

/// The earliest, then the best of each other day, then the second best of each day ...
fn spread(merits: &[Merit], earliest: usize, wanted: &Wanted) -> Vec<Merit> {
    let mut days: BTreeMap<LocalDate, Vec<Merit>> = BTreeMap::new();
    for merit in merits {
        days.entry(merit.day).or_default().push(*merit);
    }
    for day in days.values_mut() {
        day.sort_unstable_by(|a, b| (a.number != earliest).cmp(&(b.number != earliest)).then_with(|| a.compare(b)));
    }
    let first = merits[earliest];
    let n_rounds = wanted.per_day.clamp(1, merits.len());
    let rounds = (0..n_rounds).flat_map(|round| days.values().filter_map(move |day| day.get(round)));
    let others = rounds.filter(|merit| merit.number != earliest).copied();
    std::iter::once(first).chain(others).take(wanted.n_alternatives).collect()
}

/// What a mutual slot is ranked by.
#[derive(Clone, Copy)]
struct Merit {
    /// Its place among those offered.
    number: usize,
    start: i64,
    /// The day of it on the clock of the place.
    day: LocalDate,
    /// Less is better.
    rank: f64,
}

impl Merit {
    fn of<K>(number: usize, slot: &MutualSlot<K>, ranking: Ranking) -> Self {
        let start = slot.free.start.0;
        let wall = wall_at(start, &slot.candidate.zone);
        let rank = match ranking {
            Ranking::Earliest => 0.0,
            Ranking::TimeOfDay(minute) => {
                let seconds = wall.rem_euclid(DAY_SECONDS) - i64::from(minute) * MINUTE_SECONDS;
                seconds.abs() as f64
            }
            Ranking::Distance => slot.candidate.distance_miles.unwrap_or(f64::INFINITY),
        };
        Self { number, start, day: LocalDate::of_local_seconds(wall), rank }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let by_rank = self.rank.total_cmp(&other.rank);
        by_rank.then_with(|| (self.start, self.number).cmp(&(other.start, other.number)))
    }
}
