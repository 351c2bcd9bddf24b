//! Subscribed calendars: read when they are subscribed to, and again and again.

use std::sync::Arc;
use std::time::Duration;

use openslots_api::{CalendarFuture, FetchCalendar};
use openslots_care::{CalendarRow, Care};
use openslots_crawl::Messenger;
use openslots_model::UnixSeconds;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The largest calendar that is read: some 20,000 events.
const MAX_BYTES: usize = 8 * 1_024 * 1_024;
/// How often it is looked whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Reads calendars from the web.
pub(super) struct Fetcher(pub(super) Messenger);

impl FetchCalendar for Fetcher {
    fn fetch(&self, url: Url) -> CalendarFuture {
        let messenger = self.0.clone();
        Box::pin(async move { messenger.read(&url, MAX_BYTES).await })
    }
}

/// Reads each calendar anew when its time has come. One that cannot be read stays as it was; its age shows.
pub(super) async fn follow(care: Arc<Care>, messenger: Messenger, interval: Duration, stop: CancellationToken) {
    let seconds = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX);
    loop {
        let of = Arc::clone(&care);
        let due = tokio::task::spawn_blocking(move || of.calendars_due(seconds, UnixSeconds::now())).await;
        match due {
            Ok(Ok(due)) => {
                for calendar in due {
                    if stop.is_cancelled() {
                        return;
                    }
                    read(&care, &messenger, calendar).await;
                }
            }
            Ok(Err(error)) => tracing::error!(%error, "calendars that are due could not be looked up"),
            Err(error) => tracing::error!(%error, "looking up calendars panicked"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// The address is a secret, and so is what is in it: neither is logged.
async fn read(care: &Arc<Care>, messenger: &Messenger, calendar: CalendarRow) {
    let id = calendar.id.clone();
    let url = calendar.url.as_deref().and_then(|url| Url::parse(url).ok());
    let Some(url) = url else { return };
    let text = match messenger.read(&url, MAX_BYTES).await {
        Ok(text) => text,
        Err(why) => {
            tracing::warn!(calendar = %id, %why, "calendar could not be read anew");
            return;
        }
    };
    let of = Arc::clone(care);
    let done = tokio::task::spawn_blocking(move || of.refresh_calendar(&calendar, &text, UnixSeconds::now())).await;
    match done {
        Ok(Ok(())) => {}
        Ok(Err(_)) => tracing::warn!(calendar = %id, "calendar is not understood any more"),
        Err(error) => tracing::error!(%error, "reading a calendar panicked"),
    }
}
