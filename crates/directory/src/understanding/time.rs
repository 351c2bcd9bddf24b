//! When: days of the week, hours of the day, today and tomorrow.

use openslots_model::{DaySpan, TimeOfDay, Weekday, Weekdays};

use super::tokens::Tokens;
use super::{Meaning, working_days};

/// Parts of the day with their hours.
const PARTS: [(&str, u16, u16); 4] =
    [("morning", 6, 12), ("afternoon", 12, 17), ("evening", 17, 21), ("night", 18, 24)];
/// What is booked.
const VISITS: [&str; 8] = ["appointment", "appointments", "hours", "opening", "openings", "slot", "slots", "visit"];

pub(super) fn find(tokens: &mut Tokens<'_>) {
    let mut place = 0;
    while place < tokens.len() {
        let to = find_days(tokens, place)
            .or_else(|| find_part_of_day(tokens, place))
            .or_else(|| find_hours(tokens, place))
            .or_else(|| find_named_day(tokens, place));
        place = to.unwrap_or(place + 1);
    }
}

/// The days that a word names, and whether it can be nothing else (a plural, or the week's parts).
fn days_of(word: &str) -> Option<(Weekdays, bool)> {
    let weekend = || Weekday::ALL[5..].iter().copied().collect();
    match word {
        "weekday" => return Some((working_days(), false)),
        "weekdays" => return Some((working_days(), true)),
        "weekend" => return Some((weekend(), false)),
        "weekends" => return Some((weekend(), true)),
        _ => {}
    }
    let of_day = |day: &Weekday| {
        let full = format!("{day:?}").to_ascii_lowercase();
        let is_plural = word.strip_suffix('s') == Some(&full);
        (is_plural || word == full).then(|| (Weekdays::NONE.with(*day), is_plural))
    };
    Weekday::ALL.iter().find_map(of_day)
}

fn part_of(word: &str) -> Option<TimeOfDay> {
    let of_part = |(name, from, to): &(&str, u16, u16)| {
        let is_it = word == *name || word.strip_suffix('s') == Some(name);
        is_it.then_some(TimeOfDay { from_minute: from * 60, to_minute: to * 60 })
    };
    PARTS.iter().find_map(of_part)
}

/// `on (a) Monday or Tuesday`, `every weekday`, `weekends`, `Monday morning`.
fn find_days(tokens: &mut Tokens<'_>, place: usize) -> Option<usize> {
    let mut first = place;
    let is_led = tokens.is_any(first, &["on", "every", "any", "only"]);
    if is_led {
        first += 1;
        first += usize::from(tokens.is_any(first, &["a", "any", "the"]));
    }
    let (mut days, mut is_sure) = days_of(tokens.word(first))?;
    is_sure |= is_led || part_of(tokens.word(first + 1)).is_some() || tokens.is_any(first + 1, &VISITS);
    let mut to = first + 1;
    // More days with words between them, or without.
    loop {
        let next = to + usize::from(tokens.is_any(to, &["and", "or"]));
        let Some((more, _)) = days_of(tokens.word(next)) else { break };
        days = Weekday::ALL.into_iter().filter(|day| days.contains(*day) || more.contains(*day)).collect();
        is_sure = true;
        to = next + 1;
    }
    if !is_sure {
        return None;
    }
    tokens.take(place, to, Meaning::Weekdays(days));
    // What follows is the time of those days.
    if let Some(hours) = part_of(tokens.word(to)) {
        tokens.take(to, to + 1, Meaning::TimeOfDay(hours));
        to += 1;
    }
    Some(to)
}

/// `in the morning`, `mornings`, `this evening`, `morning appointment`.
fn find_part_of_day(tokens: &mut Tokens<'_>, place: usize) -> Option<usize> {
    let (from, at) = if tokens.has(place, &["in", "the"]) || tokens.has(place, &["on", "the"]) {
        (place, place + 2)
    } else if tokens.is_any(place, &["early", "late"]) {
        (place, place + 1)
    } else {
        (place, place)
    };
    let word = tokens.word(at);
    let hours = part_of(word)?;
    let is_plural = word.ends_with('s');
    let is_sure = at > place || is_plural || tokens.is_any(at + 1, &VISITS) || is_day(tokens.before(place));
    let is_night_out = word.starts_with("night") && !is_plural;
    if !is_sure || is_night_out {
        return None;
    }
    tokens.take(from, at + 1, Meaning::TimeOfDay(hours));
    Some(at + 1)
}

fn is_day(word: &str) -> bool {
    matches!(word, "today" | "tomorrow") || days_of(word).is_some()
}

/// `after 5 pm`, `before 9am`, `between 8 and 10 am`.
fn find_hours(tokens: &mut Tokens<'_>, place: usize) -> Option<usize> {
    let (minutes, to) = match tokens.word(place) {
        "after" => {
            let (from, to) = clock_at(tokens, place + 1, None)?;
            ((from, 24 * 60), to)
        }
        "before" => {
            let (until, to) = clock_at(tokens, place + 1, None)?;
            ((0, until), to)
        }
        "between" => {
            let and = (place + 2..place + 5).find(|at| tokens.is_any(*at, &["and", "to"]))?;
            let (until, to) = clock_at(tokens, and + 1, None)?;
            let is_afternoon = until >= 12 * 60;
            let (from, _) = clock_at(tokens, place + 1, Some(is_afternoon))?;
            ((if from < until { from } else { from.checked_sub(12 * 60)? }, until), to)
        }
        _ => return None,
    };
    let (from_minute, to_minute) = minutes;
    if from_minute >= to_minute {
        return None;
    }
    tokens.take(place, to, Meaning::TimeOfDay(TimeOfDay { from_minute, to_minute }));
    Some(to)
}

/// A time of the clock that begins at a place, in minutes, and the place behind it. Without `am` or `pm` it is one
/// only where that is told.
fn clock_at(tokens: &Tokens<'_>, place: usize, is_afternoon: Option<bool>) -> Option<(u16, usize)> {
    if tokens.word(place) == "noon" {
        return Some((12 * 60, place + 1));
    }
    let word = tokens.word(place);
    let n_digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, mut half) = word.split_at(n_digits);
    let hour: u16 = digits.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    let mut to = place + 1;
    let mut minute = 0;
    // `9:30` is two words.
    if half.is_empty() && tokens.word(to).len() >= 2 && tokens.written(place, to + 1).contains(':') {
        let (digits, behind) = tokens.word(to).split_at(2);
        minute = digits.parse().ok().filter(|minute| *minute < 60)?;
        half = behind;
        to += 1;
    }
    if half.is_empty() && tokens.is_any(to, &["am", "pm"]) {
        half = tokens.word(to);
        to += 1;
    }
    let is_pm = match half {
        "am" => false,
        "pm" => true,
        "" => is_afternoon?,
        _ => return None,
    };
    Some(((hour % 12 + if is_pm { 12 } else { 0 }) * 60 + minute, to))
}

/// `today`, `tomorrow`, `this week`, `next week`, `as soon as possible`.
fn find_named_day(tokens: &mut Tokens<'_>, place: usize) -> Option<usize> {
    let found = [
        (&["today"][..], Meaning::Days(DaySpan::Ahead(0, 0))),
        (&["tomorrow"], Meaning::Days(DaySpan::Ahead(1, 1))),
        (&["this", "week"], Meaning::Days(DaySpan::ThisWeek)),
        (&["next", "week"], Meaning::Days(DaySpan::NextWeek)),
        (&["as", "soon", "as", "possible"], Meaning::Soon),
        (&["asap"], Meaning::Soon),
        (&["soonest"], Meaning::Soon),
    ];
    let (words, meaning) = found.into_iter().find(|(words, _)| tokens.has(place, words))?;
    // `Care Today Clinic` is a name.
    let is_name = tokens.is_any(place + words.len(), &["clinic", "care", "health", "medical", "center", "urgent"]);
    if is_name {
        return None;
    }
    tokens.take(place, place + words.len(), meaning);
    Some(place + words.len())
}
