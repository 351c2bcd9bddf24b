//! The grade that a publisher has in the status, by the same checks.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::clean;
use crate::harness::{crawl_args, data_dir, run, run_json};
use crate::server::{respond, serve};

fn conformance(data_dir: &str) -> Value {
    run_json(&["status", "--json", "--data-dir", data_dir], 0)["publishers"][0]["conformance"].clone()
}

/// Serves a folder as a publisher; the URL of its manifest.
pub(super) fn publish(folder: &Path) -> String {
    let files: PathBuf = folder.to_owned();
    let base = serve(move |asked, stream| {
        let body = fs::read_to_string(files.join(asked.path.trim_start_matches('/'))).unwrap_or_default();
        let body = body.replace("https://clinic.example.org/", &format!("http://{}/", asked.host));
        respond(stream, 200, "", body.as_bytes())
    });
    format!("{base}/$bulk-publish")
}

#[test]
fn a_publishers_grade_follows_what_it_publishes() {
    let folder = clean();
    let (_data_folder, data) = data_dir();
    let manifests = [publish(folder.path())];
    run_json(&crawl_args(&data, &manifests), 0);
    let well = conformance(&data);
    assert_eq!((&well["grade"], &well["findings"]), (&"A".into(), &serde_json::json!([])), "{well}");
    assert_eq!(well["n_checked"], 16);

    let path = folder.path().join("locations.ndjson");
    let text = fs::read_to_string(&path).expect("locations").replace("\"state\":\"NH\"", "\"state\":\"N.H.\"");
    fs::write(&path, text).expect("a file");
    run_json(&crawl_args(&data, &manifests), 0);
    let ill = conformance(&data);
    assert_eq!((&ill["grade"], &ill["n_faulty"]), (&"D".into(), &1.into()), "{ill}");
    let finding = &ill["findings"][0];
    assert_eq!((&finding["requirement"], &finding["severity"]), (&"location-state".into(), &"error".into()));

    let table = String::from_utf8(run(&["status", "--data-dir", &data]).stdout).expect("text");
    let (head, row) = (table.lines().next().unwrap_or_default(), table.lines().nth(1).unwrap_or_default());
    assert!(head.ends_with("grade") && row.ends_with('D'), "{table}");
}
