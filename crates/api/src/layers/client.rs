//! Who asks: the address of the client, seen through the operator's own proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// The header that tells the client's address where nothing else is set; not registered, but what most proxies send.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The header in which a proxy tells whom it speaks for.
///
/// Only one is believed: a proxy that writes one of them lets the other through as the client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: addresses with commas between.
    #[default]
    XForwardedFor,
    /// `Forwarded` of RFC 7239.
    Forwarded,
}

/// The proxies whose word is taken for a client's address; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Vec<IpNet>,
    /// Where they tell it.
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// Whether an address is that of a proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The address of the client whose request came from `peer`.
    ///
    /// Each proxy adds whom it heard the request from at the right end, so the list is walked from there past proxies
    /// that are trusted. The first address that is not one of them is the client's; what stands left of it, the client
    /// may have written itself. A hop that names no address (`unknown`, `_hidden`) ends the walk at the proxy that told
    /// it.
    pub(crate) fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.contains(client) {
            return client;
        }
        for hop in self.hops(headers).into_iter().rev() {
            let Some(address) = hop else { break };
            client = address.to_canonical();
            if !self.contains(client) {
                break;
            }
        }
        client
    }

    /// The hops as told, from the client's end; `None` for one that is no address.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let mut hops = Vec::new();
        for value in headers.get_all(name) {
            match (value.to_str(), self.header) {
                (Err(_), _) => hops.push(None),
                (Ok(text), ForwardedHeader::XForwardedFor) => hops.extend(text.split(',').map(parse_address)),
                (Ok(text), ForwardedHeader::Forwarded) => hops.extend(split_unquoted(text, ',').map(forwarded_for)),
            }
        }
        hops
    }
}

/// The address of the parameter `for` of an element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut values = split_unquoted(element, ';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    });
    let value = values.next()?.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    // Twice is a forgery or a fault, and neither can be believed.
    if values.next().is_some() { None } else { parse_address(value) }
}

/// An address, with or without a port, an IPv6 address with or without brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let in_brackets = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(address) = in_brackets {
        return address.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The parts between separators that do not stand in double quotes.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c| {
        let is_literal = std::mem::take(&mut is_escaped);
        match c {
            '\\' if is_quoted && !is_literal => is_escaped = true,
            '"' if !is_literal => is_quoted = !is_quoted,
            c => return c == separator && !is_quoted,
        }
        false
    })
}

/// What limits are counted by: an IPv4 address, or the 64 bits of an IPv6 address that a single customer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientKey(IpAddr);

impl ClientKey {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: ForwardedHeader) -> TrustedProxies {
        let networks = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:1::/48"].map(|network| network.parse().unwrap());
        TrustedProxies { networks: networks.to_vec(), header }
    }

    fn client(header: ForwardedHeader, peer: &str, values: &[&str]) -> String {
        let name = match header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        proxies(header).client_of(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn x_forwarded_for_is_walked_from_the_right() {
        for (peer, values, want) in [
            ("198.51.100.1", &["203.0.113.9"][..], "198.51.100.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
            ("10.0.0.1", &["127.0.0.1, 203.0.113.9", "10.0.0.7, 127.0.0.1"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", &["[2001:db8::9]:4711"], "2001:db8::9"),
            ("10.0.0.1", &["2001:db8::9, 2001:db8:1::1"], "2001:db8::9"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9, unknown, 10.0.0.7"], "10.0.0.7"),
            ("10.0.0.1", &["203.0.113.9,"], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            assert_eq!(client(ForwardedHeader::XForwardedFor, peer, values), want, "{peer} {values:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_has_it() {
        for (peer, values, want) in [
            ("198.51.100.1", &["for=203.0.113.9"][..], "198.51.100.1"),
            ("10.0.0.1", &["for=203.0.113.9;proto=https;by=10.0.0.1"], "203.0.113.9"),
            ("10.0.0.1", &["proto=https; For = \"[2001:db8::9]:4711\""], "2001:db8::9"),
            ("10.0.0.1", &["for=1.1.1.1, for=203.0.113.9", "for=10.0.0.7"], "203.0.113.9"),
            ("10.0.0.1", &["for=203.0.113.9;host=\"a,for=1.1.1.1\""], "203.0.113.9"),
            ("10.0.0.1", &["for=203.0.113.9;host=\"a\\\",for=1.1.1.1\""], "203.0.113.9"),
            ("10.0.0.1", &["for=_hidden, for=10.0.0.7"], "10.0.0.7"),
            ("10.0.0.1", &["for=unknown"], "10.0.0.1"),
            ("10.0.0.1", &["for=203.0.113.9;for=1.1.1.1"], "10.0.0.1"),
            ("10.0.0.1", &["by=203.0.113.9"], "10.0.0.1"),
        ] {
            assert_eq!(client(ForwardedHeader::Forwarded, peer, values), want, "{peer} {values:?}");
        }
    }

    #[test]
    fn only_the_header_that_is_set_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert(header::FORWARDED, HeaderValue::from_static("for=203.0.113.9"));
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(proxies(ForwardedHeader::XForwardedFor).client_of(peer, &headers), peer);
    }

    #[test]
    fn an_ipv6_customer_is_one_client() {
        let key = |text: &str| ClientKey::of(text.parse().unwrap());
        assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::2"));
        assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
        assert_eq!(key("::ffff:203.0.113.9"), key("203.0.113.9"));
        assert_ne!(key("203.0.113.9"), key("203.0.113.8"));
    }

    proptest! {
        #[test]
        fn what_a_client_writes_before_its_own_address_changes_nothing(forged in "[ -~]{0,40}") {
            // In quotes that the client opens and does not close, a `Forwarded` is the proxy's to mend or to drop.
            let value = format!("{forged}, 203.0.113.9");
            prop_assert_eq!(client(ForwardedHeader::XForwardedFor, "10.0.0.1", &[&value]), "203.0.113.9");
        }
    }
}
