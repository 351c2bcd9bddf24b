//! How many exchanges go on at once, with each host and in all, and which hosts have asked to be left alone.

use std::sync::{Arc, Mutex, PoisonError};

use openslots_model::UnixSeconds;

use rustc_hash::FxHashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::politeness::RunNumber;

/// Hosts that are kept before idle ones are looked for.
const PRUNE_FROM: usize = 256;

/// Permits for exchanges.
#[derive(Debug)]
pub(crate) struct Hosts {
    per_host: usize,
    total: Arc<Semaphore>,
    hosts: Mutex<FxHashMap<HostKey, Arc<Semaphore>>>,
    pauses: Mutex<FxHashMap<HostKey, Pause>>,
}

/// A host is left alone.
#[derive(Debug, Clone, Default)]
struct Pause {
    /// Until when each run that was told so leaves it alone.
    by_run: Vec<(RunNumber, UnixSeconds)>,
    /// Until when every run does: a host that counts requests counts those of all.
    for_all: Option<UnixSeconds>,
}

type HostKey = (String, u16);

/// Held while an exchange goes on; `None` only if a semaphore was closed, which nobody does.
#[derive(Debug)]
pub(crate) struct Permit {
    _host: Option<OwnedSemaphorePermit>,
    _total: Option<OwnedSemaphorePermit>,
}

impl Hosts {
    pub(crate) fn new(per_host: usize, total: usize) -> Self {
        let total = Arc::new(Semaphore::new(total.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            per_host: per_host.clamp(1, Semaphore::MAX_PERMITS),
            total,
            hosts: Mutex::default(),
            pauses: Mutex::default(),
        }
    }

    /// Waits until an exchange with the URL's host may begin.
    pub(crate) async fn enter(&self, url: &Url) -> Permit {
        // The host first: who waits for a busy host must not keep others from theirs.
        let host = self.of(url).acquire_owned().await.ok();
        let total = Arc::clone(&self.total).acquire_owned().await.ok();
        Permit { _host: host, _total: total }
    }

    /// The URL's host has asked to be left alone, by this run or by all.
    pub(crate) fn pause(&self, url: &Url, until: UnixSeconds, run: RunNumber, is_for_all: bool, now: UnixSeconds) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        for pause in pauses.values_mut() {
            pause.by_run.retain(|(_, until)| *until > now);
            pause.for_all = pause.for_all.filter(|until| *until > now);
        }
        pauses.retain(|_, pause| pause.for_all.is_some() || !pause.by_run.is_empty());
        let pause = pauses.entry(key_of(url)).or_default();
        pause.by_run.push((run, until));
        pause.for_all = pause.for_all.max(is_for_all.then_some(until));
    }

    /// Until when a run leaves the URL's host alone. `force` passes over what the host told others.
    pub(crate) fn paused_until(&self, url: &Url, run: RunNumber, force: bool, now: UnixSeconds) -> Option<UnixSeconds> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = pauses.get(&key_of(url))?;
        let told = pause.by_run.iter().filter(|(told, _)| *told == run).map(|(_, until)| *until).max();
        told.max(pause.for_all.filter(|_| !force)).filter(|until| *until > now)
    }

    /// Until when everybody leaves the URL's host alone.
    pub(crate) fn paused_for_all_until(&self, url: &Url, now: UnixSeconds) -> Option<UnixSeconds> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.get(&key_of(url))?.for_all.filter(|until| *until > now)
    }

    fn of(&self, url: &Url) -> Arc<Semaphore> {
        let key = key_of(url);
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= PRUNE_FROM {
            // Permits hold their semaphore, so one that nobody else holds is idle.
            hosts.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        Arc::clone(hosts.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.per_host))))
    }
}

fn key_of(url: &Url) -> HostKey {
    (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn each_host_and_all_have_their_limit() {
        let hosts = Hosts::new(1, 2);
        let url = |text: &str| Url::parse(text).expect("a URL");
        let a = hosts.enter(&url("http://a.example/1")).await;
        // A wait of zero polls once: what cannot begin at once is refused.
        let now = Duration::ZERO;
        assert!(timeout(now, hosts.enter(&url("http://a.example/2"))).await.is_err(), "the host is busy");
        let b = hosts.enter(&url("http://a.example:81/1")).await;
        assert!(timeout(now, hosts.enter(&url("http://c.example/1"))).await.is_err(), "all are busy");
        drop(a);
        assert!(timeout(now, hosts.enter(&url("http://a.example/2"))).await.is_ok());
        drop(b);
    }

    #[test]
    fn a_host_is_left_alone_as_long_as_it_asked() {
        let hosts = Hosts::new(1, 1);
        let politeness = crate::politeness::Politeness::new(Duration::ZERO);
        let (told, other) = (politeness.begin_run(), politeness.begin_run());
        let url = |text: &str| Url::parse(text).expect("a URL");
        let at = UnixSeconds;
        hosts.pause(&url("http://a.example/1"), at(100), told, true, at(10));
        hosts.pause(&url("http://a.example/2"), at(50), told, true, at(11));
        let until = |text: &str, run, force, now| hosts.paused_until(&url(text), run, force, at(now)).map(|at| at.0);
        assert_eq!(until("http://a.example/3", other, false, 99), Some(100));
        assert_eq!(until("http://a.example/3", other, false, 100), None);
        assert_eq!(until("http://a.example:81/", other, false, 99), None);
        assert_eq!(until("http://a.example/3", other, true, 99), None);
        assert_eq!(until("http://a.example/3", told, true, 99), Some(100), "no force within the run that was told");
        assert_eq!(hosts.paused_for_all_until(&url("http://a.example/3"), at(99)), Some(at(100)));
        // Told to one run only.
        hosts.pause(&url("http://b.example/1"), at(100), told, false, at(10));
        assert_eq!(until("http://b.example/2", told, false, 99), Some(100));
        assert_eq!(until("http://b.example/2", other, false, 99), None);
        assert_eq!(hosts.paused_for_all_until(&url("http://b.example/2"), at(99)), None);
    }
}
