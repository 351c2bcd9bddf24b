//! Which lines of a file are as before.
//!
//! Lines are matched by hash: first where they are expected (after the line that matched before), then anywhere among
//! those that are left. A file that did not change costs one comparison a line; one inserted or removed line puts the
//! comparison off by one once.

use openslots_model::KnownLine;
use rustc_hash::FxHashMap;

/// What a line was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// The file is as before up to and including this line.
    InPlace(KnownLine),
    /// The line was in the file, elsewhere or after a difference.
    Moved(KnownLine),
    /// The file did not hold it, or not as often.
    New,
}

/// The lines of a file as last read, to compare one by one with those that come.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    known: Vec<KnownLine>,
    /// Where the next line is expected.
    cursor: usize,
    /// Made when the first line differs.
    leftovers: Option<Leftovers>,
}

/// The known lines from the first difference on, by hash.
#[derive(Debug)]
struct Leftovers {
    /// The first line of each hash that may be left.
    first: FxHashMap<u64, u32>,
    /// For each line, the next one of the same hash.
    next: Vec<u32>,
    is_used: Vec<bool>,
}

const END: u32 = u32::MAX;

impl Comparison {
    /// A comparison with the lines as last read, in order.
    pub(crate) fn new(mut known: Vec<KnownLine>) -> Self {
        // Beyond four billion lines nothing is compared, only read.
        known.truncate(END as usize);
        Self { known, cursor: 0, leftovers: None }
    }

    /// The lines as last read.
    pub(crate) fn known(&self) -> &[KnownLine] {
        &self.known
    }

    /// Whether the lines that came are those that were known, all of them, in order.
    pub(crate) fn is_same(&self) -> bool {
        self.leftovers.is_none() && self.cursor == self.known.len()
    }

    /// Finds the next line of the file; each known line is found at most once.
    pub(crate) fn find(&mut self, hash: u64) -> Match {
        let expected = self.known.get(self.cursor).filter(|line| line.hash == hash).copied();
        match (&mut self.leftovers, expected) {
            (None, Some(line)) => {
                self.cursor += 1;
                return Match::InPlace(line);
            }
            (Some(leftovers), Some(line)) if !leftovers.is_used[self.cursor] => {
                leftovers.is_used[self.cursor] = true;
                self.cursor += 1;
                return Match::Moved(line);
            }
            _ => {}
        }
        let leftovers = self.leftovers.get_or_insert_with(|| Leftovers::of(&self.known, self.cursor));
        match leftovers.take(hash) {
            Some(index) => {
                self.cursor = index + 1;
                Match::Moved(self.known[index])
            }
            None => {
                // Most likely the expected line, changed.
                self.cursor += 1;
                Match::New
            }
        }
    }
}

impl Leftovers {
    fn of(known: &[KnownLine], from: usize) -> Self {
        let mut first = FxHashMap::with_capacity_and_hasher(known.len() - from, Default::default());
        let mut next = vec![END; known.len()];
        for index in (from..known.len()).rev() {
            if let Some(later) = first.insert(known[index].hash, index as u32) {
                next[index] = later;
            }
        }
        Self { first, next, is_used: vec![false; known.len()] }
    }

    /// The first line of the hash that is left.
    fn take(&mut self, hash: u64) -> Option<usize> {
        let first = self.first.get_mut(&hash)?;
        // Lines that were found in their place are passed over once and for all.
        while *first != END {
            let index = *first as usize;
            *first = self.next[index];
            if !std::mem::replace(&mut self.is_used[index], true) {
                return Some(index);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use openslots_model::LineToken;
    use proptest::prelude::*;

    use super::*;

    /// Lines with the given hashes, their tokens by position from 1.
    fn known(hashes: &[u64]) -> Vec<KnownLine> {
        hashes.iter().zip(1..).map(|(&hash, token)| KnownLine { hash, token: LineToken(token) }).collect()
    }

    /// The token of each line, 0 where it is new; and whether the file is the same.
    fn compare(before: &[u64], after: &[u64]) -> (Vec<u64>, bool) {
        let mut comparison = Comparison::new(known(before));
        let tokens = after
            .iter()
            .map(|&hash| match comparison.find(hash) {
                Match::InPlace(line) | Match::Moved(line) => line.token.0,
                Match::New => 0,
            })
            .collect();
        (tokens, comparison.is_same())
    }

    #[test]
    fn lines_are_found_where_they_went() {
        let before = [10, 20, 30, 40];
        for (after, want, same) in [
            (&[10, 20, 30, 40][..], &[1, 2, 3, 4][..], true),
            (&[10, 20, 30], &[1, 2, 3], false),
            (&[10, 20, 30, 40, 50], &[1, 2, 3, 4, 0], false),
            (&[10, 99, 30, 40], &[1, 0, 3, 4], false),
            (&[99, 10, 20, 30, 40], &[0, 1, 2, 3, 4], false),
            (&[20, 30, 40], &[2, 3, 4], false),
            (&[40, 30, 20, 10], &[4, 3, 2, 1], false),
            (&[10, 10, 20, 30, 40], &[1, 0, 2, 3, 4], false),
            (&[], &[], false),
        ] {
            assert_eq!(compare(&before, after), (want.to_vec(), same), "{after:?}");
        }
        assert_eq!(compare(&[], &[]), (vec![], true));
        assert_eq!(compare(&[], &[1]), (vec![0], false));
    }

    #[test]
    fn equal_lines_are_counted() {
        assert_eq!(compare(&[7, 7, 8, 7], &[8, 7, 7, 7, 7]).0, [3, 4, 1, 2, 0]);
        // A great many equal lines out of place must not be searched through again and again.
        let before = vec![7; 200_000];
        let mut after = vec![8];
        after.extend_from_slice(&before);
        assert_eq!(compare(&before, &after).0.iter().filter(|token| **token == 0).count(), 1);
    }

    proptest! {
        #[test]
        fn agrees_with_counting(
            before in prop::collection::vec(0u64..12, 0..40),
            after in prop::collection::vec(0u64..12, 0..40),
        ) {
            let (tokens, same) = compare(&before, &after);
            prop_assert_eq!(same, before == after);
            let mut left: BTreeMap<u64, usize> = BTreeMap::new();
            for hash in &before {
                *left.entry(*hash).or_default() += 1;
            }
            let mut used = vec![];
            for (hash, token) in after.iter().zip(tokens) {
                let count = left.entry(*hash).or_default();
                prop_assert_eq!(token != 0, *count > 0, "a line is found exactly if one like it is left");
                if token != 0 {
                    *count -= 1;
                    prop_assert_eq!(before[token as usize - 1], *hash, "what was found is equal");
                    prop_assert!(!used.contains(&token), "nothing is found twice");
                    used.push(token);
                }
            }
        }

        #[test]
        fn an_edit_leaves_the_other_lines_as_they_were(
            n in 1usize..60, at in 0usize..60, removed in 0usize..3, inserted in 0usize..3,
        ) {
            let before: Vec<u64> = (0..n as u64).collect();
            let at = at.min(n);
            let end = (at + removed).min(n);
            let mut after = before.clone();
            after.splice(at..end, (0..inserted as u64).map(|i| 1_000 + i));
            let (tokens, _) = compare(&before, &after);
            let want: Vec<u64> = after.iter().map(|hash| if *hash < 1_000 { hash + 1 } else { 0 }).collect();
            prop_assert_eq!(tokens, want);
        }
    }
}
