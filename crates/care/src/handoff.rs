//! The way to the booking portal: a published deep link with the referral's parameters.
//!
//! A client may tell the portal who refers (`source`) and by which referral (`booking-referral`); see "Deep links" in
//! the SMART Scheduling Links specification.
//! The link may already have a query or a fragment, so it is parsed and never glued together.

use url::Url;

use crate::Error;

/// Query parameter that names who refers.
pub const SOURCE_PARAMETER: &str = "source";
/// Query parameter that carries the handle of this referral.
pub const REFERRAL_PARAMETER: &str = "booking-referral";
/// Query parameter that the portal gives back, so that its answer finds the attempt (Patient Scheduling guide).
pub const STATE_PARAMETER: &str = "state";
/// Query parameter that says where the portal sends the patient afterwards.
pub const RETURN_URL_PARAMETER: &str = "returnUrl";

/// The URL to send a patient's browser to.
///
/// What the publisher wrote stays: its query comes first, byte for byte, and its fragment is kept.
/// A parameter that the link carries already is replaced, so that the portal never reads two different ones.
/// Without `source` and `referral` the link is only checked.
///
/// # Errors
/// [`Error::Link`] when `link` is not an absolute URL with a host, [`Error::Scheme`] when it is neither http nor https.
pub fn booking_url(link: &str, source: Option<&str>, referral: Option<&str>) -> Result<Url, Error> {
    with_parameters(link, &[(SOURCE_PARAMETER, source), (REFERRAL_PARAMETER, referral)])
}

/// The same for an attempt whose outcome is waited for: the portal is told how to come back.
///
/// # Errors
/// As for [`booking_url`].
pub fn portal_url(
    link: &str,
    source: Option<&str>,
    referral: Option<&str>,
    state: &str,
    return_url: &str,
) -> Result<Url, Error> {
    let parameters = [
        (SOURCE_PARAMETER, source),
        (REFERRAL_PARAMETER, referral),
        (STATE_PARAMETER, Some(state)),
        (RETURN_URL_PARAMETER, Some(return_url)),
    ];
    with_parameters(link, &parameters)
}

fn with_parameters(link: &str, parameters: &[(&str, Option<&str>)]) -> Result<Url, Error> {
    let mut url = Url::parse(link).map_err(|reason| Error::Link { link: link.to_owned(), reason })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Scheme { link: link.to_owned(), scheme: url.scheme().to_owned() });
    }
    for (name, value) in parameters {
        if let Some(value) = value {
            set_parameter(&mut url, name, value);
        }
    }
    Ok(url)
}

/// Sets one query parameter and leaves the bytes of all others alone (a portal may not read what
/// `application/x-www-form-urlencoded` writes as it reads its own).
fn set_parameter(url: &mut Url, name: &str, value: &str) {
    let mut query = String::new();
    let is_named =
        |pair: &&str| url::form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(key, _)| key == name);
    for pair in url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_named(pair)) {
        query.push_str(pair);
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
    url.set_query(Some(&query));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_referral_joins_what_the_link_has() {
        for (link, source, referral, want) in [
            ("https://portal.example.org/book", None, None, "https://portal.example.org/book"),
            ("https://portal.example.org", Some("finder"), None, "https://portal.example.org/?source=finder"),
            (
                "https://portal.example.org/bookings?slot=1000000",
                Some("finder"),
                Some("abc-1"),
                "https://portal.example.org/bookings?slot=1000000&source=finder&booking-referral=abc-1",
            ),
            (
                "https://portal.example.org/#/book/17?x=1",
                Some("finder"),
                None,
                "https://portal.example.org/?source=finder#/book/17?x=1",
            ),
            (
                "https://portal.example.org/?a=b#f",
                None,
                Some("r"),
                "https://portal.example.org/?a=b&booking-referral=r#f",
            ),
            (
                "https://portal.example.org/?a=%7E+b&flag",
                Some("s"),
                None,
                "https://portal.example.org/?a=%7E+b&flag&source=s",
            ),
            (
                "https://portal.example.org/?source=old&a=1",
                Some("new"),
                None,
                "https://portal.example.org/?a=1&source=new",
            ),
            ("https://portal.example.org/?source=old", None, None, "https://portal.example.org/?source=old"),
            ("https://portal.example.org/?", Some("s"), None, "https://portal.example.org/?source=s"),
            (
                "http://portal.example.org/a b",
                Some("a&b=c#d"),
                Some("é\r\n"),
                "http://portal.example.org/a%20b?source=a%26b%3Dc%23d&booking-referral=%C3%A9%0D%0A",
            ),
        ] {
            assert_eq!(booking_url(link, source, referral).as_ref().map(Url::as_str), Ok(want), "{link}");
        }
    }

    #[test]
    fn links_that_no_browser_may_follow_are_refused() {
        for link in ["javascript:alert(1)", "data:text/html,x", "tel:+15551234567", "ftp://portal.example.org/"] {
            assert!(matches!(booking_url(link, None, None), Err(Error::Scheme { .. })), "{link}");
        }
        for link in ["", "portal.example.org/book", "/book", "https://", "http://[::1", "https://exa mple.org"] {
            assert!(matches!(booking_url(link, None, None), Err(Error::Link { .. })), "{link}");
        }
    }

    proptest! {
        #[test]
        fn the_referral_is_read_back_as_it_was_given(source in ".{0,40}", referral in ".{0,40}", query in "[a-z0-9=&%+.]{0,30}", fragment in "[a-z/?=&]{0,20}") {
            let link = format!("https://portal.example.org/book?{query}#{fragment}");
            let url = booking_url(&link, Some(&source), Some(&referral)).expect("a link");
            let read = |name: &str| {
                url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
            };
            prop_assert_eq!(read(SOURCE_PARAMETER), vec![source]);
            prop_assert_eq!(read(REFERRAL_PARAMETER), vec![referral]);
            prop_assert_eq!(url.fragment(), Some(fragment.as_str()));
            prop_assert_eq!(url.host_str(), Some("portal.example.org"));
            prop_assert_eq!(url.path(), "/book");
        }

        #[test]
        fn no_link_panics(link in ".{0,60}", source in proptest::option::of(".{0,10}")) {
            if let Ok(url) = booking_url(&link, source.as_deref(), None) {
                prop_assert!(matches!(url.scheme(), "http" | "https"));
            }
        }
    }
}
