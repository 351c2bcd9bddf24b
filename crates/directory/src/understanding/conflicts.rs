//! Pieces that contradict each other, and pieces that belong together.

use super::scan::{Found, Scan};
use super::{Meaning, Soon, Understood};

/// Kinds of meanings, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(u8);

impl Kinds {
    const PLACE: Self = Self(1);
    const WEEKDAYS: Self = Self(2);
    const TIME: Self = Self(4);
    const VIRTUAL: Self = Self(8);
    const GENDER: Self = Self(16);
    const SOON: Self = Self(32);

    const fn of(meaning: &Meaning) -> Self {
        match meaning {
            Meaning::Near { .. } | Meaning::NearMe { .. } => Self::PLACE,
            Meaning::Weekdays(_) => Self::WEEKDAYS,
            Meaning::TimeOfDay { .. } => Self::TIME,
            Meaning::Virtual(_) => Self::VIRTUAL,
            Meaning::Gender(_) => Self::GENDER,
            Meaning::Soon(_) => Self::SOON,
            Meaning::Specialty(_) | Meaning::Language(_) | Meaning::AcceptsNewPatients | Meaning::WalkIn => Self(0),
        }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, meaning: &Meaning) -> bool {
        self.0 & Self::of(meaning).0 != 0
    }
}

/// The kinds of which two pieces cannot both hold.
pub(super) fn contradicting(found: &[Found]) -> Kinds {
    let mut kinds = Kinds::default();
    for (number, one) in found.iter().enumerate() {
        for other in &found[number + 1..] {
            if contradict(&one.meaning, &other.meaning) {
                kinds = kinds.and(Kinds::of(&one.meaning));
            }
        }
    }
    // Which of the times belongs to which of the days, nobody can tell then.
    if kinds.and(Kinds::WEEKDAYS) == kinds { kinds.and(Kinds::TIME) } else { kinds }
}

fn contradict(one: &Meaning, other: &Meaning) -> bool {
    match (one, other) {
        (Meaning::Weekdays(one), Meaning::Weekdays(other)) => one.intersection(*other).is_empty(),
        (
            Meaning::TimeOfDay { from_minute, to_minute },
            Meaning::TimeOfDay { from_minute: other_from, to_minute: other_to },
        ) => from_minute.max(other_from) >= to_minute.min(other_to),
        (Meaning::Soon(Soon::Earliest), _) | (_, Meaning::Soon(Soon::Earliest)) => false,
        // A radius on its own is that of the place.
        (
            Meaning::NearMe { radius_miles: Some(_) },
            Meaning::Near { radius_miles: None, .. } | Meaning::NearMe { radius_miles: None },
        )
        | (
            Meaning::Near { radius_miles: None, .. } | Meaning::NearMe { radius_miles: None },
            Meaning::NearMe { radius_miles: Some(_) },
        ) => false,
        _ => Kinds::of(one) == Kinds::of(other) && !Kinds::of(one).is_empty() && one != other,
    }
}

/// The pieces with their words. A radius on its own belongs to the place that is named elsewhere.
pub(super) fn understood(scan: &Scan<'_>) -> Vec<Understood> {
    let is_place = |meaning: &Meaning| {
        matches!(meaning, Meaning::Near { radius_miles: None, .. } | Meaning::NearMe { radius_miles: None })
    };
    let has_place = scan.found.iter().any(|found| is_place(&found.meaning));
    let own_radius = scan.found.iter().find_map(|found| match found.meaning {
        Meaning::NearMe { radius_miles: Some(miles) } if has_place => Some((miles, found)),
        _ => None,
    });
    let mut all = Vec::new();
    for found in &scan.found {
        let mut words = scan.typed(found.from, found.to).to_owned();
        let mut meaning = found.meaning.clone();
        match (&mut meaning, own_radius) {
            (Meaning::NearMe { radius_miles: Some(_) }, Some(_)) => continue,
            (Meaning::Near { radius_miles, .. } | Meaning::NearMe { radius_miles }, Some((miles, radius))) => {
                *radius_miles = Some(miles);
                words = format!("{words} {}", scan.typed(radius.from, radius.to));
            }
            _ => {}
        }
        all.push(Understood { words, meaning, corrected: found.corrected });
    }
    all
}
