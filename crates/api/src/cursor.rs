//! Cursors: where the next page starts, in a form that clients only hand back.
//!
//! A cursor carries the sort key of the last answer, so the next page starts behind it whatever has come or gone
//! meanwhile: what was there all the time and stayed as it was is neither repeated nor skipped.
//! A slot whose line changes meanwhile is a new version behind all others of its time, so it may come once more but is
//! not missed; one that moves in time, or a provider location whose next slot is taken, changes its place in the order.
//! It also carries from when on the first page asked: the key of a provider location is the start of its next slot, and
//! that would change with the clock.
//! It is bound to the parameters it was given for by a checksum, so one that is used with other filters, in another
//! order or after being changed is refused and does not start somewhere by chance.
//! It expires an hour after it was given out (each page gives a new one, so a walk may take as long as it likes), and
//! with the database: rows are numbered anew in one that is rebuilt, and one that is restored from a copy does not know
//! the rows that came after.
//! The checksum guards against mistakes, not against malice: a forged cursor reads the same public data.

use openslots_model::{ChangeSeq, SortKey, UnixSeconds};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const VERSION: u8 = 3;
const N_BYTES: usize = 1 + 6 * 8 + 8;
/// How long a cursor is good for after it was given out.
pub(crate) const MAX_AGE_SECONDS: i64 = 3_600;
/// How far ahead of the present a cursor may have been given out, by a clock that was put right since.
const MAX_AHEAD_SECONDS: i64 = 300;

/// A place in an ordered answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The key of the last answer before the page.
    pub(crate) key: SortKey,
    /// The beginning of the window of the first page.
    pub(crate) from: UnixSeconds,
    /// When it was given out.
    pub(crate) given_at: UnixSeconds,
    /// The newest change that was known then.
    pub(crate) seq: ChangeSeq,
}

/// What there is when a cursor comes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Present {
    pub(crate) now: UnixSeconds,
    /// Where the change feed began.
    pub(crate) feed_began: ChangeSeq,
    /// The newest change that searches see.
    pub(crate) newest: ChangeSeq,
}

/// Why a cursor cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CursorError {
    #[error("is not a cursor of this service; take it from `next` as it is")]
    Form,
    #[error("belongs to a request with other filters or another order; repeat that request, or begin without a cursor")]
    OtherRequest,
    #[error("was given out by another version of this service; start again without a cursor")]
    OtherVersion,
    #[error("has expired: it was good for an hour after it was given out; start again without a cursor")]
    TooOld,
    #[error("has expired: the data were rebuilt or restored since it was given out; start again without a cursor")]
    OtherData,
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
        bytes.extend_from_slice(&self.given_at.0.to_be_bytes());
        bytes.extend_from_slice(&self.seq.0.to_be_bytes());
        let check = xxh3_64_with_seed(&bytes, scope);
        bytes.extend_from_slice(&check.to_be_bytes());
        to_hex(&bytes)
    }

    /// Reads a cursor that a client hands back.
    pub(crate) fn decode(text: &str, scope: u64) -> Result<Self, CursorError> {
        if version_of(text).is_some_and(|version| (1..VERSION).contains(&version)) {
            return Err(CursorError::OtherVersion);
        }
        let bytes = from_hex(text).filter(|bytes| bytes.len() == N_BYTES).ok_or(CursorError::Form)?;
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
        Ok(Self {
            key,
            from: UnixSeconds(i64::from_be_bytes(number(25))),
            given_at: UnixSeconds(i64::from_be_bytes(number(33))),
            seq: ChangeSeq(u64::from_be_bytes(number(41))),
        })
    }

    /// The cursor, if it has not expired.
    pub(crate) fn check(self, present: Present) -> Result<Self, CursorError> {
        if self.seq < present.feed_began || self.seq > present.newest {
            return Err(CursorError::OtherData);
        }
        let age_seconds = present.now.0.saturating_sub(self.given_at.0);
        match (-MAX_AHEAD_SECONDS..=MAX_AGE_SECONDS).contains(&age_seconds) {
            true => Ok(self),
            false => Err(CursorError::TooOld),
        }
    }
}

/// The version in what looks like a cursor.
fn version_of(text: &str) -> Option<u8> {
    let is_hex = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u8::from_str_radix(text.get(..2)?, 16).ok()).flatten()
}

/// Bytes as hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks();
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CURSOR: Cursor = Cursor {
        key: SortKey { rank: 0, start: 0, tie: 0 },
        from: UnixSeconds(0),
        given_at: UnixSeconds(10_000),
        seq: ChangeSeq(50),
    };

    #[test]
    fn cursors_expire_with_time_and_with_their_data() {
        for (now, feed_began, newest, want) in [
            (10_000, 0, 50, Ok(CURSOR)),
            (13_600, 50, 90, Ok(CURSOR)),
            (9_700, 0, 50, Ok(CURSOR)),
            (13_601, 0, 50, Err(CursorError::TooOld)),
            (9_699, 0, 50, Err(CursorError::TooOld)),
            (10_000, 51, 90, Err(CursorError::OtherData)),
            (10_000, 0, 49, Err(CursorError::OtherData)),
        ] {
            let present =
                Present { now: UnixSeconds(now), feed_began: ChangeSeq(feed_began), newest: ChangeSeq(newest) };
            assert_eq!(CURSOR.check(present), want, "{present:?}");
        }
    }

    #[test]
    fn cursors_of_older_versions_are_told_apart() {
        let of_version_2 = format!("02{}", "0".repeat(80));
        assert_eq!(Cursor::decode(&of_version_2, 7), Err(CursorError::OtherVersion));
        for text in ["02", "02x", &format!("04{}", "0".repeat(80))] {
            assert_eq!(Cursor::decode(text, 7), Err(CursorError::Form), "{text}");
        }
    }

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
        fn a_cursor_is_read_as_it_was_written(
            (rank, start, tie) in any::<(i64, i64, u64)>(),
            (from, given_at, seq) in any::<(i64, i64, u64)>(),
            scope in any::<u64>(),
            other in any::<u64>(),
        ) {
            let (from, given_at) = (UnixSeconds(from), UnixSeconds(given_at));
            let cursor = Cursor { key: SortKey { rank, start, tie }, from, given_at, seq: ChangeSeq(seq) };
            let text = cursor.encode(scope);
            prop_assert_eq!(Cursor::decode(&text, scope), Ok(cursor));
            if other != scope {
                prop_assert_eq!(Cursor::decode(&text, other), Err(CursorError::OtherRequest));
            }
        }

        #[test]
        fn a_changed_cursor_is_refused(tie: u64, place in 2usize..2 * N_BYTES) {
            let cursor = Cursor { key: SortKey { rank: 0, start: 0, tie }, ..CURSOR };
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
