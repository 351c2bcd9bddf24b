//! Documents of words that are asked for again and again.
//!
//! People ask for the same words: large cities, common specialties, what providers are called by. To unite and intersect
//! the postings of such a word takes longer than all else that a text asks for, so the documents of those that were asked
//! for twice are kept (a word may be asked for several times in one search that finds nothing at first). A segment never
//! changes but for documents that are removed from it, which are looked at afterwards; so what is kept is right as long as
//! there is the segment.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use rustc_hash::FxBuildHasher;
use tantivy::index::SegmentId;

use super::word_docs::WordDocs;
use crate::Error;

/// All that is kept, in bytes: 18 of the commonest words among 200,000 provider locations, or hundreds of others.
const MAX_BYTES: usize = 4 * 1_024 * 1_024;
/// Words that are remembered, most of them as having been asked for.
const MAX_WORDS: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");

/// A word as it was looked for in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct WordKey {
    pub(super) segment: SegmentId,
    pub(super) text: String,
    /// Whether words that begin with it were found as well.
    pub(super) with_beginnings: bool,
    /// Letters that may differ.
    pub(super) n_typos: u8,
}

/// What is kept of all segments.
#[derive(Default)]
pub(crate) struct KeptWords(Mutex<Kept>);

struct Kept {
    /// `None`: it was asked for once.
    words: LruCache<WordKey, Option<Arc<WordDocs>>, FxBuildHasher>,
    n_bytes: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self { words: LruCache::with_hasher(MAX_WORDS, FxBuildHasher), n_bytes: 0 }
    }
}

impl Kept {
    fn put(&mut self, key: WordKey, docs: Option<Arc<WordDocs>>) {
        self.n_bytes += docs.as_ref().map_or(0, |docs| docs.n_bytes());
        if let Some((_, before)) = self.words.push(key, docs) {
            self.subtract(before);
        }
        while self.n_bytes > MAX_BYTES
            && let Some((_, oldest)) = self.words.pop_lru()
        {
            self.subtract(oldest);
        }
    }

    fn subtract(&mut self, docs: Option<Arc<WordDocs>>) {
        self.n_bytes -= docs.map_or(0, |docs| docs.n_bytes());
    }
}

impl KeptWords {
    /// The documents of a word if it was asked for before: those that are kept, else they are read and kept.
    pub(super) fn docs(
        &self,
        key: WordKey,
        read: impl FnOnce() -> Result<WordDocs, Error>,
    ) -> Result<Option<Arc<WordDocs>>, Error> {
        let known = self.kept().words.get(&key).cloned();
        match known {
            Some(Some(docs)) => return Ok(Some(docs)),
            Some(None) => {}
            None => {
                self.kept().put(key, None);
                return Ok(None);
            }
        }
        // Whoever asks for it meanwhile reads it as well; nobody waits.
        let docs = Arc::new(read()?);
        if docs.n_bytes() <= MAX_BYTES {
            self.kept().put(key, Some(Arc::clone(&docs)));
        }
        Ok(Some(docs))
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.kept() = Kept::default();
    }

    /// Forgets what is kept of segments that are gone.
    pub(crate) fn forget_all_but(&self, is_there: impl Fn(SegmentId) -> bool) {
        let mut kept = self.kept();
        let gone = kept.words.iter().map(|(key, _)| key).filter(|key| !is_there(key.segment)).cloned();
        for key in gone.collect::<Vec<_>>() {
            if let Some(docs) = kept.words.pop(&key) {
                kept.subtract(docs);
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(segment: SegmentId, text: &str) -> WordKey {
        WordKey { segment, text: text.to_owned(), with_beginnings: true, n_typos: 0 }
    }

    fn never() -> Result<WordDocs, Error> {
        panic!("it is not to be read")
    }

    #[test]
    fn a_word_is_kept_from_the_second_time_on_until_its_segment_is_gone() {
        let (kept, segments) = (KeptWords::default(), [SegmentId::generate_random(), SegmentId::generate_random()]);
        let docs = || WordDocs::Few(vec![(3, 80), (5, 60)]);
        for segment in segments {
            let word = key(segment, "boston");
            assert_eq!(kept.docs(word.clone(), never).expect("no disk"), None, "once");
            let told = kept.docs(word.clone(), || Ok(docs())).expect("no disk");
            assert_eq!(told.as_deref(), Some(&docs()), "twice");
            assert_eq!(kept.docs(word, never).expect("no disk"), told, "three times");
        }
        kept.forget_all_but(|segment| segment == segments[1]);
        assert_eq!(kept.docs(key(segments[0], "boston"), never).expect("no disk"), None);
        assert!(kept.docs(key(segments[1], "boston"), never).expect("no disk").is_some());
        assert!(kept.docs(WordKey { n_typos: 1, ..key(segments[1], "boston") }, never).expect("no disk").is_none());
    }

    #[test]
    fn what_is_kept_has_a_bound_in_bytes() {
        let (kept, segment) = (KeptWords::default(), SegmentId::generate_random());
        let large = || Ok::<_, Error>(WordDocs::Few(vec![(0, 1); MAX_BYTES / 3 / size_of::<(u32, u32)>()]));
        let n_bytes = large().expect("no disk").n_bytes();
        for text in ["a", "b", "c", "d", "a"] {
            for _ in 0..2 {
                kept.docs(key(segment, text), large).expect("no disk");
            }
        }
        assert_eq!(kept.kept().n_bytes, n_bytes * 3);
        assert_eq!(kept.kept().words.len(), 3);
        kept.forget_all_but(|_| false);
        assert_eq!(kept.kept().n_bytes, 0);
    }
}
