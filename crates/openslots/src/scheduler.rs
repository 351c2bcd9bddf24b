//! Crawls publishers when they are due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openslots_crawl::{Due, NoProgress};
use openslots_model::{PublisherSlug, UnixSeconds};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::engine::Engine;
use crate::events::{RunNotRecorded, crawl_span};

/// How often the table of due times is looked at, for publishers that were added and runs that have ended meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How often the store is looked after.
const UPKEEP_SECONDS: i64 = 3_600;
/// A publisher that was sent for is not sent for again before this, whatever became of the first time.
const SENT_FOR_SECONDS: i64 = 60;

/// When each publisher is due next, and why then.
pub(crate) type DueTable = BTreeMap<PublisherSlug, Due>;

/// Which publishers were sent for, and when.
#[derive(Debug, Default)]
struct Sent(BTreeMap<PublisherSlug, Errand>);

#[derive(Debug)]
struct Errand {
    since: UnixSeconds,
    /// Held by the crawl until it has ended: it may wait long for others.
    under_way: Arc<()>,
}

impl Errand {
    fn is_under_way(&self) -> bool {
        Arc::strong_count(&self.under_way) > 1
    }
}

impl Sent {
    /// The publishers that are to be crawled now, each with what its crawl is to hold until it has ended.
    fn take_ready(&mut self, due: &DueTable, now: UnixSeconds) -> Vec<(PublisherSlug, Arc<()>)> {
        self.0.retain(|_, errand| errand.is_under_way() || (0..SENT_FOR_SECONDS).contains(&(now.0 - errand.since.0)));
        let mut ready = Vec::new();
        for (slug, _) in due.iter().filter(|(_, due)| due.at <= now) {
            if !self.0.contains_key(slug) {
                let under_way = Arc::new(());
                ready.push((slug.clone(), Arc::clone(&under_way)));
                self.0.insert(slug.clone(), Errand { since: now, under_way });
            }
        }
        ready
    }
}

/// Crawls until cancelled; runs that are under way then are given up (their data stay as they were).
///
/// `tell` hears of every change of the due times.
pub(crate) async fn run(engine: Arc<Engine>, stop: CancellationToken, tell: impl Fn(&DueTable)) {
    let runs = TaskTracker::new();
    let (mut sent, mut told) = (Sent::default(), DueTable::new());
    // At once: nothing was looked after while the service was down, and its start did not wait for it.
    let mut looked_after_at = UnixSeconds(i64::MIN);
    loop {
        let due = match due_of(&engine).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "due times could not be read");
                DueTable::new()
            }
        };
        let now = UnixSeconds::now();
        for (slug, under_way) in sent.take_ready(&due, now) {
            let (engine, stop) = (Arc::clone(&engine), stop.clone());
            runs.spawn(async move {
                let _under_way = under_way;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = crawl(&engine, &slug) => {}
                }
            });
        }
        if now.0.saturating_sub(looked_after_at.0) >= UPKEEP_SECONDS {
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
    let crawled = async {
        if let Err(error) = engine.crawl_publisher(slug, false, Arc::new(NoProgress)).await {
            RunNotRecorded { slug, error: &error }.emit();
        }
    };
    crawled.instrument(crawl_span(slug)).await;
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
            let ready: Vec<_> = sent.take_ready(&due, UnixSeconds(now)).into_iter().map(|(slug, _)| slug).collect();
            assert_eq!(ready, want.into_iter().map(slug).collect::<Vec<_>>(), "{now}");
        }
        sent.take_ready(&DueTable::new(), UnixSeconds(400));
        assert!(sent.0.is_empty(), "what is over is forgotten");
    }

    #[test]
    fn a_crawl_that_waits_for_others_is_not_sent_for_a_second_time() {
        let slug: PublisherSlug = "a".parse().expect("a slug");
        let due = DueTable::from([(slug, Due { at: UnixSeconds(0), reason: DueReason::New })]);
        let mut sent = Sent::default();
        let under_way = sent.take_ready(&due, UnixSeconds(0));
        assert_eq!(under_way.len(), 1);
        assert!(sent.take_ready(&due, UnixSeconds(10_000)).is_empty());
        drop(under_way);
        assert_eq!(sent.take_ready(&due, UnixSeconds(10_001)).len(), 1);
    }
}
