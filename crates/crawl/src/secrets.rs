//! What is secret of a publisher: which parameters carry a credential, where configured secrets may go, and how URLs
//! are shown and kept without them.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Url, form_urlencoded};

use crate::target::CrawlTarget;

/// Query parameters that carry a credential wherever they are seen; their values are never shown.
///
/// CloudFront's `Policy` and `Key-Pair-Id` are none: they open nothing without the `Signature` that stands beside them.
const CREDENTIAL_PARAMETERS: [&str; 16] = [
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "client_assertion",
    "client_secret",
    "passwd",
    "password",
    "secret",
    "sig",
    "signature",
    "subscription-key",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
];
/// Query parameters that carry a credential if their value is as long as one: `code` is the key of an Azure Function,
/// and elsewhere that of a state, which tells two publishers apart.
const MAYBE_CREDENTIAL_PARAMETERS: [&str; 2] = ["code", "key"];
/// Shorter values are no keys.
const MIN_KEY_CHARS: usize = 20;
/// Shorter secrets are not looked for in texts: they are found in words that have nothing to do with them.
const MIN_CENSORED_BYTES: usize = 4;

/// Query parameters that come with a signature and change whole with it (Azure, Amazon, Google, CloudFront).
const OF_SIGNATURES: [&str; 18] = [
    "awsaccesskeyid",
    "expires",
    "googleaccessid",
    "key-pair-id",
    "policy",
    "se",
    "ske",
    "skoid",
    "sks",
    "skt",
    "sktid",
    "skv",
    "sp",
    "spr",
    "sr",
    "srt",
    "st",
    "sv",
];

/// A URL as it may be kept and shown: without user and password, and where its query carries a credential without that
/// and all that changes with it. Any other parameter may be what tells two publishers of one host apart, and stays.
pub fn without_secrets(url: &Url) -> Url {
    let mut url = url.clone();
    if url.query_pairs().any(|(name, value)| is_credential(&name, &value)) {
        let is_of_signature = |name: &str| {
            let name = name.to_ascii_lowercase();
            OF_SIGNATURES.contains(&name.as_str()) || name.starts_with("x-amz-") || name.starts_with("x-goog-")
        };
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, value)| !is_credential(name, value) && !is_of_signature(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    // A URL that cannot have a user has none to remove.
    if url.set_username("").is_ok() {
        url.set_password(None).ok();
    }
    url
}

fn is_credential(parameter: &str, value: &str) -> bool {
    let name = parameter.to_ascii_lowercase();
    let is_one_of = |names: &[&str]| names.contains(&name.as_str());
    is_one_of(&CREDENTIAL_PARAMETERS)
        || (is_one_of(&MAYBE_CREDENTIAL_PARAMETERS) && value.chars().nth(MIN_KEY_CHARS - 1).is_some())
}

/// A target's secrets and the host they are for.
#[derive(Clone)]
pub(crate) struct Credentials {
    home: Url,
    headers: HeaderMap,
    query: Vec<(String, String)>,
}

impl Credentials {
    /// The secrets of a target; an error names a header that cannot be sent.
    pub(crate) fn of(target: &CrawlTarget) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &target.headers {
            let unusable = |what| format!("configured header `{name}` cannot be sent: its {what} is not legal in http");
            let header_name = HeaderName::try_from(name.as_str()).map_err(|_| unusable("name"))?;
            let mut header_value = HeaderValue::try_from(value.as_str()).map_err(|_| unusable("value"))?;
            header_value.set_sensitive(true);
            headers.append(header_name, header_value);
        }
        Ok(Self { home: target.manifest_url.clone(), headers, query: target.query.clone() })
    }

    /// The URL as it is asked for: with what is configured if it is at home, without a fragment.
    pub(crate) fn request_url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        url.set_fragment(None);
        if !self.may_follow_to(&url) {
            return url;
        }
        if url.username().is_empty() && url.password().is_none() && !self.home.username().is_empty() {
            // An http URL can have a user; both parts are percent-encoded already.
            let is_set = url.set_username(self.home.username()).and_then(|()| url.set_password(self.home.password()));
            debug_assert!(is_set.is_ok());
        }
        for (name, value) in &self.query {
            if !url.query_pairs().any(|(known, _)| known == *name) {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        url
    }

    /// The secret headers, if the URL is at home.
    pub(crate) fn headers_for(&self, url: &Url) -> Option<&HeaderMap> {
        self.may_follow_to(url).then_some(&self.headers)
    }

    /// Whether anything secret is configured.
    pub(crate) fn are_there(&self) -> bool {
        !self.headers.is_empty() || !self.query.is_empty() || !self.home.username().is_empty()
    }

    /// Whether secrets may be sent to the URL.
    pub(crate) fn may_follow_to(&self, url: &Url) -> bool {
        may_follow(&self.home, url)
    }

    /// The URL as it may be kept to be asked for again: without user, password and configured parameters, which come
    /// back when it is asked for. `None` if it carries another credential, which would be gone.
    pub(crate) fn kept(&self, url: &Url) -> Option<String> {
        let shown = self.shown(url);
        (!shown.contains("=***")).then_some(shown)
    }

    /// The URL as it may be shown and kept: without configured parameters, user, password, fragment and the values of
    /// parameters that carry a credential.
    pub(crate) fn shown(&self, url: &Url) -> String {
        let is_home = self.may_follow_to(url);
        let mut url = without_user(url);
        if let Some(query) = url.query() {
            let shown =
                query.split('&').filter_map(|pair| self.shown_parameter(pair, is_home)).collect::<Vec<_>>().join("&");
            if shown != query {
                url.set_query(Some(shown.as_str()).filter(|shown| !shown.is_empty()));
            }
        }
        url.into()
    }

    /// A text that a publisher answered, without what is secret: a page may repeat the URL and headers that it was
    /// asked with.
    pub(crate) fn censored(&self, text: &str, asked: &Url) -> String {
        let mut secrets: Vec<String> = self.query.iter().map(|(_, value)| value.clone()).collect();
        secrets.extend(self.headers.values().filter_map(|value| value.to_str().ok().map(str::to_owned)));
        for url in [&self.home, asked] {
            secrets.extend(url.password().map(str::to_owned));
            for pair in url.query().unwrap_or_default().split('&') {
                let (name, value) = form_urlencoded::parse(pair.as_bytes()).next().unwrap_or_default();
                if is_credential(&name, &value) {
                    let written = pair.split_once('=').map_or("", |(_, written)| written);
                    secrets.extend([value.into_owned(), written.to_owned()]);
                }
            }
        }
        // A parameter is asked with in its percent-encoded form.
        let encoded = |secret: &String| form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
        secrets.extend(secrets.iter().map(encoded).collect::<Vec<_>>());
        secrets.retain(|secret| secret.len() >= MIN_CENSORED_BYTES);
        // The longest first: one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }

    /// `is_home`: whether it is a place to which configured parameters are added.
    fn shown_parameter(&self, pair: &str, is_home: bool) -> Option<String> {
        let (name, value) = form_urlencoded::parse(pair.as_bytes()).next().unwrap_or_default();
        let configured = self.query.iter().find(|(configured, _)| **configured == *name);
        // It comes back when the URL is asked for. Elsewhere it is another parameter, unless it repeats the secret.
        if configured.is_some() && is_home {
            return None;
        }
        let is_secret = configured.is_some_and(|(_, secret)| **secret == *value);
        Some(if is_secret || is_credential(&name, &value) { format!("{name}=***") } else { pair.to_owned() })
    }
}

/// Whether secrets meant for `home` may be sent to `url`: the same host and port, and not from https down to http.
fn may_follow(home: &Url, url: &Url) -> bool {
    if home.host() != url.host() {
        return false;
    }
    let parts = |url: &Url| (url.scheme().to_owned(), url.port_or_known_default());
    let upgraded = parts(home) == ("http".to_owned(), Some(80)) && parts(url) == ("https".to_owned(), Some(443));
    parts(home) == parts(url) || upgraded
}

/// The manifest's URL as it may be shown: without user, password, query (shared access signatures) and fragment.
pub(crate) fn without_query(url: &Url) -> String {
    let mut url = without_user(url);
    url.set_query(None);
    url.into()
}

pub(crate) fn without_user(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    // A URL that cannot have a user has none.
    if url.set_username("").is_ok() {
        url.set_password(None).ok();
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    fn target(manifest: &str) -> CrawlTarget {
        CrawlTarget {
            headers: vec![("CLIENT_ID".to_owned(), "hush-header".to_owned())],
            query: vec![("key".to_owned(), "hush-query".to_owned())],
            ..CrawlTarget::new("clinic".parse().expect("a slug"), url(manifest))
        }
    }

    #[test]
    fn secrets_stay_at_home() {
        for (home, other, want) in [
            ("https://a.example/$bulk-publish", "https://a.example/slots", true),
            ("https://a.example/x", "https://a.example:443/y", true),
            ("http://a.example/x", "https://a.example/x", true),
            ("https://a.example/x", "http://a.example/x", false),
            ("https://a.example/x", "https://a.example:8443/x", false),
            ("http://a.example:8080/x", "https://a.example:8443/x", false),
            ("https://a.example/x", "https://b.a.example/x", false),
            ("https://a.example/x", "https://a.example.evil.example/x", false),
            ("http://127.0.0.1:1/x", "http://127.0.0.1:2/x", false),
        ] {
            assert_eq!(may_follow(&url(home), &url(other)), want, "{home} -> {other}");
            let credentials = Credentials::of(&target(home)).expect("usable");
            let asked = credentials.request_url(&url(other));
            assert_eq!(asked.as_str().contains("hush-query"), want, "{asked}");
            assert_eq!(credentials.headers_for(&asked).is_some(), want, "{asked}");
        }
    }

    #[test]
    fn user_and_password_go_to_files_of_the_same_host() {
        let credentials = Credentials::of(&target("https://me:p%40ss@a.example/$bulk-publish")).expect("usable");
        for (asked, want) in [
            ("https://a.example/s?x=1#f", "https://me:p%40ss@a.example/s?x=1&key=hush-query"),
            ("https://a.example/s?key=own", "https://me:p%40ss@a.example/s?key=own"),
            ("https://b.example/s", "https://b.example/s"),
        ] {
            assert_eq!(credentials.request_url(&url(asked)).as_str(), want);
        }
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let credentials = Credentials::of(&target("https://a.example/$bulk-publish")).expect("usable");
        for (secret, want) in [
            ("https://a.example/s?key=hush", "https://a.example/s"),
            ("https://a.example/s?part=2&key=hush", "https://a.example/s?part=2"),
            ("https://a.example/s?se=2027&sig=hush%3D", "https://a.example/s?se=2027&sig=***"),
            ("https://me:hush@a.example/s#hush", "https://a.example/s"),
            ("https://a.example/s?q=a%20b&c", "https://a.example/s?q=a%20b&c"),
            ("https://b.example/s?key=3", "https://b.example/s?key=3"),
            ("https://b.example/s?key=hush-query", "https://b.example/s?key=***"),
            ("https://a.example/s?code=MA&policy=open", "https://a.example/s?code=MA&policy=open"),
            ("https://a.example/s?Code=hush56789012345678901%3D%3D", "https://a.example/s?Code=***"),
            ("https://a.example/s?client_assertion=hush", "https://a.example/s?client_assertion=***"),
        ] {
            assert_eq!(credentials.shown(&url(secret)), want);
        }
        let debug = format!("{:?}", target("https://me:hush@a.example/s?sig=hush"));
        assert!(!debug.contains("hush"), "{debug}");
    }

    #[test]
    fn what_a_publisher_repeats_is_censored() {
        let credentials = Credentials::of(&target("https://me:p%40ssword@a.example/x")).expect("usable");
        let asked = url("https://a.example/x?part=main&sig=hush%2Fsig&token=abc");
        for (text, want) in [
            ("no `/x?part=main&sig=hush%2Fsig` here", "no `/x?part=main&sig=***` here"),
            ("sig hush/sig, key hush-query, CLIENT_ID hush-header", "sig ***, key ***, CLIENT_ID ***"),
            ("me:p%40ssword", "me:***"),
            ("abc is too short to be looked for", "abc is too short to be looked for"),
        ] {
            assert_eq!(credentials.censored(text, &asked), want);
        }
    }

    #[test]
    fn what_is_kept_tells_publishers_apart_and_holds_no_secret() {
        for (given, want) in [
            ("https://me:pw@a.example/p?state=MA", "https://a.example/p?state=MA"),
            ("https://a.example/p?clinic=1&code=0123456789abcdef0123", "https://a.example/p?clinic=1"),
            ("https://a.example/p?clinic=2&code=0123456789abcdef0123", "https://a.example/p?clinic=2"),
            ("https://a.example/p?sv=1&se=2027-01-01&clinic=1&sig=hush", "https://a.example/p?clinic=1"),
            ("https://a.example/p?X-Amz-Date=1&X-Amz-Signature=hush", "https://a.example/p"),
            ("https://a.example/p?se=2027-01-01", "https://a.example/p?se=2027-01-01"),
        ] {
            assert_eq!(without_secrets(&url(given)).as_str(), want);
        }
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_named() {
        let mut target = target("https://a.example/x");
        target.headers = vec![("CLIENT_ID".to_owned(), "hush\n".to_owned())];
        let error = Credentials::of(&target).err().expect("refused");
        assert!(error.contains("`CLIENT_ID`") && !error.contains("hush"), "{error}");
    }
}
