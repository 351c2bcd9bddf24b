//! Sends notices to whoever has subscribed, until they are taken.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use openslots_care::{Care, Delivery, Notice};
use openslots_crawl::Messenger;
use openslots_model::UnixSeconds;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether some are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many are sent before it is looked again.
const N_AT_ONCE: usize = 32;

pub(super) async fn send(care: Arc<Care>, messenger: Messenger, stop: CancellationToken) {
    loop {
        let of = Arc::clone(&care);
        let due = tokio::task::spawn_blocking(move || of.due_notices(UnixSeconds::now(), N_AT_ONCE)).await;
        let n_sent = match due {
            Ok(Ok(due)) => {
                let n_due = due.len();
                for (notice, delivery) in due {
                    if stop.is_cancelled() {
                        return;
                    }
                    send_one(&care, &messenger, notice, delivery).await;
                }
                n_due
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "notices that are due could not be looked up");
                0
            }
            Err(error) => {
                tracing::error!(%error, "looking up notices panicked");
                0
            }
        };
        if n_sent == N_AT_ONCE {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn send_one(care: &Arc<Care>, messenger: &Messenger, notice: Notice, delivery: Delivery) {
    let now = UnixSeconds::now();
    let headers = headers(care, &notice, &delivery, now);
    let sent = messenger.post(&delivery.endpoint, headers, delivery.payload).await;
    let of = Arc::clone(care);
    let subscription = notice.subscription;
    let noted = tokio::task::spawn_blocking(move || match sent {
        Ok(()) => of.note_delivered(notice.number),
        Err(why) => {
            tracing::warn!(%subscription, tries = notice.n_tries + 1, %why, "notice was not taken");
            of.note_undelivered(&notice, UnixSeconds::now())
        }
    });
    match noted.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "it could not be noted how a notice fared; it will be sent again"),
        Err(error) => tracing::error!(%error, "noting how a notice fared panicked"),
    }
}

/// What the subscriber asked for, and what it can tell by whether the notice is ours and new.
fn headers(care: &Care, notice: &Notice, delivery: &Delivery, now: UnixSeconds) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in delivery.headers.iter().filter_map(|header| header.split_once(':')) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.trim()), HeaderValue::try_from(value.trim())) {
            headers.append(name, value);
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(delivery.content_type));
    let signature = care.signature(notice.subscription, now, &delivery.payload);
    let own =
        [("x-notice-id", notice.number.to_string()), ("x-timestamp", now.0.to_string()), ("x-signature", signature)];
    for (name, value) in own {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}
