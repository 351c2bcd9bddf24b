//! What the same checks leave behind a crawl: issues with file and line, and a grade in the API and on the pages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::clean;
use super::graded::publish;
use crate::harness::{Served, client, crawl_args, data_dir, run_json};

/// Writes something else into a file of the publisher.
fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a file of the clean publisher");
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

/// Serves a data directory; nothing is crawled but on command.
fn serve(data_dir: &str) -> Served {
    let never = BTreeMap::from([("OPENSLOTS_CRAWL__SCHEDULE".to_owned(), "0 0 1 1 *".to_owned())]);
    Served::start_with(&["serve", "--data-dir", data_dir], &never)
}

/// The slug of the only publisher.
fn slug(served: &Served) -> String {
    served.get("/v1/scheduling/publishers")["publishers"][0]["slug"].as_str().expect("a slug").to_owned()
}

/// File, line, code and detail of each issue.
fn issues(served: &Served) -> Vec<(String, u64, String, String)> {
    let answer = served.get(&format!("/v1/scheduling/publishers/{}/issues?limit=100", slug(served)));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let issue = |issue: &Value| {
        let file = text(&issue["file"]).rsplit('/').next().expect("a name").replace("%24", "$");
        (file, issue["line"].as_u64().unwrap_or(0), text(&issue["code"]), text(&issue["detail"]))
    };
    answer["issues"].as_array().expect("issues").iter().map(issue).collect()
}

/// The names of the requirements, with file and line.
fn requirements(served: &Served) -> Vec<(String, u64, String)> {
    let named = issues(served).into_iter().map(|(file, line, code, detail)| {
        assert_eq!(code, "non-conformant", "{detail}");
        (file, line, detail.split('`').nth(1).expect("a requirement").to_owned())
    });
    named.collect()
}

fn page(served: &Served, path: &str) -> String {
    client().get(format!("{}{path}", served.base)).send().and_then(|answer| answer.text()).expect("a page")
}

#[test]
fn a_clean_publisher_has_no_issues_and_the_best_grade() {
    let folder = clean();
    let (_data_folder, data) = data_dir();
    run_json(&crawl_args(&data, &[publish(folder.path())]), 0);
    let served = serve(&data);
    assert_eq!(issues(&served), []);
    let list = served.get("/v1/scheduling/publishers");
    let want = json!({
        "grade": "A", "linesChecked": 16, "linesWithErrors": 0, "linesRejected": 0, "errors": 0, "warnings": 0,
        "findings": [],
    });
    assert_eq!(list["publishers"][0]["conformance"], want);
}

#[test]
fn what_a_publisher_breaks_is_told_with_file_and_line_and_stands_while_its_files_do() {
    let folder = clean();
    let at = folder.path();
    replace(at, "locations.ndjson", "\"state\":\"NH\"", "\"state\":\"N.H.\"");
    replace(at, "$bulk-publish", "\"request\": \"https:", "\"request\": \"https");
    // Refused, and told as that alone.
    replace(at, "slots.ndjson", "\"status\":\"busy\"", "\"status\":\"taken\"");
    let (_data_folder, data) = data_dir();
    let manifests = [publish(at)];
    run_json(&crawl_args(&data, &manifests), 0);
    let served = serve(&data);
    let line = fs::read_to_string(at.join("locations.ndjson")).expect("locations");
    let line = line.lines().position(|line| line.contains("N.H.")).expect("a line") as u64 + 1;
    let (refused, noted): (Vec<_>, Vec<_>) = issues(&served).into_iter().partition(|issue| issue.2 != "non-conformant");
    assert_eq!(refused.iter().map(|issue| (&*issue.0, issue.1)).collect::<Vec<_>>(), [("slots.ndjson", 2)]);
    let places: Vec<_> = noted.iter().map(|(file, line, _, _)| (file.as_str(), *line)).collect();
    assert_eq!(places, [("$bulk-publish", 3), ("locations.ndjson", line)], "{noted:?}");
    assert!(noted[0].3.starts_with("`manifest-request`: request: "), "{noted:?}");
    assert!(
        noted[1].3.starts_with("`location-state`: Location.address.state: `N.H.` is no state. Write "),
        "{noted:?}"
    );

    let slug = slug(&served);
    let conformance = served.get(&format!("/v1/scheduling/publishers/{slug}"))["conformance"].clone();
    let finding = json!({
        "requirement": "location-state", "severity": "error", "count": 1,
        "remedy": "Write the state as its two capital letters.",
    });
    assert_eq!(conformance["findings"], json!([finding]));
    assert_eq!((&conformance["grade"], &conformance["linesRejected"]), (&"F".into(), &1.into()), "{conformance}");
    assert!(page(&served, "/publishers").contains(&format!("<a href=\"/publishers/{slug}#conformance\">F</a>")));
    let text = page(&served, &format!("/publishers/{slug}"));
    for told in ["<code>location-state</code>", "Write the state as its two capital letters.", "non-conformant: 2"] {
        assert!(text.contains(told), "{told}: {text}");
    }

    // Read again, the file is as before; then another line of it changes.
    replace(at, "slots.ndjson", "\"status\":\"taken\"", "\"status\":\"busy\"");
    replace(at, "$bulk-publish", "\"request\": \"https", "\"request\": \"https:");
    run_json(&crawl_args(&data, &manifests), 0);
    let want = [("locations.ndjson".to_owned(), line, "location-state".to_owned())];
    assert_eq!(requirements(&served), want);
    replace(at, "locations.ndjson", "\"name\":\"Main Street Clinic\"", "\"name\":\"Main Street Health\"");
    run_json(&crawl_args(&data, &manifests), 0);
    assert_eq!(requirements(&served), want);
    replace(at, "locations.ndjson", "\"state\":\"N.H.\"", "\"state\":\"NH\"");
    run_json(&crawl_args(&data, &manifests), 0);
    assert_eq!(requirements(&served), []);
    // The status and the API share their judgements.
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    assert_eq!(status["publishers"][0]["conformance"]["grade"], "A", "{status}");
    assert_eq!(served.get("/v1/scheduling/publishers")["publishers"][0]["conformance"]["grade"], "A");
}
