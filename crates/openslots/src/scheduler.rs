//! Crawls publishers when they are due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openslots_crawl::{Due, NoProgress};
use openslots_model::{PublisherSlug, UnixSeconds};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::Engine;
use crate::events::RunNotRecorded;

/// How often the table of due times is looked at, for publishers that were added and runs that have ended meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How often the store is looked after.
const UPKEEP_SECONDS: i64 = 24 * 3_600;
/// A publisher that was sent for is not sent for again before this, whatever became of the first time.
const SENT_FOR_SECONDS: i64 = 60;

/// When each publisher is due next, and why then.
pub(crate) type DueTable = BTreeMap<PublisherSlug, Due>;

/// Which publishers were sent for when.
#[derive(Debug, Default)]
struct Sent(BTreeMap<PublisherSlug, UnixSeconds>);

impl Sent {
    /// The publishers that are to be crawled now; they count as sent for.
    fn take_ready(&mut self, due: &DueTable, now: UnixSeconds) -> Vec<PublisherSlug> {
        self.0.retain(|slug, at| due.contains_key(slug) && now.0 - at.0 < SENT_FOR_SECONDS && now.0 >= at.0);
        let is_ready = |slug: &PublisherSlug, due: &Due| due.at <= now && !self.0.contains_key(slug);
        let ready: Vec<_> =
            due.iter().filter(|(slug, due)| is_ready(slug, due)).map(|(slug, _)| slug.clone()).collect();
        self.0.extend(ready.iter().map(|slug| (slug.clone(), now)));
        ready
    }
}

/// Crawls until cancelled; runs that are under way then are given up (their data stay as they were).
///
/// `tell` hears of every change of the due times.
pub(crate) async fn run(engine: Arc<Engine>, stop: CancellationToken, tell: impl Fn(&DueTable)) {
    let runs = TaskTracker::new();
    let (mut sent, mut told) = (Sent::default(), DueTable::new());
    let mut looked_after_at = UnixSeconds::now();
    loop {
        let due = match due_of(&engine).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "due times could not be read");
                DueTable::new()
            }
        };
        let now = UnixSeconds::now();
        for slug in sent.take_ready(&due, now) {
            let (engine, stop) = (Arc::clone(&engine), stop.clone());
            runs.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = crawl(&engine, &slug) => {}
                }
            });
        }
        if now.0 - looked_after_at.0 >= UPKEEP_SECONDS {
            looked_after_at = now;
            let engine = Arc::clone(&engine);
            runs.spawn_blocking(move || engine.look_after_store());
        }
        if due != told {
            tell(&due);
            told = due;
        }
        let next = told.values().map(|due| due.at).filter(|at| *at > now).min();
        let wait = next
            .map_or(LOOK_AGAIN, |next| Duration::from_secs(u64::try_from(next.0 - now.0).unwrap_or(0)).min(LOOK_AGAIN));
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(wait.max(Duration::from_millis(200))) => {}
        }
    }
    runs.close();
    runs.wait().await;
}

async fn due_of(engine: &Arc<Engine>) -> anyhow::Result<DueTable> {
    let engine = Arc::clone(engine);
    tokio::task::spawn_blocking(move || engine.due()).await?
}

async fn crawl(engine: &Arc<Engine>, slug: &PublisherSlug) {
    if let Err(error) = engine.crawl_publisher(slug, false, Arc::new(NoProgress)).await {
        RunNotRecorded { slug, error: &error }.emit();
    }
}

#[cfg(test)]
mod tests {
    use openslots_crawl::DueReason;

    use super::*;

    #[test]
    fn who_was_sent_for_is_not_sent_for_again_at_once() {
        let slug = |text: &str| text.parse::<PublisherSlug>().expect("a slug");
        let at = |seconds| Due { at: UnixSeconds(seconds), reason: DueReason::Schedule };
        let due = DueTable::from([(slug("a"), at(100)), (slug("b"), at(300))]);
        let mut sent = Sent::default();
        for (now, want) in [
            (99, vec![]),
            (100, vec!["a"]),
            (101, vec![]),
            (159, vec![]),
            (160, vec!["a"]),
            // A clock that was put back.
            (120, vec!["a"]),
            (300, vec!["a", "b"]),
        ] {
            let ready = sent.take_ready(&due, UnixSeconds(now));
            assert_eq!(ready, want.into_iter().map(slug).collect::<Vec<_>>(), "{now}");
        }
        sent.take_ready(&DueTable::new(), UnixSeconds(301));
        assert!(sent.0.is_empty(), "those who are gone are forgotten");
    }
}
