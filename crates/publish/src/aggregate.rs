//! What an aggregator adds to each resource (SMART Scheduling Links STU 1, "Slot Aggregator").

use openslots_fhir::reference::Reference;
use openslots_model::{Availability, PublicId, PublisherSlug, ResourceKind, UnixSeconds};
use serde_json::{Map, Value, json};

use crate::{Error, make_valid};

/// Canonical URL of the extension that says when a resource was last known true at its source.
const LAST_SOURCE_SYNC: &str = "http://hl7.org/fhir/StructureDefinition/lastSourceSync";

/// Canonical URL of the extension by which an aggregator says what it knows of a schedule's availability.
const HAS_AVAILABILITY: &str = "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/has-availability";

/// Where a resource comes from and when it was last known true.
#[derive(Debug, Clone, Copy)]
pub struct Provenance<'a> {
    /// Its publisher.
    pub publisher: &'a PublisherSlug,
    /// URL of the publisher's manifest, without secrets.
    pub manifest_url: &'a str,
    /// When the publisher was last read successfully; unknown stays unsaid.
    pub synced_at: Option<UnixSeconds>,
    /// Base URL of this service, without a trailing slash.
    pub base_url: &'a str,
    /// Of a schedule: what is known of its availability ([`openslots_model::PublisherStatus::availability`]).
    pub availability: Option<Availability>,
}

/// A source's resource with the aggregator's additions:
///
/// 1. an `id` that is unique over all publishers,
/// 2. the source's own id in `identifier`, beside those that were there,
/// 3. `meta.source`: the source's base URL and `Type/id`,
/// 4. `meta.extension` lastSourceSync,
/// 5. references rewritten to the new ids; what is not kept of other types is referred to where the source has it,
/// 6. of a schedule `has-availability`, in the place of what the source said of it: `unknown` where its data are too
///    old, whatever they held.
///
/// Where the source is an aggregator itself, so that it says when it last knew the resource to be true, its word on origin
/// and age stays: we know neither better.
///
/// Nulls and empty texts, which FHIR's JSON does not allow, are left out, and values of wrong types are put right
/// ([`make_valid`]).
///
/// # Errors
/// [`Error`] when `source_json` is not what the crawl once accepted.
pub fn aggregate(kind: ResourceKind, source_json: &str, provenance: &Provenance<'_>) -> Result<Value, Error> {
    aggregate_within(kind, source_json, provenance, &|_| true)
}

/// The same as a part of a set: references to resources that are not in it become logical ones (an identifier in the
/// place of the address), so that no reference of the set leads nowhere.
///
/// # Errors
/// [`Error`] when `source_json` is not what the crawl once accepted.
pub fn aggregate_within(
    kind: ResourceKind,
    source_json: &str,
    provenance: &Provenance<'_>,
    is_in_set: &dyn Fn(PublicId) -> bool,
) -> Result<Value, Error> {
    let publisher = provenance.publisher;
    let mut resource: Map<String, Value> = serde_json::from_str(source_json).map_err(|error| Error::NotAnObject {
        kind,
        publisher: publisher.clone(),
        detail: error.to_string(),
    })?;
    let source_id = match resource.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(Error::NoId { kind, publisher: publisher.clone() }),
    };
    let system = format!("{}/publishers/{publisher}", provenance.base_url);
    let source_base = provenance.manifest_url.rsplit_once('/').map_or("", |(base, _)| base);
    let references = References { publisher, system: &system, source_base, is_in_set };
    make_valid(kind, &mut resource);
    resource.retain(|_, value| references.tidy(value));
    drop_silent_extensions(&mut resource);
    resource.insert("id".to_owned(), PublicId::of(publisher, kind, &source_id).to_string().into());
    append(&mut resource, "identifier", json!({ "system": system, "value": format!("{kind}/{source_id}") }));
    let meta = resource.entry("meta").or_insert_with(|| Value::Object(Map::new()));
    if !meta.is_object() {
        *meta = Value::Object(Map::new());
    }
    if let Value::Object(meta) = meta {
        let is_of_aggregator = meta.get("extension").and_then(Value::as_array).is_some_and(|extensions| {
            extensions.iter().any(|extension| extension.get("url").and_then(Value::as_str) == Some(LAST_SOURCE_SYNC))
        });
        if !is_of_aggregator || !meta.contains_key("source") {
            meta.insert("source".to_owned(), format!("{source_base}/{kind}/{source_id}").into());
        }
        if let Some(synced_at) = provenance.synced_at.filter(|_| !is_of_aggregator) {
            let sync = json!({ "url": LAST_SOURCE_SYNC, "valueDateTime": synced_at.to_string() });
            append(meta, "extension", sync);
        }
    }
    if let (ResourceKind::Schedule, Some(availability)) = (kind, provenance.availability) {
        if let Some(Value::Array(extensions)) = resource.get_mut("extension") {
            extensions.retain(|extension| !is_has_availability(extension));
        }
        append(&mut resource, "extension", json!({ "url": HAS_AVAILABILITY, "valueCode": availability.as_str() }));
    }
    Ok(Value::Object(resource))
}

/// Under either base of the specification's extensions.
fn is_has_availability(extension: &Value) -> bool {
    extension.get("url").and_then(Value::as_str).is_some_and(|url| url.ends_with("/has-availability"))
}

/// Adds to a list, which is made where there is none; a lone value that should be a list becomes its first member.
fn append(object: &mut Map<String, Value>, name: &str, value: Value) {
    match object.get_mut(name) {
        Some(Value::Array(list)) => list.push(value),
        Some(lone) => *lone = Value::Array(vec![lone.take(), value]),
        None => {
            object.insert(name.to_owned(), Value::Array(vec![value]));
        }
    }
}

/// How references of a resource are written.
struct References<'a> {
    publisher: &'a PublisherSlug,
    /// The system of the identifiers that stand for the publisher's own ids.
    system: &'a str,
    source_base: &'a str,
    is_in_set: &'a dyn Fn(PublicId) -> bool,
}

impl References<'_> {
    /// Rewrites references, drops nulls, empty texts and extensions that say nothing below a value; whether the value
    /// itself stays.
    fn tidy(&self, value: &mut Value) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(list) => {
                list.retain_mut(|member| self.tidy(member));
                !list.is_empty()
            }
            Value::Object(members) => {
                members.retain(|_, member| self.tidy(member));
                drop_silent_extensions(members);
                if let Some(Value::String(text)) = members.get("reference") {
                    let text = text.clone();
                    self.rewrite(members, &text);
                }
                !members.is_empty()
            }
            _ => true,
        }
    }

    fn rewrite(&self, members: &mut Map<String, Value>, text: &str) {
        match Reference::parse(text) {
            Reference::Resource(target) => {
                let id = target.public_id(self.publisher);
                if (self.is_in_set)(id) {
                    members.insert("reference".to_owned(), format!("{}/{id}", target.kind).into());
                    return;
                }
                members.remove("reference");
                let value = format!("{}/{}", target.kind, target.source_id);
                members.entry("identifier").or_insert_with(|| json!({ "system": self.system, "value": value }));
            }
            Reference::Other(other) if is_relative(&other) => {
                members.insert("reference".to_owned(), format!("{}/{other}", self.source_base).into());
            }
            Reference::Contained(_) | Reference::Other(_) => {}
        }
    }
}

/// Drops extensions that have nothing but their URL (R4, constraint ext-1).
fn drop_silent_extensions(members: &mut Map<String, Value>) {
    let Some(Value::Array(extensions)) = members.get_mut("extension") else { return };
    let says_something = |extension: &Value| {
        extension.as_object().is_some_and(|members| members.keys().any(|name| name != "url" && name != "id"))
    };
    extensions.retain(says_something);
    if extensions.is_empty() {
        members.remove("extension");
    }
}

/// Whether it is `Type/id`.
fn is_relative(reference: &str) -> bool {
    let is_type = |text: &str| text.starts_with(|c: char| c.is_ascii_uppercase()) && !text.contains(':');
    reference.split_once('/').is_some_and(|(kind, id)| is_type(kind) && !id.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aggregated(kind: ResourceKind, json: &str) -> Value {
        let publisher = "clinic".parse().expect("a slug");
        let provenance = Provenance {
            publisher: &publisher,
            manifest_url: "https://clinic.example.org/fhir/$bulk-publish",
            synced_at: Some(UnixSeconds(1_790_000_000)),
            base_url: "https://slots.example.org",
            availability: Some(Availability::Unknown),
        };
        aggregate(kind, json, &provenance).expect("a good resource")
    }

    #[test]
    fn the_five_additions_are_made_and_nothing_is_lost() {
        let slot = aggregated(
            ResourceKind::Slot,
            r#"{"resourceType":"Slot","id":"20","identifier":[{"value":"own"}],"meta":{"tag":[{"code":"x"}]},
                "schedule":{"reference":"https://clinic.example.org/fhir/Schedule/10/_history/2"},
                "status":"free","comment":null,"unheardOf":{"kept":true}}"#,
        );
        let publisher: PublisherSlug = "clinic".parse().expect("a slug");
        let id = |kind, id: &str| PublicId::of(&publisher, kind, id).to_string();
        assert_eq!(slot["id"], id(ResourceKind::Slot, "20"));
        assert_eq!(slot["identifier"][0]["value"], "own");
        assert_eq!(slot["identifier"][1]["system"], "https://slots.example.org/publishers/clinic");
        assert_eq!(slot["identifier"][1]["value"], "Slot/20");
        assert_eq!(slot["meta"]["source"], "https://clinic.example.org/fhir/Slot/20");
        assert_eq!(slot["meta"]["tag"][0]["code"], "x");
        assert_eq!(slot["meta"]["extension"][0]["url"], LAST_SOURCE_SYNC);
        assert_eq!(slot["meta"]["extension"][0]["valueDateTime"], UnixSeconds(1_790_000_000).to_string());
        assert_eq!(slot["schedule"]["reference"], format!("Schedule/{}", id(ResourceKind::Schedule, "10")));
        assert_eq!(slot["unheardOf"]["kept"], true);
        assert!(slot.get("comment").is_none(), "nulls are left out");
    }

    #[test]
    fn references_inside_the_resource_and_to_the_outside_stay() {
        let schedule = aggregated(
            ResourceKind::Schedule,
            r##"{"resourceType":"Schedule","id":"1","actor":[{"reference":"#role"},{"display":"Room 3"}]}"##,
        );
        assert_eq!(schedule["actor"][0]["reference"], "#role");
        assert_eq!(schedule["actor"][1]["display"], "Room 3");
    }

    #[test]
    fn a_schedule_says_what_is_known_of_its_availability() {
        let said = |base: &str| {
            let json = json!({"resourceType": "Schedule", "id": "1", "extension": [
                {"url": format!("{base}/has-availability"), "valueCode": "some"}, {"url": "own", "valueCode": "kept"}]});
            aggregated(ResourceKind::Schedule, &json.to_string())["extension"].clone()
        };
        let want = json!([{"url": "own", "valueCode": "kept"}, {"url": HAS_AVAILABILITY, "valueCode": "unknown"}]);
        for base in ["http://fhir-registry.smarthealthit.org/StructureDefinition", HAS_AVAILABILITY] {
            assert_eq!(said(base), want);
        }
        let slot = aggregated(ResourceKind::Slot, r#"{"resourceType":"Slot","id":"1"}"#);
        assert!(slot.get("extension").is_none(), "only schedules do");
    }

    #[test]
    fn what_was_never_accepted_is_an_error() {
        let publisher = "clinic".parse().expect("a slug");
        let provenance = Provenance {
            publisher: &publisher,
            manifest_url: "",
            synced_at: None,
            base_url: "https://slots.example.org",
            availability: Some(Availability::Unknown),
        };
        for json in ["", "[]", "{}", r#"{"id":null}"#] {
            assert!(aggregate(ResourceKind::Slot, json, &provenance).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_id_and_no_text_breaks_it(id in "[ -~]{1,64}", comment in ".{0,40}") {
            let json = json!({ "resourceType": "Slot", "id": id, "comment": comment }).to_string();
            let slot = aggregated(ResourceKind::Slot, &json);
            let told = Some(comment.as_str()).filter(|comment| !comment.trim().is_empty());
            prop_assert_eq!(slot["comment"].as_str(), told);
            prop_assert_eq!(&slot["identifier"][0]["value"], &json!(format!("Slot/{id}")));
        }
    }
}
