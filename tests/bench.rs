//! The benchmarks in a short form, so that they go on measuring what they say. No time is judged.

use serde_json::Value;

use crate::harness::{data_dir, run, run_json};
use crate::python::interpreter;

/// A list of objects by a key of theirs.
fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let texts = list.as_array().expect("a list").iter().map(|item| item[key].as_str().expect("a text"));
    texts.collect()
}

#[test]
fn databases_over_the_same_files_answer_as_openslots_does() {
    let python = interpreter().display().to_string();
    let report = run_json(&["bench", "--compare", "--slots", "20000", "--python", &python, "--json"], 0);
    // Whoever answers otherwise ends the command; this is how many answers were held against each other.
    assert_eq!(report["nAnswersHeld"], 101, "{report}");
    let (measured, missing) = (texts(&report["engines"], "name"), texts(&report["notMeasured"], "name"));
    for name in ["openslots", "openslots, found alone", "openslots, read anew", "SQLite", "DuckDB"] {
        assert!(measured.contains(&name), "{name} was not measured: {missing:?}");
    }
    // A server is no Python package; where there is none, that is told.
    assert!(measured.contains(&"PostgreSQL") != missing.contains(&"PostgreSQL"), "{measured:?} {missing:?}");
    for engine in report["engines"].as_array().expect("a list") {
        let latencies = engine["latencies"].as_array().expect("a list");
        assert_eq!(latencies.len(), 6, "{engine}");
        for latency in latencies {
            assert!(latency["meanTotal"].as_f64() > Some(0.0), "a question that finds nothing: {latency}");
        }
    }
}

#[test]
fn what_is_not_there_is_told() {
    let output = run(&["bench", "--compare", "--slots", "2000", "--python", "no-such-python"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    for name in ["PostgreSQL", "DuckDB"] {
        let reason = text.lines().find_map(|line| line.strip_prefix(&format!("{name} was not measured: ")));
        assert!(reason.is_some_and(|reason| reason.contains("install")), "{name}: {text}");
    }
    // What is there has its figures and how they compare.
    let line = |begins: &str| text.lines().filter(|line| line.starts_with(begins)).count();
    assert_eq!((line("openslots"), line("SQLite"), line("Boston")), (1, 1, 4), "{text}");
}

#[test]
fn growth_is_told_and_drawn() {
    let (_folder, data) = data_dir();
    let chart = format!("{data}.svg");
    let report = run_json(&["bench", "--growth", "1000,4000", "--chart", &chart, "--json"], 0);
    assert_eq!(report["nSlots"], serde_json::json!([1_000, 4_000]));
    let figures = report["figures"].as_array().expect("a list");
    assert_eq!(figures.len(), 22, "{report}");
    for figure in figures {
        let values = figure["values"].as_array().expect("a list");
        assert!(values.len() == 2 && values.iter().all(|value| value.as_f64() > Some(0.0)), "{figure}");
    }
    // Whatever the machine is busy with, four times the slots take more room.
    let database = figures.iter().find(|figure| figure["name"] == "database").expect("its size");
    assert!(database["exponent"].as_f64() > Some(0.1), "{database}");
    let chart = std::fs::read_to_string(chart).expect("a chart");
    assert_eq!(chart.matches("<polyline").count(), 8);
    assert!(chart.contains(">first crawl</text>") && chart.contains(">4,000</text>"), "{chart}");
}

#[test]
fn clients_are_counted_and_answered_while_everything_is_crawled() {
    let report = run_json(&["bench", "--clients", "1,16", "--seconds", "1", "--slots", "4000", "--json"], 0);
    let idle = report["idle"].as_array().expect("a list");
    let n_clients: Vec<_> = idle.iter().map(|figures| figures["nClients"].as_u64()).collect();
    assert_eq!(n_clients, [Some(1), Some(16), Some(1), Some(16)]);
    for figures in idle.iter().chain([&report["beforeCrawl"], &report["duringCrawl"]]) {
        assert!(figures["requestsPerSecond"].as_f64() > Some(0.0), "{figures}");
        assert!(figures["p50Ms"].as_f64() <= figures["p99Ms"].as_f64(), "{figures}");
        assert!(figures["p99Ms"].as_f64() <= figures["maxMs"].as_f64(), "{figures}");
    }
    // By then every slot's status has flipped.
    assert_eq!(report["crawl"]["nAccepted"], 4_000, "{report}");
}

#[test]
fn a_limit_of_memory_holds_or_is_told_not_to() {
    let limited = |limit: &str| {
        let report = run_json(&["bench", "--memory-limit", limit, "--slots", "1000", "--json"], 0);
        assert!(report["unlimited"]["firstCrawlSeconds"].as_f64() > Some(0.0), "{report}");
        report["limited"].clone()
    };
    let held = &limited("512MiB")["held"];
    assert!(held["peakMemoryBytes"].as_u64() < Some(512 << 20), "{held}");
    assert_eq!(held["latencies"].as_array().map(Vec::len), Some(4), "{held}");
    // Too little for anything.
    let failed = &limited("32MiB")["failed"];
    assert!(failed.as_str().is_some_and(|reason| reason.contains("ended")), "{failed}");
}

#[test]
fn what_is_superseded_goes_as_what_is_new_comes() {
    let report = run_json(&["bench", "--crawls", "30", "--slots", "4000", "--json"], 0);
    let held = report["held"].as_array().expect("a list");
    let n_crawls: Vec<_> = held.iter().map(|held| held["nCrawls"].as_u64().expect("a number")).collect();
    assert_eq!(n_crawls, [0, 1, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]);
    let (once, half, last) = (&held[1], &held[6], &held[11]);
    assert!(once["nAccepted"].as_u64() > Some(0) && last["nAccepted"].as_u64() > Some(0), "{report}");
    // The log fills up to its measure at first; then all that comes takes the room of what went, but for history.
    let size = |held: &Value| {
        let bytes = |name: &str| held[name].as_u64().expect("a size");
        bytes("databaseBytes") + bytes("logBytes") - bytes("historyBytes")
    };
    assert!(10 * size(last) < 12 * size(half), "{report}");
    assert!(last["historyBytes"].as_u64() > once["historyBytes"].as_u64(), "{report}");
}

#[test]
fn one_thing_is_measured_at_a_time() {
    let output = run(&["bench", "--compare", "--clients", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be used with"));
}
