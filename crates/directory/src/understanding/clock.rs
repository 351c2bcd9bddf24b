//! Times of the day: `in the morning`, `weekday evenings`, `after 5pm`, `between 8 and 10 am`.

use super::days::NEGATION_REACH;
use super::people::is_appointment;
use super::scan::{Found, Scan};
use super::{Meaning, Soon};

const MIDNIGHT: u16 = 24 * 60;
const NOON: u16 = 12 * 60;

/// Whether a word names a part of the day.
pub(super) fn is_part_of_day(word: &str) -> bool {
    part_of_day(word).is_some()
}

/// Whether a part of the day follows at once, with `early` or `late` before it or not.
pub(super) fn is_part_of_day_at(scan: &Scan<'_>, at: usize) -> bool {
    let run = scan.run(at);
    let is_parted = scan.is_parted(at);
    matches!(run[..], [word, ..] if !is_parted && is_part_of_day(word))
        || matches!(run[..], ["early" | "late", word, ..] if !is_parted && is_part_of_day(word))
}

fn part_of_day(word: &str) -> Option<(u16, u16)> {
    Some(match word {
        "morning" | "mornings" => (6 * 60, NOON),
        "afternoon" | "afternoons" => (NOON, 17 * 60),
        "evening" | "evenings" => (17 * 60, 21 * 60),
        _ => return None,
    })
}

pub(super) fn find(scan: &Scan<'_>, from: usize) -> Option<Vec<Found>> {
    if scan.is_negated(from, NEGATION_REACH) || is_second_of_list(scan, from) {
        return None;
    }
    let found =
        |to: usize, (from_minute, to_minute)| vec![Found::new(from, to, Meaning::TimeOfDay { from_minute, to_minute })];
    if let Some((to, span)) = clock_span(scan, from) {
        return Some(found(to, span));
    }
    let run = scan.run(from);
    let (n_lead, is_shown) = match run[..] {
        ["in" | "during", "the", ..] => (2, true),
        ["in" | "during" | "on", ..] => (1, false),
        ["this" | "every" | "any" | "each" | "tomorrow", ..] => (1, true),
        _ => (0, is_time_before(scan, from)),
    };
    let is_this = run.first() == Some(&"this");
    let n_early = usize::from(matches!(run.get(n_lead), Some(&"early" | &"late")));
    let at = from + n_lead + n_early;
    let word = *run.get(n_lead + n_early)?;
    let (mut span, mut to) = (part_of_day(word)?, at + 1);
    while let ["and" | "or", next, ..] = scan.run(to)[..]
        && let Some(next_span) = part_of_day(next)
        && !scan.is_parted(to)
    {
        // `mornings or evenings` is no span of time.
        span = union(span, next_span)?;
        to += 2;
    }
    let has_noun = !scan.is_edge(to) && is_appointment(scan.word(to));
    let is_time_behind = matches!(scan.meaning_at(to), Some(Meaning::Weekdays(_) | Meaning::Soon(_)));
    let follows_day = is_time_before(scan, from);
    let is_shown = is_shown || word.ends_with('s') || has_noun || is_time_behind;
    let may_end = scan.may_end(to) || has_noun || follows_day;
    let stands_alone = n_lead == 0 && !follows_day && !has_noun;
    let is_name = scan.names_follow(to + usize::from(has_noun)) || (stands_alone && scan.is_in_name(at, to));
    let is_sure = is_shown && may_end;
    if !is_sure || is_name {
        return None;
    }
    let mut all = found(to + usize::from(has_noun), span);
    if is_this {
        all.push(Found::new(from, to + usize::from(has_noun), Meaning::Soon(Soon::Today)));
    }
    Some(all)
}

/// Whether a day stands before: `monday morning`, `tomorrow morning`.
fn is_time_before(scan: &Scan<'_>, at: usize) -> bool {
    at > 0 && !scan.is_parted(at) && matches!(scan.meaning_at(at - 1), Some(Meaning::Weekdays(_) | Meaning::Soon(_)))
}

/// `evenings` in `mornings or evenings`.
fn is_second_of_list(scan: &Scan<'_>, at: usize) -> bool {
    at > 1 && matches!(scan.word(at - 1), "or" | "and") && is_part_of_day(scan.word(at - 2)) && !scan.is_taken[at - 2]
}

/// Both spans, where nothing lies between them.
fn union(a: (u16, u16), b: (u16, u16)) -> Option<(u16, u16)> {
    (a.0 <= b.1 && b.0 <= a.1).then(|| (a.0.min(b.0), a.1.max(b.1)))
}

/// Spans by the clock. Without `am` or `pm` nobody can tell which is meant.
fn clock_span(scan: &Scan<'_>, from: usize) -> Option<(usize, (u16, u16))> {
    let run = scan.run(from);
    let after = |at: usize| sure_clock(scan, at).map(|(minute, to)| (to, (minute, MIDNIGHT)));
    let before = |at: usize| sure_clock(scan, at).map(|(minute, to)| (to, (0, minute)));
    let (to, span) = match run[..] {
        ["after" | "past", ..] => after(from + 1)?,
        ["later", "than", ..] => after(from + 2)?,
        ["before" | "until" | "till" | "by", ..] => before(from + 1)?,
        ["earlier", "than", ..] => before(from + 2)?,
        ["between" | "from", ..] => two_clocks(scan, from + 1)?,
        _ => two_clocks(scan, from)?,
    };
    (span.0 < span.1).then_some((to, span))
}

/// `8 and 10 am`, `9am to 5pm`, `8-10am`.
fn two_clocks(scan: &Scan<'_>, at: usize) -> Option<(usize, (u16, u16))> {
    let (first, behind) = clock(scan, at)?;
    let is_dash = matches!(scan.gap(behind).trim(), "-" | "\u{2013}" | "\u{2014}");
    let is_joined = matches!(scan.word(behind), "and" | "to" | "until" | "till") && !scan.is_parted(behind);
    if !is_dash && !is_joined {
        return None;
    }
    let (last, to) = sure_clock(scan, behind + usize::from(is_joined))?;
    let first = match first {
        Clock::Sure(minute) => minute,
        // `8 and 10 am` are both before noon; `11 and 1 pm` are not both after it.
        Clock::Either(minute) => {
            let half_day = if last >= NOON { NOON } else { 0 };
            let same_half = minute % NOON + half_day;
            if same_half < last { same_half } else { minute % NOON }
        }
    };
    Some((to, (first, last)))
}

/// A time on the clock.
enum Clock {
    /// In minutes of the day.
    Sure(u16),
    /// In minutes of either half of the day.
    Either(u16),
}

fn sure_clock(scan: &Scan<'_>, at: usize) -> Option<(u16, usize)> {
    match clock(scan, at)? {
        (Clock::Sure(minute), to) => Some((minute, to)),
        (Clock::Either(_), _) => None,
    }
}

/// `5pm`, `5:30 p.m.`, `17:00`, `noon`, `8`; and where it ends.
fn clock(scan: &Scan<'_>, at: usize) -> Option<(Clock, usize)> {
    let run = scan.run(at);
    let first = *run.first()?;
    if first == "noon" {
        return Some((Clock::Sure(NOON), at + 1));
    }
    let digits_end = first.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(first.len());
    let (digits, suffix) = first.split_at(digits_end);
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "00"));
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let (is_after_noon, to) = match (suffix, run.get(1..).unwrap_or_default()) {
        ("am" | "a", rest) if suffix == "am" || rest.first() == Some(&"m") => (Some(false), at + suffix_words(suffix)),
        ("pm" | "p", rest) if suffix == "pm" || rest.first() == Some(&"m") => (Some(true), at + suffix_words(suffix)),
        ("", ["am", ..]) => (Some(false), at + 2),
        ("", ["pm", ..]) => (Some(true), at + 2),
        ("", ["a", "m", ..]) => (Some(false), at + 3),
        ("", ["p", "m", ..]) => (Some(true), at + 3),
        ("", _) => (None, at + 1),
        _ => return None,
    };
    if minute > 59 {
        return None;
    }
    let clock = match is_after_noon {
        Some(is_after_noon) if (1..=12).contains(&hour) => {
            Clock::Sure(hour % 12 * 60 + minute + if is_after_noon { NOON } else { 0 })
        }
        None if (1..=12).contains(&hour) => Clock::Either(hour * 60 + minute),
        None if (13..=23).contains(&hour) && digits.contains(':') => Clock::Sure(hour * 60 + minute),
        _ => return None,
    };
    Some((clock, to))
}

/// `5p.m.` is two words.
fn suffix_words(suffix: &str) -> usize {
    if suffix.len() == 2 { 1 } else { 2 }
}
