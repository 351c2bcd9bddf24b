//! Programs in Python that others wrote to ask services like this one: in a virtual environment of their own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::harness::{binary, root};

const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// The interpreter of an environment with all that `python/requirements.txt` names, made once for each state of that
/// file, below the build directory.
pub(crate) fn interpreter() -> &'static Path {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(|| {
        let build = binary().parent().and_then(Path::parent).expect("a build directory");
        let hash = REQUIREMENTS
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let environment = build.join(format!("python-{hash:016x}"));
        let interpreter = environment.join("bin/python");
        let whole = environment.join("whole");
        // Tests that run side by side wait for the first of them; one that was stopped leaves no half environment that
        // the next takes for a whole one.
        let lock = File::create(build.join("python.lock")).expect("a lock file");
        lock.lock().expect("a lock");
        if !whole.is_file() {
            make(&environment, &interpreter);
            fs::write(&whole, "").expect("a written file");
        }
        interpreter
    })
}

fn make(environment: &Path, interpreter: &Path) {
    fs::remove_dir_all(environment).ok();
    let made = Command::new("python3").args(["-m", "venv"]).arg(environment).output();
    let made = made.expect("python3 is needed for the tests with public clients; install python3 and python3-venv");
    assert!(made.status.success(), "no virtual environment; install python3-venv: {}", told(&made));
    let requirements = root().join("tests/python/requirements.txt");
    let installed = Command::new(interpreter)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        .output()
        .expect("pip runs");
    assert!(installed.status.success(), "packages cannot be installed: {}", told(&installed));
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a script of `tests/python`, which must end well; what it printed.
pub(crate) fn run_script(name: &str, args: &[&str]) -> String {
    let script = root().join("tests/python").join(name);
    let output = Command::new(interpreter()).arg(script).args(args).output().expect("python runs");
    assert!(output.status.success(), "{name}: {}", told(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
