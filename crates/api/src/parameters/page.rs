//! Which page of an answer: `limit`, `offset`, `cursor`.

use openslots_model::{PageStart, UnixSeconds};

use super::given::{Given, echo};
use crate::cursor::Cursor;

/// Answers on a page when `limit` is not given.
pub(super) const DEFAULT_LIMIT: usize = 25;
/// The most answers on a page.
pub(super) const MAX_LIMIT: usize = 100;
/// The largest `offset`: a search keeps all answers up to the end of the page in memory, so depth is for cursors.
pub(super) const MAX_OFFSET: u64 = 10_000;

/// `limit`: how many answers a page has.
pub(crate) fn parse_limit(given: &mut Given<'_>) -> usize {
    let limit = given.parse("limit", |text| match text.parse::<usize>() {
        Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
        _ => Err(format!("must be a whole number from 1 to {MAX_LIMIT}, not `{}`", echo(text))),
    });
    limit.unwrap_or(DEFAULT_LIMIT)
}

/// `offset` or `cursor`: where the page starts, and from when on the first page asked, if this is a later one; `scope`
/// is what the cursor must belong to.
pub(crate) fn parse_start(given: &mut Given<'_>, scope: u64) -> (PageStart, Option<UnixSeconds>) {
    if given.has("offset") && given.has("cursor") {
        given.refuse("cursor", "cannot go with `offset`; give one of them");
    }
    let offset = given.parse("offset", |text| {
        match text.parse::<u64>() {
            Ok(offset @ 0..=MAX_OFFSET) => Ok(offset),
            _ => Err(format!(
                "must be a whole number from 0 to {MAX_OFFSET}, not `{}`; to go further, give `next` of each answer as `cursor`",
                echo(text)
            )),
        }
    });
    let cursor = given.parse("cursor", |text| Cursor::decode(text, scope).map_err(|error| error.to_string()));
    match cursor {
        Some(cursor) => (PageStart::Behind(cursor.key), Some(cursor.from)),
        None => (PageStart::Offset(offset.unwrap_or(0)), None),
    }
}
