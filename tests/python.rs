//! Runs Python programs of others against the service, in a virtual environment made once.
//!
//! The environment lies below Cargo's target directory, named by the interpreter and by `python/requirements.txt`, so
//! that a change of either makes a new one.

use std::fs::{File, create_dir_all, remove_dir_all, rename};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::root;

const WHAT_TO_INSTALL: &str = "these tests need Python 3.10 or later with venv and pip (Debian: apt-get install python3 python3-venv python3-pip)";

/// What a script wrote.
pub(crate) struct Written {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `tests/python/{script}` with arguments; a script that fails fails the test with all that it wrote.
pub(crate) fn run_script(script: &str, args: &[&str]) -> Written {
    let path = root().join("tests").join("python").join(script);
    assert!(path.is_file(), "there is no script {}", path.display());
    let mut command = Command::new(interpreter());
    command.arg(&path).args(args);
    // A proxy would stand between the script and a service on loopback, and scripts leave nothing in the checkout.
    command.env("NO_PROXY", "127.0.0.1,localhost").env("PYTHONDONTWRITEBYTECODE", "1");
    run(&mut command, &format!("{script} {args:?}"))
}

/// The interpreter of the environment, which is made if it is not there.
fn interpreter() -> &'static Path {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(|| environment().join("bin").join("python"))
}

fn environment() -> PathBuf {
    let requirements = root().join("tests").join("python").join("requirements.txt");
    let version = run(Command::new("python3").arg("--version"), "python3 --version").stdout;
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    std::fs::read_to_string(&requirements).expect("tests/python/requirements.txt").hash(&mut hasher);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    create_dir_all(folder).expect("a folder below the target directory");
    let name = format!("python-{:016x}", hasher.finish());
    let ready = folder.join(&name);

    // One test process makes it, others wait; the lock goes with the file handle.
    let lock = File::create(folder.join(format!("{name}.lock"))).expect("a lock file");
    lock.lock().expect("a lock");
    if ready.is_dir() {
        return ready;
    }
    // Made under another name: what has the right name is whole.
    let half = folder.join(format!("{name}.half"));
    match remove_dir_all(&half) {
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("cannot remove {}: {error}", half.display()),
        _ => {}
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&half), "python3 -m venv");
    let mut install = Command::new(half.join("bin").join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
    run(&mut install, "pip install");
    rename(&half, &ready).expect("the environment gets its name");
    ready
}

fn run(command: &mut Command, what: &str) -> Written {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => panic!("{what}: not found: {WHAT_TO_INSTALL}"),
        Err(error) => panic!("{what}: {error}"),
    };
    let written = Written {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let needs = if written.stderr.contains("No module named") || written.stdout.contains("ensurepip") {
        WHAT_TO_INSTALL
    } else {
        ""
    };
    assert!(output.status.success(), "{what}: {}\n{}{}\n{needs}", output.status, written.stdout, written.stderr);
    written
}
