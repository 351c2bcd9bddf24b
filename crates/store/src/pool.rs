//! A pool of things that are costly to make and used by one at a time.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// As many wait for their next use at most; what a burst of calls made beyond that is let go. A connection that waits
/// holds pages worth a megabyte, and no more than two for each processor are at work at once but when the disk is
/// waited for.
static MAX_IDLE: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(4, |n| 2 * usize::from(n)).max(4));

/// Things that wait for their next use. As many are made as are used at once.
pub(crate) struct Pool<T> {
    idle: Arc<Mutex<Vec<T>>>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { idle: Arc::default() }
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl<T> Pool<T> {
    /// An idle one, or else a new one.
    pub(crate) fn take_or<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Pooled<T>, E> {
        // Popping and pushing cannot leave the list half written, so a panic elsewhere poisons nothing.
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let item = match idle {
            Some(item) => item,
            None => make()?,
        };
        Ok(Pooled { idle: Arc::clone(&self.idle), item: Some(item) })
    }
}

/// One of a pool, which goes back when it is dropped.
pub(crate) struct Pooled<T> {
    idle: Arc<Mutex<Vec<T>>>,
    item: Option<T>,
}

impl<T> Pooled<T> {
    /// Takes it out of the pool for good.
    pub(crate) fn discard(&mut self) {
        self.item = None;
    }
}

impl<T> fmt::Debug for Pooled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooled").finish_non_exhaustive()
    }
}

impl<T> Deref for Pooled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.item.as_ref().expect("discarded only by its owner's drop")
    }
}

impl<T> DerefMut for Pooled<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.item.as_mut().expect("discarded only by its owner's drop")
    }
}

impl<T> Drop for Pooled<T> {
    fn drop(&mut self) {
        let Some(item) = self.item.take() else { return };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < *MAX_IDLE {
            idle.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn things_are_used_again_and_a_burst_of_them_let_go() {
        let pool = Pool::default();
        let mut n_made = 0;
        let mut take = || {
            let taken: Result<_, Infallible> = pool.take_or(|| {
                n_made += 1;
                Ok(n_made)
            });
            taken.unwrap()
        };
        drop(take());
        assert_eq!(*take(), 1);
        let n_burst = *MAX_IDLE + 20;
        let burst: Vec<_> = (0..n_burst).map(|_| take()).collect();
        drop(burst);
        let mut again: Vec<_> = (0..=*MAX_IDLE).map(|_| take()).collect();
        assert_eq!(again.iter().filter(|item| ***item <= n_burst).count(), *MAX_IDLE);
        again[0].discard();
        drop(again);
        assert_eq!(n_made, n_burst + 1);
        assert_eq!(pool.idle.lock().unwrap().len(), *MAX_IDLE);
    }
}
