//! Typos in the names of specialties.

use super::{Specialty, names, phrase, split, with_phrase};
use crate::text::fold;

/// Words that look like a specialty with a typo and are none, or another that the table does not hold.
const OTHER_WORDS: [&str; 28] = [
    "archaeologist",
    "astrologist",
    "biologist",
    "cosmetologist",
    "cosmology",
    "cytologist",
    "ecologist",
    "geologist",
    "herpetologist",
    "herpetology",
    "histologist",
    "hospitalist",
    "meteorology",
    "mycologist",
    "neuropathologist",
    "numerologist",
    "numerology",
    "oenologist",
    "ontology",
    "physicist",
    "pediatrix",
    "phrenologist",
    "radiographer",
    "serologist",
    "technologist",
    "toxicologist",
    "virologist",
    "zoologist",
];

/// The name in the vocabulary that words with typos most likely mean, and its specialties (`dermatolgist`).
///
/// A word of five letters or more may have one letter wrong, missing, too many or swapped with the next, one of
/// eight or more two; the first letter must be right, and all words must be there.
/// `None` where the nearest names mean different specialties.
pub fn nearest_phrase(words: &str) -> Option<(&'static str, Vec<&'static Specialty>)> {
    let typed = phrase(words);
    let typed: Vec<_> = split(&typed).collect();
    if typed.is_empty() || typed.len() > 8 || typed.iter().any(|word| word.len() > 40) {
        return None;
    }
    let may_have = |word: &str| match word.len() {
        0..5 => 0,
        5..8 => 1,
        _ => 2,
    };
    let all_typos = |known: &str| {
        let known: Vec<_> = split(known).collect();
        if known.len() != typed.len() {
            return None;
        }
        let pairs = typed.iter().zip(known);
        pairs.map(|(word, known)| typos(word, known, may_have(word))).sum::<Option<usize>>()
    };
    let found = names().iter().filter_map(|(name, phrase)| Some((all_typos(phrase)?, *name, phrase.as_str())));
    only_nearest(found)
}

/// The name of one word that passes and is nearest to a phrase of one word, and its specialties.
pub(crate) fn nearest_of(
    typed: &str,
    limit: usize,
    passes: impl Fn(&str) -> bool,
) -> Option<(&'static str, Vec<&'static Specialty>)> {
    let near = |(name, phrase): &(&'static str, String)| Some((typos(typed, phrase, limit)?, *name));
    let found =
        names().iter().filter_map(|known| near(known).map(|(distance, name)| (distance, name, known.1.as_str())));
    only_nearest(found.filter(|(_, name, _)| passes(&fold(name))))
}

/// Of names with their distances and phrases the nearest, if all that are as near mean the same.
fn only_nearest<'a>(
    found: impl Iterator<Item = (usize, &'static str, &'a str)>,
) -> Option<(&'static str, Vec<&'static Specialty>)> {
    let found: Vec<_> = found.collect();
    let least = found.iter().map(|(distance, ..)| *distance).min()?;
    let mut nearest = found.into_iter().filter(|(distance, ..)| *distance == least);
    let (_, name, phrase) = nearest.next()?;
    let specialties = with_phrase(phrase);
    nearest.all(|(_, _, other)| with_phrase(other) == specialties).then_some((name, specialties))
}

/// How many letters of a folded word are wrong if another is meant; `None` if more than a limit.
///
/// Numbers are never stretched, nor are words that are known to be others.
fn typos(typed: &str, known: &str, limit: usize) -> Option<usize> {
    if typed == known {
        return Some(0);
    }
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let may_be = limit > 0
        && typed.as_bytes().first() == known.as_bytes().first()
        && typed.len().abs_diff(known.len()) <= limit
        && is_word(typed)
        && is_word(known)
        && !OTHER_WORDS.contains(&typed);
    if !may_be {
        return None;
    }
    Some(distance(typed.as_bytes(), known.as_bytes())).filter(|distance| *distance <= limit)
}

/// Letters changed, left out, put in or swapped with the next, at least (optimal string alignment).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let change = last[j] + usize::from(letter != other);
            let mut least = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && letter == &b[j - 1] && &a[i - 1] == other {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        for (words, want) in [
            ("dermatolgist", Some(("dermatologist", "dermatology"))),
            ("Dermatoligist", Some(("dermatologist", "dermatology"))),
            ("cardiolgy", Some(("Cardiology", "cardiology"))),
            ("opthamologist", Some(("ophthalmologist", "ophthalmology"))),
            ("pediatrican", Some(("pediatrician", "pediatrics"))),
            ("psycologist", Some(("psychologist", "psychology"))),
            ("skin docter", Some(("skin doctor", "dermatology"))),
            ("phsyical therapist", Some(("physical therapist", "physical-therapy"))),
            ("gynocologist", Some(("gynecologist", "obstetrics-gynecology"))),
            ("dermatologist", Some(("dermatologist", "dermatology"))),
            ("skim doctor", None),
            ("virologist", None),
            ("mycologist", None),
            ("cosmetologist", None),
            ("boston", None),
            ("doctor", None),
            ("", None),
        ] {
            let got = nearest_phrase(words);
            let got = got.as_ref().map(|(name, specialties)| (*name, specialties[0].key));
            assert_eq!(got, want, "{words}");
        }
    }

    #[test]
    fn swapping_two_letters_is_one_typo() {
        for (a, b, want) in [("ab", "ba", 1), ("abc", "abc", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("", "", 0)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), want, "{a} {b}");
        }
        assert_eq!(typos("covid19", "covid18", 2), None);
        assert_eq!(typos("xardiology", "cardiology", 2), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = nearest_phrase(&text);
        }

        #[test]
        fn distances_are_the_same_both_ways(a in "[a-d]{0,8}", b in "[a-d]{0,8}") {
            prop_assert_eq!(distance(a.as_bytes(), b.as_bytes()), distance(b.as_bytes(), a.as_bytes()));
        }
    }
}
