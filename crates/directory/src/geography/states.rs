//! States and territories: letters and names.

use crate::text::fold;

/// Postal letters and name of every state, the District of Columbia, the territories and the freely associated states
/// (USPS Publication 28, appendix B), ordered by the letters.
pub(super) const STATES: [(&str, &str); 59] = [
    ("AK", "Alaska"),
    ("AL", "Alabama"),
    ("AR", "Arkansas"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DC", "District of Columbia"),
    ("DE", "Delaware"),
    ("FL", "Florida"),
    ("FM", "Federated States of Micronesia"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("IA", "Iowa"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("MA", "Massachusetts"),
    ("MD", "Maryland"),
    ("ME", "Maine"),
    ("MH", "Marshall Islands"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MO", "Missouri"),
    ("MP", "Northern Mariana Islands"),
    ("MS", "Mississippi"),
    ("MT", "Montana"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("NE", "Nebraska"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NV", "Nevada"),
    ("NY", "New York"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("PW", "Palau"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VA", "Virginia"),
    ("VI", "Virgin Islands"),
    ("VT", "Vermont"),
    ("WA", "Washington"),
    ("WI", "Wisconsin"),
    ("WV", "West Virginia"),
    ("WY", "Wyoming"),
];

/// Other names in use, folded.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("commonwealth of the northern mariana islands", "MP"),
    ("d c", "DC"),
    ("micronesia", "FM"),
    ("republic of palau", "PW"),
    ("republic of the marshall islands", "MH"),
    ("u s virgin islands", "VI"),
    ("us virgin islands", "VI"),
    ("united states virgin islands", "VI"),
];

/// The two letters of a state given as letters or name, in any case; `US-MA` (ISO 3166-2) too.
pub fn normalize_state(text: &str) -> Option<&'static str> {
    letters(text.trim()).or_else(|| normalize_folded_state(&fold(text)))
}

/// The same for a text that is folded already.
pub(super) fn normalize_folded_state(folded: &str) -> Option<&'static str> {
    letters(folded.strip_prefix("us ").unwrap_or(folded)).or_else(|| {
        let name = STATES.iter().find(|(_, name)| same_letters(name, folded)).map(|(letters, _)| *letters);
        name.or_else(|| OTHER_NAMES.iter().find(|(name, _)| *name == folded).map(|(_, letters)| *letters))
    })
}

/// All names are plain ASCII words, so comparing without case is comparing folded texts.
fn same_letters(name: &str, folded: &str) -> bool {
    name.eq_ignore_ascii_case(folded)
}

fn letters(text: &str) -> Option<&'static str> {
    let [a, b] = text.as_bytes() else { return None };
    let wanted = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    let at = STATES.binary_search_by(|(letters, _)| letters.as_bytes().cmp(&wanted)).ok()?;
    Some(STATES[at].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_by_letters_and_names() {
        for (text, want) in [
            ("MA", Some("MA")),
            ("ma", Some("MA")),
            (" Ma ", Some("MA")),
            ("massachusetts", Some("MA")),
            ("NEW  YORK", Some("NY")),
            ("US-NH", Some("NH")),
            ("D.C.", Some("DC")),
            ("Puerto Rico", Some("PR")),
            ("U.S. Virgin Islands", Some("VI")),
            ("American Samoa", Some("AS")),
            ("gu", Some("GU")),
            ("Northern Mariana Islands", Some("MP")),
            ("West Virginia", Some("WV")),
            ("XX", None),
            ("", None),
            ("Massachusett", None),
            ("ON", None),
            ("é", None),
        ] {
            assert_eq!(normalize_state(text), want, "{text}");
        }
    }

    #[test]
    fn every_state_is_told_by_its_own_letters_and_name() {
        assert!(STATES.is_sorted(), "the search by letters needs them in order");
        for (letters, name) in STATES {
            for text in [letters, name, &name.to_uppercase(), &letters.to_lowercase()] {
                assert_eq!(normalize_state(text), Some(letters), "{text}");
            }
        }
    }
}
