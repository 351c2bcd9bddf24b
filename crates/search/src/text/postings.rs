//! Uniting and intersecting the documents of terms.

use std::cmp::Reverse;

use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use super::word_docs::{WordDocs, WordTable};
use super::{Closeness, ScoredDocs};
use crate::Error;
use crate::documents::TextClass;

/// More documents than this are united in a table of the whole segment, fewer by sorting.
const MAX_SORTED: u64 = 4_096;

/// A term that a word was found as.
pub(super) struct FoundTerm {
    field: Field,
    pub(super) info: TermInfo,
    pub(super) closeness: Closeness,
    /// What the word counts where it is found as this.
    weight: u8,
}

impl FoundTerm {
    pub(super) fn new(class: TextClass, field: Field, info: &TermInfo, closeness: Closeness) -> Self {
        Self { field, info: info.clone(), closeness, weight: class.weight() * closeness.weight() }
    }
}

fn postings(segment: &SegmentReader, term: &FoundTerm) -> Result<SegmentPostings, Error> {
    let index = segment.inverted_index(term.field)?;
    Ok(index.read_postings_from_terminfo(&term.info, IndexRecordOption::Basic)?)
}

/// Whether any document that was not removed has the term.
pub(super) fn is_alive(segment: &SegmentReader, term: &FoundTerm) -> Result<bool, Error> {
    let Some(alive) = segment.alive_bitset() else { return Ok(term.info.doc_freq > 0) };
    let mut postings = postings(segment, term)?;
    let mut doc = postings.doc();
    while doc != TERMINATED && alive.is_deleted(doc) {
        doc = postings.advance();
    }
    Ok(doc != TERMINATED)
}

/// How many postings terms have, together.
pub(super) fn n_postings(terms: &[FoundTerm]) -> u64 {
    terms.iter().map(|term| u64::from(term.info.doc_freq)).sum()
}

/// The documents that have any of the terms, each with the largest weight of those it has; removed ones among them.
pub(super) fn read_docs(segment: &SegmentReader, terms: &[FoundTerm]) -> Result<WordDocs, Error> {
    if n_postings(terms) > MAX_SORTED && terms.len() > 1 {
        read_into_table(segment, terms).map(WordDocs::Many)
    } else {
        read_and_sort(segment, terms).map(WordDocs::Few)
    }
}

fn read_and_sort(segment: &SegmentReader, terms: &[FoundTerm]) -> Result<ScoredDocs, Error> {
    let mut docs = ScoredDocs::new();
    for term in terms {
        for_each_doc(segment, term, |doc| docs.push((doc, u32::from(term.weight))))?;
    }
    if terms.len() > 1 {
        // One run for each term: the stable sort merges runs that it finds.
        docs.sort_by_key(|(doc, score)| (*doc, u32::MAX - score));
        docs.dedup_by_key(|(doc, _)| *doc);
    }
    Ok(docs)
}

fn read_into_table(segment: &SegmentReader, terms: &[FoundTerm]) -> Result<WordTable, Error> {
    let mut table = WordTable::empty(segment.max_doc());
    for term in terms {
        for_each_doc(segment, term, |doc| table.add(doc, term.weight))?;
    }
    Ok(table)
}

/// Those that were not removed.
pub(super) fn alive(segment: &SegmentReader, mut scores: ScoredDocs) -> ScoredDocs {
    if let Some(alive) = segment.alive_bitset() {
        scores.retain(|(doc, _)| alive.is_alive(*doc));
    }
    scores
}

/// Hands the documents of a term over, ascending: block by block, as they are unpacked.
fn for_each_doc(segment: &SegmentReader, term: &FoundTerm, mut take: impl FnMut(DocId)) -> Result<(), Error> {
    let index = segment.inverted_index(term.field)?;
    let mut blocks = index.read_block_postings_from_terminfo(&term.info, IndexRecordOption::Basic)?;
    while !blocks.docs().is_empty() {
        blocks.docs().iter().for_each(|doc| take(*doc));
        blocks.advance();
    }
    Ok(())
}

/// Adds to each document the largest weight of the terms it has; one that has none goes, if the word is required.
pub(super) fn keep_all(
    segment: &SegmentReader,
    terms: &[FoundTerm],
    docs: &mut ScoredDocs,
    is_required: bool,
) -> Result<(), Error> {
    let mut weights = vec![0u8; docs.len()];
    // What weighs most comes first, so that most documents need not be looked for again.
    let mut terms = terms.iter().collect::<Vec<_>>();
    terms.sort_by_key(|term| Reverse(term.weight));
    for term in terms {
        if docs.is_empty() {
            break;
        }
        if (term.info.doc_freq as usize) < docs.len() {
            let mut from = 0;
            for_each_doc(segment, term, |doc| {
                from = first_from(docs, from, doc);
                if docs.get(from).is_some_and(|(candidate, _)| *candidate == doc) {
                    weights[from] = term.weight.max(weights[from]);
                }
            })?;
        } else {
            let mut postings = postings(segment, term)?;
            for (place, (candidate, _)) in docs.iter().enumerate() {
                if weights[place] > 0 {
                    continue;
                }
                if postings.doc() < *candidate {
                    postings.seek(*candidate);
                }
                if postings.doc() == *candidate {
                    weights[place] = term.weight;
                }
            }
        }
    }
    add_weights(docs, weights, is_required);
    Ok(())
}

/// The same with the documents that have the word at hand.
pub(super) fn keep_found(found: &WordDocs, docs: &mut ScoredDocs, is_required: bool) {
    let weights = match found {
        WordDocs::Many(table) => docs.iter().map(|(doc, _)| table.weight(*doc)).collect(),
        WordDocs::Few(found) => {
            let mut from = 0;
            let weight = |(doc, _): &(DocId, u32)| {
                from = first_from(found, from, *doc);
                // A weight is a product of two small ones.
                found.get(from).filter(|(same, _)| same == doc).map_or(0, |(_, weight)| *weight as u8)
            };
            docs.iter().map(weight).collect()
        }
    };
    add_weights(docs, weights, is_required);
}

/// Adds a weight to each document; one with none goes, if it has to have one.
fn add_weights(docs: &mut ScoredDocs, weights: Vec<u8>, is_required: bool) {
    // Without a branch, since whether a document stays is as good as random.
    let mut n_kept = 0;
    for (place, weight) in weights.into_iter().enumerate() {
        let (doc, score) = docs[place];
        docs[n_kept] = (doc, score + u32::from(weight));
        n_kept += usize::from(weight > 0 || !is_required);
    }
    docs.truncate(n_kept);
}

/// The place of the first document at or after another one, from a place on: by leaps that double, since it mostly is near.
fn first_from(docs: &[(DocId, u32)], from: usize, doc: DocId) -> usize {
    let is_before = |place: usize| docs.get(place).is_some_and(|(candidate, _)| *candidate < doc);
    let (mut low, mut leap) = (from, 1);
    while is_before(low + leap - 1) {
        low += leap;
        leap *= 2;
    }
    let high = (low + leap).min(docs.len());
    low + docs[low..high].partition_point(|(candidate, _)| *candidate < doc)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn leaps_end_where_a_search_from_the_start_does() {
        let docs = [2, 3, 5, 8, 13, 21, 34].map(|doc| (doc, 0));
        for from in 0..=docs.len() {
            for doc in 0..40 {
                let want = docs.partition_point(|(candidate, _)| *candidate < doc).max(from);
                assert_eq!(first_from(&docs, from, doc), want, "document {doc} from place {from}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_word_counts_the_same_as_a_list_and_as_a_table(
            word in prop::collection::btree_map(0u32..60, 1u8..100, 0..40),
            docs in prop::collection::btree_map(0u32..60, 0u32..100, 0..40),
            is_required in any::<bool>(),
        ) {
            let docs = docs.into_iter().collect::<ScoredDocs>();
            let want = docs.iter().filter_map(|(doc, score)| match word.get(doc) {
                None if is_required => None,
                weight => Some((*doc, score + weight.map_or(0, |weight| u32::from(*weight)))),
            });
            let want = want.collect::<ScoredDocs>();
            let few = WordDocs::Few(word.iter().map(|(doc, weight)| (*doc, u32::from(*weight))).collect());
            let mut many = WordTable::empty(60);
            word.iter().for_each(|(doc, weight)| many.add(*doc, *weight));
            let many = WordDocs::Many(many);
            for found in [few, many] {
                let mut got = docs.clone();
                keep_found(&found, &mut got, is_required);
                prop_assert_eq!(&got, &want);
            }
        }
    }
}
