//! Provider locations.

use std::ops::Not;

use openslots_model::{AcceptingPatients, Availability, Coding, OffsetInstant, ProviderLocationKey, PublicId};
use openslots_store::StoredSlot;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use super::{
    Explanation, Facets, LocalClock, Location, NearNote, Provider, Published, Text, Understood, beside,
    freshness_of_data, is_date_ambiguous, to_tenth,
};
use crate::calls::{self, FoundProviderLocation, ProviderLocationsAnswer};

/// The answer to a search for provider locations.
#[derive(Debug, Clone, Serialize, ToSchema)]
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
    /// The counts that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, Vec<super::CountedCode>>)]
    pub facets: Option<Facets<'a>>,
    /// What plain words were understood as.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub understood: Vec<Understood<'a>>,
    /// Why nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation<'a>>,
}

impl<'a> From<&'a ProviderLocationsAnswer> for ProviderLocations<'a> {
    fn from(answer: &'a ProviderLocationsAnswer) -> Self {
        Self {
            provider_locations: answer
                .provider_locations
                .iter()
                .map(|found| ProviderLocation { next_slots: next_slots(found, answer.n_next), ..found.into() })
                .collect(),
            total: answer.total,
            next: answer.next.as_deref(),
            near: answer.near.map(NearNote::from),
            facets: beside::facets(&answer.facets),
            understood: answer.understood.iter().map(Understood::from).collect(),
            explanation: answer.explanation.as_ref().map(Explanation::from),
        }
    }
}

/// One provider at one place.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's ProviderLocation")]
pub struct ProviderLocation<'a> {
    #[schema(value_type = shapes::ProviderLocationKey)]
    pub key: ProviderLocationKey,
    pub publisher: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location<'a>>,
    #[schema(value_type = Vec<shapes::Coding>)]
    pub service_types: Vec<Coding>,
    #[schema(value_type = Vec<shapes::Coding>)]
    pub specialties: Vec<Coding>,
    /// The best way to book any of its matching slots.
    #[schema(value_type = shapes::BookingMethod)]
    pub booking_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_virtual: Option<bool>,
    /// What its next available slot says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::AcceptingPatients)]
    pub accepting_patients: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_available_start: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_available_slot: Option<NextSlot<'a>>,
    /// As many of its next matching slots as were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_slots: Option<Vec<NextSlot<'a>>>,
    /// Whether free slots match: `some`, `none` (only if the publisher was read whole just now), else `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::Availability)]
    pub availability: Option<&'static str>,
    /// How many of its slots match.
    pub total_slots: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_miles: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<&'a str>,
    #[schema(value_type = shapes::DataFreshness)]
    pub freshness: &'static str,
    /// Other publishers that have the same place; each keeps its own slots and booking links.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_published_by: Vec<AlsoPublished<'a>>,
}

/// Another publisher that has the same place.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlsoPublished<'a> {
    /// Slug of the publisher.
    pub publisher: &'a str,
    /// What people call it.
    pub display_name: &'a str,
    /// Published id of its Location.
    #[schema(value_type = shapes::PublicId)]
    pub location_id: PublicId,
    /// Key of the same provider there, if it is published too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::ProviderLocationKey)]
    pub provider_location_key: Option<ProviderLocationKey>,
    /// What agrees: `identifier`, `address`, `phone`, `position`, `name`, or `operator` for what is configured.
    #[schema(value_type = Vec<shapes::LinkSignal>)]
    pub signals: &'a [&'static str],
}

impl<'a> From<&'a calls::AlsoPublished> for AlsoPublished<'a> {
    fn from(other: &'a calls::AlsoPublished) -> Self {
        let publisher = &other.publisher.publisher;
        Self {
            publisher: publisher.slug.as_str(),
            display_name: &publisher.display_name,
            location_id: other.place,
            provider_location_key: other.key,
            signals: &other.signals,
        }
    }
}

/// The first matching slot of a provider location: enough to offer it without another request.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's Slot of these names")]
pub struct NextSlot<'a> {
    #[schema(value_type = shapes::PublicId)]
    pub id: PublicId,
    pub start: Published,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_start: Option<Published>,
    pub coarse: bool,
    #[schema(value_type = shapes::SlotPrecision)]
    pub precision: &'static str,
    #[serde(skip_serializing_if = "Not::not")]
    pub date_ambiguous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_deep_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_phone: Option<&'a str>,
}

impl<'a> NextSlot<'a> {
    fn new(next: &'a StoredSlot, clock: Option<&LocalClock<'_>>) -> Self {
        let (slot, precision) = (&next.slot, next.slot.traits.precision());
        Self {
            id: next.id,
            start: Text(slot.start),
            local_start: clock.map(|clock| clock.show(slot.start.instant)),
            coarse: slot.traits.is_coarse(),
            precision: precision.as_str(),
            date_ambiguous: is_date_ambiguous(precision, (slot.start, slot.end), clock),
            booking_deep_link: slot.booking_deep_link.as_deref(),
            booking_phone: slot.booking_phone.as_deref(),
        }
    }
}

/// The next slots, if any were asked for.
fn next_slots(found: &FoundProviderLocation, n_next: usize) -> Option<Vec<NextSlot<'_>>> {
    let place = found.provider_location.place.as_ref();
    let clock = LocalClock::of(place);
    let slots = found.next_slots.iter().take(n_next).map(|next| NextSlot::new(next, clock.as_ref()));
    (n_next > 0).then(|| slots.collect())
}

impl<'a> From<&'a FoundProviderLocation> for ProviderLocation<'a> {
    fn from(found: &'a FoundProviderLocation) -> Self {
        let provider_location = &*found.provider_location;
        let place = provider_location.place.as_ref();
        let clock = LocalClock::of(place);
        let next_slot = found.next_slots.first();
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
            next_available_slot: next_slot.map(|next| NextSlot::new(next, clock.as_ref())),
            next_slots: None,
            availability: found.availability.map(Availability::as_str),
            total_slots: found.n_slots,
            distance_miles: found.distance_miles.map(to_tenth),
            time_zone: clock.as_ref().map(LocalClock::name),
            freshness: freshness_of_data(found.freshness),
            also_published_by: found.also_published_by.iter().map(AlsoPublished::from).collect(),
        }
    }
}
