//! Compares what came with what was expected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use serde_json::Value;

use super::case::{Case, Step, list, object};
use super::publishers::{Values, filled};

/// What is not as expected, of all cases.
#[derive(Default)]
pub(super) struct Differences(Vec<String>);

/// What is not as expected, of one step of one case.
pub(super) struct OfStep<'a> {
    name: &'a str,
    all: &'a mut Vec<String>,
}

impl Differences {
    pub(super) fn of<'a>(&'a mut self, name: &'a str) -> OfStep<'a> {
        OfStep { name, all: &mut self.0 }
    }

    /// Fails if there are any.
    pub(super) fn report(&self) {
        assert!(self.0.is_empty(), "{} difference(s):\n{}", self.0.len(), self.0.join("\n"));
    }
}

impl OfStep<'_> {
    fn note(&mut self, difference: impl std::fmt::Display) {
        self.all.push(format!("{}: {difference}", self.name));
    }

    fn compare(&mut self, what: &str, got: &Value, want: &Value) {
        if !is_as_expected(got, want) {
            self.note(format_args!("{what} is {got}, expected {want}"));
        }
    }
}

/// Null expects nothing to be there; `{"contains": text}` part of a text; `{"above": number}` a larger one; anything
/// else itself.
fn is_as_expected(got: &Value, want: &Value) -> bool {
    match (want.get("contains"), want.get("above").and_then(Value::as_f64)) {
        (Some(Value::String(part)), _) => got.as_str().is_some_and(|text| text.contains(part)),
        (_, Some(least)) => got.as_f64().is_some_and(|number| number > least),
        _ => got == want,
    }
}

/// A value with all placeholders in its texts filled in.
fn filled_value(value: &Value, values: &Values) -> Value {
    match value {
        Value::String(text) => filled(text, values).into(),
        Value::Array(items) => items.iter().map(|item| filled_value(item, values)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, item)| (key.clone(), filled_value(item, values))).collect())
        }
        other => other.clone(),
    }
}

/// The exit code of a crawl.
pub(super) fn exit(code: Option<i32>, want: i32, differences: &mut OfStep<'_>) {
    if code != Some(want) {
        differences.note(format_args!("the crawl's exit code is {code:?}, expected {want}"));
    }
}

/// The publisher's part of a crawl's report.
pub(super) fn crawl(step: &Step, values: &Values, report: &Value, differences: &mut OfStep<'_>) {
    let Some(run) = list(&report["publishers"]).into_iter().find(|run| run["publisher"] == values["slug"]) else {
        return differences.note(format_args!("no publisher `{}` was crawled", values["slug"]));
    };
    differences.compare("outcome", &run["outcome"], &step.crawl["outcome"]);
    match (run["reason"].as_str(), step.crawl["reason"].as_str()) {
        (Some(got), Some(want)) if got.contains(want) => {}
        (None, None) => {}
        (got, want) => differences.note(format_args!("reason is {got:?}, expected {want:?}")),
    }
    files(step, values, &run, differences);
}

/// The files that were read, and the types that were passed over.
fn files(step: &Step, values: &Values, run: &Value, differences: &mut OfStep<'_>) {
    let mut expected = object(&step.crawl["files"]);
    for file in list(&run["fileReports"]) {
        let name = file_name(file["url"].as_str().unwrap_or_default(), values);
        let counts = || ["n_accepted", "n_unchanged", "n_rejected"].map(|key| file[key].clone()).to_vec().into();
        match (file["outcome"] == "failed", expected.remove(&name)) {
            (_, None) => differences.note(format_args!("file {name} was not expected: {file}")),
            (false, Some(want)) => differences.compare(&format!("counts of {name}"), &counts(), &want),
            (true, Some(want)) => {
                let part = want.as_str().and_then(|want| want.strip_prefix("failed: "));
                let error = file["error"].as_str().unwrap_or_default();
                if !part.is_some_and(|part| error.contains(part)) {
                    differences.note(format_args!("file {name} failed: {error}; expected {want}"));
                }
            }
        }
    }
    for name in expected.keys() {
        differences.note(format_args!("file {name} was not read"));
    }
    let skipped = list(&run["skippedTypes"]);
    let skipped: BTreeMap<String, Value> = skipped
        .iter()
        .map(|skipped| (skipped["type"].as_str().unwrap_or_default().to_owned(), skipped["files"].clone()))
        .collect();
    if skipped != object(&step.crawl["skippedTypes"]) {
        differences.note(format_args!("skipped types are {skipped:?}"));
    }
}

/// The name of a file below its publisher's base.
fn file_name(url: &str, values: &Values) -> String {
    let url = url.replace("%24", "$");
    match url.strip_prefix(&values["base"]) {
        Some(below) => below.trim_start_matches('/').to_owned(),
        None => url.replace(&values["other"], "{other}"),
    }
}

/// How often files were asked for.
pub(super) fn asked(step: &Step, asked: &BTreeMap<String, u64>, differences: &mut OfStep<'_>) {
    for (file, want) in &step.asked {
        let got = asked.get(file).copied().unwrap_or_default();
        differences.compare(&format!("requests for {file}"), &got.into(), want);
    }
}

/// The code of issues that a crawl looks for in a sample of lines.
const NON_CONFORMANT: &str = "non-conformant";

/// The requirements that the API tells each file not to meet: exactly those expected. How many issues these are.
fn non_conformant(step: &Step, values: &Values, base: &str, differences: &mut OfStep<'_>) -> u64 {
    let path = format!("/v1/scheduling/publishers/{}/issues?limit=100&code={NON_CONFORMANT}", values["slug"]);
    let answer = get(base, &path).json;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for issue in list(&answer["issues"]) {
        let name = file_name(issue["file"].as_str().unwrap_or_default(), values);
        let requirement = issue["detail"].as_str().and_then(|detail| detail.split('`').nth(1)).unwrap_or_default();
        found.entry(name).or_default().insert(requirement.to_owned());
    }
    let found = serde_json::to_value(found).expect("JSON");
    let want = Value::Object(step.non_conformant.clone().into_iter().collect());
    differences.compare("what is not conformant", &found, &want);
    answer["total"].as_u64().unwrap_or_default()
}

/// The issues that the API tells of the publisher: exactly those expected.
pub(super) fn issues(step: &Step, values: &Values, base: &str, differences: &mut OfStep<'_>) {
    let path = format!("/v1/scheduling/publishers/{}/issues?limit=100", values["slug"]);
    let answer = get(base, &path);
    let found = list(&answer.json["issues"]).into_iter().filter(|issue| issue["code"] != NON_CONFORMANT);
    let n_non_conformant = non_conformant(step, values, base, differences);
    let mut left = step.issues.clone();
    for issue in found {
        let name = file_name(issue["file"].as_str().unwrap_or_default(), values);
        let is_expected = |want: &Value| {
            let part_of = |key: &str| {
                let want = filled_value(&want[key], values);
                want.as_str().is_none_or(|part| issue[key].as_str().is_some_and(|text| text.contains(part)))
            };
            want["file"] == name
                && want["code"] == issue["code"]
                && want["line"] == issue["line"]
                && part_of("excerpt")
                && part_of("detail")
        };
        match left.iter().position(is_expected) {
            Some(at) => drop(left.remove(at)),
            None => differences.note(format_args!("issue was not expected: {name} {issue}")),
        }
    }
    for missing in &left {
        differences.note(format_args!("issue was not recorded: {missing}"));
    }
    let total = step.issues.len() as u64 + n_non_conformant;
    differences.compare("number of issues", &answer.json["total"], &total.into());
}

/// What the API answers.
pub(super) fn api(step: &Step, values: &Values, base: &str, differences: &mut OfStep<'_>) {
    let mut values = values.clone();
    for question in &step.api {
        let path = filled(question["get"].as_str().expect("a path"), &values);
        let answer = get(base, &path);
        let n_before = differences.all.len();
        let status = question.get("status").and_then(Value::as_u64).unwrap_or(200);
        if u64::from(answer.status) != status {
            differences.note(format_args!("{path} gave status {}, expected {status}", answer.status));
        }
        for (name, want) in object(&question["headers"]) {
            let got = answer.headers.get(&name).and_then(|value| value.to_str().ok()).map_or(Value::Null, Value::from);
            differences.compare(&format!("{path}: header {name}"), &got, &filled_value(&want, &values));
        }
        for (pointer, want) in object(&question["is"]) {
            let got = answer.json.pointer(&pointer).unwrap_or(&Value::Null);
            differences.compare(&format!("{path}: {pointer}"), got, &filled_value(&want, &values));
        }
        for (name, pointer) in object(&question["keep"]) {
            let pointer = pointer.as_str().expect("a pointer");
            match answer.json.pointer(pointer).and_then(Value::as_str) {
                Some(text) => drop(values.insert(name, text.to_owned())),
                None => differences.note(format_args!("{path}: {pointer} is no text")),
            }
        }
        if differences.all.len() > n_before {
            differences.note(format_args!("{path} answered {}", shortened(&answer.json)));
        }
    }
}

fn shortened(json: &Value) -> String {
    json.to_string().chars().take(600).collect()
}

/// Nothing shows a secret.
pub(super) fn secrets(case: &Case, values: &Values, report: &Value, base: &str, differences: &mut OfStep<'_>) {
    let path = format!("/v1/scheduling/publishers/{}", values["slug"]);
    let shown = [report.clone(), get(base, &path).json, get(base, &format!("{path}/issues")).json];
    for secret in &case.secrets {
        if shown.iter().any(|shown| shown.to_string().contains(secret)) {
            differences.note("a secret is shown");
        }
    }
}

struct ApiAnswer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    /// Null where the body is no JSON.
    json: Value,
}

fn get(base: &str, path: &str) -> ApiAnswer {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        // Another test may have installed it.
        rustls::crypto::ring::default_provider().install_default().ok();
        Client::builder().redirect(Policy::none()).build().expect("a client")
    });
    let request = client.get(format!("{base}{path}")).header("origin", "https://finder.example.org");
    let answer = request.send().expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.text().expect("a body");
    ApiAnswer { status, headers, json: serde_json::from_str(&body).unwrap_or_default() }
}
