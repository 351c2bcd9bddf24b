//! `check` finds what is wrong where it is, and nothing else.

mod answers;
mod crawled;
mod defects;
mod graded;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use self::defects::{DEFECTS, Defect, IN_THE_MANIFEST};
use crate::harness::{root, run, run_json};

/// The clean publisher, as of now.
fn clean() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let now = jiff_now();
    for entry in fs::read_dir(root().join("fixtures/check")).expect("the fixture").flatten() {
        if entry.file_name() != "README.md" {
            let text = fs::read_to_string(entry.path()).expect("text").replace("@NOW@", &now);
            fs::write(folder.path().join(entry.file_name()), text).expect("a file");
        }
    }
    folder
}

/// The present, as a publisher writes it.
fn jiff_now() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Second).expect("an instant").to_string()
}

fn check(folder: &Path, code: i32) -> Value {
    run_json(&["check", "--json", folder.to_str().expect("a path of text")], code)
}

/// Requirement, severity, file and line of all places that a report tells.
fn places(report: &Value) -> Vec<(String, String, String, u64)> {
    let breaches = report["findings"].as_array().expect("findings").iter();
    let places = breaches.flat_map(|breach| {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (requirement, severity) = (text(&breach["requirement"]), text(&breach["severity"]));
        let samples = breach["samples"].as_array().expect("samples").iter();
        samples.map(move |sample| {
            let file = text(&sample["file"]);
            let file = file.rsplit_once('/').filter(|_| !file.starts_with("http")).map_or(&*file, |(_, name)| name);
            (requirement.clone(), severity.clone(), file.to_owned(), sample["line"].as_u64().expect("a line"))
        })
    });
    places.collect()
}

#[test]
fn nothing_is_found_in_a_publisher_without_fault() {
    let folder = clean();
    let report = check(folder.path(), 0);
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!((&report["grade"], &report["conformant"]), (&"A".into(), &true.into()));
    let n_lines: u64 =
        report["files"].as_array().expect("files").iter().filter_map(|file| file["nLines"].as_u64()).sum();
    assert_eq!(n_lines, 17);
}

/// Plants a defect.
fn plant(folder: &Path, defect: &Defect) {
    let is_elsewhere = IN_THE_MANIFEST.contains(&defect.requirement);
    let file = if is_elsewhere { "$bulk-publish" } else { defect.file };
    let path = folder.join(file);
    let text = fs::read(&path).expect("a file of the clean publisher");
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    // What concerns the file as a whole is planted wherever it fits.
    let may_be_on = |line: usize| defect.line == 0 || is_elsewhere || line as u64 + 1 == defect.line;
    let found = lines.iter().enumerate().find_map(|(line, bytes)| {
        let at = bytes.windows(defect.from.len()).position(|window| window == defect.from)?;
        may_be_on(line).then_some((line, at))
    });
    let (line, at) = found.unwrap_or_else(|| panic!("{} {}:{}", defect.requirement, defect.file, defect.line));
    let before: usize = lines[..line].iter().map(|line| line.len()).sum::<usize>() + at;
    let planted = [&text[..before], defect.to, &text[before + defect.from.len()..]].concat();
    fs::write(path, planted).expect("a file");
}

#[test]
fn each_planted_defect_is_named_with_its_file_and_line() {
    assert!(DEFECTS.len() >= 60);
    let mut missed = Vec::new();
    for (n, defect) in DEFECTS.iter().enumerate() {
        let folder = clean();
        plant(folder.path(), defect);
        let output = run(&["check", "--json", folder.path().to_str().expect("a path of text")]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = places(&report);
        let is_found = found.iter().any(|(requirement, _, file, line)| {
            (requirement.as_str(), file.as_str(), *line) == (defect.requirement, defect.file, defect.line)
        });
        if !is_found {
            missed.push(format!("{n} {} {}:{}: {found:?}", defect.requirement, defect.file, defect.line));
        }
        let has_errors = found.iter().any(|(_, severity, ..)| severity == "error");
        assert_eq!(output.status.code(), Some(if has_errors { 2 } else { 0 }), "{n} {}", defect.requirement);
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_requirement_on_files_has_a_defect_that_breaks_it() {
    let planted: BTreeSet<&str> = DEFECTS.iter().map(|defect| defect.requirement).collect();
    let source = fs::read_to_string(root().join("crates/fhir/src/conformance/requirement.rs")).expect("the table");
    let (_, table) = source.rsplit_once("requirements! {").expect("the table");
    let named = table.lines().filter_map(|line| line.split_once(" = \"")?.1.split('"').next());
    let by_answers = answers::REQUIREMENTS.iter().chain(&["line-length", "file-empty"]);
    let tested: BTreeSet<&str> = planted.iter().chain(by_answers).copied().collect();
    let untested: Vec<_> = named.filter(|name| !tested.contains(name)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn faults_after_the_first_are_found_too_and_memory_does_not_hold_them() {
    let folder = clean();
    let path = folder.path().join("slots.ndjson");
    let bad = fs::read_to_string(&path).expect("slots").lines().nth(1).expect("a slot").replace("Schedule/sch-1", "x");
    let lines: String = (0..3_000).map(|n| bad.replace("slot-2", &format!("s{n}")) + "\n").collect();
    fs::write(&path, lines).expect("a file");
    let report = check(folder.path(), 2);
    let breach = &report["findings"].as_array().expect("findings")[0];
    assert_eq!((&breach["requirement"], &breach["count"]), (&"reference-form".into(), &3_000.into()));
    assert_eq!(breach["samples"].as_array().expect("samples").len(), 25);
}

#[test]
fn long_lines_and_empty_files_are_told() {
    let folder = clean();
    fs::write(folder.path().join("devices.ndjson"), "").expect("a file");
    let long = format!("{{\"resourceType\":\"Organization\",\"id\":\"org-1\",\"name\":\"{}\"}}\n", "x".repeat(1 << 20));
    fs::write(folder.path().join("organizations.ndjson"), long).expect("a file");
    let found = places(&check(folder.path(), 2));
    for (requirement, file, line) in [("line-length", "organizations.ndjson", 1), ("file-empty", "devices.ndjson", 0)] {
        assert!(found.iter().any(|(found, _, at, of)| (found.as_str(), at.as_str(), *of) == (requirement, file, line)));
    }
}

#[test]
fn the_report_is_also_a_page_of_its_own_and_a_text() {
    let folder = clean();
    let name = "<script>alert(1)</script>";
    let path = folder.path().join("locations.ndjson");
    let text = fs::read_to_string(&path)
        .expect("locations")
        .replace("\"status\":\"active\"", &format!("\"status\":\"{name}\""));
    fs::write(&path, text).expect("a file");
    let page = folder.path().join("report.html");
    let (target, html) = (folder.path().to_str().expect("text"), page.to_str().expect("text"));
    let output = run(&["check", target, "--html", html]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("locations.ndjson:1: Location.status") && text.contains("not conformant, grade"), "{text}");
    let page = fs::read_to_string(page).expect("the page");
    assert!(page.contains("&lt;script&gt;") && !page.contains(name), "what is published is escaped");
    for elsewhere in ["src=", "href=", "@import", "url("] {
        assert!(!page.contains(elsewhere), "the page needs nothing else: {elsewhere}");
    }
}

#[test]
fn no_more_lines_are_looked_at_than_asked_for() {
    let folder = clean();
    let target = folder.path().to_str().expect("text");
    let report = run_json(&["check", target, "--json", "--max-lines", "1"], 0);
    let files = report["files"].as_array().expect("files");
    assert!(files.iter().any(|file| file["cut"] == true) && files.iter().any(|file| file["cut"] == false));
}

#[test]
fn what_is_no_publisher_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for target in [folder.path().to_str().expect("text"), "no/such/folder", "ftp://clinic.example.org/"] {
        let output = run(&["check", target]);
        assert_eq!(output.status.code(), Some(1), "{target}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(target), "{target}");
    }
}
