//! Provider locations that were read lately.
//!
//! Popular places come up in page after page, and each costs a read and a parse of its JSON.
//! What is kept belongs to one state of the index and is dropped with it, so nothing outlives the commit that changes it.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use openslots_model::{ChangeSeq, ProviderLocation, ProviderLocationNumber};

use crate::{ApiState, Error};

/// How many are kept, at some 2 to 4 kB each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(2_048).unwrap();

/// Provider locations as of one change.
pub(crate) struct ProviderLocationCache {
    seq: ChangeSeq,
    entries: LruCache<ProviderLocationNumber, Arc<ProviderLocation>>,
}

impl Default for ProviderLocationCache {
    fn default() -> Self {
        Self { seq: ChangeSeq(0), entries: LruCache::new(CAPACITY) }
    }
}

impl fmt::Debug for ProviderLocationCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderLocationCache").field("seq", &self.seq).field("len", &self.entries.len()).finish()
    }
}

impl ProviderLocationCache {
    /// Makes the cache one of `seq`; whether it is (a reader of an older state must not use a newer cache).
    fn is_of(&mut self, seq: ChangeSeq) -> bool {
        if seq > self.seq {
            self.entries.clear();
            self.seq = seq;
        }
        seq == self.seq
    }
}

/// The provider locations of these numbers as far as they are still there, for an index state of `seq`. Blocks.
pub(crate) fn read_provider_locations(
    state: &ApiState,
    seq: ChangeSeq,
    numbers: impl Iterator<Item = ProviderLocationNumber>,
) -> Result<HashMap<ProviderLocationNumber, Arc<ProviderLocation>>, Error> {
    let mut found = HashMap::new();
    let mut missing: Vec<ProviderLocationNumber> = Vec::new();
    state.with_provider_location_cache(|cache| {
        let is_usable = cache.is_of(seq);
        for number in numbers {
            match cache.entries.get(&number).filter(|_| is_usable) {
                Some(known) => {
                    found.insert(number, Arc::clone(known));
                }
                None => missing.push(number),
            }
        }
    });
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(found);
    }
    // The lock is not held while the store is read.
    let read = state.store().provider_locations(&missing)?;
    state.with_provider_location_cache(|cache| {
        let is_usable = cache.is_of(seq);
        for (number, provider_location) in missing.into_iter().zip(read) {
            let Some(provider_location) = provider_location.map(Arc::new) else { continue };
            if is_usable {
                cache.entries.put(number, Arc::clone(&provider_location));
            }
            found.insert(number, provider_location);
        }
    });
    Ok(found)
}
