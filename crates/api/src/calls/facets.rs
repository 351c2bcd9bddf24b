//! Counts beside the answers.

use std::sync::Arc;

use openslots_model::{Coding, PublisherSlug};
use openslots_search::{Facet, FacetCounts, FacetValue};

use super::publisher_of;
use crate::{ApiState, Error};

/// A value that answers carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountedValue {
    /// A publisher.
    Publisher {
        /// Its short name.
        slug: PublisherSlug,
        /// What people call it.
        display_name: String,
    },
    /// A code.
    Code(Coding),
    /// A text as published.
    Text(Arc<str>),
}

/// A facet with its values, the most frequent first, and how many answers carry each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedFacet {
    /// What is counted by.
    pub facet: Facet,
    /// The values and their counts.
    pub values: Vec<(CountedValue, u64)>,
}

/// The counts with what is shown of them. Blocks.
pub(super) fn named(state: &ApiState, counts: Vec<FacetCounts>) -> Result<Vec<CountedFacet>, Error> {
    let name = |value| -> Result<CountedValue, Error> {
        Ok(match value {
            FacetValue::Publisher(number) => {
                let publisher = &publisher_of(state, number)?.publisher;
                let (slug, display_name) = (publisher.slug.clone(), publisher.display_name.clone());
                CountedValue::Publisher { slug, display_name }
            }
            FacetValue::Code(coding) => CountedValue::Code(coding),
            FacetValue::Text(text) => CountedValue::Text(text),
        })
    };
    let of_facet = |(facet, counts): FacetCounts| {
        let values = counts.into_iter().map(|count| Ok((name(count.value)?, count.n)));
        Ok(CountedFacet { facet, values: values.collect::<Result<_, Error>>()? })
    };
    counts.into_iter().map(of_facet).collect()
}
