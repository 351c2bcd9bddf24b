//! Uniting and intersecting the documents of terms.

use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use super::{Closeness, ScoredDocs};
use crate::Error;
use crate::documents::TextClass;

/// More documents than this are united in an array over the whole segment, fewer by sorting.
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

/// The documents that have any of the terms, with the largest weight of those they have.
pub(super) fn union(segment: &SegmentReader, terms: &[FoundTerm]) -> Result<ScoredDocs, Error> {
    let n_postings = terms.iter().map(|term| u64::from(term.info.doc_freq)).sum::<u64>();
    let mut docs = if n_postings > MAX_SORTED && terms.len() > 1 {
        union_in_array(segment, terms)?
    } else {
        union_by_sorting(segment, terms)?
    };
    if let Some(alive) = segment.alive_bitset() {
        docs.retain(|(doc, _)| alive.is_alive(*doc));
    }
    Ok(docs)
}

fn union_by_sorting(segment: &SegmentReader, terms: &[FoundTerm]) -> Result<ScoredDocs, Error> {
    let mut docs = ScoredDocs::new();
    for term in terms {
        for_each_doc(&mut postings(segment, term)?, |doc| docs.push((doc, u32::from(term.weight))));
    }
    if terms.len() > 1 {
        docs.sort_unstable_by_key(|(doc, score)| (*doc, u32::MAX - score));
        docs.dedup_by_key(|(doc, _)| *doc);
    }
    Ok(docs)
}

fn union_in_array(segment: &SegmentReader, terms: &[FoundTerm]) -> Result<ScoredDocs, Error> {
    let mut weights = vec![0u8; segment.max_doc() as usize];
    for term in terms {
        for_each_doc(&mut postings(segment, term)?, |doc| {
            let weight = &mut weights[doc as usize];
            *weight = term.weight.max(*weight);
        });
    }
    let docs = weights.into_iter().enumerate().filter(|(_, weight)| *weight > 0);
    Ok(docs.map(|(doc, weight)| (doc as DocId, u32::from(weight))).collect())
}

fn for_each_doc(postings: &mut SegmentPostings, mut take: impl FnMut(DocId)) {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        take(doc);
        doc = postings.advance();
    }
}

/// Adds to each document the largest weight of the terms it has; one that has none goes, if the word is required.
pub(super) fn keep_all(
    segment: &SegmentReader,
    terms: &[FoundTerm],
    docs: &mut ScoredDocs,
    is_required: bool,
) -> Result<(), Error> {
    let mut weights = vec![0u8; docs.len()];
    for term in terms {
        if docs.is_empty() {
            break;
        }
        let mut postings = postings(segment, term)?;
        let mut found = |place: usize| {
            let weight: &mut u8 = &mut weights[place];
            *weight = term.weight.max(*weight);
        };
        if (term.info.doc_freq as usize) < docs.len() {
            let mut from = 0;
            for_each_doc(&mut postings, |doc| {
                from += docs[from..].partition_point(|(candidate, _)| *candidate < doc);
                if docs.get(from).is_some_and(|(candidate, _)| *candidate == doc) {
                    found(from);
                }
            });
        } else {
            for (place, (candidate, _)) in docs.iter().enumerate() {
                if postings.doc() < *candidate {
                    postings.seek(*candidate);
                }
                if postings.doc() == *candidate {
                    found(place);
                }
            }
        }
    }
    let mut weights = weights.into_iter();
    docs.retain_mut(|(_, score)| {
        let weight = weights.next().unwrap_or(0);
        *score += u32::from(weight);
        weight > 0 || !is_required
    });
    Ok(())
}
