//! Typed answers as the JSON of the contract: camelCase, absent where nothing is known.
//!
//! Everything is borrowed from the answer and written once; instants are strict, in the offset that the publisher
//! wrote or, for `localStart` and `localEnd`, in that of the place.

pub(crate) mod atom;
mod beside;
mod conformance;
mod days;
mod exports;
mod issues;
mod parts;
mod provider_location;
mod publisher;
mod run;
mod slot;
mod statistics;
mod watch;

use std::fmt;

use openslots_model::{Freshness, OffsetInstant, Place, SlotPrecision, UnixSeconds};
use serde::{Serialize, Serializer};

pub use beside::{Explanation, Facets, Match, Understood, Without};
pub use conformance::{Conformance, ConformanceFinding};
pub use days::{Counts as DayCounts, Day, Days};
pub use exports::{ExportedDay, ExportedDays, ExportedFile};
pub use issues::{FileCount, Issue, IssueCount, Issues};
pub use parts::{Location, NearNote, PhysicalType, Position, Provider};
pub use provider_location::{AlsoPublished, NextSlot, ProviderLocation, ProviderLocations};
pub use publisher::{Codes, CountedCode, Counts, HeldRemoval, Policy, Publisher, Publishers};
pub use run::{File, Lines, Run, SkippedType};
pub use slot::{Slot, Slots, Source};
pub(crate) use statistics::AnyStatistics;
pub use statistics::{
    ContinuityStatistics, CoverageStatistics, FillRateStatistics, FreeSlotsStatistics, LeadTimeStatistics,
    StatisticsIndex, StatisticsTable,
};
pub use watch::{NewWatch, SavedWatch};

/// A value written as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An instant of ours, in UTC.
pub type Utc = Text<UnixSeconds>;
/// An instant in the offset it was published in.
pub type Published = Text<OffsetInstant>;

/// The clock of a place.
pub(crate) struct LocalClock<'a> {
    name: &'a str,
    zone: jiff::tz::TimeZone,
}

impl<'a> LocalClock<'a> {
    /// The clock of an IANA zone; `None` for one that is not known here.
    pub(crate) fn find(name: &'a str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(|zone| Self { name, zone })
    }

    /// The clock of a place; `None` where its zone is not known.
    pub(crate) fn of(place: Option<&'a Place>) -> Option<Self> {
        place.and_then(|place| place.time_zone.as_deref()).and_then(Self::find)
    }

    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    /// An instant with the offset that this clock has then.
    pub(crate) fn show(&self, instant: UnixSeconds) -> Published {
        let offset_seconds = self.zone.to_offset(instant.timestamp()).seconds();
        Text(OffsetInstant { instant, offset_seconds })
    }
}

const SECONDS_PER_DAY: i64 = 86_400;

/// Whether nobody can tell which day a slot means: it reaches from midnight to midnight in UTC, as publishers write
/// who mean a day of the place's calendar, and where the place is, it starts on another day than it says.
pub(crate) fn is_date_ambiguous(
    precision: SlotPrecision,
    (start, end): (OffsetInstant, OffsetInstant),
    clock: Option<&LocalClock<'_>>,
) -> bool {
    let is_midnight = |time: OffsetInstant| time.offset_seconds == 0 && time.instant.0 % SECONDS_PER_DAY == 0;
    let is_of_utc_days = precision != SlotPrecision::Exact && is_midnight(start) && is_midnight(end);
    // Midnight stays midnight of the same day only on a clock that shows UTC just then.
    is_of_utc_days && clock.is_none_or(|clock| clock.show(start.instant).0.offset_seconds != 0)
}

/// The freshness that is told beside data.
///
/// The contract knows fresh and stale there. Data that came in runs which never read the whole manifest are of unknown
/// freshness; they are told as stale, the more careful of the two.
pub(crate) const fn freshness_of_data(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Fresh => Freshness::Fresh.as_str(),
        Freshness::Stale | Freshness::Expired | Freshness::Unknown => Freshness::Stale.as_str(),
    }
}

/// Miles to one tenth: finer than any centroid.
pub(crate) fn to_tenth(miles: f64) -> f64 {
    (miles * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_clocks_follow_daylight_saving() {
        let clock = LocalClock::find("America/New_York").expect("a zone");
        for (utc, want) in [
            ("2026-11-01T05:30:00Z", "2026-11-01T01:30:00-04:00"),
            ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00-05:00"),
            ("2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"),
        ] {
            let instant = OffsetInstant::parse_strict(utc).expect(utc).instant;
            assert_eq!(serde_json::to_string(&clock.show(instant)).expect("JSON"), format!("\"{want}\""));
        }
        assert!(LocalClock::find("Mars/Olympus_Mons").is_none());
    }

    #[test]
    fn days_of_utc_are_ambiguous_elsewhere() {
        let (exact, day, days) = (SlotPrecision::Exact, SlotPrecision::Day, SlotPrecision::MultiDay);
        for (precision, start, end, zone, want) in [
            (day, "2026-10-21T00:00:00Z", "2026-10-22T00:00:00Z", Some("America/Anchorage"), true),
            (day, "2026-10-21T00:00:00.000Z", "2026-10-21T00:00:00.000Z", Some("America/New_York"), true),
            (days, "2026-10-21T00:00:00Z", "2026-10-26T00:00:00Z", None, true),
            (day, "2026-10-21T00:00:00Z", "2026-10-22T00:00:00Z", Some("Africa/Abidjan"), false),
            (day, "2026-10-21T00:00:00-08:00", "2026-10-22T00:00:00-08:00", Some("America/Anchorage"), false),
            (exact, "2026-10-21T00:00:00Z", "2026-10-21T00:15:00Z", Some("America/Anchorage"), false),
            (day, "2026-10-21T00:00:00Z", "2026-10-21T09:00:00Z", Some("America/Anchorage"), false),
        ] {
            let times = [start, end].map(|text| OffsetInstant::parse_strict(text).expect(text));
            let clock = zone.map(|zone| LocalClock::find(zone).expect(zone));
            assert_eq!(is_date_ambiguous(precision, times.into(), clock.as_ref()), want, "{start} {end} {zone:?}");
        }
    }

    #[test]
    fn distances_are_told_to_a_tenth() {
        for (miles, want) in [(0.04, 0.0), (1.26, 1.3), (190.449, 190.4)] {
            assert_eq!(to_tenth(miles), want);
        }
    }
}
