//! Pseudo-random choices that depend on nothing but the seed and what the choice is about.
//!
//! Every choice has a key of its own (seed, publisher, purpose, number), so a line can be made without making those
//! before it. The mixer is that of splitmix64, written here so that no library's version can change a byte.

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of splitmix64: a bijection of 64 bits that spreads every bit over all.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a choice is about; keeps choices about the same number apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Publisher = 1,
    Name,
    State,
    Place,
    Street,
    Phone,
    Person,
    Npi,
    Specialty,
    Language,
    Hours,
    Shape,
    ActorOrder,
    Phase,
    Day,
    Status,
    IdHigh,
    IdLow,
}

/// The key of one choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(u64);

impl Key {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(GOLDEN_GAMMA)))
    }

    /// The key of a choice about the `number`-th thing. Different numbers give different keys, always.
    pub(crate) const fn of(self, number: u64) -> Self {
        Self(mix(self.0.wrapping_add(number.wrapping_add(1).wrapping_mul(GOLDEN_GAMMA))))
    }

    /// The key of a family of choices.
    pub(crate) const fn for_purpose(self, purpose: Purpose) -> Self {
        self.of(purpose as u64)
    }

    /// All 64 bits.
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// A number below `n`; 0 if `n` is 0.
    pub(crate) const fn below(self, n: u64) -> u64 {
        ((self.0 as u128 * n as u128) >> 64) as u64
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<T: Copy>(self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixer_is_splitmix64() {
        // First outputs of splitmix64 for seed 1234567, as published with the algorithm.
        let mut state = 1_234_567_u64;
        let mut next = || {
            state = state.wrapping_add(GOLDEN_GAMMA);
            mix(state)
        };
        let got: Vec<u64> = (0..5).map(|_| next()).collect();
        let want = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn choices_are_even_and_apart() {
        let key = Key::new(7).for_purpose(Purpose::Status);
        let n_low = (0..10_000).filter(|n| key.of(*n).below(1_000) < 700).count();
        assert!((6_850..7_150).contains(&n_low), "{n_low}");
        assert_ne!(key.of(1), key.of(2));
        assert_ne!(Key::new(7).of(1), Key::new(8).of(1));
        assert_eq!(key.of(3).below(0), 0);
    }
}
