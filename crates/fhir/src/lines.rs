//! Splitting a stream of bytes into lines, with a cap on their length.

/// One line of an output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line without its line end; never blank.
    Text(&'a [u8]),
    /// A line over the cap; its first bytes. The rest was passed over.
    TooLong(&'a [u8]),
}

/// A push splitter: feed it chunks, it calls back with each line and its number (from 1, blank lines counted).
///
/// Holds at most one line (the cap) of carried-over bytes.
#[derive(Debug)]
pub struct LineSplitter {
    max_line_bytes: usize,
}

impl LineSplitter {
    /// A splitter that passes over lines longer than `max_line_bytes`.
    pub fn new(max_line_bytes: usize) -> Self {
        Self { max_line_bytes }
    }

    /// Takes a chunk; `visit(line_number, line)` sees every line that it completes.
    pub fn push(&mut self, chunk: &[u8], visit: impl FnMut(u64, Line<'_>)) {
        let _ = (self.max_line_bytes, chunk, visit);
        unimplemented!()
    }

    /// The end of the file: a last line without line end is a line as well.
    pub fn finish(&mut self, visit: impl FnMut(u64, Line<'_>)) {
        let _ = visit;
        unimplemented!()
    }
}
