//! What a resource has for its search parameters.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use openslots_model::{OffsetInstant, PublisherSlug, ResourceKind};
use serde_json::Value;

use super::{PARAMETERS, ParameterType, Target};
use crate::reference::Reference;

/// A value that a search compares.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SearchValue {
    /// A code or identifier.
    Token {
        /// The code or value.
        code: String,
        /// Its system.
        system: Option<String>,
    },
    /// A text, folded and as it is written.
    Text {
        /// Lower case, without accents and punctuation.
        folded: String,
        /// As published.
        written: String,
    },
    /// What is referred to.
    Reference(Target),
    /// From an instant, in seconds since 1970, to before another.
    Period(i64, i64),
}

/// A text as strings are compared: lower case, without accents, runs of anything but letters and digits as one space.
pub fn fold_text(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else if c.is_ascii() {
            if !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else {
            match without_accent(c) {
                Some(plain) => folded.push(plain),
                None => folded.extend(c.to_lowercase()),
            }
        }
    }
    folded.trim().to_owned()
}

/// The letter of a Latin one with an accent.
fn without_accent(c: char) -> Option<char> {
    const ACCENTED: &str = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ";
    const PLAIN: &str = "aaaaaaceeeeiiiinoooooouuuuyy";
    let lower = c.to_lowercase().next()?;
    ACCENTED.chars().zip(PLAIN.chars()).find(|(accented, _)| *accented == lower).map(|(_, plain)| plain)
}

/// The values of a resource, by number of the parameter. Slots have none: they are searched for otherwise.
pub fn values_of(kind: ResourceKind, resource: &Value, publisher: &PublisherSlug) -> Vec<(u16, SearchValue)> {
    let mut values = Vec::new();
    // Counted along: to look each number up again would take a walk over the table for every resource.
    for (number, parameter) in (0..).zip(PARAMETERS).filter(|(_, parameter)| parameter.kind == kind) {
        for path in parameter.paths {
            each_at(resource, path, &mut |found| {
                take(parameter.parameter_type, found, publisher, &mut |value| values.push((number, value)));
            });
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}

/// Calls back with what is at a path; lists on the way are gone through.
fn each_at(value: &Value, path: &str, visit: &mut dyn FnMut(&Value)) {
    if let Value::Array(list) = value {
        return list.iter().for_each(|member| each_at(member, path, visit));
    }
    if path.is_empty() {
        return visit(value);
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(name) = name.strip_prefix("extension(").and_then(|name| name.strip_suffix(')')) {
        let extensions = value.get("extension").and_then(Value::as_array);
        let is_it = |extension: &&Value| {
            extension.get("url").and_then(Value::as_str).is_some_and(|url| url.rsplit('/').next() == Some(name))
        };
        for extension in extensions.into_iter().flatten().filter(is_it) {
            let members = extension.as_object().into_iter().flatten();
            members.filter(|(name, _)| name.starts_with("value")).for_each(|(_, value)| each_at(value, rest, visit));
        }
    } else if let Some(member) = value.get(name) {
        each_at(member, rest, visit);
    }
}

fn take(parameter_type: ParameterType, value: &Value, publisher: &PublisherSlug, push: &mut dyn FnMut(SearchValue)) {
    match parameter_type {
        ParameterType::Token => take_tokens(value, push),
        ParameterType::String => take_texts(value, push),
        ParameterType::Reference => {
            let text = value.get("reference").and_then(Value::as_str);
            if let Some(Reference::Resource(target)) = text.map(Reference::parse) {
                push(SearchValue::Reference(Target { kind: target.kind, id: target.public_id(publisher) }));
            }
        }
        ParameterType::Date => {
            let bound = |name: &str| value.get(name).and_then(Value::as_str).and_then(period_of);
            match value {
                Value::String(text) => {
                    period_of(text).into_iter().for_each(|(from, to)| push(SearchValue::Period(from, to)))
                }
                _ => {
                    let (start, end) = (bound("start"), bound("end"));
                    if start.is_some() || end.is_some() {
                        let from = start.map_or(i64::MIN, |(from, _)| from);
                        push(SearchValue::Period(from, end.map_or(i64::MAX, |(_, to)| to)));
                    }
                }
            }
        }
        ParameterType::Special => {}
    }
}

fn text_at<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// The tokens of a code, a coding, a concept, an identifier, a contact or a boolean.
fn take_tokens(value: &Value, push: &mut dyn FnMut(SearchValue)) {
    let mut token = |system: Option<&str>, code: &str| {
        push(SearchValue::Token { code: code.to_owned(), system: system.map(str::to_owned) });
    };
    match value {
        Value::String(code) => token(None, code),
        Value::Bool(is_true) => token(None, if *is_true { "true" } else { "false" }),
        Value::Object(_) if value.get("coding").is_some_and(Value::is_array) => {
            value["coding"].as_array().into_iter().flatten().for_each(|coding| take_tokens(coding, push));
        }
        Value::Object(_) => {
            if let Some(code) = text_at(value, "code").or_else(|| text_at(value, "value")) {
                token(text_at(value, "system"), code);
            }
        }
        _ => {}
    }
}

/// The texts of a string, and the parts of a name or address.
fn take_texts(value: &Value, push: &mut dyn FnMut(SearchValue)) {
    const PARTS: [&str; 11] =
        ["text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode", "country"];
    match value {
        Value::String(text) => push(SearchValue::Text { folded: fold_text(text), written: text.clone() }),
        Value::Array(list) => list.iter().for_each(|member| take_texts(member, push)),
        Value::Object(_) => PARTS.iter().filter_map(|part| value.get(part)).for_each(|part| take_texts(part, push)),
        _ => {}
    }
}

/// The period that a date or instant of any precision stands for, in seconds since 1970: from, and to before. Where it
/// has no offset it is one of UTC.
pub fn period_of(text: &str) -> Option<(i64, i64)> {
    let utc = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second());
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<i16>().ok());
    let (year, month) = (number(0..4)?, || number(5..7).and_then(|month| i8::try_from(month).ok()));
    match text.len() {
        4 => Some((utc(Date::new(year, 1, 1).ok()?)?, utc(Date::new(year.checked_add(1)?, 1, 1).ok()?)?)),
        7 => {
            let month = month().filter(|_| text.as_bytes()[4] == b'-')?;
            let first = Date::new(year, month, 1).ok()?;
            let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
            Some((utc(first)?, utc(next)?))
        }
        10 => {
            let day: Date = text.parse().ok()?;
            Some((utc(day)?, utc(day.tomorrow().ok()?)?))
        }
        _ => {
            if let Ok((instant, _)) = OffsetInstant::parse_lenient(text) {
                let from = instant.instant.0;
                return Some((from, from + 1));
            }
            // Minutes without seconds, or no offset.
            let minutes = text.len() == 16 || text.get(16..17).is_some_and(|next| next != ":");
            let length = if minutes { 60 } else { 1 };
            let local = text.parse::<DateTime>().ok().and_then(|time| time.to_zoned(TimeZone::UTC).ok());
            let from = match local {
                Some(zoned) => zoned.timestamp().as_second(),
                None => text.parse::<Timestamp>().ok()?.as_second(),
            };
            Some((from, from + length))
        }
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::PublicId;
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::find_parameter;
    use super::*;

    fn clinic() -> PublisherSlug {
        "clinic".parse().expect("a slug")
    }

    fn told(kind: ResourceKind, resource: &Value, name: &str) -> Vec<String> {
        let number = find_parameter(kind, name).expect("a parameter").number();
        let tell = |value: SearchValue| match value {
            SearchValue::Token { code, system } => format!("{}|{code}", system.unwrap_or_default()),
            SearchValue::Text { folded, .. } => folded,
            SearchValue::Reference(target) => target.kind.to_string(),
            SearchValue::Period(from, to) => format!("{from}..{to}"),
        };
        let values = values_of(kind, resource, &clinic()).into_iter();
        values.filter(|(of, _)| *of == number).map(|(_, value)| tell(value)).collect()
    }

    #[test]
    fn values_are_taken_from_every_shape() {
        let practitioner = json!({
            "active": true, "gender": "female", "identifier": [{ "system": "urn:npi", "value": "1" }],
            "name": [{ "family": "Núñez-Ortiz", "given": ["Ana", "María"], "prefix": ["Dr."] }],
            "communication": [{ "coding": [{ "system": "urn:ietf:bcp:47", "code": "es" }] }],
        });
        let schedule = json!({
            "actor": [{ "reference": "Location/1" }, { "reference": "https://a.example/fhir/PractitionerRole/2" }, { "display": "x" }],
            "serviceType": [{ "coding": [{ "code": "57" }, { "system": "s", "code": "58" }], "text": "no code" }],
            "planningHorizon": { "start": "2026-12-01", "end": "2026-12-31" },
            "extension": [{ "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/specialty",
                            "valueCoding": { "system": "http://snomed.info/sct", "code": "394582007" } }],
        });
        let location = json!({ "address": { "line": ["1 Main St"], "city": "St. Paul", "state": "MN" }, "name": "North", "alias": ["Nord"] });
        use ResourceKind::{Location, Practitioner, Schedule};
        for (kind, resource, name, want) in [
            (Practitioner, &practitioner, "active", vec!["|true"]),
            (Practitioner, &practitioner, "identifier", vec!["urn:npi|1"]),
            (Practitioner, &practitioner, "communication", vec!["urn:ietf:bcp:47|es"]),
            (Practitioner, &practitioner, "family", vec!["nunez ortiz"]),
            (Practitioner, &practitioner, "given", vec!["ana", "maria"]),
            (Practitioner, &practitioner, "name", vec!["ana", "dr", "maria", "nunez ortiz"]),
            (Schedule, &schedule, "actor", vec!["Location", "PractitionerRole"]),
            (Schedule, &schedule, "service-type", vec!["|57", "s|58"]),
            (Schedule, &schedule, "specialty", vec!["http://snomed.info/sct|394582007"]),
            (Schedule, &schedule, "date", vec!["1764547200..1798761600"]),
            (Schedule, &schedule, "active", vec![]),
            (Location, &location, "address", vec!["1 main st", "mn", "st paul"]),
            (Location, &location, "address-city", vec!["st paul"]),
            (Location, &location, "name", vec!["nord", "north"]),
        ] {
            let mut want: Vec<String> = want.into_iter().map(str::to_owned).collect();
            want.sort();
            let mut found = told(kind, resource, name);
            found.sort();
            if name == "date" {
                want = vec![format!(
                    "{}..{}",
                    period_of("2026-12-01").expect("a day").0,
                    period_of("2026-12-31").expect("a day").1
                )];
            }
            assert_eq!(found, want, "{name}");
        }
        let target = PublicId::of(&clinic(), Location, "1");
        let number = find_parameter(Schedule, "actor").expect("a parameter").number();
        let value = SearchValue::Reference(Target { kind: Location, id: target });
        assert!(values_of(Schedule, &schedule, &clinic()).contains(&(number, value)));
    }

    #[test]
    fn dates_stand_for_periods() {
        for (text, want) in [
            ("2026-12-01", Some(86_400)),
            ("2026-02", Some(28 * 86_400)),
            ("2026", Some(365 * 86_400)),
            ("2026-12-01T10:00:00Z", Some(1)),
            ("2026-12-01T10:00:00-05:00", Some(1)),
            ("2026-12-01T10:00:00.25Z", Some(1)),
            ("2026-12-01T10:00", Some(60)),
            ("2026-12-01T10:00:00", Some(1)),
            ("2026-13-01", None),
            ("2026-1-1", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(period_of(text).map(|(from, to)| to - from), want, "{text}");
        }
        assert_eq!(period_of("2026-12-01T10:00:00-05:00"), period_of("2026-12-01T15:00:00Z"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,30}", json in "[\\[\\]{}\",:a-z0-9]{0,60}") {
            period_of(&text);
            fold_text(&text);
            if let Ok(value) = serde_json::from_str::<Value>(&json) {
                for kind in ResourceKind::ALL {
                    values_of(kind, &value, &clinic());
                }
            }
        }
    }
}
