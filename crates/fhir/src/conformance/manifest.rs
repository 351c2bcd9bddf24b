//! The manifest, held against the guide and Bulk Publish.

use std::collections::HashSet;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use openslots_model::{ResourceKind, UnixSeconds};
use url::Url;

use super::Requirement;
use super::codes::is_state;
use super::finding::{Finding, Findings};
use super::json::{Json, Object};
use super::primitives::is_instant;

/// A manifest of as many files as any has fewer objects.
const MAX_OBJECTS: usize = 250_000;
/// Clocks differ by less.
const SKEW_SECONDS: i64 = 300;
/// Data that nobody says a cadence for are expected to be renewed within a day.
const FRESH_SECONDS: u64 = 86_400;

/// A file that a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// The type of its resources, if it is one that openslots knows.
    pub kind: Option<ResourceKind>,
    /// Where it is.
    pub url: Url,
    /// The states it is tagged with.
    pub states: Vec<String>,
    /// How many resources it is said to have.
    pub count: Option<u64>,
    /// The line of the manifest that names it.
    pub line: u64,
}

/// What became of a manifest.
#[derive(Debug, Default)]
pub struct ManifestCheck {
    /// What is wrong, each with its line in the manifest (from 1).
    pub findings: Vec<(u64, Finding)>,
    /// The files under `output`, in order.
    pub files: Vec<ListedFile>,
    /// The files under `deleted`.
    pub deleted: Vec<ListedFile>,
    /// The next page.
    pub next: Option<Url>,
}

/// Holds a page of a manifest against what is asked of it. `url` is where it was found; `is_first` of several pages.
pub fn check_manifest(body: &[u8], url: &Url, now: UnixSeconds, is_first: bool) -> ManifestCheck {
    let mut check = ManifestCheck::default();
    let mut findings = Findings::default();
    let text = String::from_utf8_lossy(body);
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            findings.add(Requirement::ByteOrderMark, "the manifest begins with a byte order mark");
            rest
        }
        None => &*text,
    };
    if memchr::memchr_iter(b'{', text.as_bytes()).count() > MAX_OBJECTS {
        findings.add(Requirement::ManifestUnreadable, format!("it holds more than {MAX_OBJECTS} objects"));
        check.findings.extend(findings.found.into_iter().map(|finding| (1, finding)));
        return check;
    }
    match serde_json::from_str::<Json<'_>>(text) {
        Ok(Json::Object(manifest)) => {
            Page { url, now, is_first, manifest: &manifest, text, check: &mut check, findings: &mut findings }.read();
        }
        Ok(other) => findings.add(Requirement::ManifestUnreadable, format!("it is {}, not an object", other.kind())),
        Err(error) => findings.add(Requirement::ManifestUnreadable, format!("it is no JSON: {error}")),
    }
    // Those that are found by an element stand where its name does.
    let located = findings.found.into_iter().map(|finding| {
        let name = finding.element.split(['.', '[']).next().unwrap_or_default();
        (line_of(text, &format!("\"{name}\"")), finding)
    });
    check.findings.extend(located);
    check.findings.sort_by_key(|(line, _)| *line);
    check
}

/// The line on which something stands first; 1 where it does not.
fn line_of(text: &str, needle: &str) -> u64 {
    LineFinder::new(text).line_of(needle)
}

/// Finds lines of what comes in the order of the text, without looking at all of it for each.
struct LineFinder<'a> {
    text: &'a str,
    /// Behind what was found last, and the line that is there.
    offset: usize,
    line: u64,
}

impl<'a> LineFinder<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    /// The line of the next place where this stands; where there is none, the present line.
    fn line_of(&mut self, needle: &str) -> u64 {
        if let Some(at) = self.text[self.offset..].find(needle) {
            let passed = &self.text.as_bytes()[self.offset..self.offset + at];
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.offset += at + needle.len();
        }
        self.line
    }
}

/// A URL as it may be told: without user, and up to a query, which may hold a signature.
fn told(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    crate::decode::quoted(path.rsplit('@').next().unwrap_or_default())
}

/// What of a URL stands in a text in whatever way its slashes are written.
fn last_part(url: &str) -> &str {
    url.rsplit('/').next().filter(|part| !part.is_empty()).unwrap_or(url)
}

struct Page<'a, 'j> {
    url: &'a Url,
    now: UnixSeconds,
    is_first: bool,
    manifest: &'a Object<'j>,
    text: &'a str,
    check: &'a mut ManifestCheck,
    findings: &'a mut Findings,
}

impl Page<'_, '_> {
    fn read(&mut self) {
        self.nulls();
        self.times();
        self.request();
        match self.manifest.get("requiresAccessToken") {
            None | Some(Json::Bool(false)) => {}
            Some(Json::Bool(true)) => {
                self.findings.add_at("requiresAccessToken", Requirement::ManifestAccess, "files need a token");
            }
            Some(other) => {
                let detail = format!("`requiresAccessToken` is {}", other.kind());
                self.findings.add_at("requiresAccessToken", Requirement::ManifestAccess, detail);
            }
        }
        if ["error", "outcome"].iter().any(|name| self.manifest.items(name).next().is_some()) {
            self.findings.add_at("error", Requirement::ManifestErrors, "the publisher lists files of errors");
        }
        self.outputs();
        let deleted = self.files("deleted");
        self.check.deleted = deleted;
        self.links();
    }

    fn nulls(&mut self) {
        for (name, _) in self.manifest.0.iter().filter(|(_, value)| *value == Json::Null) {
            self.findings.add_at(name, Requirement::NullValue, "null");
        }
        for name in self.manifest.repeated_names() {
            self.findings.add_at(name, Requirement::DuplicateName, format!("`{name}` stands twice"));
        }
    }

    fn times(&mut self) {
        let cadence = self.manifest.get("updateCadence").map(|value| value.as_text().and_then(duration_seconds));
        if cadence == Some(None) {
            let detail = "it is no ISO 8601 duration above zero";
            self.findings.add_at("updateCadence", Requirement::ManifestCadence, detail);
        }
        let element = "transactionTime";
        let Some(text) = self.manifest.text(element) else {
            return self.findings.add_at(element, Requirement::ManifestTransactionTime, "it is missing, or no text");
        };
        let Some(at) = text.parse::<Timestamp>().ok().filter(|_| is_instant(text)) else {
            let detail = format!("{} is no instant", crate::decode::quoted(text));
            return self.findings.add_at(element, Requirement::ManifestTransactionTime, detail);
        };
        let age = self.now.0 - at.as_second();
        let fresh = cadence.flatten().map_or(FRESH_SECONDS, |cadence| cadence.saturating_mul(2));
        if age < -SKEW_SECONDS {
            self.findings.add_at(element, Requirement::FutureTime, format!("{text} has not come yet"));
        } else if self.is_first && u64::try_from(age).unwrap_or(0) > fresh {
            let hours = age / 3_600;
            self.findings.add_at(element, Requirement::Fresh, format!("the data are {hours} hours old"));
        }
    }

    fn request(&mut self) {
        match self.manifest.text("request") {
            None => self.findings.add_at("request", Requirement::ManifestRequest, "it is missing, or no text"),
            Some(text) if Url::parse(text).is_err() => {
                self.findings.add_at(
                    "request",
                    Requirement::ManifestRequest,
                    format!("{} is no absolute URL", told(text)),
                );
            }
            Some(_) => {}
        }
    }

    fn outputs(&mut self) {
        if !matches!(self.manifest.get("output"), Some(Json::List(_))) {
            let detail = "`output` is missing, or no list";
            self.findings.add_at("output", Requirement::ManifestOutput, detail);
        }
        let files = self.files("output");
        // Later pages, and increments, have what has changed.
        let is_whole = self.is_first && self.manifest.get("link").is_none() && !files.is_empty();
        if is_whole {
            for needed in [ResourceKind::Location, ResourceKind::Schedule, ResourceKind::Slot] {
                if !files.iter().any(|file| file.kind == Some(needed)) {
                    let detail = format!("no file of {needed}");
                    self.findings.add_at("output", Requirement::ManifestMissingType, detail);
                }
            }
        }
        self.check.files = files;
    }

    /// The files under a name, each fault at the line of its entry.
    fn files(&mut self, list: &'static str) -> Vec<ListedFile> {
        let (mut files, mut seen) = (Vec::new(), HashSet::new());
        let mut lines = LineFinder::new(self.text);
        lines.line_of(&format!("\"{list}\""));
        for (place, entry) in self.manifest.items(list).enumerate() {
            let mut of_entry = Findings::default();
            let url = entry.as_object().and_then(|entry| entry.text("url")).unwrap_or_default();
            // The same URL may stand twice, and some write `/` as `\/`.
            let line = if url.is_empty() { lines.line } else { lines.line_of(last_part(url)) };
            of_entry.within(list, Some(place), |findings| {
                if let Some(file) = self.file(list, entry, line, findings) {
                    if !seen.insert(file.url.clone()) {
                        let detail = format!("{} is listed more than once", told(url));
                        findings.add_at("url", Requirement::ManifestDuplicate, detail);
                    }
                    files.push(file);
                }
            });
            self.check.findings.extend(of_entry.found.into_iter().map(|finding| (line, finding)));
        }
        files
    }

    fn file(&self, list: &str, entry: &Json<'_>, line: u64, findings: &mut Findings) -> Option<ListedFile> {
        let Some(entry) = entry.as_object() else {
            findings.add(Requirement::ManifestOutput, format!("the entry is {}, not an object", entry.kind()));
            return None;
        };
        let Some(url) = entry.text("url").filter(|url| !url.is_empty()) else {
            findings.add_at("url", Requirement::ManifestOutput, "the entry has no `url`");
            return None;
        };
        if Url::parse(url).is_err() {
            findings.add_at("url", Requirement::ManifestOutput, format!("{} is not absolute", told(url)));
        }
        let Ok(url) = self.url.join(url) else {
            findings.add_at("url", Requirement::ManifestOutput, format!("{} is no URL", told(url)));
            return None;
        };
        let kind = entry.text("type").and_then(|name| name.parse::<ResourceKind>().ok());
        match entry.text("type") {
            None if list == "output" => {
                findings.add_at("type", Requirement::ManifestOutput, "the entry has no `type`");
            }
            Some(name) if list == "output" && kind.is_none() => {
                findings.add_at("type", Requirement::ManifestOtherType, format!("a file of `{name}`"));
            }
            _ => {}
        }
        let count = match entry.get("count") {
            None => None,
            Some(Json::Number(count)) if count.as_u64().is_some() => count.as_u64(),
            Some(_) => {
                findings.add_at("count", Requirement::ManifestCount, "`count` is no whole number");
                None
            }
        };
        let states = if list == "output" { states(entry, findings) } else { Vec::new() };
        Some(ListedFile { kind, url, states, count, line })
    }

    fn links(&mut self) {
        for (place, link) in self.manifest.items("link").enumerate() {
            let mut add = |detail: String| {
                self.findings.within("link", Some(place), |findings| findings.add(Requirement::ManifestLink, detail));
            };
            let parts = link.as_object().map(|link| (link.text("relation"), link.text("url")));
            match parts {
                Some((Some("next"), Some("#pending"))) if self.is_first => {
                    add("the root ends in #pending; it links to a page that does".to_owned());
                }
                Some((Some("next"), Some("#pending" | "#closed"))) => {}
                Some((Some("next"), Some(url))) => match Url::parse(url) {
                    Ok(url) => self.check.next = Some(url),
                    Err(_) => add(format!("{} is neither absolute nor #pending nor #closed", told(url))),
                },
                Some((Some(relation), Some(_))) => add(format!("`{relation}` is no relation that clients know")),
                _ => add("the entry lacks `relation` or `url`".to_owned()),
            }
        }
    }
}

fn states(entry: &Object<'_>, findings: &mut Findings) -> Vec<String> {
    let named = entry.object("extension").and_then(|extension| extension.get("state"));
    let Some(named) = named else {
        findings.add_at("extension.state", Requirement::ManifestState, "the file is tagged with no state");
        return Vec::new();
    };
    if !matches!(named, Json::List(_)) {
        let detail = format!("`state` is {}, not a list", named.kind());
        findings.add_at("extension.state", Requirement::ManifestState, detail);
    }
    let texts = named.items().iter().map(|state| state.as_text().unwrap_or_default());
    let (good, bad): (Vec<_>, Vec<_>) = texts.partition(|state| is_state(state));
    if !bad.is_empty() {
        let detail = format!("`{}` is no state", bad.join("`, `"));
        findings.add_at("extension.state", Requirement::ManifestState, detail);
    }
    good.into_iter().map(str::to_owned).collect()
}

/// An ISO 8601 duration in seconds, months at their shortest; `None` for one of nothing.
fn duration_seconds(text: &str) -> Option<u64> {
    let span: Span = text.strip_prefix('P').and_then(|_| text.parse().ok())?;
    let base = jiff::civil::date(2026, 2, 1);
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::from(base)).ok()?;
    u64::try_from(duration.as_secs()).ok().filter(|seconds| *seconds > 0)
}
