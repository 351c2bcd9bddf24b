//! The page of answers out of many.

use openslots_model::{PageStart, SortKey};

/// Prune not before this many are waiting, so that small pages don't prune all the time.
const MIN_SLACK: usize = 64;

/// Keeps the answers of one page of many that are offered in any order, in memory that the page needs and not the
/// many.
pub(crate) struct Top<T> {
    behind: Option<SortKey>,
    n_skipped: usize,
    /// Answers up to the end of the page.
    n_kept: usize,
    /// No answer with this key or a larger one is on the page.
    limit_key: Option<SortKey>,
    found: Vec<(SortKey, T)>,
}

impl<T> Top<T> {
    pub(crate) fn new(page: PageStart, limit: usize) -> Self {
        let (behind, n_skipped) = match page {
            PageStart::Offset(offset) => (None, usize::try_from(offset).unwrap_or(usize::MAX)),
            PageStart::Behind(key) => (Some(key), 0),
        };
        let n_kept = if limit == 0 { 0 } else { n_skipped.saturating_add(limit) };
        // Of an empty page everything is behind: whoever only counts need not look for what comes first.
        let limit_key = (n_kept == 0).then_some(SortKey { rank: i64::MIN, start: i64::MIN, tie: 0 });
        Self { behind, n_skipped, n_kept, limit_key, found: Vec::new() }
    }

    /// Answers up to the end of the page.
    #[inline]
    pub(crate) const fn n_kept(&self) -> usize {
        self.n_kept
    }

    /// Says that there are as many answers up to this rank and start as the page needs to its end, none of them at or before
    /// the key that it begins behind. They have to be offered later, if they were not yet.
    pub(crate) fn lower_limit(&mut self, rank: i64, start: i64) {
        self.set_limit(SortKey { rank, start, tie: u64::MAX });
    }

    fn set_limit(&mut self, limit: SortKey) {
        self.limit_key = Some(self.limit_key.map_or(limit, |before| before.min(limit)));
    }

    /// Whether an answer of this rank and start may come before the page, by the key that the page begins behind.
    #[inline]
    pub(crate) fn may_precede(&self, rank: i64, start: i64) -> bool {
        self.behind.is_some_and(|behind| (rank, start) <= (behind.rank, behind.start))
    }

    /// Whether every answer of this rank and start, and any behind it, is too far behind to be on the page.
    #[inline]
    pub(crate) fn is_past(&self, rank: i64, start: i64) -> bool {
        self.limit_key.is_some_and(|limit| (rank, start) > (limit.rank, limit.start))
    }

    /// Whether an answer may be on the page.
    #[inline]
    pub(crate) fn wants(&self, key: SortKey) -> bool {
        self.behind.is_none_or(|behind| key > behind) && self.limit_key.is_none_or(|limit| key < limit)
    }

    /// Takes an answer that is wanted.
    pub(crate) fn push(&mut self, key: SortKey, answer: T) {
        self.found.push((key, answer));
        if self.found.len() >= self.n_kept.saturating_add(self.n_kept.max(MIN_SLACK)) {
            self.found.select_nth_unstable_by_key(self.n_kept - 1, |(key, _)| *key);
            self.found.truncate(self.n_kept);
            if let Some((last, _)) = self.found.last() {
                self.set_limit(*last);
            }
        }
    }

    /// The page, in order.
    pub(crate) fn into_page(mut self) -> Vec<(SortKey, T)> {
        self.found.sort_unstable_by_key(|(key, _)| *key);
        self.found.truncate(self.n_kept);
        self.found.drain(..self.n_skipped.min(self.found.len()));
        self.found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_page_is_that_of_the_whole_list_sorted(
            keys in prop::collection::btree_set((0i64..5, 0i64..9, 0u64..99), 0..400).prop_shuffle_keys(),
            offset in 0u64..300,
            limit in 0usize..100,
            by_cursor in any::<bool>(),
        ) {
            let keys = keys.into_iter().map(|(rank, start, tie)| SortKey { rank, start, tie }).collect::<Vec<_>>();
            let mut sorted = keys.clone();
            sorted.sort();
            let before = sorted.get((offset as usize).wrapping_sub(1)).copied();
            let page = match before {
                Some(key) if by_cursor => PageStart::Behind(key),
                _ => PageStart::Offset(offset),
            };
            let mut top = Top::new(page, limit);
            for key in keys {
                if top.wants(key) {
                    top.push(key, key.tie);
                }
                prop_assert!(!top.is_past(key.rank, key.start) || !top.wants(key));
            }
            let want = sorted.iter().skip(offset as usize).take(limit).map(|key| (*key, key.tie)).collect::<Vec<_>>();
            prop_assert_eq!(top.into_page(), want);
        }
    }

    /// A set as a list in random order.
    trait ShuffleKeys: Strategy {
        fn prop_shuffle_keys(self) -> impl Strategy<Value = Vec<(i64, i64, u64)>>;
    }

    impl<S: Strategy<Value = std::collections::BTreeSet<(i64, i64, u64)>>> ShuffleKeys for S {
        fn prop_shuffle_keys(self) -> impl Strategy<Value = Vec<(i64, i64, u64)>> {
            self.prop_map(|set| set.into_iter().collect::<Vec<_>>()).prop_shuffle()
        }
    }

    #[test]
    fn an_offset_beyond_everything_is_an_empty_page() {
        let mut top = Top::new(PageStart::Offset(u64::MAX), 5);
        top.push(SortKey { rank: 0, start: 0, tie: 0 }, ());
        assert_eq!(top.into_page(), []);
    }
}
