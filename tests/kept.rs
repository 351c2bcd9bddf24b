//! Folders of programs that others wrote: made once for each state of what they are made of, and kept below the build
//! directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::harness::binary;

/// The build directory.
pub(crate) fn build_directory() -> &'static Path {
    binary().parent().and_then(Path::parent).expect("a build directory")
}

/// The folder of a kind that is made from `requirements`; `make` fills an empty one, or fails the test.
pub(crate) fn kept_folder(kind: &str, requirements: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let build = build_directory();
    let hash = requirements
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let folder = build.join(format!("{kind}-{hash:016x}"));
    let whole = folder.join("whole");
    // Tests that run side by side wait for the first of them; one that was stopped leaves no half folder that the next
    // takes for a whole one.
    let lock = File::create(build.join(format!("{kind}.lock"))).expect("a lock file");
    lock.lock().expect("a lock");
    if !whole.is_file() {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("a folder");
        make(&folder);
        fs::write(&whole, "").expect("a written file");
    }
    folder
}

/// What a command printed, to be told where it failed.
pub(crate) fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
