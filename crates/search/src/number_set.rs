//! A set of the store's numbers, a bit each: small enough to stay in the processor's cache.

use std::sync::Arc;

/// A set of numbers, which are dense. A clone shares all of it until either side changes.
#[derive(Clone, Default)]
pub(crate) struct NumberSet {
    words: Arc<Vec<u64>>,
}

impl NumberSet {
    pub(crate) fn contains(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Says whether a number is in the set from now on.
    pub(crate) fn set(&mut self, number: u32, is_in: bool) {
        if self.contains(number) == is_in {
            return;
        }
        let (word, bit) = place(number);
        let words = Arc::make_mut(&mut self.words);
        if word >= words.len() {
            words.resize(word + 1, 0);
        }
        words[word] ^= bit;
    }
}

const fn place(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_was_set_and_clones_stay(changes in prop::collection::vec((0u32..300, any::<bool>()), 0..60)) {
            let (mut set, mut oracle) = (NumberSet::default(), BTreeSet::new());
            for (number, is_in) in changes {
                let (older, before) = (set.clone(), oracle.clone());
                set.set(number, is_in);
                if is_in { oracle.insert(number); } else { oracle.remove(&number); }
                for number in 0..320 {
                    prop_assert_eq!(set.contains(number), oracle.contains(&number));
                    prop_assert_eq!(older.contains(number), before.contains(&number));
                }
            }
        }
    }
}
