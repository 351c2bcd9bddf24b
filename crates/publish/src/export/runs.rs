//! The table of publishers' crawl runs: how fresh each was when.

use std::sync::Arc;

use openslots_model::{HistoryRun, OffsetInstant};

use super::column::{Column, columns};
use super::source::ExportedPublisher;

/// A row of runs.
pub(crate) struct RunRow {
    pub(crate) run: Arc<HistoryRun>,
    pub(crate) publisher: Arc<ExportedPublisher>,
}

/// The columns of runs.
pub(crate) fn run_columns() -> Vec<Column<RunRow>> {
    columns! { RunRow =>
        publisher: Text, always, "openslots", "Short name of the publisher.",
            |row| row.publisher.status.publisher.slug.as_str().into();
        run: Integer, always, "openslots", "Place of the run in history; larger is later.",
            |row| row.run.seq.into();
        crawl_run: Integer, always, "openslots", "Number of the crawl run.",
            |row| row.run.crawl_run.into();
        started_at: Instant, always, "openslots", "When it began.",
            |row| row.run.started_at.into();
        at: Instant, always, "openslots", "When its outcome could be seen.",
            |row| row.run.at.into();
        outcome: Text, always, "openslots",
            "`updated`, `unchanged`, `partial` (not all could be read or removed) or `failed` (the last good data stand).",
            |row| row.run.outcome.as_str().into();
        is_complete: Flag, always, "openslots", "Whether all of the publisher was read without a failure.",
            |row| row.run.outcome.is_success().into();
        transaction_time: Instant, maybe, "manifest transactionTime",
            "The publisher's own claim of how recent its data were, if it is an instant.",
            |row| claim_of(&row.run).into();
        n_slots: Integer, always, "openslots", "Slots held of it afterwards.",
            |row| row.run.n_slots.into();
        n_free_slots: Integer, always, "openslots", "Those that were free.",
            |row| row.run.n_free_slots.into();
    }
}

/// The publisher's claim at the time of a run, if it is an instant.
pub(crate) fn claim_of(run: &HistoryRun) -> Option<openslots_model::UnixSeconds> {
    OffsetInstant::parse_lenient(run.transaction_time.as_deref()?).ok().map(|(claim, _)| claim.instant)
}
