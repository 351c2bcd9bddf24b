//! Who computes: no more threads of a crawl at once than there are processors.
//!
//! Files are read by many threads, as each mostly waits for its network. Where all of them compute whenever they can, the
//! one commit gets a small share of a processor, and everyone waits for it in the end: it comes first.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Turns to compute, as many as there are processors.
#[derive(Debug)]
pub(crate) struct Processors {
    turns: Mutex<Turns>,
    given_back: Condvar,
    /// Who makes what was read visible, one at a time.
    committing: Mutex<()>,
}

#[derive(Debug)]
struct Turns {
    n_free: usize,
    n_commits_waiting: usize,
}

/// A turn, given back when dropped.
struct Turn<'a>(&'a Processors);

impl Processors {
    /// Those of this machine; at least two turns, so that files are read on while one commits.
    pub(crate) fn of_machine() -> Self {
        let n_processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::new(n_processors.max(2))
    }

    fn new(n_turns: usize) -> Self {
        let turns = Mutex::new(Turns { n_free: n_turns, n_commits_waiting: 0 });
        Self { turns, given_back: Condvar::new(), committing: Mutex::new(()) }
    }

    /// Computes when its turn comes. Nothing that waits for another turn may be in it.
    pub(crate) fn compute<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.turn(false);
        work()
    }

    /// Commits, one after the other and before all others that wait for a turn.
    pub(crate) fn commit<T>(&self, work: impl FnOnce() -> T) -> T {
        let _only = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        let _turn = self.turn(true);
        work()
    }

    fn turn(&self, is_commit: bool) -> Turn<'_> {
        let mut turns = self.turns();
        turns.n_commits_waiting += usize::from(is_commit);
        while turns.n_free == 0 || (turns.n_commits_waiting > 0 && !is_commit) {
            turns = self.given_back.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
        turns.n_commits_waiting -= usize::from(is_commit);
        turns.n_free -= 1;
        // More than one may have been held back by a commit.
        if is_commit && turns.n_free > 0 {
            self.given_back.notify_all();
        }
        Turn(self)
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = self.0.turns();
        turns.n_free += 1;
        if turns.n_commits_waiting > 0 { self.0.given_back.notify_all() } else { self.0.given_back.notify_one() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn no_more_compute_at_once_than_there_are_turns() {
        let processors = Processors::new(2);
        let (at_once, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for n in 0..8 {
                let (processors, at_once, most) = (&processors, &at_once, &most);
                scope.spawn(move || {
                    let work = || {
                        most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::yield_now();
                        at_once.fetch_sub(1, Ordering::SeqCst);
                    };
                    for _ in 0..100 {
                        if n == 0 { processors.commit(work) } else { processors.compute(work) }
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()));
        assert_eq!(processors.turns().n_free, 2, "all were given back");
    }

    #[test]
    fn a_commit_comes_before_all_others_that_wait() {
        let processors = Processors::new(1);
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            let held = processors.turn(false);
            let commit = || processors.commit(|| order.lock().expect("whole").push("commit"));
            let file = || processors.compute(|| order.lock().expect("whole").push("file"));
            scope.spawn(file);
            scope.spawn(commit);
            scope.spawn(file);
            while processors.turns().n_commits_waiting == 0 {
                thread::yield_now();
            }
            drop(held);
        });
        assert_eq!(order.into_inner().expect("whole"), ["commit", "file", "file"]);
    }

    #[test]
    fn what_panics_gives_its_turn_back() {
        let processors = Processors::new(1);
        let panicked = thread::scope(|scope| scope.spawn(|| processors.commit(|| panic!("on purpose"))).join());
        assert!(panicked.is_err());
        assert_eq!(processors.commit(|| processors.turns().n_free), 0);
    }
}
