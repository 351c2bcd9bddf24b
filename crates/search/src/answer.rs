//! Answers: keys of what was found, in order, with what only the search knows of them.

use openslots_model::{BookingMethod, ProviderLocationNumber, ResourceNumber, SlotRow, SortKey, UnixSeconds};

/// A slot that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlotHit {
    /// Its row in the store.
    pub row: SlotRow,
    /// When it starts (see [`START_RANGE`](crate::START_RANGE)).
    pub start: UnixSeconds,
    /// Its schedule.
    pub schedule: ResourceNumber,
    /// The provider location through which it was found: of several the nearest, then the best match of the text,
    /// then the lowest number (by relevance the best match comes before the nearest).
    pub provider_location: ProviderLocationNumber,
    /// From the asked position to that provider location, in miles; only where a position was asked for.
    pub distance_miles: Option<f64>,
    /// Its place in the order, for the next page.
    pub key: SortKey,
}

/// Some of the slots that match, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SlotPage {
    /// The slots of this page.
    pub hits: Vec<SlotHit>,
    /// How many match in all, wherever the page starts; exact.
    pub total: u64,
}

/// A provider location that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderLocationHit {
    /// Its number in the store.
    pub number: ProviderLocationNumber,
    /// Start of its first matching slot.
    pub next_start: Option<UnixSeconds>,
    /// Rows of its first matching slots, in order, of those that start at once the lowest first: as many as were asked
    /// for and at least the first, if there is one.
    pub next_rows: Vec<SlotRow>,
    /// How many of its slots match; exact.
    pub n_slots: u64,
    /// From the asked position, in miles; only where a position was asked for.
    pub distance_miles: Option<f64>,
    /// The best way to book any of its matching slots; [`BookingMethod::Contact`] if none match.
    pub booking: BookingMethod,
    /// Its place in the order, for the next page.
    pub key: SortKey,
}

/// Some of the provider locations that match, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProviderLocationPage {
    /// The provider locations of this page.
    pub hits: Vec<ProviderLocationHit>,
    /// How many match in all, wherever the page starts; exact.
    pub total: u64,
}

/// A list of the codes in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeList {
    /// Service types of schedules.
    ServiceTypes,
    /// Specialties of providers and schedules.
    Specialties,
}
