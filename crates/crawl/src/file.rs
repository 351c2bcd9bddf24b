//! One output file: asked for, and found unchanged, read or failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use openslots_model::{
    FileContent, FileIndex, FileOutcome, FileReport, FinishedFile, Issue, IssueCode, KnownFile, RunScope, Validators,
};
use reqwest::StatusCode;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use crate::address::Reach;
use crate::body::BodyError;
use crate::context::RunContext;
use crate::deletions::Deletions;
use crate::fetch::validators_of;
use crate::lines::{LineCounts, LineTarget, LinesEnd, Withdrawals};
use crate::manifest::ListedFile;
use crate::own_data::OwnMark;
use crate::sink::{RunSink, SinkError};
use crate::transfer::{BodyRead, Transfer};

/// What the files of a run share.
pub(crate) struct FileContext<'a> {
    pub(crate) run: &'a RunContext<'a>,
    pub(crate) sink: &'a Arc<dyn RunSink>,
    pub(crate) reach: Reach,
    pub(crate) scope: RunScope,
    pub(crate) deletions: Arc<Deletions>,
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
pub(crate) enum FileError {
    /// The file, its server or the way to it is at fault.
    File(Issue),
    /// The sink failed: the whole run must end.
    Sink(SinkError),
}

/// How a file that did not fail was found.
struct FileFound {
    content: FileContent,
    outcome: FileOutcome,
    counts: LineCounts,
    validators: Validators,
    wire_hash: Option<u64>,
    body_hash: Option<u64>,
}

impl FileContext<'_> {
    /// Reads one output file. An error is the sink's, and ends the run.
    pub(crate) async fn read(&self, index: FileIndex, listed: ListedFile) -> Result<FileEnd, SinkError> {
        let url = listed.shown.clone();
        let page = listed.page;
        let mut n_bytes = 0;
        let found = self.find(index, &listed, &url, &mut n_bytes).await;
        let report = |outcome, counts: LineCounts, error| FileReport {
            url,
            kind: listed.output.kind,
            outcome,
            n_bytes,
            n_accepted: counts.n_accepted,
            n_unchanged: counts.n_unchanged,
            n_rejected: counts.n_rejected,
            error,
        };
        let (file, issue) = match found {
            Ok(found) => {
                let FileFound { content, outcome, counts, validators, wire_hash, body_hash } = found;
                let report = report(outcome, counts, None);
                (FinishedFile { index, page, report, content, validators, wire_hash, body_hash }, None)
            }
            Err(FileError::File(issue)) => {
                let report = report(FileOutcome::Failed, LineCounts::default(), Some(issue.detail.clone()));
                let (content, validators) = (FileContent::Failed, Validators::default());
                let file = FinishedFile { index, page, report, content, validators, wire_hash: None, body_hash: None };
                (file, Some(issue))
            }
            Err(FileError::Sink(error)) => {
                self.is_over.store(true, Ordering::Relaxed);
                return Err(error);
            }
        };
        self.run.progress.file_done(self.run.publisher, &file.report);
        Ok(FileEnd { file, issue })
    }

    async fn find(
        &self,
        index: FileIndex,
        listed: &ListedFile,
        url: &str,
        n_bytes: &mut u64,
    ) -> Result<FileFound, FileError> {
        let failed = |detail: String| FileError::File(whole_file_issue(url, detail));
        let (run, output) = (self.run, &listed.output);
        let request_url = run.credentials.request_url(&output.url);
        run.wait_for_turn(&request_url).await.map_err(failed)?;
        let (token, _permit) = run.enter(&request_url, listed.needs_token).await.map_err(failed)?;
        if self.is_over.load(Ordering::Relaxed) {
            return Err(failed(BodyError::GivenUp.to_string()));
        }
        if run.began.elapsed() > run.limits.run_timeout {
            return Err(failed(format!("was not begun within the run's {} s", run.limits.run_timeout.as_secs())));
        }
        let known = self.known_file(url).await?;
        // Where lines may have been taken back, a file that is as before must be looked at all the same.
        let is_bound = self.deletions.concern(output.kind, listed.page);
        let asked_with = known.as_ref().map(|known| &known.validators);
        let asked_with = asked_with.filter(|validators| !is_bound && **validators != Validators::default());
        let deadline = run.deadline();
        let ask = run.ask(&request_url, "application/fhir+ndjson", asked_with, token.as_ref(), Some(self.reach));
        let answered = timeout_at(deadline, ask).await.unwrap_or_else(|_| Err(run.too_slow()));
        let answer = answered.map_err(failed)?;
        match (answer.response.status(), &known) {
            (StatusCode::OK, _) => {}
            (StatusCode::NOT_MODIFIED, Some(known)) if asked_with.is_some() => {
                let validators = newer(validators_of(answer.response.headers()), &known.validators);
                return Ok(unchanged(known, validators, known.wire_hash));
            }
            _ => return Err(failed(run.refusal(&answer, token.as_ref()).await)),
        }
        let response = answer.response;
        let max_bytes = run.limits.max_file_bytes;
        if response.content_length().is_some_and(|n_bytes| n_bytes > max_bytes) {
            return Err(failed(BodyError::TooLarge(max_bytes).to_string()));
        }
        let validators = validators_of(response.headers());
        let mut transfer = Transfer::new(run, response, deadline, n_bytes);
        if let Some(known) = known.as_ref().filter(|_| !is_bound)
            && let Some(known_hash) = known.wire_hash
            && transfer.hold().await.map_err(failed)? == Some(known_hash)
        {
            return Ok(unchanged(known, validators, Some(known_hash)));
        }
        let target = LineTarget {
            publisher: run.publisher.clone(),
            kind: output.kind,
            url: url.to_owned(),
            index,
            known,
            is_increment: self.scope == RunScope::Increment,
            withdrawals: is_bound.then(|| Withdrawals { deletions: Arc::clone(&self.deletions), page: listed.page }),
            own_mark: run.limits.own_base_url.as_deref().map(OwnMark::of),
            max_issue_samples_per_code: run.limits.max_issue_samples_per_code,
            max_checked_lines: run.limits.max_checked_lines,
            started_at: run.started_at,
        };
        let (sink, is_over) = (Arc::clone(self.sink), Arc::clone(&self.is_over));
        let BodyRead { lines, wire_hash, body_hash } = transfer.read_lines(target, sink, is_over).await?;
        let LinesEnd { counts, is_same, is_staged } = lines;
        let content = if is_staged { FileContent::Read } else { FileContent::Unchanged };
        let outcome = if is_same { FileOutcome::Unchanged } else { FileOutcome::Fetched };
        // What was left out must come back when the deletion goes, though the file stays as it is: nothing may then
        // say that it is unchanged.
        let (validators, wire_hash) = if is_bound { Default::default() } else { (validators, Some(wire_hash)) };
        Ok(FileFound { content, outcome, counts, validators, wire_hash, body_hash: Some(body_hash) })
    }

    async fn known_file(&self, url: &str) -> Result<Option<KnownFile>, FileError> {
        let (sink, url) = (Arc::clone(self.sink), url.to_owned());
        let known = spawn_blocking(move || sink.known_file(&url)).await;
        known.unwrap_or_else(|panic| Err(panic.into())).map_err(FileError::Sink)
    }
}

/// A file that its server or its hash says is as before.
fn unchanged(known: &KnownFile, validators: Validators, wire_hash: Option<u64>) -> FileFound {
    FileFound {
        content: FileContent::Unchanged,
        outcome: FileOutcome::Unchanged,
        counts: LineCounts { n_accepted: 0, n_unchanged: known.n_held, n_rejected: known.n_rejected },
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

pub(crate) fn whole_file_issue(url: &str, detail: String) -> Issue {
    Issue { file: url.to_owned(), line: 0, code: IssueCode::FileFailed, detail, excerpt: String::new() }
}
