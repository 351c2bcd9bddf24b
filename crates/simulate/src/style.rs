//! What differs between publishers.
//!
//! A style follows from the publisher's number alone, by cycles of different length, so that the first few publishers
//! already differ in every respect and a large simulation has all combinations.

use crate::calendar::TimeStyle;
use crate::codes::{BASE_2021, BASE_STU1, SpecialtySystem};
use crate::ids::IdStyle;

/// What kind of business a publisher is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Business {
    /// Clinics: roles at places, appointments.
    Clinic,
    /// Stores: vaccines and walk-in services at places.
    Store,
}

/// Booking links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkStyle {
    /// A link for each slot, its number in the query.
    Query,
    /// A link for each slot, its number in the fragment.
    Fragment,
    /// One link for all slots of a place.
    PerPlace,
    /// No links.
    None,
}

/// Dialects of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ManifestDialect {
    /// The vaccine specification of 2021.
    Of2021,
    /// The work of 2025: an operation definition and an output format beside the fields of 2021.
    Operation,
    /// Bulk Publish: manifest type, update cadence, outcomes.
    BulkPublish,
}

/// Everything in which publishers differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) business: Business,
    pub(crate) ids: IdStyle,
    pub(crate) times: TimeStyle,
    /// Slot files ordered by start instead of by schedule.
    pub(crate) is_ordered_by_start: bool,
    /// Base of the extension URLs.
    pub(crate) extension_base: &'static str,
    pub(crate) links: LinkStyle,
    pub(crate) has_phones: bool,
    /// Capacities on all slots; otherwise only where a slot is for many.
    pub(crate) has_capacities: bool,
    /// Some schedules say which patients and languages they are for, and name types on the slots themselves.
    pub(crate) is_rich: bool,
    pub(crate) specialty_system: SpecialtySystem,
    pub(crate) has_practitioner_file: bool,
    pub(crate) has_organization_file: bool,
    pub(crate) has_devices: bool,
    pub(crate) has_virtual_places: bool,
    pub(crate) has_positions: bool,
    /// Lists a type that nobody asked for.
    pub(crate) has_endpoint_file: bool,
    pub(crate) manifest: ManifestDialect,
    /// Lists Slot files before what they refer to.
    pub(crate) is_slots_first: bool,
}

impl Style {
    /// The style of the `number`-th publisher.
    pub(crate) fn of(number: u32) -> Self {
        let business = if matches!(number % 10, 1 | 4 | 8) { Business::Store } else { Business::Clinic };
        let is_clinic = business == Business::Clinic;
        // One in eight has no links, one in eight has links that lead to the place only; the rest are portals.
        let (links, has_phones) = match number % 8 {
            3 => (LinkStyle::None, true),
            2 => (LinkStyle::Query, false),
            6 => (LinkStyle::PerPlace, false),
            5 => (LinkStyle::Fragment, true),
            _ => (LinkStyle::Query, true),
        };
        Self {
            business,
            ids: if number.is_multiple_of(2) { IdStyle::Uuid } else { IdStyle::Integer },
            times: match number % 3 {
                0 => TimeStyle::Offset,
                1 => TimeStyle::UtcMillis,
                _ => TimeStyle::Utc,
            },
            is_ordered_by_start: (number + number / 3) % 3 == 1,
            extension_base: if number % 10 == 1 || number % 7 == 2 || number % 8 == 4 { BASE_2021 } else { BASE_STU1 },
            links,
            has_phones,
            has_capacities: number % 4 == 1,
            is_rich: number % 5 == 2,
            specialty_system: match number % 4 {
                0 => SpecialtySystem::Snomed,
                2 => SpecialtySystem::Nucc,
                _ => SpecialtySystem::Both,
            },
            has_practitioner_file: is_clinic && number % 4 != 3,
            has_organization_file: !number.is_multiple_of(3),
            has_devices: is_clinic && number % 4 == 2 && !number.is_multiple_of(3),
            has_virtual_places: is_clinic && number.is_multiple_of(3),
            has_positions: number % 5 != 3,
            has_endpoint_file: number % 4 == 2,
            manifest: match number % 3 {
                0 => ManifestDialect::BulkPublish,
                1 => ManifestDialect::Of2021,
                _ => ManifestDialect::Operation,
            },
            is_slots_first: number % 4 == 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_publishers_are_mixed_as_promised() {
        let styles: Vec<Style> = (0..20).map(Style::of).collect();
        let count = |is_it: fn(&Style) -> bool| styles.iter().filter(|style| is_it(style)).count();
        assert_eq!(count(|style| style.business == Business::Clinic), 14);
        assert_eq!(count(|style| style.ids == IdStyle::Uuid), 10);
        assert!((6..=8).contains(&count(|style| style.is_ordered_by_start)));
        assert!(count(|style| style.extension_base == BASE_2021) >= 4);
        assert!(count(|style| style.has_virtual_places) >= 4);
        assert!(count(|style| !style.has_positions) == 4);
        assert!(count(|style| style.links == LinkStyle::None) >= 2);
    }
}
