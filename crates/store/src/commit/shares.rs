//! Work of a commit that needs no database, shared between cores: while one run commits, the others wait for it.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

/// As many cores work on one commit at most: the others are left to whoever reads.
const MAX_THREADS: usize = 4;
/// So many pieces are worth a thread of their own.
const MIN_PIECES: usize = 16;

/// Asked for once: the answer is read from files of the system.
fn n_cores() -> usize {
    static N_CORES: OnceLock<usize> = OnceLock::new();
    *N_CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get))
}

/// Does `work` with each of the items, on several threads if they are many; the results in the order of the items.
pub(crate) fn share_out<T: Send, R: Send>(mut items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let n_threads = n_cores().min(MAX_THREADS).min(items.len() / MIN_PIECES).max(1);
    let (n_items, n_own) = (items.len(), items.len().div_ceil(n_threads));
    thread::scope(|scope| {
        let work = &work;
        let mut others = Vec::with_capacity(n_threads);
        while items.len() > n_own {
            let share = items.split_off(items.len() - n_own.min(items.len() - n_own));
            others.push(scope.spawn(move || share.into_iter().map(work).collect::<Vec<R>>()));
        }
        let mut results = Vec::with_capacity(n_items);
        results.extend(items.into_iter().map(work));
        for other in others.into_iter().rev() {
            results.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for n_items in [0, 1, 15, 16, 31, 32, 33, 1_000] {
            let items: Vec<usize> = (0..n_items).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(share_out(items, |item| item * 2), doubled, "{n_items} items");
        }
    }

    #[test]
    #[should_panic(expected = "piece 999")]
    fn a_panic_is_passed_on() {
        let items: Vec<usize> = (0..1_000).collect();
        share_out(items, |item| assert!(item != 999, "piece {item}"));
    }
}
