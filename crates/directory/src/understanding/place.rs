//! Places: `near 02139`, `within 10 miles of Boston, MA`, `near me`.

use super::Meaning;
use super::lists::STATE_WORDS;
use super::scan::{Found, Scan};
use crate::geography::{find_zip, locate, locate_bare_city};

/// The longest city with its state and ZIP, in words.
const MAX_PLACE_WORDS: usize = 7;

/// A city without a state counts from so many ZIP codes on: smaller ones have names like `Home` and `Church`.
const MIN_ZIP_CODES: usize = 3;

/// The farthest that somebody goes, in miles.
const MAX_MILES: f64 = 500.0;

pub(super) fn find(scan: &Scan<'_>, from: usize) -> Option<Found> {
    if scan.is_negated(from, 2) {
        return None;
    }
    let run = scan.run(from);
    within(scan, from, &run).or_else(|| near(scan, from, &run)).or_else(|| last_zip(scan, from, &run))
}

/// `within 10 miles of X`, `10 miles from X`, `within 10 miles`.
fn within(scan: &Scan<'_>, from: usize, run: &[&str]) -> Option<Found> {
    let (is_within, run) = match run {
        ["within", "about", rest @ ..] => (2, rest),
        ["within", rest @ ..] => (1, rest),
        rest => (0, rest),
    };
    let [number, unit, rest @ ..] = run else { return None };
    let per_unit = match *unit {
        "mile" | "miles" | "mi" => 1.0,
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 0.621_371,
        _ => return None,
    };
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let miles = number.parse::<f64>().ok()? * per_unit;
    if !(miles > 0.0 && miles <= MAX_MILES) {
        return None;
    }
    let (radius_miles, at) = (Some(miles), from + is_within + 2);
    match rest {
        ["of" | "from", "me" | "here", ..] => Some(Found::new(from, at + 2, Meaning::NearMe { radius_miles })),
        ["of" | "from" | "around", "my", "home" | "house" | "place" | "location", ..] => {
            Some(Found::new(from, at + 3, Meaning::NearMe { radius_miles }))
        }
        ["of" | "from" | "around", ..] => {
            let (place, to) = place(scan, at + 1)?;
            Some(Found::new(from, to, Meaning::Near { place, radius_miles }))
        }
        _ if is_within > 0 && scan.may_end(at) => Some(Found::new(from, at, Meaning::NearMe { radius_miles })),
        _ => None,
    }
}

fn near(scan: &Scan<'_>, from: usize, run: &[&str]) -> Option<Found> {
    let near_me = |n_words: usize| Some(Found::new(from, from + n_words, Meaning::NearMe { radius_miles: None }));
    let n_lead = match run {
        ["in", "my", "area" | "neighborhood", ..] => return near_me(3),
        ["near" | "nearby" | "around" | "by", "me", ..] if may_end_behind_me(scan, from + 2) => return near_me(2),
        ["close" | "closest" | "nearest" | "near" | "next", "to", "me", ..] => return near_me(3),
        ["near" | "around" | "by", "my", "home" | "house" | "place" | "location" | "area", ..] => return near_me(3),
        ["close", "to", "my", "home" | "house" | "place" | "location", ..] => return near_me(4),
        ["close", "by", ..] if scan.may_end(from + 2) => return near_me(2),
        ["cerca", "de", "mi", ..] if scan.may_end(from + 3) => return near_me(3),
        ["close" | "closest" | "nearest" | "near", "to", ..] | ["cerca", "de", ..] => 2,
        ["near" | "nearby" | "around", ..] => 1,
        ["in" | "en" | "at" | "for" | "from" | "by" | "zip" | "zipcode", ..] => return in_zip(scan, from),
        _ => 0,
    };
    if n_lead > 0 {
        let n_zip = n_zip_words(run.get(n_lead..).unwrap_or_default());
        if let Some((place, to)) = place(scan, from + n_lead + n_zip) {
            return Some(Found::new(from, to, Meaning::Near { place, radius_miles: None }));
        }
    }
    let is_superlative = matches!(run, ["nearest" | "closest" | "nearby", ..]);
    let is_free = !scan.is_in_name(from, from + 1) && !scan.names_follow(from + 1);
    if is_superlative && is_free { near_me(1) } else { None }
}

/// `near me` must not be the beginning of `near Me Salve Isabel`.
fn may_end_behind_me(scan: &Scan<'_>, at: usize) -> bool {
    !scan.is_in_name(at - 1, at)
}

/// `in 02139`, `zip code 02139`.
fn in_zip(scan: &Scan<'_>, from: usize) -> Option<Found> {
    let run = scan.run(from);
    let n_lead = match run[..] {
        ["zip" | "zipcode", ..] => n_zip_words(&run),
        _ => 1 + n_zip_words(&run[1..]),
    };
    let (zip, to) = zip(scan, from + n_lead)?;
    Some(Found::new(from, to, Meaning::Near { place: zip, radius_miles: None }))
}

fn n_zip_words(run: &[&str]) -> usize {
    match run {
        ["zip", "code", ..] => 2,
        ["zip" | "zipcode", ..] => 1,
        _ => 0,
    }
}

/// A ZIP that ends what is left of the text, behind other words.
fn last_zip(scan: &Scan<'_>, from: usize, run: &[&str]) -> Option<Found> {
    const NUMBERED: [&str; 10] = ["apt", "box", "id", "npi", "number", "room", "store", "suite", "ste", "unit"];
    let is_numbered = from > 0 && NUMBERED.contains(&scan.word(from - 1));
    if from == 0 || is_numbered || run.first()?.len() != 5 {
        return None;
    }
    let (zip, to) = zip(scan, from)?;
    let is_last = scan.is_taken[to..].iter().all(|is_taken| *is_taken);
    is_last.then(|| Found::new(from, to, Meaning::Near { place: zip, radius_miles: None }))
}

/// A known ZIP of five digits, with or without four more.
fn zip(scan: &Scan<'_>, at: usize) -> Option<(String, usize)> {
    let run = scan.run(at);
    let is_number = |text: &str, n_digits: usize| text.len() == n_digits && text.bytes().all(|b| b.is_ascii_digit());
    let first = *run.first().filter(|word| is_number(word, 5))?;
    find_zip(first)?;
    let has_four_more = run.get(1).is_some_and(|word| is_number(word, 4)) && scan.gap(at + 1) == "-";
    Some((first.to_owned(), at + if has_four_more { 2 } else { 1 }))
}

/// A ZIP, or the longest run of words that is a city with its state, or else a large city.
fn place(scan: &Scan<'_>, at: usize) -> Option<(String, usize)> {
    if let Some(found) = zip(scan, at) {
        return Some(found);
    }
    if !scan.word(at).starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let is_open = |to: usize| to < scan.tokens.len() && !scan.is_taken[to];
    let is_joined = |to: usize| {
        let gap = scan.gap(to).trim();
        gap == "," || gap == "." || gap == ".," || !scan.is_parted(to)
    };
    let longest = (at..at + MAX_PLACE_WORDS).take_while(|to| is_open(*to) && (*to == at || is_joined(*to))).count();
    (1..=longest).rev().find_map(|n_words| {
        let to = at + n_words;
        let text = scan.typed(at, to);
        locate(text).ok()?;
        is_sure(scan, at, to, text).then(|| (text.to_owned(), to))
    })
}

fn is_sure(scan: &Scan<'_>, at: usize, to: usize, text: &str) -> bool {
    let last = scan.word(to - 1);
    if let Some(city) = locate_bare_city(text) {
        return city.zip_codes.len() >= MIN_ZIP_CODES && scan.may_end(to) && !scan.is_connective(at);
    }
    // `near newport or telehealth` is not in Oregon.
    let is_word = STATE_WORDS.contains(&last);
    let is_clear = !is_word || scan.gap(to - 1).contains(',') || scan.is_shouted(to - 1);
    is_clear || to == scan.tokens.len() || scan.is_parted(to)
}
