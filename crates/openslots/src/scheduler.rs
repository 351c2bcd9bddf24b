//! Crawls publishers when they are due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openslots_crawl::NoProgress;
use openslots_model::{PublisherSlug, UnixSeconds};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::{Engine, Plan};

/// How often the plans are looked at for publishers that were added meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// When each publisher is due next.
pub(crate) type Due = BTreeMap<PublisherSlug, UnixSeconds>;

/// Brings a table of due times up to date: new publishers are due as their last attempt says, those that are gone or
/// disabled leave it.
fn refresh(due: &mut Due, plans: &BTreeMap<PublisherSlug, Plan>, last: &Due, now: UnixSeconds) {
    due.retain(|slug, _| plans.get(slug).is_some_and(|plan| plan.enabled));
    for (slug, plan) in plans.iter().filter(|(_, plan)| plan.enabled) {
        if !due.contains_key(slug) {
            // Never asked: due at once. Asked before: when its schedule says, which may have passed meanwhile.
            let next = last.get(slug).map_or(Some(now), |last| plan.schedule.next_after(*last));
            if let Some(next) = next {
                due.insert(slug.clone(), next);
            }
        }
    }
}

/// Crawls until cancelled; runs that are under way then are given up (their data stay as they were).
///
/// `tell` hears of every change of the due times.
pub(crate) async fn run(engine: Arc<Engine>, stop: CancellationToken, tell: impl Fn(&Due)) {
    let runs = TaskTracker::new();
    let mut due = Due::new();
    loop {
        let now = UnixSeconds::now();
        let plans = engine.plans();
        match last_attempts(&engine).await {
            Ok(last) => refresh(&mut due, &plans, &last, now),
            Err(error) => tracing::error!(error = format!("{error:#}"), "due times could not be read"),
        }
        let ready: Vec<PublisherSlug> =
            due.iter().filter(|(_, at)| **at <= now).map(|(slug, _)| slug.clone()).collect();
        for slug in ready {
            match plans.get(&slug).and_then(|plan| plan.schedule.next_after(now)) {
                Some(next) => due.insert(slug.clone(), next),
                None => due.remove(&slug),
            };
            let (engine, stop) = (Arc::clone(&engine), stop.clone());
            runs.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = crawl(&engine, &slug) => {}
                }
            });
        }
        tell(&due);
        let wait = due.values().min().map_or(LOOK_AGAIN, |next| {
            Duration::from_secs(u64::try_from(next.0 - UnixSeconds::now().0).unwrap_or(0)).min(LOOK_AGAIN)
        });
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(wait.max(Duration::from_millis(200))) => {}
        }
    }
    runs.close();
    runs.wait().await;
}

async fn last_attempts(engine: &Arc<Engine>) -> anyhow::Result<Due> {
    let store = engine.store().clone();
    let statuses = tokio::task::spawn_blocking(move || store.publisher_statuses()).await??;
    let last = |status: openslots_model::PublisherStatus| Some((status.publisher.slug, status.last_attempt_at?));
    Ok(statuses.into_iter().filter_map(last).collect())
}

async fn crawl(engine: &Arc<Engine>, slug: &PublisherSlug) {
    match engine.crawl_publisher(slug, false, Arc::new(NoProgress)).await {
        Ok(run) => {
            let (accepted, unchanged, rejected) = run.n_lines();
            tracing::info!(
                publisher.slug = %slug,
                outcome = %run.outcome,
                reason = run.reason,
                lines.accepted = accepted,
                lines.unchanged = unchanged,
                lines.rejected = rejected,
                bytes = run.n_bytes,
                slots.free = run.n_free_slots,
                duration_ms = run.duration_ms,
                "publisher {slug} crawled: {}",
                run.outcome
            );
        }
        Err(error) => tracing::error!(publisher.slug = %slug, error = format!("{error:#}"), "crawl run not recorded"),
    }
}
