//! Never the same URL twice within a minute.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use openslots_model::UnixSeconds;
use rustc_hash::FxHashMap;
use url::Url;

/// Entries that are kept before old ones are looked for.
const PRUNE_FROM: usize = 4_096;

/// One crawl run, as far as politeness goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunNumber(u64);

/// Whether a URL may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Now; the request is on record.
    Now,
    /// After this time; nothing is on record.
    After(Duration),
    /// It was asked for in this very run.
    AskedInThisRun,
}

#[derive(Debug, Clone, Copy)]
struct LastRequest {
    /// By the clock of the crawler.
    at: Duration,
    run: RunNumber,
}

/// When each URL was last asked for by this process.
#[derive(Debug)]
pub(crate) struct Politeness {
    min_interval: Duration,
    requests: Mutex<Requests>,
    n_runs: AtomicU64,
}

#[derive(Debug)]
struct Requests {
    last: FxHashMap<String, LastRequest>,
    prune_at: usize,
}

impl Politeness {
    pub(crate) fn new(min_interval: Duration) -> Self {
        let requests = Mutex::new(Requests { last: FxHashMap::default(), prune_at: PRUNE_FROM });
        Self { min_interval, requests, n_runs: AtomicU64::new(0) }
    }

    /// A number for a new run.
    pub(crate) fn begin_run(&self) -> RunNumber {
        RunNumber(self.n_runs.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether the URL may be asked for, and puts the request on record if so, so that nobody else asks meanwhile.
    ///
    /// `force` passes over what other runs asked for; in one run no URL is asked for twice.
    pub(crate) fn admit(&self, url: &Url, run: RunNumber, force: bool, now: Duration) -> Admission {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = requests.last.get(url.as_str()) {
            let passed = now.saturating_sub(last.at);
            if passed < self.min_interval && last.run == run {
                return Admission::AskedInThisRun;
            }
            if passed < self.min_interval && !force {
                return Admission::After(self.min_interval - passed);
            }
        }
        if requests.last.len() >= requests.prune_at {
            let min_interval = self.min_interval;
            requests.last.retain(|_, last| now.saturating_sub(last.at) < min_interval);
            requests.prune_at = PRUNE_FROM.max(requests.last.len() * 2);
        }
        requests.last.insert(url.as_str().to_owned(), LastRequest { at: now, run });
        Admission::Now
    }

    /// The request is sent now, perhaps long after it was admitted: from here on the URL is left alone.
    pub(crate) fn sent(&self, url: &Url, run: RunNumber, now: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.last.insert(url.as_str().to_owned(), LastRequest { at: now, run });
    }

    /// How long a publisher must still be left alone, by what the caller remembers of it.
    pub(crate) fn wait_since(&self, last_attempt_at: Option<UnixSeconds>, now: UnixSeconds) -> Option<Duration> {
        let passed = now.0 - last_attempt_at?.0;
        // An attempt in the future is a clock that was put back: it says nothing.
        let passed = Duration::from_secs(u64::try_from(passed).ok()?);
        self.min_interval.checked_sub(passed).filter(|wait| !wait.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Duration = Duration::from_secs(60);

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn a_url_is_left_alone_for_a_minute() {
        let politeness = Politeness::new(FLOOR);
        let at = Duration::from_secs;
        let (a, b) = (url("https://a.example/1"), url("https://a.example/2"));
        let (first, second) = (politeness.begin_run(), politeness.begin_run());
        assert_eq!(politeness.admit(&a, first, false, at(0)), Admission::Now);
        assert_eq!(politeness.admit(&b, first, false, at(1)), Admission::Now);
        assert_eq!(politeness.admit(&a, first, false, at(2)), Admission::AskedInThisRun);
        assert_eq!(politeness.admit(&a, first, true, at(2)), Admission::AskedInThisRun);
        assert_eq!(politeness.admit(&a, second, false, at(20)), Admission::After(Duration::from_secs(40)));
        assert_eq!(politeness.admit(&a, second, false, at(60)), Admission::Now);
        assert_eq!(politeness.admit(&b, second, true, at(20)), Admission::Now);
        // It waited for its turn with a busy host.
        politeness.sent(&b, second, at(50));
        assert_eq!(politeness.admit(&b, first, false, at(81)), Admission::After(Duration::from_secs(29)));
    }

    #[test]
    fn old_requests_are_forgotten() {
        let politeness = Politeness::new(FLOOR);
        for n in 0..3 * PRUNE_FROM as u64 {
            let run = politeness.begin_run();
            let now = Duration::from_secs(n);
            assert_eq!(politeness.admit(&url(&format!("https://a.example/{n}")), run, false, now), Admission::Now);
        }
        assert!(politeness.requests.lock().expect("whole").last.len() <= PRUNE_FROM);
    }

    #[test]
    fn what_the_caller_remembers_counts() {
        let politeness = Politeness::new(FLOOR);
        for (last, want) in [
            (None, None),
            (Some(1_000), Some(60)),
            (Some(999), Some(59)),
            (Some(941), Some(1)),
            (Some(940), None),
            (Some(2_000), None),
        ] {
            let wait = politeness.wait_since(last.map(UnixSeconds), UnixSeconds(1_000));
            assert_eq!(wait.map(|wait| wait.as_secs()), want, "{last:?}");
        }
    }
}
