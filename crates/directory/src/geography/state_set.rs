//! Sets of states and territories.

use super::states::{STATES, normalize_state};

/// A set of states and territories of the United States, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct StateSet(u64);

impl StateSet {
    /// No state.
    pub const NONE: Self = Self(0);
    /// Every state and territory.
    pub const ALL: Self = Self(u64::MAX >> (64 - STATES.len()));

    /// The state of these letters or this name; none if it is not known.
    pub fn of(text: &str) -> Self {
        let letters = normalize_state(text);
        let place = letters.and_then(|letters| STATES.iter().position(|(known, _)| *known == letters));
        Self(place.map_or(0, |place| 1 << place))
    }

    /// These states and those.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The two letters of its state, if it is exactly one.
    pub fn single(self) -> Option<&'static str> {
        if self.0.count_ones() == 1 { self.letters().next() } else { None }
    }

    /// The two letters of each, in alphabetical order.
    pub fn letters(self) -> impl Iterator<Item = &'static str> {
        STATES.iter().enumerate().filter(move |(place, _)| self.0 >> place & 1 == 1).map(|(_, (letters, _))| *letters)
    }
}

impl FromIterator<StateSet> for StateSet {
    fn from_iter<I: IntoIterator<Item = StateSet>>(sets: I) -> Self {
        sets.into_iter().fold(Self::NONE, Self::union)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_made_of_letters_and_names_and_give_letters() {
        for (texts, want, single) in [
            (&["ma", "Rhode Island"][..], &["MA", "RI"][..], None),
            (&["WY"], &["WY"], Some("WY")),
            (&["US-AK", "ak"], &["AK"], Some("AK")),
            (&["Ontario", ""], &[], None),
        ] {
            let set = texts.iter().map(|text| StateSet::of(text)).collect::<StateSet>();
            assert_eq!(set.letters().collect::<Vec<_>>(), want);
            assert_eq!((set.single(), set.is_empty()), (single, want.is_empty()));
        }
        assert_eq!(StateSet::ALL.letters().count(), STATES.len());
    }
}
