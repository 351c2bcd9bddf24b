//! Identifiers as signals.

use openslots_model::Identifier;

use super::hash;
use crate::text::fold;

/// Ends of the systems whose values belong to an organisation, a certificate or an order of vaccine, not to one place:
/// NPI, VTrckS, tax numbers, CMS certification numbers, CLIA.
const NOT_OF_ONE_PLACE: [&str; 8] = [
    "us-npi",
    "2.16.840.1.113883.4.6",
    "npiregistry.cms.hhs.gov",
    "vtrcks",
    "2.16.840.1.113883.4.4",
    "us-ein",
    "2.16.840.1.113883.4.336",
    "2.16.840.1.113883.4.7",
];

/// Systems that are no namespace: values under them do not exclude each other.
const NO_NAMESPACE: [&str; 2] = ["urn:ietf:rfc:3986", "urn:ietf:rfc:4122"];

/// An identifier, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdentifierSignal {
    /// The hash of the system.
    pub(super) system: u64,
    /// The hash of system and value.
    pub(super) value: u64,
    /// Whether one value names one place.
    pub(super) is_of_place: bool,
    /// Whether a place has one value under the system.
    pub(super) excludes_others: bool,
}

/// None for a value without a namespace, which says nothing between publishers.
pub(super) fn read(identifier: &Identifier) -> Option<IdentifierSignal> {
    let system = identifier.system.as_deref()?.trim().to_ascii_lowercase();
    let system = system.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    let system = system.trim_end_matches('/');
    let folded = fold(&identifier.value);
    // `000123` and `123`, `FAC 1` and `FAC-1` are written for each other.
    let value: String = folded.split(' ').map(|part| part.trim_start_matches('0')).collect();
    if system.is_empty() || value.is_empty() {
        return None;
    }
    let is_named = |list: &[&str]| list.iter().any(|end| system == *end || ends_in(system, end));
    let is_of_place = !is_named(&NOT_OF_ONE_PLACE);
    let is_vtrcks = ends_in(system, "vtrcks");
    Some(IdentifierSignal {
        system: hash(&("system", system)),
        value: hash(&("identifier", system, value)),
        is_of_place,
        excludes_others: (is_of_place || is_vtrcks) && !is_named(&NO_NAMESPACE),
    })
}

/// Whether the last part of a URL or an OID is this one.
fn ends_in(system: &str, end: &str) -> bool {
    system.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(['/', ':', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(system: &str, value: &str) -> Option<IdentifierSignal> {
        read(&Identifier { system: Some(system.to_owned()), value: value.to_owned() })
    }

    #[test]
    fn identifiers_of_organisations_are_told_from_those_of_places() {
        for (system, is_of_place, excludes_others) in [
            ("http://hl7.org/fhir/sid/us-npi", false, false),
            ("https://cdc.gov/vaccines/programs/vtrcks", false, true),
            ("urn:oid:2.16.840.1.113883.4.4", false, false),
            ("urn:oid:2.16.840.1.113883.4.40", true, true),
            ("https://stores.example.com/number", true, true),
            ("urn:ietf:rfc:3986", true, false),
        ] {
            let got = signal(system, "A1").expect("a signal");
            assert_eq!((got.is_of_place, got.excludes_others), (is_of_place, excludes_others), "{system}");
        }
    }

    #[test]
    fn values_are_compared_without_their_writing() {
        let base = signal("https://stores.example.com/number", "FAC-12");
        assert_eq!(signal("http://stores.example.com/number/", "fac 0012"), base);
        assert_ne!(signal("https://stores.example.com/number", "FAC-13"), base);
        assert_ne!(signal("https://stores.example.org/number", "FAC-12"), base);
        assert_eq!(signal("", "12"), None);
        assert_eq!(signal("https://stores.example.com/number", "000"), None);
        assert_eq!(read(&Identifier { system: None, value: "12".to_owned() }), None);
    }
}
