//! Suites, floors and buildings.

use super::words::{is_digits, street_word, suffix};
use super::{Agreement, hash};

/// What an address says of the part of a house; 0 where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Units {
    suite: u32,
    floor: u32,
    building: u32,
}

impl Units {
    /// Keeps the first suite that is named.
    pub(super) fn set_suite(&mut self, id: &str) {
        set(&mut self.suite, id);
    }

    /// Unknown where one says nothing that the other says.
    pub(super) fn compare(self, other: Self) -> Agreement {
        let pairs = [(self.suite, other.suite), (self.floor, other.floor), (self.building, other.building)];
        if pairs.iter().any(|(a, b)| *a != 0 && *b != 0 && a != b) {
            return Agreement::Differs;
        }
        Agreement::of_known(pairs.iter().all(|(a, b)| a == b))
    }

    /// Whether both name the same suite.
    pub(super) fn is_same_suite(self, other: Self) -> bool {
        self.suite != 0 && self.compare(other) == Agreement::Agrees
    }

    /// All of it as one number.
    pub(super) fn key(self) -> u64 {
        hash(&(self.suite, self.floor, self.building))
    }
}

fn set(unit: &mut u32, id: &str) {
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let id = id.trim_start_matches('0');
    if *unit == 0 && !id.is_empty() {
        // The lower half: a unit is compared within one house only. Never 0, which is for none.
        *unit = (hash(id) as u32).max(1);
    }
}

enum Kind {
    Suite,
    Floor,
    Building,
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "suite" | "ste" | "suites" | "stes" | "unit" | "units" | "apt" | "apartment" | "room" | "rm" | "#"
        | "office" => Kind::Suite,
        "floor" | "flr" | "fl" | "flo" => Kind::Floor,
        "building" | "bldg" | "bld" | "tower" | "wing" | "pavilion" => Kind::Building,
        _ => return None,
    })
}

/// Takes the units out of the words of a part of an address, and gives the words that are left.
pub(super) fn take(words: Vec<String>, units: &mut Units) -> Vec<String> {
    let mut rest: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let word = words[at].as_str();
        let Some(kind) = kind(word) else {
            // `#200` without a gap.
            match word.strip_prefix('#').filter(|id| !id.is_empty()) {
                Some(id) => units.set_suite(id),
                None => rest.push(word.to_owned()),
            }
            at += 1;
            continue;
        };
        let next = words.get(at + 1).map(|next| next.trim_start_matches('#')).filter(|next| is_id(next, &kind));
        let mut n_taken = 1 + usize::from(next.is_some());
        match (kind, next) {
            (Kind::Suite, Some(id)) => {
                // `Suite 200 B` is `200B`.
                let letter = words.get(at + 2).filter(|letter| is_digits(id) && is_letter(letter));
                units.set_suite(&format!("{id}{}", letter.map_or("", |letter| letter)));
                n_taken += usize::from(letter.is_some());
            }
            (Kind::Floor, Some(id)) => set(&mut units.floor, street_word(id)),
            (Kind::Building, Some(id)) => set(&mut units.building, id),
            (kind, None) => take_before(word, &kind, at + 1 == words.len(), &mut rest, units),
        }
        at += n_taken;
    }
    rest
}

/// A unit whose number does not follow: it stands before (`2nd Floor`, `Wang Building`), or the word is no unit at all
/// (`100 Office Park Dr`, `5 Tower Rd`).
fn take_before(word: &str, kind: &Kind, is_last: bool, rest: &mut Vec<String>, units: &mut Units) {
    let is_ordinal = |word: &mut String| !is_digits(word) && is_digits(street_word(word));
    let is_street = rest.first().is_some_and(|first| first.starts_with(|c: char| c.is_ascii_digit()));
    match kind {
        Kind::Suite if is_last => {}
        Kind::Suite => rest.push(word.to_owned()),
        Kind::Floor => match rest.pop_if(is_ordinal) {
            Some(id) => set(&mut units.floor, street_word(&id)),
            None => rest.push(word.to_owned()),
        },
        Kind::Building => match rest.pop_if(|_| !is_street) {
            Some(name) => set(&mut units.building, street_word(&name)),
            None => rest.push(word.to_owned()),
        },
    }
}

/// Whether a word may be the number of a unit: with a digit, or one or two letters.
fn is_id(word: &str, kind: &Kind) -> bool {
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    match kind {
        Kind::Suite => has_digit || (1..=2).contains(&word.len()),
        // Nor is the ZIP in `FL 33101`.
        Kind::Floor => word.len() <= 4 && is_digits(street_word(word)),
        Kind::Building if suffix(street_word(word)).is_some() => false,
        Kind::Building => {
            has_digit || (1..=2).contains(&word.len()) || matches!(word, "one" | "two" | "three" | "four")
        }
    }
}

fn is_letter(word: &str) -> bool {
    word.len() == 1 && word.bytes().all(|b| b.is_ascii_alphabetic())
}
