//! Whether a booking link can be followed.

use url::Url;

/// The link without white space around it if it is an http or https URL.
///
/// Parsing every link as a URL would cost more than all else about a slot; a link of the plain form (a host of
/// letters, digits, dots and dashes, then printable ASCII) is taken without.
pub(super) fn usable_link(text: &str) -> Option<&str> {
    let link = text.trim();
    (is_plainly_usable(link) || is_http_url(link)).then_some(link)
}

fn is_plainly_usable(link: &str) -> bool {
    let Some(rest) = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")) else { return false };
    let host_end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (host, tail) = rest.as_bytes().split_at(host_end);
    let is_host_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    // A last label that does not start with a letter may be a bad IPv4 address, and `xn--` a bad international name.
    let last_label = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    last_label.first().is_some_and(u8::is_ascii_alphabetic)
        && host.iter().all(is_host_byte)
        && !host.windows(4).any(|four| four.eq_ignore_ascii_case(b"xn--"))
        && tail.iter().all(u8::is_ascii_graphic)
}

fn is_http_url(link: &str) -> bool {
    Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_http_links_are_usable() {
        for (text, want) in [
            ("https://example.org/book?slot=1#x", Some("https://example.org/book?slot=1#x")),
            (" http://example.org ", Some("http://example.org")),
            ("HTTPS://EXAMPLE.ORG/", Some("HTTPS://EXAMPLE.ORG/")),
            ("https://127.0.0.1:8080/x", Some("https://127.0.0.1:8080/x")),
            ("https://[::1]/x", Some("https://[::1]/x")),
            ("https://example.org/übung", Some("https://example.org/übung")),
            ("https://1.2.3.256/", None),
            ("https://", None),
            ("https:///path", Some("https:///path")),
            ("javascript:alert(1)", None),
            ("ftp://example.org/", None),
            ("mailto:a@example.org", None),
            ("example.org/book", None),
            ("/book", None),
            ("", None),
        ] {
            assert_eq!(usable_link(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_unparsed_could_have_been_parsed(link in "https?://[a-zA-Z0-9.-]{1,12}[/?#]?[!-~]{0,10}") {
            prop_assert!(!is_plainly_usable(&link) || is_http_url(&link), "{}", link);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = usable_link(&text);
        }
    }
}
