//! Street addresses in one spelling.

use openslots_model::Place;

use super::units::{self, Units};
use super::words::{direction, is_alike, is_digits, number, street_word, suffix};
use super::{Agreement, hash, tokens};

/// A street address: house number, street and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Street {
    /// The hash of the house number as written.
    pub(super) house: u64,
    /// The hash of the first number of a range (`100-104`), else of the house number.
    pub(super) house_first: u64,
    /// The words of the street without suffix and direction.
    pub(super) name: Box<str>,
    /// The suffix, 0 if none is given.
    suffix: u8,
    /// The direction before or after the name, 0 if none is given.
    direction: u8,
}

/// How two street addresses compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) house: Agreement,
    pub(super) street: Agreement,
    /// Whether streets of one name differ in suffix or direction.
    pub(super) has_other_end: bool,
}

impl Street {
    /// Whether house and street are the same.
    pub(super) fn compare(&self, other: &Self) -> Compared {
        let is_in_range = |range: &Self, one: &Self| range.house_first == one.house && one.house == one.house_first;
        let is_same_house = self.house == other.house || is_in_range(self, other) || is_in_range(other, self);
        let differs = |a: u8, b: u8| a != 0 && b != 0 && a != b;
        let is_named_alike = self.is_named_alike(other);
        let has_other_end =
            is_named_alike && (differs(self.suffix, other.suffix) || differs(self.direction, other.direction));
        Compared {
            house: Agreement::of(is_same_house),
            street: Agreement::of(is_named_alike && !has_other_end),
            has_other_end,
        }
    }

    fn is_named_alike(&self, other: &Self) -> bool {
        // `Oakwood` and `Oak Wood` are one.
        let joined = |street: &Self| street.name.replace(' ', "");
        if self.name == other.name || joined(self) == joined(other) {
            return true;
        }
        let (a, b): (Vec<_>, Vec<_>) = (self.name.split(' ').collect(), other.name.split(' ').collect());
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| is_alike(a, b))
    }
}

/// The street address among the lines of a place, and what they say of suite, floor and building.
pub(super) fn read(place: &Place) -> (Option<Street>, Units) {
    let mut units = Units::default();
    let mut street = None;
    for segment in place.address_lines.iter().flat_map(|line| line.split([',', ';', '\n'])) {
        let mut words = tokens(segment);
        strip_region(&mut words, place);
        if words.is_empty() || is_mailbox(&words) {
            continue;
        }
        let words = units::take(words, &mut units);
        if street.is_none() {
            street = of_words(&words, &mut units);
        }
    }
    (street, units)
}

/// `PO Box 12`, `PMB 7`, `Attn: Reception`, `c/o Mercy`: where letters go, not where care is given.
fn is_mailbox(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["po" | "pob" | "pobox" | "box" | "pmb" | "attn" | "attention" | "c/o", ..]
            | ["p", "o", ..]
            | ["post", "office", ..]
            | ["c", "o", ..]
    )
}

/// Takes city, state, ZIP and country from the end, where the whole address is on one line.
fn strip_region(words: &mut Vec<String>, place: &Place) {
    let region = [Some("usa"), place.postal_code.as_deref(), place.state.as_deref(), place.city.as_deref()];
    for text in region.into_iter().flatten() {
        let is_zip_plus_4 = words.last().and_then(|last| last.split_once('-')).is_some_and(|(zip, _)| zip == text);
        let tail = tokens(text);
        // `100 Boston` may be a street: a house number and a word must be left, or nothing at all.
        let n_left = words.len().saturating_sub(if is_zip_plus_4 { 1 } else { tail.len() });
        let ends_so = is_zip_plus_4 || (!tail.is_empty() && words.ends_with(&tail));
        let is_house_alone = n_left == 1 && words[0].starts_with(|c: char| c.is_ascii_digit());
        if ends_so && !is_house_alone {
            words.truncate(n_left);
        }
    }
}

fn of_words(words: &[String], units: &mut Units) -> Option<Street> {
    let (first, rest) = words.split_first()?;
    let (house, house_first, letter) = read_house(first)?;
    // `One Mercy` may be a name; `One Mercy Plaza` is an address.
    if rest.is_empty() || (number(first).is_some() && rest.len() < 2) {
        return None;
    }
    let mut rest: Vec<&str> = rest.iter().map(|word| street_word(word)).collect();
    let mut unit = letter;
    if rest.len() > 1 && rest[0] == "1/2" {
        unit = Some("1/2".to_owned());
        rest.remove(0);
    }
    take_number_after_suffix(&mut rest, &mut unit);
    if let Some(unit) = unit {
        units.set_suite(&unit);
    }
    let mut street = Street { house, house_first, ..Street::default() };
    street.take_ends(&mut rest);
    street.name = name_of(&rest).into_boxed_str();
    Some(street)
}

/// `123 Main St 200` and `123 Main St B`: what follows the suffix is a suite.
fn take_number_after_suffix(rest: &mut Vec<&str>, unit: &mut Option<String>) {
    if let [.., before, last] = rest[..]
        && rest.len() >= 3
        && suffix(before).is_some_and(|_| before != "hwy" && before != "loop")
        && (last.bytes().any(|b| b.is_ascii_digit()) || (last.len() == 1 && direction(last).is_none()))
    {
        *unit = Some(last.to_owned());
        rest.pop();
    }
}

impl Street {
    /// Takes suffix and directions, as long as a name is left.
    fn take_ends(&mut self, rest: &mut Vec<&str>) {
        if rest.len() > 1
            && let Some(after) = rest.last().and_then(|last| direction(last))
        {
            self.direction = after;
            rest.pop();
        }
        if rest.len() > 1
            && let Some(last) = rest.last().and_then(|last| suffix(last))
        {
            self.suffix = last;
            rest.pop();
        }
        if rest.len() > 1
            && let Some(before) = rest.first().and_then(|first| direction(first))
        {
            self.direction = before;
            rest.remove(0);
        }
    }
}

/// The name in one spelling: all kinds of highway are `hwy`, Martin Luther King is `mlk` however much of him is written.
fn name_of(rest: &[&str]) -> String {
    if rest.contains(&"mlk") || (rest.contains(&"luther") && rest.contains(&"king")) {
        return "mlk".to_owned();
    }
    let name = match rest {
        ["us" | "state" | "interstate", "hwy", rest @ ..] if !rest.is_empty() => ["hwy"].iter().chain(rest),
        ["us" | "state", rest @ ..] if rest.first().is_some_and(|word| is_digits(word)) => ["hwy"].iter().chain(rest),
        _ => [].iter().chain(rest),
    };
    name.copied().collect::<Vec<_>>().join(" ")
}

/// Hashes of a house number and of the first of its range, and the letter of a unit (`123A`).
fn read_house(word: &str) -> Option<(u64, u64, Option<String>)> {
    if let Some(number) = number(word) {
        let house = hash(&number.to_string());
        return Some((house, house, None));
    }
    if let Some((from, to)) = word.split_once('-').filter(|(from, to)| is_digits(from) && is_digits(to)) {
        // `37-15` is one house in Queens and `100-104` a range: only the whole of it is sure.
        return Some((hash(&format!("{from}{to}")), hash(from), None));
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let letter = &word[digits.len()..];
    if is_digits(digits) && letter.len() <= 1 {
        let house = hash(digits.trim_start_matches('0'));
        return Some((house, house, (!letter.is_empty()).then(|| letter.to_owned())));
    }
    // `N56W14750`: a grid.
    let is_grid = word.starts_with(['n', 's', 'e', 'w'])
        && word.bytes().filter(u8::is_ascii_digit).count() >= 2
        && word.bytes().all(|b| b.is_ascii_digit() || b"nsew".contains(&b));
    let house = hash(word);
    is_grid.then_some((house, house, None))
}
