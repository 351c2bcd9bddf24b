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
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lru::LruCache;
use openslots_model::{ProviderLocation, ProviderLocationNumber, ResourceNumber, SlotRow};
use rustc_hash::FxBuildHasher;

use crate::read::StoredSlot;
use crate::shards::{N_SHARDS, Shards};

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
    slots: Kept<StoredSlot>,
    /// By number.
    provider_locations: Kept<ProviderLocation>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            n_commits: AtomicU64::new(0),
            slots: Kept::new(SLOTS_PER_SHARD),
            provider_locations: Kept::new(PROVIDER_LOCATIONS_PER_SHARD),
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
        self.slots.forget(|row| removed.binary_search_by_key(&row, |(_, row)| row.0).is_ok());
        // Numbers that are kept are numbers of provider locations.
        self.provider_locations.forget(|number| changed.contains(&ProviderLocationNumber(number as u32)));
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.n_commits.fetch_add(1, Ordering::SeqCst);
        self.slots.clear();
        self.provider_locations.clear();
    }
}

/// What was used last.
#[derive(Debug)]
struct Kept<V>(Shards<Part<V>>);

#[derive(Debug)]
struct Part<V> {
    kept: LruCache<u64, Arc<V>, FxBuildHasher>,
    /// What was asked for once: the numbers that came last to each place.
    asked: Box<[Option<u64>; N_ASKED]>,
}

impl<V> Kept<V> {
    fn new(per_shard: NonZeroUsize) -> Self {
        let kept = move || LruCache::with_hasher(per_shard, FxBuildHasher);
        Self(Shards::new(|| Part { kept: kept(), asked: Box::new([None; N_ASKED]) }))
    }

    fn get(&self, number: u64) -> Option<Arc<V>> {
        self.0.of(number).kept.get(&number).map(Arc::clone)
    }

    fn keep(&self, number: u64, it: &Arc<V>, is_now: impl FnOnce() -> bool) {
        let mut part = self.0.of(number);
        let place = number as usize / N_SHARDS % N_ASKED;
        if part.asked[place].replace(number) != Some(number) {
            return;
        }
        // Under the lock: a commit that comes from here on finds what is put, and forgets it.
        if is_now() {
            part.kept.put(number, Arc::clone(it));
        }
    }

    fn forget(&self, is_among: impl Fn(u64) -> bool) {
        for mut part in self.0.each() {
            let numbers = part.kept.iter().map(|(number, _)| *number);
            let gone = numbers.filter(|number| is_among(*number)).collect::<Vec<_>>();
            gone.iter().for_each(|number| drop(part.kept.pop(number)));
        }
    }

    fn clear(&self) {
        for mut part in self.0.each() {
            part.kept.clear();
            part.asked.fill(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider_location::of_nobody;

    #[test]
    fn what_was_read_before_a_commit_is_not_kept_after_it() {
        let (recent, found) = (Recent::default(), Arc::new(of_nobody()));
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
        let (recent, found) = (Recent::default(), Arc::new(of_nobody()));
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
        let (recent, found) = (Recent::default(), Arc::new(of_nobody()));
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
