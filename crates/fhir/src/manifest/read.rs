//! Reading a manifest field by field, each leniently.

use std::collections::{BTreeMap, HashMap};

use openslots_model::{Issue, IssueCode, OffsetInstant, ResourceKind};
use serde_json::{Map, Value};
use url::Url;

use super::{Manifest, ManifestError, ManifestLink, OutputFile};

/// Where some publishers say how recent the data of a file are.
const CURRENT_AS_OF: &str = "currentAsOf";
/// A manifest of as many files as any, each with its states, has fewer objects.
const MAX_OBJECTS: usize = 250_000;
/// And fewer values.
const MAX_VALUES: usize = 2_000_000;
/// Faults of one code that are told one by one; the others are counted.
const MAX_ISSUES: u64 = 100;
/// Types that are not kept and told by name.
const MAX_SKIPPED_TYPES: usize = 100;
/// What types beyond those are told as.
const OTHER_TYPES: &str = "(others)";

/// How much of a body that is no JSON is shown.
const EXCERPT_CHARS: usize = 120;

pub(super) fn manifest(body: &[u8], url: &Url) -> Result<Manifest, ManifestError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    // Read whole, a JSON object takes some hundred times the bytes of `{}`.
    let n_of = |byte: u8| body.iter().filter(|found| **found == byte).count();
    if n_of(b'{') > MAX_OBJECTS || n_of(b',') > MAX_VALUES {
        return Err(ManifestError::NotAManifest(format!(
            "it holds more than {MAX_OBJECTS} objects or {MAX_VALUES} values"
        )));
    }
    let value = serde_json::from_slice::<Value>(body).map_err(|error| not_json(body, &error))?;
    let Value::Object(fields) = value else {
        return Err(ManifestError::NotAManifest(format!("it is {}, not an object", name_of(&value))));
    };
    let mut reader = Reader { url, issues: Vec::new(), n_issues: BTreeMap::new() };
    let outputs = field(&fields, "output");
    let links = field(&fields, "link");
    if outputs.is_none() && links.is_none() {
        return Err(ManifestError::NotAManifest(why_no_manifest(&fields)));
    }
    if let Some(other @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) = outputs {
        return Err(ManifestError::NotAManifest(format!("its `output` is {}, not a list", name_of(other))));
    }
    let (nested, outputs) = items(outputs).into_iter().partition(|entry| is_manifest(entry));
    let nested = reader.named("output", nested);
    let (outputs, skipped_types) = reader.outputs(outputs);
    Ok(Manifest {
        transaction_time: reader.data_time(&fields),
        requires_access_token: reader.requires_access_token(&fields),
        update_cadence_seconds: reader.update_cadence(&fields),
        outputs,
        skipped_types,
        nested,
        deleted: reader.named("deleted", items(field(&fields, "deleted"))),
        link: reader.link(items(links)),
        issues: reader.into_issues(),
    })
}

/// A field that is there: null is absent.
fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

/// The items of a list without nulls; a single item stands for a list of it.
fn items(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().filter(|item| !item.is_null()).collect(),
        Some(single) => vec![single],
    }
}

/// Whether an output entry leads to another manifest rather than to a file of resources.
fn is_manifest(entry: &Value) -> bool {
    let url = entry.get("url").and_then(Value::as_str).unwrap_or_default();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    ["/$bulk-publish", "/%24bulk-publish"].iter().any(|end| path.ends_with(end)) || path == "$bulk-publish"
}

struct Reader<'a> {
    url: &'a Url,
    issues: Vec<Issue>,
    n_issues: BTreeMap<IssueCode, u64>,
}

impl Reader<'_> {
    fn record(&mut self, code: IssueCode, detail: impl Into<String>) {
        let n_seen = self.n_issues.entry(code).or_default();
        *n_seen += 1;
        if *n_seen > MAX_ISSUES {
            return;
        }
        let (file, detail) = (url_without_secrets(self.url), detail.into());
        self.issues.push(Issue { file, line: 0, code, detail, excerpt: String::new() });
    }

    /// All that was recorded, and how much more there was of each code.
    fn into_issues(mut self) -> Vec<Issue> {
        let n_more: Vec<_> = self.n_issues.iter().map(|(code, n)| (*code, n.saturating_sub(MAX_ISSUES))).collect();
        for (code, n_more) in n_more.into_iter().filter(|(_, n_more)| *n_more > 0) {
            let (file, detail) = (url_without_secrets(self.url), format!("{n_more} more entries have this fault"));
            self.issues.push(Issue { file, line: 0, code, detail, excerpt: String::new() });
        }
        self.issues
    }

    fn text(&mut self, fields: &Map<String, Value>, name: &str) -> Option<String> {
        match field(fields, name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            other => {
                self.record(IssueCode::IgnoredElement, format!("`{name}` is {}, not a text", name_of(other)));
                None
            }
        }
    }

    /// How recent the data are, by the publisher's claim.
    fn data_time(&mut self, fields: &Map<String, Value>) -> Option<String> {
        let transaction_time = self.text(fields, "transactionTime");
        let transaction_time = transaction_time.and_then(|text| self.instant("transactionTime", &text));
        let mut earliest: Option<OffsetInstant> = None;
        let mut n_unreadable = 0u64;
        for text in current_as_of(fields) {
            match OffsetInstant::parse_lenient(text.trim()) {
                Ok((time, _)) if earliest.is_none_or(|earliest| time.instant < earliest.instant) => {
                    earliest = Some(time);
                }
                Ok(_) => {}
                Err(_) => n_unreadable += 1,
            }
        }
        if n_unreadable > 0 {
            let detail = format!("`{CURRENT_AS_OF}` is no timestamp in {n_unreadable} places");
            self.record(IssueCode::IgnoredElement, detail);
        }
        let Some(earliest) = earliest else { return transaction_time.map(|time| time.to_string()) };
        let detail = format!("`{CURRENT_AS_OF}` {earliest} is taken for the time of the data, not `transactionTime`");
        self.record(IssueCode::DataTimeElsewhere, detail);
        Some(earliest.to_string())
    }

    /// The instant of a text; one that has to be repaired or is none is recorded.
    fn instant(&mut self, name: &str, text: &str) -> Option<OffsetInstant> {
        match OffsetInstant::parse_lenient(text) {
            Ok((time, repair)) => {
                if repair.is_some() {
                    let detail = format!("`{name}` `{}` is read as {time}", shortened(text));
                    self.record(IssueCode::RepairedTime, detail);
                }
                Some(time)
            }
            Err(error) => {
                self.record(IssueCode::IgnoredElement, format!("`{name}` `{}` {error}", shortened(text)));
                None
            }
        }
    }

    fn requires_access_token(&mut self, fields: &Map<String, Value>) -> bool {
        match field(fields, "requiresAccessToken") {
            None => false,
            Some(Value::Bool(truth)) => *truth,
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "false") => text == "true",
            Some(other) => {
                let detail = format!("`requiresAccessToken` is {}, neither true nor false", name_of(other));
                self.record(IssueCode::IgnoredElement, detail);
                false
            }
        }
    }

    fn update_cadence(&mut self, fields: &Map<String, Value>) -> Option<u64> {
        let text = self.text(fields, "updateCadence")?;
        let seconds = duration_seconds(&text);
        if seconds.is_none() {
            let detail = format!("`updateCadence` `{}` is not an ISO 8601 duration such as PT1H", shortened(&text));
            self.record(IssueCode::IgnoredElement, detail);
        }
        seconds
    }

    /// The output files of kept types, and how many there are of each other type.
    fn outputs(&mut self, entries: Vec<&Value>) -> (Vec<OutputFile>, Vec<(String, u64)>) {
        let mut outputs: Vec<OutputFile> = Vec::new();
        // A manifest may list a million entries: they are looked up, not searched.
        let mut places: HashMap<(ResourceKind, String), usize> = HashMap::new();
        let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
        let (mut n_state_texts, mut n_repeated) = (0u64, 0u64);
        for (index, entry) in entries.into_iter().enumerate() {
            let name = format!("output[{index}]");
            let Some(kind) = entry.get("type").and_then(Value::as_str).map(str::trim).filter(|kind| !kind.is_empty())
            else {
                self.record(IssueCode::InvalidShape, format!("{name} has no `type`, so its file cannot be read"));
                continue;
            };
            let Ok(kind) = kind.parse::<ResourceKind>() else {
                let kind = shortened(kind);
                let is_told = skipped.len() < MAX_SKIPPED_TYPES || skipped.contains_key(&kind);
                *skipped.entry(if is_told { kind } else { OTHER_TYPES.to_owned() }).or_default() += 1;
                continue;
            };
            let Some(url) = self.entry_url(&name, entry) else { continue };
            let (states, is_text) = states(entry);
            n_state_texts += u64::from(is_text);
            let place = *places.entry((kind, url.as_str().to_owned())).or_insert(outputs.len());
            match outputs.get_mut(place) {
                Some(known) => {
                    n_repeated += 1;
                    states.iter().for_each(|state| add_states(state, &mut known.states));
                }
                None => outputs.push(OutputFile { kind, url, states }),
            }
        }
        if n_state_texts > 0 {
            let detail = format!("`extension.state` of {n_state_texts} output files is a text; write a list");
            self.record(IssueCode::StateNotAList, detail);
        }
        if n_repeated > 0 {
            let detail = format!("{n_repeated} output files are listed twice; each is read once");
            self.record(IssueCode::IgnoredElement, detail);
        }
        for (kind, count) in &skipped {
            let detail = format!("openslots keeps no resources of type `{kind}`; output files skipped: {count}");
            self.record(IssueCode::SkippedType, detail);
        }
        (outputs, skipped.into_iter().collect())
    }

    /// The URLs of entries of which nothing else is needed.
    fn named(&mut self, list: &str, entries: Vec<&Value>) -> Vec<Url> {
        let named = entries.into_iter().enumerate().map(|(index, entry)| (format!("{list}[{index}]"), entry));
        named.filter_map(|(name, entry)| self.entry_url(&name, entry)).collect()
    }

    /// The URL of an entry, resolved against the manifest's; one that cannot be used is recorded.
    fn entry_url(&mut self, name: &str, entry: &Value) -> Option<Url> {
        let text = entry.get("url").unwrap_or(entry).as_str().map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else {
            self.record(IssueCode::InvalidShape, format!("{name} has no `url`, so its file cannot be read"));
            return None;
        };
        self.resolve(name, text)
    }

    fn resolve(&mut self, name: &str, text: &str) -> Option<Url> {
        let problem = match self.url.join(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => return Some(url),
            Ok(url) => format!("has the scheme `{}`; only http and https are fetched", shortened(url.scheme())),
            Err(error) => format!("is not a URL: {error}"),
        };
        // Only up to a query, which may hold a signature.
        let shown = shortened(text.split(['?', '#']).next().unwrap_or_default());
        self.record(IssueCode::InvalidShape, format!("the URL `{shown}` of {name} {problem}"));
        None
    }

    fn link(&mut self, links: Vec<&Value>) -> Option<ManifestLink> {
        let is_next = |link: &&Value| {
            let relation = link.get("relation").or_else(|| link.get("rel")).and_then(Value::as_str);
            relation.is_some_and(|relation| relation.trim().eq_ignore_ascii_case("next"))
        };
        let next = links.into_iter().find(is_next)?;
        let Some(text) = next.get("url").and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()) else {
            self.record(IssueCode::InvalidShape, "the link to the next page has no `url`");
            return None;
        };
        match text.rsplit_once('#').map(|(_, fragment)| fragment) {
            Some("pending") => Some(ManifestLink::Pending),
            Some("closed") => Some(ManifestLink::Closed),
            _ => self.resolve("link", text).map(ManifestLink::Next),
        }
    }
}

/// What a manifest says in `currentAsOf`: of its files of slots, or of itself.
fn current_as_of(fields: &Map<String, Value>) -> Vec<&str> {
    let is_of_slots = |entry: &&Value| {
        entry.get("type").and_then(Value::as_str).is_some_and(|kind| kind.trim() == ResourceKind::Slot.as_str())
    };
    let files = items(field(fields, "output")).into_iter().filter(is_of_slots);
    let extensions = files.map(|entry| entry.get("extension")).chain([fields.get("extension")]);
    let said = extensions.flat_map(items).filter_map(|extension| extension.get(CURRENT_AS_OF));
    said.chain(fields.get(CURRENT_AS_OF)).filter_map(Value::as_str).collect()
}

/// The states of an output file, and whether they came as a text instead of a list.
///
/// `extension` is an object with a field `state`; FHIR's own form, a list of extensions, is read as well.
fn states(entry: &Value) -> (Vec<String>, bool) {
    let mut found = Vec::new();
    let mut is_text = false;
    for extension in items(entry.get("extension")) {
        if let Some(state) = extension.get("state").filter(|state| !state.is_null()) {
            is_text |= state.is_string();
            for text in items(Some(state)).into_iter().filter_map(Value::as_str) {
                add_states(text, &mut found);
            }
        } else if extension.get("url").and_then(Value::as_str).is_some_and(|url| url.ends_with("state")) {
            for text in ["valueString", "valueCode"].iter().filter_map(|name| extension.get(*name)?.as_str()) {
                add_states(text, &mut found);
            }
        }
    }
    (found, is_text)
}

/// Adds the states of a text, which may hold several, each once.
fn add_states(text: &str, found: &mut Vec<String>) {
    for state in text.split([',', ';']).map(str::trim).filter(|state| !state.is_empty()) {
        if !found.iter().any(|known| known == state) {
            found.push(state.to_owned());
        }
    }
}

/// Seconds of an ISO 8601 duration; a month counts 30 days and a year 365, as nothing finer hangs on it.
fn duration_seconds(text: &str) -> Option<u64> {
    let span: jiff::Span = text.parse().ok()?;
    let days = i64::from(span.get_years()) * 365
        + i64::from(span.get_months()) * 30
        + i64::from(span.get_weeks()) * 7
        + i64::from(span.get_days());
    let seconds = days * 86_400 + i64::from(span.get_hours()) * 3_600 + span.get_minutes() * 60 + span.get_seconds();
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

/// A URL as it may be shown and recorded: without its user, password, query and fragment, which may hold secrets.
fn url_without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    if url.has_authority() {
        // Refused only where there is no host, and so no user to hide.
        url.set_username("").ok();
        url.set_password(None).ok();
    }
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn not_json(body: &[u8], error: &serde_json::Error) -> ManifestError {
    let head = &body[..body.len().min(EXCERPT_CHARS * 8)];
    let text = String::from_utf8_lossy(head);
    let mut excerpt = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !excerpt.is_empty() {
            excerpt.push(' ');
        }
        excerpt.push_str(word);
    }
    let excerpt: String = excerpt.chars().take(EXCERPT_CHARS).collect();
    let detail = if excerpt.is_empty() { "the body is empty".to_owned() } else { error.to_string() };
    ManifestError::NotJson { detail, excerpt }
}

fn why_no_manifest(fields: &Map<String, Value>) -> String {
    match fields.get("resourceType").and_then(Value::as_str) {
        Some("OperationOutcome") => {
            let issue = fields.get("issue").and_then(|issues| items(Some(issues)).first().copied());
            let words = issue.and_then(|issue| {
                let text = issue.get("details").and_then(|details| details.get("text"));
                issue.get("diagnostics").or(text).and_then(Value::as_str)
            });
            format!("it is an OperationOutcome: {}", words.map_or_else(|| "no reason given".to_owned(), shortened))
        }
        Some(kind) => format!("it is a resource of type `{}`", shortened(kind)),
        None => "it has no `output`".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS).collect()
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
