//! The lines of one output file: compared, decoded where they differ, staged; on a blocking thread.

use std::sync::Arc;

use openslots_fhir::decode::{DecodedLine, LineContent, LineDecoder, LineFault, SlotFacts, decode_line};
use openslots_fhir::lines::Line;
use openslots_model::{
    EXCERPT_LIMIT_CHARS, FileIndex, Issue, IssueCode, KnownFile, LineToken, PublicId, PublisherSlug, ResourceKind,
    ResourceRef, StagedContent, UnixSeconds,
};
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::batch::BatchBuilder;
use crate::compare::{Comparison, Match};
use crate::conformance::LineSample;
use crate::deletions::Deletions;
use crate::own_data::OwnMark;
use crate::sink::{RunSink, SinkError};

/// Makes the hash of a line that is over the cap differ from that of a line that is its beginning.
const TOO_LONG_SEED: u64 = 1;
/// Makes the hash of a line that was taken back differ from that of the same line when it comes back.
const WITHDRAWN_SEED: u64 = 2;
/// Lines without a token are put off up to this many bytes while a file is as before.
const MAX_DEFERRED_BYTES: usize = 256 * 1024;
/// Ids of schedules that are remembered for one file.
const MAX_REMEMBERED_SCHEDULES: usize = 8_192;

/// The output file that is read.
pub(crate) struct LineTarget {
    pub(crate) publisher: PublisherSlug,
    pub(crate) kind: ResourceKind,
    /// Without secrets.
    pub(crate) url: String,
    pub(crate) index: FileIndex,
    pub(crate) known: Option<KnownFile>,
    /// Whether it says what has changed: it is not read again once it is taken.
    pub(crate) is_increment: bool,
    /// What may have been taken back of it.
    pub(crate) withdrawals: Option<Withdrawals>,
    /// What marks lines that are our own.
    pub(crate) own_mark: Option<OwnMark>,
    pub(crate) max_issue_samples_per_code: u32,
    /// How many of its lines are held against the guides, as of when.
    pub(crate) max_checked_lines: u32,
    pub(crate) started_at: UnixSeconds,
}

/// Deletions that concern a file.
pub(crate) struct Withdrawals {
    pub(crate) deletions: Arc<Deletions>,
    /// The page of the manifest that lists the file.
    pub(crate) page: u32,
}

/// How many lines became what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LineCounts {
    pub(crate) n_accepted: u64,
    pub(crate) n_unchanged: u64,
    pub(crate) n_rejected: u64,
}

/// A file whose lines have all been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinesEnd {
    pub(crate) counts: LineCounts,
    /// Whether its lines are those that were known, in order.
    pub(crate) is_same: bool,
    /// Whether something was staged; if not, all lines are as before.
    pub(crate) is_staged: bool,
}

/// Why a file cannot be taken.
#[derive(Debug)]
pub(crate) enum LinesError {
    /// The file is at fault.
    File(Issue),
    /// The sink failed: the whole run must end.
    Sink(SinkError),
}

/// What kind of line it is, before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    /// The bytes are its beginning.
    TooLong,
    /// The publisher has taken it back.
    Withdrawn,
}

/// A line that has no token, seen while the file is as before; decoded only if it turns out to differ further on.
struct Deferred {
    position: usize,
    number: u64,
    form: Form,
    bytes: Vec<u8>,
}

/// Takes the lines of one file.
pub(crate) struct LineReader<'a> {
    target: &'a LineTarget,
    sink: Arc<dyn RunSink>,
    comparison: Comparison,
    /// While the file is as before nothing is staged: that many lines have been found in place.
    n_in_place: Option<usize>,
    deferred: Vec<Deferred>,
    n_deferred_bytes: usize,
    decoder: LineDecoder,
    batch: BatchBuilder,
    counts: LineCounts,
    n_lines: u64,
    samples: [u32; IssueCode::ALL.len()],
    checked: LineSample,
    schedules: FxHashMap<String, PublicId>,
    failure: Option<LinesError>,
}

impl<'a> LineReader<'a> {
    /// Begins a file, with its lines as last read.
    pub(crate) fn new(target: &'a LineTarget, sink: Arc<dyn RunSink>, comparison: Comparison) -> Self {
        Self {
            target,
            sink,
            comparison,
            // A file that must be read anew is staged whole, even if it is as before.
            n_in_place: target.known.as_ref().filter(|known| !known.reads_anew).map(|_| 0),
            deferred: Vec::new(),
            n_deferred_bytes: 0,
            decoder: LineDecoder::new(target.kind),
            batch: BatchBuilder::default(),
            counts: LineCounts::default(),
            n_lines: 0,
            samples: [0; IssueCode::ALL.len()],
            checked: LineSample::new(target.kind, target.max_checked_lines, target.started_at),
            schedules: FxHashMap::default(),
            failure: None,
        }
    }

    /// Whether more lines are wanted.
    pub(crate) fn is_going(&self) -> bool {
        self.failure.is_none()
    }

    /// Takes a line; `is_cut` if the file ended without a line end after it.
    pub(crate) fn line(&mut self, number: u64, line: Line<'_>, is_cut: bool) {
        if self.failure.is_some() {
            return;
        }
        self.n_lines += 1;
        if self.n_lines == 1
            && let Some(what) = not_a_resource_a_line(line)
        {
            self.fail(number, IssueCode::FileFailed, what.to_owned(), bytes_of(line));
            return;
        }
        let (form, bytes) = match line {
            Line::TooLong(head) => (Form::TooLong, head),
            Line::Text(text) if self.is_withdrawn(text) => (Form::Withdrawn, text),
            Line::Text(text) => (Form::Whole, text),
        };
        let hash = hash_of(form, bytes);
        let found = self.comparison.find(hash);
        if let (Some(position), Match::InPlace(known)) = (self.n_in_place, found)
            && (known.token != LineToken::NONE || self.defer(position, number, form, bytes))
        {
            self.n_in_place = Some(position + 1);
            return;
        }
        self.stage_what_is_in_place();
        match found {
            Match::InPlace(known) | Match::Moved(known) if known.token != LineToken::NONE => {
                self.counts.n_unchanged += 1;
                self.batch.keep(known);
            }
            _ => self.decode(number, hash, form, bytes, is_cut),
        }
        self.stage_if_full();
    }

    /// The end of the file.
    pub(crate) fn finish(mut self) -> Result<LinesEnd, LinesError> {
        let known = self.target.known.as_ref();
        let n_held = known.map_or(0, |known| known.n_held);
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let is_same = known.is_some() && self.comparison.is_same();
        if is_same && self.n_in_place.is_some() {
            let n_rejected = known.map_or(0, |known| known.n_rejected).min(self.n_lines);
            let counts = LineCounts { n_accepted: 0, n_unchanged: self.n_lines - n_rejected, n_rejected };
            return Ok(LinesEnd { counts, is_same, is_staged: false });
        }
        self.stage_what_is_in_place();
        let LineCounts { n_accepted, n_unchanged, n_rejected } = self.counts;
        let n_withdrawn = self.samples[IssueCode::Withdrawn as usize];
        // An empty file is the publisher's word, which the sink may wait for a second time; one without a line of use is not.
        let is_useless = n_accepted + n_unchanged == 0 && n_withdrawn == 0 && n_rejected > 0;
        if self.failure.is_none() && is_useless && (n_held > 0 || self.target.is_increment) {
            let stand =
                if n_held > 0 { format!(", but {n_held} lines of it are held; they stand") } else { String::new() };
            self.fail(0, IssueCode::FileFailed, format!("none of its {n_rejected} lines can be taken{stand}"), b"");
        }
        self.note_what_was_not_listed();
        self.stage();
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if is_same {
            // Lines that are read anew each time were taken again, but nothing differs.
            self.counts = LineCounts { n_accepted: 0, n_unchanged: n_accepted + n_unchanged, n_rejected };
        }
        Ok(LinesEnd { counts: self.counts, is_same, is_staged: true })
    }

    /// Whether the resource of a line is among the publisher's deletions. To know that, the line must be read.
    fn is_withdrawn(&self, line: &[u8]) -> bool {
        let Some(Withdrawals { deletions, page }) = &self.target.withdrawals else { return false };
        let kind = self.target.kind;
        decode_line(kind, line).is_ok_and(|line| deletions.cover(kind, &line.source_id, *page))
    }

    /// Puts a line without a token off, if there is room.
    fn defer(&mut self, position: usize, number: u64, form: Form, bytes: &[u8]) -> bool {
        let n_needed = match form {
            Form::Whole => bytes.len(),
            // It will be rejected again; of that nothing but its excerpt is needed.
            Form::TooLong | Form::Withdrawn => bytes.len().min(EXCERPT_LIMIT_CHARS * 4),
        };
        if self.n_deferred_bytes + n_needed > MAX_DEFERRED_BYTES {
            return false;
        }
        self.n_deferred_bytes += n_needed;
        self.deferred.push(Deferred { position, number, form, bytes: bytes[..n_needed].to_vec() });
        true
    }

    /// The file differs from here on: what was in place so far must be said.
    fn stage_what_is_in_place(&mut self) {
        let Some(n_in_place) = self.n_in_place.take() else { return };
        let mut deferred = std::mem::take(&mut self.deferred).into_iter().peekable();
        for position in 0..n_in_place {
            let known = self.comparison.known()[position];
            match deferred.next_if(|line| line.position == position) {
                Some(line) => self.decode(line.number, known.hash, line.form, &line.bytes, false),
                None => {
                    self.counts.n_unchanged += 1;
                    self.batch.keep(known);
                }
            }
            self.stage_if_full();
        }
    }

    fn decode(&mut self, number: u64, hash: u64, form: Form, bytes: &[u8], is_cut: bool) {
        let fault = |code, detail: &str| Err(LineFault { code, detail: detail.to_owned() });
        let decoded = match form {
            Form::Whole if self.target.own_mark.as_ref().is_some_and(|mark| mark.is_on(bytes)) => {
                fault(IssueCode::LoopedBack, "it is our own, come back by way of this aggregator")
            }
            Form::Whole => self.decoder.decode(bytes),
            Form::TooLong => fault(IssueCode::LineTooLong, "the line is longer than the limit"),
            Form::Withdrawn => fault(IssueCode::Withdrawn, "the publisher lists it among its deletions"),
        };
        match decoded {
            Ok(line) => self.accept(number, hash, bytes, line),
            Err(fault) if is_cut && is_cut_off(&fault, bytes) => {
                let detail = format!("the file ends in the middle of a line ({})", fault.detail);
                self.fail(number, IssueCode::TruncatedLine, detail, bytes);
            }
            Err(fault) => {
                self.note(number, fault.code, fault.detail, bytes);
                self.counts.n_rejected += 1;
                self.batch.reject(hash);
            }
        }
    }

    fn accept(&mut self, number: u64, hash: u64, bytes: &[u8], line: DecodedLine) {
        for detail in self.checked.look_at(line.repaired.as_deref().unwrap_or(bytes), &line.repairs) {
            self.note(number, IssueCode::NonConformant, detail, bytes);
        }
        for (code, detail) in line.repairs {
            self.note(number, code, detail, bytes);
        }
        let content = match line.content {
            LineContent::Slot(SlotFacts { schedule_source_id, start, traits }) => StagedContent::Slot {
                id: PublicId::of(&self.target.publisher, ResourceKind::Slot, &line.source_id),
                schedule: self.schedule_id(&schedule_source_id),
                schedule_source_id: schedule_source_id.into_boxed_str(),
                start,
                traits: self.batch.intern(&traits),
            },
            LineContent::Resource { references } => StagedContent::Resource {
                resource: ResourceRef { kind: self.target.kind, source_id: line.source_id },
                references,
            },
        };
        self.counts.n_accepted += 1;
        self.batch.accept(hash, line.repaired.as_deref().unwrap_or(bytes), content);
    }

    /// The published id of a schedule; slots of a file share few, and hashing costs more than remembering.
    fn schedule_id(&mut self, source_id: &str) -> PublicId {
        if let Some(id) = self.schedules.get(source_id) {
            return *id;
        }
        if self.schedules.len() >= MAX_REMEMBERED_SCHEDULES {
            self.schedules.clear();
        }
        let id = PublicId::of(&self.target.publisher, ResourceKind::Schedule, source_id);
        self.schedules.insert(source_id.to_owned(), id);
        id
    }

    /// Records a fault or repair, or counts it where enough of its kind are recorded.
    fn note(&mut self, number: u64, code: IssueCode, detail: String, line: &[u8]) {
        let n_seen = &mut self.samples[code as usize];
        *n_seen = n_seen.saturating_add(1);
        if *n_seen <= self.target.max_issue_samples_per_code {
            let excerpt = Issue::excerpt_of(line);
            self.batch.note(Issue { file: self.target.url.clone(), line: number, code, detail, excerpt });
        }
    }

    fn note_what_was_not_listed(&mut self) {
        for code in IssueCode::ALL {
            let n_more = self.samples[*code as usize].saturating_sub(self.target.max_issue_samples_per_code);
            if n_more > 0 {
                let detail = format!("{n_more} more lines of this file have this fault");
                let file = self.target.url.clone();
                self.batch.note(Issue { file, line: 0, code: *code, detail, excerpt: String::new() });
            }
        }
    }

    fn fail(&mut self, number: u64, code: IssueCode, detail: String, line: &[u8]) {
        let (file, excerpt) = (self.target.url.clone(), Issue::excerpt_of(line));
        self.failure = Some(LinesError::File(Issue { file, line: number, code, detail, excerpt }));
    }

    fn stage_if_full(&mut self) {
        if self.batch.is_full() {
            self.stage();
        }
    }

    fn stage(&mut self) {
        if self.failure.is_some() || self.batch.is_empty() {
            return;
        }
        if let Err(error) = self.sink.stage(self.target.index, self.batch.take()) {
            self.failure = Some(LinesError::Sink(error));
        }
    }
}

fn bytes_of(line: Line<'_>) -> &[u8] {
    match line {
        Line::Text(bytes) | Line::TooLong(bytes) => bytes,
    }
}

fn hash_of(form: Form, bytes: &[u8]) -> u64 {
    match form {
        Form::Whole => xxh3_64(bytes),
        Form::TooLong => xxh3_64_with_seed(bytes, TOO_LONG_SEED),
        Form::Withdrawn => xxh3_64_with_seed(bytes, WITHDRAWN_SEED),
    }
}

/// Why a file that begins with this line cannot be one of a resource a line, if that is plain to see.
fn not_a_resource_a_line(line: Line<'_>) -> Option<&'static str> {
    let bytes = bytes_of(line);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii();
    if bytes.starts_with(b"<") {
        Some("is a page of HTML or XML, not NDJSON")
    } else if bytes == b"{" {
        Some("is JSON spread over many lines, not NDJSON (one resource a line)")
    } else {
        None
    }
}

/// Whether a fault of a last line without line end tells that the file was cut off.
fn is_cut_off(fault: &LineFault, line: &[u8]) -> bool {
    match fault.code {
        IssueCode::InvalidJson => true,
        IssueCode::InvalidEncoding => !line.trim_ascii_end().ends_with(b"}"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
