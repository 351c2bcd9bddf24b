//! The manifest of a publisher, all pages of it.

use std::time::Instant;

use openslots_fhir::manifest::{Manifest, ManifestLink, OutputFile};
use openslots_model::{Issue, IssueCode, PublisherSlug, Validators};
use reqwest::StatusCode;
use reqwest::header::CONTENT_ENCODING;
use rustc_hash::FxHashSet;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout, timeout_at};
use url::Url;

use crate::address::Reach;
use crate::body::{BodyCaps, read_whole};
use crate::fetch::{Ask, Fetcher, cause_of, refusal_of, text_of, validators_of};
use crate::hosts::Hosts;
use crate::limits::CrawlLimits;
use crate::politeness::{Admission, RunNumber};
use crate::progress::CrawlProgress;
use crate::target::{Credentials, without_query, without_user};

/// A manifest with all its pages.
#[derive(Debug)]
pub(crate) struct ManifestRead {
    pub(crate) transaction_time: Option<String>,
    /// Output files of kept types, in order, each URL once.
    pub(crate) outputs: Vec<OutputFile>,
    pub(crate) skipped_types: Vec<(String, u64)>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) validators: Validators,
    /// Why there may be more than was read.
    pub(crate) incomplete: Option<String>,
    /// How far the URLs that it names may lead.
    pub(crate) reach: Reach,
}

/// What reading a manifest needs.
pub(crate) struct ManifestReader<'a> {
    pub(crate) publisher: &'a PublisherSlug,
    pub(crate) limits: &'a CrawlLimits,
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) hosts: &'a Hosts,
    pub(crate) credentials: &'a Credentials,
    pub(crate) progress: &'a dyn CrawlProgress,
    pub(crate) run: RunNumber,
    pub(crate) force: bool,
}

/// One page.
struct Page {
    manifest: Manifest,
    validators: Validators,
    reach: Reach,
}

impl ManifestReader<'_> {
    /// Reads the manifest, adding what came over the wire to `n_bytes`. The first page has been put on record.
    ///
    /// It is asked for without validators: a manifest that is as before does not say that its files are, so they are
    /// asked about in any case, and for that their list is needed.
    ///
    /// An error is that of the first page, or of a manifest that must not be taken in part.
    pub(crate) async fn read(&self, manifest_url: &Url, n_bytes: &mut u64) -> Result<ManifestRead, String> {
        let shown = without_query(manifest_url);
        let named = |detail: String| format!("manifest {shown} {detail}");
        let request_url = self.credentials.request_url(manifest_url);
        let first = self.page(&request_url, None, n_bytes).await.map_err(named)?;
        let mut read = ManifestRead {
            transaction_time: None,
            outputs: Vec::new(),
            skipped_types: Vec::new(),
            issues: Vec::new(),
            validators: first.validators,
            incomplete: None,
            reach: first.reach,
        };
        let mut listed = FxHashSet::default();
        let mut pages = vec![request_url];
        let mut page = first.manifest;
        let mut page_shown = shown.clone();
        loop {
            let link = page.link.take();
            self.add(&mut read, &mut listed, page, &page_shown).map_err(named)?;
            let next = match link {
                None => break,
                // The chain's end so far. Its pages were all read, so what they say together is the present.
                Some(ManifestLink::Pending) => break,
                Some(ManifestLink::Closed) => {
                    read.incomplete = Some("ends in a closed chain: newer data are elsewhere".to_owned());
                    break;
                }
                Some(ManifestLink::Next(next)) => next,
            };
            page_shown = self.credentials.shown(&next);
            let next_url = self.credentials.request_url(&next);
            let fetched = if pages.contains(&next_url) {
                Err("leads back to a page before it".to_owned())
            } else if pages.len() >= self.limits.max_manifest_pages {
                Err(format!("is one more than the limit of {} pages", self.limits.max_manifest_pages))
            } else {
                self.next_page(&next_url, read.reach, n_bytes).await
            };
            match fetched {
                Ok(fetched) => page = fetched.manifest,
                Err(detail) => {
                    read.incomplete = Some(format!("page {page_shown} {detail}"));
                    break;
                }
            }
            pages.push(next_url);
        }
        if let Some(detail) = &read.incomplete {
            read.issues.push(manifest_issue(&page_shown, detail.clone()));
        }
        Ok(read)
    }

    /// Adds what a page lists. An error if the manifest must not be taken at all.
    fn add(
        &self,
        read: &mut ManifestRead,
        listed: &mut FxHashSet<String>,
        page: Manifest,
        page_shown: &str,
    ) -> Result<(), String> {
        if !page.deleted.is_empty() {
            return Err(format!(
                "lists {} files of deletions, which this version does not read: taking its other files alone would \
                 offer what it has taken back",
                page.deleted.len()
            ));
        }
        read.issues.extend(page.issues.into_iter().map(|issue| Issue { file: page_shown.to_owned(), ..issue }));
        read.transaction_time = page.transaction_time.or(read.transaction_time.take());
        for (kind, count) in page.skipped_types {
            match read.skipped_types.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, total)) => *total += count,
                None => read.skipped_types.push((kind, count)),
            }
        }
        for output in page.outputs {
            let shown = self.credentials.shown(&output.url);
            if listed.insert(shown.clone()) {
                read.outputs.push(output);
            } else {
                // Read once: it holds the same, and no URL is asked for twice.
                let detail = format!("{shown} is listed more than once; it is read once, as it is listed first");
                read.issues.push(Issue { code: IssueCode::IgnoredElement, ..manifest_issue(page_shown, detail) });
            }
        }
        if read.outputs.len() > self.limits.max_files {
            return Err(format!("lists more than the limit of {} output files", self.limits.max_files));
        }
        Ok(())
    }

    async fn next_page(&self, url: &Url, reach: Reach, n_bytes: &mut u64) -> Result<Page, String> {
        loop {
            match self.fetcher.politeness.admit(url, self.run, self.force, Instant::now()) {
                Admission::Now => return self.page(url, Some(reach), n_bytes).await,
                Admission::After(wait) => sleep(wait).await,
                Admission::AskedInThisRun => return Err("was asked for in this run already".to_owned()),
            }
        }
    }

    async fn page(&self, url: &Url, reach: Option<Reach>, n_bytes: &mut u64) -> Result<Page, String> {
        let _permit = self.hosts.enter(url).await;
        let deadline = tokio::time::Instant::now() + self.limits.file_timeout;
        let fetched = timeout_at(deadline, self.fetch(url, reach, n_bytes)).await;
        fetched.unwrap_or_else(|_| Err(format!("took longer than {} s", self.limits.file_timeout.as_secs())))
    }

    async fn fetch(&self, url: &Url, reach: Option<Reach>, n_bytes: &mut u64) -> Result<Page, String> {
        let ask = Ask {
            url,
            accept: "application/json",
            validators: None,
            credentials: self.credentials,
            reach,
            run: self.run,
            force: self.force,
        };
        let answer = self.fetcher.get(ask).await.map_err(|error| error.to_string())?;
        let mut response = answer.response;
        if response.status() != StatusCode::OK {
            return Err(refusal_of(&response));
        }
        let mut wire = Vec::new();
        let stall = self.limits.stall_timeout;
        loop {
            let piece = match timeout(stall, response.chunk()).await {
                Ok(piece) => piece.map_err(|error| format!("broke off: {}", cause_of(error)))?,
                Err(_) => return Err(format!("broke off: no more data within {} s", stall.as_secs())),
            };
            let Some(piece) = piece else { break };
            *n_bytes += piece.len() as u64;
            self.progress.bytes(self.publisher, piece.len() as u64);
            wire.extend_from_slice(&piece);
            if wire.len() as u64 > self.limits.max_manifest_bytes {
                return Err(format!("is larger than the limit of {} bytes", self.limits.max_manifest_bytes));
            }
        }
        let caps = BodyCaps { max_bytes: self.limits.max_manifest_bytes, max_expansion: self.limits.max_expansion };
        let encoding = text_of(response.headers(), CONTENT_ENCODING);
        let base = without_user(&answer.url);
        let parsed = spawn_blocking(move || {
            let body = read_whole(wire, encoding.as_deref(), caps).map_err(|error| error.to_string())?;
            Manifest::parse(&body, &base).map_err(|error| error.to_string())
        });
        let manifest = parsed.await.unwrap_or_else(|panic| {
            tracing::error!(error = %panic, "the reader of a manifest panicked");
            Err("made the reader of openslots fail; please report it".to_owned())
        })?;
        Ok(Page { manifest, validators: validators_of(response.headers()), reach: answer.reach })
    }
}

fn manifest_issue(shown: &str, detail: String) -> Issue {
    Issue { file: shown.to_owned(), line: 0, code: IssueCode::ManifestFailed, detail, excerpt: String::new() }
}
