//! The section `http`: what clients may take, whose word is taken for who they are, and the operator's token.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::Path;

use openslots_api::server::ServerLimits;
use openslots_api::{AdminToken, ForwardedHeader, RateLimit, RequestLimits, TrustedProxies};

use super::quantity::parse_bytes;
use super::settings::Checker;

/// The settings of the section.
pub(super) const KNOWN: &[&str] = &[
    "http.requests_per_second",
    "http.burst",
    "http.trusted_proxies",
    "http.forwarded_header",
    "http.request_timeout",
    "http.max_body",
    "http.max_waiting_calls",
    "http.max_connections",
    "http.max_connections_per_address",
    "http.head_timeout",
    "http.write_timeout",
    "http.max_head",
    ADMIN_TOKEN,
    ADMIN_TOKEN_FILE,
];

const ADMIN_TOKEN: &str = "http.admin_token";
const ADMIN_TOKEN_FILE: &str = "http.admin_token_file";

/// A head must hold the longest query that is read (16 KiB), and the headers beside it.
const MIN_HEAD_BYTES: u64 = 20 * 1_024;
/// Larger ones would let a few connections hold much memory.
const MAX_HEAD_BYTES: u64 = 1_024 * 1_024;
/// As much again: the API has no use for more, and a body is held whole.
const MAX_BODY_BYTES: u64 = 16 * 1_024 * 1_024;

/// The section, checked.
#[derive(Debug, Clone)]
pub(crate) struct HttpSettings {
    /// What one request and one client may take.
    pub(crate) requests: RequestLimits,
    /// What connections may take.
    pub(crate) server: ServerLimits,
    /// How many calls may wait for room.
    pub(crate) max_waiting_calls: usize,
    /// What the operator's calls must bear; without it there are none.
    pub(crate) admin_token: Option<AdminToken>,
}

impl HttpSettings {
    pub(super) fn check(checker: &mut Checker<'_>) -> Self {
        let requests = RequestLimits::default();
        let server = ServerLimits::default();
        let proxies = TrustedProxies {
            networks: checker.get("http.trusted_proxies", Vec::new(), parse_networks),
            header: checker.get("http.forwarded_header", ForwardedHeader::default(), parse_forwarded_header),
        };
        Self {
            requests: RequestLimits {
                rate: rate(checker, requests.rate),
                proxies: proxies.clone(),
                timeout: checker.duration("http.request_timeout", requests.timeout),
                max_body_bytes: checker.bytes_between("http.max_body", requests.max_body_bytes, 1, MAX_BODY_BYTES),
            },
            server: ServerLimits {
                head_timeout: checker.duration("http.head_timeout", server.head_timeout),
                write_timeout: checker.duration("http.write_timeout", server.write_timeout),
                max_head_bytes: checker.bytes_between(
                    "http.max_head",
                    server.max_head_bytes,
                    MIN_HEAD_BYTES,
                    MAX_HEAD_BYTES,
                ),
                max_connections: checker.count("http.max_connections", server.max_connections),
                max_connections_per_address: checker
                    .count("http.max_connections_per_address", server.max_connections_per_address),
                proxies,
            },
            max_waiting_calls: checker.get("http.max_waiting_calls", 256, |text| {
                text.parse().map_err(|_| format!("`{text}` is not a count; write a whole number from 0"))
            }),
            admin_token: admin_token(checker),
        }
    }
}

/// How many requests an address may send; none of either is no limit.
fn rate(checker: &mut Checker<'_>, default: Option<RateLimit>) -> Option<RateLimit> {
    let requests_per_second =
        checker.get("http.requests_per_second", default.map(|rate| rate.requests_per_second), |text| {
            let number: u32 =
                text.parse().map_err(|_| format!("`{text}` is not a rate; write a whole number, or 0 for no limit"))?;
            Ok::<_, String>(NonZeroU32::new(number))
        });
    let burst = checker.get("http.burst", default.map(|rate| rate.burst), |text| {
        text.parse().map(Some).map_err(|_| format!("`{text}` is not a count; write a whole number from 1"))
    });
    requests_per_second.zip(burst).map(|(requests_per_second, burst)| RateLimit { requests_per_second, burst })
}

/// Addresses and networks, with commas between.
fn parse_networks(text: &str) -> Result<Vec<ipnet::IpNet>, String> {
    let network = |text: &str| {
        let text = text.trim();
        let address = text.parse::<IpAddr>().map(ipnet::IpNet::from);
        address.or_else(|_| text.parse()).map_err(|_| {
            format!("`{text}` is neither an address nor a network; write 127.0.0.1, 10.0.0.0/8 or 2001:db8::/48")
        })
    };
    text.split(',').filter(|network| !network.trim().is_empty()).map(network).collect()
}

fn parse_forwarded_header(text: &str) -> Result<ForwardedHeader, String> {
    match text.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ForwardedHeader::XForwardedFor),
        "forwarded" => Ok(ForwardedHeader::Forwarded),
        _ => Err(format!("`{text}` is neither `X-Forwarded-For` nor `Forwarded`")),
    }
}

/// The token from the environment, or from the file that is named.
fn admin_token(checker: &mut Checker<'_>) -> Option<AdminToken> {
    let file = checker.get(ADMIN_TOKEN_FILE, None, |file| match file {
        "" => Ok(None),
        file => read_token(Path::new(file)).map(Some),
    });
    let token = checker.secret(ADMIN_TOKEN, |text| AdminToken::new(text).map_err(|error| error.to_string()));
    if file.is_some() && token.is_some() {
        checker.fault(ADMIN_TOKEN_FILE, "stands beside a token in the environment; leave one of the two out");
    }
    file.or(token)
}

fn read_token(file: &Path) -> Result<AdminToken, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    AdminToken::new(&text).map_err(|error| format!("{shown}: {error}"))
}

impl Checker<'_> {
    fn bytes_between(&mut self, path: &'static str, default: usize, min: u64, max: u64) -> usize {
        self.get(path, default, |text| {
            let bytes = parse_bytes(text)?;
            let is_within = (min..=max).contains(&bytes);
            let bytes = usize::try_from(bytes).ok().filter(|_| is_within);
            bytes.ok_or_else(|| format!("`{text}` is not a size from {min} to {max} bytes"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::tests::load_text;

    #[test]
    fn the_section_is_read_from_file_and_environment() {
        let text = "[http]\nadmin_token_file = ''\nrequests_per_second = 5\nburst = 7\ntrusted_proxies = '127.0.0.1, 10.0.0.0/8,2001:db8::/48'\n\
                    forwarded_header = 'Forwarded'\nmax_connections = 9\nmax_body = '1KiB'\n";
        let environment = [("OPENSLOTS_HTTP__HEAD_TIMEOUT", "5s"), ("OPENSLOTS_HTTP__MAX_WAITING_CALLS", "0")];
        let http = load_text(text, &environment).expect("a good configuration").http;
        let rate = http.requests.rate.expect("a rate");
        assert_eq!((rate.requests_per_second.get(), rate.burst.get()), (5, 7));
        let networks: Vec<_> = http.requests.proxies.networks.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/48"]);
        assert_eq!(http.requests.proxies.header, ForwardedHeader::Forwarded);
        assert_eq!(http.server.proxies, http.requests.proxies);
        assert_eq!((http.server.max_connections, http.requests.max_body_bytes), (9, 1_024));
        assert_eq!((http.server.head_timeout, http.max_waiting_calls), (Duration::from_secs(5), 0));
        assert!(http.admin_token.is_none());
    }

    #[test]
    fn a_rate_of_nothing_is_no_limit() {
        let http = load_text("[http]\nrequests_per_second = 0\n", &[]).expect("a good configuration").http;
        assert_eq!(http.requests.rate, None);
    }

    #[test]
    fn bad_settings_are_faults_all_at_once() {
        let bad = [
            ("requests_per_second", "-1"),
            ("burst", "0"),
            ("trusted_proxies", "10.0.0.0/8, proxy.example.org"),
            ("forwarded_header", "X-Real-IP"),
            ("request_timeout", "0s"),
            ("max_body", "1GiB"),
            ("max_waiting_calls", "many"),
            ("max_connections", "0"),
            ("max_connections_per_address", "x"),
            ("head_timeout", "soon"),
            ("write_timeout", "-1s"),
            ("max_head", "8KiB"),
        ];
        let text: String = bad.iter().map(|(name, value)| format!("{name} = '{value}'\n")).collect();
        let faults = load_text(&format!("[http]\n{text}"), &[]).expect_err("a refused configuration");
        assert!(faults.starts_with(&format!("the configuration has {} fault(s)", bad.len())), "{faults}");
        for (name, _) in bad {
            assert!(faults.contains(&format!("http.{name}:")), "{name}: {faults}");
        }
    }

    #[test]
    fn the_token_comes_from_the_environment_or_a_file_and_is_never_shown() {
        const NAME: &str = "OPENSLOTS_HTTP__ADMIN_TOKEN";
        const FILE: &str = "OPENSLOTS_HTTP__ADMIN_TOKEN_FILE";
        let token = "a-token-of-which-nobody-may-hear-anything";
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("token");
        std::fs::write(&file, format!("{token}\n")).expect("a written file");
        let file = file.to_str().expect("a path of text");
        for environment in [(NAME, token), (FILE, file)] {
            let settings = load_text("", &[environment]).expect("a good configuration");
            assert!(settings.http.admin_token.is_some());
            assert!(!format!("{settings:?}").contains("nobody-may-hear"));
        }
        let in_file = format!("[http]\nadmin_token = '{token}'\n");
        for (text, environment, want) in [
            (in_file.as_str(), vec![], "is a secret"),
            ("", vec![(NAME, "nobody-may-hear")], "less than 32 characters"),
            ("", vec![(NAME, "")], "less than 32 characters"),
            ("", vec![(NAME, "nobody-may-hear but there is a space in it")], "holds other characters"),
            ("", vec![(FILE, "no/such/file")], "no/such/file cannot be read"),
            ("", vec![(NAME, token), (FILE, file)], "leave one of the two out"),
        ] {
            let faults = load_text(text, &environment).expect_err(want);
            assert!(faults.contains(want), "{faults}");
            assert!(!faults.contains("nobody-may-hear"), "{faults}");
        }
    }
}
