//! Whom: language, gender, new patients.

use openslots_model::Gender;

use super::Meaning;
use super::tokens::Tokens;
use crate::languages::{Language, find_by_name};

/// Who is looked for, in general.
const PEOPLE: [&str; 12] = [
    "clinician",
    "dentist",
    "doctor",
    "doctors",
    "gp",
    "gynecologist",
    "pcp",
    "physician",
    "practitioner",
    "provider",
    "specialist",
    "therapist",
];
/// Endings of those who practise something.
const PRACTITIONERS: [&str; 4] = ["ologist", "iatrist", "ician", "trist"];

pub(super) fn find(tokens: &mut Tokens<'_>) {
    for place in 0..tokens.len() {
        find_language(tokens, place);
        find_new_patients(tokens, place);
        find_gender(tokens, place);
    }
}

/// Whether a word names a kind of practitioner.
pub(super) fn is_person(word: &str) -> bool {
    PEOPLE.contains(&word) || PRACTITIONERS.iter().any(|ending| word.trim_end_matches('s').ends_with(ending))
}

/// The language whose name begins at a place, the longest first, and how many words it has.
fn language_at(tokens: &Tokens<'_>, place: usize) -> Option<(&'static Language, usize)> {
    (1..=3).rev().find_map(|n_words| {
        let is_left = tokens.are_left(place.min(tokens.len()), place + n_words);
        let language = is_left.then(|| find_by_name(tokens.written(place, place + n_words))).flatten()?;
        Some((language, n_words))
    })
}

fn find_language(tokens: &mut Tokens<'_>, place: usize) {
    // `who speaks Spanish`, `that can speak Spanish`, `que habla español`.
    let n_before = (0..3)
        .find(|n_before| tokens.is_any(place + n_before, &["speaks", "speak", "speaking", "habla", "hablan", "hable"]));
    let opens = |tokens: &Tokens<'_>, n_before: usize| {
        (0..n_before).all(|n| tokens.is_any(place + n, &["who", "that", "which", "can", "and", "que"]))
    };
    if let Some(n_before) = n_before.filter(|n_before| opens(tokens, *n_before))
        && let Some((language, n_words)) = language_at(tokens, place + n_before + 1)
    {
        return tokens.take(place, place + n_before + 1 + n_words, Meaning::Language(language));
    }
    // `Spanish-speaking`, `in Spanish`.
    if let Some((language, n_words)) = language_at(tokens, place) {
        if tokens.is_any(place + n_words, &["speaking", "speaker"]) {
            tokens.take(place, place + n_words + 1, Meaning::Language(language));
        } else if tokens.is_any(place.wrapping_sub(1), &["in", "en"]) && place + n_words == tokens.len() {
            tokens.take(place - 1, place + n_words, Meaning::Language(language));
        }
    }
}

fn find_new_patients(tokens: &mut Tokens<'_>, place: usize) {
    let is_patients = |at: usize| tokens.word(at) == "new" && tokens.is_any(at + 1, &["patient", "patients"]);
    let takes =
        ["takes", "take", "taking", "accepts", "accept", "accepting", "welcomes", "welcoming", "seeing", "sees"];
    let opens = ["who", "that", "which", "is", "are", "and", "currently"];
    let n_opening = (0..3).take_while(|n| tokens.is_any(place + n, &opens)).count();
    let at_verb = place + n_opening;
    let found = if tokens.is_any(at_verb, &takes) && is_patients(at_verb + 1) {
        Some(at_verb + 3)
    } else if tokens.has(at_verb, &["open", "to"]) && is_patients(at_verb + 2) {
        Some(at_verb + 4)
    } else if tokens.word(place) == "for" && is_patients(place + 1) && tokens.word(place + 3).is_empty() {
        Some(place + 3)
    } else if tokens.has(place, &["as", "a"]) && is_patients(place + 2) {
        Some(place + 4)
    } else if is_patients(place)
        && tokens.is_any(place + 2, &["appointment", "appointments", "visit", "visits", "slot"])
    {
        Some(place + 3)
    } else if is_patients(place) && place + 2 == tokens.len() && (place > 0 || tokens.len() == 2) {
        Some(place + 2)
    } else {
        None
    };
    if let Some(to) = found {
        tokens.take(place, to, Meaning::NewPatients);
    }
}

fn find_gender(tokens: &mut Tokens<'_>, place: usize) {
    let gender = match tokens.word(place) {
        "female" | "woman" | "lady" => Gender::Female,
        "male" | "man" => Gender::Male,
        _ => return,
    };
    // `female doctor`, `female eye doctor`; `male infertility` is none.
    let is_named = is_person(tokens.word(place + 1)) || is_person(tokens.word(place + 2));
    if is_named && !tokens.is_any(place + 1, &["infertility", "health"]) {
        tokens.take(place, place + 1, Meaning::Gender(gender));
    }
}
