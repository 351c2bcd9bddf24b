//! Days: `on weekdays`, `on Monday and Tuesday`, `mon-fri`, `tomorrow`, `within two weeks`, `as soon as possible`.

use openslots_model::{Weekday, Weekdays};

use super::clock::{is_part_of_day, is_part_of_day_at};
use super::people::is_appointment;
use super::scan::{Found, Scan};
use super::{Meaning, Soon};

/// How many words before a time can turn it round (`not on mondays or tuesdays`).
pub(super) const NEGATION_REACH: usize = 6;

pub(super) fn weekdays(scan: &Scan<'_>, from: usize) -> Option<Found> {
    const LEADS: [&str; 10] = ["on", "every", "any", "each", "this", "next", "for", "during", "only", "either"];
    if scan.is_negated(from, NEGATION_REACH) {
        return None;
    }
    let run = scan.run(from);
    let is_article = |word: &str| matches!(word, "a" | "the" | "any" | "this" | "next" | "every" | "most" | "either");
    let mut n_lead = 0;
    if run.first().is_some_and(|word| LEADS.contains(word)) {
        n_lead = 1 + run[1..].iter().take_while(|word| is_article(word)).count();
    }
    let at = from + n_lead;
    let (days, to, n_days) = day_list(scan, at)?;
    let is_short = |at: usize| scan.word(at).len() < 6;
    let is_plural = (at..to).any(|at| !is_short(at) && scan.word(at).ends_with('s'));
    let is_timed = is_part_of_day_at(scan, to) || (!scan.is_edge(to) && is_appointment(scan.word(to)));
    let is_name = scan.names_follow(to) || (n_lead == 0 && !is_timed && scan.is_in_name(at, to));
    let is_alone = n_days == 1 && is_short(at);
    let is_sure = match (n_lead > 0, is_alone) {
        (true, true) => is_timed || scan.may_end(to),
        (true, false) => is_plural || is_timed || n_days > 1 || scan.may_end(to),
        (false, true) => is_timed,
        (false, false) => is_plural || is_timed || n_days > 1 || is_day_alone(scan, at),
    };
    (is_sure && !is_name).then(|| Found::new(from, to, Meaning::Weekdays(days)))
}

/// A day without any word that shows it to be one: `dermatologist saturday`, `weekend urgent care`.
///
/// In capitals it may be somebody's name.
fn is_day_alone(scan: &Scan<'_>, at: usize) -> bool {
    let is_behind_piece = at > 0 && scan.is_taken[at - 1] && !scan.is_parted(at);
    let is_before_piece = scan.is_taken.get(at + 1) == Some(&true) && !scan.is_parted(at + 1);
    let is_sort = matches!(scan.word(at), "weekday" | "weekend");
    let is_lower = scan.typed(at, at + 1).starts_with(char::is_lowercase);
    is_lower && scan.is_edge(at) && scan.may_end(at + 1) && (is_behind_piece || (is_sort && is_before_piece))
}

/// The days from a place on, where they end, and how many are named.
fn day_list(scan: &Scan<'_>, at: usize) -> Option<(Weekdays, usize, usize)> {
    let day = |at: usize| Weekdays::named(scan.word(at)).filter(|_| at < scan.tokens.len() && !scan.is_taken[at]);
    let mut days = day(at)?;
    let (mut last, mut to, mut n_days) = (days, at + 1, 1);
    loop {
        let is_joined = |at: usize| !scan.is_parted(at) || scan.gap(at).trim() == ",";
        if !is_joined(to) {
            break;
        }
        let word = scan.word(to);
        let is_range = matches!(word, "through" | "thru" | "to" | "until" | "thro");
        let is_dash = matches!(scan.gap(to).trim(), "-" | "\u{2013}" | "\u{2014}");
        let n_join = if is_range || matches!(word, "and" | "or") { 1 } else { 0 };
        let n_on = usize::from(n_join > 0 && scan.word(to + n_join) == "on");
        let next_at = to + n_join + n_on;
        let is_open = (to..next_at).all(|at| at < scan.tokens.len() && !scan.is_taken[at]);
        let Some(next) = day(next_at).filter(|_| is_open && (n_join == 0 || !scan.is_parted(next_at))) else { break };
        days = days.union(if is_range || (is_dash && n_join == 0) { range(last, next) } else { next });
        (last, to, n_days) = (next, next_at + 1, n_days + 1);
    }
    Some((days, to, n_days))
}

/// The days from one to another, over the end of the week where need be.
fn range(from: Weekdays, to: Weekdays) -> Weekdays {
    let (Some(first), Some(last)) = (from.days().next(), to.days().next_back()) else { return to };
    let n_days = (last as usize + 7 - first as usize) % 7;
    Weekday::ALL.into_iter().cycle().skip(first as usize).take(n_days + 1).collect()
}

pub(super) fn soon(scan: &Scan<'_>, from: usize) -> Option<Found> {
    let before = if from > 0 && !scan.is_parted(from) { scan.word(from - 1) } else { "" };
    let is_limit = matches!(before, "by" | "before" | "until" | "till" | "after" | "from" | "since" | "or" | "than");
    if is_limit || scan.is_negated(from, NEGATION_REACH) {
        return None;
    }
    let run = scan.run(from);
    let (n_words, soon) = match run[..] {
        ["for", "today", ..] => (2, Soon::Today),
        ["today", ..] => (1, Soon::Today),
        ["same", "day", noun, ..] if is_appointment(noun) => (3, Soon::Today),
        ["same", "day", ..] if scan.may_end(from + 2) => (2, Soon::Today),
        ["for", "tomorrow", ..] => (2, Soon::Tomorrow),
        ["tomorrow", ..] => (1, Soon::Tomorrow),
        ["this", "week", ..] => (2, Soon::ThisWeek),
        ["next", "week", ..] if before != "the" => (2, Soon::NextWeek),
        ["as", "soon", "as", "possible", ..] => (4, Soon::Earliest),
        ["asap", ..] => (1, Soon::Earliest),
        ["right", "away", ..] => (2, Soon::Earliest),
        ["next" | "first" | "soonest" | "earliest", "available" | "possible", ..] => {
            (2 + n_nouns(&run[2..]), Soon::Earliest)
        }
        ["soonest" | "earliest", ..] => (1 + n_nouns(&run[1..]), Soon::Earliest),
        ["within", "the", "next", ..] | ["in", "the", "next", ..] => days_behind(&run, 3)?,
        ["within", "next", ..] => days_behind(&run, 2)?,
        ["within" | "next", ..] => days_behind(&run, 1)?,
        _ => return None,
    };
    let to = from + n_words;
    let is_choice = !scan.is_edge(to) && scan.word(to) == "or";
    let is_name = scan.names_follow(to) || (!is_part_of_day(scan.word(to)) && scan.is_in_name(from, to));
    (!is_choice && !is_name).then(|| Found::new(from, to, Meaning::Soon(soon)))
}

fn n_nouns(run: &[&str]) -> usize {
    run.iter().take_while(|word| is_appointment(word) || matches!(**word, "date" | "time" | "day")).count()
}

/// `3 days`, `two weeks`, `a week`, `week`: with the words before it, and what it means.
fn days_behind(run: &[&str], at: usize) -> Option<(usize, Soon)> {
    const NUMBERS: [&str; 11] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let number = |word: &str| -> Option<u16> {
        let spelled = NUMBERS.iter().position(|number| *number == word).and_then(|number| u16::try_from(number).ok());
        spelled.or_else(|| word.parse().ok()).filter(|number| (1..=365).contains(number))
    };
    let (count, n_words) = match run.get(at..)? {
        ["a", "day" | "week", ..] => (1, 2),
        ["week", ..] => (1, 1),
        ["couple", "of", ..] => return None,
        [word, ..] => (number(word)?, 2),
        [] => return None,
    };
    let days = match *run.get(at + n_words - 1)? {
        "day" | "days" => count,
        "week" | "weeks" => count * 7,
        _ => return None,
    };
    Some((at + n_words, Soon::WithinDays(days)))
}
