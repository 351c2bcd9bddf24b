//! One look at a URL that an operator is about to add: what its manifest lists, or what is there instead.
//!
//! It is asked for as a crawl asks: politely, within the limits, under the same address policy; one page and no files.
//! What it answers is shown to people, so texts in it are short, in one line and without secrets.

mod found;
mod report;

use std::time::{Duration, Instant};

use openslots_fhir::manifest::Manifest;
use openslots_model::PublisherSlug;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::{Host, Url};

use self::found::{Found, cleaned};
use self::report::MAX_TOLD;
pub use self::report::{Continuation, FilesOfType, ProbeReport};
use crate::address::{AddressError, Reach, check_url};
use crate::context::{RunContext, WholeBody, reader_failed};
use crate::crawler::Crawler;
use crate::fetch::{Answer, status_of, text_of};
use crate::health::RunHealth;
use crate::hints::max_age_seconds;
use crate::politeness::Admission;
use crate::progress::NoProgress;
use crate::secrets::{Credentials, without_secrets, without_user};
use crate::target::CrawlTarget;

/// Somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// A longer text is no list of publishers.
const MAX_TEXT_BYTES: u64 = 8 << 20;
/// What is asked for where publishers may be listed.
const TEXT_TYPES: &str = "application/ld+json, application/json, text/html;q=0.9, */*;q=0.5";

/// Why a URL gave nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{url} {reason}{}", .hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default())]
pub struct ProbeFailure {
    /// Which, without secrets.
    pub url: String,
    /// What was found instead.
    pub reason: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A text that may list publishers.
#[derive(Debug)]
pub struct FetchedText {
    /// The text; bytes that are none are replaced.
    pub text: String,
    /// Where it was found, after redirects and without secrets.
    pub url: String,
    reach: Reach,
}

impl FetchedText {
    /// Whether it was found on the public Internet.
    pub fn is_public(&self) -> bool {
        self.reach == Reach::PublicOnly
    }

    /// Whether the text may name the URL: one that was found on the public Internet must not lead to this machine or
    /// its network.
    pub fn may_name(&self, url: &Url) -> bool {
        let is_local = matches!(url.host(), Some(Host::Domain(name)) if is_local_name(name));
        check_url(url, self.reach).is_ok() && !(is_local && self.reach == Reach::PublicOnly)
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// An answer whose body was read.
struct Look {
    status: StatusCode,
    /// The status, and how long to wait if that was said, for people.
    answered: String,
    url: Url,
    reach: Reach,
    max_age_seconds: Option<u32>,
    content_type: Option<String>,
    content_encoding: Option<String>,
    n_wire_bytes: u64,
    body: WholeBody,
}

impl Crawler {
    /// Asks for a manifest and tells what it says; nothing that it lists is asked for.
    ///
    /// The request counts: a crawl that follows leaves the URL alone for a minute.
    ///
    /// # Errors
    /// What was found instead of a manifest, and what to do.
    pub async fn probe(&self, target: &CrawlTarget) -> Result<ProbeReport, ProbeFailure> {
        let began = Instant::now();
        let asked = &target.manifest_url;
        let failed = |reason: String| failure(asked, reason);
        let credentials = Credentials::of(target).map_err(failed)?;
        let context = self.context(target, &credentials, false);
        let url = credentials.request_url(asked);
        self.put_on_record(&context, &url).map_err(failed)?;
        let max_bytes = self.limits.max_manifest_bytes;
        let look = look(&context, &url, "application/json", max_bytes).await.map_err(failed)?;
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Look { status, answered, body, .. } = look;
        let mut base = without_user(&look.url);
        base.set_query(None);
        let n_bytes = body.plain.len() as u64;
        let read = spawn_blocking(move || match status {
            StatusCode::OK => Manifest::parse(&body.plain, &base).map_err(|error| Found::of(&body.plain, Some(&error))),
            _ => Err(Found::of(&body.plain, None)),
        });
        let manifest = match read.await.map_err(|panic| failed(reader_failed(panic)))? {
            Ok(manifest) => manifest,
            Err(found) => {
                let words = found.words(|text| credentials.censored(text, &look.url));
                let reason = format!("answered {answered}, with {words}");
                return Err(ProbeFailure { hint: found.hint(asked, status), ..failed(reason) });
            }
        };
        let shown = |url: &Url| credentials.shown(url);
        let nested = manifest.nested.iter().take(MAX_TOLD).map(shown).collect();
        Ok(ProbeReport {
            url: shown(&look.url),
            manifests: nested,
            max_age_seconds: look.max_age_seconds,
            content_type: look.content_type,
            content_encoding: look.content_encoding,
            packing: body.packing.map(str::to_owned),
            n_wire_bytes: look.n_wire_bytes,
            n_bytes,
            duration_ms,
            ..ProbeReport::of_manifest(manifest)
        })
    }

    /// Asks for a text in which publishers may be listed.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn fetch_text(&self, url: &Url) -> Result<FetchedText, ProbeFailure> {
        let failed = |reason: String| failure(url, reason);
        let host = url.host_str().and_then(PublisherSlug::from_text);
        let target = CrawlTarget::new(host.ok_or_else(|| failed(AddressError::NoHost.to_string()))?, url.clone());
        let credentials = Credentials::of(&target).map_err(failed)?;
        // An operator who asks again has a reason, and a list of publishers is no publisher.
        let context = self.context(&target, &credentials, true);
        let asked = credentials.request_url(url);
        self.put_on_record(&context, &asked).map_err(failed)?;
        let look = look(&context, &asked, TEXT_TYPES, MAX_TEXT_BYTES).await.map_err(failed)?;
        if look.status != StatusCode::OK {
            return Err(failed(format!("answered {}", look.answered)));
        }
        let text = String::from_utf8_lossy(&look.body.plain).into_owned();
        Ok(FetchedText { text, url: credentials.shown(&look.url), reach: look.reach })
    }

    /// A run that reads no more than one document.
    fn context<'a>(&'a self, target: &'a CrawlTarget, credentials: &'a Credentials, force: bool) -> RunContext<'a> {
        RunContext {
            publisher: &target.slug,
            limits: &self.limits,
            fetcher: &self.fetcher,
            hosts: &self.hosts,
            credentials,
            access: self.access_tokens.of(target),
            progress: &NoProgress,
            clock: self.clock.as_ref(),
            health: RunHealth::default(),
            number: self.fetcher.politeness.begin_run(),
            force,
            started_at: self.clock.now(),
            began: Instant::now(),
        }
    }

    /// Puts the request on record, unless the URL must be left alone.
    fn put_on_record(&self, context: &RunContext<'_>, url: &Url) -> Result<(), String> {
        match self.fetcher.politeness.admit(url, context.number, context.force, self.clock.elapsed()) {
            Admission::Now | Admission::AskedInThisRun => Ok(()),
            Admission::After(wait) => {
                let interval = self.limits.min_interval.as_secs();
                let wait = wait.as_millis().div_ceil(1_000);
                Err(format!("was asked for less than {interval} s ago; try again in {wait} s"))
            }
        }
    }
}

/// Asks for one document and reads it, whatever its status.
async fn look(context: &RunContext<'_>, url: &Url, accept: &'static str, max_bytes: u64) -> Result<Look, String> {
    let patience = context.limits.file_timeout.min(PATIENCE);
    let looked = timeout(patience, async {
        let _permit = context.hosts.enter(url).await;
        let Answer { response, url, reach } = context.ask(url, accept, None, None, None).await?;
        let (status, answered) = (response.status(), answered(&response));
        let max_age_seconds = max_age_seconds(response.headers());
        let text = |name| text_of(response.headers(), name).map(|text| cleaned(&text));
        let (content_type, content_encoding) = (text(CONTENT_TYPE), text(CONTENT_ENCODING));
        let mut n_wire_bytes = 0;
        let body = context.body_within(response, max_bytes, &mut n_wire_bytes).await;
        let body = match body {
            // The status says enough.
            Err(_) if status != StatusCode::OK => WholeBody { plain: Vec::new(), packing: None },
            body => body?,
        };
        Ok(Look { status, answered, url, reach, max_age_seconds, content_type, content_encoding, n_wire_bytes, body })
    });
    looked.await.unwrap_or_else(|_| Err(format!("took longer than {patience:?}")))
}

fn answered(response: &Response) -> String {
    let retry_after = text_of(response.headers(), RETRY_AFTER).filter(|_| response.status() != StatusCode::OK);
    let retry_after = retry_after.map(|after| format!(" (retry after {})", cleaned(&after))).unwrap_or_default();
    format!("{}{retry_after}", status_of(response))
}

fn failure(asked: &Url, reason: String) -> ProbeFailure {
    ProbeFailure { url: without_secrets(asked).into(), reason, hint: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_on_the_public_internet_names_nothing_local() {
        for (named, want) in [
            ("https://clinic.example/$bulk-publish", true),
            ("http://127.0.0.1:8080/$bulk-publish", false),
            ("http://169.254.169.254/$bulk-publish", false),
            ("http://[::1]/$bulk-publish", false),
            ("http://localhost:8080/$bulk-publish", false),
            ("http://openslots.localhost./$bulk-publish", false),
            ("https://localhost.example/$bulk-publish", true),
        ] {
            let named = Url::parse(named).expect(named);
            for (reach, want) in [(Reach::PublicOnly, want), (Reach::Anywhere, true)] {
                let list = FetchedText { text: String::new(), url: String::new(), reach };
                assert_eq!(list.may_name(&named), want, "{named} {reach:?}");
            }
        }
    }
}
