//! The codes in use: what one can filter by.

use openslots_model::Coding;

use super::CodeList;
use crate::blocking::run_blocking;
use crate::{ApiState, Error};

/// A code and how often it is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedCoding {
    /// The code.
    pub coding: Coding,
    /// Number of provider locations that carry it.
    pub n_provider_locations: u64,
}

/// All codes of a list, the most used first.
///
/// # Errors
/// When there is no room for another call.
pub async fn codes(state: &ApiState, list: CodeList) -> Result<Vec<CountedCoding>, Error> {
    run_blocking(state, move |state| {
        let expired = state.publishers().expired(state.now());
        let codes = state.search().snapshot().codes(list, &expired);
        let counted = |(coding, n_provider_locations)| CountedCoding { coding, n_provider_locations };
        Ok(codes.into_iter().map(counted).collect())
    })
    .await
}
