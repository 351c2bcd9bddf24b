//! Free text: which documents have all words of a query, and how well they match.
//!
//! Every required word must be found in one of a document's texts: as it stands, or as the beginning of a word.
//! Misspelt words are forgiven in two steps, so that a rare name is not drowned in its neighbours: a word that no
//! document has matches words with few other letters; if then no document has all words, this goes for every word.
//!
//! A document's score is the sum over the words of the best weight that each is found with (see [`TextClass::weight`]
//! and [`Closeness`]). It depends on nothing but the document and the query, so documents that match alike tie, and a
//! score stays the same when other documents come and go. A general score (BM25) has neither property.

mod postings;

use postings::{FoundTerm, is_alive, keep_all, union};
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::termdict::TermDictionary;
use tantivy::{DocId, Searcher, SegmentReader, Term};

use crate::Error;
use crate::documents::{Fields, TextClass};
use crate::words::QueryWord;

/// Documents of a segment with their scores, ascending by document.
pub(crate) type ScoredDocs = Vec<(DocId, u32)>;

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
    is_stretched: bool,
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

/// The documents that have all words, for each segment of the searcher.
pub(crate) fn search(searcher: &Searcher, fields: &Fields, words: &[QueryWord]) -> Result<Vec<ScoredDocs>, Error> {
    let segments = searcher.segment_readers();
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        let mut found_word = FoundWord { word, is_stretched: false, segments: Vec::with_capacity(segments.len()) };
        for segment in segments {
            found_word.segments.push(find(segment, fields, word)?);
        }
        if !found_word.is_found(segments)? {
            stretch(segments, fields, &mut found_word)?;
        }
        found.push(found_word);
    }
    let docs = with_all_words(segments, &found)?;
    let can_stretch = found.iter().any(|word| !word.is_stretched && word.word.n_typos() > 0);
    if !can_stretch || docs.iter().any(|docs| !docs.is_empty()) {
        return Ok(docs);
    }
    for word in found.iter_mut().filter(|word| !word.is_stretched) {
        stretch(segments, fields, word)?;
    }
    with_all_words(segments, &found)
}

fn with_all_words(segments: &[SegmentReader], words: &[FoundWord<'_>]) -> Result<Vec<ScoredDocs>, Error> {
    let mut all = Vec::with_capacity(segments.len());
    for (index, segment) in segments.iter().enumerate() {
        let terms = |is_required: bool| {
            let words = words.iter().filter(move |word| word.word.is_required == is_required);
            words.map(|word| word.segments[index].as_slice())
        };
        let mut required = terms(true).collect::<Vec<_>>();
        required.sort_by_key(|terms| terms.iter().map(|term| u64::from(term.info.doc_freq)).sum::<u64>());
        let Some((rarest, others)) = required.split_first() else {
            all.push(ScoredDocs::new());
            continue;
        };
        let mut docs = union(segment, rarest)?;
        for terms in others {
            keep_all(segment, terms, &mut docs, true)?;
        }
        for terms in terms(false) {
            keep_all(segment, terms, &mut docs, false)?;
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
        let mut add = |info, closeness| found.push(FoundTerm { field, info, weight: weight(class, closeness) });
        if !word.matches_beginnings() {
            if let Some(info) = index.terms().get(&word.text)? {
                add(info, Closeness::Exact);
            }
            continue;
        }
        let mut stream = index.terms().range().ge(&word.text).lt(end_of_beginnings(&word.text)).into_stream()?;
        while stream.advance() {
            let is_exact = stream.key().len() == word.text.len();
            add(stream.value().clone(), if is_exact { Closeness::Exact } else { Closeness::Beginning });
        }
    }
    Ok(found)
}

fn weight(class: TextClass, closeness: Closeness) -> u8 {
    class.weight() * closeness.weight()
}

/// The first text that is larger than all that begin with a word. Words are ASCII letters and digits, so there is one.
fn end_of_beginnings(word: &str) -> Vec<u8> {
    let mut end = word.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

/// Adds the terms that differ from the word in few letters.
fn stretch(segments: &[SegmentReader], fields: &Fields, word: &mut FoundWord<'_>) -> Result<(), Error> {
    word.is_stretched = true;
    let n_typos = word.word.n_typos();
    if n_typos == 0 {
        return Ok(());
    }
    // The automaton knows nothing of fields, so that of any will do.
    let Some((_, any_field)) = fields.texts().next() else { return Ok(()) };
    let term = Term::from_field_text(any_field, &word.word.text);
    let automaton = FuzzyTermQuery::new(term, n_typos, true).automaton()?;
    for (segment, found) in segments.iter().zip(&mut word.segments) {
        for (class, field) in fields.texts() {
            let index = segment.inverted_index(field)?;
            add_similar(index.terms(), &automaton, &word.word.text, |info| {
                found.push(FoundTerm { field, info, weight: weight(class, Closeness::Typo) });
            })?;
        }
    }
    Ok(())
}

fn add_similar(
    terms: &TermDictionary,
    automaton: &DfaWrapper,
    word: &str,
    mut add: impl FnMut(tantivy::postings::TermInfo),
) -> Result<(), Error> {
    let mut stream = terms.search(automaton).into_stream()?;
    while stream.advance() {
        // Those that begin with the word are there already, and count more.
        if !stream.key().starts_with(word.as_bytes()) {
            add(stream.value().clone());
        }
    }
    Ok(())
}
