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
