//! What searches look up in the store before and after the index is asked: what an old key has become, and provider
//! locations by their numbers. All of it blocks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use openslots_model::{AvailabilityQuery, ProviderLocation, ProviderLocationNumber};

use crate::{ApiState, Error};

/// The filters of a search, an old key of a provider location replaced by that of its successor.
pub(super) fn with_successor<'q>(
    state: &ApiState,
    query: &'q AvailabilityQuery,
) -> Result<Cow<'q, AvailabilityQuery>, Error> {
    let successor = query.provider_location.map(|key| state.store().successor_of(key)).transpose()?.flatten();
    Ok(match successor {
        Some(key) => Cow::Owned(AvailabilityQuery { provider_location: Some(key), ..query.clone() }),
        None => Cow::Borrowed(query),
    })
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
