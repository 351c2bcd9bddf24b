//! How many exchanges go on at once, with each host and in all.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// Hosts that are kept before idle ones are looked for.
const PRUNE_FROM: usize = 256;

/// Permits for exchanges.
#[derive(Debug)]
pub(crate) struct Hosts {
    per_host: usize,
    total: Arc<Semaphore>,
    hosts: Mutex<FxHashMap<(String, u16), Arc<Semaphore>>>,
}

/// Held while an exchange goes on; `None` only if a semaphore was closed, which nobody does.
#[derive(Debug)]
pub(crate) struct Permit {
    _host: Option<OwnedSemaphorePermit>,
    _total: Option<OwnedSemaphorePermit>,
}

impl Hosts {
    pub(crate) fn new(per_host: usize, total: usize) -> Self {
        let total = Arc::new(Semaphore::new(total.clamp(1, Semaphore::MAX_PERMITS)));
        Self { per_host: per_host.clamp(1, Semaphore::MAX_PERMITS), total, hosts: Mutex::default() }
    }

    /// Waits until an exchange with the URL's host may begin.
    pub(crate) async fn enter(&self, url: &Url) -> Permit {
        // The host first: who waits for a busy host must not keep others from theirs.
        let host = self.of(url).acquire_owned().await.ok();
        let total = Arc::clone(&self.total).acquire_owned().await.ok();
        Permit { _host: host, _total: total }
    }

    fn of(&self, url: &Url) -> Arc<Semaphore> {
        let key = (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or_default());
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= PRUNE_FROM {
            // Permits hold their semaphore, so one that nobody else holds is idle.
            hosts.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        Arc::clone(hosts.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.per_host))))
    }
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
}
