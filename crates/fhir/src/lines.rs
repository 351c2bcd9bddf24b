//! Splitting a stream of bytes into lines, with a cap on their length.

use memchr::memchr;

/// One line of an output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line without its line end; never blank. A byte order mark at the start of the file is still on its first
    /// line: [`crate::decode::decode_line`] takes it off and says so.
    Text(&'a [u8]),
    /// A line over the cap; its first bytes, as many as the cap allows. The rest was passed over.
    TooLong(&'a [u8]),
}

/// A push splitter: feed it chunks, it calls back with each line and its number (from 1, blank lines counted).
///
/// Lines end with `\n` or `\r\n`. Blank lines, and lines of nothing but the brackets and commas of a JSON list around
/// the resources, are numbered and not visited.
///
/// A line that lies wholly inside a chunk is visited without being copied; otherwise at most one line (the cap) of
/// bytes is carried over.
#[derive(Debug)]
pub struct LineSplitter {
    max_line_bytes: usize,
    /// The beginning of a line whose end has not come: at most one byte more than the cap, which may yet prove to be
    /// the `\r` of its line end.
    carried: Vec<u8>,
    /// Whether bytes of the carried line were passed over.
    is_overflowing: bool,
    n_lines: u64,
}

impl LineSplitter {
    /// A splitter that passes over lines longer than `max_line_bytes`.
    pub fn new(max_line_bytes: usize) -> Self {
        Self { max_line_bytes, carried: Vec::new(), is_overflowing: false, n_lines: 0 }
    }

    /// Takes a chunk; `visit(line_number, line)` sees every line that it completes.
    pub fn push(&mut self, chunk: &[u8], mut visit: impl FnMut(u64, Line<'_>)) {
        let mut rest = chunk;
        while let Some(at) = memchr(b'\n', rest) {
            let (head, tail) = (&rest[..at], &rest[at + 1..]);
            rest = tail;
            if self.carried.is_empty() {
                self.n_lines += 1;
                self.visit_line(head, &mut visit);
            } else {
                self.carry(head);
                self.visit_carried(&mut visit);
            }
        }
        self.carry(rest);
    }

    /// The end of the file: a last line without line end is a line as well. The splitter is as new afterwards.
    pub fn finish(&mut self, mut visit: impl FnMut(u64, Line<'_>)) {
        if !self.carried.is_empty() {
            self.visit_carried(&mut visit);
        }
        self.n_lines = 0;
    }

    /// Whether the last chunk ended in the middle of a line. Before [`Self::finish`]: whether the file's last line
    /// has no line end, and so may have been cut off.
    pub fn is_mid_line(&self) -> bool {
        !self.carried.is_empty()
    }

    fn carry(&mut self, bytes: &[u8]) {
        let room = self.max_line_bytes.saturating_add(1) - self.carried.len();
        self.carried.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.is_overflowing |= bytes.len() > room;
    }

    fn visit_carried(&mut self, visit: &mut impl FnMut(u64, Line<'_>)) {
        let mut carried = std::mem::take(&mut self.carried);
        self.n_lines += 1;
        if std::mem::take(&mut self.is_overflowing) {
            visit(self.n_lines, Line::TooLong(&carried[..self.max_line_bytes]));
        } else {
            self.visit_line(&carried, visit);
        }
        carried.clear();
        self.carried = carried;
    }

    fn visit_line(&self, line: &[u8], visit: &mut impl FnMut(u64, Line<'_>)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > self.max_line_bytes {
            visit(self.n_lines, Line::TooLong(&line[..self.max_line_bytes]));
        } else if !is_empty_line(line, self.n_lines == 1) {
            visit(self.n_lines, Line::Text(line));
        }
    }
}

/// Whether a line holds nothing: white space, or the brackets and commas of a list around the resources.
fn is_empty_line(line: &[u8], is_first: bool) -> bool {
    let line = if is_first { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) } else { line };
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'[' | b']' | b','))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    enum Seen {
        Text(u64, Vec<u8>),
        TooLong(u64, Vec<u8>),
    }

    fn seen(number: u64, line: Line<'_>) -> Seen {
        match line {
            Line::Text(bytes) => Seen::Text(number, bytes.to_vec()),
            Line::TooLong(bytes) => Seen::TooLong(number, bytes.to_vec()),
        }
    }

    fn split<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, cap: usize) -> Vec<Seen> {
        let mut splitter = LineSplitter::new(cap);
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.push(chunk, |number, line| lines.push(seen(number, line)));
        }
        splitter.finish(|number, line| lines.push(seen(number, line)));
        lines
    }

    /// The plain definition, over the whole file at once.
    fn split_whole(bytes: &[u8], cap: usize) -> Vec<Seen> {
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        if lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        let numbered = lines.into_iter().enumerate().map(|(i, line)| (i as u64 + 1, line));
        numbered
            .filter_map(|(number, line)| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.len() > cap {
                    return Some(Seen::TooLong(number, line[..cap].to_vec()));
                }
                (!is_empty_line(line, number == 1)).then(|| Seen::Text(number, line.to_vec()))
            })
            .collect()
    }

    #[test]
    fn lines_are_told_apart() {
        let text = |number, line: &str| Seen::Text(number, line.as_bytes().to_vec());
        for (file, want) in [
            ("", vec![]),
            ("\n\r\n \t\n", vec![]),
            ("a\nb", vec![text(1, "a"), text(2, "b")]),
            ("a\r\nb\r\n", vec![text(1, "a"), text(2, "b")]),
            ("a\n\n\nb\n", vec![text(1, "a"), text(4, "b")]),
            ("[\n{}\n,\n{}\n]\n", vec![text(2, "{}"), text(4, "{}")]),
            ("\u{feff}[\n{},\n]", vec![text(2, "{},")]),
            ("[]", vec![]),
            ("\u{feff}{}\n\u{feff}\n", vec![text(1, "\u{feff}{}"), text(2, "\u{feff}")]),
            ("a\rb\n", vec![text(1, "a\rb")]),
        ] {
            assert_eq!(split([file.as_bytes()], 100), want, "{file:?}");
        }
    }

    #[test]
    fn a_line_of_exactly_the_cap_is_read_and_a_longer_one_passed_over() {
        for (file, want) in [
            ("1234\r\nx", vec![Seen::Text(1, b"1234".to_vec()), Seen::Text(2, b"x".to_vec())]),
            ("12345\r\nx", vec![Seen::TooLong(1, b"1234".to_vec()), Seen::Text(2, b"x".to_vec())]),
            ("1234\r5\nx", vec![Seen::TooLong(1, b"1234".to_vec()), Seen::Text(2, b"x".to_vec())]),
            ("123456789", vec![Seen::TooLong(1, b"1234".to_vec())]),
        ] {
            assert_eq!(split([file.as_bytes()], 4), want, "{file:?}");
            assert_eq!(split(file.as_bytes().chunks(1), 4), want, "{file:?} by single bytes");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept_beyond_the_cap() {
        let mut splitter = LineSplitter::new(1_000);
        for _ in 0..1_000 {
            splitter.push(&[b'x'; 10_000], |_, _| panic!("no line has ended"));
        }
        assert!(splitter.is_mid_line());
        assert!(splitter.carried.capacity() <= 4_096, "{} bytes are held", splitter.carried.capacity());
    }

    #[test]
    fn a_finished_splitter_counts_from_the_start() {
        let mut splitter = LineSplitter::new(100);
        splitter.push(b"a\nb", |_, _| {});
        splitter.finish(|number, _| assert_eq!(number, 2));
        assert!(!splitter.is_mid_line());
        splitter.push(b"c\n", |number, _| assert_eq!(number, 1));
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_lines(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'['), Just(b' '), any::<u8>()], 0..200),
            sizes in prop::collection::vec(1usize..40, 1..20),
            cap in 0usize..30,
        ) {
            let mut chunks = Vec::new();
            let mut rest = &bytes[..];
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, tail) = rest.split_at((*size).min(rest.len()));
                chunks.push(chunk);
                rest = tail;
            }
            prop_assert_eq!(split(chunks, cap), split_whole(&bytes, cap));
        }
    }
}
