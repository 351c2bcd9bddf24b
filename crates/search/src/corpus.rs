//! All documents of one state of the index: where tantivy reads them, and what of them is kept in memory.

use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use crate::Error;
use crate::documents::{Fields, NUMBER};
use crate::text::KeptWords;

/// The documents. A clone shares everything.
#[derive(Clone)]
pub(crate) struct Corpus {
    pub(crate) fields: Fields,
    pub(crate) searcher: Searcher,
    /// For each segment of the searcher.
    numbers: Vec<Arc<SegmentNumbers>>,
    pub(crate) kept_words: Arc<KeptWords>,
}

/// The numbers of a segment's documents, four bytes each: a search asks for those of all that it finds.
struct SegmentNumbers {
    segment: SegmentId,
    numbers: Box<[u32]>,
}

impl SegmentNumbers {
    fn read(segment: &SegmentReader) -> Result<Self, Error> {
        let column = segment.fast_fields().column_first_or_default::<u64>(NUMBER)?;
        // The store's numbers have 32 bits.
        let numbers = (0..segment.max_doc()).map(|doc| column.get_val(doc) as u32).collect();
        Ok(Self { segment: segment.segment_id(), numbers })
    }
}

impl Corpus {
    /// What a searcher finds.
    pub(crate) fn new(fields: Fields, searcher: Searcher) -> Result<Self, Error> {
        Self::of(fields, searcher, &[], Arc::default())
    }

    /// The documents after a commit or a merge; what is known of segments that are still there is taken over.
    pub(crate) fn followed_by(&self, searcher: Searcher) -> Result<Self, Error> {
        let next = Self::of(self.fields.clone(), searcher, &self.numbers, Arc::clone(&self.kept_words))?;
        next.kept_words.forget_all_but(|segment| next.numbers.iter().any(|numbers| numbers.segment == segment));
        Ok(next)
    }

    fn of(
        fields: Fields,
        searcher: Searcher,
        known: &[Arc<SegmentNumbers>],
        kept_words: Arc<KeptWords>,
    ) -> Result<Self, Error> {
        let numbers = |segment: &SegmentReader| match known.iter().find(|known| known.segment == segment.segment_id()) {
            Some(known) => Ok(Arc::clone(known)),
            None => SegmentNumbers::read(segment).map(Arc::new),
        };
        let numbers = searcher.segment_readers().iter().map(numbers).collect::<Result<_, _>>()?;
        Ok(Self { fields, searcher, numbers, kept_words })
    }

    /// The segments, each with the numbers of its documents.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &[u32])> {
        self.searcher.segment_readers().iter().zip(self.numbers.iter().map(|numbers| &*numbers.numbers))
    }
}
