//! A publisher on the web: its manifest and files, and the answers they come in.

use std::collections::HashSet;
use std::io::Read;
use std::time::Duration;

use anyhow::Result;
use flate2::read::MultiGzDecoder;
use openslots_crawl::{CrawlLimits, Examiner};
use openslots_fhir::conformance::{ListedFile, Requirement};
use openslots_model::UnixSeconds;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderValue, IF_NONE_MATCH, LAST_MODIFIED, ORIGIN,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::CheckLimits;
use super::folder::conclude;
use super::page::PageCheck;
use super::report::Report;

/// Whoever sends nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// A page that would read the data in a browser.
const FINDER: &str = "https://finder.example.org";
/// A longer manifest is none.
const MAX_MANIFEST_BYTES: usize = 64 << 20;
/// More pages are an endless chain.
const MAX_PAGES: usize = 1_000;

/// What a request may say beside its URL.
#[derive(Debug, Clone, Copy, Default)]
struct Ask<'a> {
    /// `None`: whatever there is. The client then sends `*/*`, which is the same as nothing (RFC 9110, 12.5.1).
    accept: Option<&'a str>,
    if_none_match: Option<&'a str>,
}

/// Checks what is published under a URL.
pub(super) async fn check(url: &Url, limits: CheckLimits, now: UnixSeconds) -> Result<Report> {
    let mut check = PageCheck::new(limits, now)?;
    let web = Web::new()?;
    if url.scheme() == "http" {
        check.found(Requirement::PlainHttp, url.as_str(), "the manifest is published without encryption");
    }
    let mut next = Some(url.clone());
    let mut seen = HashSet::new();
    let mut is_examined = HashSet::new();
    while let Some(url) = next.take().filter(|url| seen.len() < MAX_PAGES && seen.insert(url.clone())) {
        let Some(body) = web.manifest(&mut check, &url, seen.len() == 1).await else { break };
        let page = check.manifest(url.as_str(), &body, &url);
        for file in page.files.iter().filter(|file| file.kind.is_some()).chain(&page.deleted) {
            // Answers of one server are alike: one file of each type is enough to know them.
            let is_first = is_examined.insert(file.kind);
            web.file(&mut check, file, is_first).await?;
        }
        next = page.next;
    }
    tokio::task::block_in_place(|| check.conclude(url.to_string()))
}

struct Web {
    examiner: Examiner,
}

impl Web {
    fn new() -> Result<Self> {
        Ok(Self { examiner: Examiner::new(&CrawlLimits::default(), SILENCE)? })
    }

    async fn get(&self, url: &Url, ask: Ask<'_>) -> Result<Response, String> {
        let mut headers = HeaderMap::new();
        let mut put = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        put(ACCEPT_ENCODING, "gzip");
        // Browsers send where a page is from; what comes back tells whether it may read.
        put(ORIGIN, FINDER);
        if let Some(accept) = ask.accept {
            put(ACCEPT, accept);
        }
        if let Some(etag) = ask.if_none_match {
            put(IF_NONE_MATCH, etag);
        }
        self.examiner.get(url, headers).await
    }

    /// A page of the manifest, and of the first what its answer says.
    async fn manifest(&self, check: &mut PageCheck, url: &Url, is_first: bool) -> Option<Vec<u8>> {
        let name = url.as_str();
        let ask = Ask { accept: Some("application/json"), ..Ask::default() };
        let read = async {
            let answer = self.get(url, ask).await?;
            if answer.status() != StatusCode::OK {
                return Err(format!("it answers {}", answer.status()));
            }
            let headers = answer.headers().clone();
            Ok((headers, body(answer).await?))
        };
        let (headers, body) = match read.await {
            Ok(read) => read,
            Err(detail) => {
                check.found(Requirement::ManifestUnreadable, name, &detail);
                return None;
            }
        };
        if is_first {
            let text = |header| headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if !is_type(text(CONTENT_TYPE), &["application/json", "application/fhir+json"]) {
                let detail = format!("Content-Type is `{}`", text(CONTENT_TYPE));
                check.found(Requirement::ManifestContentType, name, &detail);
            }
            common(check, name, text(CACHE_CONTROL), text(ACCESS_CONTROL_ALLOW_ORIGIN));
            match self.get(url, Ask::default()).await {
                Ok(answer) if answer.status() == StatusCode::OK => {}
                Ok(answer) => {
                    let detail = format!("without Accept it answers {}", answer.status());
                    check.found(Requirement::ManifestAccept, name, &detail);
                }
                Err(detail) => check.found(Requirement::ManifestAccept, name, &detail),
            }
        }
        Some(body)
    }

    /// Streams a file; of the first of a type also what its answer says.
    async fn file(&self, check: &mut PageCheck, file: &ListedFile, is_first: bool) -> Result<()> {
        let name = file.url.as_str();
        let ask = Ask { accept: Some("application/fhir+ndjson"), ..Ask::default() };
        let mut answer = match self.get(&file.url, ask).await {
            Ok(answer) if answer.status() == StatusCode::OK => answer,
            Ok(answer) => {
                check.unreadable(name, &format!("it answers {}", answer.status()));
                return Ok(());
            }
            Err(detail) => {
                check.unreadable(name, &detail);
                return Ok(());
            }
        };
        if is_first {
            self.answers(check, file, &answer).await;
        }
        let mut stream = check.begin(file, name);
        let failure = loop {
            match Examiner::chunk(&mut answer).await {
                Ok(None) => break None,
                Ok(Some(chunk)) => {
                    if let Err(error) = tokio::task::block_in_place(|| stream.push(&chunk)) {
                        break Some(error.to_string());
                    }
                }
                Err(error) => break Some(error),
            }
        };
        let finished = stream.finish(failure.is_none());
        conclude(check, name, failure, finished)
    }

    async fn answers(&self, check: &mut PageCheck, file: &ListedFile, answer: &Response) {
        let name = file.url.as_str();
        let headers = answer.headers();
        let text = |header| headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_type(text(CONTENT_TYPE), &["application/fhir+ndjson", "application/ndjson", "application/x-ndjson"]) {
            check.found(Requirement::FileContentType, name, &format!("Content-Type is `{}`", text(CONTENT_TYPE)));
        }
        common(check, name, text(CACHE_CONTROL), text(ACCESS_CONTROL_ALLOW_ORIGIN));
        if text(CONTENT_ENCODING) != "gzip" {
            check.found(Requirement::Compression, name, "it is sent as it is to a client that takes gzip");
        }
        match self.get(&file.url, Ask::default()).await {
            Ok(answer) if answer.status() == StatusCode::OK => {}
            Ok(answer) => {
                let detail = format!("without Accept it answers {}", answer.status());
                check.found(Requirement::FileAccept, name, &detail);
            }
            Err(detail) => check.found(Requirement::FileAccept, name, &detail),
        }
        let etag = text(ETAG);
        if etag.is_empty() && text(LAST_MODIFIED).is_empty() {
            check.found(Requirement::Validators, name, "neither ETag nor Last-Modified");
        } else if !etag.is_empty() {
            let ask = Ask { accept: Some("application/fhir+ndjson"), if_none_match: Some(etag) };
            match self.get(&file.url, ask).await {
                Ok(answer) if answer.status() == StatusCode::NOT_MODIFIED => {}
                Ok(answer) => {
                    let detail = format!("`If-None-Match: {etag}` is answered with {}", answer.status());
                    check.found(Requirement::Conditional, name, &detail);
                }
                Err(detail) => check.found(Requirement::Conditional, name, &detail),
            }
        }
    }
}

fn common(check: &mut PageCheck, name: &str, cache_control: &str, allow_origin: &str) {
    let max_age = cache_control.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse::<u64>().ok());
    if max_age.is_none() {
        check.found(Requirement::CacheControl, name, &format!("Cache-Control is `{cache_control}`, without max-age"));
    }
    if !matches!(allow_origin, "*" | FINDER) {
        check.found(Requirement::CrossOrigin, name, "no Access-Control-Allow-Origin");
    }
}

fn is_type(content_type: &str, wanted: &[&str]) -> bool {
    let found = content_type.split(';').next().unwrap_or_default().trim();
    wanted.iter().any(|wanted| found.eq_ignore_ascii_case(wanted))
}

/// A whole body, unpacked.
async fn body(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = Examiner::chunk(&mut answer).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err("it is longer than 64 MiB".to_owned());
        }
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let mut decoder = MultiGzDecoder::new(&bytes[..]).take(MAX_MANIFEST_BYTES as u64);
    decoder.read_to_end(&mut unpacked).map_err(|error| error.to_string())?;
    Ok(unpacked)
}
