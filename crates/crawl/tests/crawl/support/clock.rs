//! The time that a scene is played at.

use std::time::{Duration, UNIX_EPOCH};

use openslots_crawl::{Clock, VirtualClock};
use openslots_model::UnixSeconds;

/// A clock that begins at 2026-11-20T00:00:00Z.
pub(crate) fn virtual_clock() -> VirtualClock {
    VirtualClock::at(UnixSeconds(1_795_132_800))
}

/// The present as HTTP writes it.
pub(crate) fn http_date(clock: &VirtualClock) -> String {
    let since_epoch = Duration::from_secs(u64::try_from(clock.now().0).expect("after 1970"));
    httpdate::fmt_http_date(UNIX_EPOCH + since_epoch)
}
