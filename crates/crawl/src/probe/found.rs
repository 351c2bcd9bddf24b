//! What is found where a manifest was expected, and what to do about it.

use openslots_fhir::manifest::ManifestError;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::secrets::without_secrets;

/// How much of a text is shown.
const EXCERPT_CHARS: usize = 120;
/// Texts that are told are cut.
const MAX_TOLD_CHARS: usize = 400;
/// The beginning of a document, which tells what it is, in bytes.
const HEAD_BYTES: usize = 4_096;
/// How a manifest's URL ends.
const MANIFEST_NAME: &str = "$bulk-publish";
/// What the last segment is where a shell has taken `$bulk` for a variable.
const NAME_AFTER_A_SHELL: &str = "-publish";

/// A document that is no manifest.
#[derive(Debug)]
pub(super) struct Found {
    /// What it is, as a noun.
    what: String,
    /// Its first bytes as text, where they tell more.
    head: Option<String>,
    kind: FoundKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FoundKind {
    /// It has JSON-LD, in which publishers may be listed.
    Listing,
    /// One of the files that a manifest lists.
    OutputFile,
    Other,
}

impl Found {
    /// What a body is, which was read as a manifest with that error, or not at all.
    pub(super) fn of(body: &[u8], error: Option<&ManifestError>) -> Self {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii();
        match body.first() {
            None => Self::other("an empty body"),
            Some(b'<') => of_markup(body),
            Some(_) => match serde_json::from_slice(body) {
                Ok(value) => of_json(&value, error),
                Err(_) => of_text(body),
            },
        }
    }

    fn other(what: impl Into<String>) -> Self {
        Self { what: what.into(), head: None, kind: FoundKind::Other }
    }

    /// What it is, for people: `an HTML page that begins with ...`.
    pub(super) fn words(&self, censored: impl Fn(&str) -> String) -> String {
        let what = cleaned(&censored(&self.what));
        match &self.head {
            // Cut once its secrets are out of it: half a secret is not found.
            Some(head) => {
                let head: String = cleaned(&censored(head)).chars().take(EXCERPT_CHARS).collect();
                format!("{what} that begins with `{head}`")
            }
            None => what,
        }
    }

    /// What to do.
    pub(super) fn hint(&self, asked: &Url, status: StatusCode) -> Option<String> {
        match (self.kind, status) {
            (FoundKind::Listing, StatusCode::OK) => Some(format!(
                "it holds JSON-LD, in which publishers may be listed: use `openslots publishers import {}`",
                without_secrets(asked)
            )),
            (FoundKind::OutputFile, StatusCode::OK) => {
                Some("it is one of the files that a manifest lists: give the URL of that manifest".to_owned())
            }
            (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Some(
                "if it needs headers or query parameters, put a file that names them into config/publishers".to_owned(),
            ),
            _ => hint_of_url(asked),
        }
    }
}

/// What to do about a URL that leads to no manifest, by what it is itself.
fn hint_of_url(asked: &Url) -> Option<String> {
    let mut other = without_secrets(asked);
    other.set_query(None);
    other.set_fragment(None);
    let path = asked.path().replace("%24", "$");
    let last = path.rsplit('/').next().unwrap_or_default().to_owned();
    if last == MANIFEST_NAME {
        return None;
    }
    let is_cut = last == NAME_AFTER_A_SHELL;
    // A URL that cannot have a path has no manifest.
    let mut segments = other.path_segments_mut().ok()?;
    if is_cut || last.is_empty() || last == "metadata" {
        segments.pop();
    }
    segments.push(MANIFEST_NAME);
    drop(segments);
    Some(if is_cut {
        format!("a shell takes `$bulk` for a variable: put the URL between single quotes, '{other}'")
    } else {
        format!("the URL is used as it is given; a manifest's usually ends in `{MANIFEST_NAME}`: try '{other}'")
    })
}

fn of_markup(body: &[u8]) -> Found {
    let head = head_of(body);
    let start = head.to_ascii_lowercase();
    let is_xml = start.starts_with("<?xml") || start.contains("http://hl7.org/fhir");
    let is_page = !is_xml || start.contains("<html");
    let has_json_ld = String::from_utf8_lossy(body).to_ascii_lowercase().contains("application/ld+json");
    Found {
        what: if is_page { "an HTML page" } else { "an XML document" }.to_owned(),
        head: Some(head),
        kind: if is_page && has_json_ld { FoundKind::Listing } else { FoundKind::Other },
    }
}

fn of_json(value: &Value, error: Option<&ManifestError>) -> Found {
    let first = match value {
        Value::Array(list) => list.first().unwrap_or(value),
        other => other,
    };
    if ["@type", "@context", "@graph"].iter().any(|name| first.get(name).is_some()) {
        return Found { kind: FoundKind::Listing, ..Found::other("JSON-LD, which is no manifest") };
    }
    Found::other(match value.get("resourceType").and_then(Value::as_str) {
        Some("CapabilityStatement") => "the CapabilityStatement of a FHIR server, which is no manifest".to_owned(),
        Some("Bundle") => "a Bundle, as a FHIR server answers a search; it is no manifest".to_owned(),
        Some("OperationOutcome") => format!("an OperationOutcome: {}", words_of_outcome(value)),
        Some(kind) => format!("a FHIR resource of type `{kind}`, which is no manifest"),
        None => match error {
            Some(ManifestError::NotAManifest(why)) => format!("JSON that is no `$bulk-publish` manifest: {why}"),
            _ => "JSON".to_owned(),
        },
    })
}

fn words_of_outcome(outcome: &Value) -> String {
    let issue = outcome.get("issue").map(|issues| issues.get(0).unwrap_or(issues));
    let words = issue.and_then(|issue| {
        let text = issue.get("details").and_then(|details| details.get("text"));
        issue.get("diagnostics").or(text).and_then(Value::as_str)
    });
    words.unwrap_or("no reason given").to_owned()
}

fn of_text(body: &[u8]) -> Found {
    let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let resource = serde_json::from_slice::<Value>(line).ok();
    if let Some(kind) = resource.as_ref().and_then(|value| value.get("resourceType")).and_then(Value::as_str) {
        let what = format!("lines of FHIR resources (NDJSON), the first a `{kind}`");
        return Found { kind: FoundKind::OutputFile, ..Found::other(what) };
    }
    let what = if body.starts_with(b"{") { "damaged JSON" } else { "text (not JSON)" };
    Found { head: Some(head_of(body)), ..Found::other(what) }
}

fn head_of(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(HEAD_BYTES)]).into_owned()
}

/// A text fit to be shown: in one line, without control characters, and not too long.
pub(super) fn cleaned(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_TOLD_CHARS).collect()
}
