//! Slots.

use std::ops::Not;

use openslots_model::{AcceptingPatients, Availability, Coding, PublicId, ScheduleSummary};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use super::parts::text_of;
use super::{
    Explanation, Facets, LocalClock, Location, NearNote, Provider, Published, Text, Understood, Utc, beside,
    freshness_of_data, is_date_ambiguous, to_tenth,
};
use crate::calls::{FoundSlot, SlotsAnswer};
use crate::data_time::{DataTime, claim_of};

/// The answer to a search for slots.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Slots<'a> {
    /// The slots of this page.
    pub slots: Vec<Slot<'a>>,
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

impl<'a> From<&'a SlotsAnswer> for Slots<'a> {
    fn from(answer: &'a SlotsAnswer) -> Self {
        Self {
            slots: answer.slots.iter().map(Slot::from).collect(),
            total: answer.total,
            next: answer.next.as_deref(),
            near: answer.near.map(NearNote::from),
            facets: beside::facets(&answer.facets),
            understood: answer.understood.iter().map(Understood::from).collect(),
            explanation: answer.explanation.as_ref().map(Explanation::from),
        }
    }
}

/// One slot.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's Slot")]
pub struct Slot<'a> {
    #[schema(value_type = shapes::PublicId)]
    pub id: PublicId,
    pub publisher: &'a str,
    #[schema(value_type = shapes::PublicId)]
    pub schedule_id: PublicId,
    #[schema(value_type = shapes::SlotStatus)]
    pub status: &'static str,
    pub start: Published,
    pub end: Published,
    /// Start on the clock of the place, where its zone is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_start: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_end: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<&'a str>,
    /// Code of the first service type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type_code: Option<&'a str>,
    /// Text of the first service type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type_text: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<shapes::Coding>)]
    pub service_types: &'a [Coding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<shapes::Coding>)]
    pub specialties: &'a [Coding],
    /// Code of the first appointment type, else its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::AcceptingPatients)]
    pub accepting_patients: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_virtual: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_deep_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'a str>,
    /// `some` if it can be booked by what the publisher says, else `none`.
    #[schema(value_type = shapes::Availability)]
    pub availability: &'static str,
    /// Whether the time is a window of hours or days, not an appointment's.
    pub coarse: bool,
    /// `exact`, `day` (a window of hours, a day at most) or `multi-day`.
    #[schema(value_type = shapes::SlotPrecision)]
    pub precision: &'static str,
    /// Whether nobody can tell which day is meant: a day of UTC, which is two days where the place is.
    #[serde(skip_serializing_if = "Not::not")]
    pub date_ambiguous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_miles: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider<'a>>,
    pub source: Source<'a>,
    #[schema(value_type = shapes::DataFreshness)]
    pub freshness: &'static str,
}

/// Where a slot comes from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source<'a> {
    /// Slug of the publisher.
    pub publisher: &'a str,
    /// The slot's id at the publisher.
    pub resource_id: &'a str,
    /// The publisher's own claim of how recent its data are; none where it makes none that can be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_time: Option<Published>,
    /// How recent the slot is, by the nearest claim that can be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Published>,
    /// Whose claim that is: `last-source-sync`, `manifest`, or `fetched` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::AsOfBasis)]
    pub as_of_basis: Option<&'static str>,
    /// When the publisher's data were last known true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<Utc>,
}

impl<'a> From<&'a FoundSlot> for Slot<'a> {
    fn from(found: &'a FoundSlot) -> Self {
        let slot = &found.stored.slot;
        let provider_location = found.provider_location.as_deref();
        let place = provider_location.and_then(|provider_location| provider_location.place.as_ref());
        let schedule = provider_location.and_then(|provider_location| {
            provider_location.schedules.iter().find(|schedule| schedule.number == found.stored.schedule)
        });
        let clock = LocalClock::of(place);
        let service_types = own_or_schedules(&slot.traits.service_types, schedule, |schedule| &schedule.service_types);
        let specialties = own_or_schedules(&slot.traits.specialties, schedule, |schedule| &schedule.specialties);
        let publisher = found.publisher.publisher.slug.as_str();
        let data_time = DataTime::of(&found.publisher, slot.last_source_sync);
        Self {
            id: found.stored.id,
            publisher,
            schedule_id: found.stored.schedule_id,
            status: slot.traits.status.as_str(),
            start: Text(slot.start),
            end: Text(slot.end),
            local_start: clock.as_ref().map(|clock| clock.show(slot.start.instant)),
            local_end: clock.as_ref().map(|clock| clock.show(slot.end.instant)),
            time_zone: clock.as_ref().map(LocalClock::name),
            service_type_code: service_types.first().and_then(|coding| coding.code.as_deref()),
            service_type_text: service_types.first().and_then(|coding| coding.display.as_deref()),
            service_types,
            specialties,
            appointment_type: slot
                .traits
                .appointment_types
                .first()
                .and_then(|coding| coding.code.as_deref().or_else(|| text_of(coding))),
            accepting_patients: slot.accepting_patients().map(AcceptingPatients::as_str),
            is_virtual: provider_location.and_then(openslots_model::ProviderLocation::is_virtual),
            booking_deep_link: slot.booking_deep_link.as_deref(),
            booking_phone: slot.booking_phone.as_deref(),
            capacity: slot.capacity,
            comment: slot.comment.as_deref(),
            availability: if slot.traits.is_bookable() { Availability::Some } else { Availability::None }.as_str(),
            coarse: slot.traits.is_coarse(),
            precision: slot.traits.precision().as_str(),
            date_ambiguous: is_date_ambiguous(slot.traits.precision(), (slot.start, slot.end), clock.as_ref()),
            distance_miles: found.distance_miles.map(to_tenth),
            location: place.map(Location::from),
            provider: provider_location
                .and_then(|provider_location| provider_location.provider.as_ref())
                .map(Provider::from),
            source: Source {
                publisher,
                resource_id: &slot.id,
                transaction_time: claim_of(&found.publisher).map(Text),
                as_of: data_time.map(|time| time.as_of),
                as_of_basis: data_time.map(|time| time.basis),
                synced_at: found.publisher.last_success_at.map(Text),
            },
            freshness: freshness_of_data(found.freshness),
        }
    }
}

/// The slot's own codes, which override its schedule's.
fn own_or_schedules<'a>(
    own: &'a [Coding],
    schedule: Option<&'a ScheduleSummary>,
    of_schedule: impl FnOnce(&'a ScheduleSummary) -> &'a Vec<Coding>,
) -> &'a [Coding] {
    if own.is_empty() { schedule.map_or(&[], |schedule| of_schedule(schedule)) } else { own }
}
