//! Values of search parameters.

use openslots_fhir::reference::Reference;
use openslots_fhir::search::{Target, fold_text, period_of};
use openslots_model::{KM_PER_MILE, Near, Position, PublicId, ResourceKind};
use openslots_search::resources::{Comparator, DateTest, TokenTest};

/// How many values a comma list may have.
pub(super) const MAX_VALUES: usize = 100;
/// The distance of `near` where none is given, in kilometres.
const DEFAULT_NEAR_KM: f64 = 50.0;
/// The largest distance of `near`, in kilometres.
const MAX_NEAR_KM: f64 = 1_000.0;

/// The values of a comma list; `\,` is a comma in a value.
pub(super) fn values(text: &str) -> Result<Vec<String>, String> {
    Ok(escaped_values(text)?.iter().map(|value| unescaped(value)).collect())
}

/// The same with what escapes still in them.
pub(super) fn escaped_values(text: &str) -> Result<Vec<String>, String> {
    let values = parts(text, ',');
    if values.len() > MAX_VALUES {
        return Err(format!("has more than {MAX_VALUES} values"));
    }
    let is_empty = values.iter().any(|value| value.trim().is_empty());
    if is_empty { Err("has an empty value".to_owned()) } else { Ok(values) }
}

/// What stands between separators that are not escaped (R4, "Escaping Search Parameters").
fn parts(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for c in text.chars() {
        if c == separator && !is_escaped {
            parts.push(String::new());
            continue;
        }
        is_escaped = c == '\\' && !is_escaped;
        parts.last_mut().into_iter().for_each(|part| part.push(c));
    }
    parts
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { plain.extend(chars.next()) } else { plain.push(c) }
    }
    plain
}

/// `code`, `system|code`, `|code` or `system|`, with what escapes still in it; any of the tests will do.
pub(super) fn token(text: &str) -> Result<Vec<TokenTest>, String> {
    let parts: Vec<String> = parts(text, '|').iter().map(|part| unescaped(part)).collect();
    let (system, code) = match parts.as_slice() {
        [code] => return Ok(vec![TokenTest { system: None, code: Some(code.clone()) }]),
        [system, code] => (system, code),
        _ => return Err("is not code, system|code, |code or system|; a bar in a code is written \\|".to_owned()),
    };
    if system.is_empty() && code.is_empty() {
        return Err("is neither a system nor a code".to_owned());
    }
    let code = (!code.is_empty()).then(|| code.clone());
    let of =
        |system: &str| TokenTest { system: Some((!system.is_empty()).then(|| system.to_owned())), code: code.clone() };
    // The system of the identifiers that we add begins with our own address, by whatever name the client knows us;
    // another aggregator's, which a source may have, is as it is written.
    let ours = system.rfind("/publishers/").filter(|at| *at > 0).map(|at| of(&system[at..]));
    Ok([of(system)].into_iter().chain(ours).collect())
}

/// A text as it is compared without `:exact`.
pub(super) fn text(text: &str) -> Result<String, String> {
    let folded = fold_text(text);
    if folded.is_empty() { Err("has neither letter nor digit".to_owned()) } else { Ok(folded) }
}

/// A date or instant of any precision, with a prefix.
pub(super) fn date(text: &str) -> Result<DateTest, String> {
    const PREFIXES: [(&str, Comparator); 8] = [
        ("eq", Comparator::Equal),
        ("ne", Comparator::NotEqual),
        ("gt", Comparator::Greater),
        ("lt", Comparator::Less),
        ("ge", Comparator::GreaterOrEqual),
        ("le", Comparator::LessOrEqual),
        ("sa", Comparator::StartsAfter),
        ("eb", Comparator::EndsBefore),
    ];
    let found = PREFIXES.iter().find_map(|(prefix, comparator)| Some((*comparator, text.strip_prefix(prefix)?)));
    let (comparator, date) = found.unwrap_or((Comparator::Equal, text));
    // `+` in a query string is a space.
    let (from, to) = period_of(date).or_else(|| period_of(&date.replace(' ', "+"))).ok_or_else(|| {
        format!("`{}` is not a date or instant with a prefix or without, as in ge2026-12-01", short(text))
    })?;
    Ok(DateTest { comparator, from, to })
}

/// `Type/id`, an address that ends so, or a bare id where only some types can be meant.
pub(super) fn reference(text: &str, allowed: &[ResourceKind]) -> Result<Vec<Target>, String> {
    let id = |id: &str| id.parse::<PublicId>().ok();
    match Reference::parse(text) {
        Reference::Resource(target) if allowed.contains(&target.kind) => {
            // An id that is none of ours names nothing, which is no fault.
            Ok(id(&target.source_id).map(|id| Target { kind: target.kind, id }).into_iter().collect())
        }
        Reference::Resource(target) => Err(format!("`{}` cannot be referred to here", target.kind)),
        _ if !text.contains('/') => {
            let found = id(text).into_iter().flat_map(|id| allowed.iter().map(move |kind| Target { kind: *kind, id }));
            Ok(found.collect())
        }
        _ => Err(format!("`{}` is not a reference, as in {}/id", short(text), allowed[0])),
    }
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("`{}` is neither true nor false", short(text)))
}

/// `latitude|longitude|distance|units`.
pub(super) fn near(text: &str) -> Result<Near, String> {
    let parts: Vec<&str> = text.split('|').collect();
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .ok_or_else(|| format!("`{}` is not a number", short(text)))
    };
    let (latitude, longitude, distance, units) = match parts[..] {
        [latitude, longitude] => (latitude, longitude, "", ""),
        [latitude, longitude, distance] => (latitude, longitude, distance, ""),
        [latitude, longitude, distance, units] => (latitude, longitude, distance, units),
        _ => return Err("is not latitude|longitude|distance|units".to_owned()),
    };
    let position = Position::new(number(latitude)?, number(longitude)?).map_err(|error| error.to_string())?;
    let km_per_unit = match units {
        "" | "km" => 1.0,
        "m" => 0.001,
        "mi" | "[mi_us]" | "[mi_i]" => KM_PER_MILE,
        other => return Err(format!("has unknown units `{}`; write km, m or [mi_us]", short(other))),
    };
    let km = if distance.is_empty() { DEFAULT_NEAR_KM } else { number(distance)? * km_per_unit };
    if !(0.0..=MAX_NEAR_KM).contains(&km) {
        return Err(format!("has a distance that is not between 0 and {MAX_NEAR_KM} km"));
    }
    Ok(Near { position, radius_miles: km / KM_PER_MILE })
}

/// The beginning of what a client sent.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_are_parted_by_commas_that_are_not_escaped() {
        for (text, want) in [
            ("a", Ok(vec!["a"])),
            ("a,b", Ok(vec!["a", "b"])),
            (r"a\,b,c", Ok(vec!["a,b", "c"])),
            (r"a\\,c", Ok(vec![r"a\", "c"])),
            ("a,,b", Err(())),
            ("", Err(())),
        ] {
            let want = want.map(|values| values.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(values(text).map_err(|_| ()), want, "{text}");
        }
    }

    #[test]
    fn near_reads_every_unit_and_fails_closed() {
        for (text, want) in [
            ("42.36|-71.06", Some(50.0)),
            ("42.36|-71.06|10", Some(10.0)),
            ("42.36|-71.06|10|km", Some(10.0)),
            ("42.36|-71.06|500|m", Some(0.5)),
            ("42.36|-71.06|25|[mi_us]", Some(25.0 * KM_PER_MILE)),
            ("42.36|-71.06||", Some(50.0)),
            ("42.36", None),
            ("95|-71.06", None),
            ("42.36|-71.06|-1", None),
            ("42.36|-71.06|nan", None),
            ("42.36|-71.06|5000|km", None),
            ("42.36|-71.06|5|leagues", None),
            ("a|b|c|d|e", None),
        ] {
            let got = near(text).ok().map(|near| near.radius_miles * KM_PER_MILE);
            assert!(got.zip(want).map_or(got == want, |(got, want)| (got - want).abs() < 1e-9), "{text}: {got:?}");
        }
    }

    #[test]
    fn tokens_dates_and_references_are_typed() {
        let own = token("https://slots.example.org/publishers/clinic|Slot/1").expect("a token");
        let systems: Vec<_> = own.into_iter().map(|test| test.system.flatten().expect("a system")).collect();
        assert_eq!(systems, ["https://slots.example.org/publishers/clinic", "/publishers/clinic"]);
        let escaped = token(r"urn:s|a\|b\,c").expect("a token");
        let want = TokenTest { system: Some(Some("urn:s".to_owned())), code: Some("a|b,c".to_owned()) };
        assert_eq!(escaped, [want]);
        assert!(token("a|b|c").is_err());
        assert!(token("|").is_err());
        assert_eq!(date("ge2026-12-01").expect("a date").comparator, Comparator::GreaterOrEqual);
        assert_eq!(date("2026-12-01T10:00:00 00:00"), date("2026-12-01T10:00:00+00:00"));
        assert!(date("soon").is_err() && date("ge").is_err());
        let kinds = [ResourceKind::Location, ResourceKind::PractitionerRole];
        let id = PublicId::from_bytes([7; 10]);
        for (text, want) in [
            (format!("Location/{id}"), Ok(1)),
            (format!("https://a.example/fhir/Location/{id}"), Ok(1)),
            (id.to_string(), Ok(2)),
            ("Location/unknown".to_owned(), Ok(0)),
            (format!("Slot/{id}"), Err(())),
            ("x/y".to_owned(), Err(())),
        ] {
            assert_eq!(reference(&text, &kinds).map(|found| found.len()).map_err(|_| ()), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_value_panics(value in ".{0,40}") {
            let kinds = [ResourceKind::Location];
            drop((values(&value), token(&value), text(&value), date(&value), reference(&value, &kinds), near(&value), boolean(&value)));
        }
    }
}
