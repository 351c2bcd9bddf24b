//! How long an answer may be used again without asking.
//!
//! An answer changes when one of the publishers it is made of is crawled, when the data of one become stale, and, where
//! it begins at the present, when a slot starts. It may be kept until the first of these that is known ahead:
//!
//! | of what the answer is made | it may be kept |
//! |---|---|
//! | data that are all stale | not without asking (`no-cache`): whatever comes next is better |
//! | some stale data, or a crawl that is due | 5 seconds: a crawl may end at any moment |
//! | slots from now on | 15 seconds: slots go by the minute |
//! | anything else | until the next crawl or change of freshness, at least 5 and at most 60 seconds |
//!
//! Every answer has a validator, so asking again costs little on the wire.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use openslots_model::{Freshness, PublisherStatus};

use crate::ApiState;
use crate::parameters::Search;

/// The shortest time that an answer is kept.
const MIN_SECONDS: i64 = 5;
/// The longest time that an answer is kept which begins at the present.
const MAX_SECONDS_FROM_NOW: i64 = 15;
/// The longest time that any answer is kept.
const MAX_SECONDS: i64 = 60;

/// Marks the answer to a search.
pub(crate) fn keep_search(response: Response, state: &ApiState, search: &Search) -> Response {
    let publishers = state.publishers();
    let query = &search.query;
    let is_asked = |status: &&Arc<PublisherStatus>| {
        let number = status.publisher.number;
        !query.excluded_publishers.contains(&number)
            && query.publishers.as_ref().is_none_or(|publishers| publishers.contains(&number))
    };
    let is_from_now = query.window.from <= state.now();
    keep(response, state, publishers.iter().filter(is_asked), is_from_now)
}

/// Marks an answer that is made of the data of some publishers.
pub(crate) fn keep<'a>(
    mut response: Response,
    state: &ApiState,
    publishers: impl Iterator<Item = &'a Arc<PublisherStatus>>,
    is_from_now: bool,
) -> Response {
    let (now, next_due) = (state.now(), state.next_due());
    let mut seconds = if is_from_now { MAX_SECONDS_FROM_NOW } else { MAX_SECONDS };
    let (mut n_publishers, mut n_stale) = (0, 0);
    for status in publishers {
        n_publishers += 1;
        let turns_stale = status.last_success_at.map(|at| at.0 + i64::from(status.publisher.policy.fresh_for_seconds));
        let crawled = next_due.get(&status.publisher.slug).map(|due| due.at.0);
        if status.freshness(now) == Freshness::Fresh {
            let next_change = turns_stale.into_iter().chain(crawled).min();
            seconds = seconds.min(next_change.map_or(MAX_SECONDS, |at| at - now.0));
        } else {
            n_stale += 1;
            seconds = MIN_SECONDS;
        }
    }
    let value = if n_stale > 0 && n_stale == n_publishers {
        HeaderValue::from_static("public, no-cache")
    } else {
        let text = format!("public, max-age={}", seconds.max(MIN_SECONDS));
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("no-cache"))
    };
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}
