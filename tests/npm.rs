//! Packages of npm that tests need, in the versions of `npm/package.json`.
//!
//! axe-core judges accessibility, vnu-jar is the Nu HTML checker, us-atlas has the lines that the finder's map draws.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kept::{kept_folder, told};

const PACKAGES: &str = include_str!("npm/package.json");

/// A file of a package.
pub(crate) fn file(path: &str) -> PathBuf {
    kept_folder("npm", PACKAGES, make).join("node_modules").join(path)
}

fn make(folder: &Path) {
    std::fs::write(folder.join("package.json"), PACKAGES).expect("a written file");
    let installed = Command::new("npm")
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"])
        .current_dir(folder)
        .output()
        .expect("npm is needed for the tests of pages; install nodejs and npm");
    assert!(installed.status.success(), "packages cannot be installed: {}", told(&installed));
}
