//! What is wrong with a publisher's data.

use std::sync::Arc;

use openslots_model::{Issue, IssueCode, PublisherSlug, PublisherStatus};
use openslots_store::FileIssues;

use crate::blocking::run_blocking;
use crate::{ApiState, Error};

/// Files that are told of, those with the most issues first.
const MAX_FILES: usize = 100;

/// Which issues are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueSelection {
    /// Only these codes; without any, all of them.
    pub codes: Vec<IssueCode>,
    /// How many samples there may be.
    pub limit: usize,
}

/// What is wrong with a publisher's data.
#[derive(Debug, Clone)]
pub struct IssuesAnswer {
    /// The publisher.
    pub publisher: Arc<PublisherStatus>,
    /// How many issues there are of each selected code; exact, apart from one that is looked for in a sample of lines.
    pub counts: Vec<(IssueCode, u64)>,
    /// How many of them each file has, those with the most first; at most a hundred files.
    pub files: Vec<FileIssues>,
    /// Some of them: in the order of `counts`, of each code in order of file and line.
    pub samples: Vec<Issue>,
}

/// The issues of a publisher's data: counts and samples; `None`: no such publisher.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn issues(
    state: &ApiState,
    slug: &PublisherSlug,
    selection: IssueSelection,
) -> Result<Option<IssuesAnswer>, Error> {
    let Some(publisher) = state.publishers().by_slug(slug).cloned() else { return Ok(None) };
    run_blocking(state, move |state| {
        let (store, number) = (state.store(), publisher.publisher.number);
        let codes = if selection.codes.is_empty() { IssueCode::ALL } else { &selection.codes };
        let mut counts = store.issue_counts(number)?;
        counts.retain(|(code, _)| codes.contains(code));
        let mut samples = Vec::new();
        for (code, n_samples) in spread(&counts, selection.limit) {
            samples.extend(store.issues_of_code(number, code, n_samples)?);
        }
        let files = store.issue_counts_by_file(number, codes, MAX_FILES)?;
        Ok(Some(IssuesAnswer { publisher, counts, files, samples }))
    })
    .await
}

/// How many samples of each code there are to be: a code that has few leaves its share to those that have many, so that
/// none hides another.
fn spread(counts: &[(IssueCode, u64)], limit: usize) -> Vec<(IssueCode, usize)> {
    let mut by_rarity: Vec<_> = counts.iter().enumerate().collect();
    by_rarity.sort_by_key(|(_, (_, count))| *count);
    let mut shares: Vec<_> = counts.iter().map(|(code, _)| (*code, 0)).collect();
    let mut n_left = limit;
    for (n_done, (place, (_, count))) in by_rarity.iter().enumerate() {
        let share = n_left.div_ceil(by_rarity.len() - n_done);
        let share = usize::try_from(*count).map_or(share, |count| count.min(share));
        shares[*place].1 = share;
        n_left -= share;
    }
    shares.retain(|(_, share)| *share > 0);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_hides_another() {
        use IssueCode::{InvalidJson, InvalidStatus, RepairedTime};
        let counts = [(InvalidJson, 5_000), (InvalidStatus, 2), (RepairedTime, 1_000)];
        for (limit, want) in [
            (25, vec![(InvalidJson, 11), (InvalidStatus, 2), (RepairedTime, 12)]),
            (3, vec![(InvalidJson, 1), (InvalidStatus, 1), (RepairedTime, 1)]),
            (2, vec![(InvalidStatus, 1), (RepairedTime, 1)]),
            (0, vec![]),
        ] {
            assert_eq!(spread(&counts, limit), want, "{limit}");
        }
        assert_eq!(spread(&counts[..1], 100), [(InvalidJson, 100)]);
        assert_eq!(spread(&counts[1..2], 100), [(InvalidStatus, 2)]);
        assert_eq!(spread(&[], 100), []);
    }
}
