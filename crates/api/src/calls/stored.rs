//! What searches look up in the store before and after the index is asked: what an old key has become, and provider
//! locations by their numbers. All of it blocks.

use std::collections::HashMap;
use std::sync::Arc;

use openslots_model::{AvailabilityQuery, ProviderLocation, ProviderLocationNumber};

use crate::{ApiState, Error};

/// Replaces an old key of a provider location, if one is asked for, by that of its successor.
pub(super) fn follow_old_key(state: &ApiState, query: &mut AvailabilityQuery) -> Result<(), Error> {
    let successor = query.provider_location.map(|key| state.store().successor_of(key)).transpose()?.flatten();
    query.provider_location = successor.or(query.provider_location);
    Ok(())
}

/// The provider locations of these numbers as far as they are still there.
pub(super) fn read_provider_locations(
    state: &ApiState,
    numbers: impl Iterator<Item = ProviderLocationNumber>,
) -> Result<HashMap<ProviderLocationNumber, Arc<ProviderLocation>>, Error> {
    let mut numbers: Vec<ProviderLocationNumber> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    let read = state.store().provider_locations(&numbers)?;
    Ok(numbers.into_iter().zip(read).filter_map(|(number, found)| Some((number, found?))).collect())
}
