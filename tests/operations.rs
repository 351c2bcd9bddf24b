//! What operators rely on: calls with a token, a log that can be followed, limits from the settings.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::blocking::Response;
use serde_json::Value;

use crate::harness::{Publishers, Served, client, data_dir, openslots};

const TOKEN: &str = "a-token-that-must-not-stand-in-any-log";

fn environment(settings: &[(&str, &str)]) -> BTreeMap<String, String> {
    settings.iter().map(|(name, value)| (format!("OPENSLOTS_{name}"), (*value).to_owned())).collect()
}

fn ask(served: &Served, method: Method, path: &str, body: &str) -> Response {
    let request = client().request(method, format!("{}/v1/admin/{path}", served.base)).bearer_auth(TOKEN);
    request.body(body.to_owned()).send().expect("an answer")
}

/// The log of a service that was started with `--log-format json`, a value each line.
fn lines(log: &tempfile::NamedTempFile) -> Vec<Value> {
    let text = std::fs::read_to_string(log.path()).expect("a log");
    assert!(!text.contains(TOKEN), "the token is in the log");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn message(line: &Value) -> &str {
    line["fields"]["message"].as_str().unwrap_or_default()
}

#[test]
fn an_operator_crawls_and_rebuilds_over_http_and_reads_it_in_the_log() {
    let publishers = Publishers::start(2, &["--slots", "200", "--locations", "3"]);
    let (_folder, data) = data_dir();
    for manifest in &publishers.manifests {
        let added = openslots(&["publishers", "add", "--data-dir", &data, manifest]).output().expect("the binary runs");
        assert_eq!(added.status.code(), Some(0), "{}", String::from_utf8_lossy(&added.stderr));
    }
    let log = tempfile::NamedTempFile::new().expect("a file");
    // Nobody but the operator has anything crawled.
    let settings = environment(&[("HTTP__ADMIN_TOKEN", TOKEN), ("CRAWL__SCHEDULE", "0 0 1 1 *")]);
    let args = ["serve", "--data-dir", &data, "--log-format", "json"];
    let mut served = Served::start_logging_to(log.reopen().expect("a file"), &args, &settings);

    let refused = client().post(format!("{}/v1/admin/crawl", served.base)).bearer_auth("wrong").send();
    assert_eq!(refused.expect("an answer").status(), 401);
    assert_eq!(ask(&served, Method::POST, "crawl", "{\"publishers\": [\"nobody\"]}").status(), 400);
    let status: Value = ask(&served, Method::GET, "status", "").json().expect("JSON");
    let slugs: Vec<_> = status["publishers"].as_array().expect("a list").iter().map(slug_of).collect();
    assert_eq!((&status["serving"], slugs.len()), (&Value::Bool(true), 2));

    let crawl = ask(&served, Method::POST, "crawl", "{\"force\": true}");
    assert_eq!(crawl.status(), 202);
    assert_eq!(crawl.headers()["cache-control"], "no-store");
    let started: Value = crawl.json().expect("JSON");
    assert_eq!(started["publishers"], serde_json::json!(slugs));
    while lines(&log).iter().filter(|line| message(line).ends_with("crawled: updated")).count() < slugs.len() {
        std::thread::yield_now();
    }
    let status: Value = ask(&served, Method::GET, "status", "").json().expect("JSON");
    assert!(status["publishers"].as_array().expect("a list").iter().all(|one| one["last_outcome"] == "updated"));

    assert_eq!(ask(&served, Method::POST, "index/rebuild", "").status(), 202);
    while !lines(&log).iter().any(|line| message(line) == "index rebuilt") {
        std::thread::yield_now();
    }
    assert_eq!(served.child.stop_with("TERM").1, Some(0));

    let lines = lines(&log);
    let answered: Vec<_> = lines.iter().filter(|line| message(line) == "request answered").collect();
    assert!(answered.len() >= 6);
    assert!(answered.iter().all(|line| line["span"]["request_id"].as_str().is_some_and(|id| id.len() == 32)));
    let crawled: Vec<_> = lines.iter().filter(|line| message(line).ends_with("crawled: updated")).collect();
    let mut runs: Vec<_> = crawled.iter().map(|line| line["span"]["run.id"].as_str().expect("a run")).collect();
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(runs.len(), slugs.len(), "each run has an id of its own");
    let mut named: Vec<_> =
        crawled.iter().map(|line| line["span"]["publisher.slug"].as_str().expect("a slug").to_owned()).collect();
    named.sort_unstable();
    assert_eq!(named, slugs);
}

fn slug_of(publisher: &Value) -> String {
    publisher["publisher"]["slug"].as_str().expect("a slug").to_owned()
}

#[test]
fn limits_come_from_the_settings() {
    let (_folder, data) = data_dir();
    let settings = environment(&[
        ("HTTP__REQUESTS_PER_SECOND", "1"),
        ("HTTP__BURST", "2"),
        ("HTTP__TRUSTED_PROXIES", "127.0.0.1"),
        ("HTTP__MAX_BODY", "100"),
        ("LOG__LEVEL", "warn"),
    ]);
    let log = tempfile::NamedTempFile::new().expect("a file");
    let served = Served::start_logging_to(log.reopen().expect("a file"), &["serve", "--data-dir", &data], &settings);
    let ask = |forwarded: Option<&str>| {
        let request = client().get(format!("{}/v1/scheduling/slots", served.base));
        let request = forwarded.into_iter().fold(request, |request, value| request.header("x-forwarded-for", value));
        request.send().expect("an answer").status().as_u16()
    };
    assert!((0..100).all(|_| ask(None) == 200), "this machine is not limited");
    assert!((0..100).any(|_| ask(Some("127.0.0.1, 203.0.113.9")) == 429));
    assert_eq!(ask(Some("203.0.113.10")), 200);
    let large = client().get(format!("{}/healthz", served.base)).body("a".repeat(101)).send().expect("an answer");
    assert_eq!(large.status(), 413);
    let without_token = client().get(format!("{}/v1/admin/status", served.base)).bearer_auth(TOKEN).send();
    assert_eq!(without_token.expect("an answer").status(), 404);
    let log = std::fs::read_to_string(log.path()).expect("a log");
    assert!(!log.contains("request answered"), "{log}");
}

#[test]
fn bad_settings_stop_the_start_and_do_not_tell_secrets() {
    let (_folder, data) = data_dir();
    let settings = environment(&[
        ("HTTP__ADMIN_TOKEN", "too-short-a-secret"),
        ("HTTP__TRUSTED_PROXIES", "proxy.example.org"),
        ("LOG__LEVEL", "openslots=loud"),
    ]);
    let output = openslots(&["serve", "--data-dir", &data, "--listen", "127.0.0.1:0"]).envs(&settings).output();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    for name in settings.keys() {
        assert!(message.contains(name), "{name}: {message}");
    }
    assert!(message.contains("has 3 fault(s)") && !message.contains("too-short-a-secret"), "{message}");
}
