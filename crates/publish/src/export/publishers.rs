//! The table of publishers.

use std::sync::Arc;

use openslots_model::{CrawlOutcome, OffsetInstant, PublisherStatus, UnixSeconds};

use super::column::{Column, columns};
use super::source::ExportedPublisher;

/// A row of publishers.
pub(crate) struct PublisherRow {
    pub(crate) publisher: Arc<ExportedPublisher>,
    pub(crate) as_of: UnixSeconds,
}

/// The publisher's claim of how recent its data are, if it is an instant.
pub(crate) fn claim_of(status: &PublisherStatus) -> Option<UnixSeconds> {
    OffsetInstant::parse_lenient(status.transaction_time.as_deref()?).ok().map(|(claim, _)| claim.instant)
}

/// The columns of publishers.
pub(crate) fn publisher_columns() -> Vec<Column<PublisherRow>> {
    columns! { PublisherRow =>
        publisher: Text, always, "openslots", "Short name of the publisher.",
            |row| row.publisher.status.publisher.slug.as_str().into();
        publisher_name: Text, always, "openslots", "What people call it.",
            |row| row.publisher.status.publisher.display_name.as_str().into();
        manifest_url: Text, always, "openslots", "Its manifest, without secrets.",
            |row| row.publisher.status.publisher.manifest_url.as_str().into();
        is_enabled: Flag, always, "openslots", "Whether it is crawled on schedule.",
            |row| row.publisher.status.publisher.enabled.into();
        freshness: Text, always, "openslots",
            "How its data are judged at `exported_as_of`: `fresh`, `stale`, `expired` or `unknown`.",
            |row| row.publisher.status.freshness(row.as_of).as_str().into();
        fresh_for_seconds: Integer, always, "openslots", "Up to this age its data are fresh.",
            |row| i64::from(row.publisher.status.publisher.policy.fresh_for_seconds).into();
        max_staleness_seconds: Integer, always, "openslots", "Beyond this age its data are expired.",
            |row| i64::from(row.publisher.status.publisher.policy.max_staleness_seconds).into();
        transaction_time: Instant, maybe, "manifest transactionTime",
            "Its own claim of how recent its data are, if it is an instant.",
            |row| claim_of(&row.publisher.status).into();
        last_attempt_at: Instant, maybe, "openslots", "Beginning of its last crawl run.",
            |row| row.publisher.status.last_attempt_at.into();
        last_synced_at: Instant, maybe, "openslots", "Beginning of the last crawl run that read all without a failure.",
            |row| row.publisher.status.last_success_at.into();
        last_read_at: Instant, maybe, "openslots", "Beginning of the last crawl run that read any of its data.",
            |row| row.publisher.status.last_read_at.into();
        last_outcome: Text, maybe, "openslots", "How its last crawl run ended.",
            |row| row.publisher.status.last_outcome.map(CrawlOutcome::as_str).into();
        reason: Text, maybe, "openslots", "Why that did not succeed.",
            |row| row.publisher.status.reason.as_deref().into();
        n_failures: Integer, always, "openslots", "Failed runs since the last one that read something.",
            |row| i64::from(row.publisher.status.n_failures).into();
        n_slots: Integer, always, "openslots", "Slots held of it, of any status and time.",
            |row| row.publisher.status.n_slots.into();
        n_free_slots: Integer, always, "openslots", "Those that are free.",
            |row| row.publisher.status.n_free_slots.into();
        n_issues: Integer, always, "openslots", "Recorded faults of its data.",
            |row| row.publisher.status.n_issues.into();
        crawl_run: Integer, maybe, "openslots", "Number of its last crawl run.",
            |row| row.publisher.crawl_run.into();
        exported_as_of: Instant, always, "openslots",
            "The moment that the row shows; in daily exports that of writing, not the end of the day.",
            |row| row.as_of.into();
    }
}
