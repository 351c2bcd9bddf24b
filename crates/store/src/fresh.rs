//! Provider locations that a commit has just put together, kept for the index, which asks for them next: to parse them
//! again would take as long as it took to make them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use openslots_model::{ProviderLocation, ProviderLocationNumber};
use rustc_hash::FxHashMap;

/// So many are kept at most, some 3 kB each: those of a few commits that the index has not come to yet.
const MAX_KEPT: usize = 8_192;

/// A provider location and the bytes that stand for it in the database.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) number: ProviderLocationNumber,
    pub(crate) body: Vec<u8>,
    pub(crate) provider_location: ProviderLocation,
}

/// Those that nobody has taken yet. What is found here is what the database holds, or it is not given out.
#[derive(Debug, Default)]
pub(crate) struct FreshProviderLocations {
    kept: Mutex<FxHashMap<ProviderLocationNumber, Fresh>>,
}

impl FreshProviderLocations {
    /// Keeps what was committed, as far as there is room.
    pub(crate) fn put(&self, committed: Vec<Fresh>) {
        let mut kept = self.lock();
        if kept.len() + committed.len() > MAX_KEPT {
            kept.clear();
        }
        kept.extend(committed.into_iter().take(MAX_KEPT).map(|fresh| (fresh.number, fresh)));
    }

    /// Takes the provider location of a number, if it is the one that these bytes stand for.
    pub(crate) fn take(&self, number: ProviderLocationNumber, body: &[u8]) -> Option<ProviderLocation> {
        let fresh = self.lock().remove(&number)?;
        (fresh.body == body).then_some(fresh.provider_location)
    }

    /// Forgets all: whoever asks for changes has come to their end.
    pub(crate) fn clear(&self) {
        // With the memory of the table.
        drop(std::mem::take(&mut *self.lock()));
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<ProviderLocationNumber, Fresh>> {
        // A panic elsewhere cannot leave a table half written.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{ProviderLocationKey, PublicId, PublisherNumber};

    use super::*;

    fn fresh(number: u32, body: &[u8]) -> Fresh {
        let provider_location = ProviderLocation {
            key: ProviderLocationKey(PublicId::from_bytes([7; 10])),
            publisher: "a".parse().unwrap(),
            publisher_number: PublisherNumber(1),
            provider: None,
            place: None,
            schedules: Vec::new(),
        };
        Fresh { number: ProviderLocationNumber(number), body: body.to_vec(), provider_location }
    }

    #[test]
    fn one_is_given_once_and_only_for_the_bytes_that_stand_for_it() {
        let kept = FreshProviderLocations::default();
        kept.put(vec![fresh(1, b"one"), fresh(2, b"two"), fresh(3, b"three")]);
        let is_given = |number, body: &[u8]| kept.take(ProviderLocationNumber(number), body).is_some();
        assert!(is_given(1, b"one"));
        assert!(!is_given(1, b"one"), "it was taken");
        assert!(!is_given(2, b"another"));
        assert!(!is_given(9, b"nine"));
        kept.clear();
        assert!(!is_given(3, b"three"));
    }

    #[test]
    fn what_nobody_takes_does_not_fill_the_memory() {
        let kept = FreshProviderLocations::default();
        for round in 0..5u32 {
            kept.put((0..MAX_KEPT as u32 / 2 + 1).map(|n| fresh(round * 10_000 + n, b"")).collect());
            assert!(kept.lock().len() <= MAX_KEPT, "round {round}");
        }
        assert!(kept.take(ProviderLocationNumber(40_000), b"").is_some(), "the newest are there");
    }
}
