//! Slots.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{BookingMethod, Coding, ResourceNumber, SlotRow, TraitsNumber, UnixSeconds};

/// A slot longer than this is a window ("between 9 and 5"), not an appointment: three hours, the rule of the largest
/// public finder of 2021.
pub const COARSE_FROM_SECONDS: u32 = 3 * 3_600 + 1;

/// A window longer than this reaches over several days: a day of the clock has 25 hours once a year.
const MULTI_DAY_FROM_SECONDS: u32 = 25 * 3_600 + 1;

/// The appointment type of those who come without an appointment (v2 table 0276, appointment reason codes).
const WALK_IN_CODE: &str = "WALKIN";

/// How exactly a slot's time is that of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotPrecision {
    /// An appointment's time.
    Exact,
    /// A window of hours, a day at most.
    Day,
    /// A window of several days.
    MultiDay,
}

impl SlotPrecision {
    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Day => "day",
            Self::MultiDay => "multi-day",
        }
    }
}

/// The status of a slot (FHIR `slotstatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the codes of the value set")]
pub enum SlotStatus {
    Free,
    Busy,
    BusyUnavailable,
    BusyTentative,
    EnteredInError,
}

impl SlotStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Free, Self::Busy, Self::BusyUnavailable, Self::BusyTentative, Self::EnteredInError];

    /// The FHIR code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Busy => "busy",
            Self::BusyUnavailable => "busy-unavailable",
            Self::BusyTentative => "busy-tentative",
            Self::EnteredInError => "entered-in-error",
        }
    }
}

impl FromStr for SlotStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

impl fmt::Display for SlotStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which patients a slot is for (`http://terminology.hl7.org/CodeSystem/accepting-patients`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AcceptingPatients {
    /// New patients.
    #[serde(rename = "newpt")]
    New,
    /// Existing patients only.
    #[serde(rename = "existptonly")]
    ExistingOnly,
    /// Existing patients and their family.
    #[serde(rename = "existptfam")]
    ExistingAndFamily,
    /// No patients: never served.
    #[serde(rename = "nopt")]
    None,
}

impl AcceptingPatients {
    /// Every code.
    pub const ALL: [Self; 4] = [Self::New, Self::ExistingOnly, Self::ExistingAndFamily, Self::None];

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "newpt",
            Self::ExistingOnly => "existptonly",
            Self::ExistingAndFamily => "existptfam",
            Self::None => "nopt",
        }
    }
}

impl FromStr for AcceptingPatients {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|code| code.as_str() == text).ok_or(())
    }
}

/// Everything about a slot that a query filters by, apart from its schedule and start.
///
/// Slots share few combinations of these, so they are interned: a slot holds a number, and a query decides once for
/// each combination, not once for each slot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotTraits {
    /// Status as published.
    pub status: SlotStatus,
    /// Length in seconds.
    pub duration_seconds: u32,
    /// How it can be booked.
    pub booking: BookingMethod,
    /// Whether the publisher says that nothing is left in it (capacity 0 or below).
    #[serde(default)]
    pub is_full: bool,
    /// Appointment types.
    #[serde(default)]
    pub appointment_types: Vec<Coding>,
    /// Which patients it is for; empty: not said.
    #[serde(default)]
    pub accepting_patients: Vec<AcceptingPatients>,
    /// The slot's own service types, which override its schedule's when not empty.
    #[serde(default)]
    pub service_types: Vec<Coding>,
    /// The slot's own specialties, which override its schedule's when not empty.
    #[serde(default)]
    pub specialties: Vec<Coding>,
    /// Languages (BCP 47) published on the slot.
    #[serde(default)]
    pub languages: Vec<String>,
}

impl SlotTraits {
    /// Whether the time is a window of hours or days, not an appointment's.
    ///
    /// An empty span (start equal to end) is a day capacity that some publishers write so: coarse as well.
    pub const fn is_coarse(&self) -> bool {
        !matches!(self.precision(), SlotPrecision::Exact)
    }

    /// How exact its time is.
    pub const fn precision(&self) -> SlotPrecision {
        match self.duration_seconds {
            1..COARSE_FROM_SECONDS => SlotPrecision::Exact,
            MULTI_DAY_FROM_SECONDS.. => SlotPrecision::MultiDay,
            _ => SlotPrecision::Day,
        }
    }

    /// Whether it is for those who come without an appointment.
    pub fn is_walk_in(&self) -> bool {
        let is_walk_in = |code: &str| code.eq_ignore_ascii_case(WALK_IN_CODE);
        self.appointment_types.iter().any(|coding| coding.code.as_deref().is_some_and(is_walk_in))
    }

    /// How long after its start it can still be booked, in seconds: an appointment not at all, a window until it ends.
    /// A day's capacity without a length stands for a day.
    pub const fn offered_seconds(&self) -> u32 {
        match (self.precision(), self.duration_seconds) {
            (SlotPrecision::Exact, _) => 0,
            (_, 0) => 24 * 3_600,
            (_, seconds) => seconds,
        }
    }

    /// Whether nothing is left of the time of a slot with these traits that starts then.
    pub const fn is_over(&self, start: UnixSeconds, now: UnixSeconds) -> bool {
        match self.offered_seconds() {
            0 => start.0 < now.0,
            seconds => start.plus_seconds(seconds as i64).0 <= now.0,
        }
    }

    /// Whether it may be offered to anybody: not withdrawn, and some patients are accepted.
    pub fn is_servable(&self) -> bool {
        self.status != SlotStatus::EnteredInError && !self.accepting_patients.contains(&AcceptingPatients::None)
    }

    /// Whether it can be booked to the best of our knowledge: free, with something left, and servable.
    pub fn is_bookable(&self) -> bool {
        self.status == SlotStatus::Free && !self.is_full && self.is_servable()
    }
}

/// A slot as the search columns hold it: 16 bytes beside its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotRecord {
    /// Its row in the store.
    pub row: SlotRow,
    /// Number of its schedule in the store.
    pub schedule: ResourceNumber,
    /// When it starts.
    pub start: UnixSeconds,
    /// What a query filters by.
    pub traits: TraitsNumber,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(duration_seconds: u32) -> SlotTraits {
        SlotTraits {
            status: SlotStatus::Free,
            duration_seconds,
            booking: BookingMethod::Online,
            is_full: false,
            appointment_types: vec![],
            accepting_patients: vec![],
            service_types: vec![],
            specialties: vec![],
            languages: vec![],
        }
    }

    #[test]
    fn windows_are_told_from_appointments() {
        for (seconds, precision) in [
            (0, SlotPrecision::Day),
            (1, SlotPrecision::Exact),
            (900, SlotPrecision::Exact),
            (10_800, SlotPrecision::Exact),
            (10_801, SlotPrecision::Day),
            (32_400, SlotPrecision::Day),
            (90_000, SlotPrecision::Day),
            (90_001, SlotPrecision::MultiDay),
            (u32::MAX, SlotPrecision::MultiDay),
        ] {
            assert_eq!(traits(seconds).precision(), precision, "{seconds}");
            assert_eq!(traits(seconds).is_coarse(), precision != SlotPrecision::Exact, "{seconds}");
        }
    }

    #[test]
    fn appointments_are_over_when_they_begin_and_windows_when_they_end() {
        for (seconds, now, is_over) in [
            (900, 99, false),
            (900, 100, false),
            (900, 101, true),
            (10_801, 10_900, false),
            (10_801, 10_901, true),
            (0, 86_499, false),
            (0, 86_500, true),
        ] {
            assert_eq!(traits(seconds).is_over(UnixSeconds(100), UnixSeconds(now)), is_over, "{seconds} at {now}");
        }
    }

    #[test]
    fn a_slot_without_anything_left_is_not_bookable() {
        assert!(traits(900).is_bookable());
        assert!(!SlotTraits { is_full: true, ..traits(900) }.is_bookable());
        assert!(!SlotTraits { status: SlotStatus::Busy, ..traits(900) }.is_bookable());
        assert!(!SlotTraits { accepting_patients: vec![AcceptingPatients::None], ..traits(900) }.is_servable());
    }
}
