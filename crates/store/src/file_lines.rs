//! What is kept of the lines of an output file: a token and a hash each, in order.

use openslots_model::{IssueCode, KnownLine, LineToken};
use roaring::RoaringTreemap;

use crate::Result;
use crate::codec::{Decoder, put_delta, put_text, put_varint};

/// How a line stands to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineState {
    /// Nothing is held by it: it was rejected, or its id came again later.
    Unheld,
    /// It is what its token stands for.
    Held,
    /// The same, and another line claims the same id: both are read anew whenever their file is, since who wins may
    /// change.
    Contested,
}

/// Consecutive lines in the same state with consecutive tokens (all 0 where nothing is held).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineRun {
    pub(crate) state: LineState,
    pub(crate) first: u64,
    pub(crate) n: u64,
}

impl LineRun {
    /// Token of the line `place` lines after the first.
    pub(crate) const fn token(&self, place: u64) -> u64 {
        match self.state {
            LineState::Unheld => 0,
            LineState::Held | LineState::Contested => self.first + place,
        }
    }

    const fn end(&self) -> u64 {
        self.first + self.n
    }
}

/// The lines of a file as runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LineRuns(Vec<LineRun>);

impl LineRuns {
    /// Appends `n` lines with consecutive tokens from `first`.
    pub(crate) fn push(&mut self, state: LineState, first: u64, n: u64) {
        let first = if state == LineState::Unheld { 0 } else { first };
        match self.0.last_mut() {
            Some(last) if last.state == state && (state == LineState::Unheld || last.end() == first) => last.n += n,
            _ if n > 0 => self.0.push(LineRun { state, first, n }),
            _ => {}
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &LineRun> {
        self.0.iter()
    }

    /// Every line: state and token.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (LineState, u64)> {
        self.0.iter().flat_map(|run| (0..run.n).map(|place| (run.state, run.token(place))))
    }

    /// All tokens that are held.
    pub(crate) fn held(&self) -> RoaringTreemap {
        let mut tokens = RoaringTreemap::new();
        for run in self.0.iter().filter(|run| run.state != LineState::Unheld) {
            tokens.insert_range(run.first..run.end());
        }
        tokens
    }

    /// Runs of a set of tokens, in the order of the tokens.
    pub(crate) fn of_tokens(tokens: &RoaringTreemap) -> Self {
        let mut runs = Self::default();
        for token in tokens {
            runs.push(LineState::Held, token, 1);
        }
        runs
    }

    /// As bytes: for each run its length and state in one integer, then how far its first token lies from the end of
    /// the held run before it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut expected = 0u64;
        for run in &self.0 {
            put_varint(&mut bytes, run.n << 2 | run.state as u64);
            if run.state != LineState::Unheld {
                put_delta(&mut bytes, run.first.wrapping_sub(expected) as i64);
                expected = run.end();
            }
        }
        bytes
    }

    /// From bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut decoder = Decoder::new(bytes, "the tokens of an output file");
        let mut runs = Vec::new();
        let mut expected = 0u64;
        while !decoder.is_empty() {
            let head = decoder.varint()?;
            let n = head >> 2;
            let state = match head & 3 {
                0 => LineState::Unheld,
                1 => LineState::Held,
                2 => LineState::Contested,
                _ => return Err(decoder.damaged()),
            };
            let mut first = 0;
            if state != LineState::Unheld {
                first = expected.wrapping_add(decoder.delta()? as u64);
                expected = first.checked_add(n).ok_or_else(|| decoder.damaged())?;
            }
            runs.push(LineRun { state, first, n });
        }
        Ok(Self(runs))
    }

    /// The lines as the crawl compares them: those that must be read anew have no token.
    pub(crate) fn known_lines(&self, hashes: &[u8]) -> Result<Vec<KnownLine>> {
        let mut decoder = Decoder::new(hashes, "the hashes of an output file");
        let mut known = Vec::with_capacity(hashes.len() / 8);
        for (state, token) in self.lines() {
            let hash = u64::from_le_bytes(decoder.array()?);
            let token = if state == LineState::Held { LineToken(token) } else { LineToken::NONE };
            known.push(KnownLine { hash, token });
        }
        if decoder.is_empty() { Ok(known) } else { Err(decoder.damaged()) }
    }
}

/// The lines of a file that were accepted with an issue, by code: where such a line is kept later, so is its issue.
///
/// A line is named by its index among the file's lines. An issue names its line by number, blank lines counted; the two
/// are taken to differ by one, which blank lines in the middle of a file make inexact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Repairs(Vec<(IssueCode, Vec<u64>)>);

impl Repairs {
    pub(crate) fn push(&mut self, code: IssueCode, line: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == code) {
            Some((_, lines)) => lines.push(line),
            None => self.0.push((code, vec![line])),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (IssueCode, &[u64])> {
        self.0.iter().map(|(code, lines)| (*code, lines.as_slice()))
    }

    /// Puts codes and lines into their one order, so that equal repairs are equal bytes.
    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable_by_key(|(code, _)| *code);
        for (_, lines) in &mut self.0 {
            lines.sort_unstable();
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (code, lines) in &self.0 {
            put_text(&mut bytes, code.as_str());
            put_varint(&mut bytes, lines.len() as u64);
            let mut before = 0;
            for line in lines {
                put_delta(&mut bytes, line.wrapping_sub(before) as i64);
                before = *line;
            }
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut decoder = Decoder::new(bytes, "the repairs of an output file");
        let mut repairs = Self::default();
        while !decoder.is_empty() {
            let code = decoder.text()?.parse().map_err(|()| decoder.damaged())?;
            let n = decoder.varint()?;
            let mut lines = Vec::new();
            let mut line = 0u64;
            for _ in 0..n {
                line = line.wrapping_add(decoder.delta()? as u64);
                lines.push(line);
            }
            repairs.0.push((code, lines));
        }
        Ok(repairs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn runs(parts: &[(u8, u64, u64)]) -> LineRuns {
        let mut runs = LineRuns::default();
        for (state, first, n) in parts {
            let state = [LineState::Unheld, LineState::Held, LineState::Contested][usize::from(*state % 3)];
            runs.push(state, *first, *n);
        }
        runs
    }

    #[test]
    fn consecutive_tokens_are_one_run() {
        let list = runs(&[(1, 10, 3), (1, 13, 1), (0, 99, 2), (0, 7, 1), (1, 14, 1), (2, 15, 1)]);
        assert_eq!(list.iter().count(), 4);
        assert_eq!(list.encode().len(), 7);
        assert_eq!(list.held().iter().collect::<Vec<_>>(), [10, 11, 12, 13, 14, 15]);
    }

    #[test]
    fn lines_that_must_be_read_anew_have_no_token() {
        let list = runs(&[(1, 10, 1), (0, 0, 1), (2, 12, 1)]);
        let hashes: Vec<u8> = [5u64, 6, 7].iter().flat_map(|hash| hash.to_le_bytes()).collect();
        let known = list.known_lines(&hashes).unwrap();
        let got: Vec<_> = known.iter().map(|line| (line.hash, line.token.0)).collect();
        assert_eq!(got, [(5, 10), (6, 0), (7, 0)]);
        assert!(list.known_lines(&hashes[..16]).is_err());
    }

    proptest! {
        #[test]
        fn runs_survive_being_written_and_read(
            parts in proptest::collection::vec((0u8..3, 0u64..u64::MAX / 2, 1u64..1000), 0..30),
        ) {
            let list = runs(&parts);
            let read = LineRuns::decode(&list.encode()).unwrap();
            prop_assert!(read.lines().eq(list.lines()));
        }

        #[test]
        fn repairs_survive_being_written_and_read(lines in proptest::collection::vec((0usize..24, 0u64..1 << 40), 0..30)) {
            let mut repairs = Repairs::default();
            for (code, line) in lines {
                repairs.push(IssueCode::ALL[code], line);
            }
            repairs.sort();
            prop_assert_eq!(Repairs::decode(&repairs.encode()).unwrap(), repairs);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            drop(LineRuns::decode(&bytes));
            drop(Repairs::decode(&bytes));
        }
    }
}
