//! Words: how texts become terms, and what a word of a query may match.

use std::borrow::Cow;

use openslots_directory::text::{fold, words};
use rustc_hash::FxHashSet;

use crate::{Error, MAX_WORDS};

/// Longer words are cut off, in documents and queries alike.
const MAX_WORD_LEN: usize = 64;

/// A word matches as a beginning from this length on: shorter ones begin too many.
const MIN_PREFIX_LEN: usize = 3;

/// Words that people write between the words that matter. They raise the rank where they are found but need not be:
/// `in` and `or` are states as well.
const FILLER_WORDS: [&str; 15] =
    ["a", "an", "and", "at", "by", "for", "from", "in", "near", "of", "on", "or", "the", "to", "with"];

/// Adds the words of a text, as documents hold them, parted by spaces.
///
/// A word with an apostrophe is there both ways, `o brien` and `obrien`.
pub(crate) fn push_words(out: &mut String, text: &str) {
    let joined = without_apostrophes(text);
    let parted = fold(text);
    let joined = if matches!(joined, Cow::Owned(_)) { fold(&joined) } else { String::new() };
    for word in words(&parted).chain(words(&joined)) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(cut(word));
    }
}

/// Folded words are ASCII, so any cut lies between characters.
fn cut(word: &str) -> &str {
    &word[..word.len().min(MAX_WORD_LEN)]
}

fn without_apostrophes(text: &str) -> Cow<'_, str> {
    const APOSTROPHES: [char; 5] = ['\'', '\u{2019}', '\u{2018}', '\u{2bc}', '`'];
    if text.contains(APOSTROPHES) { Cow::Owned(text.replace(APOSTROPHES, "")) } else { Cow::Borrowed(text) }
}

/// A word that is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryWord {
    /// The folded word.
    pub(crate) text: String,
    /// Whether a document must have it.
    pub(crate) is_required: bool,
}

impl QueryWord {
    /// Whether words that begin with it match.
    pub(crate) fn matches_beginnings(&self) -> bool {
        self.is_required && self.text.len() >= MIN_PREFIX_LEN
    }

    /// At most how many letters may be wrong, missing, too many or swapped. Numbers are never stretched: a neighbouring ZIP
    /// or house number is another place.
    pub(crate) fn max_typos(&self) -> u8 {
        if !self.is_required || !self.text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return 0;
        }
        match self.text.len() {
            0..4 => 0,
            4..8 => 1,
            _ => 2,
        }
    }
}

/// How many distinct words a free text has, as a search counts them against [`MAX_WORDS`]: `O'Brien` is one.
pub fn count_words(text: &str) -> usize {
    distinct_words(text).len()
}

/// The words of a query, each once. None: nothing is searched for.
///
/// # Errors
/// More than [`MAX_WORDS`] of them.
pub(crate) fn query_words(text: &str) -> Result<Vec<QueryWord>, Error> {
    let mut found = distinct_words(text);
    if found.len() > MAX_WORDS {
        return Err(Error::TooManyWords { n_words: found.len(), limit: MAX_WORDS });
    }
    if found.iter().all(|word| !word.is_required) {
        found.iter_mut().for_each(|word| word.is_required = true);
    }
    Ok(found)
}

/// The words of a query in the order of their first coming, fillers not required.
fn distinct_words(text: &str) -> Vec<QueryWord> {
    let folded = fold(&without_apostrophes(text));
    let mut seen = FxHashSet::default();
    words(&folded)
        .map(cut)
        .filter(|word| seen.insert(*word))
        .map(|word| QueryWord { text: word.to_owned(), is_required: !FILLER_WORDS.contains(&word) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_hold_words_with_apostrophes_both_ways() {
        for (text, want) in [
            ("", ""),
            ("O'Brien, M.D.", "o brien m d obrien m d"),
            ("Children\u{2019}s Hospital", "children s hospital childrens hospital"),
            ("Ménière  Clinic", "meniere clinic"),
        ] {
            let mut words = String::new();
            push_words(&mut words, text);
            assert_eq!(words, want, "{text}");
        }
        let mut words = "first".to_owned();
        push_words(&mut words, &"x".repeat(100));
        assert_eq!(words, format!("first {}", "x".repeat(64)));
    }

    #[test]
    fn queries_are_taken_apart() {
        for (text, want) in [
            ("", ""),
            ("  !? ", ""),
            ("O'Brien Cedar Rapids", "obrien cedar rapids"),
            ("skin doctor in Boston", "skin doctor (in) boston"),
            ("Boston boston BOSTON", "boston"),
            ("or", "or"),
        ] {
            let words = query_words(text).expect(text);
            let shown = words
                .iter()
                .map(|word| if word.is_required { word.text.clone() } else { format!("({})", word.text) })
                .collect::<Vec<_>>();
            assert_eq!(shown.join(" "), want, "{text}");
        }
        for (text, want) in [("", 0), ("O'Brien o brien", 3), ("in Boston, BOSTON", 2)] {
            assert_eq!(count_words(text), want, "{text}");
        }
        let many = (0..17).map(|n| format!("word{n} ")).collect::<String>();
        assert!(matches!(query_words(&many), Err(Error::TooManyWords { n_words: 17, limit: 16 })));
    }

    #[test]
    fn longer_words_may_have_more_typos() {
        for (text, want) in
            [("of", 0), ("ear", 0), ("skin", 1), ("surgery", 1), ("podiatry", 2), ("02139", 0), ("a12b", 0)]
        {
            let words = query_words(text).expect(text);
            assert_eq!(words[0].max_typos(), want, "{text}");
        }
    }
}
