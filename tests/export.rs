//! The data set as static files: any web server gives it out, and another aggregator lives from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::harness::{Publishers, crawl_args, data_dir, run, run_json};
use crate::server::{respond, serve};

/// A web server that knows nothing but files.
fn file_server(directory: Arc<PathBuf>) -> String {
    serve(move |asked, stream| {
        let path = asked.path.split('?').next().unwrap_or_default().trim_start_matches('/');
        match fs::read(directory.join(path)) {
            Ok(body) => respond(stream, 200, "", &body),
            Err(_) => respond(stream, 404, "", b""),
        }
    })
}

fn export(data_dir: &str, out: &Path, base_url: &str) {
    let out = out.to_str().expect("a path of text");
    let args = ["export", "--format", "bulk-publish", "--data-dir", data_dir, "--out", out, "--base-url", base_url];
    let output = run(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Ids of all resources that files under a directory hold, by the newest of each.
fn sources(files: &Path, root: &Value) -> BTreeSet<String> {
    let outputs = root["output"].as_array().expect("outputs").iter();
    let texts = outputs.map(|output| {
        let name = output["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a URL");
        fs::read_to_string(files.join(name)).expect("a file")
    });
    let sources = texts.flat_map(|text| {
        let source = |line: &str| {
            let resource: Value = serde_json::from_str(line).expect("JSON");
            resource["meta"]["source"].as_str().expect("a source").to_owned()
        };
        text.lines().map(source).collect::<Vec<_>>()
    });
    sources.collect()
}

fn root_of(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("fhir/$bulk-publish")).expect("the root")).expect("JSON")
}

#[test]
fn another_aggregator_lives_from_the_files_and_follows_their_chain() {
    let mut publishers = Publishers::start(2, &["--locations", "5", "--days", "4", "--slots", "800", "--seed", "3"]);
    let (_first_folder, first) = data_dir();
    let (_second_folder, second) = data_dir();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = Arc::new(folder.path().join("site"));
    let base_url = file_server(Arc::clone(&out));
    let manifests = [format!("{base_url}/fhir/$bulk-publish")];

    run_json(&crawl_args(&first, &publishers.manifests), 0);
    export(&first, &out, &base_url);
    let report = run_json(&crawl_args(&second, &manifests), 0);
    assert_eq!(report["publishers"][0]["outcome"], "updated", "{report}");
    let report = run_json(&["check", "--json", out.join("fhir").to_str().expect("text")], 0);
    assert_eq!(report["nErrors"], 0);
    let before = root_of(&out);

    publishers.steer("generation 1");
    run_json(&crawl_args(&first, &publishers.manifests), 0);
    export(&first, &out, &base_url);
    assert_ne!(root_of(&out)["transactionTime"], Value::Null);
    assert_ne!(root_of(&out)["link"], before["link"], "there is a new generation");
    let after = before["link"][0]["url"].as_str().expect("a link").trim_start_matches(&base_url).to_owned();
    let page: Value =
        serde_json::from_slice(&fs::read(out.join(after.trim_start_matches('/'))).expect("the page")).expect("JSON");
    assert!(page["link"][0]["url"].as_str().is_some_and(|url| url.contains("/changes/")), "{page}");
    // The chain is followed: nothing is asked of the files of the root.
    let report = run_json(&crawl_args(&second, &manifests), 0);
    let run = &report["publishers"][0];
    assert_eq!(run["outcome"], "updated", "{report}");

    // What the second gives out again comes from the same sources as what the first does.
    let again = folder.path().join("again");
    export(&second, &again, "https://again.example.org");
    let files = "fhir/bulk-publish/files";
    let (of_first, of_second) =
        (sources(&out.join(files), &root_of(&out)), sources(&again.join(files), &root_of(&again)));
    assert!(of_first.len() > 300, "{}", of_first.len());
    assert_eq!(of_first, of_second);

    // What did not change is not written again.
    let names = |out: &Path| {
        let entries = fs::read_dir(out.join(files)).expect("files").flatten();
        entries.map(|entry| entry.file_name()).collect::<BTreeSet<_>>()
    };
    let before = names(&out);
    export(&first, &out, &base_url);
    assert_eq!(names(&out), before);
    assert!(before.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn an_export_says_what_it_lacks() {
    let (folder, data) = data_dir();
    let out = folder.path().join("site");
    let out = out.to_str().expect("text");
    for (extra, want) in [(vec![], "--base-url"), (vec!["--base-url", "https://slots.example.org"], "holds no data")] {
        let args = ["export", "--format", "bulk-publish", "--data-dir", &data, "--out", out];
        let output = run(&[&args[..], &extra].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(want), "{want}");
    }
    assert!(!Path::new(out).exists(), "nothing is written");
}
