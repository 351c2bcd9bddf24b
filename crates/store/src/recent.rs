//! Slots and provider locations that were read lately.
//!
//! People look at the same ones: the soonest near a large city, the places of a page that follow each other. To read one
//! takes some ten microseconds (its row, its block, its JSON), to find it here a tenth of one. What is asked for once is
//! not kept: whoever pages through everything pushes nothing out, and pays for a glance.
//!
//! A slot's line never changes and a provider location changes with a commit alone, so what is kept is right until a
//! commit says otherwise ([`Recent::forget`]). All commits are of one process, which holds the lock of the data directory,
//! and of one [`Store`](crate::Store): whoever else opens the database reads it once and is done. Between a commit and
//! what it makes forgotten lie microseconds, in which what it replaced is still given; who follows the change feed reads
//! the database itself.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use openslots_model::{ProviderLocation, ProviderLocationNumber, ResourceNumber, SlotRow};
use rustc_hash::FxBuildHasher;

use crate::read::StoredSlot;

const N_SHARDS: usize = 8;
/// Slots kept in each shard: 8 x 256 of some 2 kB.
const SLOTS_PER_SHARD: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// Provider locations kept in each shard: 8 x 256 of 2 to 4 kB.
const PROVIDER_LOCATIONS_PER_SHARD: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// A slot with more JSON is not kept: few are, and with all that is read from it it takes as much again.
const MAX_JSON_BYTES: usize = 16 * 1_024;
/// What was asked for and not kept is remembered in each shard in so many places.
const N_ASKED: usize = 1_024;

/// How many commits there were when somebody began to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

/// What was read lately.
#[derive(Debug)]
pub(crate) struct Recent {
    n_commits: AtomicU64,
    /// By row.
    slots: Shards<StoredSlot>,
    /// By number.
    provider_locations: Shards<ProviderLocation>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            n_commits: AtomicU64::new(0),
            slots: Shards::new(SLOTS_PER_SHARD),
            provider_locations: Shards::new(PROVIDER_LOCATIONS_PER_SHARD),
        }
    }
}

impl Recent {
    /// To be asked before a read transaction begins whose findings are to be kept.
    pub(crate) fn now(&self) -> Moment {
        Moment(self.n_commits.load(Ordering::SeqCst))
    }

    pub(crate) fn slot(&self, row: SlotRow) -> Option<Arc<StoredSlot>> {
        self.slots.get(row.0)
    }

    pub(crate) fn provider_location(&self, number: ProviderLocationNumber) -> Option<Arc<ProviderLocation>> {
        self.provider_locations.get(number.0.into())
    }

    /// Keeps a slot that was read in a transaction begun after `begun`, unless something was committed since, if it was
    /// asked for before.
    pub(crate) fn keep_slot(&self, begun: Moment, slot: &Arc<StoredSlot>) {
        if slot.json.len() <= MAX_JSON_BYTES {
            self.slots.keep(slot.row.0, slot, || self.now() == begun);
        }
    }

    /// Keeps a provider location in the same way.
    pub(crate) fn keep_provider_location(
        &self,
        begun: Moment,
        number: ProviderLocationNumber,
        provider_location: &Arc<ProviderLocation>,
    ) {
        self.provider_locations.keep(number.0.into(), provider_location, || self.now() == begun);
    }

    /// Forgets what a commit has just removed (by row, ascending) or changed.
    pub(crate) fn forget(&self, removed: &[(ResourceNumber, SlotRow)], changed: &BTreeSet<ProviderLocationNumber>) {
        self.n_commits.fetch_add(1, Ordering::SeqCst);
        let is_removed = |row| removed.binary_search_by_key(&row, |(_, row)| row.0).is_ok();
        self.slots.forget(removed.iter().map(|(_, row)| row.0), is_removed);
        let is_changed =
            |number| u32::try_from(number).is_ok_and(|number| changed.contains(&ProviderLocationNumber(number)));
        self.provider_locations.forget(changed.iter().map(|number| number.0.into()), is_changed);
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.n_commits.fetch_add(1, Ordering::SeqCst);
        self.slots.clear();
        self.provider_locations.clear();
    }
}

/// What was used last, in parts that are locked each by itself.
#[derive(Debug)]
struct Shards<V> {
    shards: [Mutex<Shard<V>>; N_SHARDS],
    n_at_most: usize,
}

#[derive(Debug)]
struct Shard<V> {
    kept: LruCache<u64, Arc<V>, FxBuildHasher>,
    /// What was asked for once: the numbers that came last to each place.
    asked: Box<[Option<u64>; N_ASKED]>,
}

impl<V> Shards<V> {
    fn new(per_shard: NonZeroUsize) -> Self {
        let kept = || LruCache::with_hasher(per_shard, FxBuildHasher);
        let shard = |_| Mutex::new(Shard { kept: kept(), asked: Box::new([None; N_ASKED]) });
        Self { shards: std::array::from_fn(shard), n_at_most: N_SHARDS * per_shard.get() }
    }

    fn get(&self, number: u64) -> Option<Arc<V>> {
        self.shard(number).kept.get(&number).map(Arc::clone)
    }

    fn keep(&self, number: u64, it: &Arc<V>, is_now: impl FnOnce() -> bool) {
        let mut shard = self.shard(number);
        let asked = &mut shard.asked[number as usize / N_SHARDS % N_ASKED];
        if asked.replace(number) != Some(number) {
            return;
        }
        // Under the lock: a commit that comes from here on finds what is put, and forgets it.
        if is_now() {
            shard.kept.put(number, Arc::clone(it));
        }
    }

    /// Forgets some: one by one, or by a look at each that is kept where those are fewer.
    fn forget(&self, numbers: impl ExactSizeIterator<Item = u64>, is_among: impl Fn(u64) -> bool) {
        if numbers.len() <= self.n_at_most {
            numbers.for_each(|number| drop(self.shard(number).kept.pop(&number)));
            return;
        }
        for shard in 0..N_SHARDS as u64 {
            let mut shard = self.shard(shard);
            let gone =
                shard.kept.iter().map(|(number, _)| *number).filter(|number| is_among(*number)).collect::<Vec<_>>();
            gone.iter().for_each(|number| drop(shard.kept.pop(number)));
        }
    }

    fn clear(&self) {
        for number in 0..N_SHARDS as u64 {
            let mut shard = self.shard(number);
            shard.kept.clear();
            shard.asked.fill(None);
        }
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, Shard<V>> {
        // A panic elsewhere cannot leave a cache half written: there is nothing to protect by poisoning.
        self.shards[number as usize % N_SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{ProviderLocationKey, PublicId, PublisherNumber};

    use super::*;

    fn provider_location() -> Arc<ProviderLocation> {
        Arc::new(ProviderLocation {
            key: ProviderLocationKey(PublicId::from_bytes([7; 10])),
            publisher: "a".parse().unwrap(),
            publisher_number: PublisherNumber(1),
            provider: None,
            place: None,
            schedules: Vec::new(),
        })
    }

    #[test]
    fn what_was_read_before_a_commit_is_not_kept_after_it() {
        let (recent, found) = (Recent::default(), provider_location());
        let [one, other] = [1, 2].map(ProviderLocationNumber);
        let is_kept = |number| recent.provider_location(number).is_some();
        let begun = recent.now();
        for number in [one, other, one, other] {
            recent.keep_provider_location(begun, number, &found);
        }
        assert!(is_kept(one) && is_kept(other));
        recent.forget(&[], &BTreeSet::from([one]));
        assert_eq!((is_kept(one), is_kept(other)), (false, true), "only what changed goes");
        recent.keep_provider_location(begun, one, &found);
        assert!(!is_kept(one), "the transaction may have begun before the commit");
        recent.keep_provider_location(recent.now(), one, &found);
        assert!(is_kept(one));
        recent.clear();
        assert!(!is_kept(one) && !is_kept(other));
    }

    #[test]
    fn what_is_asked_for_once_is_not_kept_and_pushes_nothing_out() {
        let (recent, found) = (Recent::default(), provider_location());
        let asked_twice = ProviderLocationNumber(0);
        let keep = |number| recent.keep_provider_location(recent.now(), number, &found);
        keep(asked_twice);
        keep(asked_twice);
        for number in (1..100_000).map(ProviderLocationNumber) {
            keep(number);
            assert!(recent.provider_location(number).is_none());
        }
        assert!(recent.provider_location(asked_twice).is_some());
    }

    #[test]
    fn however_much_a_commit_changes_only_that_is_forgotten() {
        let (recent, found) = (Recent::default(), provider_location());
        let n = (N_SHARDS * PROVIDER_LOCATIONS_PER_SHARD.get()) as u32 + 1;
        let [changed, other] = [n - 1, n].map(ProviderLocationNumber);
        let keep = |number| recent.keep_provider_location(recent.now(), number, &found);
        [changed, other, changed, other].into_iter().for_each(keep);
        let is_kept = |number| recent.provider_location(number).is_some();
        assert!(is_kept(changed) && is_kept(other));
        recent.forget(&[], &(0..n).map(ProviderLocationNumber).collect());
        assert!(!is_kept(changed) && is_kept(other));
    }
}
