//! Exports for research, of what the store holds: by the command, and day by day beside `serve`.

mod source;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use openslots_model::{LocalDate, UnixSeconds};
use openslots_publish::daily_exports::{DailyExports, DailyRetention};
use openslots_publish::export::Format;
use openslots_store::Store;
use tokio_util::sync::CancellationToken;

use crate::background::SHARE_OF_TIME;

pub(crate) use source::SnapshotSource;

/// The daily exports that a service keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportSettings {
    /// Whether it keeps any.
    pub(crate) is_enabled: bool,
    /// In which formats.
    pub(crate) formats: Vec<Format>,
    /// And how many.
    pub(crate) retention: DailyRetention,
}

impl Default for ExportSettings {
    /// None: they take room on the disk, and few need them. Else Parquet, which is smallest, of thirty days.
    fn default() -> Self {
        let retention = DailyRetention { keep_days: 30, max_bytes: 4 << 30 };
        Self { is_enabled: false, formats: vec![Format::Parquet], retention }
    }
}

/// A day is over so long after midnight: a run that began on it may still be committed.
const SETTLING_SECONDS: i64 = 15 * 60;
/// How often it is looked whether a day is over.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// After a failure it is tried again so late: the disk may be full.
const AFTER_FAILURE: Duration = Duration::from_secs(15 * 60);

/// Opens the daily exports of a data directory.
pub(crate) fn open(directory: &Path, settings: &ExportSettings) -> Result<DailyExports> {
    DailyExports::open(directory, settings.formats.clone(), settings.retention)
        .with_context(|| format!("daily exports in {} cannot be opened", directory.display()))
}

/// Writes each day that is over, and those before it as far as history tells them, until cancelled.
pub(crate) async fn run(store: Store, exports: Arc<DailyExports>, stop: CancellationToken) {
    loop {
        let (store, exports) = (store.clone(), Arc::clone(&exports));
        let began = Instant::now();
        let written = tokio::task::spawn_blocking(move || write_next(&store, &exports, UnixSeconds::now())).await;
        let wait = match written {
            Ok(Ok(Some(_))) => began.elapsed() * SHARE_OF_TIME,
            Ok(Ok(None)) => LOOK_EVERY,
            Ok(Err(error)) => {
                tracing::error!(error = format!("{error:#}"), "a daily export could not be written");
                AFTER_FAILURE
            }
            Err(error) => {
                tracing::error!(%error, "writing a daily export panicked");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Writes the newest day that is missing, if there is one, after what is too old or too much has gone.
pub(crate) fn write_next(store: &Store, exports: &DailyExports, now: UnixSeconds) -> Result<Option<LocalDate>> {
    let LocalDate(today) = LocalDate::of_local_seconds(now.0.saturating_sub(SETTLING_SECONDS));
    let last = LocalDate(today - 1);
    exports.trim(last)?;
    let Some(first) = first_day(store)? else { return Ok(None) };
    let Some(date) = exports.next_day(first, last) else { return Ok(None) };
    store.count_events()?;
    let began = Instant::now();
    let n_slots = exports.write(&SnapshotSource::open(store)?, date)?;
    exports.trim(last)?;
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%date, n_slots, duration_ms, "daily export written");
    Ok(Some(date))
}

/// The first day of which history tells all; `None`: it tells nothing.
fn first_day(store: &Store) -> Result<Option<LocalDate>> {
    let snapshot = store.snapshot()?;
    if let Some(horizon) = snapshot.history_horizon()? {
        let LocalDate(cut) = LocalDate::of_local_seconds(horizon.0);
        return Ok(Some(LocalDate(cut + 1)));
    }
    Ok(snapshot.history_begin()?.map(|at| LocalDate::of_local_seconds(at.0)))
}
