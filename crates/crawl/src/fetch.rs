//! One HTTP exchange: a GET with redirects followed by hand, up to the headers of the answer.

use std::sync::Arc;
use std::time::Duration;

use openslots_model::Validators;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, redirect};
use tokio::time::timeout;
use url::Url;

use crate::address::{AddressError, PolicyResolver, Reach, check_url};
use crate::clock::Clock;
use crate::error::{Error, with_causes};
use crate::limits::CrawlLimits;
use crate::politeness::{Admission, Politeness, RunNumber};
use crate::secrets::Credentials;

/// Header values longer than this are not kept as validators, in bytes.
const MAX_VALIDATOR_BYTES: usize = 1_024;

/// Why an exchange failed. Texts hold no URL: the caller names the file, free of secrets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("cannot be reached: {0}")]
    Connect(String),
    #[error("gave no answer within {0:?}")]
    Silent(Duration),
    #[error("gave no answer: {0}")]
    Exchange(String),
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("was redirected to {to}, which {error}")]
    RedirectAddress { to: String, error: AddressError },
    #[error("was redirected to {0}, which is no URL")]
    RedirectUrl(String),
    #[error("was redirected in a circle, by way of {0}")]
    RedirectLoop(String),
    #[error("was redirected more than {0} times")]
    TooManyRedirects(usize),
    #[error("was redirected to {0}, which was asked for less than a minute ago; it is left alone")]
    RedirectTooSoon(String),
}

impl FetchError {
    /// Whether the server gave no answer at all; else it led where nobody may follow.
    pub(crate) const fn is_of_server(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Silent(_) | Self::Exchange(_))
    }

    fn of_client(error: reqwest::Error) -> Self {
        let is_connect = error.is_connect();
        let cause = cause_of(error);
        if is_connect { Self::Connect(cause) } else { Self::Exchange(cause) }
    }
}

/// What went wrong, from below the client's own layers, which only say that something did. Without the URL, which may
/// hold secrets.
pub(crate) fn cause_of(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut layer: &(dyn std::error::Error + 'static) = &error;
    while let Some(cause) = layer.source() {
        let said = cause.to_string();
        if !said.starts_with("client error") && !said.starts_with("error ") {
            return with_causes(cause);
        }
        layer = cause;
    }
    error.to_string()
}

/// What to ask for.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The URL, as [`Credentials::request_url`] makes it. The caller has put it on record.
    pub(crate) url: &'a Url,
    pub(crate) accept: &'static str,
    /// To be sent back, if there are some.
    pub(crate) validators: Option<&'a Validators>,
    pub(crate) credentials: &'a Credentials,
    /// The access token, sent where the secret headers are sent.
    pub(crate) bearer: Option<&'a HeaderValue>,
    /// How far the URL may lead; `None` for the configured manifest: where it is decides.
    pub(crate) reach: Option<Reach>,
    pub(crate) run: RunNumber,
    pub(crate) force: bool,
}

/// An answer, its body not yet read.
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// How far what it names may lead.
    pub(crate) reach: Reach,
}

/// Makes exchanges, within the limits.
pub(crate) struct Fetcher {
    anywhere: Client,
    public_only: Client,
    pub(crate) politeness: Politeness,
    limits: Arc<CrawlLimits>,
    clock: Arc<dyn Clock>,
}

impl Fetcher {
    pub(crate) fn new(limits: Arc<CrawlLimits>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        // An error says that the process has a provider already, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        Ok(Self {
            anywhere: client(&limits, Reach::Anywhere)?,
            public_only: client(&limits, Reach::PublicOnly)?,
            politeness: Politeness::new(limits.min_interval),
            limits,
            clock,
        })
    }

    /// Asks, and follows redirects.
    pub(crate) async fn get(&self, ask: Ask<'_>) -> Result<Answer, FetchError> {
        let mut url = ask.url.clone();
        let mut reach = ask.reach;
        check_url(&url, reach.unwrap_or(Reach::Anywhere))?;
        let mut seen = vec![url.clone()];
        loop {
            let response = self.exchange(&url, ask, reach.unwrap_or(Reach::Anywhere)).await?;
            let remote = response.remote_addr();
            // The first answer of the configured manifest decides for all that follows from it.
            let decided = *reach.get_or_insert_with(|| Reach::of_manifest_at(remote));
            if let Some(outside) = remote.filter(|remote| seen.len() > 1 && !decided.covers(remote.ip())) {
                return Err(AddressError::NotPublic(outside.ip().to_string()).into());
            }
            let Some(location) = redirect_of(&response) else {
                return Ok(Answer { response, url, reach: decided });
            };
            let next = url.join(&location).map_err(|_| FetchError::RedirectUrl(ask.credentials.shown(&url)))?;
            let shown = ask.credentials.shown(&next);
            check_url(&next, decided).map_err(|error| FetchError::RedirectAddress { to: shown.clone(), error })?;
            let next = ask.credentials.request_url(&next);
            if seen.contains(&next) {
                return Err(FetchError::RedirectLoop(shown));
            }
            if seen.len() > self.limits.max_redirects {
                return Err(FetchError::TooManyRedirects(self.limits.max_redirects));
            }
            if self.politeness.admit(&next, ask.run, ask.force, self.clock.elapsed()) != Admission::Now {
                return Err(FetchError::RedirectTooSoon(shown));
            }
            seen.push(next.clone());
            url = next;
        }
    }

    async fn exchange(&self, url: &Url, ask: Ask<'_>, reach: Reach) -> Result<Response, FetchError> {
        let client = match reach {
            Reach::Anywhere => &self.anywhere,
            Reach::PublicOnly => &self.public_only,
        };
        let mut request = client.get(url.clone()).header(ACCEPT, ask.accept).header(ACCEPT_ENCODING, "gzip, zstd");
        if let Some(validators) = ask.validators {
            for (name, value) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
        if let Some(headers) = ask.credentials.headers_for(url) {
            let mut headers = headers.clone();
            if let Some(bearer) = ask.bearer {
                headers.insert(AUTHORIZATION, bearer.clone());
            }
            request = request.headers(headers);
        }
        self.send(request, url, ask.run).await
    }

    /// Posts a form to a URL that the operator configured and that is on record. Redirects are not followed.
    pub(crate) async fn post_form(&self, url: &Url, form: String, run: RunNumber) -> Result<Response, FetchError> {
        check_url(url, Reach::Anywhere)?;
        let request = self.anywhere.post(url.clone()).header(ACCEPT, "application/json");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        self.send(request, url, run).await
    }

    async fn send(&self, request: RequestBuilder, url: &Url, run: RunNumber) -> Result<Response, FetchError> {
        self.politeness.sent(url, run, self.clock.elapsed());
        let patience = self.limits.connect_timeout + self.limits.stall_timeout;
        match timeout(patience, request.send()).await {
            Ok(sent) => sent.map_err(FetchError::of_client),
            Err(_) => Err(FetchError::Silent(patience)),
        }
    }
}

/// What every client is made with.
pub(crate) fn client_builder(limits: &CrawlLimits, reach: Reach) -> ClientBuilder {
    Client::builder()
        .user_agent(limits.user_agent())
        .redirect(redirect::Policy::none())
        .referer(false)
        // A proxy would resolve names by itself, past the address policy.
        .no_proxy()
        .connect_timeout(limits.connect_timeout)
        .dns_resolver(PolicyResolver(reach))
}

fn client(limits: &CrawlLimits, reach: Reach) -> Result<Client, Error> {
    let builder = || client_builder(limits, reach);
    builder().build().or_else(|error| {
        // A machine without CA certificates can still crawl http; https then fails for each publisher, by name.
        let client = builder().tls_certs_only([]).build().map_err(|_| Error::Client(error))?;
        tracing::warn!("no ca certificates found on this machine: https publishers cannot be verified");
        Ok(client)
    })
}

/// Where a redirect leads.
fn redirect_of(response: &Response) -> Option<String> {
    let status = response.status().as_u16();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    text_of(response.headers(), LOCATION)
}

/// A header's value, if it is text.
pub(crate) fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// What to ask with next time.
pub(crate) fn validators_of(headers: &HeaderMap) -> Validators {
    let kept = |name| text_of(headers, name).filter(|text| !text.is_empty() && text.len() <= MAX_VALIDATOR_BYTES);
    Validators { etag: kept(ETAG), last_modified: kept(LAST_MODIFIED) }
}

/// What an answer without a usable body says, for people.
pub(crate) fn refusal_of(response: &Response) -> String {
    let advice = match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; check the headers and parameters configured for this publisher, a signature may have expired".to_owned()
        }
        _ => text_of(response.headers(), RETRY_AFTER).map(|after| format!("; retry after {after}")).unwrap_or_default(),
    };
    format!("answered {}{advice}", status_of(response))
}

/// An answer's status, for people.
pub(crate) fn status_of(response: &Response) -> String {
    let status = response.status();
    let reason = status.canonical_reason().map_or(String::new(), |reason| format!(" {reason}"));
    format!("http {}{reason}", status.as_u16())
}

#[cfg(test)]
mod tests {
    use openslots_model::PublisherSlug;
    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::SystemClock;
    use crate::target::CrawlTarget;

    /// Asks for a URL that a publisher on the public Internet names.
    async fn named_by_a_public_manifest(url: &str) -> Result<Answer, FetchError> {
        let fetcher = Fetcher::new(Arc::new(CrawlLimits::default()), Arc::new(SystemClock::default()));
        let fetcher = fetcher.expect("a client");
        let slug: PublisherSlug = "clinic".parse().expect("a slug");
        let manifest_url = Url::parse("https://clinic.example/$bulk-publish").expect("a URL");
        let target = CrawlTarget::new(slug, manifest_url);
        let credentials = Credentials::of(&target).expect("no secrets");
        let url = Url::parse(url).expect("a URL");
        let (run, reach) = (fetcher.politeness.begin_run(), Some(Reach::PublicOnly));
        let credentials = &credentials;
        let (validators, bearer, force) = (None, None, false);
        let ask = Ask { url: &url, accept: "*/*", validators, credentials, bearer, reach, run, force };
        fetcher.get(ask).await
    }

    #[tokio::test]
    async fn a_public_manifest_leads_to_no_private_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        // A name is stopped when it is resolved, an address before.
        for host in ["localhost", "127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
            let error = named_by_a_public_manifest(&format!("http://{host}:{port}/")).await.err();
            let error = error.expect("refused").to_string();
            assert!(error.contains("not on the public internet"), "{host}: {error}");
        }
        let connected = timeout(Duration::ZERO, listener.accept()).await;
        assert!(connected.is_err(), "nobody has connected");
    }
}
