//! `publishers/*.json`: one schema.org `Service` object each, as in the public SMART publisher repository, with an
//! `openslots` object for what that format lacks.
//!
//! Source of the format: `publisher-advertising.md` of smart-on-fhir/smart-scheduling-links.
//! Headers and query parameters may name variables of the environment as `${NAME}`; where only `NAME_FILE` is set,
//! the value is read from the file that it names.

use std::path::Path;

use openslots_model::PublisherSlug;
use serde_json::{Map, Value};
use url::Url;

use super::quantity::parse_duration_seconds;
use super::{Environment, Faults};
use crate::crawl_schedule::CrawlSchedule;

/// Names and values.
type Pairs = Vec<(String, String)>;

/// A publisher of the configuration directory.
#[derive(Debug, Clone)]
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
    /// Headers that each request of this publisher carries; secret.
    pub(crate) headers: Pairs,
    /// Query parameters that each request of this publisher carries; secret.
    pub(crate) query: Pairs,
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
    fn fault(&mut self, key: &str, fault: impl std::fmt::Display) {
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
            headers,
            query,
        })
    }

    fn manifest_url(&mut self, value: Option<&Value>) -> Option<Url> {
        let Some(text) = value.and_then(Value::as_str) else {
            self.fault("url", "is missing; it is the manifest's URL");
            return None;
        };
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
            Ok(url) => {
                self.fault("url", format!("has scheme `{}`; only http and https can be crawled", url.scheme()));
                None
            }
            Err(error) => {
                self.fault("url", format!("`{text}` is not a URL: {error}"));
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
            ("enabled", _) => Err("must be true or false".to_owned()),
            ("slug" | "schedule" | "fresh_for" | "max_staleness", _) => match text {
                None => Err("must be a text".to_owned()),
                Some(text) => settings.set_text(key, text),
            },
            _ => Err("is not a known setting; known are slug, enabled, schedule, fresh_for, max_staleness".to_owned()),
        };
        if let Err(fault) = outcome {
            self.fault(&name, fault);
        }
    }

    /// Headers and query parameters.
    fn properties(&mut self, value: Option<&Value>) -> (Pairs, Pairs) {
        let (mut headers, mut query) = (Vec::new(), Vec::new());
        let properties = match value {
            None | Some(Value::Null) => return (headers, query),
            Some(Value::Array(properties)) => properties.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        for (place, property) in properties.iter().enumerate() {
            let key = format!("additionalProperty[{place}]");
            let field = |name: &str| property.get(name).and_then(Value::as_str);
            let (Some(name), Some(value)) = (field("name"), field("value")) else {
                self.fault(&key, "needs a `name` and a `value`, both texts");
                continue;
            };
            let value = match expand(value, self.environment) {
                Ok(value) => value,
                Err(fault) => {
                    self.fault(&key, fault);
                    continue;
                }
            };
            match field("additionalType") {
                Some("ApiHeader") => headers.push((name.to_owned(), value)),
                Some("QueryParam") => query.push((name.to_owned(), value)),
                other => self.fault(&key, format!("additionalType must be `ApiHeader` or `QueryParam`, not {other:?}")),
            }
        }
        (headers, query)
    }
}

#[derive(Default)]
struct OwnSettings {
    slug: Option<PublisherSlug>,
    enabled: Option<bool>,
    schedule: Option<CrawlSchedule>,
    fresh_for_seconds: Option<u32>,
    max_staleness_seconds: Option<u32>,
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

/// Puts variables of the environment (or the files that they name) in the place of `${NAME}`.
fn expand(text: &str, environment: &Environment) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or("has `${` without `}`")?;
        expanded.push_str(before);
        if let Some(value) = environment.get(name) {
            expanded.push_str(value);
        } else if let Some(file) = environment.get(&format!("{name}_FILE")) {
            let value = std::fs::read_to_string(file)
                .map_err(|error| format!("needs the file that {name}_FILE names, which cannot be read ({error})"))?;
            expanded.push_str(value.trim_end());
        } else {
            return Err(format!("needs the variable {name} (or {name}_FILE) in the environment"));
        }
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, environment: &[(&str, &str)]) -> Result<Vec<ConfiguredPublisher>, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("Clinic One.json"), json).expect("a written file");
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut faults = Faults::default();
        let publishers = read_directory(folder.path(), &environment, &mut faults);
        if faults.0.is_empty() { Ok(publishers) } else { Err(faults.to_string()) }
    }

    #[test]
    fn a_file_of_the_public_repository_is_read() {
        let json = r#"{"@context":"https://schema.org/","@type":"Service","name":"Clinic One","category":"testing",
            "url":"https://example.org/$bulk-publish?v=1","provider":{"@type":"Organization","name":"Clinic"},
            "additionalProperty":[
              {"@type":"PropertyValue","additionalType":"ApiHeader","name":"CLIENT_ID","value":"id-${TOKEN}"},
              {"@type":"PropertyValue","additionalType":"QueryParam","name":"part","value":"x"}],
            "openslots":{"schedule":"*/10 * * * *","max_staleness":"6h"}}"#;
        let publishers = read(json, &[("TOKEN", "7")]).expect("a good file");
        let [publisher] = publishers.as_slice() else { panic!("one publisher: {publishers:?}") };
        assert_eq!(publisher.slug.as_str(), "clinic-one");
        assert_eq!(publisher.headers, [("CLIENT_ID".to_owned(), "id-7".to_owned())]);
        assert_eq!(publisher.query, [("part".to_owned(), "x".to_owned())]);
        assert_eq!(publisher.max_staleness_seconds, Some(21_600));
        assert!(publisher.enabled);
    }

    #[test]
    fn faults_name_the_file_and_the_key() {
        for (json, key) in [
            ("[]", "is not a JSON object"),
            (r#"{"@type":"Thing","url":"https://example.org/"}"#, "@type"),
            (r#"{"@type":"Service"}"#, "url"),
            (r#"{"@type":"Service","url":"ftp://example.org/"}"#, "url"),
            (r#"{"@type":"Service","url":"https://example.org/","openslots":{"colour":1}}"#, "openslots.colour"),
            (r#"{"@type":"Service","url":"https://example.org/","openslots":{"enabled":"yes"}}"#, "openslots.enabled"),
            (
                r#"{"@type":"Service","url":"https://example.org/","additionalProperty":[{"additionalType":"ApiHeader","name":"K","value":"${MISSING}"}]}"#,
                "MISSING",
            ),
        ] {
            let faults = read(json, &[]).expect_err(json);
            assert!(faults.contains(key) && faults.contains("Clinic One.json"), "{json}: {faults}");
        }
    }
}
