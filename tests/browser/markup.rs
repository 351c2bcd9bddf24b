//! Pages are valid HTML, as the Nu HTML checker judges it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::site::Site;
use crate::harness::client;
use crate::npm::file;

/// What the checker says against the files of a folder.
fn said_of(folder: &std::path::Path) -> Vec<String> {
    let output = Command::new("java")
        .arg("-jar")
        .arg(file("vnu-jar/build/dist/vnu.jar"))
        .args(["--format", "json", "--skip-non-html"])
        .arg(folder)
        .output()
        .expect("java is needed to have HTML judged; install default-jre-headless");
    let said: Value = serde_json::from_slice(&output.stderr)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let messages = said["messages"].as_array().expect("a list");
    messages
        .iter()
        .map(|one| format!("{} {}: {} {}", one["url"], one["lastLine"], one["message"], one["extract"]))
        .collect()
}

#[test]
fn pages_are_valid_html() {
    let site = Site::start();
    let folder = tempfile::tempdir().expect("a folder");
    for (n, path) in site.paths().iter().enumerate() {
        let page = client().get(site.url(path)).send().and_then(|answer| answer.text()).expect("a page");
        let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        fs::write(folder.path().join(format!("{n}{name}.html")), page).expect("a written file");
    }
    let said = said_of(folder.path());
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn the_checker_finds_what_is_planted() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = "<!DOCTYPE html><html lang=\"en\"><title>A page</title><p><div></div></p></html>";
    fs::write(folder.path().join("page.html"), page).expect("a written file");
    let said = said_of(folder.path()).join("\n");
    assert!(said.contains("page.html") && said.contains("No \u{201c}p\u{201d} element in scope"), "{said}");
}
