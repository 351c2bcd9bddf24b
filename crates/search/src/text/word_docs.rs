//! The documents of a segment that have a word, and what the word counts there.

use tantivy::DocId;

use super::ScoredDocs;
use crate::bits::Bits;

/// The documents of a segment that have a word, removed ones among them, each with what the word counts there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WordDocs {
    /// Ascending.
    Few(ScoredDocs),
    Many(WordTable),
}

/// What a word counts in each document of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WordTable {
    /// By document; 0: it has not the word.
    weights: Box<[u8]>,
    /// Which have it: most of a segment is passed over sixty-four documents at a time.
    has: Bits,
}

impl WordTable {
    /// Of a segment of so many documents, none of which has the word.
    pub(super) fn empty(max_doc: DocId) -> Self {
        let n_docs = max_doc as usize;
        Self { weights: vec![0; n_docs].into_boxed_slice(), has: Bits::none_of(n_docs) }
    }

    /// What a table of a segment takes, in bytes.
    const fn n_bytes_of(max_doc: DocId) -> usize {
        max_doc as usize + Bits::n_bytes_of(max_doc as usize)
    }

    /// Says that a document has the word, which counts the most that is said of it.
    #[inline]
    pub(super) fn add(&mut self, doc: DocId, weight: u8) {
        let place = doc as usize;
        self.weights[place] = weight.max(self.weights[place]);
        self.has.set(place);
    }

    #[inline]
    pub(super) fn weight(&self, doc: DocId) -> u8 {
        self.weights[doc as usize]
    }

    fn n_with_word(&self) -> usize {
        self.has.count(0..self.weights.len())
    }

    fn scores(&self) -> ScoredDocs {
        let mut docs = ScoredDocs::with_capacity(self.n_with_word());
        let places = self.has.places(0..self.weights.len());
        docs.extend(places.map(|place| (place as DocId, u32::from(self.weights[place]))));
        docs
    }
}

impl WordDocs {
    /// In the form that takes less memory.
    pub(super) fn compact(self, max_doc: DocId) -> Self {
        match self {
            Self::Few(docs) if size_of_val(&*docs) > WordTable::n_bytes_of(max_doc) => {
                let mut table = WordTable::empty(max_doc);
                // A weight is a product of two small ones.
                docs.into_iter().for_each(|(doc, weight)| table.add(doc, weight as u8));
                Self::Many(table)
            }
            Self::Few(mut docs) => {
                docs.shrink_to_fit();
                Self::Few(docs)
            }
            Self::Many(table) => {
                let is_shorter = table.n_with_word() * size_of::<(DocId, u32)>() <= WordTable::n_bytes_of(max_doc);
                if is_shorter { Self::Few(table.scores()) } else { Self::Many(table) }
            }
        }
    }

    /// The documents with what the word counts, ascending.
    pub(super) fn scores(&self) -> ScoredDocs {
        match self {
            Self::Few(docs) => docs.clone(),
            Self::Many(table) => table.scores(),
        }
    }

    /// The same, if nobody needs the form they are in.
    pub(super) fn into_scores(self) -> ScoredDocs {
        match self {
            Self::Few(docs) => docs,
            Self::Many(table) => table.scores(),
        }
    }

    pub(super) fn n_bytes(&self) -> usize {
        match self {
            Self::Few(docs) => docs.capacity() * size_of::<(DocId, u32)>(),
            Self::Many(table) => WordTable::n_bytes_of(table.weights.len() as DocId),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A table of a segment of so many documents.
    fn table(max_doc: DocId, docs: &[(DocId, u32)]) -> WordTable {
        let mut table = WordTable::empty(max_doc);
        docs.iter().for_each(|(doc, weight)| table.add(*doc, *weight as u8));
        table
    }

    #[test]
    fn a_word_of_many_documents_takes_nine_bits_for_each_of_the_segment() {
        assert_eq!(WordDocs::Many(table(200, &[])).n_bytes(), 200 + 4 * 8);
        let few = || vec![(1, 80), (2, 20)];
        assert_eq!(WordDocs::Few(few()).compact(8), WordDocs::Few(few()));
        assert_eq!(WordDocs::Many(table(8, &few())).compact(8), WordDocs::Few(few()), "both take sixteen bytes");
        assert_eq!(WordDocs::Few(few()).compact(7), WordDocs::Many(table(7, &few())));
        assert_eq!(WordDocs::Many(table(7, &few())).compact(7), WordDocs::Many(table(7, &few())));
    }

    proptest! {
        #[test]
        fn a_table_and_a_list_tell_the_same(
            said in prop::collection::vec((0u32..200, 1u8..100), 0..120),
        ) {
            let mut table = WordTable::empty(200);
            let mut want = std::collections::BTreeMap::new();
            for (doc, weight) in said {
                table.add(doc, weight);
                let most = want.entry(doc).or_insert(weight);
                *most = weight.max(*most);
            }
            prop_assert!((0..200).all(|doc| table.weight(doc) == want.get(&doc).copied().unwrap_or(0)));
            let want = want.into_iter().map(|(doc, weight)| (doc, u32::from(weight))).collect::<ScoredDocs>();
            let table = WordDocs::Many(table);
            prop_assert_eq!(table.scores(), &*want);
            let compact = table.compact(200);
            prop_assert_eq!(compact.scores(), &*want);
            prop_assert_eq!(compact.n_bytes(), (want.len() * 8).min(200 + 4 * 8));
            prop_assert_eq!(compact.into_scores(), want);
        }
    }
}
