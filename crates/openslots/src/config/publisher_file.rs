//! `publishers/*.json`: one schema.org `Service` object each, as in the public SMART publisher repository, with an
//! `openslots` object for what that format lacks.
//!
//! Source of the format: `publisher-advertising.md` of smart-on-fhir/smart-scheduling-links.
//! Headers, query parameters and `openslots.backend_services` may name variables of the environment as `${NAME}`; where
//! only `NAME_FILE` is set, the value is read from the file that it names.

mod secrets;

use std::fmt;
use std::path::Path;

use openslots_crawl::BackendServices;
use openslots_model::PublisherSlug;
use serde_json::{Map, Value};
use url::Url;

use self::secrets::{Pairs, expand};
use super::quantity::{parse_duration_seconds, parse_states};
use super::{Environment, Faults};
use crate::crawl_schedule::CrawlSchedule;

/// What the `openslots` object may hold.
const KNOWN_SETTINGS: [&str; 8] =
    ["slug", "enabled", "schedule", "fresh_for", "max_staleness", "states", "since", "backend_services"];

/// A publisher of the configuration directory.
#[derive(Clone)]
pub(crate) struct ConfiguredPublisher {
    pub(crate) slug: PublisherSlug,
    pub(crate) display_name: String,
    pub(crate) manifest_url: Url,
    pub(crate) enabled: bool,
    /// Overrides the common schedule.
    pub(crate) schedule: Option<CrawlSchedule>,
    /// Overrides the common ages, in seconds.
    pub(crate) fresh_for_seconds: Option<u32>,
    pub(crate) max_staleness_seconds: Option<u32>,
    /// Overrides the states that are wanted; empty: all.
    pub(crate) states: Option<Vec<String>>,
    /// Whether the manifest is asked for what has changed since the last run.
    pub(crate) asks_since: bool,
    /// Headers that each request of this publisher carries; secret.
    pub(crate) headers: Pairs,
    /// Query parameters that each request of this publisher carries; secret.
    pub(crate) query: Pairs,
    /// How to get the access token that its files may need.
    pub(crate) backend_services: Option<BackendServices>,
}

/// Without what may be secret.
impl fmt::Debug for ConfiguredPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfiguredPublisher").field("slug", &self.slug).finish_non_exhaustive()
    }
}

/// Reads all publisher files of a directory in the order of their names; a missing directory has none.
pub(super) fn read_directory(
    directory: &Path,
    environment: &Environment,
    faults: &mut Faults,
) -> Vec<ConfiguredPublisher> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            faults.add(directory.display(), format!("cannot be read ({error})"));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => files.push(entry.path()),
            Err(error) => faults.add(directory.display(), format!("cannot be listed ({error})")),
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut publishers: Vec<ConfiguredPublisher> = Vec::new();
    for file in files {
        let Some(publisher) = read_file(&file, environment, faults) else { continue };
        if publishers.iter().any(|other| other.slug == publisher.slug) {
            faults.add(file.display(), format!("slug `{}` is taken by another file; choose another", publisher.slug));
        }
        publishers.push(publisher);
    }
    publishers
}

fn read_file(file: &Path, environment: &Environment, faults: &mut Faults) -> Option<ConfiguredPublisher> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            faults.add(file.display(), format!("cannot be read ({error})"));
            return None;
        }
    };
    let service: Map<String, Value> = match serde_json::from_str(&text) {
        Ok(service) => service,
        Err(error) => {
            faults.add(file.display(), format!("is not a JSON object: {error}"));
            return None;
        }
    };
    let n_before = faults.0.len();
    let mut reader = Reader { file, environment, faults };
    let publisher = reader.publisher(&service);
    publisher.filter(|_| faults.0.len() == n_before)
}

struct Reader<'a> {
    file: &'a Path,
    environment: &'a Environment,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    fn fault(&mut self, key: &str, fault: impl fmt::Display) {
        self.faults.add(format_args!("{}: {key}", self.file.display()), fault);
    }

    fn publisher(&mut self, service: &Map<String, Value>) -> Option<ConfiguredPublisher> {
        if service.get("@type").and_then(Value::as_str) != Some("Service") {
            self.fault("@type", "must be `Service` (schema.org)");
        }
        let own = match service.get("openslots") {
            None => Map::new(),
            Some(Value::Object(own)) => own.clone(),
            Some(_) => {
                self.fault("openslots", "must be an object");
                Map::new()
            }
        };
        let (headers, query) = self.properties(service.get("additionalProperty"));
        let mut settings = OwnSettings::default();
        for (key, value) in &own {
            self.own_setting(key, value, &mut settings);
        }
        let manifest_url = self.manifest_url(service.get("url"));
        let stem = self.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let slug = settings.slug.or_else(|| PublisherSlug::from_text(stem));
        if slug.is_none() {
            self.fault("openslots.slug", "is missing, and the file's name gives none");
        }
        let slug = slug?;
        let display_name = service.get("name").and_then(Value::as_str).map_or_else(|| slug.to_string(), str::to_owned);
        Some(ConfiguredPublisher {
            slug,
            display_name,
            manifest_url: manifest_url?,
            enabled: settings.enabled.unwrap_or(true),
            schedule: settings.schedule,
            fresh_for_seconds: settings.fresh_for_seconds,
            max_staleness_seconds: settings.max_staleness_seconds,
            states: settings.states,
            asks_since: settings.asks_since,
            headers,
            query,
            backend_services: settings.backend_services,
        })
    }

    fn manifest_url(&mut self, value: Option<&Value>) -> Option<Url> {
        let Some(text) = value.and_then(Value::as_str) else {
            self.fault("url", "is missing; it is the manifest's URL");
            return None;
        };
        match expand(text, self.environment) {
            Ok(text) => self.web_url("url", &text),
            Err(fault) => {
                self.fault("url", fault);
                None
            }
        }
    }

    fn web_url(&mut self, key: &str, text: &str) -> Option<Url> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
            Ok(url) => {
                self.fault(key, format!("has scheme `{}`; only http and https can be asked", url.scheme()));
                None
            }
            Err(error) => {
                // Only up to a query, which may hold a signature.
                let shown = text.split(['?', '#']).next().unwrap_or_default();
                self.fault(key, format!("`{shown}` is not a URL: {error}"));
                None
            }
        }
    }

    fn own_setting(&mut self, key: &str, value: &Value, settings: &mut OwnSettings) {
        let name = format!("openslots.{key}");
        let text = value.as_str();
        let outcome = match (key, value) {
            ("enabled", Value::Bool(enabled)) => {
                settings.enabled = Some(*enabled);
                Ok(())
            }
            ("since", Value::Bool(asks)) => {
                settings.asks_since = *asks;
                Ok(())
            }
            ("enabled" | "since", _) => Err("must be true or false".to_owned()),
            ("states", Value::Array(items)) => {
                let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                let states = texts.ok_or_else(|| "must be a list of texts".to_owned());
                states.and_then(parse_states).map(|states| settings.states = Some(states))
            }
            ("states", _) => Err("must be a list such as [\"MA\", \"NH\"]".to_owned()),
            ("backend_services", Value::Object(fields)) => {
                settings.backend_services = self.backend_services(fields);
                Ok(())
            }
            ("backend_services", _) => Err("must be an object".to_owned()),
            ("slug" | "schedule" | "fresh_for" | "max_staleness", _) => match text {
                None => Err("must be a text".to_owned()),
                Some(text) => settings.set_text(key, text),
            },
            _ => Err(format!("is not a known setting; known are {}", KNOWN_SETTINGS.join(", "))),
        };
        if let Err(fault) = outcome {
            self.fault(&name, fault);
        }
    }
}

#[derive(Default)]
struct OwnSettings {
    slug: Option<PublisherSlug>,
    enabled: Option<bool>,
    schedule: Option<CrawlSchedule>,
    fresh_for_seconds: Option<u32>,
    max_staleness_seconds: Option<u32>,
    states: Option<Vec<String>>,
    asks_since: bool,
    backend_services: Option<BackendServices>,
}

impl OwnSettings {
    fn set_text(&mut self, key: &str, text: &str) -> Result<(), String> {
        match key {
            "slug" => self.slug = Some(text.parse().map_err(|error: openslots_model::IdError| error.to_string())?),
            "schedule" => self.schedule = Some(text.parse()?),
            "fresh_for" => self.fresh_for_seconds = Some(parse_duration_seconds(text)?),
            _ => self.max_staleness_seconds = Some(parse_duration_seconds(text)?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
