//! What research costs: bytes of an event, and rows that are read or written a second.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use openslots_model::UnixSeconds;
use openslots_store::{HistorySize, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::files::{Timed, time};

/// The events that a crawl brought.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventFigures {
    /// Which crawl.
    pub(super) name: String,
    pub(super) n_events: u64,
    pub(super) bytes_per_event: f64,
    /// Events over the time of the whole crawl, with all else that it did.
    pub(super) events_per_second: f64,
}

impl EventFigures {
    /// The events that came between two looks, in so many seconds.
    pub(super) fn between(name: &str, before: HistorySize, after: HistorySize, seconds: f64) -> Self {
        let n_events = after.n_events - before.n_events;
        let n_bytes = after.n_bytes - before.n_bytes;
        Self {
            name: name.to_owned(),
            n_events,
            bytes_per_event: n_bytes as f64 / n_events.max(1) as f64,
            events_per_second: n_events as f64 / seconds,
        }
    }
}

/// One export of rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RowFigures {
    /// What was done.
    pub(super) name: String,
    pub(super) n_rows: u64,
    pub(super) seconds: f64,
    pub(super) rows_per_second: f64,
    pub(super) bytes_per_row: f64,
    pub(super) peak_memory_bytes: u64,
}

/// Events that are read from history in a second, one after the other.
pub(super) fn events_read_per_second(store: &Store) -> Result<f64> {
    let snapshot = store.snapshot()?;
    let began = Instant::now();
    let mut n_events = 0u64;
    for run in snapshot.history_runs()? {
        snapshot.for_each_event(&run, |_| n_events += 1)?;
    }
    Ok(n_events as f64 / began.elapsed().as_secs_f64())
}

/// Exports the slots of a data directory in several ways, each by a command of its own, and removes what was written.
pub(super) fn measure_exports(data_dir: &Path, past: UnixSeconds) -> Result<Vec<RowFigures>> {
    let past = past.to_string();
    [
        ("export --format parquet", "slots", vec!["--format", "parquet"]),
        ("export --format csv", "slots", vec!["--format", "csv"]),
        (
            "export --format parquet --as-of the first crawl",
            "past_slots",
            vec!["--format", "parquet", "--as-of", &past],
        ),
    ]
    .into_iter()
    .map(|(name, table, args)| {
        let out = tempfile::tempdir().context("a temporary directory cannot be made")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("export").args(args).arg("--data-dir").arg(data_dir).arg("--out").arg(out.path());
        figures(name, table, &mut command, out.path())
    })
    .collect()
}

fn figures(name: &str, table: &str, command: &mut Command, out: &Path) -> Result<RowFigures> {
    let Timed { seconds, peak_memory_bytes } = time(name, command)?;
    let index: Value = serde_json::from_slice(&fs::read(out.join("index.json")).context("the export has no index")?)?;
    let of_table = |member: &str| {
        let files = index["files"].as_array().into_iter().flatten().filter(|entry| entry["table"] == table);
        files.filter_map(|entry| entry[member].as_u64()).sum::<u64>()
    };
    let (n_rows, n_bytes) = (of_table("rows"), of_table("bytes"));
    Ok(RowFigures {
        name: name.to_owned(),
        n_rows,
        seconds,
        rows_per_second: n_rows as f64 / seconds,
        bytes_per_row: n_bytes as f64 / n_rows.max(1) as f64,
        peak_memory_bytes,
    })
}
