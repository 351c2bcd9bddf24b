//! Schedules that are looked at when it is known which of them come first.
//!
//! Of a schedule that is summed up it is known how many of its slots match and when the first of them starts. So each is a
//! promise of one answer at least, and once a page's worth of them is promised, whatever comes behind those is not on the
//! page: it need but be counted. Looked at one after the other as they are found, several times as many would be looked at.

use crate::top::Top;

/// Prune not before this many are waiting beyond those of the page.
const MIN_SLACK: usize = 64;
/// No more wait: many may start when the page ends.
const MAX_WAITING: usize = 4_096;
/// Of a longer page, or one farther behind, nothing waits: most of what is found would be looked at in the end.
const MAX_KEPT: usize = MAX_WAITING / 2;
/// Where there is hardly room for twice as many, prune again when so many more are waiting.
const MIN_MORE: usize = MAX_WAITING / 16;

/// A schedule, or whatever has slots, that is looked at later.
pub(crate) struct Later<T> {
    pub(crate) rank: i64,
    /// When the first of its slots that match starts, as in their keys.
    pub(crate) start: i64,
    /// How many match.
    pub(crate) n_slots: u32,
    pub(crate) item: T,
}

impl<T> Later<T> {
    const fn order(&self) -> (i64, i64) {
        (self.rank, self.start)
    }
}

/// Those that wait: as many as have slots on the page for all that is known, and some more.
pub(crate) struct Postponed<T> {
    waiting: Vec<Later<T>>,
    /// Prune when so many are waiting.
    prune_at: usize,
}

impl<T> Default for Postponed<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), prune_at: 0 }
    }
}

impl<T> Postponed<T> {
    /// Lets one wait, whose first slot lies before the end of the page for all that `top` knows, and behind the key that it
    /// begins behind. Gives how many slots, of this one and of others, turn out to be behind the page; `None` if there
    /// is no room, and it is to be looked at now.
    pub(crate) fn push<A>(&mut self, later: Later<T>, top: &mut Top<A>) -> Option<u64> {
        if top.n_kept() > MAX_KEPT || self.waiting.len() >= MAX_WAITING {
            return None;
        }
        self.waiting.push(later);
        if self.waiting.len() < self.prune_at.max(top.n_kept() + MIN_SLACK) {
            return Some(0);
        }
        let n_slots = self.prune(top);
        let n_waiting = self.waiting.len();
        self.prune_at = if n_waiting <= MAX_WAITING / 2 { n_waiting * 2 } else { n_waiting + MIN_MORE };
        Some(n_slots)
    }

    /// Tells the page's answers where they end by what is promised, and lets those go that are behind. Gives how many slots
    /// they have.
    fn prune<A>(&mut self, top: &mut Top<A>) -> u64 {
        let Some(last) = top.n_kept().checked_sub(1) else { return 0 };
        if last >= self.waiting.len() {
            return 0;
        }
        let (_, limit, _) = self.waiting.select_nth_unstable_by_key(last, Later::order);
        let limit = limit.order();
        top.lower_limit(limit.0, limit.1);
        let gone = self.waiting.extract_if(.., |later| later.order() > limit);
        gone.map(|later| u64::from(later.n_slots)).sum()
    }

    /// Those that have to be looked at, the first first, and how many slots the others have.
    pub(crate) fn finish<A>(mut self, top: &mut Top<A>) -> (Vec<Later<T>>, u64) {
        let n_slots = self.prune(top);
        self.waiting.sort_unstable_by_key(Later::order);
        (self.waiting, n_slots)
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{PageStart, SortKey};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_slot_is_counted_and_the_page_is_that_of_all(
            // The starts of each schedule's slots; many start together.
            schedules in prop::collection::vec((0i64..3, prop::collection::vec(0i64..40, 1..6)), 0..400),
            offset in 0u64..60,
            limit in 0usize..40,
            by_cursor in any::<bool>(),
        ) {
            let schedules = schedules.into_iter().enumerate().map(|(number, (rank, mut starts))| {
                starts.sort_unstable();
                let keys = starts.into_iter().enumerate();
                keys.map(|(place, start)| SortKey { rank, start, tie: (number * 10 + place) as u64 }).collect::<Vec<_>>()
            });
            let schedules = schedules.collect::<Vec<_>>();
            let mut all = schedules.concat();
            all.sort();
            let page = match all.get((offset as usize).wrapping_sub(1)) {
                Some(key) if by_cursor => PageStart::Behind(*key),
                _ => PageStart::Offset(offset),
            };
            let mut top = Top::new(page, limit);
            let look = |keys: &[SortKey], top: &mut Top<()>| {
                for key in keys.iter().filter(|key| top.wants(**key)).copied().collect::<Vec<_>>() {
                    top.push(key, ());
                }
                keys.len() as u64
            };
            let (mut postponed, mut n_slots) = (Postponed::default(), 0);
            for keys in &schedules {
                let SortKey { rank, start, .. } = keys[0];
                n_slots += if top.is_past(rank, start) {
                    keys.len() as u64
                } else if top.may_precede(rank, start) {
                    look(keys, &mut top)
                } else {
                    let later = Later { rank, start, n_slots: keys.len() as u32, item: keys };
                    postponed.push(later, &mut top).unwrap_or_else(|| look(keys, &mut top))
                };
            }
            let (later, n_behind) = postponed.finish(&mut top);
            n_slots += n_behind;
            n_slots += later.into_iter().map(|later| look(later.item, &mut top)).sum::<u64>();
            prop_assert_eq!(n_slots, all.len() as u64);
            let want = all.into_iter().skip(offset as usize).take(limit).collect::<Vec<_>>();
            let page = top.into_page().into_iter().map(|(key, ())| key).collect::<Vec<_>>();
            prop_assert_eq!(page, want);
        }
    }

    const fn later(start: i64) -> Later<()> {
        Later { rank: 0, start, n_slots: 2, item: () }
    }

    #[test]
    fn no_more_are_looked_at_than_the_page_has_answers() {
        let mut top = Top::<()>::new(PageStart::Offset(0), 25);
        let mut postponed = Postponed::default();
        let mut n_behind = 0;
        for number in 0..1_000 {
            n_behind += postponed.push(later(number * 7_919 % 1_000), &mut top).expect("room");
            assert!(postponed.waiting.len() < 25 + MIN_SLACK, "{} wait", postponed.waiting.len());
        }
        let (later, n_last) = postponed.finish(&mut top);
        assert_eq!(later.iter().map(|later| later.start).collect::<Vec<_>>(), (0..25).collect::<Vec<_>>());
        assert_eq!(n_behind + n_last, 2 * 975);
        assert!(top.is_past(0, 25) && !top.is_past(0, 24));
    }

    #[test]
    fn of_many_that_start_together_only_some_wait() {
        let mut top = Top::<()>::new(PageStart::Offset(0), 25);
        let mut postponed = Postponed::default();
        let told = (0..10_000).map(|_| postponed.push(later(5), &mut top)).collect::<Vec<_>>();
        assert_eq!(told.iter().filter(|told| **told == Some(0)).count(), MAX_WAITING);
        assert_eq!(told.iter().filter(|told| told.is_none()).count(), 10_000 - MAX_WAITING);
        assert!(top.is_past(0, 6), "what starts later is known to be behind the page");
        assert_eq!(postponed.finish(&mut top).0.len(), MAX_WAITING);

        // Those that start together go once enough are known to start earlier.
        let mut postponed = Postponed::default();
        let mut top = Top::<()>::new(PageStart::Offset(0), 25);
        let told = (0..3_000)
            .chain((0..2_000).map(|_| 0))
            .map(|n| postponed.push(later(if n == 0 { 1 } else { 5 }), &mut top));
        assert_eq!(told.filter(Option::is_none).count(), 0);
        assert!(top.is_past(0, 2));

        let mut deep = Top::<()>::new(PageStart::Offset(100_000), 25);
        assert_eq!(Postponed::default().push(later(5), &mut deep), None, "of a page far behind nothing waits");
    }
}
