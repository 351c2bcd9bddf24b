//! Gives the aggregated data out again: carries what the store holds to the publication, generation by generation.

mod source;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use openslots_api::Published;
use openslots_model::{ChangeSeq, UnixSeconds};
use openslots_publish::Publication;
use openslots_publish::publication::{Retention, SourcePublisher};
use openslots_store::Store;
use tokio_util::sync::CancellationToken;

use crate::background::SHARE_OF_TIME;

pub(crate) use source::StoreSource;

/// How the data are given out again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicationSettings {
    /// Whether they are at all.
    pub(crate) is_enabled: bool,
    /// A new generation is made at most this often, if anything has changed.
    pub(crate) interval: Duration,
    /// What is kept of earlier generations.
    pub(crate) retention: Retention,
}

impl Default for PublicationSettings {
    /// Every minute: clients may not ask more often (STU 1, sched-6).
    fn default() -> Self {
        Self { is_enabled: true, interval: Duration::from_secs(60), retention: Retention::default() }
    }
}

/// Slots that have begun go out of the set also where nothing else changes.
const AT_LEAST_EVERY_SECONDS: i64 = 15 * 60;

/// Opens the publication of a data directory.
pub(crate) fn open(directory: &Path, base_url: &str, settings: &PublicationSettings) -> Result<Published> {
    let publication = Publication::open(directory, base_url, settings.retention)
        .with_context(|| format!("publication {} cannot be opened", directory.display()))?;
    let seconds = u32::try_from(settings.interval.as_secs()).unwrap_or(u32::MAX);
    Ok(Published {
        publication: Arc::new(publication),
        update_cadence: format!("PT{seconds}S"),
        max_age_seconds: seconds,
    })
}

/// What the last generation was made of, as far as it can be told without reading everything.
#[derive(Debug, PartialEq)]
struct Seen {
    seq: ChangeSeq,
    syncs: Vec<(String, i64)>,
    period: i64,
}

impl Seen {
    fn of(seq: ChangeSeq, publishers: &[SourcePublisher], now: UnixSeconds) -> Self {
        // Claims of age are written anew in steps.
        let step = |publisher: &SourcePublisher| {
            let synced_at = publisher.synced_at.map_or(0, |at| at.0);
            (publisher.slug.to_string(), synced_at / publisher.resync_seconds.max(1))
        };
        Self { seq, syncs: publishers.iter().map(step).collect(), period: now.0 / AT_LEAST_EVERY_SECONDS }
    }
}

/// Makes generations until cancelled.
pub(crate) async fn run(store: Store, published: Published, settings: PublicationSettings, stop: CancellationToken) {
    let mut seen = None;
    loop {
        let (store, publication) = (store.clone(), Arc::clone(&published.publication));
        let before = seen.take();
        let began = Instant::now();
        let made = tokio::task::spawn_blocking(move || publish_if_changed(&store, &publication, before)).await;
        match made {
            Ok(Ok(now_seen)) => seen = Some(now_seen),
            Ok(Err(error)) => tracing::error!(error = format!("{error:#}"), "the data could not be published"),
            Err(error) => tracing::error!(%error, "publishing panicked"),
        }
        let wait = settings.interval.max(began.elapsed() * SHARE_OF_TIME);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn publish_if_changed(store: &Store, publication: &Publication, before: Option<Seen>) -> Result<Seen> {
    let now = UnixSeconds::now();
    let source = StoreSource::open(store, now)?;
    let seen = Seen::of(source.seq(), source.publishers(), now);
    if before.as_ref() != Some(&seen) && publish(&source, publication, now)? {
        let record = publication.current();
        let n_lines = record.iter().flat_map(|record| &record.outputs).map(|output| output.n_lines).sum::<u64>();
        tracing::info!(n_lines, generation = record.map(|record| record.generation), "data published");
    }
    Ok(seen)
}

/// Makes a generation of what the source has; whether anything has changed. A store without anything is not published:
/// nothing has been crawled yet.
pub(crate) fn publish(source: &StoreSource, publication: &Publication, now: UnixSeconds) -> Result<bool> {
    if source.publishers().is_empty() {
        return Ok(false);
    }
    Ok(publication.publish(source, now)?)
}
