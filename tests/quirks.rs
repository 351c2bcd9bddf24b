//! The oddities of real publishers, one case each in `fixtures/quirks`: what a crawl makes of them, which issues it
//! records, and what the API then answers.
//!
//! All cases are publishers of one server. Each step of theirs is one crawl of all that have it, then one `serve`.
//! Every difference is collected with the name of its case, so that one run shows all.

mod case;
mod check;
mod publishers;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::{Served, data_dir, openslots};
use case::{Case, Step};
use check::Differences;
use publishers::QuirkyPublishers;

/// How many quirks are known.
const N_QUIRKS: usize = 42;

/// How the binary is started: where its data and its configuration are, and what stands in the environment.
struct Place<'a> {
    data: &'a str,
    config: &'a str,
    environment: BTreeMap<String, String>,
}

/// Runs the crawl of a step; its exit code and its report.
fn crawl(place: &Place<'_>, publishers: &QuirkyPublishers, cases: &[&Case]) -> (Option<i32>, Value) {
    let mut command = openslots(&["crawl", "--json", "--force", "--data-dir", place.data, "--config", place.config]);
    command.envs(&place.environment);
    for case in cases {
        match &case.config {
            Some(_) => command.args(["--publisher", &case.name]),
            None => command.args(["--manifest", &publishers.manifest_url(case)]),
        };
    }
    let output = command.output().expect("the binary runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no report: {error}: {stderr}"));
    (output.status.code(), report)
}

/// What the cases want to stand in the environment, and a log without a line for each request.
fn environment(cases: &[Case]) -> BTreeMap<String, String> {
    let wanted = cases.iter().flat_map(|case| case.environment.clone());
    wanted.chain([("OPENSLOTS_LOG".to_owned(), "warn".to_owned())]).collect()
}

/// Writes a configuration that names the publishers of cases which need one; its path.
fn write_config(folder: &std::path::Path, publishers: &QuirkyPublishers, cases: &[Case]) -> String {
    let file = folder.join("openslots.toml");
    // Nothing is crawled but on command.
    std::fs::write(&file, "[crawl]\nschedule = \"0 0 1 1 *\"\n").expect("a file");
    std::fs::create_dir(folder.join("publishers")).expect("a folder");
    for case in cases {
        let Some(config) = &case.config else { continue };
        let mut service = config.clone();
        service["url"] = json!(publishers.manifest_url(case));
        let path = folder.join("publishers").join(format!("{}.json", case.name));
        std::fs::write(path, service.to_string()).expect("a file");
    }
    file.to_str().expect("a path of text").to_owned()
}

/// The exit code that the contract gives to a crawl with these outcomes.
fn expected_exit(steps: &[&Step]) -> i32 {
    let is_failed = |step: &&Step| matches!(step.crawl["outcome"].as_str(), Some("failed" | "partial"));
    if steps.iter().any(is_failed) { 2 } else { 0 }
}

#[test]
fn every_quirk_is_met_as_it_should_be() {
    let cases = case::read_all();
    let publishers = QuirkyPublishers::start(&cases);
    let (folder, data) = data_dir();
    let config = write_config(folder.path(), &publishers, &cases);
    let place = Place { data: &data, config: &config, environment: environment(&cases) };
    let mut differences = Differences::default();
    let n_steps = cases.iter().map(|case| case.steps.len()).max().unwrap_or_default();
    for number in 0..n_steps {
        publishers.set_step(number);
        let these: Vec<&Case> = cases.iter().filter(|case| number < case.steps.len()).collect();
        let steps: Vec<&Step> = these.iter().map(|case| &case.steps[number]).collect();
        let (code, report) = crawl(&place, &publishers, &these);
        check::exit(code, expected_exit(&steps), &mut differences.of(&format!("step {}", number + 1)));
        let args = ["serve", "--data-dir", place.data, "--config", place.config];
        let served = Served::start_with(&args, &place.environment);
        for (case, step) in these.iter().zip(steps) {
            let values = publishers.values_of(case);
            let name = format!("{} step {}", case.name, number + 1);
            let mut differences = differences.of(&name);
            check::crawl(step, &values, &report, &mut differences);
            check::asked(step, &publishers.asked(case), &mut differences);
            check::issues(step, &values, &served.base, &mut differences);
            check::api(step, &values, &served.base, &mut differences);
            check::secrets(case, &values, &report, &served.base, &mut differences);
        }
    }
    differences.report();
}

#[test]
fn every_quirk_has_a_case_that_says_what_it_is() {
    let cases = case::read_all();
    let numbers: BTreeSet<usize> = cases.iter().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=N_QUIRKS).collect(), "each quirk of the table has a case");
    assert_eq!(cases.len(), N_QUIRKS, "and only one");
    for case in &cases {
        let readme = std::fs::read_to_string(case.folder.join("README.md")).unwrap_or_default();
        for part in ["# ", "Odd: ", "Seen: ", "A good crawler: "] {
            assert!(readme.lines().any(|line| line.starts_with(part)), "{}/README.md has no `{part}`", case.name);
        }
        assert!(case.steps.iter().any(|step| !step.api.is_empty()), "{} asks the API nothing", case.name);
        for step in &case.steps {
            let is_exact = step.has_issues && step.crawl.get("files").is_some();
            assert!(is_exact, "{} does not say which files and issues there are", case.name);
        }
    }
}
