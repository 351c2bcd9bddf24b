//! Provider locations.

use std::ops::Not;

use openslots_model::{AcceptingPatients, Availability, Coding, OffsetInstant, ProviderLocationKey, PublicId};
use serde::Serialize;

use super::{
    LocalClock, Location, NearNote, Provider, Published, Text, freshness_of_data, is_date_ambiguous, to_tenth,
};
use crate::calls::{FoundProviderLocation, ProviderLocationsAnswer};

/// The answer to a search for provider locations.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderLocations<'a> {
    /// The provider locations of this page.
    pub provider_locations: Vec<ProviderLocation<'a>>,
    /// How many match in all.
    pub total: u64,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<&'a str>,
    /// What distances are measured from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<NearNote>,
}

impl<'a> From<&'a ProviderLocationsAnswer> for ProviderLocations<'a> {
    fn from(answer: &'a ProviderLocationsAnswer) -> Self {
        Self {
            provider_locations: answer.provider_locations.iter().map(ProviderLocation::from).collect(),
            total: answer.total,
            next: answer.next.as_deref(),
            near: answer.near.map(NearNote::from),
        }
    }
}

/// One provider at one place.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's ProviderLocation")]
pub struct ProviderLocation<'a> {
    pub key: ProviderLocationKey,
    pub publisher: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location<'a>>,
    pub service_types: Vec<Coding>,
    pub specialties: Vec<Coding>,
    /// The best way to book any of its matching slots.
    pub booking_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_virtual: Option<bool>,
    /// What its next available slot says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepting_patients: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_available_start: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_available_slot: Option<NextSlot<'a>>,
    /// Whether free slots match: `some`, `none` (only if the publisher was read whole just now), else `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<&'static str>,
    /// How many of its slots match.
    pub total_slots: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_miles: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<&'a str>,
    pub freshness: &'static str,
}

/// The first matching slot of a provider location: enough to offer it without another request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's Slot of these names")]
pub struct NextSlot<'a> {
    pub id: PublicId,
    pub start: Published,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_start: Option<Published>,
    pub coarse: bool,
    pub precision: &'static str,
    #[serde(skip_serializing_if = "Not::not")]
    pub date_ambiguous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_deep_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_phone: Option<&'a str>,
}

impl<'a> From<&'a FoundProviderLocation> for ProviderLocation<'a> {
    fn from(found: &'a FoundProviderLocation) -> Self {
        let provider_location = &*found.provider_location;
        let place = provider_location.place.as_ref();
        let clock = place.and_then(|place| place.time_zone.as_deref()).and_then(LocalClock::find);
        let next_slot = found.next_slot.as_ref();
        let next_start = next_slot.map(|next| next.slot.start);
        let in_utc = || found.next_start.map(|instant| OffsetInstant { instant, offset_seconds: 0 });
        Self {
            key: provider_location.key,
            publisher: found.publisher.publisher.slug.as_str(),
            provider: provider_location.provider.as_ref().map(Provider::from),
            location: place.map(Location::from),
            service_types: provider_location.service_types(),
            specialties: provider_location.specialties(),
            booking_method: found.booking.as_str(),
            is_virtual: provider_location.is_virtual(),
            accepting_patients: next_slot
                .and_then(|next| next.slot.accepting_patients())
                .map(AcceptingPatients::as_str),
            next_available_start: next_start.or_else(in_utc).map(Text),
            next_available_slot: next_slot.map(|next| NextSlot {
                id: next.id,
                start: Text(next.slot.start),
                local_start: clock.as_ref().map(|clock| clock.show(next.slot.start.instant)),
                coarse: next.slot.traits.is_coarse(),
                precision: next.slot.traits.precision().as_str(),
                date_ambiguous: is_date_ambiguous(
                    next.slot.traits.precision(),
                    (next.slot.start, next.slot.end),
                    clock.as_ref(),
                ),
                booking_deep_link: next.slot.booking_deep_link.as_deref(),
                booking_phone: next.slot.booking_phone.as_deref(),
            }),
            availability: found.availability.map(Availability::as_str),
            total_slots: found.n_slots,
            distance_miles: found.distance_miles.map(to_tenth),
            time_zone: clock.as_ref().map(LocalClock::name),
            freshness: freshness_of_data(found.freshness),
        }
    }
}
