//! When access by a signed URL ends: read from its own parameters, so that people hear of it before it happens.
//!
//! Forms: Azure shared access signatures (`se`, `ske`), version 4 signatures of Amazon and Google (date and lifetime),
//! and the older `Expires` of CloudFront, S3 and Google. Where no signature is, such names mean something else.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use openslots_model::UnixSeconds;

use crate::target::CrawlTarget;

impl CrawlTarget {
    /// When access to the manifest ends, if its URL or the configured query parameters are signed and say so.
    pub fn access_expires_at(&self) -> Option<UnixSeconds> {
        let of_url = self.manifest_url.query_pairs().into_owned();
        earliest_end(&of_url.chain(self.query.iter().cloned()).collect::<Vec<_>>())
    }
}

fn earliest_end(parameters: &[(String, String)]) -> Option<UnixSeconds> {
    let value = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let with = |signature: &str, end: Option<UnixSeconds>| value(signature).and(end);
    let azure = |name| with("sig", value(name).and_then(instant));
    let version_4 = |prefix: &str| {
        let signed_at = value(&format!("X-{prefix}-Date")).and_then(instant)?;
        let lifetime: u32 = value(&format!("X-{prefix}-Expires"))?.parse().ok()?;
        with(&format!("X-{prefix}-Signature"), Some(signed_at.plus_seconds(i64::from(lifetime))))
    };
    let older = with("Signature", value("Expires").and_then(epoch));
    [azure("se"), azure("ske"), version_4("Amz"), version_4("Goog"), older].into_iter().flatten().min()
}

/// An instant, or the beginning of a date in UTC.
fn instant(text: &str) -> Option<UnixSeconds> {
    // A plus that was not percent-encoded is read as a space.
    let text = text.replace(' ', "+");
    let in_utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let at: Option<jiff::Timestamp> = text.parse().ok().or_else(|| text.parse().ok().and_then(in_utc));
    at.map(|at| UnixSeconds(at.as_second()))
}

/// Seconds since 1970, if they lie in a year that can be written.
fn epoch(text: &str) -> Option<UnixSeconds> {
    let at = jiff::Timestamp::from_second(text.parse().ok()?).ok()?;
    Some(UnixSeconds(at.as_second()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use url::Url;

    use super::*;

    fn expires_at(url: &Url) -> Option<UnixSeconds> {
        earliest_end(&url.query_pairs().into_owned().collect::<Vec<_>>())
    }

    fn url(query: &str) -> Url {
        Url::parse(&format!("https://clinic.example.org/$bulk-publish?{query}")).expect(query)
    }

    #[test]
    fn ends_are_read_in_every_form() {
        for (query, want) in [
            // Azure.
            ("sv=2022-11-02&se=2027-03-01T10:30:00Z&sr=c&sig=hush%3D", Some("2027-03-01T10:30:00Z")),
            ("se=2027-03-01T10%3A30%3A00Z&sig=hush", Some("2027-03-01T10:30:00Z")),
            ("se=2027-03-01T10:30Z&sig=hush", Some("2027-03-01T10:30:00Z")),
            ("se=2027-03-01T10:30:00.1234567Z&sig=hush", Some("2027-03-01T10:30:00Z")),
            ("se=2027-03-01T10:30:00%2B02:00&sig=hush", Some("2027-03-01T08:30:00Z")),
            ("se=2027-03-01T10:30:00+02:00&sig=hush", Some("2027-03-01T08:30:00Z")),
            ("se=2027-03-01&sig=hush", Some("2027-03-01T00:00:00Z")),
            ("se=2027-03-01&ske=2027-02-01&sig=hush", Some("2027-02-01T00:00:00Z")),
            ("se=2027-03-01", None),
            ("se=2027-02-30&sig=hush", None),
            ("se=soon&sig=hush", None),
            ("se=&sig=hush", None),
            ("si=policy&sig=hush", None),
            // Amazon and Google, version 4.
            (
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20270101T000000Z&X-Amz-Expires=604800&X-Amz-Signature=hush",
                Some("2027-01-08T00:00:00Z"),
            ),
            ("x-amz-date=20270101T000000Z&x-amz-expires=1&x-amz-signature=hush", Some("2027-01-01T00:00:01Z")),
            ("X-Goog-Date=20271231T235959Z&X-Goog-Expires=1&X-Goog-Signature=hush", Some("2028-01-01T00:00:00Z")),
            ("X-Amz-Date=20270101T000000Z&X-Amz-Expires=604800", None),
            ("X-Amz-Date=20270101T000000Z&X-Amz-Signature=hush", None),
            ("X-Amz-Expires=604800&X-Amz-Signature=hush", None),
            ("X-Amz-Date=20270101T000000Z&X-Amz-Expires=-1&X-Amz-Signature=hush", None),
            ("X-Amz-Date=20270101T000000Z&X-Goog-Expires=1&X-Amz-Signature=hush", None),
            // CloudFront, S3 version 2.
            ("Expires=1798761600&Signature=hush&Key-Pair-Id=K", Some("2027-01-01T00:00:00Z")),
            ("AWSAccessKeyId=A&Expires=1798761600&Signature=hush", Some("2027-01-01T00:00:00Z")),
            ("Expires=1798761600", None),
            ("Expires=1798761600000&Signature=hush", None),
            ("Expires=99999999999999999999&Signature=hush", None),
            // The first end ends it all.
            ("se=2027-03-01&sig=hush&Expires=1798761600&Signature=hush", Some("2027-01-01T00:00:00Z")),
            ("part=1", None),
            ("", None),
        ] {
            assert_eq!(expires_at(&url(query)).map(|at| at.to_string()).as_deref(), want, "{query}");
        }
    }

    #[test]
    fn configured_parameters_count_with_the_urls_own() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (end, signature) = (pair("se", "2027-03-01"), pair("sig", "hush"));
        for (query, configured, want) in [
            ("", vec![end.clone(), signature.clone()], Some(1_803_859_200)),
            ("se=2027-03-01", vec![signature.clone()], Some(1_803_859_200)),
            ("se=2027-03-01&sig=hush", vec![], Some(1_803_859_200)),
            ("se=2027-03-01", vec![pair("key", "hush")], None),
        ] {
            let slug = "clinic".parse().expect("a slug");
            let target = CrawlTarget { query: configured, ..CrawlTarget::new(slug, url(query)) };
            assert_eq!(target.access_expires_at().map(|at| at.0), want, "{query}");
        }
    }

    proptest! {
        #[test]
        fn any_parameters_have_an_end_or_none(values in prop::collection::vec("[-+:.0-9TZa-z ]{0,24}", 9)) {
            let names = [
                "se", "ske", "sig", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "Expires", "Signature", "sv",
            ];
            let parameters: Vec<_> = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
            let end = earliest_end(&parameters);
            prop_assert!(end.is_none() || parameters.iter().any(|(_, value)| !value.trim().is_empty()));
        }
    }
}
