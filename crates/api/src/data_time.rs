//! How recent data are, and by whose word.

use openslots_model::{OffsetInstant, PublisherStatus, UnixSeconds};

use crate::render::{Published, Text};

/// A claim this far ahead of our own clock is a wrong clock's.
const MAX_AHEAD_SECONDS: i64 = 300;

/// How recent data are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DataTime {
    pub(crate) as_of: Published,
    /// `last-source-sync` (an aggregator's word on the resource), `manifest` (the publisher's on all of its data) or
    /// `fetched` (nothing is claimed that can be believed, so all that is known is when they were read).
    pub(crate) basis: &'static str,
}

impl DataTime {
    /// How recent the data of a publisher are, or a resource of them that an aggregator has spoken for.
    ///
    /// This is what others claim; how far data are trusted hangs on when they were read, never on this.
    pub(crate) fn of(status: &PublisherStatus, last_source_sync: Option<OffsetInstant>) -> Option<Self> {
        let read_at = status.last_read_at?;
        let claims = [(last_source_sync, "last-source-sync"), (claim_of(status), "manifest")];
        let believed = claims.into_iter().find_map(|(claim, basis)| {
            let as_of = claim.filter(|claim| seconds_ahead(*claim, read_at) <= MAX_AHEAD_SECONDS)?;
            Some(Self { as_of: Text(as_of), basis })
        });
        let fetched = Text(OffsetInstant { instant: read_at, offset_seconds: 0 });
        believed.or(Some(Self { as_of: fetched, basis: "fetched" }))
    }
}

impl DataTime {
    /// Whether data are older than so many seconds.
    pub(crate) const fn is_older_than(self, seconds: i64, now: UnixSeconds) -> bool {
        self.as_of.0.instant.0 < now.0 - seconds
    }
}

/// The publisher's claim, if it is an instant.
pub(crate) fn claim_of(status: &PublisherStatus) -> Option<OffsetInstant> {
    OffsetInstant::parse_lenient(status.transaction_time.as_deref()?).ok().map(|(claim, _)| claim)
}

const fn seconds_ahead(claim: OffsetInstant, read_at: UnixSeconds) -> i64 {
    claim.instant.0 - read_at.0
}

#[cfg(test)]
mod tests {
    use openslots_model::{FreshnessPolicy, Publisher, PublisherNumber};

    use super::*;

    fn status(transaction_time: Option<&str>, last_read_at: Option<&str>) -> PublisherStatus {
        let publisher = Publisher {
            number: PublisherNumber(1),
            slug: "a".parse().expect("a slug"),
            display_name: "A".to_owned(),
            manifest_url: "https://a.example.org/$bulk-publish".to_owned(),
            enabled: true,
            is_configured: false,
            policy: FreshnessPolicy::default(),
            access_expires_at: None,
            is_public_only: false,
        };
        PublisherStatus {
            last_read_at: last_read_at.map(|text| instant(text).instant),
            transaction_time: transaction_time.map(str::to_owned),
            ..PublisherStatus::new(publisher)
        }
    }

    fn instant(text: &str) -> OffsetInstant {
        OffsetInstant::parse_strict(text).expect(text)
    }

    #[test]
    fn the_nearest_word_that_can_be_believed_counts() {
        let read = Some("2026-10-01T12:00:00Z");
        let sync = "2026-10-01T07:00:00-05:00";
        for (claim, sync, read, want) in [
            (Some("2026-10-01T11:00:00Z"), None, read, Some(("2026-10-01T11:00:00Z", "manifest"))),
            (Some("2026-10-01T11:00:00Z"), Some(sync), read, Some((sync, "last-source-sync"))),
            (Some("2026-10-01T11:00:00-00"), None, read, Some(("2026-10-01T11:00:00Z", "manifest"))),
            (Some("2026-10-01T12:05:00Z"), None, read, Some(("2026-10-01T12:05:00Z", "manifest"))),
            (Some("2026-10-01T12:05:01Z"), None, read, Some(("2026-10-01T12:00:00Z", "fetched"))),
            (None, Some("2026-10-01T13:00:00Z"), read, Some(("2026-10-01T12:00:00Z", "fetched"))),
            (Some("yesterday"), None, read, Some(("2026-10-01T12:00:00Z", "fetched"))),
            (Some("2026-10-01T11:00:00Z"), Some(sync), None, None),
        ] {
            let status = status(claim, read);
            let got = DataTime::of(&status, sync.map(instant));
            let got = got.map(|time| (time.as_of.0.to_string(), time.basis));
            assert_eq!(got, want.map(|(as_of, basis)| (as_of.to_owned(), basis)), "{claim:?} {sync:?}");
        }
    }
}
