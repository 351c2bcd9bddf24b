//! `fields`: which fields of each answer are wanted.

use serde_json::{Map, Value};

use super::given::{Given, echo};

/// How many fields may be named; there are not that many.
pub(crate) const MAX_FIELDS: usize = 100;

/// The fields that an answer may have. A test compares them with what is rendered.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Comes along whatever is asked for: answers are told apart by it.
    key: &'static str,
    fields: &'static [(&'static str, &'static [&'static str])],
}

const LOCATION: &[&str] = &[
    "id",
    "identifier",
    "name",
    "phone",
    "website",
    "addressLine",
    "city",
    "district",
    "state",
    "postalCode",
    "physicalType",
    "description",
    "position",
    "positionSource",
    "licensedStates",
];
const PROVIDER: &[&str] = &[
    "id",
    "identifier",
    "npi",
    "type",
    "name",
    "specialty",
    "specialties",
    "languages",
    "gender",
    "networks",
    "organization",
    "phone",
    "description",
];
const SOURCE: &[&str] = &["publisher", "resourceId", "transactionTime", "asOf", "asOfBasis", "syncedAt"];
const NEXT_SLOT: &[&str] =
    &["id", "start", "localStart", "coarse", "precision", "dateAmbiguous", "bookingDeepLink", "bookingPhone"];
const ALSO_PUBLISHED: &[&str] = &["publisher", "displayName", "locationId", "providerLocationKey", "signals"];

/// The fields of a slot.
pub(crate) const SLOT: Shape = Shape {
    key: "id",
    fields: &[
        ("id", &[]),
        ("publisher", &[]),
        ("scheduleId", &[]),
        ("status", &[]),
        ("start", &[]),
        ("end", &[]),
        ("localStart", &[]),
        ("localEnd", &[]),
        ("timeZone", &[]),
        ("serviceTypeCode", &[]),
        ("serviceTypeText", &[]),
        ("serviceTypes", &[]),
        ("specialties", &[]),
        ("appointmentType", &[]),
        ("acceptingPatients", &[]),
        ("isVirtual", &[]),
        ("bookingDeepLink", &[]),
        ("bookingPhone", &[]),
        ("capacity", &[]),
        ("comment", &[]),
        ("availability", &[]),
        ("coarse", &[]),
        ("precision", &[]),
        ("dateAmbiguous", &[]),
        ("distanceMiles", &[]),
        ("location", LOCATION),
        ("provider", PROVIDER),
        ("source", SOURCE),
        ("freshness", &[]),
    ],
};

/// The fields of a provider location.
pub(crate) const PROVIDER_LOCATION: Shape = Shape {
    key: "key",
    fields: &[
        ("key", &[]),
        ("publisher", &[]),
        ("provider", PROVIDER),
        ("location", LOCATION),
        ("serviceTypes", &[]),
        ("specialties", &[]),
        ("bookingMethod", &[]),
        ("isVirtual", &[]),
        ("acceptingPatients", &[]),
        ("nextAvailableStart", &[]),
        ("nextAvailableSlot", NEXT_SLOT),
        ("nextSlots", NEXT_SLOT),
        ("availability", &[]),
        ("totalSlots", &[]),
        ("distanceMiles", &[]),
        ("timeZone", &[]),
        ("freshness", &[]),
        ("alsoPublishedBy", ALSO_PUBLISHED),
    ],
};

/// The fields that are wanted of each answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<(String, Option<Vec<String>>)>);

impl Shape {
    /// All that can be asked for: fields, and parts of them behind a dot.
    pub(crate) fn names(&self) -> Vec<String> {
        let with_parts = |(field, parts): &(&str, &[&str])| {
            let parts: Vec<String> = parts.iter().map(|part| format!("{field}.{part}")).collect();
            [vec![(*field).to_owned()], parts].concat()
        };
        self.fields.iter().flat_map(with_parts).collect()
    }

    fn parts(&self, name: &str) -> Option<&'static [&'static str]> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, parts)| *parts)
    }

    /// Reads `id,start,location.city`.
    fn parse(&self, text: &str) -> Result<Fields, String> {
        let mut wanted = vec![(self.key.to_owned(), None)];
        for (n_read, path) in text.split(',').map(str::trim).enumerate() {
            if n_read == MAX_FIELDS {
                return Err(format!("names more than {MAX_FIELDS} fields"));
            }
            let (name, part) = path.split_once('.').map_or((path, None), |(name, part)| (name, Some(part)));
            let Some(parts) = self.parts(name) else {
                let known: Vec<&str> = self.fields.iter().map(|(field, _)| *field).collect();
                return Err(format!("`{}` is not a field of these answers: {}", echo(path), known.join(", ")));
            };
            if let Some(part) = part
                && !parts.contains(&part)
            {
                return Err(match parts {
                    [] => format!("`{name}` has no fields of its own, so there is no `{}`", echo(path)),
                    parts => format!("`{}` is not a field of `{name}`: {}", echo(part), parts.join(", ")),
                });
            }
            add(&mut wanted, name, part);
        }
        Ok(Fields(wanted))
    }
}

/// Adds a field, or a part of one; the whole of a field goes over its parts.
fn add(wanted: &mut Vec<(String, Option<Vec<String>>)>, name: &str, part: Option<&str>) {
    match wanted.iter_mut().find(|(known, _)| known == name) {
        None => wanted.push((name.to_owned(), part.map(|part| vec![part.to_owned()]))),
        Some((_, parts)) => match (parts.as_mut(), part) {
            (Some(parts), Some(part)) => parts.push(part.to_owned()),
            _ => *parts = None,
        },
    }
}

impl Fields {
    /// Leaves nothing of an answer but the fields that are wanted.
    pub(crate) fn prune(&self, answer: &mut Value) {
        let Value::Object(members) = answer else { return };
        retain(members, |name| self.0.iter().any(|(wanted, _)| wanted == name));
        for (name, parts) in &self.0 {
            if let (Some(parts), Some(value)) = (parts, members.get_mut(name)) {
                let is_wanted = |name: &str| parts.iter().any(|part| part == name);
                match value {
                    Value::Object(members) => retain(members, is_wanted),
                    Value::Array(list) => {
                        list.iter_mut().filter_map(Value::as_object_mut).for_each(|members| retain(members, is_wanted));
                    }
                    _ => {}
                }
            }
        }
    }
}

fn retain(members: &mut Map<String, Value>, is_wanted: impl Fn(&str) -> bool) {
    members.retain(|name, _| is_wanted(name));
}

/// Reads `fields`.
pub(crate) fn parse_fields(given: &mut Given<'_>, shape: &Shape) -> Option<Fields> {
    given.parse("fields", |text| shape.parse(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wanted_stays() {
        let slot = json!({
            "id": "a", "start": "then", "location": { "city": "Boston", "state": "MA", "name": "North" },
            "provider": { "name": "Dr. A", "npi": "1" },
        });
        for (fields, want) in [
            ("start", json!({ "id": "a", "start": "then" })),
            ("location.city, location.state", json!({ "id": "a", "location": { "city": "Boston", "state": "MA" } })),
            ("location.city,location", json!({ "id": "a", "location": slot["location"] })),
            ("provider,provider.npi", json!({ "id": "a", "provider": slot["provider"] })),
            ("id,end", json!({ "id": "a" })),
        ] {
            let mut pruned = slot.clone();
            SLOT.parse(fields).expect(fields).prune(&mut pruned);
            assert_eq!(pruned, want, "{fields}");
        }
        let mut place = json!({ "key": "k", "nextSlots": [{ "id": "a", "start": "then" }, { "id": "b" }] });
        PROVIDER_LOCATION.parse("nextSlots.id").expect("fields").prune(&mut place);
        assert_eq!(place, json!({ "key": "k", "nextSlots": [{ "id": "a" }, { "id": "b" }] }));
    }

    #[test]
    fn what_there_is_not_is_refused_by_name() {
        for (fields, want) in [
            ("colour", "`colour` is not a field of these answers: id, publisher,"),
            ("location.colour", "`colour` is not a field of `location`: id, identifier,"),
            ("start.day", "`start` has no fields of its own, so there is no `start.day`"),
            ("id,,start", "`` is not a field"),
            ("location.position.latitude", "`position.latitude` is not a field of `location`"),
        ] {
            let refused = SLOT.parse(fields).expect_err(fields);
            assert!(refused.starts_with(want), "{refused}");
        }
        assert!(SLOT.parse(&["id"; 101].join(",")).is_err());
    }
}
