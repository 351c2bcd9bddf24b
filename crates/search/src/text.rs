//! Free text: which documents have all words of a query, and how well they match.
//!
//! Every required word must be found in one of a document's texts: as it stands, or as the beginning of a word.
//! Misspelt words are forgiven as far as needed and no further, so that a rare name is not drowned in its neighbours:
//! a word that no document has matches words with one other letter, or if there are none with two; and as long as no
//! document has all words, every word is given one letter more.
//!
//! A document's score is the sum over the words of the best weight that each is found with: that of the text times
//! that of the closeness ([`TextClass::weight`](crate::documents::TextClass::weight), [`Closeness::weight`]). It does
//! not depend on how often words are found in other documents, so documents that match alike tie, and a score stays
//! the same when others come and go. A general score (BM25) has neither property.

mod kept;
mod postings;
mod word_docs;

use std::sync::Arc;

pub(crate) use kept::KeptWords;
use kept::WordKey;
use postings::{FoundTerm, alive, is_alive, keep_all, keep_found, n_postings, read_docs};
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::{DocId, SegmentReader, Term};
use word_docs::WordDocs;

use crate::Error;
use crate::corpus::Corpus;
use crate::documents::Fields;
use crate::words::QueryWord;

/// Documents of a segment with their scores, ascending by document.
pub(crate) type ScoredDocs = Vec<(DocId, u32)>;

/// A word with fewer postings than this is read whenever it is asked for: to look for it would take as long.
const MIN_POSTINGS_KEPT: u64 = 32;

/// How close a word of a document is to that of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closeness {
    /// The same.
    Exact,
    /// It begins with the word of the query.
    Beginning,
    /// Some letters differ.
    Typo,
}

impl Closeness {
    /// How much it counts.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Exact => 10,
            Self::Beginning => 6,
            Self::Typo => 3,
        }
    }
}

/// A word of the query with what it was found as, for each segment.
struct FoundWord<'q> {
    word: &'q QueryWord,
    /// Letters that may differ.
    n_typos: u8,
    segments: Vec<Vec<FoundTerm>>,
}

impl FoundWord<'_> {
    /// Whether any document has it; those that were removed are in the index until segments are merged.
    fn is_found(&self, segments: &[SegmentReader]) -> Result<bool, Error> {
        for (segment, terms) in segments.iter().zip(&self.segments) {
            for term in terms {
                if is_alive(segment, term)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The documents that have all words, for each segment of the corpus.
pub(crate) fn search(corpus: &Corpus, words: &[QueryWord]) -> Result<Vec<ScoredDocs>, Error> {
    let (fields, segments) = (&corpus.fields, corpus.searcher.segment_readers());
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        let terms = segments.iter().map(|segment| find(segment, fields, word)).collect::<Result<_, _>>()?;
        let mut found_word = FoundWord { word, n_typos: 0, segments: terms };
        while !found_word.is_found(segments)? && stretch(segments, fields, &mut found_word)? {}
        found.push(found_word);
    }
    loop {
        let docs = with_all_words(corpus, &found)?;
        if docs.iter().any(|docs| !docs.is_empty()) {
            return Ok(docs);
        }
        let mut is_stretched = false;
        for word in &mut found {
            is_stretched |= stretch(segments, fields, word)?;
        }
        if !is_stretched {
            return Ok(docs);
        }
    }
}

/// A word in one segment.
struct HereWord<'a> {
    terms: &'a [FoundTerm],
    n_postings: u64,
    is_required: bool,
    /// Its documents, if they are kept.
    docs: Option<Arc<WordDocs>>,
}

impl<'a> HereWord<'a> {
    fn of(word: &'a FoundWord<'_>, segment: (usize, &SegmentReader), kept: &KeptWords) -> Result<Self, Error> {
        let (index, segment) = segment;
        let terms = word.segments[index].as_slice();
        let n_postings = n_postings(terms);
        let mut docs = None;
        if n_postings >= MIN_POSTINGS_KEPT {
            let key = WordKey {
                segment: segment.segment_id(),
                text: word.word.text.clone(),
                with_beginnings: word.word.matches_beginnings(),
                n_typos: word.n_typos,
            };
            docs = kept.docs(key, || Ok(read_docs(segment, terms)?.compact(segment.max_doc())))?;
        }
        Ok(Self { terms, n_postings, is_required: word.word.is_required, docs })
    }

    /// The documents that were not removed.
    fn alive(&self, segment: &SegmentReader) -> Result<ScoredDocs, Error> {
        let docs = match &self.docs {
            Some(docs) => docs.scores(),
            None => read_docs(segment, self.terms)?.into_scores(),
        };
        Ok(alive(segment, docs))
    }

    /// Adds to each document what the word counts there; one that has it not goes, if the word is required.
    fn keep(&self, segment: &SegmentReader, docs: &mut ScoredDocs) -> Result<(), Error> {
        match &self.docs {
            Some(found) => keep_found(found, docs, self.is_required),
            None => keep_all(segment, self.terms, docs, self.is_required)?,
        }
        Ok(())
    }
}

fn with_all_words(corpus: &Corpus, words: &[FoundWord<'_>]) -> Result<Vec<ScoredDocs>, Error> {
    let mut all = Vec::new();
    for (index, segment) in corpus.searcher.segment_readers().iter().enumerate() {
        let here = words.iter().map(|word| HereWord::of(word, (index, segment), &corpus.kept_words));
        let (mut required, fillers) =
            here.collect::<Result<Vec<_>, _>>()?.into_iter().partition::<Vec<_>, _>(|word| word.is_required);
        required.sort_by_key(|word| word.n_postings);
        let Some((rarest, others)) = required.split_first() else {
            all.push(ScoredDocs::new());
            continue;
        };
        let mut docs = rarest.alive(segment)?;
        for word in others.iter().chain(&fillers) {
            word.keep(segment, &mut docs)?;
        }
        all.push(docs);
    }
    Ok(all)
}

/// The terms of a segment that are the word or, where that counts, begin with it.
fn find(segment: &SegmentReader, fields: &Fields, word: &QueryWord) -> Result<Vec<FoundTerm>, Error> {
    let mut found = Vec::new();
    for (class, field) in fields.texts() {
        let index = segment.inverted_index(field)?;
        let mut add = |info: &TermInfo, closeness| found.push(FoundTerm::new(class, field, info, closeness));
        if !word.matches_beginnings() {
            if let Some(info) = index.terms().get(&word.text)? {
                add(&info, Closeness::Exact);
            }
            continue;
        }
        let mut stream = index.terms().range().ge(&word.text).lt(end_of_beginnings(&word.text)).into_stream()?;
        while stream.advance() {
            let is_exact = stream.key().len() == word.text.len();
            add(stream.value(), if is_exact { Closeness::Exact } else { Closeness::Beginning });
        }
    }
    Ok(found)
}

/// The first text that is larger than all that begin with a word. Words are ASCII letters and digits, so there is one.
fn end_of_beginnings(word: &str) -> Vec<u8> {
    let mut end = word.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

/// Lets one letter more differ and adds the terms that the word is then found as; `false` if that is not allowed.
fn stretch(segments: &[SegmentReader], fields: &Fields, word: &mut FoundWord<'_>) -> Result<bool, Error> {
    if word.n_typos >= word.word.max_typos() {
        return Ok(false);
    }
    // The automaton knows nothing of fields, so that of any will do.
    let Some((_, any_field)) = fields.texts().next() else { return Ok(false) };
    word.n_typos += 1;
    let term = Term::from_field_text(any_field, &word.word.text);
    let automaton = FuzzyTermQuery::new(term, word.n_typos, true).automaton()?;
    for (segment, found) in segments.iter().zip(&mut word.segments) {
        found.retain(|term| term.closeness != Closeness::Typo);
        for (class, field) in fields.texts() {
            let index = segment.inverted_index(field)?;
            let mut stream = index.terms().search(&automaton).into_stream()?;
            while stream.advance() {
                // Those that begin with the word are there already, and count more.
                if !stream.key().starts_with(word.word.text.as_bytes()) {
                    found.push(FoundTerm::new(class, field, stream.value(), Closeness::Typo));
                }
            }
        }
    }
    Ok(true)
}
