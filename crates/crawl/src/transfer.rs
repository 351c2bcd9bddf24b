//! The body of one output file, from the network to its lines.
//!
//! A small body whose hash is known is held until its end: if it is as before, nothing more is done. Any other goes
//! piece by piece through a short queue to a blocking thread, which decompresses it and takes its lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use openslots_fhir::lines::LineSplitter;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};
use xxhash_rust::xxh3::Xxh3Default;

use crate::body::{BodyCaps, BodyEnd, BodyError, Part, read_parts};
use crate::compare::Comparison;
use crate::context::{RunContext, reader_failed};
use crate::fetch::text_of;
use crate::file::{FileError, whole_file_issue};
use crate::lines::{LineReader, LineTarget, LinesEnd, LinesError};
use crate::sink::RunSink;

/// Pieces of a body that wait for the blocking thread; a piece is some hundred kilobytes at most.
const QUEUED_PARTS: usize = 4;

/// A body on its way.
pub(crate) struct Transfer<'a> {
    run: &'a RunContext<'a>,
    response: Response,
    deadline: Instant,
    n_bytes: &'a mut u64,
    hasher: Xxh3Default,
    /// Pieces that have come and wait.
    held: Vec<Bytes>,
    /// Whether all of it has come.
    is_whole: bool,
}

/// A body that was read to its end.
pub(crate) struct BodyRead {
    pub(crate) lines: LinesEnd,
    pub(crate) wire_hash: u64,
    pub(crate) body_hash: u64,
}

impl<'a> Transfer<'a> {
    /// The body of an answer, to be read before the deadline; its bytes over the wire are counted in `n_bytes`.
    pub(crate) fn new(run: &'a RunContext<'a>, response: Response, deadline: Instant, n_bytes: &'a mut u64) -> Self {
        Self { run, response, deadline, n_bytes, hasher: Xxh3Default::new(), held: Vec::new(), is_whole: false }
    }

    /// Reads the body to its end if it is small; gives its hash then.
    pub(crate) async fn hold(&mut self) -> Result<Option<u64>, String> {
        let deadline = self.deadline;
        let too_slow = self.run.too_slow();
        let hold = async {
            while *self.n_bytes <= self.run.limits.max_held_bytes as u64 {
                match self.next_piece().await? {
                    Some(piece) => self.held.push(piece),
                    None => return Ok(Some(self.hasher.digest())),
                }
            }
            Ok(None)
        };
        timeout_at(deadline, hold).await.unwrap_or(Err(too_slow))
    }

    /// Takes the lines of the body, comparing them with those that are known.
    pub(crate) async fn read_lines(
        mut self,
        target: LineTarget,
        sink: Arc<dyn RunSink>,
        is_over: Arc<AtomicBool>,
    ) -> Result<BodyRead, FileError> {
        let (sender, parts) = mpsc::channel(QUEUED_PARTS);
        let url = target.url.clone();
        let reader = BodyReader {
            target,
            sink,
            parts,
            encoding: text_of(self.response.headers(), CONTENT_ENCODING),
            caps: BodyCaps::of_file(self.run.limits),
            max_line_bytes: self.run.limits.max_line_bytes,
            is_over,
        };
        let reader = spawn_blocking(move || reader.read());
        let (deadline, too_slow) = (self.deadline, self.run.too_slow());
        let pumped = timeout_at(deadline, self.pump(&sender)).await.unwrap_or(Err(too_slow));
        drop(sender);
        // Whatever happened, nothing may be staged of this file once its end is known.
        let read = reader.await;
        let failed = |detail| FileError::File(whole_file_issue(&url, detail));
        let (body, lines) = match (pumped, read) {
            (_, Ok(Err(error @ FileError::Sink(_)))) => return Err(error),
            (Err(broken), _) => return Err(failed(broken)),
            (Ok(()), Ok(read)) => read?,
            (Ok(()), Err(panic)) => return Err(failed(reader_failed(panic))),
        };
        Ok(BodyRead { lines, wire_hash: self.hasher.digest(), body_hash: body.hash })
    }

    /// Sends the body to its reader, piece by piece.
    async fn pump(&mut self, sender: &mpsc::Sender<Part>) -> Result<(), String> {
        for piece in std::mem::take(&mut self.held) {
            if sender.send(Part::Bytes(piece)).await.is_err() {
                return Ok(());
            }
        }
        while let Some(piece) = self.next_piece().await? {
            // A reader that is gone has had enough, and knows why.
            if sender.send(Part::Bytes(piece)).await.is_err() {
                return Ok(());
            }
        }
        sender.send(Part::End).await.ok();
        Ok(())
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>, String> {
        if self.is_whole {
            return Ok(None);
        }
        let piece = self.run.next_piece(&mut self.response).await?;
        let Some(bytes) = &piece else {
            self.is_whole = true;
            return Ok(None);
        };
        *self.n_bytes += bytes.len() as u64;
        self.hasher.update(bytes);
        let max_bytes = self.run.limits.max_file_bytes;
        if *self.n_bytes > max_bytes {
            return Err(BodyError::TooLarge(max_bytes).to_string());
        }
        Ok(piece)
    }
}

/// The blocking end of a transfer.
struct BodyReader {
    target: LineTarget,
    sink: Arc<dyn RunSink>,
    parts: mpsc::Receiver<Part>,
    encoding: Option<String>,
    caps: BodyCaps,
    max_line_bytes: usize,
    is_over: Arc<AtomicBool>,
}

impl BodyReader {
    fn read(self) -> Result<(BodyEnd, LinesEnd), FileError> {
        let failed = |error: BodyError| FileError::File(whole_file_issue(&self.target.url, error.to_string()));
        let known_lines = match &self.target.known {
            Some(_) => self.sink.known_lines(&self.target.url).map_err(FileError::Sink)?,
            None => Vec::new(),
        };
        let sink = Arc::clone(&self.sink);
        let mut lines = LineReader::new(&self.target, self.sink, Comparison::new(known_lines));
        let mut splitter = LineSplitter::new(self.max_line_bytes);
        let body = read_parts(self.parts, self.encoding.as_deref(), self.caps, |piece| {
            sink.compute(&mut || splitter.push(piece, |number, line| lines.line(number, line, false)));
            lines.is_going() && !self.is_over.load(Ordering::Relaxed)
        });
        let body = body.map_err(failed)?;
        if body.is_whole {
            let is_cut = splitter.is_mid_line();
            splitter.finish(|number, line| lines.line(number, line, is_cut));
        } else if lines.is_going() {
            return Err(failed(BodyError::GivenUp));
        }
        match lines.finish() {
            Ok(end) => Ok((body, end)),
            Err(LinesError::File(issue)) => Err(FileError::File(issue)),
            Err(LinesError::Sink(error)) => Err(FileError::Sink(error)),
        }
    }
}
