//! Near where.

use super::Meaning;
use super::tokens::Tokens;
use crate::geography::{find_zip, locate};

/// The most words that the name of a place has, its state included.
const MAX_PLACE_WORDS: usize = 6;

pub(super) fn find(tokens: &mut Tokens<'_>) {
    for place in 0..tokens.len() {
        let (n_words, radius_miles) = near_words(tokens, place);
        if n_words == 0 {
            continue;
        }
        let from = place + n_words;
        if tokens.is_any(from, &["me", "here", "my"]) {
            let n_more = if tokens.has(from, &["my", "home"]) { 2 } else { 1 };
            if tokens.word(from) != "my" || n_more == 2 {
                tokens.take(place, from + n_more, Meaning::NearMe);
                return;
            }
        }
        if let Some(to) = end_of_place(tokens, from) {
            let named = tokens.written(from, to).to_owned();
            tokens.take(place, to, Meaning::Near { place: named, radius_miles });
            return;
        }
    }
    find_zip_alone(tokens);
}

/// How many words at a place say `near`, and how far that is.
fn near_words(tokens: &Tokens<'_>, place: usize) -> (usize, Option<u32>) {
    if tokens.is_any(place, &["near", "nearby", "around"]) {
        return (1, None);
    }
    if tokens.has(place, &["close", "to"]) || tokens.has(place, &["next", "to"]) {
        return (2, None);
    }
    if tokens.has(place, &["cerca", "de"]) {
        return (2, None);
    }
    let at_number = if tokens.word(place) == "within" { place + 1 } else { place };
    let miles = tokens.word(at_number).parse::<u32>().ok().filter(|miles| (1..=500).contains(miles));
    if let Some(miles) = miles
        && tokens.is_any(at_number + 1, &["mile", "miles", "mi"])
        && tokens.is_any(at_number + 2, &["of", "from", "around", "near"])
    {
        return (at_number + 3 - place, Some(miles));
    }
    // `in 02139`; the city of `in Boston` is found by its words.
    let is_in_zip = tokens.word(place) == "in" && is_zip(tokens.word(place + 1));
    (usize::from(is_in_zip), None)
}

/// The end of the longest name of a place that begins there.
fn end_of_place(tokens: &Tokens<'_>, from: usize) -> Option<usize> {
    (from + 1..=from + MAX_PLACE_WORDS).rev().filter(|to| tokens.are_left(from, *to)).find(|to| {
        let named = tokens.written(from, *to);
        // A ZIP at the end of other words would be believed whatever they are.
        let is_code = tokens.word(to - 1).bytes().all(|byte| byte.is_ascii_digit());
        let is_alone = *to == from + 1;
        let is_point = named.contains('.') && named.contains(',');
        let before_code = !is_code || is_alone || is_point || locate(tokens.written(from, to - 1)).is_ok();
        before_code && locate(named).is_ok()
    })
}

/// A known ZIP at the end of other words.
fn find_zip_alone(tokens: &mut Tokens<'_>) {
    let Some(last) = tokens.len().checked_sub(1).filter(|last| *last > 0) else { return };
    let is_of_address = tokens.word(last - 1).len() == 2 || tokens.word(last - 1).bytes().all(|b| b.is_ascii_digit());
    if is_zip(tokens.word(last)) && !is_of_address {
        let place = tokens.written(last, last + 1).to_owned();
        tokens.take(last, last + 1, Meaning::Near { place, radius_miles: None });
    }
}

fn is_zip(word: &str) -> bool {
    word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit()) && find_zip(word).is_some()
}
