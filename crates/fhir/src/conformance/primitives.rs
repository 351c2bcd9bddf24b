//! The formats of FHIR R4's primitive types (<https://hl7.org/fhir/R4/datatypes.html>).

use jiff::civil::{Date, Time};
use url::Url;

use super::json::Json;
use crate::decode::is_legal_id;

/// Whether a JSON value is of the primitive type; else what is wrong. The outer error is a wrong JSON type, the inner
/// one a wrong format.
pub(crate) fn check(type_name: &str, value: &Json<'_>) -> Result<Result<(), &'static str>, &'static str> {
    match (type_name, value) {
        ("boolean", Json::Bool(_)) => Ok(Ok(())),
        ("boolean", _) => Err("true or false"),
        ("decimal", Json::Number(_)) => Ok(Ok(())),
        ("decimal", _) => Err("a number"),
        ("integer" | "positiveInt" | "unsignedInt", Json::Number(number)) => {
            let least = match type_name {
                "positiveInt" => 1,
                "unsignedInt" => 0,
                _ => i64::from(i32::MIN),
            };
            let is_within = number.as_i64().is_some_and(|number| (least..=i64::from(i32::MAX)).contains(&number));
            Ok(if is_within { Ok(()) } else { Err("no whole number of the type's range") })
        }
        ("integer" | "positiveInt" | "unsignedInt", _) => Err("a number"),
        (_, Json::Text(text)) => Ok(check_text(type_name, text)),
        _ => Err("a text"),
    }
}

fn check_text(type_name: &str, text: &str) -> Result<(), &'static str> {
    let no_space = |text: &str| !text.contains(char::is_whitespace);
    let is_good = match type_name {
        "id" => {
            return if is_legal_id(text) { Ok(()) } else { Err("not 1 to 64 letters, digits, hyphens and full stops") };
        }
        "code" => return if is_code(text) { Ok(()) } else { Err("has white space where a code has none") },
        "uri" | "canonical" | "oid" | "uuid" => no_space(text),
        "url" => no_space(text) && Url::parse(text).is_ok(),
        "date" => is_date(text),
        "dateTime" => is_date(text) || is_instant(text),
        "instant" => is_instant(text),
        "time" => is_time(text),
        "xhtml" => text.trim_start().starts_with("<div"),
        "base64Binary" => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/= \r\n\t".contains(&byte)),
        _ => return if text.chars().any(is_control) { Err("holds a control character") } else { Ok(()) },
    };
    if is_good { Ok(()) } else { Err("not in the type's format") }
}

fn is_control(letter: char) -> bool {
    letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')
}

fn is_code(text: &str) -> bool {
    let mut words = text.split(' ');
    !text.is_empty() && words.all(|word| !word.is_empty() && !word.contains(char::is_whitespace))
}

/// A year, a month or a day.
fn is_date(text: &str) -> bool {
    let is_number = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>()[..] {
        [year] => is_number(year, 4),
        [year, month] => is_number(year, 4) && is_number(month, 2) && matches!(month.parse(), Ok(1..=12_u8)),
        [_, _, _] => text.len() == 10 && text.parse::<Date>().is_ok(),
        _ => false,
    }
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_clock = clock.len() == 8 && clock.as_bytes()[2] == b':' && clock.parse::<Time>().is_ok();
    is_clock && !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// A day, a time with seconds, and an offset with minutes or `Z` (STU 1, sched-1).
pub(crate) fn is_instant(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let (clock, has_offset) = match time.strip_suffix('Z') {
        Some(clock) => (clock, true),
        None => match time.rfind(['+', '-']) {
            Some(at) => (&time[..at], is_offset(&time[at + 1..])),
            None => (time, false),
        },
    };
    date.len() == 10 && is_date(date) && has_offset && is_time(clock)
}

fn is_offset(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let number = |part: &str| (part.len() == 2).then(|| part.parse::<u8>().ok()).flatten();
    matches!((number(hours), number(minutes)), (Some(0..=14), Some(0..=59)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_the_standard() {
        for (type_name, good, bad) in [
            ("instant", "2026-03-01T09:30:00-05:00", "2026-03-01T09:30-05:00"),
            ("instant", "2026-03-01T09:30:00.250Z", "2026-03-01T09:30:00"),
            ("instant", "2026-03-01T09:30:00Z", "2026-03-01T09:30:00-05"),
            ("instant", "2026-02-28T23:59:59+00:00", "2026-02-30T09:30:00Z"),
            ("instant", "2026-02-28T23:59:59+14:00", "2026-02-28 23:59:59Z"),
            ("date", "2026-02", "2026-13"),
            ("date", "2026", "02/28/2026"),
            ("dateTime", "2026-02-28", "2026-02-28T10"),
            ("time", "09:30:00", "9:30"),
            ("id", "a-1.B", "a_1"),
            ("code", "new patient", " new"),
            ("url", "https://example.org/x", "example.org/x"),
            ("uri", "urn:oid:1.2", "urn oid"),
            ("string", "two\nlines", "a\u{7}"),
            ("xhtml", "<div>x</div>", "x"),
        ] {
            assert_eq!(check(type_name, &Json::Text(good.into())), Ok(Ok(())), "{type_name} {good}");
            assert!(check(type_name, &Json::Text(bad.into())).expect("a text").is_err(), "{type_name} {bad}");
            assert!(check(type_name, &Json::Bool(true)).is_err(), "{type_name}");
        }
        let number = |text: &str| serde_json::from_str::<Json<'_>>(text).expect(text).kind();
        assert_eq!(number("1"), "a number");
        let positive = |text: &str| check("positiveInt", &serde_json::from_str(text).expect(text));
        assert_eq!(positive("1"), Ok(Ok(())));
        assert!(positive("0").expect("a number").is_err() && positive("1.5").expect("a number").is_err());
        assert!(positive("\"1\"").is_err());
    }
}
