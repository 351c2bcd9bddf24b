//! Which addresses a crawl may reach.
//!
//! The operator may configure a manifest on any address. A URL that a publisher names, in a manifest or by a redirect,
//! may lead to a private address only if the configured manifest itself is on one; else a publisher could make this
//! machine ask its own network. What counts is the address that is really connected to, so names are checked when
//! they are resolved.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// How far a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any address: what the operator configured, or what a publisher on a private address names.
    Anywhere,
    /// Addresses of the public Internet.
    PublicOnly,
}

impl Reach {
    /// How far URLs may go that are named by a manifest on this address.
    pub(crate) fn of_manifest_at(address: Option<SocketAddr>) -> Self {
        match address {
            Some(address) if !is_public(address.ip()) => Self::Anywhere,
            _ => Self::PublicOnly,
        }
    }

    /// Whether this address is within reach.
    pub(crate) fn covers(self, ip: IpAddr) -> bool {
        self == Self::Anywhere || is_public(ip)
    }
}

/// Why an address is out of reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("has scheme `{0}`; only http and https are fetched")]
    Scheme(String),
    #[error(
        "leads to {0}, which is not on the public internet; only a manifest that is on such an address may name one"
    )]
    NotPublic(String),
    #[error("has no host")]
    NoHost,
}

/// Checks what a URL says by itself; a name is checked by [`PolicyResolver`] when it is resolved.
pub(crate) fn check_url(url: &Url, reach: Reach) -> Result<(), AddressError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressError::Scheme(url.scheme().to_owned()));
    }
    let literal = match url.host().ok_or(AddressError::NoHost)? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip),
        Host::Domain(_) => return Ok(()),
    };
    if reach.covers(literal) { Ok(()) } else { Err(AddressError::NotPublic(literal.to_string())) }
}

/// Resolves names, keeping the addresses that are within reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyResolver(pub(crate) Reach);

impl Resolve for PolicyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let within = within_reach(name.as_str(), &found, reach)?;
            Ok(Box::new(within.into_iter()) as Addrs)
        })
    }
}

fn within_reach(name: &str, found: &[SocketAddr], reach: Reach) -> Result<Vec<SocketAddr>, AddressError> {
    let within: Vec<_> = found.iter().copied().filter(|address| reach.covers(address.ip())).collect();
    match (within.is_empty(), found.first()) {
        (true, Some(outside)) => Err(AddressError::NotPublic(format!("{} (the address of `{name}`)", outside.ip()))),
        _ => Ok(within),
    }
}

/// Whether an address is one of the public Internet: none of the special ones of RFC 6890 and its successors.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match embedded_v4(ip) {
            Some(ip) => is_public_v4(ip),
            None => is_public_v6(ip),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a >= 240
        // Carrier-grade NAT, protocol assignments, benchmarking.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // Of all IPv6 only 2000::/3 is given out to the public; Teredo, documentation and the like lie inside it.
    let is_special = match a {
        0x2001 => b < 0x0200 || b == 0x0db8,
        0x3fff => b < 0x1000,
        _ => false,
    };
    a & 0xe000 == 0x2000 && !is_special
}

/// The IPv4 address that an IPv6 one leads to: mapped, compatible, NAT64 or 6to4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // `::` and `::1` have this form too; as IPv4 they are 0.0.0.0/8, which is not public either.
        [0, 0, 0, 0, 0, 0, high, low] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_told_from_special_ones() {
        for (text, want) in [
            ("8.8.8.8", true),
            ("172.15.0.1", true),
            ("172.32.0.1", true),
            ("100.128.0.1", true),
            ("192.0.1.1", true),
            ("2606:4700::1111", true),
            ("2a00:1450::1", true),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::808:808", true),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("192.0.0.8", false),
            ("198.18.0.1", false),
            ("203.0.113.9", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fd12::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(text.parse().expect(text)), want, "{text}");
        }
    }

    #[test]
    fn urls_lead_where_they_may() {
        use Reach::{Anywhere, PublicOnly};
        for (url, reach, want) in [
            ("https://clinic.example.org/slots", PublicOnly, true),
            ("http://93.184.216.34/", PublicOnly, true),
            ("http://127.0.0.1:9001/", PublicOnly, false),
            ("http://127.0.0.1:9001/", Anywhere, true),
            // The other ways to write 127.0.0.1.
            ("http://2130706433/", PublicOnly, false),
            ("http://0x7f.1/", PublicOnly, false),
            ("http://[::1]/", PublicOnly, false),
            ("http://[::ffff:10.0.0.1]/", PublicOnly, false),
            ("http://169.254.169.254/latest/meta-data", PublicOnly, false),
            ("file:///etc/passwd", Anywhere, false),
            ("ftp://clinic.example.org/", Anywhere, false),
            ("data:text/plain,x", Anywhere, false),
        ] {
            assert_eq!(check_url(&Url::parse(url).expect(url), reach).is_ok(), want, "{url} {reach:?}");
        }
    }

    #[test]
    fn what_a_manifest_may_name_depends_on_where_it_is() {
        for (address, want) in [
            (Some("127.0.0.1:80"), Reach::Anywhere),
            (Some("10.1.2.3:80"), Reach::Anywhere),
            (Some("[fe80::1]:80"), Reach::Anywhere),
            (Some("8.8.8.8:443"), Reach::PublicOnly),
            (None, Reach::PublicOnly),
        ] {
            let address = address.map(|text| text.parse().expect("an address"));
            assert_eq!(Reach::of_manifest_at(address), want, "{address:?}");
        }
    }

    #[test]
    fn a_name_is_resolved_to_what_is_within_reach() {
        let at = |text: &str| -> SocketAddr { text.parse().expect("an address") };
        let (public, private) = (at("8.8.8.8:0"), at("127.0.0.1:0"));
        let only = |found: &[SocketAddr]| within_reach("x.example", found, Reach::PublicOnly);
        assert_eq!(only(&[private, public]), Ok(vec![public]));
        assert!(only(&[private]).is_err_and(|error| error.to_string().contains("`x.example`")));
        assert_eq!(only(&[]), Ok(vec![]));
        assert_eq!(within_reach("x.example", &[private], Reach::Anywhere), Ok(vec![private]));
    }
}
