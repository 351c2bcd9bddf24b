//! `/metrics` of a running service, as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run_json};

/// The series of a text in the format 0.0.4, each as it is written, with its value.
///
/// Whatever breaks the format fails: names and labels of other characters, a value that is no number, a series twice,
/// lines of one metric that do not stand together, a metric without `HELP` or `TYPE`.
fn read(text: &str) -> BTreeMap<String, f64> {
    let mut series = BTreeMap::new();
    let (mut described, mut typed, mut ended) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name, rest) = (words.next(), words.next().expect(line), words.next().expect(line));
            if name != current {
                assert!(ended.insert(std::mem::replace(&mut current, name.to_owned())), "{line}");
                assert!(!ended.contains(name), "{name} stands in two places");
            }
            match kind {
                Some("HELP") => assert!(described.insert(name) && !rest.is_empty(), "{line}"),
                Some("TYPE") => {
                    assert!(["counter", "gauge", "histogram"].contains(&rest), "{line}");
                    assert!(typed.insert(name, rest).is_none(), "{line}");
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let (name_and_labels, value) = line.rsplit_once(' ').expect(line);
        let (name, labels) = name_and_labels.split_once('{').unwrap_or((name_and_labels, "}"));
        let is_word =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(is_word(name) && name.starts_with("openslots_"), "{line}");
        let metric = match typed.get(current.as_str()) {
            Some(&"histogram") => ["_bucket", "_sum", "_count"].into_iter().find_map(|end| name.strip_suffix(end)),
            Some(_) => Some(name),
            None => panic!("no type before {line}"),
        };
        assert_eq!(metric, Some(current.as_str()), "{line}");
        assert!(described.contains(current.as_str()), "no help before {line}");
        for label in labels.strip_suffix('}').expect(line).split(',').filter(|label| !label.is_empty()) {
            let (label, value) = label.split_once('=').expect(line);
            assert!(is_word(label), "{line}");
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).expect(line);
            // Slugs, codes, outcomes, bounds and routes: nothing that would need an escape, or be without bound.
            assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._+/{}$".contains(&byte)), "{line}");
        }
        let value = value.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(series.insert(name_and_labels.to_owned(), value).is_none(), "{line} comes twice");
    }
    series
}

fn scrape(served: &Served) -> BTreeMap<String, f64> {
    let answer = client().get(format!("{}/metrics", served.base)).send().expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    read(&answer.text().expect("text"))
}

#[test]
fn a_running_service_is_measured() {
    let publishers = Publishers::start(1, &["--slots", "300", "--locations", "3", "--fault", "bad-line"]);
    let (_folder, data) = data_dir();
    let served = Served::start(&["serve", "--data-dir", &data]);
    assert!(!scrape(&served).keys().any(|series| series.contains("publisher=")), "nobody is known yet");
    for _ in 0..2 {
        run_json(&crawl_args(&data, &publishers.manifests), 0);
    }

    let series = scrape(&served);
    let list = served.get("/v1/scheduling/publishers");
    let publisher = &list["publishers"][0];
    let slug = publisher["slug"].as_str().expect("a slug");
    let last_run = served.get(&format!("/v1/scheduling/publishers/{slug}"))["lastRun"].clone();
    let value = |name: &str, labels: &str| {
        let label = format!("{{publisher=\"{slug}\"{labels}}}");
        *series.get(&format!("{name}{label}")).unwrap_or_else(|| panic!("{name}{label} is not in {series:?}"))
    };
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));

    let counts = &publisher["counts"];
    assert_eq!(value("openslots_publisher_slots", ""), number(&counts["slots"]));
    assert_eq!(value("openslots_publisher_free_slots", ""), number(&counts["freeSlots"]));
    assert_eq!(value("openslots_publisher_freshness", ",freshness=\"fresh\""), 1.0);
    assert_eq!(value("openslots_publisher_freshness", ",freshness=\"stale\""), 0.0);
    assert_eq!(value("openslots_publisher_failures_in_row", ""), 0.0);
    let of_issues = format!("openslots_publisher_issues{{publisher=\"{slug}\",");
    let n_issues: f64 = series.iter().filter(|(name, _)| name.starts_with(&of_issues)).map(|(_, n)| n).sum();
    assert!(n_issues > 0.0);
    assert_eq!(n_issues, number(&counts["issues"]));
    let attempted = value("openslots_publisher_last_attempt_timestamp_seconds", "");
    let succeeded = value("openslots_publisher_last_success_timestamp_seconds", "");
    assert!(succeeded > 1_700_000_000.0 && attempted >= succeeded, "{succeeded} {attempted}");

    assert_eq!(value("openslots_crawl_runs_total", ",outcome=\"updated\""), 1.0);
    assert_eq!(value("openslots_crawl_runs_total", ",outcome=\"unchanged\""), 1.0);
    assert!(value("openslots_crawl_bytes_total", "") > number(&last_run["bytes"]));
    let lines = |result: &str| value("openslots_crawl_lines_total", &format!(",result=\"{result}\""));
    // All that the second run read was as before, apart from what is rejected each time.
    assert_eq!(lines("unchanged"), number(&last_run["lines"]["unchanged"]));
    assert_eq!(lines("accepted"), lines("unchanged"));
    assert_eq!(lines("rejected"), 2.0 * number(&last_run["lines"]["rejected"]));
    assert_eq!(value("openslots_crawl_files_total", ",outcome=\"failed\""), 0.0);
    assert_eq!(series["openslots_crawl_duration_seconds_count{outcome=\"updated\"}"], 1.0);
    assert_eq!(series["openslots_store_change"], series["openslots_index_change"]);

    // Paths that nobody knows count together, and ids stand in no label.
    for path in ["/nothing", "/v1/nothing/else", "/v1/scheduling/slots/unknown"] {
        assert_eq!(client().get(format!("{}{path}", served.base)).send().expect("an answer").status(), 404, "{path}");
    }
    let series = scrape(&served);
    let answered = |route: &str, status: &str| {
        let labels = format!("route=\"{route}\",method=\"GET\",status=\"{status}\"");
        series[&format!("openslots_http_requests_total{{{labels}}}")]
    };
    assert_eq!(answered("unknown", "4xx"), 2.0);
    assert_eq!(answered("/v1/scheduling/slots/{id}", "4xx"), 1.0);
    assert_eq!(answered("/v1/scheduling/publishers", "2xx"), 1.0);
    assert_eq!(series["openslots_http_request_duration_seconds_count{route=\"unknown\"}"], 2.0);
    assert!(!series.keys().any(|series| series.contains("nothing")), "{series:?}");
    assert_eq!(series["openslots_http_requests_in_flight"], 1.0, "this scrape");
    assert!(series["openslots_http_connections"] >= 1.0);
}
