//! What the headers of an answer say beside its body.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openslots_model::UnixSeconds;
use reqwest::StatusCode;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, HeaderMap, RETRY_AFTER};

use crate::fetch::text_of;

/// Differences of clocks up to this are the way of the answer, in seconds.
const NO_SKEW_SECONDS: i64 = 5;

/// Seconds of `Cache-Control: max-age`; those of `no-store` and `no-cache` wish nothing.
pub(crate) fn max_age_seconds(headers: &HeaderMap) -> Option<u32> {
    let text = text_of(headers, CACHE_CONTROL)?.to_ascii_lowercase();
    let mut directives = text.split(',').map(str::trim);
    directives.find_map(|directive| {
        let seconds: u64 = directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok()?;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX)).filter(|seconds| *seconds > 0)
    })
}

/// Until when the server asks to be left alone: `Retry-After` of a 429 or 503 (or any other refusal), in seconds or
/// as a date.
pub(crate) fn left_alone_until(status: StatusCode, headers: &HeaderMap, now: UnixSeconds) -> Option<UnixSeconds> {
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let text = text_of(headers, RETRY_AFTER)?;
    let text = text.trim();
    match text.parse::<u32>() {
        Ok(seconds) => Some(now.plus_seconds(i64::from(seconds))),
        Err(_) => http_date(text),
    }
    .filter(|until| *until > now)
}

/// How far the server's clock is ahead of ours, in seconds, by its `Date`.
pub(crate) fn clock_skew_seconds(headers: &HeaderMap, now: UnixSeconds) -> Option<i64> {
    let date = http_date(&text_of(headers, DATE)?)?;
    // A cache on the way has kept the answer for so long.
    let age: i64 = text_of(headers, AGE).and_then(|age| age.trim().parse::<u32>().ok()).map_or(0, i64::from);
    let skew = date.0 + age - now.0;
    Some(if skew.abs() <= NO_SKEW_SECONDS { 0 } else { skew })
}

/// An instant in any of the three forms of HTTP (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<UnixSeconds> {
    let since_epoch = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let seconds = httpdate::parse_http_date(text).ok().map(since_epoch)?;
    i64::try_from(seconds).ok().map(UnixSeconds)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a value"))])
    }

    #[test]
    fn ages_are_wishes() {
        for (text, want) in [
            ("max-age=300", Some(300)),
            ("public, Max-Age=60, must-revalidate", Some(60)),
            ("max-age=\"120\"", Some(120)),
            ("max-age=99999999999", Some(u32::MAX)),
            ("max-age=0", None),
            ("no-store", None),
            ("s-maxage=300", None),
            ("max-age=soon", None),
            ("max-age=-5", None),
        ] {
            assert_eq!(max_age_seconds(&headers(CACHE_CONTROL, text)), want, "{text}");
        }
        assert_eq!(max_age_seconds(&HeaderMap::new()), None);
    }

    #[test]
    fn refusals_may_say_how_long() {
        // Sun, 06 Nov 1994 08:49:37 GMT.
        let (now, then) = (UnixSeconds(784_111_000), 784_111_777);
        for (status, text, want) in [
            (503, "120", Some(784_111_120)),
            (429, " 1 ", Some(784_111_001)),
            (429, "Sun, 06 Nov 1994 08:49:37 GMT", Some(then)),
            (503, "Sunday, 06-Nov-94 08:49:37 GMT", Some(then)),
            (503, "Sun Nov  6 08:49:37 1994", Some(then)),
            (503, "Sat, 05 Nov 1994 08:49:37 GMT", None),
            (503, "0", None),
            (503, "soon", None),
            (503, "-1", None),
            (200, "120", None),
            (302, "120", None),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let until = left_alone_until(status, &headers(RETRY_AFTER, text), now);
            assert_eq!(until.map(|until| until.0), want, "{status} {text}");
        }
    }

    #[test]
    fn clocks_are_compared() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (now, want) in [(784_111_777, 0), (784_111_774, 0), (784_111_000, 777), (784_112_777, -1_000)] {
            assert_eq!(clock_skew_seconds(&headers(DATE, date), UnixSeconds(now)), Some(want));
        }
        assert_eq!(clock_skew_seconds(&headers(DATE, "today"), UnixSeconds(0)), None);
        let mut cached = headers(DATE, date);
        cached.insert(AGE, HeaderValue::from_static("600"));
        assert_eq!(clock_skew_seconds(&cached, UnixSeconds(784_112_377)), Some(0));
    }
}
