//! Specialties: names of the vocabulary of two words or more, and single words that can mean nothing else.

use super::Meaning;
use super::people::is_person;
use super::scan::{Found, Scan};
use crate::geography::locate_bare_city;
use crate::languages::with_folded_name;
use crate::vocabulary::{called, nearest_of, phrase, vocabulary_words};

/// The longest name of a specialty, in words.
const MAX_NAME_WORDS: usize = 8;

/// Endings of words that name a specialty and nothing else.
const ENDINGS: [&str; 9] = ["ology", "iatry", "istry", "ometry", "iatrics", "ontics", "ologia", "iatria", "ontia"];

/// Other single words that do.
const PLAIN_WORDS: [&str; 15] = [
    "acupuncture",
    "chiropractic",
    "chiropractor",
    "dentist",
    "dermatological",
    "gyn",
    "midwife",
    "midwifery",
    "midwives",
    "obgyn",
    "obstetrics",
    "otorrino",
    "pcp",
    "physiotherapy",
    "psychotherapy",
];

pub(super) fn find(scan: &Scan<'_>, from: usize) -> Option<Found> {
    if scan.is_negated(from, 2) {
        return None;
    }
    let run = scan.run(from);
    let longest = run.len().min(MAX_NAME_WORDS);
    (1..=longest).rev().find_map(|n_words| {
        let to = from + n_words;
        let name = run[..n_words].join(" ");
        let is_sure = (n_words > 1 && is_whole(&run[..n_words])) || is_unmistakable(scan, from, &name);
        let specialties = if is_sure { called(&name) } else { Vec::new() };
        let (specialties, corrected) = match n_words {
            1 if specialties.is_empty() => {
                let (meant, specialties) = with_typos(&name)?;
                (specialties, Some(meant))
            }
            _ => (specialties, None),
        };
        if specialties.is_empty() || is_part_of_name(scan, from, to) {
            return None;
        }
        // `sleep apnea specialist`: whoever practises it is meant.
        let has_practitioner = !scan.is_edge(to)
            && matches!(
                scan.word(to),
                "specialist" | "doctor" | "doctors" | "physician" | "physicians" | "provider" | "providers"
            );
        let to = to + usize::from(has_practitioner && !scan.names_follow(to + 1));
        Some(Found { corrected, ..Found::new(from, to, Meaning::Specialty(specialties)) })
    })
}

/// Whether a name of several words can be nothing else: not what other words go on with (`walk in the park`), nor a time.
fn is_whole(words: &[&str]) -> bool {
    let is_time = matches!(words, ["same", "day"] | ["after", "hours"]);
    !is_time && !matches!(words.last(), Some(&"and" | &"of" | &"a" | &"the" | &"in" | &"ins"))
}

fn is_unmistakable(scan: &Scan<'_>, at: usize, word: &str) -> bool {
    if word == "therapist" || word == "therapists" {
        // There are many kinds of them; without a kind it is the one to talk to.
        return scan.may_end(at) && (at == 0 || scan.is_edge(at)) || at > 0 && scan.is_connective(at - 1);
    }
    names_specialty(word)
}

/// Whether a single word of the vocabulary names who practises a specialty or what is practised.
fn names_specialty(word: &str) -> bool {
    let is_formed = ENDINGS.iter().any(|ending| word.ends_with(ending)) || PLAIN_WORDS.contains(&word);
    is_formed || (is_person(word) && !matches!(word, "nurse" | "nurses" | "gp" | "chemist" | "chemists"))
}

/// Whether a name is, as far as can be told, a part of an organisation's (`Boston Dermatology Associates`).
fn is_part_of_name(scan: &Scan<'_>, from: usize, to: usize) -> bool {
    let has_person = (from..to).any(|at| is_person(scan.word(at)));
    let is_of = from > 0 && !scan.is_edge(from) && scan.word(from - 1) == "of";
    is_of || scan.names_follow(to) || (!has_person && scan.is_in_name(from, to))
}

/// The specialty that a word with typos means: not that of a word which is right as it is.
fn with_typos(word: &str) -> Option<(&'static str, Vec<&'static crate::vocabulary::Specialty>)> {
    let limit = match word.len() {
        0..7 => return None,
        7..10 => 1,
        10..40 => 2,
        _ => return None,
    };
    let typed = phrase(word);
    let is_right = || {
        vocabulary_words().contains(typed.as_str())
            || with_folded_name(word).is_some()
            || locate_bare_city(word).is_some()
    };
    let found = nearest_of(&typed, limit, names_specialty)?;
    if is_right() { None } else { Some(found) }
}
