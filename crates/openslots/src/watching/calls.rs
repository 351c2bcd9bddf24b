//! Calls of webhooks: first whether they want to hear, then what is new, each until it is taken.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use openslots_api::calls::WatchAccess;
use openslots_care::resource::CareId;
use openslots_care::signing::sign;
use openslots_care::watches::{ToldSlot, WatchDelivery, Watches};
use openslots_crawl::Messenger;
use openslots_model::UnixSeconds;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// How many are made before it is looked again which are due.
const N_AT_ONCE: u32 = 32;
/// The longest sleep: clocks are set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// More than a challenge need not be read.
const MAX_ANSWER_BYTES: usize = 256;

pub(super) async fn make(access: WatchAccess, messenger: Messenger, stop: CancellationToken) {
    let watches = access.watches;
    loop {
        let of = Arc::clone(&watches);
        let due = tokio::task::spawn_blocking(move || {
            let due = of.due(UnixSeconds::now(), N_AT_ONCE)?;
            Ok::<_, openslots_care::Error>((due, of.next_due()?))
        });
        let next = match due.await {
            Ok(Ok((due, next))) if due.is_empty() => next,
            Ok(Ok((due, _))) => {
                for delivery in due {
                    if stop.is_cancelled() {
                        return;
                    }
                    call(&watches, &messenger, delivery).await;
                }
                continue;
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "calls of webhooks that are due could not be looked up");
                None
            }
            Err(error) => {
                tracing::error!(%error, "looking up calls of webhooks panicked");
                None
            }
        };
        let until = next.map_or(i64::MAX, |next| next.0.saturating_sub(UnixSeconds::now().0)).max(1);
        let sleep = Duration::from_secs(until.unsigned_abs()).min(LONGEST_SLEEP);
        tokio::select! {
            () = stop.cancelled() => return,
            () = access.to_send.notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

async fn call(watches: &Arc<Watches>, messenger: &Messenger, delivery: WatchDelivery) {
    let called = match delivery.told.as_slice() {
        [] => challenge(messenger, &delivery).await,
        _ => tell(messenger, &delivery).await,
    };
    let of = Arc::clone(watches);
    let noted = tokio::task::spawn_blocking(move || match called {
        Ok(()) => of.note_taken(&delivery, UnixSeconds::now()),
        Err(why) => {
            // Neither the address nor what is watched: both say what somebody looks for.
            tracing::warn!(tries = delivery.n_tries + 1, %why, "a watch's webhook took nothing");
            of.note_not_taken(&delivery, UnixSeconds::now())
        }
    });
    match noted.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "it could not be noted how a webhook fared; it is called again"),
        Err(error) => tracing::error!(%error, "noting how a webhook fared panicked"),
    }
}

/// Asks whether the other side wants to hear: only who expects the call repeats the word.
async fn challenge(messenger: &Messenger, delivery: &WatchDelivery) -> Result<(), String> {
    let word = CareId::random().map_err(|error| error.to_string())?.to_string();
    let body = json!({"type": "challenge", "challenge": word}).to_string();
    let headers = headers(&delivery.secret, &body)?;
    let answer = messenger.post_and_read(&delivery.url, headers, body, MAX_ANSWER_BYTES).await?;
    match answer.trim_ascii() == word.as_bytes() {
        true => Ok(()),
        false => Err("the endpoint does not repeat the challenge".to_owned()),
    }
}

async fn tell(messenger: &Messenger, delivery: &WatchDelivery) -> Result<(), String> {
    let read = |told: &ToldSlot| {
        let slot: Value = serde_json::from_str(&told.body).map_err(|error| error.to_string())?;
        Ok(json!({"toldAt": told.told_at.to_string(), "number": told.seq, "slot": slot}))
    };
    let slots = delivery.told.iter().map(read).collect::<Result<Vec<Value>, String>>()?;
    let body = json!({"type": "slots", "slots": slots}).to_string();
    let headers = headers(&delivery.secret, &body)?;
    messenger.post(&delivery.url, headers, body).await
}

fn headers(secret: &str, body: &str) -> Result<HeaderMap, String> {
    let now = UnixSeconds::now();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("x-timestamp"), HeaderValue::from(now.0));
    let signature = sign(secret.as_bytes(), now, body.as_bytes());
    let signature = HeaderValue::try_from(signature).map_err(|error| error.to_string())?;
    headers.insert(HeaderName::from_static("x-signature"), signature);
    Ok(headers)
}
