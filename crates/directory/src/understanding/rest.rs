//! What is left of a text when all that was understood is taken out.

use super::scan::Scan;

/// Words that begin a wish (`I am looking for`), which say nothing when something was understood.
const WISHES: [&str; 13] = [
    "book",
    "booking",
    "find",
    "get",
    "help",
    "looking",
    "make",
    "need",
    "schedule",
    "search",
    "searching",
    "show",
    "want",
];

/// The words that are left, in their order; the separator stands where something was taken out.
pub(super) fn of(scan: &Scan<'_>, separator: &str) -> String {
    let is_left = without_connectives(scan);
    let mut rest = String::new();
    let mut before: Option<usize> = None;
    for at in (0..is_left.len()).filter(|at| is_left[*at]) {
        match before {
            Some(before) if before + 1 == at => rest.push_str(scan.gap(at)),
            Some(_) => rest.push_str(separator),
            None => {}
        }
        rest.push_str(scan.typed(at, at + 1));
        before = Some(at);
    }
    rest
}

/// Which words are left: neither understood nor between what is understood and its neighbour or the end of the text.
fn without_connectives(scan: &Scan<'_>) -> Vec<bool> {
    let mut is_left: Vec<bool> = scan.is_taken.iter().map(|is_taken| !is_taken).collect();
    let n_words = is_left.len();
    let mut at = 0;
    while at < n_words {
        let to = (at..n_words).find(|at| scan.is_taken[*at] || !scan.is_connective(*at)).unwrap_or(n_words);
        if to == at {
            at += 1;
            continue;
        }
        let is_taken_before = at > 0 && scan.is_taken[at - 1];
        let is_taken_behind = to < n_words && scan.is_taken[to];
        let is_between = (at == 0 || is_taken_before) && (to == n_words || is_taken_behind);
        let is_wish = at == 0 && to > 1 && (at..to).any(|at| WISHES.contains(&scan.word(at)));
        if (is_between && (is_taken_before || is_taken_behind)) || is_wish {
            is_left[at..to].fill(false);
        }
        at = to;
    }
    is_left
}
