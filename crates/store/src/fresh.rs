//! What a commit has just made, kept for the index, which asks for it next: to read it again would take as long as it took
//! to write.

use std::sync::{Mutex, MutexGuard, PoisonError};

use openslots_model::{ChangeSeq, ProviderLocation, ProviderLocationNumber, SlotRecord};
use rustc_hash::FxHashMap;

/// So many provider locations are kept at most, some 3 kB each: those of a few commits that the index has not come to yet.
const MAX_PROVIDER_LOCATIONS: usize = 8_192;
/// So many slots are kept at most, 24 bytes each.
const MAX_SLOTS: usize = 500_000;

/// A provider location and the bytes that stand for it in the database.
#[derive(Debug)]
pub(crate) struct FreshProviderLocation {
    pub(crate) number: ProviderLocationNumber,
    pub(crate) body: Vec<u8>,
    pub(crate) provider_location: ProviderLocation,
}

/// The slots that a commit adds, in order of their rows, unless they are too many.
#[derive(Debug, Default)]
pub(crate) struct FreshSlots {
    slots: Vec<SlotRecord>,
    are_too_many: bool,
}

impl FreshSlots {
    pub(crate) fn push(&mut self, slot: SlotRecord) {
        if self.slots.len() == MAX_SLOTS {
            *self = Self { slots: Vec::new(), are_too_many: true };
        }
        if !self.are_too_many {
            self.slots.push(slot);
        }
    }
}

/// What one commit has made.
#[derive(Debug, Default)]
pub(crate) struct FreshCommit {
    pub(crate) provider_locations: Vec<FreshProviderLocation>,
    pub(crate) slots: FreshSlots,
    /// Its place in the change feed, if it changed anything.
    pub(crate) seq: Option<ChangeSeq>,
}

/// What nobody has taken yet. What is found here is what the database holds, or it is not given out.
#[derive(Debug, Default)]
pub(crate) struct FreshCommits {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    provider_locations: FxHashMap<ProviderLocationNumber, FreshProviderLocation>,
    slots: FxHashMap<ChangeSeq, Vec<SlotRecord>>,
}

impl FreshCommits {
    /// Keeps what was committed, as far as there is room.
    pub(crate) fn put(&self, committed: FreshCommit) {
        let FreshCommit { provider_locations, slots: FreshSlots { slots, are_too_many }, seq } = committed;
        let mut kept = self.lock();
        if kept.provider_locations.len() + provider_locations.len() > MAX_PROVIDER_LOCATIONS {
            kept.provider_locations.clear();
        }
        let numbered = provider_locations.into_iter().take(MAX_PROVIDER_LOCATIONS);
        kept.provider_locations.extend(numbered.map(|fresh| (fresh.number, fresh)));
        let n_slots: usize = kept.slots.values().map(Vec::len).sum();
        if n_slots + slots.len() > MAX_SLOTS {
            kept.slots.clear();
        }
        kept.slots.extend(seq.filter(|_| !are_too_many).map(|seq| (seq, slots)));
    }

    /// Takes the provider location of a number, if it is the one that these bytes stand for.
    pub(crate) fn take_provider_location(
        &self,
        number: ProviderLocationNumber,
        body: &[u8],
    ) -> Option<ProviderLocation> {
        let fresh = self.lock().provider_locations.remove(&number)?;
        (fresh.body == body).then_some(fresh.provider_location)
    }

    /// Takes the slots that were added with a change. A row never changes, so they are what they were; some may be gone.
    pub(crate) fn take_slots(&self, seq: ChangeSeq) -> Option<Vec<SlotRecord>> {
        self.lock().slots.remove(&seq)
    }

    /// Forgets all: whoever asks for changes has come to their end.
    pub(crate) fn clear(&self) {
        // With the memory of the tables.
        drop(std::mem::take(&mut *self.lock()));
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A panic elsewhere cannot leave a table half written.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{ResourceNumber, SlotRow, TraitsNumber, UnixSeconds};

    use super::*;
    use crate::provider_location::of_nobody;

    fn fresh(number: u32, body: &[u8]) -> FreshProviderLocation {
        let number = ProviderLocationNumber(number);
        FreshProviderLocation { number, body: body.to_vec(), provider_location: of_nobody() }
    }

    fn with_provider_locations(provider_locations: Vec<FreshProviderLocation>) -> FreshCommit {
        FreshCommit { provider_locations, ..FreshCommit::default() }
    }

    /// A commit of so many slots.
    fn with_slots(seq: u64, n_slots: usize) -> FreshCommit {
        let mut slots = FreshSlots::default();
        for row in 0..n_slots as u64 {
            let (schedule, start, traits) = (ResourceNumber(1), UnixSeconds(seq as i64), TraitsNumber(1));
            slots.push(SlotRecord { row: SlotRow(row), schedule, start, traits });
        }
        FreshCommit { slots, seq: Some(ChangeSeq(seq)), ..FreshCommit::default() }
    }

    #[test]
    fn one_is_given_once_and_only_for_the_bytes_that_stand_for_it() {
        let kept = FreshCommits::default();
        kept.put(with_provider_locations(vec![fresh(1, b"one"), fresh(2, b"two"), fresh(3, b"three")]));
        let is_given =
            |number, body: &[u8]| kept.take_provider_location(ProviderLocationNumber(number), body).is_some();
        assert!(is_given(1, b"one"));
        assert!(!is_given(1, b"one"), "it was taken");
        assert!(!is_given(2, b"another"));
        assert!(!is_given(9, b"nine"));
        kept.clear();
        assert!(!is_given(3, b"three"));
    }

    #[test]
    fn slots_are_given_once_and_only_with_their_change() {
        let kept = FreshCommits::default();
        kept.put(with_slots(7, 3));
        kept.put(with_slots(8, 2));
        let n_given = |seq| kept.take_slots(ChangeSeq(seq)).map(|slots| slots.len());
        assert_eq!((n_given(7), n_given(7), n_given(8), n_given(9)), (Some(3), None, Some(2), None));
        kept.put(with_slots(9, 1));
        kept.clear();
        assert_eq!(n_given(9), None);
    }

    #[test]
    fn what_nobody_takes_does_not_fill_the_memory() {
        let kept = FreshCommits::default();
        for round in 0..5u32 {
            let n_fresh = MAX_PROVIDER_LOCATIONS as u32 / 2 + 1;
            kept.put(with_provider_locations((0..n_fresh).map(|n| fresh(round * 10_000 + n, b"")).collect()));
            assert!(kept.lock().provider_locations.len() <= MAX_PROVIDER_LOCATIONS, "round {round}");
        }
        assert!(kept.take_provider_location(ProviderLocationNumber(40_000), b"").is_some(), "the newest are there");
        for seq in 0..5 {
            kept.put(with_slots(seq, MAX_SLOTS / 2 + 1));
        }
        assert!(kept.take_slots(ChangeSeq(3)).is_none(), "they gave way");
        assert!(kept.take_slots(ChangeSeq(4)).is_some(), "the newest are there");
        kept.put(with_slots(5, MAX_SLOTS + 1));
        assert!(kept.take_slots(ChangeSeq(5)).is_none(), "too many are read again");
    }
}
