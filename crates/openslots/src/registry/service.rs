//! schema.org objects, and which of them are publishers.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use url::Url;

use super::{ListedPublisher, Reason, RegistryRead};

/// The last part of every address that SMART Scheduling Links has had, and of its `serviceType`.
const SERVICE_TYPE: &str = "smart-scheduling-links";
/// How the manifest's URL ends, as it is and percent-encoded.
const MANIFEST_ENDINGS: [&str; 2] = ["$bulk-publish", "%24bulk-publish"];
/// Longer texts are cut.
const MAX_TEXT_CHARS: usize = 200;

/// A walk through the objects of a registry.
pub(super) struct Walk<'a> {
    pub(super) read: &'a mut RegistryRead,
    pub(super) seen: BTreeSet<Url>,
    /// Whether this is a page, which may describe services of every kind.
    pub(super) is_page: bool,
}

impl Walk<'_> {
    /// Takes an object or list with all that it lists. JSON is nested so deep only that this may call itself.
    pub(super) fn entry(&mut self, value: &Value, place: &str) {
        match value {
            Value::Array(list) => self.list(list, place),
            Value::Object(object) => self.object(object, place),
            _ => self.read.pass_over(|| place.to_owned(), Reason::NotAnObject),
        }
    }

    fn list(&mut self, list: &[Value], place: &str) {
        for (number, value) in (1..).zip(list) {
            self.entry(value, &format!("{place}, entry {number}"));
        }
    }

    fn object(&mut self, object: &Map<String, Value>, place: &str) {
        let kinds = texts(object.get("@type"));
        let is = |kind: &str| kinds.iter().any(|known| kind_name(known) == kind);
        let graph = object.get("@graph");
        if let Some(graph) = graph {
            self.entry(graph, place);
        }
        let elements = object.get("itemListElement").filter(|_| kinds.is_empty() || is("ItemList"));
        let item = object.get("item").filter(|_| is("ListItem"));
        if is("Service") {
            let named = || match object.get("name").and_then(one_text) {
                Some(name) => format!("{place} (`{name}`)"),
                None => place.to_owned(),
            };
            match self.publisher(object) {
                Ok((publisher, is_clear)) => {
                    self.read.publishers.push(publisher);
                    if !is_clear {
                        self.read.pass_over(named, Reason::NamelessProperty);
                    }
                }
                Err(reason) => self.read.pass_over(named, reason),
            }
        } else if let Some(list) = elements.or(item) {
            self.entry(list, place);
        } else if graph.is_none() {
            let kind = kinds.first().map(|kind| cleaned(kind));
            self.read.pass_over(|| place.to_owned(), Reason::NotAService(kind));
        }
    }

    /// A publisher, and whether all that it needs is clear.
    fn publisher(&mut self, service: &Map<String, Value>) -> Result<(ListedPublisher, bool), Reason> {
        let service_types = texts(service.get("serviceType"));
        if let Some(other) = service_types.first()
            && !service_types.iter().any(|kind| is_scheduling_links(kind))
        {
            return Err(Reason::OtherServiceType(cleaned(other)));
        }
        let url = url(service.get("url"))?;
        if self.is_page && service_types.is_empty() && !MANIFEST_ENDINGS.iter().any(|end| url.path().ends_with(end)) {
            return Err(Reason::NoServiceType);
        }
        if !self.seen.insert(url.clone()) {
            return Err(Reason::Repeated);
        }
        let (mut headers, mut query, mut is_clear) = (Vec::new(), Vec::new(), true);
        for property in items(service.get("additionalProperty")) {
            let into = match property.get("additionalType").and_then(Value::as_str) {
                Some("ApiHeader") => &mut headers,
                Some("QueryParam") => &mut query,
                // schema.org has properties of many kinds.
                _ => continue,
            };
            match property.get("name").and_then(one_text) {
                Some(name) if !into.contains(&name) => into.push(name),
                Some(_) => {}
                None => is_clear = false,
            }
        }
        let text = |name: &str| service.get(name).and_then(one_text);
        let provider = items(service.get("provider")).first().and_then(|provider| match provider {
            Value::Object(provider) => provider.get("name").and_then(one_text),
            other => one_text(other),
        });
        let service_type = service_types.iter().find(|kind| is_scheduling_links(kind)).map(|kind| cleaned(kind));
        let publisher = ListedPublisher {
            name: text("name"),
            url,
            category: text("category"),
            provider,
            service_type,
            headers,
            query,
        };
        Ok((publisher, is_clear))
    }
}

fn url(value: Option<&Value>) -> Result<Url, Reason> {
    let text = texts(value).into_iter().map(str::trim).find(|text| !text.is_empty()).ok_or(Reason::NoUrl)?;
    let url = Url::parse(text).map_err(|error| Reason::NotAUrl(error.to_string()))?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(Reason::Scheme(cleaned(url.scheme()))) }
}

/// The items of a list; a single value stands for a list of it.
fn items(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(single) => vec![single],
    }
}

/// The texts of a property: given as they are, by `@id`, or as a list of either.
fn texts(value: Option<&Value>) -> Vec<&str> {
    items(value).into_iter().filter_map(|value| value.as_str().or_else(|| value.get("@id")?.as_str())).collect()
}

/// The first text of a property, cleaned; `None` if there is nothing in it.
fn one_text(value: &Value) -> Option<String> {
    // A text with its language is an object.
    let value = match value {
        Value::Array(list) => list.first()?,
        other => other,
    };
    let text = value.as_str().or_else(|| value.get("@value")?.as_str())?;
    Some(cleaned(text)).filter(|text| !text.is_empty())
}

/// A text fit to be shown: in one line, without control characters, and not too long.
fn cleaned(text: &str) -> String {
    let words = text.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_TEXT_CHARS).collect()
}

/// A type without its vocabulary: `Service` of `https://schema.org/Service` and `schema:Service`.
fn kind_name(kind: &str) -> &str {
    ["https://schema.org/", "http://schema.org/", "schema:"]
        .iter()
        .find_map(|vocabulary| kind.strip_prefix(vocabulary))
        .unwrap_or(kind)
}

fn is_scheduling_links(service_type: &str) -> bool {
    service_type.trim().split(['/', '#', '?']).any(|part| part.eq_ignore_ascii_case(SERVICE_TYPE))
}
