//! What a patient's sentence asks for: the pieces whose meaning is sure, and the rest as free text.
//!
//! Only forms that cannot be mistaken are recognised. A wrong filter hides the right answer, and words that stay free
//! text still find what they name, so whatever may be part of a name stays text, and so does a wish that is turned
//! round (`not on Mondays`) or that one filter cannot say (`mornings or evenings`).

mod clock;
mod conflicts;
mod days;
mod language;
mod lists;
mod meaning;
mod people;
mod place;
mod rest;
mod scan;
mod specialty;

use conflicts::Kinds;
pub use meaning::{Meaning, Soon};
use scan::{Found, Scan};

/// Longer texts are free text as a whole: nobody asks so much.
const MAX_TEXT_LEN: usize = 1_000;

/// What a text was understood as.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Understanding {
    /// What is left for a free text search, in the order of the text. Understanding it again gives nothing new.
    pub rest: String,
    /// What was recognised, in the order of the text.
    pub understood: Vec<Understood>,
}

/// A piece of a text and its meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The piece as it was typed. One piece may mean two things (`this evening`).
    pub words: String,
    /// What it means.
    pub meaning: Meaning,
    /// The word that was meant, where the one that was typed had a typo.
    pub corrected: Option<&'static str>,
}

/// Takes a sentence apart.
pub fn understand(text: &str) -> Understanding {
    let untouched = || Understanding { rest: text.trim().to_owned(), understood: Vec::new() };
    if text.len() > MAX_TEXT_LEN {
        return untouched();
    }
    let scan = recognise(text);
    if scan.found.is_empty() {
        return untouched();
    }
    // Words that come together when what stood between them goes must not mean what they did not mean before.
    let is_stable = |rest: &String| recognise(rest).found.is_empty();
    match [" ", "; "].into_iter().map(|separator| rest::of(&scan, separator)).find(is_stable) {
        Some(rest) => Understanding { rest, understood: conflicts::understood(&scan) },
        None => untouched(),
    }
}

/// Finds all pieces. Where two contradict each other, none of their kind counts.
fn recognise(text: &str) -> Scan<'_> {
    let mut without = Kinds::default();
    loop {
        let scan = recognise_without(text, without);
        match conflicts::contradicting(&scan.found) {
            kinds if kinds.is_empty() => return scan,
            kinds => without = without.and(kinds),
        }
    }
}

fn recognise_without(text: &str, without: Kinds) -> Scan<'_> {
    let mut scan = Scan::new(text);
    // What is recognised shows where its neighbours end, so a second look may see more.
    loop {
        let n_found = scan.found.len();
        for recogniser in RECOGNISERS {
            for at in 0..scan.tokens.len() {
                let found = if scan.is_taken[at] { Vec::new() } else { recogniser(&scan, at) };
                if found.iter().all(|found| !without.has(&found.meaning)) {
                    found.into_iter().for_each(|found| scan.take(found));
                }
            }
        }
        if scan.found.len() == n_found {
            scan.found.sort_by_key(|found| found.from);
            return scan;
        }
    }
}

/// Tells what begins at a word, if anything does.
type Recogniser = fn(&Scan<'_>, usize) -> Vec<Found>;

/// In this order: what comes first may take words that others could mistake.
const RECOGNISERS: [Recogniser; 10] = [
    |scan, at| place::find(scan, at).into_iter().collect(),
    |scan, at| days::weekdays(scan, at).into_iter().collect(),
    |scan, at| days::soon(scan, at).into_iter().collect(),
    |scan, at| clock::find(scan, at).unwrap_or_default(),
    |scan, at| people::new_patients(scan, at).into_iter().collect(),
    |scan, at| language::find(scan, at).into_iter().collect(),
    |scan, at| people::virtual_care(scan, at).into_iter().collect(),
    |scan, at| people::walk_in(scan, at).into_iter().collect(),
    |scan, at| people::gender(scan, at).into_iter().collect(),
    |scan, at| specialty::find(scan, at).into_iter().collect(),
];

#[cfg(test)]
mod tests;
