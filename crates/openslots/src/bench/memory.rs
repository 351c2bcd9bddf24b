//! Memory of a process, as Linux accounts for it.

use anyhow::{Context, Result};

/// Resident memory of a process in bytes: at its peak since [`reset_peak`], and now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) peak_bytes: u64,
    pub(crate) now_bytes: u64,
}

/// Reads the memory of a process (`self` for this one).
pub(crate) fn of_process(process: &str) -> Result<Memory> {
    let path = format!("/proc/{process}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let field = |name: &str| -> Result<u64> {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("{path} has no {name}"))?;
        let kib: u64 = line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1_024)
    };
    Ok(Memory { peak_bytes: field("VmHWM")?, now_bytes: field("VmRSS")? })
}

/// Forgets this process's peak, so that the next reading is of what follows.
pub(crate) fn reset_peak() -> Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("the memory peak cannot be reset")
}
