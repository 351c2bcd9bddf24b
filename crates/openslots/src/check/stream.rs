//! The lines of one file, whichever way its bytes come.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use openslots_fhir::conformance::{ListedFile, Requirement, check_deletion_line, check_line};
use openslots_fhir::lines::{Line, LineSplitter};
use openslots_model::{Issue, UnixSeconds};

use super::CheckLimits;
use super::cross_check::CrossCheck;
use super::report::{Collector, FileReport};

/// Longer lines are not read.
const MAX_LINE_BYTES: usize = 1 << 20;
/// The first bytes of a gzip stream (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What the lines of a file are held against, and where what is found goes.
pub(super) struct FileCheck<'a> {
    file: &'a ListedFile,
    number: u32,
    page: u32,
    now: UnixSeconds,
    limits: CheckLimits,
    collector: &'a mut Collector,
    cross_check: &'a mut CrossCheck,
    report: FileReport,
    failure: Option<anyhow::Error>,
    last_line: u64,
}

/// A file whose bytes are pushed in.
pub(super) struct FileStream<'a> {
    decoder: Decoder<'a>,
}

enum Decoder<'a> {
    /// Nothing has come yet; a file of one byte is told at its end.
    Unknown(Box<Lines<'a>>, Vec<u8>),
    Plain(Box<Lines<'a>>),
    Gzip(Box<MultiGzDecoder<Box<Lines<'a>>>>),
    Broken,
}

struct Lines<'a> {
    splitter: LineSplitter,
    check: FileCheck<'a>,
}

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { splitter, check } = self;
        check.report.n_bytes += bytes.len() as u64;
        splitter.push(bytes, |number, line| check.line(number, line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> FileStream<'a> {
    pub(super) fn new(check: FileCheck<'a>) -> Self {
        let lines = Lines { splitter: LineSplitter::new(MAX_LINE_BYTES), check };
        Self { decoder: Decoder::Unknown(Box::new(lines), Vec::new()) }
    }

    /// Takes bytes as they were sent or stored, compressed or not.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.decoder {
            Decoder::Unknown(_, head) => {
                head.extend_from_slice(bytes);
                if head.len() < GZIP.len() {
                    return Ok(());
                }
                let Decoder::Unknown(lines, head) = std::mem::replace(&mut self.decoder, Decoder::Broken) else {
                    return Ok(());
                };
                self.decoder = match head.starts_with(&GZIP) {
                    true => Decoder::Gzip(Box::new(MultiGzDecoder::new(lines))),
                    false => Decoder::Plain(lines),
                };
                self.push(&head)
            }
            Decoder::Plain(lines) => lines.write_all(bytes),
            Decoder::Gzip(decoder) => decoder.write_all(bytes),
            Decoder::Broken => Ok(()),
        }
    }

    /// The end of the file: what it came to. `is_whole`: whether all of it came.
    pub(super) fn finish(self, is_whole: bool) -> anyhow::Result<FileReport> {
        let mut lines = match self.decoder {
            Decoder::Unknown(mut lines, head) => {
                lines.write_all(&head)?;
                lines
            }
            Decoder::Plain(lines) => lines,
            Decoder::Gzip(decoder) => decoder.finish()?,
            Decoder::Broken => anyhow::bail!("the file's bytes could not be unpacked"),
        };
        let Lines { splitter, check } = &mut *lines;
        if splitter.is_mid_line() && is_whole {
            let line = check.last_line + 1;
            check.found(line, Requirement::LineEnd, "the last line has no line feed", b"");
        }
        splitter.finish(|number, line| check.line(number, line));
        lines.check.finish(is_whole)
    }
}

impl<'a> FileCheck<'a> {
    #[expect(clippy::too_many_arguments, reason = "the parts of a run that a file is checked in")]
    pub(super) fn new(
        file: &'a ListedFile,
        number: u32,
        page: u32,
        now: UnixSeconds,
        limits: CheckLimits,
        report: FileReport,
        collector: &'a mut Collector,
        cross_check: &'a mut CrossCheck,
    ) -> Self {
        Self { file, number, page, now, limits, collector, cross_check, report, failure: None, last_line: 0 }
    }

    fn found(&mut self, line: u64, requirement: Requirement, detail: &str, bytes: &[u8]) {
        self.collector.add(requirement, &self.report.name, line, "", detail, || Issue::excerpt_of(bytes));
    }

    fn line(&mut self, number: u64, line: Line<'_>) {
        if number > self.last_line + 1 && self.last_line < self.limits.max_lines {
            self.found(self.last_line + 1, Requirement::LineBlank, "nothing that is a resource", b"");
        }
        self.last_line = number;
        self.report.n_lines += 1;
        if self.report.n_lines > self.limits.max_lines {
            self.report.is_cut = true;
            return;
        }
        let bytes = match line {
            Line::Text(bytes) => bytes,
            Line::TooLong(head) => {
                return self.found(number, Requirement::LineLength, "the line is longer than a megabyte", head);
            }
        };
        let Some(kind) = self.file.kind else {
            let found = check_deletion_line(bytes);
            self.report.n_faulty += u64::from(!found.is_empty());
            return self.collector.add_all(&self.report.name, number, &found, bytes);
        };
        let (facts, found) = check_line(kind, bytes, self.now);
        let is_faulty = found.iter().any(|finding| finding.requirement.severity().is_error());
        self.report.n_faulty += u64::from(is_faulty);
        self.collector.add_all(&self.report.name, number, &found, bytes);
        if let Some(state) =
            facts.state.as_ref().filter(|state| !self.file.states.is_empty() && !self.file.states.contains(state))
        {
            let detail = format!("the Location is in {state}, the file is tagged {}", self.file.states.join(", "));
            self.found(number, Requirement::ManifestStateFalse, &detail, bytes);
        }
        if self.failure.is_none() {
            self.failure = self.cross_check.note(kind, self.number, self.page, number, &facts).err();
        }
    }

    fn finish(mut self, is_whole: bool) -> anyhow::Result<FileReport> {
        if let Some(failure) = self.failure {
            return Err(failure.context("what lines say of one another could not be noted"));
        }
        if is_whole && self.report.n_lines == 0 {
            self.found(0, Requirement::FileEmpty, "no line", b"");
        }
        let claimed = self.file.count.filter(|count| is_whole && *count != self.report.n_lines);
        if let Some(count) = claimed {
            let detail = format!("{} lines, the manifest says {count}", self.report.n_lines);
            self.found(0, Requirement::ManifestCount, &detail, b"");
        }
        if self.report.is_cut || !is_whole {
            self.cross_check.is_partial = true;
        }
        Ok(self.report)
    }
}
