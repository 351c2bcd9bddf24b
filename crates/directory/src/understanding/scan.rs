//! A text as words, and which of them are understood already.

use deunicode::deunicode_char;

use super::Meaning;
use super::lists::{CONNECTIVES, NAME_ENDINGS, NEGATIONS, STATE_WORDS};
use crate::text::fold;

/// A word of a text.
#[derive(Debug)]
pub(super) struct Token {
    /// Where it begins in the text.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// How it is compared; an apostrophe has become a space.
    pub(super) folded: String,
    is_capital: bool,
}

/// A recognised piece: words `from..to`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) meaning: Meaning,
    pub(super) corrected: Option<&'static str>,
}

impl Found {
    pub(super) fn new(from: usize, to: usize, meaning: Meaning) -> Self {
        Self { from, to, meaning, corrected: None }
    }
}

/// A text and what has been found in it.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    /// Whether each word belongs to a recognised piece.
    pub(super) is_taken: Vec<bool>,
    pub(super) found: Vec<Found>,
    /// In a text of capital letters they say nothing.
    is_all_capitals: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let tokens = tokenize(text);
        let is_all_capitals = !text.chars().any(char::is_lowercase);
        Self { text, is_taken: vec![false; tokens.len()], tokens, found: Vec::new(), is_all_capitals }
    }

    /// The folded word at a place; empty behind the end.
    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.folded)
    }

    /// Words as they were typed.
    pub(super) fn typed(&self, from: usize, to: usize) -> &'a str {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) if from < to => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// What stands before a word.
    pub(super) fn gap(&self, at: usize) -> &'a str {
        match (at.checked_sub(1).and_then(|before| self.tokens.get(before)), self.tokens.get(at)) {
            (Some(before), Some(token)) => &self.text[before.end..token.start],
            _ => "",
        }
    }

    /// Whether a sentence or list parts a word from the one before it.
    pub(super) fn is_parted(&self, at: usize) -> bool {
        let gap = self.gap(at);
        let is_joint = |c: char| {
            c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '/' | '&' | '.' | '\'' | '\u{2019}')
        };
        !gap.chars().all(is_joint) || (gap.contains('.') && gap.contains(char::is_whitespace))
    }

    /// The free words from a place on, up to what parts them and twelve at most.
    pub(super) fn run(&self, from: usize) -> Vec<&str> {
        let is_open = |at: usize| at < self.tokens.len() && !self.is_taken[at] && (at == from || !self.is_parted(at));
        (from..from + 12).take_while(|at| is_open(*at)).map(|at| self.word(at)).collect()
    }

    /// Whether the text, a part of it or something understood ends or begins between two words.
    pub(super) fn is_edge(&self, at: usize) -> bool {
        at == 0 || at >= self.tokens.len() || self.is_taken[at] || self.is_taken[at - 1] || self.is_parted(at)
    }

    /// Whether a phrase may end before a word: nothing of a name follows.
    pub(super) fn may_end(&self, at: usize) -> bool {
        self.is_edge(at) || self.is_connective(at)
    }

    /// Whether words before a place make part of a name of an organisation of it.
    pub(super) fn names_follow(&self, at: usize) -> bool {
        !self.is_edge(at) && NAME_ENDINGS.contains(&self.word(at))
    }

    /// Whether capital letters go on before or behind words that have them.
    pub(super) fn is_in_name(&self, from: usize, to: usize) -> bool {
        let is_name = |at: usize| self.is_capital(at) && !self.is_connective(at);
        // `Advanced Dermatology and Cosmetic Surgery` is one name.
        let is_joint = |at: usize| matches!(self.word(at), "and" | "y");
        let is_before = from > 0
            && !self.is_edge(from)
            && (is_name(from - 1) || (is_joint(from - 1) && !self.is_edge(from - 1) && is_name(from - 2)));
        let is_behind =
            !self.is_edge(to) && (is_name(to) || (is_joint(to) && !self.is_edge(to + 1) && is_name(to + 1)));
        (from..to).all(|at| self.is_capital(at)) && (is_before || is_behind)
    }

    fn is_capital(&self, at: usize) -> bool {
        !self.is_all_capitals && self.tokens.get(at).is_some_and(|token| token.is_capital)
    }

    /// Whether a word is written in capitals where not all words are.
    pub(super) fn is_shouted(&self, at: usize) -> bool {
        self.is_capital(at) && !self.typed(at, at + 1).chars().any(char::is_lowercase)
    }

    /// Whether a word only joins others. Capital letters of a state are that state.
    pub(super) fn is_connective(&self, at: usize) -> bool {
        let word = self.word(at);
        CONNECTIVES.contains(&word) && !(STATE_WORDS.contains(&word) && self.is_shouted(at))
    }

    /// Whether a word before a place, not farther than that, turns round what follows.
    pub(super) fn is_negated(&self, at: usize, n_words: usize) -> bool {
        (at.saturating_sub(n_words)..at).any(|before| {
            let word = self.word(before);
            NEGATIONS.contains(&word) || word.ends_with("n t")
        })
    }

    /// What the piece that a word belongs to means.
    pub(super) fn meaning_at(&self, at: usize) -> Option<&Meaning> {
        self.found.iter().find(|found| (found.from..found.to).contains(&at)).map(|found| &found.meaning)
    }

    /// Keeps what was found and takes its words.
    pub(super) fn take(&mut self, found: Found) {
        self.is_taken[found.from..found.to].fill(true);
        self.found.push(found);
    }
}

/// Letters and digits; an apostrophe within a word and a point or colon between digits belong to it.
fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = None;
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        let is_word = c.is_alphanumeric() || (start.is_some() && !c.is_ascii() && deunicode_char(c) == Some(""));
        let joins_letters = matches!(c, '\'' | '\u{2019}') && next.is_alphanumeric();
        let joins_digits = matches!(c, '.' | ':') && before.is_ascii_digit() && next.is_ascii_digit();
        if is_word || (start.is_some() && (joins_letters || joins_digits)) {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            tokens.push(token(text, start, at));
        }
        before = c;
    }
    if let Some(start) = start {
        tokens.push(token(text, start, text.len()));
    }
    tokens
}

fn token(text: &str, start: usize, end: usize) -> Token {
    let typed = &text[start..end];
    let joins_digits = typed.contains([':', '.']) && typed.is_ascii();
    let folded = if joins_digits { typed.to_ascii_lowercase() } else { fold(typed) };
    Token { start, end, folded, is_capital: typed.starts_with(char::is_uppercase) }
}
