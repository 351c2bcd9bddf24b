//! The same place at several publishers.
//!
//! Two Locations of different publishers are linked, never merged, and only where two independent signals agree and
//! nothing contradicts: a wrong link sends a patient to another door, a missed one costs a line on a page.
//!
//! - Address and position are one signal, because a position is made from the address. Many practices share a house, so
//!   something else must agree: name, phone or identifier.
//! - A chain gives all its stores one name, and often one phone. Numbers that are paid by the callee or that a publisher
//!   gives to several places are no signal ([`LinkIndex`] counts); a name alone with a city is none either. Where both
//!   have phones and none in common, name and address must be the same to the letter.
//! - NPI, VTrckS and the like belong to organisations: they count only beside an address.
//! - Whatever tells places apart is a [`Contradiction`]: state, distance, house, end of a street (14th Place, 14th
//!   Avenue), suite, department, number of a store.
//!
//! [`PlaceSignals`] holds what is compared of one place, [`compare`] judges two on their own, [`LinkIndex`] finds
//! the pairs among all places.

mod compare;
mod identifier;
mod index;
mod kind;
mod name;
mod phone;
mod rules;
mod signals;
mod street;
#[cfg(test)]
mod tests;
mod units;
mod verdict;
mod words;

use std::hash::{BuildHasher, Hash};

pub use compare::compare;
pub use index::{Link, LinkIndex};
pub use rules::LinkRules;
pub use signals::PlaceSignals;
pub use verdict::{Contradiction, LinkSignal, LinkSignals, Verdict};

/// Whether two facts of the same kind are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Agrees,
    Differs,
    /// One is missing.
    Unknown,
}

impl Agreement {
    fn of(is_same: bool) -> Self {
        if is_same { Self::Agrees } else { Self::Differs }
    }

    /// Of facts that do not differ.
    fn of_known(is_same: bool) -> Self {
        if is_same { Self::Agrees } else { Self::Unknown }
    }
}

/// One number for a fact. It is never kept beyond the process.
fn hash<T: Hash + ?Sized>(fact: &T) -> u64 {
    rustc_hash::FxBuildHasher.hash_one(fact)
}

/// The words of an address or a name: lower case without accents. Kept are `#` before a word, `-` and `/` inside
/// numbers, and the stroke of `c/o`; points and apostrophes go without parting (`P.O.` is `po`, `Shaw's` is `shaws`).
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut spaced = String::with_capacity(text.len() + 4);
    for (at, c) in chars.iter().enumerate() {
        let neighbours = (at.checked_sub(1).and_then(|before| chars.get(before)), chars.get(at + 1));
        let is_inside = |fits: fn(&char) -> bool| matches!(neighbours, (Some(a), Some(b)) if fits(a) && fits(b));
        match c {
            '.' | '\'' | '\u{2019}' | '\u{2018}' | '`' => {}
            '#' => spaced.push_str(" #"),
            '-' if is_inside(char::is_ascii_digit) => spaced.push('-'),
            '/' if is_inside(char::is_ascii_digit) || (is_inside(char::is_ascii_alphabetic) && at == 1) => {
                spaced.push('/')
            }
            c if c.is_ascii_alphanumeric() => spaced.push(c.to_ascii_lowercase()),
            c if c.is_ascii() => spaced.push(' '),
            // A combining accent belongs to the letter before it.
            c => match deunicode::deunicode_char(*c) {
                Some("") => {}
                Some(ascii) if c.is_alphanumeric() => spaced.extend(ascii.chars().map(|c| c.to_ascii_lowercase())),
                _ => spaced.push(' '),
            },
        }
    }
    // `# 200` is `#200`.
    let spaced = spaced.replace("# ", "#");
    spaced.split_whitespace().filter(|word| *word != "#").map(str::to_owned).collect()
}
