//! A bit for each of many places.

use std::ops::Range;

/// Which of consecutive places are such.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits(Box<[u64]>);

impl Bits {
    pub(crate) fn of(are_such: impl ExactSizeIterator<Item = bool>) -> Self {
        let mut words = vec![0; are_such.len().div_ceil(u64::BITS as usize)];
        for (place, is_such) in are_such.enumerate() {
            words[place / 64] |= u64::from(is_such) << (place % 64);
        }
        Self(words.into_boxed_slice())
    }

    /// None of so many.
    pub(crate) fn none_of(n_places: usize) -> Self {
        Self(vec![0; n_places.div_ceil(u64::BITS as usize)].into_boxed_slice())
    }

    #[inline]
    pub(crate) fn set(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    #[inline]
    pub(crate) fn get(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    /// How many at places are such.
    #[inline]
    pub(crate) fn count(&self, places: Range<usize>) -> usize {
        self.words(places).map(|(_, word)| word.count_ones() as usize).sum()
    }

    /// Those of places that are such, ascending.
    #[inline]
    pub(crate) fn places(&self, places: Range<usize>) -> impl Iterator<Item = usize> {
        self.words(places).flat_map(|(first, mut word)| {
            std::iter::from_fn(move || {
                let place = word.trailing_zeros();
                // Takes the lowest bit away.
                word &= word.checked_sub(1)?;
                Some(first + place as usize)
            })
        })
    }

    /// What bits of so many places take, in bytes.
    pub(crate) const fn n_bytes_of(n_places: usize) -> usize {
        n_places.div_ceil(u64::BITS as usize) * size_of::<u64>()
    }

    /// The words that places are in, each with the place of its first bit; bits of other places are 0.
    #[inline]
    fn words(&self, places: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
        let Range { start, end } = places;
        let words = if start < end { start / 64..end.div_ceil(64) } else { 0..0 };
        words.map(move |number| {
            let first = number * 64;
            let from = u64::MAX << start.saturating_sub(first);
            let to = u64::MAX >> (first + 64).saturating_sub(end);
            (first, self.0[number] & from & to)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_those_of_a_list(
            list in prop::collection::vec(any::<bool>(), 0..300),
            from in 0usize..300,
            len in 0usize..300,
        ) {
            let bits = Bits::of(list.iter().copied());
            let from = from.min(list.len());
            let places = from..(from + len).min(list.len());
            let want = places.clone().filter(|place| list[*place]).collect::<Vec<_>>();
            prop_assert_eq!(bits.count(places.clone()), want.len());
            prop_assert_eq!(bits.places(places).collect::<Vec<_>>(), want);
            prop_assert!(list.iter().enumerate().all(|(place, is_such)| bits.get(place) == *is_such));
            let mut one_by_one = Bits::none_of(list.len());
            (0..list.len()).filter(|place| list[*place]).for_each(|place| one_by_one.set(place));
            prop_assert_eq!(one_by_one, bits);
        }
    }
}
