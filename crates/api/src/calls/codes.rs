//! The codes in use: what one can filter by.

use openslots_model::Coding;
use openslots_search::{Facet, FacetValue};

use super::CodeList;
use crate::blocking::run_blocking;
use crate::parameters::Search;
use crate::{ApiState, Error};

/// A code and how often it is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedCoding {
    /// The code.
    pub coding: Coding,
    /// Number of slots that carry it.
    pub n_slots: u64,
}

/// The codes of a list that the slots of a search carry, the most used first.
///
/// # Errors
/// When there is no room for another call, or the index fails.
pub async fn codes(state: &ApiState, list: CodeList, search: Search) -> Result<Vec<CountedCoding>, Error> {
    run_blocking(state, move |state| {
        let snapshot = state.search().snapshot();
        let facet = match list {
            CodeList::ServiceTypes => Facet::ServiceType,
            CodeList::Specialties => Facet::Specialty,
        };
        let counts = snapshot.slot_facets(&search.query, &[facet])?;
        let codes = counts.into_iter().flat_map(|(_, counts)| counts).filter_map(|count| match count.value {
            FacetValue::Code(coding) => Some(CountedCoding { coding, n_slots: count.n }),
            _ => None,
        });
        Ok(codes.collect())
    })
    .await
}
