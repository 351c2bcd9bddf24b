//! How many arenas the allocator may have.
//!
//! glibc gives threads arenas of their own, eight for each processor, and gives back little of what one of them has held:
//! what a crawl needed for a moment in one is needed again in another. With one arena for each processor the first crawl
//! of 1,000,000 slots takes 220 MB at its peak where it took 390 MB, in the same time. The number is read before `main`
//! and can only be told by the environment, so the program begins again with it, once.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The variable that glibc reads (mallopt(3)). Who has set it keeps what is set.
const VARIABLE: &str = "MALLOC_ARENA_MAX";
/// With fewer, threads of a single processor would wait for one another.
const MIN_ARENAS: usize = 2;

/// Begins again with as many arenas as there are processors, where nobody has said how many. Comes back where that is not
/// to be done, or cannot be.
pub(crate) fn bound() {
    if !cfg!(target_env = "gnu") || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let n_processors = std::thread::available_parallelism().map_or(MIN_ARENAS, usize::from);
    let mut arguments = std::env::args_os();
    let name = arguments.next();
    let mut again = Command::new(&program);
    again.arg0(name.as_deref().unwrap_or(OsStr::new("openslots")));
    again.args(arguments).env(VARIABLE, n_processors.max(MIN_ARENAS).to_string());
    // Only a failure comes back from it, and then all goes on as it is.
    let _failure = again.exec();
}
