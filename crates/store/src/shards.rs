//! Caches in parts that are locked each by itself, so that readers seldom wait for each other.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) const N_SHARDS: usize = 8;

/// Parts of a thing that is asked for by number.
#[derive(Debug)]
pub(crate) struct Shards<T>([Mutex<T>; N_SHARDS]);

impl<T> Shards<T> {
    pub(crate) fn new(make: impl Fn() -> T) -> Self {
        Self(std::array::from_fn(|_| Mutex::new(make())))
    }

    /// The part of a number.
    pub(crate) fn of(&self, number: u64) -> MutexGuard<'_, T> {
        lock(&self.0[number as usize % N_SHARDS])
    }

    /// All parts, one after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.0.iter().map(lock)
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere cannot leave a cache half written: there is nothing to protect by poisoning.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
