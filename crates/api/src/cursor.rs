//! Cursors: where the next page starts, in a form that clients only hand back.
//!
//! A cursor carries the sort key of the last answer, so the next page starts behind it whatever has come or gone
//! meanwhile: nothing is repeated and nothing skipped.
//! It also carries from when on the first page asked: the key of a provider location is the start of its next slot, and
//! that would change with the clock.
//! It is bound to the parameters it was given for by a checksum, so one that is used with other filters, in another
//! order or after being changed is refused and does not start somewhere by chance.
//! The checksum guards against mistakes, not against malice: a forged cursor reads the same public data.

use openslots_model::{SortKey, UnixSeconds};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const VERSION: u8 = 2;
const N_BYTES: usize = 1 + 4 * 8 + 8;

/// A place in an ordered answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The key of the last answer before the page.
    pub(crate) key: SortKey,
    /// The beginning of the window of the first page.
    pub(crate) from: UnixSeconds,
}

/// Why a cursor cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CursorError {
    #[error("is not a cursor of this service; take it from `next` as it is")]
    Form,
    #[error("belongs to a request with other filters or another order; repeat that request, or begin without a cursor")]
    OtherRequest,
}

/// What a cursor is bound to: the kind of answer, its order and all filters.
pub(crate) fn scope_of(kind: &str, order: &str, filters: &[(&str, &str)]) -> u64 {
    let mut text = Vec::new();
    let parts = [kind, order].into_iter().chain(filters.iter().flat_map(|(name, value)| [*name, *value]));
    for part in parts {
        text.extend_from_slice(&(part.len() as u64).to_be_bytes());
        text.extend_from_slice(part.as_bytes());
    }
    xxh3_64(&text)
}

impl Cursor {
    /// The text for clients.
    pub(crate) fn encode(self, scope: u64) -> String {
        let mut bytes = Vec::with_capacity(N_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.key.rank.to_be_bytes());
        bytes.extend_from_slice(&self.key.start.to_be_bytes());
        bytes.extend_from_slice(&self.key.tie.to_be_bytes());
        bytes.extend_from_slice(&self.from.0.to_be_bytes());
        let check = xxh3_64_with_seed(&bytes, scope);
        bytes.extend_from_slice(&check.to_be_bytes());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a cursor that a client hands back.
    pub(crate) fn decode(text: &str, scope: u64) -> Result<Self, CursorError> {
        let bytes = unhex(text).ok_or(CursorError::Form)?;
        if bytes[0] != VERSION {
            return Err(CursorError::Form);
        }
        let (content, check) = bytes.split_at(N_BYTES - 8);
        if xxh3_64_with_seed(content, scope).to_be_bytes() != check {
            return Err(CursorError::OtherRequest);
        }
        let number = |place: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&content[place..place + 8]);
            number
        };
        let key = SortKey {
            rank: i64::from_be_bytes(number(1)),
            start: i64::from_be_bytes(number(9)),
            tie: u64::from_be_bytes(number(17)),
        };
        Ok(Self { key, from: UnixSeconds(i64::from_be_bytes(number(25))) })
    }
}

fn unhex(text: &str) -> Option<[u8; N_BYTES]> {
    let text = text.as_bytes();
    if text.len() != 2 * N_BYTES {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = [0; N_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scopes_differ_wherever_requests_do() {
        let scopes = [
            scope_of("slots", "start", &[]),
            scope_of("slots", "-start", &[]),
            scope_of("provider-locations", "start", &[]),
            scope_of("slots", "start", &[("city", "Boston")]),
            scope_of("slots", "start", &[("cit", "yBoston")]),
            scope_of("slots", "start", &[("city", "Boston"), ("state", "MA")]),
        ];
        for (i, scope) in scopes.iter().enumerate() {
            assert!(!scopes[..i].contains(scope), "{i}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(rank: i64, start: i64, tie: u64, from: i64, scope: u64, other: u64) {
            let cursor = Cursor { key: SortKey { rank, start, tie }, from: UnixSeconds(from) };
            let text = cursor.encode(scope);
            prop_assert_eq!(Cursor::decode(&text, scope), Ok(cursor));
            if other != scope {
                prop_assert_eq!(Cursor::decode(&text, other), Err(CursorError::OtherRequest));
            }
        }

        #[test]
        fn a_changed_cursor_is_refused(tie: u64, place in 2usize..2 * N_BYTES) {
            let cursor = Cursor { key: SortKey { rank: 0, start: 0, tie }, from: UnixSeconds(0) };
            let mut text = cursor.encode(7).into_bytes();
            text[place] = if text[place] == b'0' { b'1' } else { b'0' };
            let text = String::from_utf8(text).expect("hex digits");
            prop_assert_eq!(Cursor::decode(&text, 7), Err(CursorError::OtherRequest));
        }

        #[test]
        fn other_texts_are_refused(text in ".{0,80}") {
            prop_assert!(Cursor::decode(&text, 0).is_err());
        }
    }
}
