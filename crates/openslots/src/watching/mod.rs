//! Watches in a running service: looked after when something was committed, their webhooks called.

mod calls;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use openslots_api::ApiState;
use openslots_api::calls::{SeenRows, WatchAccess, look_for_new};
use openslots_care::watches::{WatchLimits, Watches};
use openslots_crawl::{CrawlLimits, Messenger};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::background::{Pace, SHARE_OF_TIME, follow_commits};
use crate::config::WatchSettings;

/// How long a webhook may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Without a commit it is looked this often, since `tomorrow` moves.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// The watches of this process.
#[derive(Clone)]
pub(crate) struct Watching {
    pub(crate) access: WatchAccess,
    messenger: Messenger,
}

impl Watching {
    /// Opens the watches, if the configuration wants some.
    ///
    /// # Errors
    /// When their database cannot be opened.
    pub(crate) fn open(file: &Path, settings: WatchSettings, limits: &CrawlLimits) -> Result<Option<Self>> {
        if !settings.is_enabled {
            return Ok(None);
        }
        let keep_seconds = i64::try_from(settings.keep.as_secs())?;
        let watches = Watches::open(file, WatchLimits { max_watches: settings.max_watches, keep_seconds })?;
        let messenger = Messenger::new(limits, PATIENCE, settings.allows_private_addresses)?;
        let access = WatchAccess {
            watches: Arc::new(watches),
            to_send: Arc::new(Notify::new()),
            has_webhooks: settings.has_webhooks,
        };
        Ok(Some(Self { access, messenger }))
    }

    /// Looks for what is new after each commit, and tells it.
    pub(crate) fn start(self, state: &ApiState, committed: Arc<Notify>, threads: &Handle, stop: &CancellationToken) {
        let Self { access, messenger } = self;
        threads.spawn(look(state.clone(), access.clone(), committed, stop.clone()));
        if access.has_webhooks {
            threads.spawn(calls::make(access, messenger, stop.clone()));
        }
    }
}

async fn look(state: ApiState, access: WatchAccess, committed: Arc<Notify>, stop: CancellationToken) {
    let pace = Pace { rests: SHARE_OF_TIME, at_least_every: Some(LOOK_EVERY), ..Pace::default() };
    let seen = Mutex::new(SeenRows::default());
    let look = move || {
        // What a panic left is as good as nothing: rows that are missing are read again.
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if look_for_new(&state, &access.watches, &mut seen)? > 0 {
            access.to_send.notify_one();
        }
        Ok::<_, openslots_api::Error>(())
    };
    follow_commits(pace, committed, stop, "not all watches could be looked after", look).await;
}
