//! What pieces of a text can mean.

use std::fmt;

use openslots_model::{Gender, Weekdays};

use crate::languages::Language;
use crate::vocabulary::Specialty;

/// What a piece of a text means as a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// Any of these specialties. Several pieces that mean specialties mean any of all of them.
    Specialty(Vec<&'static Specialty>),
    /// Close to a place.
    Near {
        /// A ZIP or a city, which [`locate`](crate::geography::locate) knows.
        place: String,
        /// How far to go, where the text says so.
        radius_miles: Option<f64>,
    },
    /// Close to the searcher, whose place the text does not say.
    NearMe {
        /// How far to go, where the text says so.
        radius_miles: Option<f64>,
    },
    /// A language that is spoken. Several such pieces mean that all are spoken.
    Language(&'static Language),
    /// New patients are accepted.
    AcceptsNewPatients,
    /// On one of these days of the week.
    Weekdays(Weekdays),
    /// Starts at that time of the day, on the clock of the place.
    TimeOfDay {
        /// Earliest start, in minutes of the day, inclusive.
        from_minute: u16,
        /// Latest start, in minutes of the day, exclusive; 1440 is midnight.
        to_minute: u16,
    },
    /// Virtual care, or care in person.
    Virtual(bool),
    /// The provider's gender: female or male.
    Gender(Gender),
    /// No appointment is needed.
    WalkIn,
    /// How soon.
    Soon(Soon),
}

impl Meaning {
    /// The parameter of the API that would say the same.
    pub const fn parameter(&self) -> &'static str {
        match self {
            Self::Specialty(_) => "specialty",
            Self::Near { .. } | Self::NearMe { .. } => "near",
            Self::Language(_) => "language",
            Self::AcceptsNewPatients => "acceptingPatients",
            Self::Weekdays(_) => "weekday",
            Self::TimeOfDay { .. } => "timeOfDay",
            Self::Virtual(_) => "isVirtual",
            Self::Gender(_) => "gender",
            Self::WalkIn => "walkIn",
            Self::Soon(Soon::Earliest) => "sort",
            Self::Soon(_) => "startBefore",
        }
    }

    /// The value of that parameter. Where it depends on who asks and when (`me`, `tomorrow`), the word for it.
    pub fn value(&self) -> String {
        match self {
            Self::Specialty(specialties) => {
                specialties.iter().map(|specialty| specialty.key).collect::<Vec<_>>().join(",")
            }
            Self::Near { place, .. } => place.clone(),
            Self::NearMe { .. } => "me".to_owned(),
            Self::Language(language) => language.tag().to_owned(),
            Self::AcceptsNewPatients => "newpt".to_owned(),
            Self::Weekdays(days) => days.to_string(),
            Self::TimeOfDay { from_minute, to_minute } => format!("{}-{}", Clock(*from_minute), Clock(*to_minute)),
            Self::Virtual(is_virtual) => is_virtual.to_string(),
            Self::Gender(gender) => gender.as_str().to_owned(),
            Self::WalkIn => "true".to_owned(),
            Self::Soon(soon) => soon.to_string(),
        }
    }
}

/// A time of the day in minutes.
struct Clock(u16);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// How soon, as days on the clock of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Soon {
    /// Before today ends.
    Today,
    /// On the day after today.
    Tomorrow,
    /// Before this week ends.
    ThisWeek,
    /// In the week after this one.
    NextWeek,
    /// Within so many days from now.
    WithinDays(u16),
    /// The earliest first: the order in which answers come anyway, nothing to filter.
    Earliest,
}

impl fmt::Display for Soon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Today => f.write_str("today"),
            Self::Tomorrow => f.write_str("tomorrow"),
            Self::ThisWeek => f.write_str("this week"),
            Self::NextWeek => f.write_str("next week"),
            Self::WithinDays(1) => f.write_str("within 1 day"),
            Self::WithinDays(days) => write!(f, "within {days} days"),
            Self::Earliest => f.write_str("start"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_say_what_the_api_would() {
        for (meaning, want) in [
            (Meaning::AcceptsNewPatients, "acceptingPatients=newpt"),
            (Meaning::Weekdays(Weekdays::WEEKEND), "weekday=sat,sun"),
            (Meaning::TimeOfDay { from_minute: 1_020, to_minute: 1_440 }, "timeOfDay=17:00-24:00"),
            (Meaning::Virtual(false), "isVirtual=false"),
            (Meaning::Gender(Gender::Female), "gender=female"),
            (Meaning::WalkIn, "walkIn=true"),
            (Meaning::NearMe { radius_miles: None }, "near=me"),
            (Meaning::Soon(Soon::WithinDays(3)), "startBefore=within 3 days"),
            (Meaning::Soon(Soon::Earliest), "sort=start"),
        ] {
            assert_eq!(format!("{}={}", meaning.parameter(), meaning.value()), want);
        }
    }
}
