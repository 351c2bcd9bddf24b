//! Which kind of institution and which department a name speaks of.

use super::hash;
use crate::vocabulary::{specialties, specialties_called};

/// Kinds of institutions, as bits.
pub(super) const HOSPITAL: u8 = 1;
pub(super) const MEDICAL_CENTER: u8 = 1 << 1;
pub(super) const CLINIC: u8 = 1 << 2;
pub(super) const GROUP: u8 = 1 << 3;
pub(super) const PHARMACY: u8 = 1 << 4;
pub(super) const VACCINES: u8 = 1 << 5;
/// Where one is operated on or gives birth: another door than the practice of the same specialty beside it.
pub(super) const THEATRE: u8 = 1 << 6;

/// What comes before `center` in the name of such a place.
const THEATRE_WORDS: [&str; 4] = ["birth", "birthing", "surgery", "surgical"];

/// Whom a department is for, as bits.
const CHILDREN: u8 = 1;
const ADULTS: u8 = 1 << 1;
const WOMEN: u8 = 1 << 2;
const SENIORS: u8 = 1 << 3;

/// Words that say whom a department is for.
const AUDIENCE_WORDS: [(&str, u8); 14] = [
    ("adolescent", CHILDREN),
    ("child", CHILDREN),
    ("children", CHILDREN),
    ("kid", CHILDREN),
    ("newborn", CHILDREN),
    ("paediatric", CHILDREN),
    ("pediatric", CHILDREN),
    ("teen", CHILDREN),
    ("youth", CHILDREN),
    ("adult", ADULTS),
    ("woman", WOMEN),
    ("women", WOMEN),
    ("geriatric", SENIORS),
    ("senior", SENIORS),
];

/// Words of institutions and their kinds. They tell no institution from another of its kind.
const KIND_WORDS: [(&str, u8); 30] = [
    ("hospital", HOSPITAL),
    ("hosp", HOSPITAL),
    ("clinic", CLINIC),
    ("group", GROUP),
    ("grp", GROUP),
    ("associate", GROUP),
    ("assoc", GROUP),
    ("physician", GROUP),
    ("doctor", GROUP),
    ("practice", GROUP),
    ("pharmacy", PHARMACY),
    ("pharmacie", PHARMACY),
    ("phcy", PHARMACY),
    ("pharm", PHARMACY),
    ("drug", PHARMACY),
    ("drugstore", PHARMACY),
    ("apothecary", PHARMACY),
    ("rx", PHARMACY),
    ("supermarket", PHARMACY),
    ("grocery", PHARMACY),
    ("vaccine", VACCINES),
    ("vaccination", VACCINES),
    ("immunization", VACCINES),
    ("immunisation", VACCINES),
    ("covid", VACCINES),
    ("covid19", VACCINES),
    ("flu", VACCINES),
    ("shot", VACCINES),
    ("vax", VACCINES),
    ("booster", VACCINES),
];

/// Stores that are pharmacies, though their names do not say so.
const STORES: [&str; 22] = [
    "albertson",
    "cvs",
    "costco",
    "hannaford",
    "hyvee",
    "kroger",
    "meijer",
    "osco",
    "publix",
    "riteaid",
    "safeway",
    "shaw",
    "shoprite",
    "target",
    "wal",
    "walgreen",
    "walmart",
    "wegman",
    "weis",
    "duane",
    "rite",
    "heb",
];

/// Words that say nothing.
const EMPTY_WORDS: [&str; 38] = [
    "a",
    "an",
    "and",
    "at",
    "by",
    "center",
    "centre",
    "co",
    "company",
    "corp",
    "corporation",
    "ctr",
    "cntr",
    "dba",
    "department",
    "dept",
    "facility",
    "for",
    "in",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "location",
    "ltd",
    "of",
    "office",
    "on",
    "our",
    "pa",
    "pc",
    "pllc",
    "service",
    "site",
    "store",
    "system",
    "the",
    "your",
];

/// Words that say nothing, but that it is no pharmacy.
const CARE_WORDS: [&str; 6] = ["care", "health", "healthcare", "med", "medical", "medicine"];

/// What a name says of kind and department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds {
    /// The kinds of institution, as bits.
    pub(super) kinds: u8,
    /// The specialties, as bits in the order of the vocabulary.
    specialties: u128,
    /// Whom it is for, as bits.
    audience: u8,
    /// Whether care is spoken of: that tells no kind, but beside a pharmacy it is another door.
    speaks_of_care: bool,
}

impl Kinds {
    /// Takes what tells kind and department out of the words of a name; gives the words that tell who it is.
    pub(super) fn take(&mut self, words: &[String]) -> Vec<String> {
        let mut rest = Vec::with_capacity(words.len());
        for word in words {
            let audience = AUDIENCE_WORDS.iter().find(|(known, _)| known == word);
            self.audience |= audience.map_or(0, |(_, audience)| *audience);
        }
        let is_theatre = |pair: &[String]| THEATRE_WORDS.contains(&pair[0].as_str()) && is_center(&pair[1]);
        if words.windows(2).any(is_theatre) {
            self.kinds |= THEATRE;
        }
        let mut at = 0;
        while at < words.len() {
            let n_words = self.take_specialty(&words[at..]);
            if n_words == 0 {
                self.take_kind(&words[at], words.get(at + 1).map(String::as_str), &mut rest);
            }
            at += n_words.max(1);
        }
        if rest.iter().any(|word| STORES.contains(&word.as_str())) {
            self.kinds |= PHARMACY;
        }
        // A clinic for vaccines is no institution.
        if self.kinds & VACCINES != 0 {
            self.kinds &= !CLINIC;
        }
        rest
    }

    /// The number of words that name a specialty: of the longest name.
    fn take_specialty(&mut self, words: &[String]) -> usize {
        for n_words in (1..=words.len().min(6)).rev() {
            let is_plain = |word: &str| is_empty_word(word) || CARE_WORDS.contains(&word);
            if n_words == 1 && (kind_of(&words[0]).is_some() || is_plain(&words[0])) {
                return 0;
            }
            let found = specialties_called(&words[..n_words].join(" "));
            for specialty in &found {
                let number = specialties().iter().position(|known| known.key == specialty.key).unwrap_or_default();
                // A second table of this length would need wider bits; the test below says so.
                self.specialties |= 1u128.checked_shl(number as u32).unwrap_or_default();
            }
            if !found.is_empty() {
                return n_words;
            }
        }
        0
    }

    fn take_kind(&mut self, word: &str, next: Option<&str>, rest: &mut Vec<String>) {
        if word == "medical" && next.is_some_and(is_center) {
            self.kinds |= MEDICAL_CENTER;
        } else if let Some(kind) = kind_of(word) {
            self.kinds |= kind;
        } else if let Some(owner) = word.strip_suffix("clinic") {
            // `MinuteClinic`.
            self.kinds |= CLINIC;
            rest.push(owner.to_owned());
        } else if CARE_WORDS.contains(&word) {
            self.speaks_of_care = true;
        } else if !is_empty_word(word) {
            rest.push(word.to_owned());
        }
    }

    /// Whether names of these kinds cannot be one place's: a department and another, or the whole and a part.
    pub(super) fn exclude(self, other: Self) -> bool {
        // Pediatric cardiology is another department than cardiology. A name without a specialty may leave out whom it
        // is for.
        let is_other_audience = self.specialties != 0 && self.audience != other.audience;
        if self.specialties != other.specialties || is_other_audience {
            return true;
        }
        let (a, b) = (self.kinds, other.kinds);
        let one_is = |kind: u8| (a ^ b) & kind != 0;
        let other_than = |kind: u8| if a & kind == 0 { a } else { b };
        let is_care = |kinds: u8| kinds & (HOSPITAL | MEDICAL_CENTER | CLINIC | GROUP) != 0;
        let speaks_of_care = if a & PHARMACY == 0 { self.speaks_of_care } else { other.speaks_of_care };
        // A pharmacy in a hospital, a clinic in a pharmacy, the vaccines of a clinic.
        (one_is(PHARMACY) && (is_care(other_than(PHARMACY)) || speaks_of_care))
            || (one_is(VACCINES) && is_care(other_than(VACCINES)))
            || (a & PHARMACY != 0 && b & PHARMACY != 0 && is_care(a) != is_care(b))
            || one_is(THEATRE)
            || (one_is(HOSPITAL) && other_than(HOSPITAL) & (CLINIC | GROUP) != 0)
    }

    /// Whether both say the same, or one says nothing.
    pub(super) fn are_compatible(self, other: Self) -> bool {
        let big = |kinds: u8| if kinds & HOSPITAL != 0 { kinds | MEDICAL_CENTER } else { kinds } & !VACCINES;
        let (a, b) = (big(self.kinds), big(other.kinds));
        self.specialties == other.specialties && (a == b || self.kinds == 0 || other.kinds == 0)
    }

    /// Whether names that share no word may be an old and a new name: what they say of themselves is the same.
    pub(super) fn are_equal(self, other: Self) -> bool {
        self.kinds == other.kinds && self.specialties == other.specialties
    }

    /// Whether a department is told.
    pub(super) fn has_specialty(self) -> bool {
        self.specialties != 0
    }

    /// What tells a department, as one number.
    pub(super) fn key(self) -> u64 {
        hash(&(self.kinds & !(PHARMACY | VACCINES), self.specialties))
    }

    /// Whether nothing is said.
    pub(super) fn is_empty(self) -> bool {
        self.kinds == 0 && self.specialties == 0
    }
}

/// Whether a word says nothing at all.
pub(super) fn is_empty_word(word: &str) -> bool {
    EMPTY_WORDS.contains(&word)
}

fn is_center(word: &str) -> bool {
    matches!(word, "center" | "centre" | "ctr" | "cntr")
}

fn kind_of(word: &str) -> Option<u8> {
    KIND_WORDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_specialty_has_a_bit() {
        assert!(specialties().len() <= 128);
    }
}
