//! How fast the data set is written as files, and how fast files are checked: by the commands, each in a process of its
//! own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::memory;

/// How often a command's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// One run of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileFigures {
    /// What was done.
    pub(super) name: String,
    pub(super) seconds: f64,
    /// Slots of the data set over seconds.
    pub(super) slots_per_second: f64,
    /// Peak resident memory of the process, as seen every five milliseconds.
    pub(super) peak_memory_bytes: u64,
}

/// Exports a data directory, again without changes, and checks what was written.
pub(super) fn measure(data_dir: &Path, out: &Path, n_slots: u64) -> Result<Vec<FileFigures>> {
    let (data, site, fhir) = (data_dir.as_os_str(), out.as_os_str(), out.join("fhir"));
    let export: Vec<_> = ["export", "--format", "bulk-publish", "--base-url", "https://slots.example.org"]
        .map(Into::into)
        .into_iter()
        .chain(["--data-dir".into(), data.to_owned(), "--out".into(), site.to_owned()])
        .collect();
    let check = vec!["check".into(), "--json".into(), fhir.into_os_string()];
    [("export --format bulk-publish", &export), ("the same, nothing changed", &export), ("check", &check)]
        .into_iter()
        .map(|(name, args)| {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(args);
            let Timed { seconds, peak_memory_bytes } = time(name, &mut command)?;
            Ok(FileFigures {
                name: name.to_owned(),
                seconds,
                slots_per_second: n_slots as f64 / seconds,
                peak_memory_bytes,
            })
        })
        .collect()
}

/// What one run of a command took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed {
    pub(super) seconds: f64,
    /// Peak resident memory of the process, as seen every five milliseconds.
    pub(super) peak_memory_bytes: u64,
}

/// Runs a command to its end, which must be a good one.
pub(super) fn time(name: &str, command: &mut Command) -> Result<Timed> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().with_context(|| format!("{name} cannot be started"))?;
    let process = child.id().to_string();
    let mut peak_memory_bytes = 0;
    let status = loop {
        // One that has ended has no memory to look at.
        peak_memory_bytes = memory::of_process(&process).map_or(0, |seen| seen.peak_bytes).max(peak_memory_bytes);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK_EVERY);
    };
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(Timed { seconds: began.elapsed().as_secs_f64(), peak_memory_bytes })
}
