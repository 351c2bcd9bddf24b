//! The fields that slots and provider locations have, by name: what `fields` may choose from.
//!
//! A test holds these tables against what is written, so neither can gain a field without the other.

/// A field of a record, with those below it where it holds records itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The fields of what it holds; none for a plain value.
    pub below: &'static [Field],
}

/// The fields of a kind of record.
#[derive(Debug)]
pub struct FieldTable {
    /// What names the record, and comes along whatever is chosen.
    pub key: &'static str,
    /// All of them.
    pub fields: &'static [Field],
}

const fn plain(name: &'static str) -> Field {
    Field { name, below: &[] }
}

const fn record(name: &'static str, below: &'static [Field]) -> Field {
    Field { name, below }
}

const CODING: &[Field] = &[plain("system"), plain("code"), plain("display")];
const IDENTIFIER: &[Field] = &[plain("system"), plain("value")];

const LOCATION: &[Field] = &[
    plain("id"),
    record("identifier", IDENTIFIER),
    plain("name"),
    plain("phone"),
    plain("website"),
    plain("addressLine"),
    plain("city"),
    plain("district"),
    plain("state"),
    plain("postalCode"),
    record("physicalType", &[plain("system"), plain("code")]),
    plain("description"),
    record("position", &[plain("latitude"), plain("longitude")]),
    plain("positionSource"),
    plain("licensedStates"),
];

const PROVIDER: &[Field] = &[
    plain("id"),
    record("identifier", IDENTIFIER),
    plain("npi"),
    plain("type"),
    plain("name"),
    plain("specialty"),
    record("specialties", CODING),
    plain("languages"),
    plain("gender"),
    plain("networks"),
    plain("organization"),
    plain("phone"),
    plain("description"),
];

const SOURCE: &[Field] = &[
    plain("publisher"),
    plain("resourceId"),
    plain("transactionTime"),
    plain("asOf"),
    plain("asOfBasis"),
    plain("syncedAt"),
];

const NEXT_SLOT: &[Field] = &[
    plain("id"),
    plain("start"),
    plain("localStart"),
    plain("coarse"),
    plain("precision"),
    plain("dateAmbiguous"),
    plain("bookingDeepLink"),
    plain("bookingPhone"),
];

const ALSO_PUBLISHED: &[Field] =
    &[plain("publisher"), plain("displayName"), plain("locationId"), plain("providerLocationKey"), plain("signals")];

/// The fields of a slot.
pub const SLOT_FIELDS: FieldTable = FieldTable {
    key: "id",
    fields: &[
        plain("id"),
        plain("publisher"),
        plain("scheduleId"),
        plain("status"),
        plain("start"),
        plain("end"),
        plain("localStart"),
        plain("localEnd"),
        plain("timeZone"),
        plain("serviceTypeCode"),
        plain("serviceTypeText"),
        record("serviceTypes", CODING),
        record("specialties", CODING),
        plain("appointmentType"),
        plain("acceptingPatients"),
        plain("isVirtual"),
        plain("bookingDeepLink"),
        plain("bookingPhone"),
        plain("capacity"),
        plain("comment"),
        plain("availability"),
        plain("coarse"),
        plain("precision"),
        plain("dateAmbiguous"),
        plain("distanceMiles"),
        record("location", LOCATION),
        record("provider", PROVIDER),
        record("source", SOURCE),
        plain("freshness"),
    ],
};

/// The fields of a provider location.
pub const PROVIDER_LOCATION_FIELDS: FieldTable = FieldTable {
    key: "key",
    fields: &[
        plain("key"),
        plain("publisher"),
        record("provider", PROVIDER),
        record("location", LOCATION),
        record("serviceTypes", CODING),
        record("specialties", CODING),
        plain("bookingMethod"),
        plain("isVirtual"),
        plain("acceptingPatients"),
        plain("nextAvailableStart"),
        record("nextAvailableSlot", NEXT_SLOT),
        record("nextSlots", NEXT_SLOT),
        plain("availability"),
        plain("totalSlots"),
        plain("distanceMiles"),
        plain("timeZone"),
        plain("freshness"),
        record("alsoPublishedBy", ALSO_PUBLISHED),
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use openslots_model::{Coding, Identifier, OffsetInstant, ProviderLocationKey, PublicId, UnixSeconds};
    use serde_json::Value;

    use super::super::{AlsoPublished, Location, NextSlot, PhysicalType, Position, Provider, ProviderLocation};
    use super::super::{Slot, Source, Text};
    use super::*;

    /// Every path of a table, and of a value.
    fn paths_of_table(fields: &[Field], prefix: &str, paths: &mut BTreeSet<String>) {
        for field in fields {
            let path = format!("{prefix}{}", field.name);
            paths_of_table(field.below, &format!("{path}."), paths);
            assert!(paths.insert(path), "twice");
        }
    }

    fn paths_of_value(value: &Value, prefix: &str, paths: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = format!("{prefix}{name}");
                    paths_of_value(member, &format!("{path}."), paths);
                    paths.insert(path);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| paths_of_value(item, prefix, paths)),
            _ => {}
        }
    }

    fn check(table: &FieldTable, written: &impl serde::Serialize) {
        let (mut of_table, mut of_value) = (BTreeSet::new(), BTreeSet::new());
        paths_of_table(table.fields, "", &mut of_table);
        paths_of_value(&serde_json::to_value(written).expect("JSON"), "", &mut of_value);
        assert_eq!(of_table, of_value);
        assert!(of_table.contains(table.key));
    }

    #[test]
    fn the_tables_name_all_that_is_written() {
        const ID: PublicId = PublicId::from_bytes([1; 10]);
        const TEXT: Option<&str> = Some("a");
        let text = ["a".to_owned()];
        let instant = OffsetInstant { instant: UnixSeconds(0), offset_seconds: 0 };
        let (at, utc) = (Some(Text(instant)), Some(Text(UnixSeconds(0))));
        let coding = Coding { system: Some(String::new()), code: Some(String::new()), display: Some(String::new()) };
        let codings = [coding];
        let identifiers = [Identifier { system: Some(String::new()), value: String::new() }];
        // Every field has to be given here, so one that is added to a record fails to compile until it is known below.
        let location = Location {
            id: Some(ID),
            identifier: &identifiers,
            name: TEXT,
            phone: &text,
            website: &text,
            address_line: &text,
            city: TEXT,
            district: TEXT,
            state: TEXT,
            postal_code: TEXT,
            physical_type: Some(PhysicalType { system: TEXT, code: "a" }),
            description: TEXT,
            position: Some(Position { latitude: 0.0, longitude: 0.0 }),
            position_source: TEXT,
            licensed_states: &text,
        };
        let provider = Provider {
            id: ID,
            identifier: &identifiers,
            npi: TEXT,
            kind: "a",
            name: TEXT,
            specialty: TEXT,
            specialties: &codings,
            languages: &text,
            gender: TEXT,
            networks: &text,
            organization: TEXT,
            phone: &text,
            description: TEXT,
        };
        let next_slot = NextSlot {
            id: ID,
            start: Text(instant),
            local_start: at,
            coarse: true,
            precision: "a",
            date_ambiguous: true,
            booking_deep_link: TEXT,
            booking_phone: TEXT,
        };
        let also_published = AlsoPublished {
            publisher: "a",
            display_name: "a",
            location_id: ID,
            provider_location_key: Some(ProviderLocationKey(ID)),
            signals: &["a"],
        };
        let source = Source {
            publisher: "a",
            resource_id: "a",
            transaction_time: at,
            as_of: at,
            as_of_basis: TEXT,
            synced_at: utc,
        };
        let slot = Slot {
            id: ID,
            publisher: "a",
            schedule_id: ID,
            status: "a",
            start: Text(instant),
            end: Text(instant),
            local_start: at,
            local_end: at,
            time_zone: TEXT,
            service_type_code: TEXT,
            service_type_text: TEXT,
            service_types: &codings,
            specialties: &codings,
            appointment_type: TEXT,
            accepting_patients: TEXT,
            is_virtual: Some(true),
            booking_deep_link: TEXT,
            booking_phone: TEXT,
            capacity: Some(1),
            comment: TEXT,
            availability: "a",
            coarse: true,
            precision: "a",
            date_ambiguous: true,
            distance_miles: Some(1.0),
            location: Some(location.clone()),
            provider: Some(provider.clone()),
            source,
            freshness: "a",
        };
        check(&SLOT_FIELDS, &slot);
        let provider_location = ProviderLocation {
            key: ProviderLocationKey(ID),
            publisher: "a",
            provider: Some(provider),
            location: Some(location),
            service_types: codings.to_vec(),
            specialties: codings.to_vec(),
            booking_method: "a",
            is_virtual: Some(true),
            accepting_patients: TEXT,
            next_available_start: at,
            next_available_slot: Some(next_slot.clone()),
            next_slots: Some(vec![next_slot]),
            availability: TEXT,
            total_slots: 1,
            distance_miles: Some(1.0),
            time_zone: TEXT,
            freshness: "a",
            also_published_by: vec![also_published],
        };
        check(&PROVIDER_LOCATION_FIELDS, &provider_location);
    }
}
