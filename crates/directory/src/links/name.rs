//! Names of places: who it is, which department, which number of a chain.

use openslots_model::Place;

use super::kind::{Kinds, is_empty_word};
use super::words::{is_alike, is_digits, number};
use super::{hash, tokens};

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Name {
    /// The words that tell it from others of its kind, in order; empty if there are none.
    pub(super) core: Box<str>,
    /// The hash of the number of a store of a chain, 0 if none is given.
    store: u32,
    /// The hash of all its words but those that say nothing, kind and department as they are written.
    pub(super) whole: u64,
    /// Kind and department.
    pub(super) kinds: Kinds,
}

/// How the words of two names compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// One of them tells nothing.
    Unknown,
    /// The same words.
    Equal,
    /// One says more: it may be a part of the other.
    Part,
    /// Each says something that the other does not, beside what both say: two parts of one whole.
    Siblings,
    /// No word in common.
    Disjoint,
}

impl Name {
    /// The name of a place, without what its own address says.
    pub(super) fn of(place: &Place) -> Self {
        let words: Vec<String> = place.name.as_deref().map(tokens).unwrap_or_default();
        let mut name = Self::default();
        let words = name.take_store(words);
        let words = singular_words(&words);
        name.whole = hash(&words.iter().filter(|word| !is_empty_word(word)).collect::<Vec<_>>());
        let mut core = name.kinds.take(&words);
        drop_region(&mut core, place);
        core.dedup();
        name.core = core.join(" ").into_boxed_str();
        name
    }

    /// Whether both have numbers of stores, and different ones.
    pub(super) fn has_other_store(&self, other: &Self) -> bool {
        self.store != 0 && other.store != 0 && self.store != other.store
    }

    /// How the words compare.
    pub(super) fn relation(&self, other: &Self) -> Relation {
        if self.core.is_empty() || other.core.is_empty() {
            return Relation::Unknown;
        }
        if self.core == other.core || self.core.replace(' ', "") == other.core.replace(' ', "") {
            return Relation::Equal;
        }
        let rest = |a: &Self, b: &Self| {
            a.core.split(' ').filter(|word| !b.core.split(' ').any(|known| is_alike(word, known))).count()
        };
        let n_words = self.core.split(' ').count();
        match (rest(self, other), rest(other, self)) {
            (0, 0) => Relation::Equal,
            (0, _) | (_, 0) => Relation::Part,
            (n_rest, _) if n_rest == n_words => Relation::Disjoint,
            _ => Relation::Siblings,
        }
    }

    /// The words as one number, 0 without a name.
    pub(super) fn key(&self) -> u64 {
        if self.core.is_empty() { 0 } else { hash(&self.core.replace(' ', "")) }
    }

    /// All that tells it from another part of the same house, as one number.
    pub(super) fn full_key(&self) -> u64 {
        hash(&(&self.core, self.store, self.kinds.key()))
    }

    /// Whether it says nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.core.is_empty() && self.kinds.is_empty()
    }

    /// Takes the number of the store: `#123`, `Store 123`, `No. 123`, three digits or more at the end.
    fn take_store(&mut self, words: Vec<String>) -> Vec<String> {
        let mut rest: Vec<String> = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            let bare = word.trim_start_matches('#');
            let is_announced = word.starts_with('#')
                || rest.last().is_some_and(|before| matches!(before.as_str(), "store" | "no" | "number" | "#"));
            let is_last = at + 1 == words.len() && bare.len() >= 3;
            if is_digits(bare) && (is_announced || is_last) {
                let digits = bare.trim_start_matches('0');
                if self.store == 0 && !digits.is_empty() {
                    self.store = (hash(digits) as u32).max(1);
                }
                rest.pop_if(|before| matches!(before.as_str(), "no" | "number" | "#"));
            } else {
                rest.push(bare.to_owned());
            }
        }
        rest
    }
}

/// Words in the singular, `&` and hyphens gone, `Saint`, `Mount` and `Fort` short.
fn singular_words(words: &[String]) -> Vec<String> {
    let mut singular: Vec<String> = Vec::with_capacity(words.len());
    for word in words.iter().flat_map(|word| word.split(['-', '/'])).filter(|word| !word.is_empty()) {
        let ends_whole = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
        let one = match word {
            "saint" => "st".to_owned(),
            "mount" => "mt".to_owned(),
            "fort" => "ft".to_owned(),
            "covid" | "covid19" => "covid".to_owned(),
            "19" if singular.last().is_some_and(|before| before == "covid") => continue,
            _ if word.len() < 4 || ends_whole => word.to_owned(),
            _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
            _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
        };
        singular.push(number(&one).map_or(one.clone(), |digits| digits.to_string()));
    }
    singular
}

/// Drops the words of the place's own city, state and street, as long as a word is left.
fn drop_region(core: &mut Vec<String>, place: &Place) {
    let city = singular_words(&place.city.as_deref().map(tokens).unwrap_or_default());
    drop_run(core, &city);
    let state = place.state.as_deref().and_then(crate::geography::normalize_state).unwrap_or_default();
    if core.last().is_some_and(|last| last.eq_ignore_ascii_case(state)) {
        drop_run(core, &[state.to_ascii_lowercase()]);
    }
    for line in &place.address_lines {
        let street: Vec<String> = tokens(line).into_iter().filter(|word| !is_digits(word)).collect();
        let street = singular_words(&street);
        let is_street = |word: &String| {
            let short = super::words::street_word(word);
            street.iter().any(|known| super::words::street_word(known) == short)
        };
        // The first word is who it is, be it that of the street.
        let n_own = core.len();
        let mut at = 0;
        core.retain(|word| {
            at += 1;
            at == 1 || n_own == 1 || !is_street(word)
        });
    }
}

/// Drops a run of words, unless it is all.
fn drop_run(core: &mut Vec<String>, run: &[String]) {
    if run.is_empty() || run.len() >= core.len() {
        return;
    }
    if let Some(at) = core.windows(run.len()).position(|words| words == run) {
        core.drain(at..at + run.len());
    }
}
