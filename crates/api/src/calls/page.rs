//! Pages that stay full although what the index names may have gone from the store meanwhile.

use openslots_model::{PageStart, SortKey};

use crate::Error;
use crate::parameters::Search;

/// How often a page is filled up.
///
/// More rounds would only be needed while a whole publisher is being replaced; the page is then short, and its cursor
/// leads on.
const MAX_ROUNDS: usize = 4;

/// What was found for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub(super) found: Vec<T>,
    /// How many match in all, without those that are known to have gone.
    pub(super) total: u64,
    /// The cursor of the next page, if more follow.
    pub(super) next: Option<String>,
}

/// Asks the index for hits (`ask`: from where, how many; gives them with the total) and the store for what they stand
/// for (`read`: leaves out what is gone), until the page is full or nothing follows.
pub(super) fn fill_page<H, T>(
    search: &Search,
    ask: impl Fn(PageStart, usize) -> Result<(Vec<H>, u64), Error>,
    key_of: impl Fn(&H) -> SortKey,
    read: impl Fn(&[H]) -> Result<Vec<T>, Error>,
) -> Result<Page<T>, Error> {
    let mut page = Page { found: Vec::with_capacity(search.limit), total: 0, next: None };
    let mut n_gone = 0;
    let mut start = search.start;
    for _ in 0..MAX_ROUNDS {
        let n_wanted = search.limit - page.found.len();
        // One more than wanted tells whether more follow.
        let (mut hits, total) = ask(start, n_wanted + 1)?;
        let has_more = hits.len() > n_wanted;
        hits.truncate(n_wanted);
        let found = read(&hits)?;
        n_gone += (hits.len() - found.len()) as u64;
        page.found.extend(found);
        page.total = total.saturating_sub(n_gone);
        let last_key = hits.last().filter(|_| has_more).map(&key_of);
        page.next = last_key.map(|key| search.cursor_behind(key));
        match last_key {
            Some(key) if page.found.len() < search.limit => start = PageStart::Behind(key),
            _ => break,
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use openslots_model::{ChangeSeq, UnixSeconds};

    use super::*;
    use crate::PublisherTable;
    use crate::parameters::{Context, SearchKind};

    /// Pages over the numbers 0 to 9, of which some are gone: `(found, total, whether there is a next page)`.
    fn page(limit: usize, offset: u64, gone: &[u64]) -> (Vec<u64>, u64, bool) {
        let publishers = PublisherTable::default();
        let context =
            Context { now: UnixSeconds(0), publishers: &publishers, snapshot: None, feed_began: ChangeSeq(0) };
        let mut search = Search::everything(SearchKind::Slots, context);
        search.limit = limit;
        search.start = PageStart::Offset(offset);
        let key = |tie: &u64| SortKey { rank: 0, start: 0, tie: *tie };
        let ask = |start, n_hits| {
            let first = match start {
                PageStart::Offset(offset) => offset,
                PageStart::Behind(key) => key.tie + 1,
            };
            Ok(((first..10).take(n_hits).collect(), 10))
        };
        let read = |hits: &[u64]| Ok(hits.iter().copied().filter(|hit| !gone.contains(hit)).collect());
        let page = fill_page(&search, ask, key, read).expect("a page");
        (page.found, page.total, page.next.is_some())
    }

    #[test]
    fn pages_are_full_while_there_is_enough() {
        for (limit, offset, gone, want) in [
            (3, 0, &[][..], (vec![0, 1, 2], 10, true)),
            (3, 7, &[], (vec![7, 8, 9], 10, false)),
            (3, 8, &[], (vec![8, 9], 10, false)),
            (3, 20, &[], (vec![], 10, false)),
            (10, 0, &[], ((0..10).collect(), 10, false)),
            (3, 0, &[0, 1], (vec![2, 3, 4], 8, true)),
            (3, 0, &[1, 2, 3, 4], (vec![0, 5, 6], 6, true)),
            (3, 7, &[8], (vec![7, 9], 9, false)),
            (2, 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], (vec![], 2, true)),
        ] {
            assert_eq!(page(limit, offset, gone), want, "{limit} from {offset} without {gone:?}");
        }
    }
}
