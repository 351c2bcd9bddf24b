//! Puts right what is no FHIR R4 in what a source says, so that programs which hold to the standard can read it.
//!
//! Only elements of which the type is known here are looked at, and as little as possible is changed: a value of
//! another JSON type becomes one of the right type that says the same; a code outside a required value set, a time that
//! is none and a position that is none are left out. What is not known stays as it is. The source's own words stay in
//! the store.

use openslots_model::{OffsetInstant, ResourceKind};
use serde_json::{Map, Value, json};

/// What an element of a resource is in R4.
#[derive(Clone, Copy)]
enum Element {
    Text,
    Texts,
    Flag,
    /// A code of a required value set.
    Code(&'static [&'static str]),
    Instant,
    Period,
    Concept,
    Concepts,
    Reference,
    References,
    /// Anything else that there may be several of.
    Many,
    Identifiers,
    Telecoms,
    Address,
    Addresses,
    Names,
    Position,
}

const COMMON: &[(&str, Element)] = &[("identifier", Element::Identifiers), ("extension", Element::Many)];

const LOCATION: &[(&str, Element)] = &[
    ("status", Element::Code(&["active", "suspended", "inactive"])),
    ("name", Element::Text),
    ("alias", Element::Texts),
    ("description", Element::Text),
    ("mode", Element::Code(&["instance", "kind"])),
    ("type", Element::Concepts),
    ("telecom", Element::Telecoms),
    ("address", Element::Address),
    ("physicalType", Element::Concept),
    ("position", Element::Position),
    ("managingOrganization", Element::Reference),
    ("partOf", Element::Reference),
];

const ORGANIZATION: &[(&str, Element)] = &[
    ("active", Element::Flag),
    ("type", Element::Concepts),
    ("name", Element::Text),
    ("alias", Element::Texts),
    ("telecom", Element::Telecoms),
    ("address", Element::Addresses),
    ("partOf", Element::Reference),
];

const PRACTITIONER: &[(&str, Element)] = &[
    ("active", Element::Flag),
    ("name", Element::Names),
    ("telecom", Element::Telecoms),
    ("address", Element::Addresses),
    ("gender", Element::Code(&["male", "female", "other", "unknown"])),
    ("communication", Element::Concepts),
    ("qualification", Element::Many),
];

const PRACTITIONER_ROLE: &[(&str, Element)] = &[
    ("active", Element::Flag),
    ("period", Element::Period),
    ("practitioner", Element::Reference),
    ("organization", Element::Reference),
    ("code", Element::Concepts),
    ("specialty", Element::Concepts),
    ("location", Element::References),
    ("healthcareService", Element::References),
    ("telecom", Element::Telecoms),
];

const HEALTHCARE_SERVICE: &[(&str, Element)] = &[
    ("active", Element::Flag),
    ("providedBy", Element::Reference),
    ("category", Element::Concepts),
    ("type", Element::Concepts),
    ("specialty", Element::Concepts),
    ("location", Element::References),
    ("name", Element::Text),
    ("comment", Element::Text),
    ("telecom", Element::Telecoms),
    ("program", Element::Concepts),
    ("characteristic", Element::Concepts),
    ("communication", Element::Concepts),
    ("appointmentRequired", Element::Flag),
];

const SCHEDULE: &[(&str, Element)] = &[
    ("active", Element::Flag),
    ("serviceCategory", Element::Concepts),
    ("serviceType", Element::Concepts),
    ("specialty", Element::Concepts),
    ("actor", Element::References),
    ("planningHorizon", Element::Period),
    ("comment", Element::Text),
];

const SLOT: &[(&str, Element)] = &[
    ("serviceCategory", Element::Concepts),
    ("serviceType", Element::Concepts),
    ("specialty", Element::Concepts),
    ("appointmentType", Element::Concept),
    ("schedule", Element::Reference),
    ("start", Element::Instant),
    ("end", Element::Instant),
    ("overbooked", Element::Flag),
    ("comment", Element::Text),
];

const fn elements_of(kind: ResourceKind) -> &'static [(&'static str, Element)] {
    match kind {
        ResourceKind::Location => LOCATION,
        ResourceKind::Organization => ORGANIZATION,
        ResourceKind::Practitioner => PRACTITIONER,
        ResourceKind::PractitionerRole => PRACTITIONER_ROLE,
        ResourceKind::HealthcareService => HEALTHCARE_SERVICE,
        ResourceKind::Schedule => SCHEDULE,
        ResourceKind::Slot => SLOT,
        ResourceKind::Device => &[],
    }
}

/// Puts the elements of a source's resource right.
pub fn make_valid(kind: ResourceKind, resource: &mut Map<String, Value>) {
    for (name, element) in COMMON.iter().chain(elements_of(kind)) {
        put_right(resource, name, *element);
    }
    if let Some(Value::Object(meta)) = resource.get_mut("meta") {
        put_right(meta, "lastUpdated", Element::Instant);
        put_right(meta, "tag", Element::Many);
        put_right(meta, "extension", Element::Many);
    }
}

/// Puts a member right, or leaves it out.
fn put_right(object: &mut Map<String, Value>, name: &str, element: Element) {
    let Some(value) = object.remove(name) else { return };
    if let Some(valid) = valid(value, element) {
        object.insert(name.to_owned(), valid);
    }
}

fn valid(value: Value, element: Element) -> Option<Value> {
    match element {
        Element::Text => text(value),
        Element::Texts => Some(each(value, text)),
        Element::Flag => match value {
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok().map(Value::Bool),
            Value::Bool(_) => Some(value),
            _ => None,
        },
        Element::Code(codes) => value.as_str().is_some_and(|code| codes.contains(&code)).then_some(value),
        Element::Instant => instant(&value),
        Element::Period => period(value),
        Element::Concept => concept(first(value)?),
        Element::Concepts => Some(each(value, concept)),
        Element::Reference => reference(first(value)?),
        Element::References => Some(each(value, reference)),
        Element::Many => Some(each(value, Some)),
        Element::Identifiers => Some(each(value, |value| {
            with_texts(value, &[], &[("use", &["usual", "official", "temp", "secondary", "old"])])
        })),
        Element::Telecoms => Some(each(value, |value| {
            let systems = &["phone", "fax", "email", "pager", "url", "sms", "other"];
            with_texts(value, &[], &[("system", systems), ("use", &["home", "work", "temp", "old", "mobile"])])
        })),
        Element::Address => address(first(value)?),
        Element::Addresses => Some(each(value, address)),
        Element::Names => Some(each(value, |value| {
            let uses = &["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"];
            let name = match value {
                Value::String(text) => json!({ "text": text }),
                name => name,
            };
            with_texts(name, &["given", "prefix", "suffix"], &[("use", uses)])
        })),
        Element::Position => position(value),
    }
}

fn address(value: Value) -> Option<Value> {
    let codes: &[(&str, &[&str])] =
        &[("use", &["home", "work", "temp", "old", "billing"]), ("type", &["postal", "physical", "both"])];
    let address = match value {
        Value::String(text) => json!({ "text": text }),
        address => address,
    };
    with_texts(address, &["line"], codes)
}

/// The first of a list, or what is no list.
fn first(value: Value) -> Option<Value> {
    match value {
        Value::Array(list) => first(list.into_iter().next()?),
        lone => Some(lone),
    }
}

/// A list of what `make` makes of each; a lone value is a list of one.
fn each(value: Value, make: impl Fn(Value) -> Option<Value>) -> Value {
    let list = match value {
        Value::Array(list) => list,
        Value::Null => vec![],
        lone => vec![lone],
    };
    Value::Array(list.into_iter().filter_map(make).collect())
}

fn text(value: Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(flag) => Some(flag.to_string().into()),
        _ => None,
    }
}

/// An object of which every member but `rank` and what is an object or a list is a text; some are lists of texts, some
/// are codes of a required value set.
fn with_texts(value: Value, lists: &[&str], codes: &[(&str, &[&str])]) -> Option<Value> {
    let Value::Object(mut members) = value else { return None };
    for name in lists {
        put_right(&mut members, name, Element::Texts);
    }
    for (name, known) in codes {
        if members.get(*name).is_some_and(|code| !code.as_str().is_some_and(|code| known.contains(&code))) {
            members.remove(*name);
        }
    }
    for (name, member) in &mut members {
        if name != "rank" && matches!(member, Value::Number(_) | Value::Bool(_)) {
            *member = text(member.take()).unwrap_or_default();
        }
    }
    Some(Value::Object(members))
}

/// A concept, also one that was written as a coding, as its text, or in the way of R5.
fn concept(value: Value) -> Option<Value> {
    let mut members = match value {
        Value::String(text) => return Some(json!({ "text": text })),
        Value::Object(members) => members,
        _ => return None,
    };
    if let Some(inner) = members.remove("concept") {
        return concept(inner);
    }
    if !members.contains_key("coding") && members.contains_key("code") {
        return Some(json!({ "coding": [coding(Value::Object(members))?] }));
    }
    if let Some(codings) = members.remove("coding") {
        members.insert("coding".to_owned(), each(codings, coding));
    }
    put_right(&mut members, "text", Element::Text);
    Some(Value::Object(members))
}

fn coding(value: Value) -> Option<Value> {
    let Value::Object(mut members) = value else { return None };
    for name in ["system", "version", "code", "display"] {
        put_right(&mut members, name, Element::Text);
    }
    Some(Value::Object(members))
}

/// A reference, also one that was written as its text alone.
fn reference(value: Value) -> Option<Value> {
    match value {
        Value::String(text) if text.contains('/') => Some(json!({ "reference": text })),
        Value::String(text) => Some(json!({ "display": text })),
        Value::Object(_) => Some(value),
        _ => None,
    }
}

/// An instant with seconds and an offset; the text as it is where it is one already.
fn instant(value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    match OffsetInstant::parse_lenient(text).ok()? {
        (_, None) => Some(text.into()),
        (instant, Some(_)) => Some(instant.to_string().into()),
    }
}

/// A period of dates or instants; an end that is neither is left out.
fn period(value: Value) -> Option<Value> {
    let Value::Object(mut members) = value else { return None };
    for name in ["start", "end"] {
        let Some(end) = members.remove(name) else { continue };
        let is_date = end
            .as_str()
            .is_some_and(|text| matches!(text.len(), 4 | 7 | 10) && openslots_fhir::search::period_of(text).is_some());
        if let Some(end) = if is_date { Some(end) } else { instant(&end) } {
            members.insert(name.to_owned(), end);
        }
    }
    Some(Value::Object(members))
}

/// A position with both its coordinates as numbers.
fn position(value: Value) -> Option<Value> {
    let Value::Object(mut members) = value else { return None };
    for name in ["latitude", "longitude"] {
        let coordinate = members.remove(name)?;
        let number = match coordinate {
            Value::Number(_) => coordinate,
            // The digits are kept as they are where they are a number of JSON.
            Value::String(text) => serde_json::from_str(text.trim()).ok().filter(Value::is_number)?,
            _ => return None,
        };
        members.insert(name.to_owned(), number);
    }
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(kind: ResourceKind, name: &str, value: &Value) -> Value {
        let Value::Object(mut resource) = json!({ name: value }) else { unreachable!("an object") };
        make_valid(kind, &mut resource);
        resource.remove(name).unwrap_or_default()
    }

    #[test]
    fn wrong_types_are_put_right() {
        use ResourceKind::{Location, Practitioner, Schedule, Slot};
        let codings = json!([{ "coding": [{ "code": "57" }] }]);
        for (kind, name, given, want) in [
            (Schedule, "serviceType", json!({ "coding": { "code": 57 } }), codings.clone()),
            (Schedule, "serviceType", json!([{ "code": "57" }]), codings.clone()),
            (Schedule, "serviceType", json!([{ "concept": { "coding": [{ "code": "57" }] } }]), codings),
            (Schedule, "serviceType", json!(["Shots", null, 5]), json!([{ "text": "Shots" }])),
            (Schedule, "active", json!("True"), json!(true)),
            (Schedule, "active", json!("perhaps"), Value::Null),
            (Schedule, "actor", json!({ "reference": "Location/1" }), json!([{ "reference": "Location/1" }])),
            (Location, "partOf", json!(["Location/1"]), json!({ "reference": "Location/1" })),
            (Location, "managingOrganization", json!("Vale Health"), json!({ "display": "Vale Health" })),
            (Schedule, "planningHorizon", json!({ "start": "2026-10", "end": "soon" }), json!({ "start": "2026-10" })),
            (Slot, "appointmentType", json!([{ "coding": [{ "code": "A" }] }]), json!({ "coding": [{ "code": "A" }] })),
            (Slot, "start", json!("2026-10-02T09:00:00-05"), json!("2026-10-02T09:00:00-05:00")),
            (Slot, "start", json!("2026-10-02T14:15Z"), json!("2026-10-02T14:15:00Z")),
            (Slot, "start", json!("2026-10-02T14:15:00.250+02:00"), json!("2026-10-02T14:15:00.250+02:00")),
            (
                Location,
                "address",
                json!([{ "line": "1 Main St", "postalCode": 2114, "use": "shop" }]),
                json!({ "line": ["1 Main St"], "postalCode": "2114" }),
            ),
            (Location, "status", json!("open"), Value::Null),
            (Location, "status", json!("active"), json!("active")),
            (
                Location,
                "telecom",
                json!({ "system": "telephone", "value": 6_175_550_101_u64, "rank": 1 }),
                json!([{ "value": "6175550101", "rank": 1 }]),
            ),
            (
                Location,
                "position",
                json!({ "latitude": "42.50", "longitude": -71 }),
                json!({ "latitude": 42.5, "longitude": -71 }),
            ),
            (Location, "position", json!({ "latitude": 42.5 }), Value::Null),
            (Practitioner, "name", json!("Dr. Sol"), json!([{ "text": "Dr. Sol" }])),
            (Practitioner, "gender", json!("F"), Value::Null),
            (Practitioner, "identifier", json!({ "value": 7 }), json!([{ "value": "7" }])),
        ] {
            assert_eq!(made(kind, name, &given), want, "{name}: {given}");
        }
    }

    #[test]
    fn what_is_right_or_not_known_stays() {
        for (kind, resource) in [
            (ResourceKind::Location, json!({ "hoursOfOperation": [{ "allDay": true }], "unheardOf": { "kept": 1 } })),
            (
                ResourceKind::Slot,
                json!({ "start": "2026-10-02T14:15:00Z", "serviceType": [{ "text": "x" }], "comment": "y" }),
            ),
            (
                ResourceKind::Practitioner,
                json!({ "name": [{ "family": "Sol", "given": ["M"], "period": { "start": "2020" } }] }),
            ),
        ] {
            let Value::Object(mut made) = resource.clone() else { unreachable!("an object") };
            make_valid(kind, &mut made);
            assert_eq!(Value::Object(made), resource);
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(Value::from),
            "[ -~]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            let names =
                prop::sample::select(vec!["coding", "code", "concept", "text", "line", "start", "latitude", "use"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec((names, inner), 0..3)
                    .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn putting_right_twice_changes_nothing(value in any_json()) {
            for kind in ResourceKind::ALL {
                for (name, _) in elements_of(kind) {
                    let once = made(kind, name, &value);
                    prop_assert_eq!(&made(kind, name, &once), &once, "{} {}", kind, name);
                }
            }
        }
    }
}
