//! The demo, as a newcomer meets it: its printed queries, and the examples of the README.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{OwnedChild, client, openslots, root};

pub(crate) struct Demo {
    _child: OwnedChild,
    base: String,
    /// The queries that it printed.
    queries: Vec<String>,
    /// The command that walks through the patient side.
    pub(crate) walk_through: String,
}

pub(crate) fn start() -> Demo {
    // The binary is built before the clock starts: the demo's promise is for one that is there.
    let mut command = openslots(&["demo", "--listen", "127.0.0.1:0"]);
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the demo starts");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let child = OwnedChild(child);
    let mut base = None;
    let mut queries = Vec::new();
    let mut walk_through = None;
    for line in stdout.lines() {
        let line = line.expect("text");
        if let Some(at) = line.find("http://").filter(|_| line.contains("in a browser")) {
            base = Some(line[at..].trim().trim_end_matches('/').to_owned());
        } else if line.trim_start().starts_with("curl ") {
            queries.push(line.trim().to_owned());
        } else if line.contains("walk_through.py") {
            walk_through = Some(line.trim().to_owned());
            break;
        }
    }
    assert!(began.elapsed() < Duration::from_secs(20), "the demo took {:?} to print its queries", began.elapsed());
    let walk_through = walk_through.expect("the demo prints how to walk through the patient side");
    Demo { _child: child, base: base.expect("the demo prints its URL"), queries, walk_through }
}

/// Does what `curl 'URL'` or `curl --get 'URL' --data-urlencode 'name=value' ...` does.
fn curl(command: &str, base: &str) -> serde_json::Value {
    let mut words = Vec::new();
    for (place, part) in command.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    let mut url = None;
    let mut pairs = Vec::new();
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" | "--silent" | "-G" | "--get" => {}
            "--data-urlencode" => {
                let pair = words.next().expect("a pair");
                let (name, value) = pair.split_once('=').expect("name=value");
                pairs.push((name.to_owned(), value.to_owned()));
            }
            _ => url = Some(word.replace("http://127.0.0.1:8080", base)),
        }
    }
    let mut url = reqwest::Url::parse(&url.expect("a URL")).expect("a URL");
    for (name, value) in pairs {
        url.query_pairs_mut().append_pair(&name, &value);
    }
    let answer = client().get(url.clone()).send().expect("an answer");
    let status = answer.status();
    let body = answer.text().expect("a body");
    assert!(status.is_success(), "{command}: {status}: {body}");
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{command}: {error}: {body}"))
}

/// Whether an answer found something.
fn has_content(answer: &serde_json::Value) -> bool {
    match answer {
        serde_json::Value::Object(members) => match members.get("total") {
            Some(total) => total.as_u64().is_some_and(|total| total > 0),
            None => members.values().any(|member| member.as_array().is_none_or(|list| !list.is_empty())),
        },
        _ => false,
    }
}

#[test]
fn the_printed_queries_and_the_examples_of_the_readme_find_something() {
    let demo = start();
    assert_eq!(demo.queries.len(), 3, "three sample queries");
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let examples: Vec<_> = readme.lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(examples.len(), 5, "five examples in the README");
    for command in demo.queries.iter().map(String::as_str).chain(examples) {
        let answer = curl(command, &demo.base);
        assert!(has_content(&answer), "{command} found nothing: {answer}");
    }
    let page = client().get(format!("{}/", demo.base)).send().expect("the page");
    assert!(page.status().is_success());
    let publishers = client().get(format!("{}/v1/scheduling/publishers", demo.base)).send().expect("an answer");
    let publishers: serde_json::Value = serde_json::from_str(&publishers.text().expect("a body")).expect("JSON");
    assert!(publishers["publishers"].as_array().is_some_and(|list| list.len() > 2), "{publishers}");
}
