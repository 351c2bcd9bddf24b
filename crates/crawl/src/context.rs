//! What all exchanges of a crawl run share.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use openslots_model::{PublisherSlug, UnixSeconds, Validators};
use reqwest::header::{CONTENT_ENCODING, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::{timeout, timeout_at};
use url::Url;

use crate::access::RunAccess;
use crate::address::Reach;
use crate::body::{BodyCaps, packing_of, read_whole};
use crate::clock::Clock;
use crate::fetch::{Answer, Ask, Fetcher, cause_of, text_of, validators_of};
use crate::health::RunHealth;
use crate::hints::{clock_skew_seconds, left_alone_until, max_age_seconds};
use crate::hosts::Hosts;
use crate::limits::CrawlLimits;
use crate::politeness::{Admission, RunNumber};
use crate::progress::CrawlProgress;
use crate::secrets::Credentials;

/// A crawl run, as its exchanges see it.
pub(crate) struct RunContext<'a> {
    pub(crate) publisher: &'a PublisherSlug,
    pub(crate) limits: &'a CrawlLimits,
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) hosts: &'a Hosts,
    pub(crate) credentials: &'a Credentials,
    pub(crate) access: RunAccess<'a>,
    pub(crate) progress: &'a dyn CrawlProgress,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) health: RunHealth,
    pub(crate) number: RunNumber,
    pub(crate) force: bool,
    pub(crate) started_at: UnixSeconds,
    pub(crate) began: Instant,
}

/// A small document to ask for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Its URL, as it is asked for.
    url: &'a Url,
    accept: &'static str,
    validators: Option<&'a Validators>,
    needs_token: bool,
}

impl<'a> Wanted<'a> {
    /// A page of a manifest.
    pub(crate) const fn page(url: &'a Url) -> Self {
        Self { url, accept: "application/json", validators: None, needs_token: false }
    }

    /// A page of a manifest, if it is not what the validators are of.
    pub(crate) const fn changed_page(url: &'a Url, validators: &'a Validators) -> Self {
        Self { url, accept: "application/json", validators: Some(validators), needs_token: false }
    }

    /// A file of deletions.
    pub(crate) const fn deletions(url: &'a Url, needs_token: bool) -> Self {
        Self { url, accept: "application/fhir+ndjson", validators: None, needs_token }
    }
}

/// What came of asking for a small document.
pub(crate) enum Fetched {
    Document(Document),
    /// It is what the validators are of.
    NotModified,
}

/// Why a small document could not be had.
#[derive(Debug)]
pub(crate) struct Unfetched {
    /// What the server answered, if it did.
    pub(crate) status: Option<StatusCode>,
    pub(crate) detail: String,
}

impl From<String> for Unfetched {
    fn from(detail: String) -> Self {
        Self { status: None, detail }
    }
}

/// A small document, whole and decompressed.
pub(crate) struct Document {
    pub(crate) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// How far what it names may lead.
    pub(crate) reach: Reach,
    pub(crate) validators: Validators,
    /// How long it is good for.
    pub(crate) max_age_seconds: Option<u32>,
}

/// The body of an answer that was read to its end.
pub(crate) struct WholeBody {
    pub(crate) plain: Vec<u8>,
    /// How it came over the wire.
    pub(crate) packing: Option<&'static str>,
}

impl RunContext<'_> {
    /// Waits until the URL may be asked for, and puts the request on record.
    pub(crate) async fn wait_for_turn(&self, url: &Url) -> Result<(), String> {
        loop {
            match self.fetcher.politeness.admit(url, self.number, self.force, self.clock.elapsed()) {
                Admission::Now => return Ok(()),
                Admission::After(wait) => self.clock.sleep(wait).await,
                Admission::AskedInThisRun => {
                    return Err("was asked for in this run already; it is left alone".to_owned());
                }
            }
        }
    }

    /// Asks for a URL that is on record. `reach` is `None` for the configured manifest.
    pub(crate) async fn ask(
        &self,
        url: &Url,
        accept: &'static str,
        validators: Option<&Validators>,
        bearer: Option<&HeaderValue>,
        reach: Option<Reach>,
    ) -> Result<Answer, String> {
        self.check_patience(url)?;
        let (credentials, run, force) = (self.credentials, self.number, self.force);
        let ask = Ask { url, accept, validators, credentials, bearer, reach, run, force };
        let asked = self.fetcher.get(ask).await;
        let is_down = |status: StatusCode| status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        self.health.note(match &asked {
            Ok(answer) => !is_down(answer.response.status()),
            Err(error) => !error.is_of_server(),
        });
        let answer = asked.map_err(|error| error.to_string())?;
        let now = self.clock.now();
        if let Some(until) = left_alone_until(answer.response.status(), answer.response.headers(), now) {
            let until = self.health.leave_alone(until, now);
            let is_for_all = answer.response.status() == StatusCode::TOO_MANY_REQUESTS;
            self.hosts.pause(&answer.url, until, self.number, is_for_all, now);
        }
        Ok(answer)
    }

    /// Whether the publisher may be asked for more in this run: neither has its host asked to be left alone, nor has it
    /// failed too often.
    fn check_patience(&self, url: &Url) -> Result<(), String> {
        let now = self.clock.now();
        if let Some(until) = self.hosts.paused_until(url, self.number, self.force, now) {
            return Err(format!("was not asked for: its host has asked to be left alone until {until}"));
        }
        let n_failures = self.health.n_failures_in_row();
        if n_failures >= self.limits.max_failures_in_row.max(1) {
            return Err(format!("was not asked for, after {n_failures} failures in a row"));
        }
        Ok(())
    }

    /// The next piece of a body; `None` at its end.
    pub(crate) async fn next_piece(&self, response: &mut Response) -> Result<Option<Bytes>, String> {
        let patience = self.limits.stall_timeout;
        let piece = match timeout(patience, response.chunk()).await {
            Ok(piece) => piece.map_err(|error| format!("broke off: {}", cause_of(error)))?,
            Err(_) => return Err(format!("broke off: no more data within {patience:?}")),
        };
        if let Some(piece) = &piece {
            self.progress.bytes(self.publisher, piece.len() as u64);
        }
        Ok(piece)
    }

    /// Fetches a small document whole, at most [`CrawlLimits::max_manifest_bytes`] of it; its URL is on record. Adds
    /// what came over the wire to `n_bytes`.
    pub(crate) async fn document(
        &self,
        wanted: Wanted<'_>,
        reach: Option<Reach>,
        n_bytes: &mut u64,
    ) -> Result<Document, String> {
        match self.document_if_changed(wanted, reach, n_bytes).await {
            Ok(Fetched::Document(document)) => Ok(document),
            Ok(Fetched::NotModified) => Err("answered http 304, and was not asked whether it has changed".to_owned()),
            Err(unfetched) => Err(unfetched.detail),
        }
    }

    /// The same, unless it is what the validators are of.
    pub(crate) async fn document_if_changed(
        &self,
        wanted: Wanted<'_>,
        reach: Option<Reach>,
        n_bytes: &mut u64,
    ) -> Result<Fetched, Unfetched> {
        let (bearer, _permit) = self.enter(wanted.url, wanted.needs_token).await?;
        let fetched = timeout_at(self.deadline(), self.fetch(wanted, bearer.as_ref(), reach, n_bytes)).await;
        fetched.unwrap_or_else(|_| Err(self.too_slow().into()))
    }

    async fn fetch(
        &self,
        wanted: Wanted<'_>,
        bearer: Option<&HeaderValue>,
        reach: Option<Reach>,
        n_bytes: &mut u64,
    ) -> Result<Fetched, Unfetched> {
        let Wanted { url, accept, validators, .. } = wanted;
        let validators = validators.filter(|validators| **validators != Validators::default());
        let answer = self.ask(url, accept, validators, bearer, reach).await?;
        let status = answer.response.status();
        if validators.is_some() && status == StatusCode::NOT_MODIFIED {
            self.health.hint(max_age_seconds(answer.response.headers()), None);
            return Ok(Fetched::NotModified);
        }
        if status != StatusCode::OK {
            return Err(Unfetched { status: Some(status), detail: self.refusal(&answer, bearer).await });
        }
        let Answer { response, url, reach } = answer;
        let (validators, max_age) = (validators_of(response.headers()), max_age_seconds(response.headers()));
        self.health.hint(None, clock_skew_seconds(response.headers(), self.clock.now()));
        let body = self.whole_body(response, n_bytes).await?;
        Ok(Fetched::Document(Document { body, url, reach, validators, max_age_seconds: max_age }))
    }

    /// The body of an answer, whole and decompressed.
    pub(crate) async fn whole_body(&self, response: Response, n_bytes: &mut u64) -> Result<Vec<u8>, String> {
        self.body_within(response, self.limits.max_manifest_bytes, n_bytes).await.map(|body| body.plain)
    }

    /// The same within another limit, and how it was packed.
    pub(crate) async fn body_within(
        &self,
        mut response: Response,
        max_bytes: u64,
        n_bytes: &mut u64,
    ) -> Result<WholeBody, String> {
        let mut wire = Vec::new();
        while let Some(piece) = self.next_piece(&mut response).await? {
            *n_bytes += piece.len() as u64;
            wire.extend_from_slice(&piece);
            if wire.len() as u64 > max_bytes {
                return Err(format!("is larger than the limit of {max_bytes} bytes"));
            }
        }
        let packing = packing_of(&wire);
        let caps = BodyCaps { max_bytes, max_expansion: self.limits.max_expansion };
        let encoding = text_of(response.headers(), CONTENT_ENCODING);
        let unpacked = spawn_blocking(move || read_whole(wire, encoding.as_deref(), caps)).await;
        let plain = unpacked.map_err(reader_failed)?.map_err(|error| error.to_string())?;
        Ok(WholeBody { plain, packing })
    }

    /// When an exchange that begins now must be over.
    pub(crate) fn deadline(&self) -> tokio::time::Instant {
        // A limit beyond the end of time is none.
        let far = Duration::from_secs(365 * 86_400);
        let left_of_run = self.limits.run_timeout.min(far).saturating_sub(self.began.elapsed());
        tokio::time::Instant::now() + self.limits.file_timeout.min(left_of_run)
    }

    pub(crate) fn too_slow(&self) -> String {
        if self.began.elapsed() >= self.limits.run_timeout {
            return format!("was not over when the run's {:?} were", self.limits.run_timeout);
        }
        format!("took longer than {:?}", self.limits.file_timeout)
    }
}

/// What is said when a reader of ours panicked. Logged here, as nobody above can say more.
pub(crate) fn reader_failed(panic: impl fmt::Display) -> String {
    tracing::error!(error = %panic, "the reader of a publisher's document panicked");
    "made the reader of openslots fail; please report it".to_owned()
}
