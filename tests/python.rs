//! Programs in Python that others wrote to ask services like this one: in a virtual environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::root;
use crate::kept::{kept_folder, told};

const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// The interpreter of an environment with all that `python/requirements.txt` names.
pub(crate) fn interpreter() -> &'static Path {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(|| kept_folder("python", REQUIREMENTS, make).join("bin/python"))
}

fn make(environment: &Path) {
    let made = Command::new("python3").args(["-m", "venv"]).arg(environment).output();
    let made = made.expect("python3 is needed for the tests with public clients; install python3 and python3-venv");
    assert!(made.status.success(), "no virtual environment; install python3-venv: {}", told(&made));
    let requirements = root().join("tests/python/requirements.txt");
    let installed = Command::new(environment.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        .output()
        .expect("pip runs");
    assert!(installed.status.success(), "packages cannot be installed: {}", told(&installed));
}

/// Runs a script of `tests/python`, which must end well; what it printed.
pub(crate) fn run_script(name: &str, args: &[&str]) -> String {
    let script = root().join("tests/python").join(name);
    let output = Command::new(interpreter()).arg(script).args(args).output().expect("python runs");
    assert!(output.status.success(), "{name}: {}", told(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
