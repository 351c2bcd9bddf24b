//! Access tokens for publishers whose manifest says that its files need one: SMART Backend Services.
//!
//! A token is asked for when the first file needs it and kept, for its publisher alone, until shortly before it
//! expires. It goes where the publisher's other secrets go, its own host, and only for files of a manifest that says
//! `requiresAccessToken: true`.

mod key;
mod services;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openslots_model::{PublisherSlug, UnixSeconds};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use rustc_hash::FxHashMap;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;
use url::Url;

pub use key::{KeyError, SigningKey};
pub use services::BackendServices;

use crate::context::{RunContext, reader_failed};
use crate::fetch::{Answer, refusal_of, status_of};
use crate::hosts::Permit;
use crate::politeness::RunNumber;
use crate::secrets::without_query;
use crate::target::CrawlTarget;
use services::{IssuedToken, read_answer, read_refusal};

/// A token is given up this long before it expires: a request takes its time, and clocks differ.
const MARGIN: Duration = Duration::from_secs(30);
/// A token is used for at least this long: who enters a host at once enters with the token that was got for that.
const LEAST_LIFETIME: Duration = Duration::from_secs(1);

/// The tokens of a process, each for its publisher.
#[derive(Default)]
pub(crate) struct AccessTokens {
    by_publisher: Mutex<FxHashMap<PublisherSlug, Arc<HeldAccess>>>,
}

/// What is held of one publisher's access. Locked while a token is asked for, so that it is asked for once.
type HeldAccess = tokio::sync::Mutex<Held>;

#[derive(Default)]
struct Held {
    token: Option<HeldToken>,
    /// Why no token could be had, in that run.
    failure: Option<(RunNumber, String)>,
}

#[derive(Clone)]
struct GoodToken {
    bearer: HeaderValue,
    /// By the crawler's clock.
    good_until: Duration,
}

struct HeldToken {
    good: GoodToken,
    /// Who got it: a configuration that has changed needs another.
    client: Client,
    /// The run in which a file was refused with it.
    refused_in: Option<RunNumber>,
}

#[derive(PartialEq)]
struct Client {
    id: String,
    token_url: Url,
    scope: String,
}

impl AccessTokens {
    /// The access of a publisher, as a run sees it.
    pub(crate) fn of<'a>(&self, target: &'a CrawlTarget) -> RunAccess<'a> {
        let mut by_publisher = self.by_publisher.lock().unwrap_or_else(PoisonError::into_inner);
        let held = Arc::clone(by_publisher.entry(target.slug.clone()).or_default());
        RunAccess { services: target.backend_services.as_ref(), held }
    }
}

/// The access of a publisher, as one run sees it.
pub(crate) struct RunAccess<'a> {
    services: Option<&'a BackendServices>,
    held: Arc<HeldAccess>,
}

impl RunContext<'_> {
    /// The token that a file is asked for with, if its manifest says that it needs a token and it is at a place where
    /// tokens go.
    ///
    /// # Errors
    /// Why it cannot be had: nothing is configured, or the endpoint does not give one.
    async fn access_token(&self, url: &Url, is_required: bool) -> Result<Option<GoodToken>, String> {
        if !is_required || !self.credentials.may_follow_to(url) {
            return Ok(None);
        }
        let Some(services) = self.access.services else {
            // What is configured instead may be what the publisher means.
            return if self.credentials.are_there() {
                Ok(None)
            } else {
                Err("needs an access token; configure `openslots.backend_services` for this publisher".to_owned())
            };
        };
        let mut held = self.access.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| self.serves(token, services)) {
            return Ok(Some(token.good.clone()));
        }
        held.token = None;
        if let Some((_, failure)) = held.failure.as_ref().filter(|(run, _)| *run == self.number) {
            return Err(failure.clone());
        }
        let issued = timeout_at(self.deadline(), self.issue_token(services)).await;
        match issued.unwrap_or_else(|_| Err(self.too_slow())) {
            Ok(IssuedToken { bearer, lifetime }) => {
                // The endpoint is left alone for a while, however short its tokens last.
                let least = self.limits.min_interval.max(LEAST_LIFETIME);
                let lifetime = lifetime.saturating_sub(MARGIN).max(least);
                let good = GoodToken { bearer, good_until: self.clock.elapsed() + lifetime };
                held.token = Some(HeldToken { good: good.clone(), client: Client::of(services), refused_in: None });
                Ok(Some(good))
            }
            Err(detail) => {
                let shown = without_query(&services.token_url);
                let failure =
                    format!("needs an access token, which cannot be had: the token endpoint {shown} {detail}");
                held.failure = Some((self.number, failure.clone()));
                Err(failure)
            }
        }
    }

    /// Waits until an exchange with a file's host may begin, and gives the header with the token it needs, if it needs
    /// one.
    ///
    /// The token comes first: it may be the same host that gives it, and who waits for it keeps nobody from a file that
    /// needs none. But files of a gigabyte ahead in the queue may outlast it, and then another must be got.
    ///
    /// # Errors
    /// See [`RunContext::access_token`].
    pub(crate) async fn enter(&self, url: &Url, needs_token: bool) -> Result<(Option<HeaderValue>, Permit), String> {
        loop {
            let token = self.access_token(url, needs_token).await?;
            let permit = self.hosts.enter(url).await;
            match token {
                Some(token) if self.clock.elapsed() >= token.good_until => {}
                token => return Ok((token.map(|token| token.bearer), permit)),
            }
        }
    }

    fn serves(&self, token: &HeldToken, services: &BackendServices) -> bool {
        let is_trusted = token.refused_in.is_none_or(|refused_in| refused_in == self.number);
        is_trusted && self.clock.elapsed() < token.good.good_until && token.client == Client::of(services)
    }

    /// Why an answer is of no use, for people. If it refuses the token, the next run asks for another.
    pub(crate) async fn refusal(&self, answer: &Answer, bearer: Option<&HeaderValue>) -> String {
        let is_of_token = bearer.is_some() && self.credentials.may_follow_to(&answer.url);
        if !is_of_token || answer.response.status() != StatusCode::UNAUTHORIZED {
            return refusal_of(&answer.response);
        }
        if let Some(token) = &mut self.access.held.lock().await.token {
            token.refused_in = Some(self.number);
        }
        format!(
            "answered {} to its access token; the next run asks for another; if that is refused too, check the scope \
             in `openslots.backend_services`",
            status_of(&answer.response)
        )
    }

    async fn issue_token(&self, services: &BackendServices) -> Result<IssuedToken, String> {
        let url = &services.token_url;
        // One client of an endpoint that many publishers share does not wait for another.
        let mut turn = url.clone();
        turn.set_fragment(Some(&services.client_id));
        self.wait_for_turn(&turn).await?;
        let of = services.clone();
        let signed = spawn_blocking(move || of.request(UnixSeconds::now())).await;
        let request = signed.map_err(reader_failed)?.map_err(|error| format!("was not asked: the request {error}"))?;
        let _permit = self.hosts.enter(url).await;
        let posted = self.fetcher.post_form(url, request.form.clone(), self.number).await;
        let response = posted.map_err(|error| error.to_string())?;
        let (status, answered) = (response.status(), status_of(&response));
        // What comes here is none of the publisher's data.
        let body = self.whole_body(response, &mut 0).await;
        if status != StatusCode::OK {
            let told = body.ok().and_then(|body| read_refusal(&body, &request));
            let told = told.map(|told| format!(": {told}")).unwrap_or_default();
            return Err(format!("answered {answered}{told}; check `openslots.backend_services` of this publisher"));
        }
        read_answer(&body?)
    }
}

impl Client {
    fn of(services: &BackendServices) -> Self {
        Self { id: services.client_id.clone(), token_url: services.token_url.clone(), scope: services.scope.clone() }
    }
}
