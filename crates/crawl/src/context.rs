//! What all exchanges of a crawl run share.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use openslots_model::{PublisherSlug, Validators};
use reqwest::header::{CONTENT_ENCODING, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout, timeout_at};
use url::Url;

use crate::access::RunAccess;
use crate::address::Reach;
use crate::body::{BodyCaps, read_whole};
use crate::fetch::{Answer, Ask, Fetcher, cause_of, text_of, validators_of};
use crate::hosts::Hosts;
use crate::limits::CrawlLimits;
use crate::politeness::{Admission, RunNumber};
use crate::progress::CrawlProgress;
use crate::target::Credentials;

/// A crawl run, as its exchanges see it.
pub(crate) struct RunContext<'a> {
    pub(crate) publisher: &'a PublisherSlug,
    pub(crate) limits: &'a CrawlLimits,
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) hosts: &'a Hosts,
    pub(crate) credentials: &'a Credentials,
    pub(crate) access: RunAccess<'a>,
    pub(crate) progress: &'a dyn CrawlProgress,
    pub(crate) number: RunNumber,
    pub(crate) force: bool,
    pub(crate) began: Instant,
}

/// A small document, whole and decompressed.
pub(crate) struct Document {
    pub(crate) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// How far what it names may lead.
    pub(crate) reach: Reach,
    pub(crate) validators: Validators,
}

impl RunContext<'_> {
    /// Waits until the URL may be asked for, and puts the request on record.
    pub(crate) async fn wait_for_turn(&self, url: &Url) -> Result<(), String> {
        loop {
            match self.fetcher.politeness.admit(url, self.number, self.force, Instant::now()) {
                Admission::Now => return Ok(()),
                Admission::After(wait) => sleep(wait).await,
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
        let (credentials, run, force) = (self.credentials, self.number, self.force);
        let ask = Ask { url, accept, validators, credentials, bearer, reach, run, force };
        self.fetcher.get(ask).await.map_err(|error| error.to_string())
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
        url: &Url,
        accept: &'static str,
        bearer: Option<&HeaderValue>,
        reach: Option<Reach>,
        n_bytes: &mut u64,
    ) -> Result<Document, String> {
        let _permit = self.hosts.enter(url).await;
        let fetched = timeout_at(self.deadline(), self.fetch(url, accept, bearer, reach, n_bytes)).await;
        fetched.unwrap_or_else(|_| Err(self.too_slow()))
    }

    async fn fetch(
        &self,
        url: &Url,
        accept: &'static str,
        bearer: Option<&HeaderValue>,
        reach: Option<Reach>,
        n_bytes: &mut u64,
    ) -> Result<Document, String> {
        let answer = self.ask(url, accept, None, bearer, reach).await?;
        if answer.response.status() != StatusCode::OK {
            return Err(self.refusal(&answer, bearer).await);
        }
        let Answer { response, url, reach } = answer;
        let validators = validators_of(response.headers());
        let body = self.whole_body(response, n_bytes).await?;
        Ok(Document { body, url, reach, validators })
    }

    /// The body of an answer, whole and decompressed.
    pub(crate) async fn whole_body(&self, mut response: Response, n_bytes: &mut u64) -> Result<Vec<u8>, String> {
        let max_bytes = self.limits.max_manifest_bytes;
        let mut wire = Vec::new();
        while let Some(piece) = self.next_piece(&mut response).await? {
            *n_bytes += piece.len() as u64;
            wire.extend_from_slice(&piece);
            if wire.len() as u64 > max_bytes {
                return Err(format!("is larger than the limit of {max_bytes} bytes"));
            }
        }
        let caps = BodyCaps { max_bytes, max_expansion: self.limits.max_expansion };
        let encoding = text_of(response.headers(), CONTENT_ENCODING);
        let unpacked = spawn_blocking(move || read_whole(wire, encoding.as_deref(), caps)).await;
        unpacked.map_err(reader_failed)?.map_err(|error| error.to_string())
    }

    /// When an exchange that begins now must be over.
    pub(crate) fn deadline(&self) -> tokio::time::Instant {
        // A limit beyond the end of time is none.
        let far = Duration::from_secs(365 * 86_400);
        tokio::time::Instant::now() + self.limits.file_timeout.min(far)
    }

    pub(crate) fn too_slow(&self) -> String {
        format!("took longer than {:?}", self.limits.file_timeout)
    }
}

/// What is said when a reader of ours panicked. Logged here, as nobody above can say more.
pub(crate) fn reader_failed(panic: impl fmt::Display) -> String {
    tracing::error!(error = %panic, "the reader of a publisher's document panicked");
    "made the reader of openslots fail; please report it".to_owned()
}
