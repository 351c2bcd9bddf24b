//! One output file: asked for, compared, read, staged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::Bytes;
use openslots_fhir::lines::LineSplitter;
use openslots_fhir::manifest::OutputFile;
use openslots_model::{
    FileContent, FileIndex, FileOutcome, FileReport, FinishedFile, Issue, IssueCode, KnownFile, PublisherSlug,
    Validators,
};
use reqwest::header::CONTENT_ENCODING;
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout, timeout_at};
use xxhash_rust::xxh3::Xxh3Default;

use crate::address::Reach;
use crate::body::{BodyCaps, BodyEnd, BodyError, Part, read_parts};
use crate::compare::Comparison;
use crate::fetch::{Ask, Fetcher, cause_of, refusal_of, text_of, validators_of};
use crate::hosts::Hosts;
use crate::limits::CrawlLimits;
use crate::lines::{LineReader, LineTarget, LinesEnd, LinesError};
use crate::politeness::{Admission, RunNumber};
use crate::progress::CrawlProgress;
use crate::sink::{RunSink, SinkError};
use crate::target::Credentials;

/// Pieces of a body that wait for the blocking thread.
const QUEUED_PARTS: usize = 8;

/// What the files of a run share.
pub(crate) struct FileContext<'a> {
    pub(crate) publisher: &'a PublisherSlug,
    pub(crate) limits: &'a CrawlLimits,
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) hosts: &'a Hosts,
    pub(crate) credentials: &'a Credentials,
    pub(crate) sink: &'a Arc<dyn RunSink>,
    pub(crate) progress: &'a dyn CrawlProgress,
    pub(crate) run: RunNumber,
    pub(crate) force: bool,
    pub(crate) reach: Reach,
    /// Set when the run has failed: files that are under way stop.
    pub(crate) is_over: Arc<AtomicBool>,
}

/// How a file ended, with its issue if it failed.
pub(crate) struct FileEnd {
    pub(crate) file: FinishedFile,
    pub(crate) issue: Option<Issue>,
}

/// Why a file was not read to its end.
#[derive(Debug)]
enum FileError {
    /// The file, its server or the way to it is at fault.
    File(Issue),
    /// The sink failed: the whole run must end.
    Sink(SinkError),
}

/// How a file that did not fail was found.
struct FileFound {
    content: FileContent,
    outcome: FileOutcome,
    end: LinesEnd,
    validators: Validators,
    wire_hash: Option<u64>,
    body_hash: Option<u64>,
}

/// What has come over the wire.
struct Wire {
    n_bytes: u64,
    hasher: Xxh3Default,
}

impl FileContext<'_> {
    /// Reads one output file. An error is the sink's, and ends the run.
    pub(crate) async fn read(&self, index: FileIndex, output: OutputFile) -> Result<FileEnd, SinkError> {
        let url = self.credentials.shown(&output.url);
        let mut wire = Wire { n_bytes: 0, hasher: Xxh3Default::new() };
        let known = self.blocking(&url, |sink, url| sink.known_file(url)).await;
        let found = match known {
            Ok(known) => self.read_known(index, &output, &url, known, &mut wire).await,
            Err(error) => Err(error),
        };
        let n_bytes = wire.n_bytes;
        let report = |outcome, end: Option<&LinesEnd>, error| {
            let counts = end.map(|end| end.counts).unwrap_or_default();
            FileReport {
                url: url.clone(),
                kind: output.kind,
                outcome,
                n_bytes,
                n_accepted: counts.n_accepted,
                n_unchanged: counts.n_unchanged,
                n_rejected: counts.n_rejected,
                error,
            }
        };
        let end = match found {
            Ok(found) => FileEnd {
                file: FinishedFile {
                    index,
                    report: report(found.outcome, Some(&found.end), None),
                    content: found.content,
                    validators: found.validators,
                    wire_hash: found.wire_hash,
                    body_hash: found.body_hash,
                },
                issue: None,
            },
            Err(FileError::File(issue)) => FileEnd {
                file: FinishedFile {
                    index,
                    report: report(FileOutcome::Failed, None, Some(issue.detail.clone())),
                    content: FileContent::Failed,
                    validators: Validators::default(),
                    wire_hash: None,
                    body_hash: None,
                },
                issue: Some(issue),
            },
            Err(FileError::Sink(error)) => {
                self.is_over.store(true, Ordering::Relaxed);
                return Err(error);
            }
        };
        self.progress.file_done(self.publisher, &end.file.report);
        Ok(end)
    }

    async fn read_known(
        &self,
        index: FileIndex,
        output: &OutputFile,
        url: &str,
        known: Option<KnownFile>,
        wire: &mut Wire,
    ) -> Result<FileFound, FileError> {
        let failed = |detail: String| FileError::File(whole_file_issue(url, detail));
        let request_url = self.credentials.request_url(&output.url);
        self.wait_for_turn(&request_url).await.map_err(failed)?;
        let _permit = self.hosts.enter(&request_url).await;
        if self.is_over.load(Ordering::Relaxed) {
            return Err(failed("was left out, the run had failed".to_owned()));
        }
        let deadline = tokio::time::Instant::now() + self.limits.file_timeout;
        let validators = known.as_ref().map(|known| &known.validators).filter(|v| **v != Validators::default());
        let ask = Ask {
            url: &request_url,
            accept: "application/fhir+ndjson",
            validators,
            credentials: self.credentials,
            reach: Some(self.reach),
            run: self.run,
            force: self.force,
        };
        let answer = match timeout_at(deadline, self.fetcher.get(ask)).await {
            Ok(answer) => answer.map_err(|error| failed(error.to_string()))?,
            Err(_) => return Err(failed(self.too_slow())),
        };
        let mut response = answer.response;
        match (response.status(), &known) {
            (StatusCode::OK, _) => {}
            (StatusCode::NOT_MODIFIED, Some(known)) if validators.is_some() => {
                return Ok(unchanged(
                    known,
                    newer(validators_of(response.headers()), &known.validators),
                    known.wire_hash,
                ));
            }
            _ => return Err(failed(refusal_of(&response))),
        }
        let validators = validators_of(response.headers());
        let known_wire_hash = known.as_ref().and_then(|known| known.wire_hash);
        let held = if known_wire_hash.is_some() {
            let hold = self.hold(&mut response, wire);
            timeout_at(deadline, hold).await.map_err(|_| failed(self.too_slow()))?.map_err(failed)?
        } else {
            Held { pieces: Vec::new(), is_whole: false }
        };
        let wire_hash = wire.hasher.digest();
        if let Some(known) = known.as_ref().filter(|_| held.is_whole && known_wire_hash == Some(wire_hash)) {
            return Ok(unchanged(known, validators, Some(wire_hash)));
        }
        let target = LineTarget {
            publisher: self.publisher.clone(),
            kind: output.kind,
            url: url.to_owned(),
            index,
            known,
            max_issue_samples_per_code: self.limits.max_issue_samples_per_code,
        };
        let (body_end, end) = self.read_body(target, response, held, wire, deadline).await?;
        let content = if end.is_staged { FileContent::Read } else { FileContent::Unchanged };
        let outcome = if end.is_same { FileOutcome::Unchanged } else { FileOutcome::Fetched };
        let (wire_hash, body_hash) = (Some(wire.hasher.digest()), Some(body_end.hash));
        Ok(FileFound { content, outcome, end, validators, wire_hash, body_hash })
    }

    /// Waits until the URL may be asked for again, and puts the request on record.
    async fn wait_for_turn(&self, url: &url::Url) -> Result<(), String> {
        loop {
            match self.fetcher.politeness.admit(url, self.run, self.force, Instant::now()) {
                Admission::Now => return Ok(()),
                Admission::After(wait) => sleep(wait).await,
                Admission::AskedInThisRun => {
                    return Err("was asked for in this run already; it is left alone".to_owned());
                }
            }
        }
    }

    /// Reads a body's first bytes, all of it if it is small.
    async fn hold(&self, response: &mut Response, wire: &mut Wire) -> Result<Held, String> {
        let mut held = Held { pieces: Vec::new(), is_whole: false };
        let mut n_bytes = 0;
        while n_bytes <= self.limits.max_held_bytes {
            match self.next_piece(response, wire).await? {
                Some(piece) => {
                    n_bytes += piece.len();
                    held.pieces.push(piece);
                }
                None => {
                    held.is_whole = true;
                    break;
                }
            }
        }
        Ok(held)
    }

    async fn next_piece(&self, response: &mut Response, wire: &mut Wire) -> Result<Option<Bytes>, String> {
        let piece = match timeout(self.limits.stall_timeout, response.chunk()).await {
            Ok(piece) => piece.map_err(|error| format!("broke off: {}", cause_of(error)))?,
            Err(_) => return Err(format!("broke off: no more data within {} s", self.limits.stall_timeout.as_secs())),
        };
        if let Some(piece) = &piece {
            wire.n_bytes += piece.len() as u64;
            wire.hasher.update(piece);
            self.progress.bytes(self.publisher, piece.len() as u64);
            if wire.n_bytes > self.limits.max_file_bytes {
                return Err(BodyError::TooLarge(self.limits.max_file_bytes).to_string());
            }
        }
        Ok(piece)
    }

    /// Sends a body through the blocking thread that reads its lines, and waits for both.
    async fn read_body(
        &self,
        target: LineTarget,
        mut response: Response,
        held: Held,
        wire: &mut Wire,
        deadline: tokio::time::Instant,
    ) -> Result<(BodyEnd, LinesEnd), FileError> {
        let (sender, parts) = mpsc::channel(QUEUED_PARTS);
        let encoding = text_of(response.headers(), CONTENT_ENCODING);
        let caps = BodyCaps::of_file(self.limits);
        let (sink, is_over) = (Arc::clone(self.sink), Arc::clone(&self.is_over));
        let max_line_bytes = self.limits.max_line_bytes;
        let url = target.url.clone();
        let reader = spawn_blocking(move || {
            read_lines(&target, sink, parts, encoding.as_deref(), caps, max_line_bytes, &is_over)
        });
        let pump = async {
            let Held { pieces, is_whole } = held;
            for piece in pieces {
                if sender.send(Part::Bytes(piece)).await.is_err() {
                    return Ok(());
                }
            }
            if !is_whole {
                while let Some(piece) = self.next_piece(&mut response, wire).await? {
                    // The reader has had enough: it knows why.
                    if sender.send(Part::Bytes(piece)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            sender.send(Part::End).await.ok();
            Ok(())
        };
        let pumped = timeout_at(deadline, pump).await.unwrap_or_else(|_| Err(self.too_slow()));
        drop(sender);
        // Whatever happened, nothing may be staged of this file once its end is known.
        let read = reader.await;
        let failed = |detail| Err(FileError::File(whole_file_issue(&url, detail)));
        match (pumped, read) {
            (_, Ok(Err(error @ FileError::Sink(_)))) => Err(error),
            (Err(broken), _) => failed(broken),
            (Ok(()), Ok(read)) => read,
            (Ok(()), Err(panic)) => {
                tracing::error!(output_file.url = url, error = %panic, "the reader of an output file panicked");
                failed("made the reader of openslots fail; please report it".to_owned())
            }
        }
    }

    /// Calls the sink on a blocking thread.
    async fn blocking<T: Send + 'static>(
        &self,
        url: &str,
        call: impl FnOnce(&dyn RunSink, &str) -> Result<T, SinkError> + Send + 'static,
    ) -> Result<T, FileError> {
        let (sink, url) = (Arc::clone(self.sink), url.to_owned());
        let called = spawn_blocking(move || call(sink.as_ref(), &url)).await;
        called.unwrap_or_else(|panic| Err(panic.into())).map_err(FileError::Sink)
    }

    fn too_slow(&self) -> String {
        format!("took longer than {} s", self.limits.file_timeout.as_secs())
    }
}

/// The first bytes of a body.
struct Held {
    pieces: Vec<Bytes>,
    /// Whether that is all of it.
    is_whole: bool,
}

/// Reads the lines of a body as it comes. Blocking.
fn read_lines(
    target: &LineTarget,
    sink: Arc<dyn RunSink>,
    parts: mpsc::Receiver<Part>,
    encoding: Option<&str>,
    caps: BodyCaps,
    max_line_bytes: usize,
    is_over: &AtomicBool,
) -> Result<(BodyEnd, LinesEnd), FileError> {
    let known_lines = match &target.known {
        Some(_) => sink.known_lines(&target.url).map_err(FileError::Sink)?,
        None => Vec::new(),
    };
    let mut lines = LineReader::new(target, sink, Comparison::new(known_lines));
    let mut splitter = LineSplitter::new(max_line_bytes);
    let body = read_parts(parts, encoding, caps, |piece| {
        splitter.push(piece, |number, line| lines.line(number, line, false));
        lines.is_going() && !is_over.load(Ordering::Relaxed)
    });
    let body_end = body.map_err(|error| FileError::File(whole_file_issue(&target.url, error.to_string())))?;
    if body_end.is_whole {
        let is_cut = splitter.is_mid_line();
        splitter.finish(|number, line| lines.line(number, line, is_cut));
    } else if lines.is_going() {
        return Err(FileError::File(whole_file_issue(&target.url, BodyError::GivenUp.to_string())));
    }
    match lines.finish() {
        Ok(end) => Ok((body_end, end)),
        Err(LinesError::File(issue)) => Err(FileError::File(issue)),
        Err(LinesError::Sink(error)) => Err(FileError::Sink(error)),
    }
}

/// A file that its server or its hash says is as before.
fn unchanged(known: &KnownFile, validators: Validators, wire_hash: Option<u64>) -> FileFound {
    let counts = crate::lines::LineCounts { n_accepted: 0, n_unchanged: known.n_held, n_rejected: known.n_rejected };
    FileFound {
        content: FileContent::Unchanged,
        outcome: FileOutcome::Unchanged,
        end: LinesEnd { counts, is_same: true, is_staged: false },
        validators,
        wire_hash,
        body_hash: known.body_hash,
    }
}

/// A 304 may repeat the validators, and need not.
fn newer(sent: Validators, known: &Validators) -> Validators {
    Validators {
        etag: sent.etag.or_else(|| known.etag.clone()),
        last_modified: sent.last_modified.or_else(|| known.last_modified.clone()),
    }
}

fn whole_file_issue(url: &str, detail: String) -> Issue {
    Issue { file: url.to_owned(), line: 0, code: IssueCode::FileFailed, detail, excerpt: String::new() }
}
