//! Languages that are to be spoken: `who speaks Spanish`, `Spanish-speaking`, `in Spanish`.

use super::Meaning;
use super::people::is_person;
use super::scan::{Found, Scan};
use crate::languages::{Language, with_folded_name};

/// The longest name of a language, in words.
const MAX_NAME_WORDS: usize = 4;

pub(super) fn find(scan: &Scan<'_>, from: usize) -> Option<Found> {
    if scan.is_negated(from, 3) {
        return None;
    }
    let run = scan.run(from);
    let n_who = run
        .iter()
        .take_while(|word| matches!(**word, "who" | "who s" | "that" | "which" | "que" | "can" | "also"))
        .count();
    let found = |to: usize, language| Some(Found::new(from, to, Meaning::Language(language)));
    let n_lead = match run.get(n_who..)? {
        ["speaks" | "speak" | "speaking" | "habla" | "hablan" | "hable" | "hablen", ..] => n_who + 1,
        ["is" | "are", "fluent", "in", ..] => n_who + 3,
        ["fluent", "in", ..] => n_who + 2,
        ["in" | "en", ..] if n_who == 0 => {
            let (language, n_words) = named(&run, 1)?;
            let to = from + 1 + n_words;
            let is_sure = scan.may_end(to) && !is_choice(scan, to);
            return if is_sure { found(to, language) } else { None };
        }
        ["and" | "y", ..] if is_language_before(scan, from) => {
            let (language, n_words) = named(&run, 1)?;
            let to = from + 1 + n_words;
            return if scan.may_end(to) { found(to, language) } else { None };
        }
        _ => return spoken(scan, from, &run),
    };
    let (language, n_words) = named(&run, n_lead)?;
    let to = from + n_lead + n_words;
    if is_choice(scan, to) { None } else { found(to, language) }
}

/// `Spanish speaking`, `Spanish-speaking`, `Spanish speaker`.
fn spoken(scan: &Scan<'_>, from: usize, run: &[&str]) -> Option<Found> {
    let (language, n_words) = named(run, 0)?;
    let to = from + n_words + 1;
    let is_spoken = matches!(run.get(n_words), Some(&"speaking" | &"speaker" | &"speakers"));
    let is_name = scan.is_in_name(from, to) && !is_person(scan.word(to));
    let is_one_of_several = from > 0 && scan.word(from - 1) == "or";
    let is_sure = is_spoken && !is_name && !is_one_of_several && !scan.names_follow(to);
    is_sure.then(|| Found::new(from, to, Meaning::Language(language)))
}

/// The language with the longest name at a place of a run.
fn named(run: &[&str], at: usize) -> Option<(&'static Language, usize)> {
    let run = run.get(at..)?;
    let longest = run.len().min(MAX_NAME_WORDS);
    (1..=longest).rev().find_map(|n_words| Some((with_folded_name(&run[..n_words].join(" "))?, n_words)))
}

/// `Spanish or Portuguese`: one filter cannot say it, so both stay text.
fn is_choice(scan: &Scan<'_>, at: usize) -> bool {
    !scan.is_edge(at) && matches!(scan.word(at), "or" | "o") || scan.gap(at).contains('/')
}

fn is_language_before(scan: &Scan<'_>, at: usize) -> bool {
    at > 0 && matches!(scan.meaning_at(at - 1), Some(Meaning::Language(_)))
}
