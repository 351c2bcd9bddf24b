//! The words of a text and which of them were understood.

use super::{Meaning, Understanding, Understood};
use crate::text::fold;

/// Words that people write around what they look for.
const EMPTY_WORDS: [&str; 30] = [
    "a",
    "an",
    "any",
    "appointment",
    "appointments",
    "available",
    "availability",
    "can",
    "could",
    "does",
    "find",
    "i",
    "is",
    "looking",
    "me",
    "my",
    "need",
    "on",
    "open",
    "opening",
    "openings",
    "please",
    "see",
    "slot",
    "slots",
    "that",
    "want",
    "which",
    "who",
    "would",
];
/// Words that join what was understood to what was not.
const JOINTS: [&str; 8] = ["and", "at", "for", "in", "of", "on", "or", "with"];

/// A word.
#[derive(Debug, Clone)]
struct Token {
    /// As it is compared.
    folded: String,
    /// Where it stands in the text.
    start: usize,
    end: usize,
    is_understood: bool,
}

/// The words of a text.
pub(super) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    found: Vec<(usize, Understood)>,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut tokens: Vec<Token> = Vec::new();
        let mut start = None;
        let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}');
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            match (start, is_inside(c)) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    let folded = fold(&text[from..at].replace(['\'', '\u{2019}'], ""));
                    if !folded.is_empty() {
                        tokens.push(Token { folded, start: from, end: at, is_understood: false });
                    }
                    start = None;
                }
                _ => {}
            }
        }
        Self { text, tokens, found: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The folded word at a place, unless it was understood already; empty beyond the ends.
    pub(super) fn word(&self, place: usize) -> &str {
        self.tokens.get(place).filter(|token| !token.is_understood).map_or("", |token| &token.folded)
    }

    /// The folded word before a place, understood or not.
    pub(super) fn before(&self, place: usize) -> &str {
        place.checked_sub(1).and_then(|place| self.tokens.get(place)).map_or("", |token| &token.folded)
    }

    /// Whether the words from a place on are these.
    pub(super) fn has(&self, place: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.word(place + n) == *word)
    }

    /// Whether the word at a place is one of these.
    pub(super) fn is_any(&self, place: usize, words: &[&str]) -> bool {
        words.contains(&self.word(place))
    }

    /// The text of some consecutive words as it was written.
    pub(super) fn written(&self, from: usize, to: usize) -> &'a str {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) if first.start < last.end => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// Whether some consecutive words are all left.
    pub(super) fn are_left(&self, from: usize, to: usize) -> bool {
        to <= self.len() && self.tokens[from..to].iter().all(|token| !token.is_understood)
    }

    /// Takes words out of what is left: they mean something.
    pub(super) fn take(&mut self, from: usize, to: usize, meaning: Meaning) {
        self.note(from, to, meaning);
        self.tokens[from..to].iter_mut().for_each(|token| token.is_understood = true);
    }

    /// Says what words mean that are looked for all the same.
    pub(super) fn note(&mut self, from: usize, to: usize, meaning: Meaning) {
        let words = self.written(from, to).to_owned();
        self.found.push((from, Understood { words, meaning }));
    }

    /// What is left: without the words around what was understood.
    pub(super) fn finish(mut self) -> Understanding {
        self.found.sort_by_key(|(from, _)| *from);
        let understood: Vec<_> = self.found.into_iter().map(|(_, understood)| understood).collect();
        let is_sentence = !understood.is_empty();
        let left = |place: usize| self.tokens.get(place).is_some_and(|token| !token.is_understood);
        let kept: Vec<usize> = (0..self.tokens.len())
            .filter(|place| {
                let word = self.tokens[*place].folded.as_str();
                // A joint between two words that are left belongs to them (`ear and throat`).
                let joins = left(*place + 1) && *place > 0 && left(*place - 1);
                left(*place)
                    && !(is_sentence && EMPTY_WORDS.contains(&word))
                    && !(is_sentence && JOINTS.contains(&word) && !joins)
            })
            .collect();
        // Words that stood together stay as they were written.
        let mut rest = String::new();
        for run in kept.chunk_by(|a, b| a + 1 == *b) {
            if !rest.is_empty() {
                rest.push(' ');
            }
            rest.push_str(&self.text[self.tokens[run[0]].start..self.tokens[run[run.len() - 1]].end]);
        }
        if !is_sentence {
            self.text.trim().clone_into(&mut rest);
        }
        Understanding { rest, understood }
    }
}

/// Whether a word is one that people write around what they look for.
#[cfg(test)]
pub(super) fn is_around(word: &str) -> bool {
    EMPTY_WORDS.contains(&word) || JOINTS.contains(&word)
}
