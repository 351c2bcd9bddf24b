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
    /// Number of provider locations that carry it.
    pub n_provider_locations: u64,
}

/// The codes of a list that provider locations carry which a search finds, the most used first.
///
/// # Errors
/// When there is no room for another call, or the index fails.
pub async fn codes(state: &ApiState, list: CodeList, search: Search) -> Result<Vec<CountedCoding>, Error> {
    run_blocking(state, move |state| {
        let snapshot = state.search().snapshot();
        let counted = |coding, n_provider_locations| CountedCoding { coding, n_provider_locations };
        if !search.is_filtered {
            let codes = snapshot.codes(list, &search.query.excluded_publishers);
            return Ok(codes.into_iter().map(|(coding, n)| counted(coding, n)).collect());
        }
        let facet = match list {
            CodeList::ServiceTypes => Facet::ServiceType,
            CodeList::Specialties => Facet::Specialty,
        };
        let counts = snapshot.provider_location_facets(&search.query, &[facet])?;
        let codes = counts.into_iter().flat_map(|(_, counts)| counts).filter_map(|count| match count.value {
            FacetValue::Code(coding) => Some(counted(coding, count.n)),
            _ => None,
        });
        Ok(codes.collect())
    })
    .await
}
