//! A clock that goes on only when somebody waits by it or puts it forward.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use openslots_crawl::Clock;
use openslots_model::UnixSeconds;

/// The moment at which every virtual clock begins: 2026-11-20T00:00:00Z.
const BEGIN: UnixSeconds = UnixSeconds(1_795_132_800);

#[derive(Debug, Clone, Default)]
pub(crate) struct VirtualClock(Arc<Mutex<Duration>>);

impl VirtualClock {
    pub(crate) fn advance(&self, duration: Duration) {
        *self.0.lock().expect("whole") += duration;
    }

    /// The present as HTTP writes it.
    pub(crate) fn http_date(&self) -> String {
        let since_epoch = Duration::from_secs(u64::try_from(self.now().0).expect("after 1970"));
        httpdate::fmt_http_date(UNIX_EPOCH + since_epoch)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> UnixSeconds {
        BEGIN.plus_seconds(i64::try_from(self.elapsed().as_secs()).expect("not that long"))
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().expect("whole")
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.advance(duration);
        Box::pin(std::future::ready(()))
    }
}
