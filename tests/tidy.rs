//! The rules of the house: who may depend on whom, how long files are, what they begin with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::harness::root;

/// Which crates a crate may depend on; every edge points down the order of `crates/ARCHITECTURE.md`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("fhir", &["model"]),
    ("directory", &["fhir", "model"]),
    ("simulate", &["directory", "model"]),
    ("crawl", &["fhir", "model"]),
    ("statistics", &["directory", "model"]),
    ("store", &["directory", "fhir", "model", "statistics"]),
    ("search", &["directory", "fhir", "model"]),
    ("care", &["directory", "fhir", "model"]),
    ("publish", &["directory", "fhir", "model", "store"]),
    ("api", &["care", "directory", "fhir", "model", "publish", "search", "statistics", "store"]),
    ("web", &["api", "directory", "model", "statistics"]),
    (
        "openslots",
        &[
            "api",
            "care",
            "crawl",
            "directory",
            "fhir",
            "model",
            "publish",
            "search",
            "simulate",
            "statistics",
            "store",
            "web",
        ],
    ),
];

/// What a crate must never know of, by the packages that know it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("model", &["serde_json", "rusqlite", "tokio", "axum", "reqwest", "tantivy"]),
    ("fhir", &["rusqlite", "tokio", "axum", "reqwest", "tantivy"]),
    ("directory", &["rusqlite", "tokio", "axum", "reqwest", "tantivy"]),
    ("statistics", &["serde_json", "rusqlite", "tokio", "axum", "reqwest", "tantivy"]),
    ("crawl", &["rusqlite", "axum", "tantivy"]),
    ("store", &["tokio", "axum", "reqwest", "tantivy"]),
    ("search", &["rusqlite", "tokio", "axum", "reqwest"]),
    ("publish", &["axum", "reqwest", "tantivy"]),
    ("care", &["axum", "reqwest", "tantivy"]),
    ("api", &["rusqlite", "reqwest", "tantivy"]),
    ("web", &["rusqlite", "reqwest", "tantivy"]),
];

/// No source file is longer.
const MAX_LINES: usize = 500;

fn manifest(path: &Path) -> toml::Table {
    std::fs::read_to_string(path.join("Cargo.toml")).expect("a manifest").parse().expect("TOML")
}

fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for section in ["dependencies", "build-dependencies"] {
        if let Some(toml::Value::Table(table)) = manifest.get(section) {
            names.extend(table.keys().cloned());
        }
    }
    names
}

fn crate_names() -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(root().join("crates"))
        .expect("crates")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn dependencies_point_down() {
    let known: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    for name in crate_names() {
        assert!(known.contains(&name.as_str()), "crate {name} has no place in the order; give it one in tests/tidy.rs");
        let manifest = manifest(&root().join("crates").join(&name));
        let (_, allowed) = ALLOWED.iter().find(|(known, _)| *known == name).expect("known");
        for dependency in dependencies(&manifest) {
            if let Some(below) = dependency.strip_prefix("openslots-") {
                assert!(allowed.contains(&below), "{name} must not depend on {below}");
            }
            let (_, forbidden) = FORBIDDEN.iter().find(|(of, _)| *of == name).unwrap_or(&("", &[]));
            assert!(!forbidden.contains(&dependency.as_str()), "{name} must not know of {dependency}");
        }
    }
}

#[test]
fn the_order_itself_has_no_way_up() {
    for (place, (name, allowed)) in ALLOWED.iter().enumerate() {
        for below in *allowed {
            let at = ALLOWED.iter().position(|(known, _)| known == below).expect("a known crate");
            assert!(at < place, "{name} -> {below} points up");
        }
    }
    // Neither knows the other: the binary carries changes between them.
    for (a, b) in [("store", "search"), ("search", "store"), ("crawl", "store"), ("store", "crawl")] {
        let (_, allowed) = ALLOWED.iter().find(|(name, _)| *name == a).expect("a known crate");
        assert!(!allowed.contains(&b), "{a} must not know {b}");
    }
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    rust_files(&root().join("tests"), &mut files);
    assert!(files.len() > 50, "the source files are not where they were");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("text");
        let n_lines = text.lines().count();
        assert!(n_lines <= MAX_LINES, "{} has {n_lines} lines; split it along its seams", file.display());
        assert!(text.starts_with("//!"), "{} does not begin with what it is (`//!`)", file.display());
    }
}

#[test]
fn the_top_level_stays_as_drawn() {
    let drawn = ["Cargo.toml", "Cargo.lock", "crates", "config", "fixtures", "tests", "README.md", "target"];
    for entry in std::fs::read_dir(root()).expect("the root") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let known = name.starts_with('.') || name.starts_with("LICENSE-") || drawn.contains(&name.as_str());
        assert!(known, "{name} has no place at the top level");
    }
}
