//! What `case.json` of a quirk says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::root;

/// One publisher with one quirk.
pub(super) struct Case {
    /// Its folder's name: the number of the quirk, then what it is.
    pub(super) name: String,
    pub(super) number: usize,
    pub(super) folder: PathBuf,
    /// Where the manifest is below the publisher's base.
    pub(super) manifest: String,
    /// The query of the manifest's URL.
    pub(super) query: Option<String>,
    /// Its publisher file, where an operator has to write one.
    pub(super) config: Option<Value>,
    /// Variables of the environment that the file names.
    pub(super) environment: BTreeMap<String, String>,
    /// Texts that nothing may show.
    pub(super) secrets: Vec<String>,
    pub(super) steps: Vec<Step>,
}

/// A crawl and what is true after it.
pub(super) struct Step {
    /// How files are answered from this step on; else as they lie in the folder.
    pub(super) answers: BTreeMap<String, Value>,
    /// `outcome`, `reason` (part of it), `files` (accepted, unchanged, rejected; or `failed: ` and part of why) and
    /// `skippedTypes`.
    pub(super) crawl: Value,
    /// All issues of the publisher but those of conformance: `file`, `line`, `code`, and parts of `excerpt` and `detail`.
    pub(super) issues: Vec<Value>,
    /// Whether it says so, if only that there are none.
    pub(super) has_issues: bool,
    /// The requirements that each file (or the manifest) does not meet, as far as a crawl notes them.
    pub(super) non_conformant: BTreeMap<String, Value>,
    /// How often files were asked for in this step.
    pub(super) asked: BTreeMap<String, Value>,
    /// `get` (path of the API), `status`, `headers`, `is` (JSON pointer to value; null: absent) and `keep` (name to
    /// JSON pointer: `{name}` stands for the value in what follows).
    pub(super) api: Vec<Value>,
}

/// All cases, by number.
pub(super) fn read_all() -> Vec<Case> {
    let folder = root().join("fixtures").join("quirks");
    let entries = std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<Case> = entries.filter(|path| path.is_dir()).map(read).collect();
    cases.sort_by_key(|case| case.number);
    cases
}

fn read(folder: PathBuf) -> Case {
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(folder.join("case.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
    let case: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}/case.json: {error}"));
    check_keys(&name, &case, &["manifest", "query", "config", "environment", "secrets", "steps"]);
    let text = |key: &str| case[key].as_str().map(str::to_owned);
    let number = name.get(..2).and_then(|digits| digits.parse().ok());
    let texts = |value: &Value| value.as_str().expect("a text").to_owned();
    Case {
        number: number.unwrap_or_else(|| panic!("{name} does not begin with a number")),
        manifest: text("manifest").unwrap_or_else(|| "$bulk-publish".to_owned()),
        query: text("query"),
        config: case.get("config").cloned(),
        environment: object(&case["environment"]).into_iter().map(|(key, value)| (key, texts(&value))).collect(),
        secrets: list(&case["secrets"]).iter().map(texts).collect(),
        steps: list(&case["steps"]).into_iter().map(|step| read_step(&name, &step)).collect(),
        folder,
        name,
    }
}

fn read_step(name: &str, step: &Value) -> Step {
    check_keys(name, step, &["answers", "crawl", "issues", "nonConformant", "asked", "api"]);
    check_keys(name, &step["crawl"], &["outcome", "reason", "files", "skippedTypes"]);
    for issue in list(&step["issues"]) {
        check_keys(name, &issue, &["file", "line", "code", "excerpt", "detail"]);
    }
    for asked in list(&step["api"]) {
        check_keys(name, &asked, &["get", "status", "headers", "is", "keep"]);
    }
    Step {
        answers: object(&step["answers"]),
        crawl: step["crawl"].clone(),
        issues: list(&step["issues"]),
        has_issues: step["issues"].is_array(),
        non_conformant: object(&step["nonConformant"]),
        asked: object(&step["asked"]),
        api: list(&step["api"]),
    }
}

/// A misspelt key would expect nothing.
pub(super) fn check_keys(name: &str, value: &Value, known: &[&str]) {
    for key in object(value).keys() {
        assert!(known.contains(&key.as_str()), "{name}/case.json: `{key}` is none of {known:?}");
    }
}

/// The items of a list; none if it is not there.
pub(super) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// The fields of an object; none if it is not there.
pub(super) fn object(value: &Value) -> BTreeMap<String, Value> {
    value.as_object().cloned().unwrap_or_default().into_iter().collect()
}
