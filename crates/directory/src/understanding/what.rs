//! What: specialties, and how care is given.

use super::Meaning;
use super::tokens::Tokens;
use super::who::is_person;
use crate::geography::is_city_name;
use crate::vocabulary::{nearest_phrase, specialties_called};

/// What follows the name of a specialty in the name of an organisation.
const ORGANIZATIONS: [&str; 22] = [
    "and",
    "associates",
    "care",
    "center",
    "centers",
    "centre",
    "clinic",
    "clinics",
    "department",
    "group",
    "hospital",
    "inc",
    "institute",
    "llc",
    "medical",
    "of",
    "partners",
    "pc",
    "pllc",
    "practice",
    "services",
    "specialists",
];
/// The most words that a specialty's name has.
const MAX_NAME_WORDS: usize = 6;
/// Endings of words that name a field or who practises it, and nothing else.
const FIELDS: [&str; 7] = ["ology", "iatry", "iatric", "ist", "ian", "atra", "logo"];
/// Shorter words are not corrected: their neighbours are too many.
const MIN_CORRECTED_LEN: usize = 8;

pub(super) fn find_care(tokens: &mut Tokens<'_>) {
    const VISITS: [&str; 9] =
        ["appointment", "appointments", "call", "care", "consultation", "doctor", "visit", "visits", "session"];
    for place in 0..tokens.len() {
        let is_visit = tokens.is_any(place + 1, &VISITS);
        if tokens.is_any(place, &["telehealth", "telemedicine", "telemed"]) {
            // With a kind of visit behind it or without.
            let n_words =
                if tokens.is_any(place + 1, &["appointment", "appointments", "visit", "visits"]) { 2 } else { 1 };
            if !tokens.is_any(place + n_words, &ORGANIZATIONS) {
                tokens.take(place, place + n_words, Meaning::Virtual(true));
            }
        } else if tokens.is_any(place, &["virtual", "online", "video"]) && is_visit {
            let n_words = if tokens.word(place + 1) == "doctor" { 1 } else { 2 };
            tokens.take(place, place + n_words, Meaning::Virtual(true));
        } else if tokens.has(place, &["in", "person"]) {
            let n_words =
                if tokens.is_any(place + 2, &["appointment", "appointments", "visit", "visits"]) { 3 } else { 2 };
            tokens.take(place, place + n_words, Meaning::Virtual(false));
        } else if tokens.word(place) == "walk" && tokens.is_any(place + 1, &["in", "ins"]) {
            let is_name = tokens.is_any(place + 2, &ORGANIZATIONS);
            if !is_name {
                tokens.take(place, place + 2, Meaning::WalkIn);
            }
        } else if tokens.word(place) == "without" {
            let n_words = if tokens.is_any(place + 1, &["an", "a"]) { 3 } else { 2 };
            if tokens.word(place + n_words - 1) == "appointment" {
                tokens.take(place, place + n_words, Meaning::WalkIn);
            }
        }
    }
}

/// Specialties are noted and their words stay: places whose specialty is only in their name are found by them.
pub(super) fn find_specialties(tokens: &mut Tokens<'_>) {
    let mut place = 0;
    while place < tokens.len() {
        place = find_specialty(tokens, place).unwrap_or(place + 1);
    }
}

/// The longest specialty that begins at a place; the place behind it.
fn find_specialty(tokens: &mut Tokens<'_>, place: usize) -> Option<usize> {
    let longest = MAX_NAME_WORDS.min(tokens.len() - place);
    let exact = (1..=longest).rev().filter(|n_words| tokens.are_left(place, place + n_words)).find_map(|n_words| {
        let is_telling = n_words > 1 || is_field(tokens.word(place));
        let specialties = specialties_called(tokens.written(place, place + n_words));
        (is_telling && !specialties.is_empty()).then_some((n_words, specialties, None))
    });
    let (n_words, specialties, corrected) = exact.or_else(|| {
        let word = tokens.word(place);
        let looks_so = word.len() >= MIN_CORRECTED_LEN && !is_city_name(word);
        let (name, specialties) = looks_so.then(|| nearest_phrase(word)).flatten()?;
        is_field(name).then_some((1, specialties, Some(name)))
    })?;
    let to = place + n_words;
    if tokens.is_any(to, &ORGANIZATIONS) {
        return Some(to);
    }
    tokens.note(place, to, Meaning::Specialty { specialties, corrected });
    Some(to)
}

/// Whether a word alone names a field of medicine or who practises it.
fn is_field(word: &str) -> bool {
    let word = word.trim_end_matches('s');
    is_person(word) || FIELDS.iter().any(|ending| word.ends_with(ending))
}
