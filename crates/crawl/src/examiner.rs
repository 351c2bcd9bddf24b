//! Plain requests for whoever wants to see how a publisher answers, under the same address policy as a crawl.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, redirect};
use url::Url;

use crate::address::{Reach, check_url};
use crate::error::Error;
use crate::fetch::{cause_of, client_builder};
use crate::limits::CrawlLimits;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// Asks a manifest's URL, wherever it is, and then what the manifest names, as far as that may lead.
pub struct Examiner {
    anywhere: Client,
    public_only: Client,
    /// How far it may go on, once the manifest has answered.
    reach: Mutex<Option<Reach>>,
}

impl Examiner {
    /// An examiner that gives up on servers that are silent for so long.
    ///
    /// # Errors
    /// Where this machine can make no HTTP client.
    pub fn new(limits: &CrawlLimits, silence: Duration) -> Result<Self, Error> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = |reach| {
            let follow = redirect::Policy::custom(move |attempt| {
                if attempt.previous().len() > MAX_REDIRECTS {
                    return attempt.error("redirected too often");
                }
                match check_url(attempt.url(), reach) {
                    Ok(()) => attempt.follow(),
                    Err(error) => attempt.error(error),
                }
            });
            let builder = client_builder(limits, reach).redirect(follow).read_timeout(silence);
            builder.build().map_err(Error::Client)
        };
        Ok(Self {
            anywhere: client(Reach::Anywhere)?,
            public_only: client(Reach::PublicOnly)?,
            reach: Mutex::default(),
        })
    }

    /// Asks for a URL. The first that is asked for is the manifest's, and may be anywhere.
    ///
    /// # Errors
    /// Why there was no answer, for people and without the URL.
    pub async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Response, String> {
        let known = *self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = known.unwrap_or(Reach::Anywhere);
        check_url(url, reach).map_err(|error| error.to_string())?;
        let client = if reach == Reach::Anywhere { &self.anywhere } else { &self.public_only };
        let answer = client.get(url.clone()).headers(headers).send().await.map_err(cause_of)?;
        if known.is_none() {
            let reach = Reach::of_manifest_at(answer.remote_addr());
            *self.reach.lock().unwrap_or_else(PoisonError::into_inner) = Some(reach);
        }
        Ok(answer)
    }

    /// The next bytes of an answer; `None` at its end.
    ///
    /// # Errors
    /// Why the answer ended too soon.
    pub async fn chunk(answer: &mut Response) -> Result<Option<bytes::Bytes>, String> {
        answer.chunk().await.map_err(cause_of)
    }
}
